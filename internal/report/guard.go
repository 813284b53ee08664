package report

import (
	"cmp"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// SmallestCell is the smallest number of people that anything is said about. Smaller groups are joined with others, or left out
// where they cannot be. It holds for the group that a figure describes, its denominator.
const SmallestCell = 10

// OtherChannels, OtherReasons and OtherGroups name what small groups are joined into.
const (
	OtherChannels = "Other channels, joined"
	OtherReasons  = "other reasons, joined"
	OtherGroups   = "Other groups, joined"
)

// guard is the only door to the outputs: it returns a copy of d that says nothing about fewer than SmallestCell people, with the
// rates and sentences filled in, in d's language. The lists of d are left as they are.
func guard(d Data) Data { return speak(guardGroups(d)) }

// guardGroups is guard before the language is settled. Guarding once more changes nothing.
func guardGroups(d Data) Data {
	d.Format, d.Language = Format, cmp.Or(d.Language, English)
	guardSummary(&d.Summary)
	d.Retention.Weeks = joinWeeks(d.Retention.Weeks)
	d.Retention.Channels = joinChannels(d.Retention.Channels)
	d.Retention.Curves = guardCurves(d.Retention.Curves)
	d.Spend = guardSpend(d.Spend)
	guardMoments(&d.Moments)
	guardSegments(&d.Segments)
	d.Truth = guardTruth(d.Truth)
	guardQuality(&d.Quality)
	d.Matters.Dependence = guardDependence(d.Matters.Dependence)
	d.Matters.Reasons = keep(d.Matters.Reasons, func(r *Reason) bool { return r.Users >= SmallestCell })
	if d.Matters.Rows < SmallestCell {
		d.Matters = Matters{Odds: d.Matters.Odds}
	}
	if d.Summary.Cohort < SmallestCell {
		d.Matters, d.Moments, d.Segments, d.Truth, d.Comparison, d.Retention.Curves = Matters{}, Moments{}, Segments{}, nil, nil, nil
	}
	d.Minute = minute(d)
	return d
}

func guardSummary(s *Summary) {
	s.BaseRate = wilson(s.Revisiting, s.Cohort)
	if s.Users < SmallestCell {
		*s = Summary{Days: s.Days, BaseRate: Unknown(), Warnings: s.Warnings}
		return
	}
	if s.Cohort < SmallestCell {
		s.Cohort, s.Revisiting, s.BaseRate, s.Visits, s.Neighbours = 0, 0, Unknown(), nil, nil
	}
	s.Exclusions = joinExclusions(s.Exclusions)
	s.Visits = joinVisits(s.Visits)
	s.Parts = keep(s.Parts, func(p *Part) bool {
		p.BaseRate = wilson(p.Revisiting, p.Users)
		return p.Users >= SmallestCell
	})
	s.Neighbours = keep(s.Neighbours, func(n *Neighbour) bool {
		n.BaseRate = wilson(n.Revisiting, n.Users)
		return n.Users >= SmallestCell
	})
}

func guardQuality(q *Quality) {
	if q.Rows < SmallestCell {
		q.Rows, q.Revisiting, q.Gain = 0, 0, Unknown()
		q.Models, q.Calibration, q.Deciles, q.Gates, q.Why = nil, nil, nil, nil, phrase.Phrase{}
		q.Trials, q.Calibrations, q.Drift, q.ECEFloor = nil, nil, Drift{AUC: Unknown(), Gap: Unknown()}, Unknown()
		q.Early = Early{}
		return
	}
	guardDrift(&q.Drift)
	if q.ECEFloor == (Interval{}) {
		q.ECEFloor = Unknown()
	}
	if q.Gain == (Interval{}) {
		q.Gain = Unknown()
	}
	q.Calibration = joinBins(q.Calibration)
	// Tenths have a fixed meaning, so they are not joined: all are shown, or none.
	if slices.ContainsFunc(q.Deciles, func(d Decile) bool { return !(d.Rows >= SmallestCell) || !finite(float64(d.Rate)) }) {
		q.Deciles = nil
	}
}

// keep returns a copy with the elements that ok accepts; ok may fill them in.
func keep[T any](in []T, ok func(*T) bool) []T {
	var out []T
	for _, v := range in {
		if ok(&v) {
			out = append(out, v)
		}
	}
	return out
}

// runs joins neighbours until each group holds enough people; what is left at the end joins the last group. It is nil when all of
// them together are too few.
func runs[T any](in []T, people func(T) int, join func(a, b T) T) []T {
	var out []T
	open := false
	for _, v := range in {
		if open {
			out[len(out)-1] = join(out[len(out)-1], v)
		} else {
			out = append(out, v)
		}
		open = people(out[len(out)-1]) < SmallestCell
	}
	if !open {
		return out
	}
	// What is left may be small in a way that the group before it does not make up for.
	for len(out) > 1 && people(out[len(out)-1]) < SmallestCell {
		last := join(out[len(out)-2], out[len(out)-1])
		out = append(out[:len(out)-2], last)
	}
	if people(out[len(out)-1]) < SmallestCell {
		return nil
	}
	return out
}

func joinWeeks(in []WeekCohort) []WeekCohort {
	filled := keep(in, func(w *WeekCohort) bool {
		if w.LastWeek == "" {
			w.LastWeek = w.Week
		}
		if w.Active == nil {
			w.Active = []int{}
		}
		return w.Users > 0
	})
	return runs(filled, func(w WeekCohort) int { return w.Users }, func(a, b WeekCohort) WeekCohort {
		weeks := min(len(a.Active), len(b.Active))
		active := make([]int, weeks)
		for n := range active {
			active[n] = a.Active[n] + b.Active[n]
		}
		return WeekCohort{Week: a.Week, LastWeek: b.LastWeek, Users: a.Users + b.Users, Active: active}
	})
}

// joinVisits never joins across the rule's line.
func joinVisits(in []VisitBin) []VisitBin {
	var out []VisitBin
	for _, side := range []bool{false, true} {
		bins := keep(in, func(b *VisitBin) bool { return b.Revisits == side })
		out = append(out, runs(bins, func(b VisitBin) int { return b.Users }, func(a, b VisitBin) VisitBin {
			return VisitBin{From: a.From, To: b.To, Users: a.Users + b.Users, Revisits: side}
		})...)
	}
	return out
}

func joinBins(in []Bin) []Bin {
	filled := keep(in, func(b *Bin) bool { return b.Rows > 0 && finite(float64(b.Predicted)) })
	out := runs(filled, func(b Bin) int { return b.Rows }, func(a, b Bin) Bin {
		rows := a.Rows + b.Rows
		predicted := (a.Predicted*Number(a.Rows) + b.Predicted*Number(b.Rows)) / Number(rows)
		return Bin{
			Rows: rows, Positives: a.Positives + b.Positives, From: min(a.From, b.From), To: max(a.To, b.To),
			Predicted: predicted,
		}
	})
	return keep(out, func(b *Bin) bool {
		b.Observed = wilson(b.Positives, b.Rows)
		return true
	})
}

// joinSmall puts small groups together under one name. Where they are still too few, the smallest of the others joins them,
// so that no
// group can be found by taking the others from the total.
func joinSmall[T any](in []T, people func(T) int, join func(a, b T) T) (kept []T, rest *T) {
	sorted := slices.Clone(in)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(people(b), people(a)) })
	for len(sorted) > 0 {
		last := sorted[len(sorted)-1]
		if people(last) >= SmallestCell && (rest == nil || people(*rest) >= SmallestCell) {
			break
		}
		if rest == nil {
			rest = &last
		} else {
			sum := join(*rest, last)
			rest = &sum
		}
		sorted = sorted[:len(sorted)-1]
	}
	if rest != nil && people(*rest) < SmallestCell {
		rest = nil
	}
	return sorted, rest
}

