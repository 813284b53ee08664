package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// TestProgressLines holds what a log file sees: one line a step, one a tenth, and how long each step took.
func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	p := cli.NewProgress(&out, func() time.Time {
		clock = clock.Add(1500 * time.Millisecond)
		return clock
	})
	for done := range 41 {
		p.Step("load", done, 40)
	}
	p.Step("fit", 0, 0)
	p.Step("fit", 7, 0)
	p.Step("report", 1, 3)
	p.Step("report", 3, 3)
	p.Finish()
	p.Finish()
	want := `load ...
load ... 10 %
load ... 20 %
load ... 30 %
load ... 40 %
load ... 50 %
load ... 60 %
load ... 70 %
load ... 80 %
load ... 90 %
load: took 1.5 s
fit ...
fit: took 1.5 s
report ...
report ... 30 %
report: took 1.5 s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("control characters in a log file")
	}
}
