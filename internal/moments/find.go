package moments

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model/causal"
)

// smallest is the size of the smallest group that anything is told of.
const smallest = 10

// search is a run of Find.
type search struct {
	Input
	o    Options
	all  int
	back int
	// weeks are the cohort groups.
	weeks cohorts
	found []found
}

// found is an action with the thresholds tried; shown is the index of the one shown.
type found struct {
	action int
	tried  []cell
	shown  int
}

// Find tries every action at every threshold, judges the one shown for each action, and says which experiment would confirm it. progress,
// which may be nil, is told of the steps done. The same input gives the same result whatever the number of processors.
func Find(ctx context.Context, in Input, o Options, progress func(done, of int)) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("find moments: %w", err)
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("find moments: %w", err)
	}
	s := &search{Input: in, o: o, all: len(in.Y)}
	r := &Result{FDR: o.Causal.FDR}
	if s.all < smallest {
		return r, ctx.Err()
	}
	for _, back := range in.Y {
		if back {
			s.back++
		}
	}
	r.Users, r.Revisiting = s.all, s.back
	for k, step := range []func(context.Context, *Result) error{s.count, s.adjust, s.list, s.lines} {
		if err := step(ctx, r); err != nil {
			return nil, fmt.Errorf("find moments: %w", err)
		}
		if progress != nil {
			progress(k+1, 4)
		}
	}
	r.Adjusted, r.Notes = s.heldEqual(), s.notes(r)
	return r, nil
}

// count fills found with the thresholds that are tried.
func (s *search) count(ctx context.Context, _ *Result) error {
	s.weeks = cohortsOf(s.Day0)
	p := people{back: s.Y, stratum: make([]uint8, s.all), group: s.weeks.of, groups: max(1, len(s.weeks.groups))}
	for u, n := range s.VisitDays {
		p.stratum[u] = uint8(max(0, min(n, days)))
	}
	crossed, err := crossings(ctx, s.Counts, p, s.o.Times, s.o.Days)
	if err != nil {
		return fmt.Errorf("count the actions: %w", err)
	}
	for k, list := range crossed {
		tried := s.distinct(k, list)
		if len(tried) == 0 {
			continue
		}
		f := found{action: k, tried: tried, shown: chosen(tried)}
		f.tried[f.shown].Chosen = true
		s.found = append(s.found, f)
	}
	return nil
}

// list makes the moments, judges them and puts them in order.
func (s *search) list(_ context.Context, r *Result) error {
	for _, f := range s.found {
		c := f.tried[f.shown]
		m := Moment{Action: s.Actions[f.action], Label: s.Labels[s.Actions[f.action]], Figures: c.Figures}
		for _, t := range f.tried {
			m.Tried = append(m.Tried, t.Figures)
		}
		m.Stability, m.Stable = s.weeks.stability(c.byGroup)
		m.Verdict, m.Why = causal.Unclear, notEstimated(s.o.MostTreatments)
		if c.estimate != nil {
			m.Verdict, m.Why = causal.Judge(*c.estimate, c.Difference, s.o.Causal)
		}
		m.Experiment = s.experiment(m)
		r.List = append(r.List, m)
	}
	order(r.List)
	return nil
}

// order puts causes before signs before the unclear, each by the size of the effect, the largest first and the unknown last.
func order(list []Moment) {
	verdicts := []string{causal.Cause, causal.Sign, causal.Unclear}
	slices.SortStableFunc(list, func(a, b Moment) int {
		return cmp.Or(
			cmp.Compare(slices.Index(verdicts, a.Verdict), slices.Index(verdicts, b.Verdict)),
			cmp.Compare(b.size(), a.size()),
		)
	})
}

// size is that of the adjusted difference, else of the one with visit days held equal, whatever its direction. Unknown is below zero.
func (m Moment) size() float64 {
	for _, v := range []float64{m.Adjusted.Value, m.HeldEqual.Value} {
		if !math.IsNaN(v) {
			return math.Abs(v)
		}
	}
	return -1
}
