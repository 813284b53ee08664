package blend

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// ridge pulls the weights towards equal ones, as strongly as this many rows of variance speak: with few rows the members count alike.
const ridge = 30

// Stack finds the weights, at least 0, and the intercept of a blend by logistic regression of the labels on the members' scores, which
// must be of rows that no member has learnt from: scores[k][i] is member k's score of row i. Weights are drawn towards 1/len(scores).
// rowWeights may be nil. The fit is a projected Newton method on the penalised log loss (Wolpert 1992; Breiman 1996 for weights of at least 0).
func Stack(scores [][]float64, y []bool, rowWeights []float64) (weights []float64, intercept float64) {
	s := stacking{scores: scores, y: y, rowWeights: rowWeights, prior: 1 / float64(max(len(scores), 1))}
	w := make([]float64, len(scores)+1)
	for k := range scores {
		w[k] = s.prior
	}
	loss := s.loss(w)
	for range 100 {
		next, ok := s.improve(w, loss)
		if !ok {
			break
		}
		after := s.loss(next)
		done := loss-after < 1e-10*math.Abs(loss)
		if w, loss = next, after; done {
			break
		}
	}
	return w[:len(scores)], w[len(scores)]
}

type stacking struct {
	scores     [][]float64
	y          []bool
	rowWeights []float64
	prior      float64
}

func (s *stacking) weight(i int) float64 {
	if s.rowWeights == nil {
		return 1
	}
	return s.rowWeights[i]
}

func (s *stacking) sum(w []float64, i int) float64 {
	z := w[len(s.scores)]
	for k := range s.scores {
		z += w[k] * s.scores[k][i]
	}
	return z
}

// loss is the weighted log loss and the penalty.
func (s *stacking) loss(w []float64) float64 {
	loss := 0.0
	for i, y := range s.y {
		z := s.sum(w, i)
		if y {
			z = -z
		}
		loss += s.weight(i) * (math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))))
	}
	for k := range s.scores {
		d := w[k] - s.prior
		loss += ridge / 2 * d * d
	}
	return loss
}

// improve takes a Newton step in the coordinates that are free, cut at 0 and halved until the loss falls.
func (s *stacking) improve(w []float64, loss float64) ([]float64, bool) {
	gradient, hessian := s.curve(w)
	n := len(w)
	for k := range n - 1 {
		if w[k] <= 0 && gradient[k] >= 0 {
			// Held at 0: the coordinate leaves the system.
			for j := range n {
				hessian[k][j], hessian[j][k] = 0, 0
			}
			hessian[k][k], gradient[k] = 1, 0
		}
	}
	var step mat.VecDense
	if err := step.SolveVec(flat(hessian), mat.NewVecDense(n, gradient)); err != nil && !errors.As(err, new(mat.Condition)) {
		return nil, false
	}
	for share := 1.0; share > 1e-6; share /= 2 {
		next := make([]float64, n)
		for k := range n {
			next[k] = w[k] - share*step.AtVec(k)
			if k < n-1 {
				next[k] = max(next[k], 0)
			}
		}
		if s.loss(next) < loss {
			return next, true
		}
	}
	return nil, false
}

// curve is the gradient and the matrix of second derivatives of loss.
func (s *stacking) curve(w []float64) ([]float64, [][]float64) {
	n := len(w)
	gradient, hessian := make([]float64, n), make([][]float64, n)
	for k := range hessian {
		hessian[k] = make([]float64, n)
	}
	row := make([]float64, n)
	row[n-1] = 1
	for i, y := range s.y {
		for k := range s.scores {
			row[k] = s.scores[k][i]
		}
		p := 1 / (1 + math.Exp(-s.sum(w, i)))
		d, h := p, s.weight(i)*p*(1-p)
		if y {
			d--
		}
		d *= s.weight(i)
		for k := range n {
			gradient[k] += d * row[k]
			for j := range n {
				hessian[k][j] += h * row[k] * row[j]
			}
		}
	}
	for k := range n {
		hessian[k][k] += 1e-9
		if k < n-1 {
			gradient[k] += ridge * (w[k] - s.prior)
			hessian[k][k] += ridge
		}
	}
	return gradient, hessian
}

func flat(rows [][]float64) *mat.Dense {
	return mat.NewDense(len(rows), len(rows), slices.Concat(rows...))
}
