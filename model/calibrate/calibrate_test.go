package calibrate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// draws makes scores and labels whose true log-odds are truth(score).
func draws(seed uint64, n int, truth func(float64) float64) (score []float64, y []bool) {
	rng := rand.New(rand.NewPCG(seed, 0))
	for range n {
		s := rng.NormFloat64() * 1.5
		score = append(score, s)
		y = append(y, rng.Float64() < sigmoid(truth(s)))
	}
	return score, y
}

func line(s float64) float64 { return 0.6*s - 1.2 }

func TestPlattFindsTheLine(t *testing.T) {
	score, y := draws(1, 50_000, line)
	m := Platt(score, y)
	if m.Kind != PlattKind || math.Abs(m.A-0.6) > 0.03 || math.Abs(m.B+1.2) > 0.03 {
		t.Errorf("Platt = %+v, want a near 0.6 and b near -1.2", m)
	}
}

// The expected numbers were printed by scikit-learn 1.2.1: sklearn.calibration._SigmoidCalibration().fit(score, y), whose a_ and
// b_ have the opposite sign.
func TestPlattEqualsScikitLearn(t *testing.T) {
	score := []float64{-2, -1.5, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3}
	y := []bool{false, false, true, false, false, true, false, true, true, false, true, true}
	m := Platt(score, y)
	if math.Abs(m.A-0.52258172) > 1e-4 || math.Abs(m.B+0.24878795) > 1e-4 {
		t.Errorf("Platt = %.8f, %.8f, want 0.52258172, -0.24878795", m.A, m.B)
	}
}

// The expected means were printed by scikit-learn 1.2.1: IsotonicRegression().fit_transform(score, y).
func TestIsotonicBlocksEqualScikitLearn(t *testing.T) {
	score := []float64{-2, -1.5, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3, 3.5}
	y := []bool{false, false, true, false, false, true, false, true, true, false, true, false, true, true}
	const third, twoThirds = 0.3333333333333333, 0.6666666666666666
	want := []float64{
		0, 0, third, third, third, 0.5, 0.5, twoThirds, twoThirds, twoThirds, twoThirds, twoThirds, twoThirds, 1,
	}
	k := 0
	for _, b := range pool(score, y, ones(nil, len(y))) {
		for range int(b.rows) {
			if math.Abs(b.rate()-want[k]) > 1e-12 {
				t.Errorf("row %d: %v, want %v", k, b.rate(), want[k])
			}
			k++
		}
	}
	if k != len(want) {
		t.Errorf("%d rows in blocks, want %d", k, len(want))
	}
}

func TestEveryMapRisesInsideTheOpenInterval(t *testing.T) {
	kinds := map[string]func([]float64, []bool) Map{"platt": Platt, "isotonic": Isotonic, "beta": Beta, "chosen": Fit}
	for seed := range uint64(20) {
		for name, fit := range kinds {
			score, y := draws(seed, 5+int(seed)*40, line)
			if seed%4 == 1 {
				for i := range y {
					y[i] = score[i] > 0
				}
			}
			m := fit(score, y)
			if err := m.Validate(); err != nil {
				t.Fatalf("seed %d, %s: %v", seed, name, err)
			}
			last := m.Probability(-1e9)
			for s := -8.0; s <= 8; s += 0.01 {
				p := m.Probability(s)
				if !(p > 0 && p < 1) || p < last || m.A > 0 && m.Kind != None && p == last && p > 1e-9 && p < 1-1e-9 {
					t.Fatalf("seed %d, %s: P(%v) = %v after %v, want it to rise within (0,1)", seed, name, s, p, last)
				}
				last = p
			}
			for _, s := range []float64{-1e300, 1e300, math.Inf(1), math.Inf(-1)} {
				if p := m.Probability(s); !(p > 0 && p < 1) && m.A > 0 {
					t.Errorf("seed %d, %s: P(%v) = %v, want it inside (0,1)", seed, name, s, p)
				}
			}
		}
	}
}

