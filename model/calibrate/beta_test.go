package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The expected numbers were computed apart from this package, by accelerated projected gradient descent on the same penalised loss
// (Platt's targets, slopes of at least 0) in Python's floats until no coefficient moved by 1e-14.
func TestBetaEqualsAnotherMethod(t *testing.T) {
	score := []float64{-2, -1.5, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3}
	for name, c := range map[string]struct {
		y    string
		want Map
	}{
		"inside":           {"001001011011", Map{A: 0.5780023886472437, B: 0.48521180558865185, C: -0.16692976574612572}},
		"no slope for no":  {"101000011011", Map{B: 0.576715785627158, C: -0.6828918996283657}},
		"no slope for yes": {"000000101100", Map{A: 1.2642216672739104, C: -0.2510970903955173}},
	} {
		y := make([]bool, len(c.y))
		for i := range y {
			y[i] = c.y[i] == '1'
		}
		m := Beta(score, y)
		if m.Kind != BetaKind || math.Abs(m.A-c.want.A) > 1e-8 || math.Abs(m.B-c.want.B) > 1e-8 || math.Abs(m.C-c.want.C) > 1e-8 {
			t.Errorf("%s: %+v, want %+v", name, m, c.want)
		}
	}
}

// TestBetaIsBest holds that no small step in any allowed direction lowers the loss, on random rows with weights.
func TestBetaIsBest(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 5))
		n := 10 + rng.IntN(300)
		score, y := draws(seed, n, func(s float64) float64 { return rng.NormFloat64() * s })
		w := make([]float64, n)
		for i := range w {
			w[i] = 3 * rng.Float64()
		}
		m := beta(score, y, w)
		if m.Kind != BetaKind {
			continue
		}
		f := betaFit{x: make([][3]float64, n), weight: w}
		f.target, f.rate = targets(y, w)
		for i, s := range score {
			f.x[i] = [3]float64{-softplus(-s), softplus(s), 1}
		}
		at := [3]float64{m.A, m.B, m.C}
		least := f.loss(at)
		for k := range at {
			for _, step := range []float64{-1e-3, 1e-3} {
				moved := at
				if moved[k] += step; k < 2 && moved[k] < 0 {
					continue
				}
				if l := f.loss(moved); l < least-1e-9*least {
					t.Errorf("seed %d: moving coefficient %d of %+v by %v lowers the loss from %v to %v", seed, k, m, step, least, l)
				}
			}
		}
	}
}

// TestBetaFindsItsOwnCurve draws labels from a beta map that bends differently at both ends.
func TestBetaFindsItsOwnCurve(t *testing.T) {
	truth := Map{Kind: BetaKind, A: 0.4, B: 1.4, C: -0.5}
	score, y := draws(3, 40_000, func(s float64) float64 { return logit(truth.Probability(s)) })
	m := Beta(score, y)
	for s := -3.0; s <= 3; s += 0.5 {
		if p, q := m.Probability(s), truth.Probability(s); math.Abs(p-q) > 0.02 {
			t.Errorf("P(%v) = %.4f, truly %.4f", s, p, q)
		}
	}
	if chosen, _ := Choose(score, y, nil); chosen.Kind != BetaKind && chosen.Kind != IsotonicKind {
		t.Errorf("chosen %s, want a map that can bend", chosen.Kind)
	}
	// What is calibrated already stays as it is.
	score, y = draws(4, 40_000, func(s float64) float64 { return s })
	m = Beta(score, y)
	for s := -3.0; s <= 3; s += 0.5 {
		if p := m.Probability(s); math.Abs(p-sigmoid(s)) > 0.015 {
			t.Errorf("calibrated scores: P(%v) = %.4f, truly %.4f", s, p, sigmoid(s))
		}
	}
}

func TestBetaFarOut(t *testing.T) {
	for _, m := range []Map{{Kind: BetaKind, A: 1, C: -1}, {Kind: BetaKind, B: 1, C: -1}, {Kind: BetaKind, A: 2, B: 3}} {
		for _, s := range []float64{math.Inf(-1), -1e308, 0, 1e308, math.Inf(1)} {
			if p := m.Probability(s); !(p > 0 && p < 1) {
				t.Errorf("%+v: P(%v) = %v", m, s, p)
			}
		}
		if p := m.Probability(math.NaN()); p == p {
			t.Errorf("%+v: P(NaN) = %v", m, p)
		}
	}
}
