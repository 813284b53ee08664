package calibrate

import "math"

// Platt fits P = 1/(1+exp(-(A*score+B))) by Newton's method with a step that is halved until the loss falls, on targets drawn in
// from 0 and 1 as Platt proposed, so that separable scores keep a finite slope. Scores that rank worse than chance give A = 0, a
// constant at the base rate. No rows give a Map of kind None.
// References: Platt, Advances in Large Margin Classifiers (1999); Lin, Lin and Weng, Machine Learning 68 (2007).
func Platt(score []float64, y []bool) Map {
	mustMatch(len(score), len(y))
	if len(y) == 0 {
		return Map{Kind: None}
	}
	f := newPlattFit(score, y)
	a, b := f.solve()
	if a < 0 || !finite(a) || !finite(b) {
		a, b = 0, logit(f.rate)
	}
	return Map{Kind: PlattKind, A: a, B: b}
}

type plattFit struct {
	score, target []float64
	// rate is the mean target.
	rate float64
}

func newPlattFit(score []float64, y []bool) plattFit {
	positives := float64(count(y))
	negatives := float64(len(y)) - positives
	high, low := (positives+1)/(positives+2), 1/(negatives+2)
	f := plattFit{score: score, target: make([]float64, len(y))}
	for i, v := range y {
		f.target[i] = low
		if v {
			f.target[i] = high
		}
		f.rate += f.target[i] / float64(len(y))
	}
	return f
}

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
		sum += math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - f.target[i]*z
	}
	return sum
}

// curve returns gradient and Hessian of loss.
func (f plattFit) curve(a, b float64) (ga, gb, haa, hab, hbb float64) {
	for i, s := range f.score {
		p := sigmoid(a*s + b)
		d, w := p-f.target[i], p*(1-p)
		ga += d * s
		gb += d
		haa += w * s * s
		hab += w * s
		hbb += w
	}
	return ga, gb, haa, hab, hbb
}
