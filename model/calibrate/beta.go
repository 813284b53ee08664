package calibrate

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Beta fits logit(P) = B*softplus(score) - A*softplus(-score) + C with slopes A and B of at least 0: with s the probability that the score
// itself says, that is A*ln(s) - B*ln(1-s) + C. It can leave a well calibrated score as it is (A = B = 1, C = 0) and bend it differently
// where it is sure of a no and where it is sure of a yes. Targets are drawn in as for Platt. No rows give a Map of kind None.
// Reference: Kull, Silva Filho and Flach, AISTATS 2017.
func Beta(score []float64, y []bool) Map { return beta(score, y, nil) }

func beta(score []float64, y []bool, w []float64) Map {
	mustMatch(len(score), len(y))
	if len(y) == 0 {
		return Map{Kind: None}
	}
	f := betaFit{x: make([][3]float64, len(y)), weight: ones(w, len(y))}
	f.target, f.rate = targets(y, f.weight)
	for i, s := range score {
		if math.IsNaN(s) {
			s = 0
		}
		f.x[i] = [3]float64{-softplus(-s), softplus(s), 1}
	}
	m := f.solve([3]bool{true, true, true})
	if m[0] < 0 || m[1] < 0 {
		// The optimum lies on an edge: one slope is 0, the other as good as it gets.
		low, high := f.solve([3]bool{false, true, true}), f.solve([3]bool{true, false, true})
		low[1], high[0] = max(low[1], 0), max(high[0], 0)
		if m = low; f.loss(high) < f.loss(low) {
			m = high
		}
	}
	out := Map{Kind: BetaKind, A: m[0], B: m[1], C: m[2]}
	if out.A == 0 && out.B == 0 || out.Validate() != nil {
		return Map{Kind: PlattKind, B: logit(f.rate)}
	}
	return out
}

type betaFit struct {
	x              [][3]float64
	target, weight []float64
	rate           float64
}

func (f *betaFit) at(m [3]float64, i int) float64 {
	return m[0]*f.x[i][0] + m[1]*f.x[i][1] + m[2]
}

func (f *betaFit) loss(m [3]float64) float64 {
	sum := 0.0
	for i := range f.x {
		z := f.at(m, i)
		sum += f.weight[i] * (softplus(z) - f.target[i]*z)
	}
	return sum
}

// solve is Newton's method with halved steps over the coefficients that are free; the others stay 0.
func (f *betaFit) solve(free [3]bool) [3]float64 {
	m := [3]float64{2: logit(f.rate)}
	loss := f.loss(m)
	for range 100 {
		step, gain, ok := f.newton(m, free)
		if !ok {
			break
		}
		if gain >= 0 && gain < negligible*loss {
			for k := range m {
				m[k] -= step[k]
			}
			break
		}
		better := false
		for share := 1.0; share > 1e-9 && !better; share /= 2 {
			next := m
			for k := range next {
				next[k] -= share * step[k]
			}
			if l := f.loss(next); l < loss-1e-12*math.Abs(loss) {
				m, loss, better = next, l, true
			}
		}
		if !better {
			break
		}
	}
	return m
}

// newton is the step to subtract, and the fall of the loss that it promises.
func (f *betaFit) newton(m [3]float64, free [3]bool) (step [3]float64, gain float64, ok bool) {
	var g [3]float64
	var h [9]float64
	for i := range f.x {
		p := sigmoid(f.at(m, i))
		d, curve := f.weight[i]*(p-f.target[i]), f.weight[i]*p*(1-p)
		for k := range 3 {
			g[k] += d * f.x[i][k]
			for j := range 3 {
				h[3*k+j] += curve * f.x[i][k] * f.x[i][j]
			}
		}
	}
	for k := range 3 {
		h[4*k] += 1e-9
		if free[k] {
			continue
		}
		g[k] = 0
		for j := range 3 {
			h[3*k+j], h[3*j+k] = 0, 0
		}
		h[4*k] = 1
	}
	var x mat.VecDense
	err := x.SolveVec(mat.NewDense(3, 3, h[:]), mat.NewVecDense(3, g[:]))
	if err != nil && !errors.As(err, new(mat.Condition)) {
		return step, 0, false
	}
	for k := range step {
		step[k] = x.AtVec(k)
		gain += g[k] * step[k] / 2
	}
	return step, gain, true
}

// softplus is ln(1+e^z) without overflow.
func softplus(z float64) float64 { return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }
