package calibrate

import "math"

// Platt fits P = 1/(1+exp(-(A*score+B))) by Newton's method with a step that is halved until the loss falls, on targets drawn in
// from 0 and 1 as Platt proposed, so that separable scores keep a finite slope. Scores that rank worse than chance give A = 0, a
// constant at the base rate. No rows give a Map of kind None.
// References: Platt, Advances in Large Margin Classifiers (1999); Lin, Lin and Weng, Machine Learning 68 (2007).
func Platt(score []float64, y []bool) Map { return platt(score, y, nil) }

// platt is Platt where row i counts as w[i] rows; nil counts all once.
func platt(score []float64, y []bool, w []float64) Map {
	mustMatch(len(score), len(y))
	if len(y) == 0 {
		return Map{Kind: None}
	}
	f := newPlattFit(score, y, w)
	a, b := f.solve()
	if a < 0 || !finite(a) || !finite(b) {
		a, b = 0, logit(f.rate)
	}
	return Map{Kind: PlattKind, A: a, B: b}
}

type plattFit struct {
	score, target, weight []float64
	// rate is the mean target.
	rate float64
}

func newPlattFit(score []float64, y []bool, w []float64) plattFit {
	f := plattFit{score: score, weight: ones(w, len(y))}
	f.target, f.rate = targets(y, f.weight)
	return f
}

// targets are the labels drawn in from 0 and 1 as if one row of each class were added, and their mean.
func targets(y []bool, w []float64) (target []float64, rate float64) {
	var classes [2]float64
	for i, v := range y {
		if v {
			classes[1] += w[i]
		} else {
			classes[0] += w[i]
		}
	}
	high, low := (classes[1]+1)/(classes[1]+2), 1/(classes[0]+2)
	target = make([]float64, len(y))
	for i, v := range y {
		target[i] = low
		if v {
			target[i] = high
		}
		rate += target[i] * w[i] / (classes[0] + classes[1])
	}
	return target, rate
}

// ones is w, or a weight of 1 for each of n rows where it is nil.
func ones(w []float64, n int) []float64 {
	if w != nil {
		return w
	}
	w = make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// negligible is the share of the loss that a Newton step must promise to be tried with care.
const negligible = 1e-11

// solve returns the slope and intercept of least loss.
func (f plattFit) solve() (a, b float64) {
	const (
		steps   = 100
		halving = 40
		ridge   = 1e-12
		enough  = 1e-9
	)
	b = logit(f.rate)
	loss := f.loss(a, b)
	for range steps {
		ga, gb, haa, hab, hbb := f.curve(a, b)
		if math.Abs(ga) < enough && math.Abs(gb) < enough {
			break
		}
		haa, hbb = haa+ridge, hbb+ridge
		det := haa*hbb - hab*hab
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		if gain := -(ga*da + gb*db) / 2; gain >= 0 && gain < negligible*loss {
			// So near the optimum the whole step is right, and its gain is lost in the loss's own rounding.
			a, b = a+da, b+db
			break
		}
		step, fell := 1.0, false
		for range halving {
			if next := f.loss(a+step*da, b+step*db); next < loss {
				a, b, loss, fell = a+step*da, b+step*db, next, true
				break
			}
			step /= 2
		}
		if !fell {
			break
		}
	}
	return a, b
}

// loss is the summed cross entropy at log-odds a*score+b.
func (f plattFit) loss(a, b float64) float64 {
	sum := 0.0
	for i, s := range f.score {
		z := a*s + b
		// log(1+exp(z)) - t*z, in the form that cannot overflow.
		sum += f.weight[i] * (math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - f.target[i]*z)
	}
	return sum
}

// curve returns gradient and Hessian of loss.
func (f plattFit) curve(a, b float64) (ga, gb, haa, hab, hbb float64) {
	for i, s := range f.score {
		p := sigmoid(a*s + b)
		d, w := f.weight[i]*(p-f.target[i]), f.weight[i]*p*(1-p)
		ga += d * s
		gb += d
		haa += w * s * s
		hab += w * s
		hbb += w
	}
	return ga, gb, haa, hab, hbb
}
