package sight

import (
	"strings"
	"testing"
)

// The example of W3C Trace Context, section 3.2.
const (
	exampleTrace  = "0af7651916cd43dd8448eb211c80319c"
	exampleSpan   = "b7ad6b7169203331"
	exampleParent = "00-" + exampleTrace + "-" + exampleSpan + "-01"
)

func TestTraceParent(t *testing.T) {
	for _, c := range []struct {
		name, header string
		ok           bool
	}{
		{"example", exampleParent, true},
		{"not sampled", "00-" + exampleTrace + "-" + exampleSpan + "-00", true},
		{"other flags", "00-" + exampleTrace + "-" + exampleSpan + "-ff", true},
		{"later version", "01-" + exampleTrace + "-" + exampleSpan + "-01", true},
		{"later version with more", "cc-" + exampleTrace + "-" + exampleSpan + "-01-what-the-future-will-be-like", true},
		{"later version glued", "cc-" + exampleTrace + "-" + exampleSpan + "-01.what", false},
		{"version 00 with more", exampleParent + "-00", false},
		{"version 00 with a dash", exampleParent + "-", false},
		{"version ff", "ff-" + exampleTrace + "-" + exampleSpan + "-01", false},
		{"version not hexadecimal", "0x-" + exampleTrace + "-" + exampleSpan + "-01", false},
		{"no trace", "00-" + strings.Repeat("0", 32) + "-" + exampleSpan + "-01", false},
		{"no span", "00-" + exampleTrace + "-" + strings.Repeat("0", 16) + "-01", false},
		{"upper case", strings.ToUpper(exampleParent), false},
		{"trace not hexadecimal", strings.Replace(exampleParent, "0af", "0ag", 1), false},
		{"span not hexadecimal", strings.Replace(exampleParent, "b7a", "b z", 1), false},
		{"flags not hexadecimal", exampleParent[:54] + "g", false},
		{"short", exampleParent[:54], false},
		{"absent", "", false},
		{"shifted", "0-" + exampleTrace + "0-" + exampleSpan + "-01", false},
		{"other separator", strings.ReplaceAll(exampleParent, "-", "_"), false},
		{"blank before", " " + exampleParent, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace, span, ok := TraceParent(c.header)
			if ok != c.ok {
				t.Fatalf("ok is %t, want %t", ok, c.ok)
			}
			if ok && (trace != exampleTrace || span != exampleSpan) || !ok && trace+span != "" {
				t.Errorf("ids %q and %q", trace, span)
			}
		})
	}
}

func TestTraceParentAllocations(t *testing.T) {
	for _, header := range []string{"", exampleParent, "nothing"} {
		if n := testing.AllocsPerRun(100, func() { TraceParent(header) }); n != 0 {
			t.Errorf("%q: %g allocations, want 0", header, n)
		}
	}
}

func FuzzTraceParent(f *testing.F) {
	f.Add(exampleParent)
	f.Add("cc" + exampleParent[2:] + "-more")
	f.Fuzz(func(t *testing.T, header string) {
		trace, span, ok := TraceParent(header)
		if ok && (!strings.HasPrefix(header[2:], "-"+trace+"-"+span+"-") || len(trace) != 32 || len(span) != 16) {
			t.Errorf("%q gives %q and %q", header, trace, span)
		}
	})
}
