//go:build unix && !linux

package etl_test

import "errors"

func mountSmall(string, string) error { return errors.New("only Linux has them") }

func unmount(string) error { return nil }
