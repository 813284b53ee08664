package calibrate

import (
	"math"
	"testing"
)

func kinds(tried []Candidate) (list []string) {
	for _, c := range tried {
		list = append(list, c.Kind)
	}
	return list
}

func TestChooseTakesTheSimplestThatIsAsGood(t *testing.T) {
	bent := Map{Kind: BetaKind, A: 0.4, B: 1.6, C: -0.5}
	for name, c := range map[string]struct {
		rows  int
		truth func(float64) float64
		want  string
	}{
		"calibrated already": {12_000, func(s float64) float64 { return s }, None},
		"a line":             {12_000, line, PlattKind},
		"a bend":             {12_000, func(s float64) float64 { return logit(bent.Probability(s)) }, BetaKind},
		"a step":             {12_000, func(s float64) float64 { return 3 * math.Tanh(20*(s-0.7)) }, IsotonicKind},
	} {
		score, y := draws(9, c.rows, c.truth)
		m, tried := Choose(score, y, nil)
		if m.Kind != c.want {
			t.Errorf("%s: chosen %s, want %s: %+v", name, m.Kind, c.want, tried)
		}
		if len(tried) != 4 {
			t.Fatalf("%s: tried %v", name, kinds(tried))
		}
		least := math.Inf(1)
		for _, one := range tried {
			least = math.Min(least, one.LogLoss)
			if !(one.LogLoss > 0 && one.ECE >= 0 && one.ECE < 1 && one.Error >= 0) {
				t.Errorf("%s: %+v", name, one)
			}
		}
		for _, one := range tried {
			if one.Kind == m.Kind && one.LogLoss > least+one.Error {
				t.Errorf("%s: the chosen map's loss %v is more than %v above the least %v", name, one.LogLoss, one.Error, least)
			}
		}
	}
}

// TestChooseHasNoIsotonicForFewRows also holds that the chosen map is fitted on all rows.
func TestChooseHasNoIsotonicForFewRows(t *testing.T) {
	score, y := draws(1, 1500, line)
	m, tried := Choose(score, y, nil)
	if len(tried) != 3 || tried[2].Kind != BetaKind {
		t.Errorf("tried %v", kinds(tried))
	}
	if want := Platt(score, y); m.Kind != PlattKind || m.A != want.A || m.B != want.B {
		t.Errorf("%+v, want the Platt map of all rows %+v", m, want)
	}
	if m, tried = Choose(score[:12], y[:12], nil); m.Kind != PlattKind || tried != nil {
		t.Errorf("12 rows: %+v, %v", m, tried)
	}
}

// TestWeightsCountRows holds that a row of weight 2 is two rows, for every kind that is fitted, and that rows of weight 0 are none.
func TestWeightsCountRows(t *testing.T) {
	score, y := draws(5, 400, line)
	w := make([]float64, len(y))
	var repeated []float64
	var repeatedY []bool
	for i := range w {
		w[i] = float64(i % 3)
		for range i % 3 {
			repeated, repeatedY = append(repeated, score[i]), append(repeatedY, y[i])
		}
	}
	for _, kind := range []string{None, PlattKind, BetaKind, IsotonicKind} {
		weighted, plain := fit(kind, score, y, w), fit(kind, repeated, repeatedY, ones(nil, len(repeated)))
		for s := -3.0; s <= 3; s += 0.25 {
			if p, q := weighted.Probability(s), plain.Probability(s); math.Abs(p-q) > 1e-5 {
				t.Errorf("%s: P(%v) is %v by weights and %v by repeated rows", kind, s, p, q)
			}
		}
	}
}

// TestWeightsChoose holds that what the newest rows say wins where they weigh more.
func TestWeightsChoose(t *testing.T) {
	score, y := draws(6, 5000, func(s float64) float64 { return s - 1 })
	newer, newerY := draws(7, 5000, func(s float64) float64 { return s + 1 })
	score, y = append(score, newer...), append(y, newerY...)
	w := make([]float64, len(y))
	for i := range w {
		w[i] = math.Exp2(float64(i-len(w)) / 1000)
	}
	m, _ := Choose(score, y, w)
	if p := m.Probability(0); math.Abs(p-sigmoid(1)) > 0.08 {
		t.Errorf("P(0) = %v, the newer users' is %v", p, sigmoid(1))
	}
}

// TestOnePeriodDoesNotWin has one block of five that bends the other way. A map that follows it must not look better for it: candidates
// are judged on blocks that they have not seen.
func TestOnePeriodDoesNotWin(t *testing.T) {
	var score []float64
	var y []bool
	for block := range uint64(5) {
		truth := func(s float64) float64 { return s }
		if block == 2 {
			truth = func(float64) float64 { return -2 }
		}
		s, l := draws(20+block, 400, truth)
		score, y = append(score, s...), append(y, l...)
	}
	_, tried := Choose(score, y, nil)
	own := make([]float64, len(tried))
	for k, c := range tried {
		m := fit(c.Kind, score, y, ones(nil, len(y)))
		own[k], _ = weightedMean(logLosses(probabilities(m, score), y), ones(nil, len(y)))
		if c.Kind != None && c.LogLoss <= own[k] {
			t.Errorf("%s: judged %v on rows that it has not seen, %v on its own: it must look worse", c.Kind, c.LogLoss, own[k])
		}
	}
}
