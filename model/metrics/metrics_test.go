package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomSet makes rows with many equal scores, and weights of which some are 0.
func randomSet(rng *rand.Rand) (p []float64, y []bool, w []float64) {
	n := 2 + rng.IntN(60)
	steps := 1 + rng.IntN(40)
	for range n {
		q := float64(rng.IntN(steps+1)) / float64(steps)
		p = append(p, q)
		y = append(y, rng.Float64() < 0.2+0.6*q)
		w = append(w, float64(rng.IntN(5))/2)
	}
	y[0], y[1], w[0], w[1] = true, false, 1, 0.5
	return p, y, w
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// The brute forces below follow the definitions word by word, in quadratic time.

func pairsAUC(p []float64, y []bool, w []float64) float64 {
	var won, all float64
	for i := range p {
		for j := range p {
			if !y[i] || y[j] {
				continue
			}
			all += w[i] * w[j]
			switch {
			case p[i] > p[j]:
				won += w[i] * w[j]
			case p[i] == p[j]:
				won += w[i] * w[j] / 2
			}
		}
	}
	return won / all
}

// bruteAP is the mean over the positives of the precision at their own score as threshold, which is the step-wise sum.
func bruteAP(p []float64, y []bool, w []float64) float64 {
	var sum, positives float64
	for i := range p {
		if !y[i] {
			continue
		}
		var hit, called float64
		for j := range p {
			if p[j] >= p[i] {
				called += w[j]
				if y[j] {
					hit += w[j]
				}
			}
		}
		positives += w[i]
		if w[i] > 0 {
			sum += w[i] * hit / called
		}
	}
	return sum / positives
}

func bruteECE(p []float64, y []bool, w []float64, bins int) float64 {
	total := 0.0
	for _, v := range w {
		total += v
	}
	mass, hit := make([]float64, bins+1), make([]float64, bins+1)
	for i := range p {
		var below, same float64
		for j := range p {
			if p[j] < p[i] {
				below += w[j]
			}
			if p[j] == p[i] {
				same += w[j]
			}
		}
		if same == 0 {
			continue
		}
		bin := int(math.Floor((2*below + same) * float64(bins) / (2 * total)))
		mass[bin] += w[i] * p[i]
		if y[i] {
			hit[bin] += w[i]
		}
	}
	gap := 0.0
	for b := range mass {
		gap += math.Abs(mass[b] - hit[b])
	}
	return gap / total
}

// bruteTop is the expected lift of the top share when rows of one score are taken in random order.
func bruteTop(p []float64, y []bool, w []float64, share float64) float64 {
	var total, positives, hit float64
	for i := range p {
		total += w[i]
		if y[i] {
			positives += w[i]
		}
	}
	for i := range p {
		var above, same float64
		for j := range p {
			if p[j] > p[i] {
				above += w[j]
			}
			if p[j] == p[i] {
				same += w[j]
			}
		}
		if y[i] && same > 0 {
			hit += w[i] * math.Max(0, math.Min(1, (share*total-above)/same))
		}
	}
	return hit / (share * total) / (positives / total)
}

func bruteMeans(p []float64, y []bool, w []float64) (loss, brier float64) {
	total := 0.0
	for i, q := range p {
		t := 0.0
		if y[i] {
			t = 1
		}
		c := math.Min(math.Max(q, 1e-15), 1-1e-15)
		loss -= w[i] * (t*math.Log(c) + (1-t)*math.Log1p(-c))
		brier += w[i] * (q - t) * (q - t)
		total += w[i]
	}
	return loss / total, brier / total
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestFiguresEqualBruteForce(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p, y, w := randomSet(rng)
		for _, weight := range [][]float64{w, ones(len(p))} {
			f := newRanking(p, y, weight).measure(nil)
			loss, brier := bruteMeans(p, y, weight)
			near(t, "AUC", f.auc, pairsAUC(p, y, weight))
			near(t, "PRAUC", f.prauc, bruteAP(p, y, weight))
			near(t, "log loss", f.logLoss, loss)
			near(t, "Brier", f.brier, brier)
			near(t, "ECE", f.ece, bruteECE(p, y, weight, 10))
			near(t, "lift", f.lift, bruteTop(p, y, weight, 0.1))
		}
		near(t, "AUC", AUC(p, y), pairsAUC(p, y, ones(len(p))))
		near(t, "PRAUC", PRAUC(p, y), bruteAP(p, y, ones(len(p))))
		bins := 1 + rng.IntN(20)
		near(t, "ECE", ECE(p, y, bins), bruteECE(p, y, ones(len(p)), bins))
		checkLift(t, p, y, 1+rng.IntN(12))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkLift(t *testing.T, p []float64, y []bool, slices int) {
	t.Helper()
	reached := 0.0
	for d, v := range Lift(p, y, slices) {
		near(t, "rows", v.Rows, float64(len(p))/float64(slices))
		reached += v.Positives
		share := float64(d+1) / float64(slices)
		near(t, "reached", v.Reached, share*bruteTop(p, y, ones(len(p)), share))
		near(t, "rate", v.Rate, v.Positives/v.Rows)
	}
	positives := 0
	for _, v := range y {
		if v {
			positives++
		}
	}
	near(t, "positives", reached, float64(positives))
}

// The expected numbers were printed by scikit-learn 1.2.1 (roc_auc_score, average_precision_score, log_loss, brier_score_loss,
// the last row of each with sample_weight) for these twelve rows.
func TestFiguresEqualScikitLearn(t *testing.T) {
	p := []float64{0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.4, 0.9, 0.05, 0.4, 0.6, 0.7}
	y := []bool{false, false, true, true, false, false, true, true, false, false, true, false}
	w := []float64{1, 2, 1, 3, 1, 2, 1, 1, 4, 1, 2, 1}
	for _, tt := range []struct {
		name   string
		weight []float64
		want   [4]float64
	}{
		{"equal weights", nil, [4]float64{0.7285714285714286, 0.6644444444444444, 0.5850251560635386, 0.20791666666666667}},
		{"weights", w, [4]float64{0.8541666666666666, 0.7623397435897437, 0.44326318286998634, 0.147125}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Evaluate(p, y, Options{Resamples: -1, Weights: tt.weight})
			near(t, "AUC", s.AUC.Value, tt.want[0])
			near(t, "PRAUC", s.PRAUC.Value, tt.want[1])
			near(t, "log loss", s.LogLoss.Value, tt.want[2])
			near(t, "Brier", s.Brier.Value, tt.want[3])
			if !math.IsNaN(s.AUC.Low) {
				t.Errorf("AUC.Low = %v without resamples, want NaN", s.AUC.Low)
			}
		})
	}
}

func TestFiguresThatTheRowsCannotGive(t *testing.T) {
	one := []bool{true, true}
	for _, tt := range []struct {
		name string
		got  float64
	}{
		{"AUC of one class", AUC([]float64{1, 2}, one)},
		{"AUC of nothing", AUC(nil, nil)},
		{"PRAUC without positives", PRAUC([]float64{1}, []bool{false})},
		{"LogLoss of nothing", LogLoss(nil, nil)},
		{"Brier of nothing", Brier(nil, nil)},
		{"ECE of nothing", ECE(nil, nil, 10)},
	} {
		if !math.IsNaN(tt.got) {
			t.Errorf("%s = %v, want NaN", tt.name, tt.got)
		}
	}
	if got := Lift([]float64{1}, []bool{false}, 10); got != nil {
		t.Errorf("Lift without positives = %v, want nil", got)
	}
	if got := LogLoss([]float64{0, 1}, []bool{true, false}); math.IsInf(got, 0) || got < 34 {
		t.Errorf("LogLoss of certain errors = %v, want about 34.5, clamped", got)
	}
}

func TestLengthsThatDifferPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("AUC of 1 score and 2 labels did not panic")
		}
	}()
	AUC([]float64{1}, []bool{true, false})
}

