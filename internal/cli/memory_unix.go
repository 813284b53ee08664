//go:build unix

package cli

import (
	"fmt"
	"runtime"
	"syscall"
)

// PeakMemory is the most memory that the process has held, as words to append to a sentence; empty where the system does not say.
func PeakMemory() string {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return ""
	}
	// Linux tells kibibytes, Darwin bytes.
	peak := int64(usage.Maxrss) * 1024
	if runtime.GOOS == "darwin" {
		peak = int64(usage.Maxrss)
	}
	return fmt.Sprintf(", %d MiB at the peak", peak>>20)
}
