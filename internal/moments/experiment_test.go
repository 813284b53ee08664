package moments

import (
	"math"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// By hand: 300 of 1,000 revisit, half did it, and it adds half: bringing a fifth of the other half to do it adds 0.5*0.2*0.5 = 0.05.
// From 0.3 to 0.35 takes 1,377 people an arm (see causal.SampleSize), 2,754 in all, at 500 a week 5.508 weeks, and 6 until they are known.
func TestExperimentByHand(t *testing.T) {
	s := &search{Input: Input{PerWeek: 500}, o: Defaults(), all: 1000, back: 300}
	m := Moment{Verdict: causal.Cause, Figures: Figures{Adjusted: metrics.Interval{Value: 0.5}, Reach: metrics.Interval{Value: 0.5}}}
	e := s.experiment(m)
	if e == nil || e.PerArm != 1377 || math.Abs(e.Effect-0.05) > 1e-12 || math.Abs(e.Weeks-11.508) > 1e-9 || e.Baseline != 0.3 || e.Nudged != 0.2 ||
		e.PerWeek != 500 {
		t.Errorf("the experiment is %+v", e)
	}
	m.Verdict = causal.Unclear
	if s.experiment(m) == nil {
		t.Error("what is unclear has no experiment")
	}
}

func TestNoExperiment(t *testing.T) {
	for name, change := range map[string]func(*search, *Moment){
		"a sign":                 func(_ *search, m *Moment) { m.Verdict = causal.Sign },
		"no effect":              func(_ *search, m *Moment) { m.Adjusted.Value = 0 },
		"harm":                   func(_ *search, m *Moment) { m.Adjusted.Value = -0.5 },
		"an unknown effect":      func(_ *search, m *Moment) { m.Adjusted.Value = math.NaN() },
		"everybody does it":      func(_ *search, m *Moment) { m.Reach.Value = 1 },
		"nobody comes":           func(s *search, _ *Moment) { s.PerWeek = 0 },
		"an unknown rate":        func(s *search, _ *Moment) { s.PerWeek = math.NaN() },
		"more than a year":       func(s *search, _ *Moment) { s.PerWeek = 59 },
		"a share above 1":        func(s *search, _ *Moment) { s.back = 990 },
		"an effect beyond words": func(_ *search, m *Moment) { m.Adjusted.Value = 1e-9 },
	} {
		s := &search{Input: Input{PerWeek: 500}, o: Defaults(), all: 1000, back: 300}
		m := Moment{Verdict: causal.Cause, Figures: Figures{Adjusted: metrics.Interval{Value: 0.5}, Reach: metrics.Interval{Value: 0.5}}}
		change(s, &m)
		if e := s.experiment(m); e != nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
	// At 60 people a week it takes 2754/60 + 6 = 51.9 weeks.
	s := &search{Input: Input{PerWeek: 60}, o: Defaults(), all: 1000, back: 300}
	if e := s.experiment(Moment{Verdict: causal.Cause, Figures: Figures{Adjusted: metrics.Interval{Value: 0.5}, Reach: metrics.Interval{Value: 0.5}}}); e == nil {
		t.Error("51.9 weeks are too many")
	}
}
