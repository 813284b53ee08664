package spend

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// expectedOf sums up the probabilities, and users without one.
func expectedOf(t *testing.T, open int, p ...float64) *Expected {
	t.Helper()
	e := &Expected{}
	for _, v := range p {
		if err := e.add(Young{P: v}, true); err != nil {
			t.Fatal(err)
		}
	}
	for range open {
		if err := e.add(Young{P: math.NaN()}, false); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func near(got *float64, want float64) bool {
	return got != nil && math.Abs(*got-want) < 1e-4*max(1, want)
}

// TestShareByHand: the variances are added up on paper, 1.96 times the root of them by the people lies on either side.
func TestShareByHand(t *testing.T) {
	fives, mixed := slices.Repeat([]float64{0.5}, 10), slices.Concat(slices.Repeat([]float64{0.2}, 5), slices.Repeat([]float64{0.6}, 5))
	replicas := &Expected{People: 10, Scored: 10, Sum: 5, Variance: 2.5, Replicas: []float64{4, 6, 5}}
	for name, c := range map[string]struct {
		e                     *Expected
		rate, variance, count float64
	}{
		"10 of 1/2": {expectedOf(t, 0, fives...), 0.5, 10 * 0.25, 5},
		// 10 more of the same rate, of which nothing is unsure: all scored ones are alike.
		"10 of 1/2, 10 open": {expectedOf(t, 10, fives...), 0.5, 20 * 0.25, 10},
		// Squares about the mean of 0.4 add up to 0.4; by 9 that is the variance of one, by 90 that of the mean, and 10 x 10 of it.
		"two kinds, 10 open": {expectedOf(t, 10, mixed...), 0.4, 5*0.16 + 5*0.24 + 10*0.24 + 100*0.4/90, 8},
		// The replicas' sums 4, 6 and 5 have the variance 1.
		"replicas": {replicas, 0.5, 2.5 + 1, 5},
		// All of them stand for twice as many people: 2 x 2 times the variance of the sums.
		"replicas, 10 open": {&Expected{20, 10, 5, 2.5, replicas.Replicas}, 0.5, 5 + 4, 10},
	} {
		i, half := c.e.share(), quantile*math.Sqrt(c.variance)/float64(c.e.People)
		if !near(i.Value, c.rate) || !near(i.Low, c.rate-half) || !near(i.High, c.rate+half) || math.Abs(c.e.Count()-c.count) > 1e-9 {
			t.Errorf("%s: %v [%v, %v] and %v, want %v ± %v", name, *i.Value, *i.Low, *i.High, c.e.Count(), c.rate, half)
		}
	}
	if i := expectedOf(t, 0, slices.Repeat([]float64{0.01}, 10)...).share(); *i.Low != 0 {
		t.Errorf("a share is at least %v", *i.Low)
	}
}

// TestCostExpectedByHand: 10 who revisit and 20 of one half each are 20, of the variance 10 + 20/4 = 15. The bounds of 20 by numerical
// integration of the gamma density are 13.14230 and 29.53482.
func TestCostExpectedByHand(t *testing.T) {
	i := costExpected(1000*micros, 10, expectedOf(t, 0, slices.Repeat([]float64{0.5}, 20)...))
	if !near(i.Value, 50) || !near(i.High, 1000/13.14230) || !near(i.Low, 1000/29.53482) {
		t.Errorf("%v [%v, %v]", *i.Value, *i.Low, *i.High)
	}
}

// TestCostExpectedOfKnown: where everything is known the cost is that of cost, also where a probability is 1.
func TestCostExpectedOfKnown(t *testing.T) {
	for _, n := range []int64{0, 1, 5, 40, 1000} {
		want := cost(1000*micros, n)
		for _, e := range []*Expected{{}, expectedOf(t, 0, 0, 0, 0)} {
			got := costExpected(1000*micros, n, e)
			if !near(got.Low, *want.Low) || (got.Value == nil) != (n == 0) || (got.High == nil) != (n == 0) {
				t.Fatalf("%d: %+v, want %+v", n, got, want)
			}
			if n > 0 && (!near(got.Value, *want.Value) || !near(got.High, *want.High)) {
				t.Errorf("%d: %v, %v, want %v, %v", n, *got.Value, *got.High, *want.Value, *want.High)
			}
		}
	}
	got, want := costExpected(1000*micros, 4, expectedOf(t, 0, 1, 1, 1)), cost(1000*micros, 7)
	if !near(got.Low, *want.Low) || !near(got.Value, *want.Value) || !near(got.High, *want.High) {
		t.Errorf("4 and 3 of 1: %+v, want %+v", got, want)
	}
	if got := costExpected(1000*micros, 0, expectedOf(t, 0, 1e-300, 0)); got.Low == nil || !(*got.Low > 0) {
		t.Errorf("next to nobody: %+v", got)
	}
}

// chancesOfPeople are unequal probabilities of a mean near the given one.
func chancesOfPeople(rng *rand.Rand, n int, mean float64) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = min(1, 2*mean*rng.Float64())
	}
	return p
}

