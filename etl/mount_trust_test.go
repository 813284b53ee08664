//go:build linux

package etl_test

import "syscall"

// mountSmall makes a file system of the size at the folder.
func mountSmall(folder, size string) error {
	return syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size)
}

func unmount(folder string) error { return syscall.Unmount(folder, 0) }
