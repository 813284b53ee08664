package spend

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestCostInterval compares with the means at which the Poisson probability of so many, or so few, is 0.025.
func TestCostInterval(t *testing.T) {
	for _, c := range []struct {
		n         int64
		low, high float64
	}{
		{1, 0.0253, 5.5716},
		{2, 0.2422, 7.2247},
		{5, 1.6235, 11.6683},
		{10, 4.7954, 18.3904},
		{100, 81.3640, 121.6268},
	} {
		i := cost(1000*micros, c.n)
		if math.Abs(1000 / *i.High - c.low) > 1e-4 || math.Abs(1000 / *i.Low - c.high) > 1e-4 || *i.Value != 1000/float64(c.n) {
			t.Errorf("%d: [%v, %v], want [%v, %v]", c.n, 1000 / *i.High, 1000 / *i.Low, c.low, c.high)
		}
	}
	if i := cost(1000*micros, 0); i.Value != nil || i.High != nil || math.Abs(1000 / *i.Low - 3.6889) > 1e-4 {
		t.Errorf("nobody: %+v", i)
	}
	if i := cost(1e6*micros, 1_000_000); math.Abs(*i.Low-1/1.00196) > 1e-5 || math.Abs(*i.High-1/0.99804) > 1e-5 {
		t.Errorf("a million: %v, %v", *i.Low, *i.High)
	}
}

// TestShareInterval compares with R's prop.test(k, n, correct = FALSE).
func TestShareInterval(t *testing.T) {
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{
		{0, 10, 0, 0.2775},
		{10, 10, 0.7225, 1},
		{5, 50, 0.0435, 0.2136},
		{50, 100, 0.4038, 0.5962},
	} {
		i := share(c.k, c.n)
		if math.Abs(*i.Low-c.low) > 1e-4 || math.Abs(*i.High-c.high) > 1e-4 {
			t.Errorf("%d of %d: [%v, %v], want [%v, %v]", c.k, c.n, *i.Low, *i.High, c.low, c.high)
		}
	}
}

// TestCostCovers simulates counts of known means and holds the intervals to covering the true cost at least as often as they say.
func TestCostCovers(t *testing.T) {
	const runs, spent = 2000, 1000 * micros
	for _, mean := range []float64{3, 12, 80} {
		rng := rand.New(rand.NewPCG(1, uint64(mean)))
		covered := 0
		for range runs {
			n := int64(0)
			for x := rng.ExpFloat64(); x < mean; x += rng.ExpFloat64() {
				n++
			}
			i, truth := cost(spent, n), 1000/mean
			if *i.Low <= truth && (i.High == nil || truth <= *i.High) {
				covered++
			}
		}
		// 95 % less three standard errors of the simulation.
		if share := float64(covered) / runs; share < 0.935 {
			t.Errorf("seed 1, mean %v: covered in %.1f %% of the runs", mean, 100*share)
		}
	}
}

// TestRowsOfAnyCells: whatever is withheld, the rows add up, show no few people, and cannot be told from what is shown.
func TestRowsOfAnyCells(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		cells := newCells()
		var want cell
		for i := range rng.IntN(7) {
			c := cells.at(Channel, fmt.Sprint(i))
			c.fresh = int64(rng.IntN(1 + rng.IntN(40)))
			c.labelled = int64(rng.IntN(int(c.fresh) + 1))
			c.revisiting = int64(rng.IntN(int(c.labelled) + 1))
			c.spent, c.young = Money(rng.IntN(1e9)), Money(rng.IntN(1e9))
			want.fresh, want.labelled, want.revisiting = want.fresh+c.fresh, want.labelled+c.labelled, want.revisiting+c.revisiting
			want.spent, want.young = want.spent+c.spent, want.young+c.young
		}
		checkRows(t, seed, cells.rows(), want)
	}
}

func checkRows(t *testing.T, seed uint64, rows []Row, want cell) {
	t.Helper()
	var spent, young Money
	for _, r := range rows {
		spent, young = spent+r.SpendLabelled, young+r.SpendYoung
	}
	if spent != want.spent || young != want.young {
		t.Fatalf("seed %d: spend %v and %v, want %v and %v", seed, spent, young, want.spent, want.young)
	}
	for name, c := range map[string]struct {
		of    func(Row) *int64
		total int64
	}{
		"new":      {func(r Row) *int64 { return r.NewUsers }, want.fresh},
		"labelled": {func(r Row) *int64 { return r.LabelledUsers }, want.labelled},
	} {
		sum, withheld := int64(0), 0
		for _, r := range rows {
			n := c.of(r)
			switch {
			case n == nil:
				withheld++
			case few(*n):
				t.Fatalf("seed %d: %s shows %d %s users", seed, r.Name, *n, name)
			default:
				sum += *n
			}
		}
		if sum != c.total && (c.total >= SmallCell || withheld == 0) {
			t.Fatalf("seed %d: %s users add up to %d of %d", seed, name, sum, c.total)
		}
		if c.total < SmallCell && sum > 0 {
			t.Fatalf("seed %d: %d %s users are shown of %d in all", seed, sum, name, c.total)
		}
	}
}

func TestMoney(t *testing.T) {
	for m, want := range map[Money]string{
		0: "0", 1: "0.000001", 1_500_000: "1.5", 1200 * micros: "1200", -2_250_000: "-2.25", 9_007_199_254_740_993: "9007199254.740993",
	} {
		data, err := json.Marshal(m)
		if err != nil || string(data) != want {
			t.Errorf("%d: %s, %v, want %s", int64(m), data, err, want)
		}
		var back Money
		if err := json.Unmarshal(data, &back); err != nil || back != m {
			t.Errorf("%s: %d, %v", data, int64(back), err)
		}
	}
	for _, bad := range []string{`"a"`, `0.0000001`, `1e30`, `{}`} {
		var m Money
		if err := json.Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("%s is read as %d", bad, int64(m))
		}
	}
}
