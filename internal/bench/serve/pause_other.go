//go:build !linux

package main

import "time"

// pause sleeps, as exactly as Go's own clock does.
func pause(d time.Duration) { time.Sleep(d) }
