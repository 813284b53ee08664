//go:build !unix

package cli

// PeakMemory is empty: the system does not say.
func PeakMemory() string { return "" }
