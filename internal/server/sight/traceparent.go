package sight

import "strings"

// The parts of a version 00 traceparent: version-trace-parent-flags, in lower-case hexadecimal.
const (
	traceAt, traceEnd   = 3, 35
	spanAt, spanEnd     = 36, 52
	flagsAt, flagsEnd   = 53, 55
	noTrace, noSpan     = "00000000000000000000000000000000", "0000000000000000"
	forbidden, versions = "ff", "00"
)

// TraceParent reads the ids out of a traceparent header (W3C Trace Context): 32 and 16 lower-case hexadecimal digits. Anything that is
// not wholly as the standard has it is not ok. It does not allocate: the ids are parts of the header.
func TraceParent(header string) (traceID, spanID string, ok bool) {
	if len(header) < flagsEnd || header[traceAt-1] != '-' || header[traceEnd] != '-' || header[spanEnd] != '-' {
		return "", "", false
	}
	version, flags := header[:traceAt-1], header[flagsAt:flagsEnd]
	traceID, spanID = header[traceAt:traceEnd], header[spanAt:spanEnd]
	if !hexadecimal(version) || !hexadecimal(traceID) || !hexadecimal(spanID) || !hexadecimal(flags) {
		return "", "", false
	}
	if version == forbidden || traceID == noTrace || spanID == noSpan || !ends(header, version) {
		return "", "", false
	}
	return traceID, spanID, true
}

// ends reports whether the header ends as its version may: version 00 with the flags, a later one also with more parts.
func ends(header, version string) bool {
	rest := header[flagsEnd:]
	return rest == "" || version != versions && strings.HasPrefix(rest, "-")
}

func hexadecimal(text string) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