// TestShareCovers draws who revisits by the probabilities, and holds the interval to having the share 95 % of the time. Those without a
// probability are of the same kind as the others.
func TestShareCovers(t *testing.T) {
	const runs = 1500
	for _, c := range []struct {
		people, open int
		mean         float64
	}{{20, 0, 0.3}, {60, 20, 0.2}, {400, 100, 0.1}, {30, 60, 0.4}} {
		rng := rand.New(rand.NewPCG(2, uint64(c.people)))
		covered := 0
		for range runs {
			p := chancesOfPeople(rng, c.people+c.open, c.mean)
			i, revisits := expectedOf(t, c.open, p[:c.people]...).share(), 0.0
			for _, v := range p {
				if rng.Float64() < v {
					revisits++
				}
			}
			if share := revisits / float64(len(p)); *i.Low <= share && share <= *i.High {
				covered++
			}
		}
		// 95 % less, or more, three standard errors of the simulation and half a step of the small counts.
		if share := float64(covered) / runs; share < 0.92 || share > 0.985 {
			t.Errorf("%+v: covered in %.1f %% of the runs", c, 100*share)
		}
	}
}

// TestCostExpectedCovers draws who comes and who revisits, and holds the interval to having the true cost at least 95 % of the time.
func TestCostExpectedCovers(t *testing.T) {
	const runs, spent = 1500, 1000 * micros
	poisson := func(rng *rand.Rand, mean float64) int {
		n := 0
		for x := rng.ExpFloat64(); x < mean; x += rng.ExpFloat64() {
			n++
		}
		return n
	}
	for _, c := range []struct{ known, young, rate float64 }{{3, 20, 0.2}, {20, 60, 0.3}, {80, 40, 0.5}} {
		rng := rand.New(rand.NewPCG(3, uint64(c.known)))
		truth, covered := 1000/(c.known+c.young*c.rate), 0
		for range runs {
			young := poisson(rng, c.young)
			e := expectedOf(t, young/4, chancesOfPeople(rng, young-young/4, c.rate)...)
			if e.Scored == 0 {
				e.People = 0
			}
			i := costExpected(spent, int64(poisson(rng, c.known)), e)
			if *i.Low <= truth && (i.High == nil || truth <= *i.High) {
				covered++
			}
		}
		if share := float64(covered) / runs; share < 0.935 {
			t.Errorf("%+v: covered in %.1f %% of the runs", c, 100*share)
		}
	}
}

func TestProbabilitiesAreChecked(t *testing.T) {
	for want, list := range map[string][]Young{
		"is NaN": {{P: math.NaN()}}, "is 1.5": {{P: 0.5, Replicas: []float64{1.5}}}, "is -1": {{P: -1}},
		"2 replicas, another those of 1": {{P: 0.5, Replicas: []float64{0.5}}, {P: 0.5, Replicas: []float64{0.5, 0.4}}},
	} {
		e, last := &Expected{}, error(nil)
		for _, y := range list {
			last = e.add(y, true)
		}
		if last == nil || !strings.Contains(last.Error(), want) {
			t.Errorf("%v gives %v, want %q", list, last, want)
		}
	}
}

// TestNothingOfFewIsExpected: whatever the rows, no figure is of fewer than 10 scored people, nor could one be told from the total.
func TestNothingOfFewIsExpected(t *testing.T) {
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 4))
		cells, of := newCells(), map[RowKey]*Expected{}
		for i := range 1 + rng.IntN(6) {
			name := string(rune('a' + i))
			e := expectedOf(t, rng.IntN(5), chancesOfPeople(rng, rng.IntN(1+rng.IntN(40)), 0.3)...)
			c := cells.at(Channel, name)
			c.labelled = int64(rng.IntN(40))
			c.fresh, c.spent, of[RowKey{Channel, name}] = c.labelled+e.People, Money(rng.IntN(1e9)), e
		}
		rows := cells.rows()
		expectRows(rows, of)
		hidden := int64(0)
		for _, r := range rows {
			e := of[RowKey{r.Kind, r.Name}]
			switch {
			case e == nil:
			case r.Expected == nil && r.Predicted == nil && r.CostPerExpectedUser == nil:
				hidden += e.Scored
			case few(e.Scored) || r.TooYoung == nil || *r.TooYoung != e.People:
				t.Fatalf("seed %d: %s tells of %d scored people", seed, r.Name, e.Scored)
			}
		}
		shown := slices.ContainsFunc(rows, func(r Row) bool { return r.Predicted != nil })
		if shown && few(hidden) {
			t.Fatalf("seed %d: %d people can be told from the total", seed, hidden)
		}
	}
}
