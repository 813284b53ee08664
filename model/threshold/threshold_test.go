package threshold

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func rule(t *testing.T, text string) Rule {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Rule{
		"f1":         {Kind: F1},
		"break-even": {Kind: BreakEven},
		"cost:5":     {Kind: Cost, CostRatio: 5},
		"cost:0.25":  {Kind: Cost, CostRatio: 0.25},
		"top:20%":    {Kind: Capacity, Share: 0.2},
		"top:12.5%":  {Kind: Capacity, Share: 0.125},
		"top:100%":   {Kind: Capacity, Share: 1},
		"0.4":        {Kind: Fixed, Value: 0.4},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("%+v is written %q, want %q", got, got.String(), text)
		}
		if said := got.Sentence().String(); said == "" || strings.Contains(said, "%!") {
			t.Errorf("%q in words: %q", text, got.Sentence())
		}
	}
}

// TestTextReadsBack holds that what a manifest keeps is the same rule when it is read.
func TestTextReadsBack(t *testing.T) {
	for tenths := 1; tenths <= 1000; tenths++ {
		r := Rule{Kind: Capacity, Share: float64(tenths) / 1000}
		if back, err := Parse(r.String()); err != nil || math.Abs(back.Share-r.Share) > 1e-15 || back.String() != r.String() {
			t.Fatalf("%v is written %q and read %v, %v", r.Share, r, back.Share, err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		for _, r := range []Rule{{Kind: Fixed, Value: rng.Float64()}, {Kind: Cost, CostRatio: math.Exp(10 * rng.NormFloat64() / 3)}} {
			if back, err := Parse(r.String()); err != nil || back != r {
				t.Fatalf("%+v is written %q and read %+v, %v", r, r, back, err)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, remedy := range map[string]string{
		"":            "give f1",
		"F1":          "give f1",
		"f1:2":        "give f1",
		"best":        "break-even",
		"cost":        "cost:5",
		"cost:0":      "cost:5",
		"cost:-1":     "cost:5",
		"cost:NaN":    "cost:5",
		"cost:1e7":    "a million",
		"top:20":      "top:20%",
		"top:0%":      "top:20%",
		"top:1e-323%": "top:20%",
		"top:101%":    "top:20%",
		"top:twenty":  "top:20%",
		"0":           "between 0 and 1",
		"1":           "between 0 and 1",
		"NaN":         "between 0 and 1",
		"-0.5":        "between 0 and 1",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), remedy) || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("Parse(%q): %v; want an error that names it and says %q", text, err, remedy)
		}
	}
}

// TestNeighboursAreToldApart cuts between two probabilities with none between them, whose middle rounds to one of the two.
func TestNeighboursAreToldApart(t *testing.T) {
	low := 0.4
	for range 100 {
		high := math.Nextafter(low, 1)
		for _, text := range []string{"f1", "top:50%", "break-even"} {
			if cut := rule(t, text).At([]float64{high, low}, []bool{true, false}); !(low < cut && cut <= high) {
				t.Fatalf("%s cuts %v and %v at %v", text, high, low, cut)
			}
		}
		low = high
	}
}

func TestAtByHand(t *testing.T) {
	p := []float64{0.1, 0.9, 0.4, 0.6, 0.2, 0.4}
	y := []bool{false, true, true, true, false, false}
	for text, want := range map[string]float64{
		// F1 is 2/4, 4/5, 6/7, 6/8, 6/9 after 0.9, 0.6, the two of 0.4, 0.2, 0.1: highest after 0.4.
		"f1":     0.3,
		"cost:1": 0.5,
		"cost:4": 0.2,
		// Room for 2 of 6: 0.9 and 0.6.
		"top:34%": 0.5,
		// Room for 3 of 6, but the two of 0.4 go together.
		"top:50%": 0.5,
		"top:67%": 0.3,
		// Room for none: the first goes all the same.
		"top:5%":   0.75,
		"top:100%": 0.1,
		// 3 of 6 revisit: the third and the fourth from the top are both 0.4.
		"break-even": 0.4,
		"0.3":        0.3,
	} {
		if got := rule(t, text).At(p, y); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s cuts at %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"f1", "top:20%", "break-even"} {
		if got := rule(t, text).At(nil, nil); got != 0.5 {
			t.Errorf("%s of nobody cuts at %v", text, got)
		}
	}
	for _, text := range []string{"f1", "break-even"} {
		if got := rule(t, text).At([]float64{0.1, 0.2}, []bool{false, false}); got != 0.5 {
			t.Errorf("%s where nobody revisits cuts at %v", text, got)
		}
	}
}

// f1At is the F1 score of a cut, by counting.
func f1At(cut float64, p []float64, y []bool) float64 {
	var hits, yes, positives float64
	for i := range p {
		if p[i] >= cut {
			yes++
			if y[i] {
				hits++
			}
		}
		if y[i] {
			positives++
		}
	}
	if yes+positives == 0 {
		return 0
	}
	return 2 * hits / (yes + positives)
}

// TestRulesAgainstBruteForce holds the rules to what they promise, on random users with ties.
func TestRulesAgainstBruteForce(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		n := 2 + rng.IntN(60)
		p, y := make([]float64, n), make([]bool, n)
		for i := range p {
			p[i] = float64(1+rng.IntN(18)) / 20
			y[i] = rng.Float64() < p[i]
		}
		best := 0.0
		for _, cut := range p {
			best = math.Max(best, f1At(cut, p, y))
		}
		if cut := rule(t, "f1").At(p, y); best > 0 && math.Abs(f1At(cut, p, y)-best) > 1e-12 {
			t.Errorf("seed %d: F1 at %v is %v, the best is %v", seed, cut, f1At(cut, p, y), best)
		}
		share := float64(1+rng.IntN(99)) / 100
		cut := Rule{Kind: Capacity, Share: share}.At(p, y)
		yes, top, highest := 0, 0, 0.0
		for _, v := range p {
			highest = math.Max(highest, v)
		}
		for _, v := range p {
			if v >= cut {
				yes++
			}
			if v == highest {
				top++
			}
		}
		if float64(yes) > share*float64(n)+1e-9 && yes != top || yes == 0 {
			t.Errorf("seed %d: %d of %d get a place of a share of %v (%d are equally first)", seed, yes, n, share, top)
		}
	}
}

// TestCostIsLeast holds that 1/(1+R) costs the least where the probabilities are true.
func TestCostIsLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const users, ratio = 200_000, 3.0
	cost := map[float64]float64{}
	own := rule(t, "cost:3").At(nil, nil)
	for range users {
		p := rng.Float64()
		y := rng.Float64() < p
		for _, cut := range []float64{own - 0.1, own, own + 0.1} {
			switch {
			case p >= cut && !y:
				cost[cut]++
			case p < cut && y:
				cost[cut] += ratio
			}
		}
	}
	if cost[own] > cost[own-0.1] || cost[own] > cost[own+0.1] {
		t.Errorf("the rule's cut %v costs %v, others %v", own, cost[own], cost)
	}
}

func TestLengthsThatDifferPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Rule{Kind: F1}.At([]float64{0.5}, nil)
}
