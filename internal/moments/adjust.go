package moments

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
)

// adjust estimates the adjusted effects of as many thresholds as are allowed, all in one call, so that q is over all of them.
func (s *search) adjust(ctx context.Context, r *Result) error {
	asked := s.asked()
	if len(asked) == 0 {
		return nil
	}
	rows := s.sample()
	study := causal.Study{Y: make([]bool, len(rows)), X: &model.Matrix{}, Actions: s.weekly(rows)}
	for i, u := range rows {
		study.Y[i] = s.Y[u]
	}
	if s.X != nil {
		study.X = s.X.Take(rows)
	}
	treatments := make([]causal.Treatment, len(asked))
	for k, a := range asked {
		t := causal.Treatment{Action: a.action, Done: make([]bool, len(rows))}
		for i, u := range rows {
			t.Done[i] = s.did(a.action, u, a.cell.crossed())
		}
		treatments[k] = t
	}
	estimates, err := causal.Estimates(ctx, study, treatments, s.o.Causal)
	if err != nil {
		return err //nolint:wrapcheck // It says "adjusted effects" itself, and Find wraps it.
	}
	for k, e := range estimates {
		asked[k].cell.take(e)
	}
	r.Sampled, r.Tried = len(rows), len(asked)
	return nil
}

// take keeps the figures of an estimate. Who lies inside the overlap is of no more use.
func (c *cell) take(e causal.Estimate) {
	e.Inside = nil
	c.estimate = &e
	c.Adjusted, c.P, c.Q = e.Effect, e.P, e.Q
	c.Overlap, c.Balance, c.EValue, c.EValueLow = e.Overlap, e.Balance, e.EValue, e.EValueLow
}

// treatment is a threshold of which the adjusted effect is asked for.
type treatment struct {
	action int
	cell   *cell
}

// asked are the thresholds shown, in the order of the actions, and then the others, those first that most nearly half of the people
// reached: they tell most.
func (s *search) asked() []treatment {
	var shown, others []treatment
	for k := range s.found {
		f := &s.found[k]
		for i := range f.tried {
			t := treatment{f.action, &f.tried[i]}
			if i == f.shown {
				shown = append(shown, t)
			} else {
				others = append(others, t)
			}
		}
	}
	slices.SortStableFunc(others, func(a, b treatment) int {
		return cmp.Compare(math.Abs(a.cell.Reach.Value-0.5), math.Abs(b.cell.Reach.Value-0.5))
	})
	list := slices.Concat(shown, others)
	return list[:min(len(list), s.o.MostTreatments)]
}

// sample are the places of at most Options.Sample people, spread evenly over the order of their first days.
func (s *search) sample() []int {
	order := make([]int, s.all)
	for u := range order {
		order[u] = u
	}
	if s.all <= s.o.Sample {
		return order
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.Day0[a], s.Day0[b]) })
	rows := make([]int, s.o.Sample)
	for i := range rows {
		rows[i] = order[i*s.all/s.o.Sample]
	}
	return rows
}

// weekly counts each action over the whole first week.
func (s *search) weekly(rows []int) *model.Matrix {
	m := &model.Matrix{}
	for k, name := range s.Actions {
		values := make([]float32, len(rows))
		for i, u := range rows {
			for _, n := range s.Counts[k][u*days : (u+1)*days] {
				values[i] += float32(n)
			}
		}
		m.Columns = append(m.Columns, model.Column{Field: model.Field{Name: name}, Values: values})
	}
	return m
}
