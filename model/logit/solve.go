package logit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

const (
	// near is the largest slope of the mean loss at which L-BFGS hands over to Newton's method.
	near = 1e-6
	// there is the largest slope at the end.
	there = 1e-10
	// newtonSteps is ample: near the optimum each step doubles the right digits.
	newtonSteps = 20
)

// descend takes L-BFGS steps from w until the slope is small or the iterations are used up.
func (o *objective) descend(w []float64, iterations int) ([]float64, error) {
	problem := optimize.Problem{
		Func: o.value,
		Grad: o.slope,
		Status: func() (optimize.Status, error) {
			if err := o.ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{GradientThreshold: near, MajorIterations: iterations, Converger: optimize.NeverTerminate{}}
	result, err := optimize.Minimize(problem, w, settings, &optimize.LBFGS{})
	if ended := o.ctx.Err(); ended != nil {
		return nil, ended
	}
	if result == nil {
		return nil, fmt.Errorf("L-BFGS: %w", err)
	}
	// An exhausted line search is no failure here: it stops where the loss is flat to the last bits, and Newton's method goes on.
	return result.X, nil
}

// polish takes Newton steps from w, each halved until the loss does not rise, and returns the optimum with the standard errors of
// the term weights: the roots of the diagonal of the inverse Hessian of the penalised likelihood.
func (o *objective) polish(w []float64) (best, sd []float64, err error) {
	var chol mat.Cholesky
	for range newtonSteps {
		h := o.curvature(w)
		loss := o.value(w)
		if err := o.ctx.Err(); err != nil {
			return nil, nil, err
		}
		if !chol.Factorize(h) {
			return nil, nil, errors.New("the Hessian is not positive definite; a smaller c keeps weights finite")
		}
		if steepest(o.gradient) < there {
			break
		}
		next, better := o.newton(&chol, w, loss)
		if !better {
			break
		}
		w = next
	}
	if err := o.ctx.Err(); err != nil {
		return nil, nil, err
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); failed(err) {
		return nil, nil, fmt.Errorf("standard errors: %w", err)
	}
	sd = make([]float64, len(w))
	for k := range sd {
		sd[k] = math.Sqrt(inverse.At(k, k))
	}
	return w, sd, nil
}

// newton is one step from w, where the loss is as given. It is not better when no part of it keeps the loss from rising.
func (o *objective) newton(chol *mat.Cholesky, w []float64, loss float64) (next []float64, better bool) {
	step := mat.NewVecDense(len(w), nil)
	if err := chol.SolveVecTo(step, mat.NewVecDense(len(w), append([]float64(nil), o.gradient...))); failed(err) {
		return nil, false
	}
	before := steepest(o.gradient)
	next = make([]float64, len(w))
	// The Hessian is of the sum, the gradient of the mean.
	for length := o.x.total; length > o.x.total*1e-6; length /= 2 {
		for k := range next {
			next[k] = w[k] - length*step.AtVec(k)
		}
		after := o.value(next)
		if after < loss || after <= loss*(1+1e-14) && steepest(o.gradient) < before {
			return next, true
		}
	}
	return nil, false
}

// failed tells an error from gonum's warning that a matrix is nearly singular: the penalty bounds how wrong the result can be.
func failed(err error) bool {
	var warning mat.Condition
	return err != nil && !errors.As(err, &warning)
}

func steepest(gradient []float64) float64 {
	most := 0.0
	for _, g := range gradient {
		most = math.Max(most, math.Abs(g))
	}
	return most
}

// newest is the share of the rows, the newest, on which choose compares.
const newest = 0.2

// choose fits the older rows with each C of the grid and returns the one with the lowest log loss on the newest; of equal ones
// the smallest. Where either part has one class only, it is the value of the grid nearest to 1.
func (c *Classifier) choose(ctx context.Context, d model.Data) (float64, error) {
	rows := len(d.Y)
	cut := rows - int(math.Ceil(newest*float64(rows)))
	older, newer := between(d, 0, cut), between(d, cut, rows)
	if check(older) != nil || check(newer) != nil {
		return nearestToOne(c.Params.Grid), nil
	}
	x := newDesign(older, c.Params.LogCounts)
	w := x.start()
	best, least := 0.0, math.Inf(1)
	for _, strength := range c.Params.Grid {
		o := &objective{ctx: ctx, x: x, penalty: 1 / strength}
		var err error
		if w, err = o.descend(w, c.Params.Iterations); err != nil {
			return 0, err
		}
		m := x.model(w, make([]float64, len(w)))
		if loss := meanLoss(model.Scores(m, newer.X), newer); loss < least {
			best, least = strength, loss
		}
	}
	if best == 0 {
		return nearestToOne(c.Params.Grid), nil
	}
	return best, nil
}

// between is a view of the rows [from,to).
func between(d model.Data, from, to int) model.Data {
	out := model.Data{X: &model.Matrix{Columns: make([]model.Column, len(d.X.Columns))}, Y: d.Y[from:to]}
	for j, c := range d.X.Columns {
		out.X.Columns[j] = model.Column{Field: c.Field, Values: c.Values[from:to]}
	}
	if d.W != nil {
		out.W = d.W[from:to]
	}
	return out
}

func nearestToOne(grid []float64) float64 {
	best := grid[0]
	for _, c := range grid {
		if math.Abs(math.Log(c)) < math.Abs(math.Log(best)) {
			best = c
		}
	}
	return best
}

// meanLoss is the weighted mean log loss of scores taken as log-odds.
func meanLoss(scores []float64, d model.Data) float64 {
	var sum, total float64
	for i, z := range scores {
		w := 1.0
		if d.W != nil {
			w = d.W[i]
		}
		loss := math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
		if d.Y[i] {
			loss -= z
		}
		sum += w * loss
		total += w
	}
	return sum / total
}
