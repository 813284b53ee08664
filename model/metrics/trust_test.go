package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The variance of placements by its definition, over all pairs.
func TestAUCErrorByPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		n := 4 + rng.IntN(60)
		score, y := make([]float64, n), make([]bool, n)
		for i := range score {
			score[i], y[i] = float64(rng.IntN(12)), i < 2 || i >= 4 && rng.IntN(3) == 0
		}
		if got, want := AUCError(score, y), errorByPairs(score, y); math.Abs(got-want) > 1e-12 {
			t.Fatalf("AUCError is %v, by pairs %v, of %v %v", got, want, score, y)
		}
	}
	if got := AUCError([]float64{1, 2, 3}, []bool{true, false, false}); !math.IsNaN(got) {
		t.Errorf("with one positive the error is %v, want NaN", got)
	}
}

func errorByPairs(score []float64, y []bool) float64 {
	variance := 0.0
	for _, side := range []bool{true, false} {
		var placements []float64
		for i := range score {
			if y[i] != side {
				continue
			}
			sum, n := 0.0, 0.0
			for j := range score {
				if y[j] == side {
					continue
				}
				n++
				switch {
				case score[j] < score[i]:
					sum++
				case score[j] == score[i]:
					sum += 0.5
				}
			}
			placements = append(placements, sum/n)
		}
		mean, squares, n := 0.0, 0.0, float64(len(placements))
		for _, p := range placements {
			mean += p / n
		}
		for _, p := range placements {
			squares += (p - mean) * (p - mean)
		}
		variance += squares / (n - 1) / n
	}
	return math.Sqrt(variance)
}

// 95 % intervals of AUC +- 1.96 errors hold the true AUC of two normals (0.760) about as often as they say.
func TestAUCErrorCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	truth := 0.5 * math.Erfc(-0.5)
	held := 0
	const runs = 400
	for range runs {
		score, y := make([]float64, 300), make([]bool, 300)
		for i := range score {
			y[i] = i%3 == 0
			if score[i] = rng.NormFloat64(); y[i] {
				score[i]++
			}
		}
		if e := AUCError(score, y); math.Abs(AUC(score, y)-truth) <= 1.96*e {
			held++
		}
	}
	if share := float64(held) / runs; share < 0.92 || share > 0.98 {
		t.Errorf("%.3f of the intervals hold the true AUC", share)
	}
}

func TestNullAUCErrorAgainstShuffles(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	y, score := make([]bool, 200), make([]float64, 200)
	squares := 0.0
	const runs = 2000
	for range runs {
		for i := range y {
			y[i], score[i] = i < 40, rng.Float64()
		}
		d := AUC(score, y) - 0.5
		squares += d * d
	}
	if got, want := NullAUCError(40, 160), math.Sqrt(squares/runs); math.Abs(got-want) > 0.05*want {
		t.Errorf("the error is %.4f, of random scores %.4f", got, want)
	}
}

func TestTrend(t *testing.T) {
	time := []float64{0, 1, 2, 3}
	line := Trend(time, []float64{1, 0.9, 0.8, 0.7}, []float64{0.1, 0.1, 0.1, 0.1})
	// The error of the slope is 0.1 / sqrt(sum (t - 1.5)^2) = 0.1 / sqrt 5.
	if math.Abs(line.Value+0.1) > 1e-12 || math.Abs(line.High-line.Value-1.959963984540054*0.1/math.Sqrt(5)) > 1e-12 {
		t.Errorf("an exact line has the trend %v", line)
	}
	scattered := Trend(time, []float64{1, 0, 1, 0}, []float64{0.01, 0.01, 0.01, 0.01})
	if scattered.Low > 0 || scattered.High < 0 {
		t.Errorf("points off any line have a sure trend %v", scattered)
	}
	for name, points := range map[string][]float64{"two points": {0, 1}, "one time": {2, 2, 2}} {
		if got := Trend(points, points, points); !math.IsNaN(got.Value) {
			t.Errorf("%s have the trend %v", name, got)
		}
	}
}

func TestTrendCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	held := 0
	const runs = 500
	for range runs {
		var time, value, err []float64
		for k := range 12 {
			e := 0.01 + 0.02*rng.Float64()
			time, value, err = append(time, float64(k)), append(value, 0.8-0.003*float64(k)+e*rng.NormFloat64()), append(err, e)
		}
		if i := Trend(time, value, err); i.Low <= -0.003 && i.High >= -0.003 {
			held++
		}
	}
	if share := float64(held) / runs; share < 0.93 {
		t.Errorf("%.3f of the intervals hold the true slope", share)
	}
}

func TestHeterogeneity(t *testing.T) {
	if q, freedom := Heterogeneity([]float64{0.8, 0.8, 0.8}, []float64{0.1, 0.2, 0.3}); q > 1e-20 || freedom != 2 {
		t.Errorf("equal values have Q %v of %d", q, freedom)
	}
	if q, _ := Heterogeneity([]float64{0, 2}, []float64{1, 1}); math.Abs(q-2) > 1e-12 {
		t.Errorf("Q of 0 and 2 is %v, want 2", q)
	}
}

// With n rows of one probability a bin's gap is that of a binomial, sqrt(2/pi) standard deviations on average.
func TestECEFloorOfExactProbabilities(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	p := make([]float64, 5000)
	want := 0.0
	for i := range p {
		p[i] = 0.05 + 0.4*float64(i)/float64(len(p)) + 1e-9*rng.Float64()
		want += math.Sqrt(2 / math.Pi * p[i] * (1 - p[i]) / 500)
	}
	want /= float64(len(p))
	floor := ECEFloor(p, 1)
	if math.Abs(floor.Value-want) > 0.05*want || floor.Low > floor.Value || floor.High < floor.Value {
		t.Errorf("the floor is %v, want about %.5f", floor, want)
	}
	if again := ECEFloor(p, 1); again != floor {
		t.Errorf("the same seed gives %v and %v", floor, again)
	}
	y := make([]bool, len(p))
	inside := 0
	for range 200 {
		for i := range y {
			y[i] = rng.Float64() < p[i]
		}
		if e := ECE(p, y, eceBins); e >= floor.Low && e <= floor.High {
			inside++
		}
	}
	if inside < 175 {
		t.Errorf("only %d of 200 exact sets of labels lie inside the floor's range", inside)
	}
}