// joinExclusions keeps the order of the rest: reasons are applied one after the other.
func joinExclusions(in []Exclusion) []Exclusion {
	filled := keep(in, func(e *Exclusion) bool { return e.Users > 0 })
	kept, rest := joinSmall(filled, func(e Exclusion) int { return e.Users },
		func(a, b Exclusion) Exclusion { return Exclusion{phrase.Of(OtherReasons), a.Users + b.Users} })
	out := keep(filled, func(e *Exclusion) bool {
		return slices.ContainsFunc(kept, func(k Exclusion) bool { return k.Reason.Equal(e.Reason) && k.Users == e.Users })
	})
	if rest != nil {
		out = append(out, Exclusion{phrase.Of(OtherReasons), rest.Users})
	}
	return out
}

// joinChannels returns the channels with the most people first, the joined ones last.
func joinChannels(in []Channel) []Channel {
	filled := keep(in, func(c *Channel) bool {
		c.Rate = wilson(c.Revisiting, c.Users)
		return c.Users > 0
	})
	// What was joined once is last already, whatever its size.
	last := func(c Channel) int {
		if c.Name == OtherChannels {
			return 1
		}
		return 0
	}
	kept, rest := joinSmall(filled, func(c Channel) int { return c.Users },
		func(a, b Channel) Channel {
			return Channel{Users: a.Users + b.Users, Revisiting: a.Revisiting + b.Revisiting}
		})
	if rest != nil {
		rest.Name, rest.Rate = OtherChannels, wilson(rest.Revisiting, rest.Users)
		kept = append(kept, *rest)
	}
	slices.SortStableFunc(kept, func(a, b Channel) int { return cmp.Compare(last(a), last(b)) })
	return kept
}
