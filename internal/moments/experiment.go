package moments

import "github.com/Koalajuni/Calback-Data-ML/model/causal"

// The experiment is a two-sided test at a level of 5 % with a power of 80 %. The last of its people need a first week and a label window
// until their answer is known, weeksAfter together; one of more than a year is none.
const (
	level, power = 0.05, 0.8
	weeksAfter   = 6
	mostWeeks    = 52
)

// experiment is the test that would confirm a moment, nil where there is nothing to gain or it would take more than a year. Half of the new
// people are brought to do it: of them the share Nudged of those who would not do it by themselves.
func (s *search) experiment(m Moment) *Experiment {
	e := &Experiment{Baseline: float64(s.back) / float64(s.all), Nudged: s.o.Nudged, PerWeek: s.PerWeek}
	e.Effect = m.Adjusted.Value * e.Nudged * (1 - m.Reach.Value)
	if !(e.Effect > 0 && s.PerWeek > 0) || m.Verdict == causal.Sign {
		return nil
	}
	var err error
	if e.PerArm, err = causal.SampleSize(e.Baseline, e.Effect, level, power); err != nil {
		return nil
	}
	e.Weeks = 2*float64(e.PerArm)/e.PerWeek + weeksAfter
	if e.Weeks > mostWeeks {
		return nil
	}
	return e
}
