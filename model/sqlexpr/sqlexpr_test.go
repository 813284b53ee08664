package sqlexpr

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{
		{0, "0e0"},
		{2.5, "2.5e0"},
		{-1, "-1e0"},
		{0.1, "0.1e0"},
		{1e21, "1e+21"},
		{1e-300, "1e-300"},
		{math.MaxFloat32, "3.4028234663852886e+38"},
	} {
		if got := Number(tt.v); got != tt.want {
			t.Errorf("Number(%v) = %s, want %s", tt.v, got, tt.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		v := math.Float64frombits(rng.Uint64())
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if back, err := strconv.ParseFloat(Number(v), 64); err != nil || back != v {
			t.Fatalf("%v is written %s, which reads as %v (%v)", v, Number(v), back, err)
		}
	}
}

func TestSumIsShallow(t *testing.T) {
	for n, want := range map[int]string{0: "0e0", 1: "a", 2: "(a + a)", 3: "(a + (a + a))", 4: "((a + a) + (a + a))"} {
		if got := Sum(strings.Split(strings.Repeat("a", n), "")); got != want {
			t.Errorf("the sum of %d is %s, want %s", n, got, want)
		}
	}
	depth, deepest := 0, 0
	for _, r := range Sum(strings.Split(strings.Repeat("a", 1000), "")) {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		deepest = max(deepest, depth)
	}
	if deepest != 10 {
		t.Errorf("the sum of 1000 nests %d deep, want 10", deepest)
	}
}

// Every float64 must take the side that its float32 takes: looked at just below, at and just above the bound.
func TestBound(t *testing.T) {
	check := func(threshold float64) {
		t.Helper()
		bound, side := Bound(threshold)
		if side != Some {
			t.Fatalf("Bound(%v) is side %d", threshold, side)
		}
		for _, x := range []float64{
			math.Nextafter(bound, math.Inf(-1)), bound, math.Nextafter(bound, math.Inf(1)), threshold, float64(float32(threshold)),
			float64(math.Nextafter32(float32(threshold), float32(math.Inf(1)))), float64(math.Nextafter32(float32(threshold), float32(math.Inf(-1)))),
		} {
			if got, want := x <= bound, float64(float32(x)) <= threshold; got != want {
				t.Errorf("threshold %v: %v <= %v is %v, the float32 of it says %v", threshold, x, bound, got, want)
			}
		}
	}
	for _, threshold := range []float64{
		0, math.Copysign(0, -1), 2.5, -2.5, 1.0 / 3, 16777216, 16777217, -16777217, 1e-46, -1e-46, 1e-45, 1e-38, -1e-38, 3e38, -3e38,
		math.Nextafter(math.MaxFloat32, 0), -math.MaxFloat32, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32,
	} {
		check(threshold)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	for range 100_000 {
		f := math.Float32frombits(rng.Uint32())
		if f != f || math.Abs(float64(f)) >= math.MaxFloat32 {
			continue
		}
		check(float64(f))
		check(float64(f) * (1 + 1e-9*rng.NormFloat64()))
	}
}

func TestBoundBeyondFloat32(t *testing.T) {
	for threshold, want := range map[float64]Side{
		math.MaxFloat32: All, math.MaxFloat64: All, math.Inf(1): All, -math.MaxFloat64: None, math.Inf(-1): None,
		math.Nextafter(-math.MaxFloat32, math.Inf(-1)): None,
	} {
		if _, got := Bound(threshold); got != want {
			t.Errorf("Bound(%v) is side %d, want %d", threshold, got, want)
		}
	}
}

// GoogleSQL's expression, computed in Go as SQL does, must be the float32 but for ties, where it may be the neighbour.
func TestSplittingIsFloat32(t *testing.T) {
	const want = "CASE WHEN ABS(x) < 1.1754943508222875e-38 THEN (x + 9.466330862652142e-30) - 9.466330862652142e-30 ELSE " +
		"(5.36870913e+08 * LEAST(3.4028234663852886e+38, GREATEST(-3.4028234663852886e+38, x))) - " +
		"((5.36870913e+08 * LEAST(3.4028234663852886e+38, GREATEST(-3.4028234663852886e+38, x))) - " +
		"LEAST(3.4028234663852886e+38, GREATEST(-3.4028234663852886e+38, x))) END"
	if got := Float32(features.GoogleSQL{}, "x"); got != want {
		t.Errorf("the expression is\n%s, want\n%s", got, want)
	}
	round := func(x float64) float64 {
		if math.Abs(x) < leastNormal {
			return float64(x+tinyRounder) - tinyRounder
		}
		scaled := float64(splitter * x)
		return float64(scaled - float64(scaled-x))
	}
	rng := rand.New(rand.NewPCG(3, 3))
	ties, tiny := 0, 0
	for i := range 300_000 {
		x := math.Ldexp(rng.NormFloat64(), rng.IntN(270)-150)
		if i%100 == 0 {
			x = math.Trunc(math.Ldexp(rng.Float64(), 26))
		}
		if math.Abs(x) < leastNormal {
			tiny++
		}
		got, want := round(x), float64(float32(x))
		if got == want {
			continue
		}
		if ties++; math.Abs(got-x) != math.Abs(want-x) {
			t.Fatalf("%v is rounded to %v, its float32 is %v", x, got, want)
		}
	}
	if tiny < 1000 {
		t.Errorf("%d numbers were too small for 24 bits: too few to tell", tiny)
	}
	t.Logf("%d ties rounded the other way", ties)
}
