package metrics

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
)

// probabilities draws rows whose labels follow their true probabilities.
func probabilities(rng *rand.Rand, n int) (p []float64, y []bool) {
	p, y = make([]float64, n), make([]bool, n)
	for i := range p {
		p[i] = 1 / (1 + math.Exp(1-rng.NormFloat64()))
		y[i] = rng.Float64() < p[i]
	}
	return p, y
}

func TestEvaluateIsTheSameForAnyNumberOfProcessors(t *testing.T) {
	p, y := probabilities(rand.New(rand.NewPCG(1, 2)), 3000)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var first Summary
	for i, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		s := Evaluate(p, y, Options{Resamples: 100, Seed: 7})
		if i == 0 {
			first = s
		} else if !reflect.DeepEqual(s, first) {
			t.Fatalf("GOMAXPROCS=%d gives another summary:\n%+v\n%+v", procs, s, first)
		}
	}
	if other := Evaluate(p, y, Options{Resamples: 100, Seed: 8}); other.AUC.Low == first.AUC.Low {
		t.Error("another seed gives the same interval")
	}
}

// In 200 samples of 300 rows, the 95 % intervals must hold the true value in 90 to 99 % of the samples.
func TestIntervalsCoverTheTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	bigP, bigY := probabilities(rng, 400_000)
	auc, loss := AUC(bigP, bigY), LogLoss(bigP, bigY)
	const runs = 200
	var aucHeld, lossHeld, gainHeld int
	for k := range runs {
		p, y := probabilities(rng, 300)
		s := Evaluate(p, y, Options{Resamples: 300, Seed: uint64(k)})
		aucHeld += holds(s.AUC, auc)
		lossHeld += holds(s.LogLoss, loss)
		noise := make([]float64, len(p))
		for i := range noise {
			noise[i] = rng.Float64()
		}
		gainHeld += holds(PairedDifference(p, noise, y, Options{Resamples: 300, Seed: uint64(k)}).AUC, auc-0.5)
	}
	for name, held := range map[string]int{"AUC": aucHeld, "log loss": lossHeld, "AUC difference": gainHeld} {
		if share := float64(held) / runs; share < 0.90 || share > 0.99 {
			t.Errorf("%s: the interval held the truth in %.3f of the runs, want 0.90 to 0.99", name, share)
		}
	}
}

func holds(i Interval, truth float64) int {
	if i.Low <= truth && truth <= i.High {
		return 1
	}
	return 0
}

func TestPairedDifference(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	p, y := probabilities(rng, 2000)
	worse := make([]float64, len(p))
	for i := range p {
		worse[i] = 1 / (1 + math.Exp(-math.Log(p[i]/(1-p[i]))-0.4*rng.NormFloat64()))
	}
	opt := Options{Resamples: 400, Seed: 1}
	same := PairedDifference(p, p, y, opt)
	if zero := (Interval{}); same.AUC != zero || same.LogLoss != zero {
		t.Errorf("difference to itself = %+v, want 0 with no width", same)
	}
	d := PairedDifference(p, worse, y, opt)
	near(t, "AUC difference", d.AUC.Value, AUC(p, y)-AUC(worse, y))
	near(t, "log loss difference", d.LogLoss.Value, LogLoss(p, y)-LogLoss(worse, y))
	if d.AUC.Low <= 0 || d.LogLoss.High >= 0 {
		t.Errorf("noise was added to b, yet the difference is not clear of 0: %+v", d)
	}
	alone := Evaluate(p, y, opt).AUC
	if d.AUC.High-d.AUC.Low >= alone.High-alone.Low {
		t.Errorf("the paired interval %v is no narrower than that of one model %v", d.AUC, alone)
	}
}

// Whole weights are repeated rows, in the point values.
func TestWeightsAreRepeatedRows(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 9))
		p, y, w := randomSet(rng)
		var p2 []float64
		var y2 []bool
		for i := range p {
			w[i] = math.Ceil(w[i])
			for range int(w[i]) {
				p2, y2 = append(p2, p[i]), append(y2, y[i])
			}
		}
		a := Evaluate(p, y, Options{Resamples: -1, Weights: w})
		b := Evaluate(p2, y2, Options{Resamples: -1})
		near(t, "base rate", a.BaseRate, b.BaseRate)
		near(t, "AUC", a.AUC.Value, b.AUC.Value)
		near(t, "PRAUC", a.PRAUC.Value, b.PRAUC.Value)
		near(t, "ECE", a.ECE.Value, b.ECE.Value)
		near(t, "lift", a.LiftTop10.Value, b.LiftTop10.Value)
	}
}

func TestSummaryRoundTripsThroughJSON(t *testing.T) {
	p, y := probabilities(rand.New(rand.NewPCG(1, 1)), 50)
	for name, s := range map[string]Summary{
		"full":      Evaluate(p, y, Options{Resamples: 20}),
		"one class": Evaluate([]float64{0.5}, []bool{true}, Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var back Summary
			if err := json.Unmarshal(data, &back); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(back)
			if err != nil {
				t.Fatal(err)
			}
			if string(again) != string(data) {
				t.Errorf("read back as %s, want %s", again, data)
			}
		})
	}
	var i Interval
	if err := json.Unmarshal([]byte(`{"value":"x"}`), &i); err == nil {
		t.Error("a value that is text was read without an error")
	}
}

func TestResamples(t *testing.T) {
	for _, tt := range []struct{ rows, asked, want int }{
		{100, 0, 1000},
		{100, -1, 0},
		{0, 0, 0},
		{100, 50, 50},
		{200_000, 0, 1000},
		{400_000, 0, 500},
		{5_000_000, 0, 200},
		{5_000_000, 20, 20},
	} {
		if got := resamples(tt.rows, tt.asked); got != tt.want {
			t.Errorf("resamples(%d, %d) = %d, want %d", tt.rows, tt.asked, got, tt.want)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p, y := probabilities(rand.New(rand.NewPCG(1, 1)), 100_000)
	b.Run("rows=100k/resamples=100", func(b *testing.B) {
		for b.Loop() {
			Evaluate(p, y, Options{Resamples: 100})
		}
	})
}