func TestCalibrationBins(t *testing.T) {
	p := []float64{0.1, 0.1, 0.1, 0.2, 0.6, 0.7, 0.8, 0.9}
	y := []bool{false, true, false, false, true, false, true, true}
	got := Calibration(p, y, 4)
	// The three rows at 0.1 fill ranks 0-3, middle 1.5: bin 0 of size 2. 0.2 has middle 3.5: bin 1, alone.
	want := []struct {
		rows, positives int
		from, to, mean  float64
	}{{3, 1, 0.1, 0.1, 0.1}, {1, 0, 0.2, 0.2, 0.2}, {2, 1, 0.6, 0.7, 0.65}, {2, 2, 0.8, 0.9, 0.85}}
	if len(got) != len(want) {
		t.Fatalf("%d bins, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		g := got[i]
		if g.Rows != w.rows || g.Positives != w.positives || g.From != w.from || g.To != w.to {
			t.Errorf("bin %d = %+v, want %+v", i, g, w)
		}
		near(t, "mean", g.Predicted, w.mean)
		if g.Observed.Low < 0 || g.Observed.High > 1 || g.Observed.Low > g.Observed.Value || g.Observed.High < g.Observed.Value {
			t.Errorf("bin %d: interval %v does not hold its value inside [0,1]", i, g.Observed)
		}
	}
}

// The example is that of Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
func TestWilson(t *testing.T) {
	got := Wilson(81, 263)
	if math.Abs(got.Low-0.2553) > 5e-5 || math.Abs(got.High-0.3662) > 5e-5 {
		t.Errorf("Wilson(81, 263) = %v, want 0.2553 to 0.3662", got)
	}
}