func TestFitChooses(t *testing.T) {
	few, fewY := draws(1, 1500, line)
	if m := Fit(few, fewY); m.Kind != PlattKind {
		t.Errorf("chosen on %d positives = %s, want platt", count(fewY), m.Kind)
	}
	bent := func(s float64) float64 {
		if s < 0.5 {
			return -2
		}
		return 1
	}
	score, y := draws(2, 20_000, bent)
	if m := Fit(score, y); m.Kind != IsotonicKind {
		t.Errorf("chosen on a step = %s, want isotonic", m.Kind)
	}
	score, y = draws(3, 20_000, line)
	if m := Fit(score, y); m.Kind != PlattKind {
		t.Errorf("chosen on a line = %s, want platt", m.Kind)
	}
}

func TestMapsMakeLaterRowsCalibrated(t *testing.T) {
	truth := func(s float64) float64 { return 2*s - 1 + math.Sin(3*s) }
	score, y := draws(4, 30_000, truth)
	later, laterY := draws(5, 30_000, truth)
	raw := metrics.ECE(probabilities(Map{Kind: None}, later), laterY, 10)
	ece := metrics.ECE(probabilities(Fit(score, y), later), laterY, 10)
	if ece > 0.015 || ece > raw/3 {
		t.Errorf("ECE on later rows = %.4f, want at most 0.015 (uncalibrated: %.4f)", ece, raw)
	}
}

func probabilities(m Map, score []float64) []float64 {
	p := make([]float64, len(score))
	for i, s := range score {
		p[i] = m.Probability(s)
	}
	return p
}

func TestHardCases(t *testing.T) {
	down, downY := draws(6, 4000, func(s float64) float64 { return -s })
	for _, tt := range []struct {
		name  string
		score []float64
		y     []bool
		at    float64
		want  float64
		near  float64
	}{
		{"no rows", nil, nil, 0, 0.5, 1e-12},
		{"one class", []float64{1, 2, 3}, []bool{true, true, true}, 2, 4.0 / 5, 1e-6},
		{"worse than chance", down, downY, 3, float64(count(downY)) / 4000, 0.01},
		{"one score", []float64{1, 1, 1, 1}, []bool{true, false, false, false}, 1, 0.3, 0.06},
		{"NaN score", []float64{math.NaN(), 1, 2}, []bool{true, false, true}, 0, 0.5, 0.5},
	} {
		for name, fit := range map[string]func([]float64, []bool) Map{"platt": Platt, "isotonic": Isotonic, "beta": Beta, "chosen": Fit} {
			m := fit(tt.score, tt.y)
			if err := m.Validate(); err != nil {
				t.Errorf("%s, %s: %v", tt.name, name, err)
			}
			if got := m.Probability(tt.at); !(math.Abs(got-tt.want) <= tt.near) {
				t.Errorf("%s, %s: P(%v) = %v, want %v", tt.name, name, tt.at, got, tt.want)
			}
		}
	}
}

func TestMapRoundTripsThroughJSON(t *testing.T) {
	score, y := draws(8, 3000, line)
	for _, m := range []Map{{Kind: None}, Platt(score, y), Isotonic(score, y), Beta(score, y)} {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Map
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, back); diff != "" {
			t.Errorf("%s changed on its way through JSON:\n%s", m.Kind, diff)
		}
	}
}

func TestUnmarshalRefusesWhatIsNoMap(t *testing.T) {
	for name, data := range map[string]string{
		"unknown kind":     `{"kind":"spline"}`,
		"falling slope":    `{"kind":"platt","a":-1}`,
		"beta that falls":  `{"kind":"beta","a":1,"b":-1}`,
		"points for beta":  `{"kind":"beta","a":1,"x":[1],"y":[0.5]}`,
		"points for platt": `{"kind":"platt","a":1,"x":[1],"y":[0.5]}`,
		"no points":        `{"kind":"isotonic","a":1}`,
		"ragged points":    `{"kind":"isotonic","a":1,"x":[1,2],"y":[0.5]}`,
		"falling points":   `{"kind":"isotonic","a":1,"x":[1,2],"y":[0.5,0.4]}`,
		"probability of 1": `{"kind":"isotonic","a":1,"x":[1,2],"y":[0.5,1]}`,
		"not an object":    `[1]`,
	} {
		var m Map
		if err := json.Unmarshal([]byte(data), &m); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}
