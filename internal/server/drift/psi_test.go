package drift

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// The wanted numbers are computed by hand from sum (now - ref) ln(now / ref), with ln 1.2 = 0.1823215568, ln 0.8 = -0.2231435513,
// ln 2 = 0.6931471806, ln 0.0002 = -8.5171931914, ln 10000 = 9.2103403720 and ln 5 = 1.6094379124.
func TestPSI(t *testing.T) {
	for _, c := range []struct {
		name           string
		reference, now []float64
		want           float64
	}{
		{"equal", []float64{0.2, 0.3, 0.5}, []float64{0.2, 0.3, 0.5}, 0},
		{"a tenth moves", []float64{0.5, 0.5}, []float64{0.6, 0.4}, 0.1*0.1823215568 + 0.1*0.2231435513},
		{"an empty bin now", []float64{0.5, 0.5}, []float64{1, 0}, 0.5*0.6931471806 + 0.4999*8.5171931914},
		{"an empty bin before", []float64{1, 0}, []float64{0.5, 0.5}, 0.5*0.6931471806 + 0.4999*8.5171931914},
		{"empty in both", []float64{0.5, 0.5, 0}, []float64{0.6, 0.4, 0}, 0.0405465108},
		{"all missing, then none", []float64{0, 1}, []float64{1, 0}, 2 * 0.9999 * 9.2103403720},
		{"five times as many missing", []float64{0.9, 0.1}, []float64{0.5, 0.5}, 0.4*0.5877866649 + 0.4*1.6094379124},
		{"no bins", nil, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := psi(c.reference, c.now); !near(got, c.want, 1e-9) {
				t.Errorf("PSI %v, want %v", got, c.want)
			}
			if there, back := psi(c.reference, c.now), psi(c.now, c.reference); !near(there, back, 1e-12) {
				t.Errorf("PSI is %v there and %v back, want the same", there, back)
			}
		})
	}
}

// slowPSI is sum (now - ref) (ln now - ln ref) from counts, each share filled where its count is 0.
func slowPSI(reference, now []int) float64 {
	n, m, sum := 0, 0, 0.0
	for i := range reference {
		m, n = m+reference[i], n+now[i]
	}
	for i := range reference {
		p, q := float64(reference[i])/float64(m), float64(now[i])/float64(n)
		if reference[i] == 0 {
			p = 1. / 10000
		}
		if now[i] == 0 {
			q = 1. / 10000
		}
		sum += q*math.Log(q) - q*math.Log(p) - p*math.Log(q) + p*math.Log(p)
	}
	return sum
}

func TestPSIOfRandomHistograms(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		reference, now := make([]int, 1+rng.IntN(30)), []int{}
		for i := range reference {
			reference[i] = rng.IntN(4) * rng.IntN(100)
			now = append(now, rng.IntN(4)*rng.IntN(100))
		}
		reference[0]++
		now[0]++
		p, _ := shares(wide(reference))
		q, _ := shares(wide(now))
		if got, want := psi(p, q), slowPSI(reference, now); !near(got, want, 1e-12*(1+want)) || got < 0 {
			t.Errorf("seed %d: PSI %v, by brute force %v", seed, got, want)
		}
	}
}

func wide(counts []int) []uint64 {
	out := make([]uint64, len(counts))
	for i, n := range counts {
		out[i] = uint64(n)
	}
	return out
}

// The mean PSI of samples of one distribution must be what expected says: (11 - 1) (1/n + 1/nref) for eleven bins, within a tenth.
func TestExpected(t *testing.T) {
	const bins, runs = 11, 2000
	for _, c := range []struct{ n, reference int }{{200, 20000}, {1000, 1000}, {5000, 500}} {
		rng := rand.New(rand.NewPCG(uint64(c.n), 2))
		var mean, want float64
		for range runs {
			p, _ := shares(even(rng, bins, c.reference))
			q, _ := shares(even(rng, bins, c.n))
			mean += psi(p, q) / runs
			want = expected(p, q, c.reference, c.n)
		}
		if by := 10 * (1/float64(c.n) + 1/float64(c.reference)); !near(want, by, 1e-12) {
			t.Errorf("%+v: expected %v, the formula gives %v", c, want, by)
		}
		if !near(mean, want, want/10) {
			t.Errorf("%+v: mean PSI %v of %d draws, expected %v", c, mean, runs, want)
		}
	}
}

func even(rng *rand.Rand, bins, n int) []uint64 {
	counts := make([]uint64, bins)
	for range n {
		counts[rng.IntN(bins)]++
	}
	return counts
}

func TestExpectedCountsBinsThatAreUsed(t *testing.T) {
	for _, c := range []struct {
		name                string
		reference, now      []float64
		referenceRows, rows int
		want                float64
	}{
		{"all", []float64{0.5, 0.5, 0}, []float64{0.5, 0, 0.5}, 1000, 200, 2 * 0.006},
		{"one is empty in both", []float64{0.5, 0.5, 0}, []float64{1, 0, 0}, 1000, 200, 0.006},
		{"one bin", []float64{1, 0}, []float64{1, 0}, 1000, 200, 0},
		{"no reference", []float64{0, 0}, []float64{1, 0}, 0, 200, 0},
		{"no rows", []float64{0.5, 0.5}, []float64{0, 0}, 200, 0, 0},
	} {
		if got := expected(c.reference, c.now, c.referenceRows, c.rows); !near(got, c.want, 1e-15) {
			t.Errorf("%s: expected %v, want %v", c.name, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name                string
		psi, expected       float64
		referenceRows, rows int
		want                string
	}{
		{"too few rows", 3, 0.05, 5000, 199, Few},
		{"no reference", 0, 0, 0, 5000, Few},
		{"just enough rows", 3, 0.05, 5000, 200, Alarm},
		{"below a tenth", 0.0999, 0, 5000, 5000, OK},
		{"a tenth", 0.1, 0, 5000, 5000, Warn},
		{"below a quarter", 0.2499, 0.01, 5000, 5000, Warn},
		{"a quarter", 0.25, 0.01, 5000, 5000, Alarm},
		{"no more than chance", 0.3, 0.1001, 100, 5000, OK},
		{"more than chance", 0.31, 0.1, 100, 5000, Alarm},
		{"more than chance, a warning", 0.17, 0.05, 200, 5000, Warn},
	} {
		if got := status(c.psi, c.expected, c.referenceRows, c.rows); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
