// Package causal estimates what an action adds to a yes/no outcome, from people who chose for themselves whether to do it.
package causal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Study is people, what became of them, and what they are compared alike in.
type Study struct {
	// Y is the outcome.
	Y []bool
	// X is held equal for every treatment: channel, device, how much they did on the first day, visit days. Values may be missing.
	X *model.Matrix
	// Actions counts how often each action was done. For a treatment of one of them, all others are held equal too.
	Actions *model.Matrix
}

// Treatment is who did something.
type Treatment struct {
	// Action is the index of its column in Study.Actions.
	Action int
	// Done tells of each person.
	Done []bool
}

// Options bound the estimates. The zero value is not valid: start from Defaults.
type Options struct {
	// Folds is into how many parts the people are divided; each part is judged by models that learnt from the others.
	Folds int
	// Ridge is the prior of the models' weights: normal around 0 with a variance of 1/Ridge, for columns of variance 1.
	Ridge float64
	// Band leaves out people whose chance to do it, or not to do it, is less than this part of everybody's: they have nobody to be compared
	// with, and the effect is of the others.
	// Reference: Crump, Hotz, Imbens and Mitnik, Biometrika 96 (2009).
	Band float64
	// MinUsers is the least number of people on either side, MinEvents the least number of either outcome on either side.
	MinUsers, MinEvents int
	// Seed draws the folds.
	Seed uint64

	// FDR is the share of false discoveries among all causes that is allowed. MinOverlap, MaxBalance, MinEValue and MinEffect are what
	// a cause must hold to; see Judge.
	FDR, MinOverlap, MaxBalance, MinEValue, MinEffect float64
}

// Defaults are the documented defaults.
func Defaults() Options {
	return Options{
		Folds: 4, Ridge: 1, Band: 0.1, MinUsers: 30, MinEvents: 5, Seed: 1, FDR: 0.02, MinOverlap: 0.5, MaxBalance: 0.2, MinEValue: 1.2, MinEffect: 0.01,
	}
}

func (o Options) validate() error {
	switch {
	case o.Folds < 2:
		return fmt.Errorf("folds is %d; it must be at least 2", o.Folds)
	case !(o.Ridge > 0):
		return fmt.Errorf("ridge is %v; it must be above 0", o.Ridge)
	case !(o.Band > 0 && o.Band < 1):
		return fmt.Errorf("band is %v; it must lie between 0 and 1", o.Band)
	case o.MinUsers < 2*o.Folds:
		return fmt.Errorf("the least number of people is %d; it must be at least twice the %d folds", o.MinUsers, o.Folds)
	}
	return nil
}

// ErrTooFew is the reason of an estimate that cannot be made, wrapped: too few people did it, did not do it, or had one of the outcomes.
var ErrTooFew = errors.New("too few people")

// Estimate is the average effect of a treatment: by how much the share with the outcome would differ if everybody did it, against nobody.
// Where Err is not nil the figures are NaN.
type Estimate struct {
	// Effect is a difference of shares with its 95 % interval, Mu1 and Mu0 the two shares.
	Effect   metrics.Interval
	Mu1, Mu0 float64
	// P is of no effect, two-sided, by the normal distribution; Q the same over all treatments of the call.
	// Reference: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995).
	P, Q float64
	// Treated of Users did it.
	Treated, Users int
	// Inside are the people whom the effect is of, Overlap their share. Balance is how far apart those who did it and those
	// who did not still are, each weighted to stand for everybody, in what all else foretells of their outcome, in standard deviations.
	Inside           []bool
	Overlap, Balance float64
	// EValue is how strong a hidden cause would have to be, as a risk ratio with both the treatment and the outcome, to explain the effect
	// away; EValueLow is that for the end of the interval that is nearer to no effect, 1 where it covers it.
	// Reference: VanderWeele and Ding, Annals of Internal Medicine 167 (2017).
	EValue, EValueLow float64
	Err               error
}

// Estimates are the effects of the treatments, each adjusted for Study.X and all other actions by augmented inverse-probability weighting
// with cross-fitted logistic models: right where one of its two models is, of who does it or of the outcome.
// References: Robins, Rotnitzky and Zhao, Journal of the American Statistical Association 89 (1994); Chernozhukov and others, The
// Econometrics Journal 21 (2018).
func Estimates(ctx context.Context, s Study, treatments []Treatment, o Options) ([]Estimate, error) {
	if err := s.check(treatments, o); err != nil {
		return nil, fmt.Errorf("adjusted effects: %w", err)
	}
	d := newDesign(s)
	folds := foldsOf(len(s.Y), o)
	out := make([]Estimate, len(treatments))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, t := range treatments {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			out[k] = d.estimate(s.Y, t, folds, o)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("adjusted effects: %w", err)
	}
	benjaminiHochberg(out)
	return out, nil
}

func (s Study) check(treatments []Treatment, o Options) error {
	if err := o.validate(); err != nil {
		return err
	}
	for _, m := range []*model.Matrix{s.X, s.Actions} {
		if m == nil {
			return errors.New("the study has no columns to hold equal, or no actions")
		}
		if len(m.Columns) > 0 && m.Rows() != len(s.Y) {
			return fmt.Errorf("a table has %d rows for %d people", m.Rows(), len(s.Y))
		}
		if err := m.Check(); err != nil {
			return err
		}
	}
	for k, t := range treatments {
		if len(t.Done) != len(s.Y) || t.Action < 0 || t.Action >= len(s.Actions.Columns) {
			return fmt.Errorf("treatment %d is of action %d of %d, for %d people of %d", k, t.Action, len(s.Actions.Columns), len(t.Done), len(s.Y))
		}
	}
	return nil
}

// enough tells whether both sides have enough people, of either outcome.
func enough(y, done []bool, o Options) error {
	var users, yes [2]int
	for i, d := range done {
		side := 0
		if d {
			side = 1
		}
		users[side]++
		if y[i] {
			yes[side]++
		}
	}
	for side, name := range []string{"did not do it", "did it"} {
		if users[side] < o.MinUsers {
			return fmt.Errorf("%w: %d %s, and %d are needed", ErrTooFew, users[side], name, o.MinUsers)
		}
		if least := min(yes[side], users[side]-yes[side]); least < o.MinEvents {
			return fmt.Errorf("%w: of those who %s, %d had one of the outcomes, and %d are needed", ErrTooFew, name, least, o.MinEvents)
		}
	}
	return nil
}

// none is the estimate that could not be made.
func none(t Treatment, err error) Estimate {
	nan := math.NaN()
	e := Estimate{
		Effect: metrics.Interval{Value: nan, Low: nan, High: nan}, Mu1: nan, Mu0: nan, P: nan, Q: nan, Users: len(t.Done),
		Overlap: nan, Balance: nan, EValue: nan, EValueLow: nan, Err: err,
	}
	for _, d := range t.Done {
		if d {
			e.Treated++
		}
	}
	return e
}

// benjaminiHochberg sets Q over the estimates that were made.
func benjaminiHochberg(list []Estimate) {
	var order []int
	for k, e := range list {
		if e.Err == nil {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case list[a].P < list[b].P:
			return -1
		case list[a].P > list[b].P:
			return 1
		}
		return 0
	})
	least := 1.0
	for rank := len(order); rank > 0; rank-- {
		e := &list[order[rank-1]]
		least = min(least, e.P*float64(len(order))/float64(rank))
		e.Q = least
	}
}
