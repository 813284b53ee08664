package main

import (
	"syscall"
	"time"
)

// pause sleeps, exactly to some 50 us. time.Sleep is late by up to 1 ms in a program that waits for the network besides, which would be
// counted as the server's latency.
func pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := syscall.NsecToTimespec(d.Nanoseconds())
	// A signal ends the sleep early; who calls looks at the clock again.
	_ = syscall.Nanosleep(&t, nil)
}
