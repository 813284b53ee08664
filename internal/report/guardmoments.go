package report

import (
	"math"
	"slices"
)

// few tells that a group is small and not empty: it must not be seen, nor be found by taking one figure from another.
func few(people int) bool { return people > 0 && people < SmallestCell }

// guardMoments leaves out moments, thresholds and lines that are about too few people, and what was said about a moment that is left out.
func guardMoments(m *Moments) {
	if m.Users < SmallestCell {
		*m = Moments{}
		return
	}
	m.List = keep(m.List, func(v *Moment) bool {
		v.Stability = joinCohorts(v.Stability)
		v.Tried = m.apart(v.Tried, v.MomentFigures)
		return m.showable(&v.MomentFigures)
	})
	m.Lines = keep(m.Lines, func(l *Line) bool {
		l.BaseRate = wilson(l.Revisiting, l.Users)
		l.Actions = keep(l.Actions, func(a *LineAction) bool {
			return slices.ContainsFunc(m.List, func(v Moment) bool { return v.Action == a.Action })
		})
		return l.Users >= SmallestCell
	})
}

// showable tells that enough people did it, and enough did not. Sensitivity is a share of the revisiting, who may be too few.
func (m *Moments) showable(f *MomentFigures) bool {
	if m.Revisiting < SmallestCell {
		f.Sensitivity = Unknown()
	}
	return f.Users >= SmallestCell && m.Users-f.Users >= SmallestCell
}

// apart keeps the figures tried that can stand beside the chosen ones. Whoever did it more often, or earlier, is among those who did it
// less often, or by a later day; where two such groups differ by a few people, those few could be told from the difference.
func (m *Moments) apart(tried []MomentFigures, chosen MomentFigures) []MomentFigures {
	shown := []MomentFigures{chosen}
	return keep(tried, func(f *MomentFigures) bool {
		close := func(s MomentFigures) bool { return nested(s, *f) && few(max(s.Users-f.Users, f.Users-s.Users)) }
		if !m.showable(f) || slices.ContainsFunc(shown, close) {
			return false
		}
		shown = append(shown, *f)
		return true
	})
}

// nested tells that one of two groups holds the other.
func nested(a, b MomentFigures) bool {
	return a.Times <= b.Times && a.Day >= b.Day || b.Times <= a.Times && b.Day >= a.Day
}

func joinCohorts(in []MomentCohort) []MomentCohort {
	filled := keep(in, func(c *MomentCohort) bool { return c.Users > 0 })
	return runs(filled, func(c MomentCohort) int { return c.Users }, func(a, b MomentCohort) MomentCohort {
		return MomentCohort{From: a.From, To: b.To, Users: a.Users + b.Users, Difference: pool(a.Difference, a.Users, b.Difference, b.Users)}
	})
}

// pool is the mean of two independent figures, weighted by people. Where one of them is not known, the other stands for both.
func pool(a Interval, people int, b Interval, others int) Interval {
	switch {
	case !finite(a.Value):
		return b
	case !finite(b.Value):
		return a
	}
	share := float64(people) / float64(people+others)
	mean := share*a.Value + (1-share)*b.Value
	// Standard errors of independent figures add up as squares.
	below := math.Hypot(share*(a.Value-a.Low), (1-share)*(b.Value-b.Low))
	above := math.Hypot(share*(a.High-a.Value), (1-share)*(b.High-b.Value))
	return Interval{mean, mean - below, mean + above}
}
