package model

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// shares are how many of those whom each group is not meant for it takes in all the same.
func shares(t Tolerance, y []bool, p []float64) (leaving, coming [3]float64) {
	var came, left float64
	for i := range y {
		groups, cuts := &leaving, [3]bool{p[i] <= t.Low, p[i] <= t.Medium, p[i] <= t.High}
		if y[i] {
			came++
		} else {
			left++
			groups, cuts = &coming, [3]bool{p[i] >= t.ReturnLow, p[i] >= t.ReturnMedium, p[i] >= t.ReturnHigh}
		}
		for k, in := range cuts {
			if in {
				groups[k]++
			}
		}
	}
	for k := range leaving {
		leaving[k] /= came
		coming[k] /= left
	}
	return leaving, coming
}

func TestToleranceOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 50 {
		n := 400 + rng.IntN(2000)
		y, p := make([]bool, n), make([]float64, n)
		for i := range y {
			p[i] = rng.Float64()
			y[i] = rng.Float64() < p[i]
			if rng.IntN(3) == 0 {
				p[i] = float64(int(p[i]*1000)) / 1000
			}
		}
		tol := ToleranceOf(y, p)
		leaving, coming := shares(tol, y, p)
		for k, want := range []float64{lowRisk, mediumRisk, highRisk} {
			// As near below as the rows let it be: a few ties stand in one place.
			if leaving[k] > want || leaving[k] < want-0.02 || coming[k] > want || coming[k] < want-0.02 {
				t.Errorf("%d users: at %v false positives %v will leave, %v will come", n, want, leaving[k], coming[k])
			}
		}
	}
}

func TestToleranceByHand(t *testing.T) {
	// 10 who came back, at 0.05, 0.15 ... 0.95; 10 who did not, at 0, 0.1 ... 0.9.
	var y []bool
	var p []float64
	for i := range 10 {
		y, p = append(y, true, false), append(p, float64(i)/10+0.05, float64(i)/10)
	}
	got := ToleranceOf(y, p)
	want := Tolerance{Low: 0, Medium: 0.1, High: 0.2, ReturnLow: 0.95, ReturnMedium: 0.85, ReturnHigh: 0.75}
	for _, d := range []float64{
		got.Low - want.Low, got.Medium - want.Medium, got.High - want.High, got.ReturnLow - want.ReturnLow,
		got.ReturnMedium - want.ReturnMedium, got.ReturnHigh - want.ReturnHigh,
	} {
		if d > 1e-12 || d < -1e-12 {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	if one := ToleranceOf([]bool{true, false}, []float64{0.3, 0.3}); one.High != -1 || one.ReturnHigh != 2 {
		t.Errorf("where nobody can be told apart, the groups are %+v, want them empty", one)
	}
}

func TestToleranceEstimate(t *testing.T) {
	m := &Manifest{ScoreReference: Histogram{Edges: []float32{0.1, 0.2, 0.5}, Counts: []int{400, 300, 200, 100}}}
	// Of 210 expected to come back 20 lie below 0.1, 65 below 0.2; of 790 not to, 25 lie above 0.5, 155 above 0.2.
	got := m.ToleranceOrEstimate()
	if got.Low != -1 || got.Medium != float64(float32(0.1)) || got.High != float64(float32(0.1)) {
		t.Errorf("those who leave are cut at %+v", got)
	}
	if got.ReturnLow != 0.5 || got.ReturnMedium != 0.5 || got.ReturnHigh != float64(float32(0.2)) {
		t.Errorf("those who come are cut at %+v", got)
	}
	m.Tolerance = &Tolerance{Low: 0.07}
	if m.ToleranceOrEstimate().Low != 0.07 {
		t.Error("the manifest's own tolerance was not taken")
	}
	if (&Manifest{}).ToleranceOrEstimate() != nil {
		t.Error("a manifest without a reference gave a tolerance")
	}
}

// Artifacts of before must keep their bytes.
func TestManifestWithoutTolerance(t *testing.T) {
	data, err := json.Marshal(Manifest{})
	if err != nil || strings.Contains(string(data), "tolerance") {
		t.Errorf("the manifest is %s (%v)", data, err)
	}
}
