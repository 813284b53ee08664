package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress tells people how far a long job is: a bar on a terminal, plain lines elsewhere.
type Progress struct {
	w    io.Writer
	bar  *progressbar.ProgressBar
	tty  bool
	step string
	// told is the last tenth of the step that a plain line told of.
	told  int
	now   func() time.Time
	start time.Time
}

// NewProgress writes to w, which is usually standard error. now is the clock that the steps are timed with.
func NewProgress(w io.Writer, now func() time.Time) *Progress {
	f, ok := w.(*os.File)
	return &Progress{w: w, tty: ok && term.IsTerminal(int(f.Fd())), now: now}
}

// Step reports that done of total units of the named step are finished. total 0 means that the length is unknown.
func (p *Progress) Step(step string, done, total int) {
	if step != p.step {
		p.Finish()
		p.step, p.told, p.start = step, -1, p.now()
		if p.tty {
			p.bar = p.newBar(step, total)
		} else {
			fmt.Fprintf(p.w, "%s ...\n", step)
		}
	}
	if p.tty {
		if total > 0 {
			p.bar.ChangeMax(total)
		}
		_ = p.bar.Set(done)
		return
	}
	if total > 0 {
		if tenth := done * 10 / total; tenth > p.told && tenth > 0 && tenth < 10 {
			p.told = tenth
			fmt.Fprintf(p.w, "%s ... %d %%\n", step, tenth*10)
		}
	}
}

func (p *Progress) newBar(step string, total int) *progressbar.ProgressBar {
	if total == 0 {
		total = -1
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(step),
		progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(false), progressbar.OptionShowCount())
}

// Finish ends the current step, done or not, and says how long it took.
func (p *Progress) Finish() {
	if p.step == "" {
		return
	}
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
	fmt.Fprintf(p.w, "%s: took %.1f s\n", p.step, p.now().Sub(p.start).Seconds())
	p.step = ""
}
