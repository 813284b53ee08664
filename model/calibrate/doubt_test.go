package calibrate

import (
	"math"
	"testing"
)

// TestDoubtIsTheScatterOfFits draws the same users anew 400 times: the scatter of the Platt maps' log-odds is what DoubtOf said of one.
func TestDoubtIsTheScatterOfFits(t *testing.T) {
	const draw, times = 2000, 400
	at := []float64{-2, 0, 1, 3}
	mean, squares := make([]float64, len(at)), make([]float64, len(at))
	for seed := range uint64(times) {
		m := Platt(draws(seed, draw, line))
		for k, s := range at {
			z := logit(m.Probability(s))
			mean[k] += z / times
			squares[k] += z * z / times
		}
	}
	score, y := draws(7, draw, line)
	d := DoubtOf(Platt(score, y), score, y, nil)
	for k, s := range at {
		want := math.Sqrt(squares[k] - mean[k]*mean[k])
		if got := d.At(s); math.Abs(got/want-1) > 0.15 {
			t.Errorf("doubt at %v is %.4f, fits scatter by %.4f", s, got, want)
		}
	}
	if !d.Valid() {
		t.Errorf("%+v is no covariance", d)
	}
	// Rows that weigh double say twice as much.
	w := make([]float64, draw)
	for i := range w {
		w[i] = 2
	}
	if got, want := DoubtOf(Platt(score, y), score, y, w).At(1), d.At(1)/math.Sqrt2; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("doubt of rows of weight 2 is %v, want %v", got, want)
	}
}

func TestDoubtOfHardCases(t *testing.T) {
	if d := DoubtOf(Map{}, nil, nil, nil); d != (Doubt{}) || d.At(3) != 0 || !d.Valid() {
		t.Errorf("no rows: %+v", d)
	}
	same := DoubtOf(Map{}, []float64{0, 0, 0, 0}, []bool{true, false, true, false}, nil)
	if want := (Doubt{Intercept: 1}); same != want {
		t.Errorf("one score: %+v, want %+v", same, want)
	}
	if d := DoubtOf(Map{}, []float64{math.NaN(), 0, math.Inf(1), 0, 0, 0}, make([]bool, 6), nil); d != same {
		t.Errorf("scores that are no numbers count: %+v", d)
	}
	for _, d := range []Doubt{{Slope: -1}, {Intercept: math.NaN()}, {Slope: 1, Intercept: 1, Both: 2}, {Both: math.Inf(1)}} {
		if d.Valid() {
			t.Errorf("%+v passes for a covariance", d)
		}
	}
}
