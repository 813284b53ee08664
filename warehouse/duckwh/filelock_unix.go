//go:build unix

package duckwh

import (
	"io"
	"os"
	"syscall"
)

// lockFile takes the lock that DuckDB takes to write: a POSIX record lock on the whole file.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &lock); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
