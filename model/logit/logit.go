// Package logit is logistic regression with an L2 penalty: the family that shows what adds up. Numbers are standardised inside,
// counts taken by their logarithm, missing values told apart from zeros, and categories get one weight a level.
package logit

import (
	"context"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// Params steer a fit. Start from Defaults.
type Params struct {
	// C is the strength of the data against the penalty, as in scikit-learn: the loss is C * sum of log losses + |w|^2 / 2, the
	// intercept free. 0 chooses C from Grid on the newest fifth of the rows.
	C float64 `json:"c"`
	// Grid are the values tried when C is 0, in rising order.
	Grid []float64 `json:"grid,omitempty"`
	// LogCounts takes log(1+x) of columns that are never negative and skewed to the right (skewness above 1).
	LogCounts bool `json:"log_counts"`
	// Iterations bounds the L-BFGS iterations of one fit.
	Iterations int `json:"iterations"`
}

// Defaults choose C among 0.001, 0.01, 0.1, 1 and 10 and take logarithms of counts.
func Defaults() Params {
	return Params{Grid: []float64{0.001, 0.01, 0.1, 1, 10}, LogCounts: true, Iterations: 200}
}

// Validate reports the first parameter that no fit can work with.
func (p Params) Validate() error {
	if !(p.C >= 0) || math.IsInf(p.C, 0) {
		return fmt.Errorf("logit: c is %v; want 0 to have it chosen, or a positive number", p.C)
	}
	if p.C == 0 && len(p.Grid) == 0 {
		return fmt.Errorf("logit: c is 0 and grid is empty; give either")
	}
	for i, c := range p.Grid {
		if !(c > 0) || math.IsInf(c, 0) || i > 0 && c <= p.Grid[i-1] {
			return fmt.Errorf("logit: grid[%d] is %v; want positive numbers in rising order", i, c)
		}
	}
	if p.Iterations < 1 {
		return fmt.Errorf("logit: iterations is %d; want at least 1", p.Iterations)
	}
	return nil
}

// Classifier fits logistic regressions. Nothing in it is random.
type Classifier struct {
	Params Params
}

// New is a classifier with the given parameters.
func New(p Params) *Classifier { return &Classifier{Params: p} }

// Family is logit.
func (c *Classifier) Family() string { return "logit" }

// Fit learns from d and returns a *linear.Model. Weights count as repeated rows. Beside the errors of model.Classifier it
// returns one for invalid Params and for weights that are negative or not finite.
func (c *Classifier) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	m, err := c.fit(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("fit logit: %w", err)
	}
	return m, nil
}

func (c *Classifier) fit(ctx context.Context, d model.Data) (*linear.Model, error) {
	if err := c.Params.Validate(); err != nil {
		return nil, err
	}
	if err := check(d); err != nil {
		return nil, err
	}
	strength := c.Params.C
	if strength == 0 {
		var err error
		if strength, err = c.choose(ctx, d); err != nil {
			return nil, err
		}
	}
	x := newDesign(d, c.Params.LogCounts)
	o := &objective{ctx: ctx, x: x, penalty: 1 / strength}
	w, err := o.descend(x.start(), c.Params.Iterations)
	if err != nil {
		return nil, err
	}
	w, sd, err := o.polish(w)
	if err != nil {
		return nil, err
	}
	m := x.model(w, sd)
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("the fit did not end in a finite model: %w", err)
	}
	return m, nil
}

// check adds to Data.Check what the weights must keep.
func check(d model.Data) error {
	if err := d.Check(); err != nil {
		return err
	}
	if d.W == nil {
		return nil
	}
	var classes [2]float64
	for i, w := range d.W {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("the weight of row %d is %v; want a number of at least 0", i, w)
		}
		classes[class(d.Y[i])] += w
	}
	if classes[0] == 0 || classes[1] == 0 {
		return model.ErrOneClass
	}
	return nil
}

func class(y bool) int {
	if y {
		return 1
	}
	return 0
}
