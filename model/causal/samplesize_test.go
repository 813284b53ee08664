package causal

import (
	"math"
	"testing"
)

// The first case is the example in the manual of R's power.prop.test, whose n is 76.7. The others are by hand:
// (1.959964*sqrt(2*.325*.675) + .841621*sqrt(.3*.7+.35*.65))^2/.05^2 = 1376.3, and the same downwards;
// (1.959964*sqrt(2*.11*.89) + .841621*sqrt(.1*.9+.12*.88))^2/.02^2 = 3840.8.
func TestSampleSizeAsPublished(t *testing.T) {
	for _, c := range []struct {
		base, effect, power float64
		want                int
	}{{.5, .25, .9, 77}, {.3, .05, .8, 1377}, {.35, -.05, .8, 1377}, {.1, .02, .8, 3841}} {
		if got, err := SampleSize(c.base, c.effect, .05, c.power); got != c.want || err != nil {
			t.Errorf("%v changed by %v needs %d people an arm (%v), want %d", c.base, c.effect, got, err, c.want)
		}
	}
}

// The power of the test at the size found, by the normal distribution, is the one asked for, and at one person less it is not.
func TestSampleSizeIsTheLeast(t *testing.T) {
	for _, base := range []float64{0, .05, .3, .6} {
		for _, effect := range []float64{.01, .05, .2} {
			n, err := SampleSize(base, effect, .05, .8)
			if err != nil {
				t.Fatal(err)
			}
			power := func(n int) float64 {
				p, mean := base+effect, base+effect/2
				z := (math.Sqrt(float64(n))*effect - 1.959963984540054*math.Sqrt(2*mean*(1-mean))) / math.Sqrt(base*(1-base)+p*(1-p))
				return math.Erfc(-z/math.Sqrt2) / 2
			}
			if power(n) < .8 || power(n-1) >= .8 {
				t.Errorf("from %v by %v: %d people have power %v, one less %v", base, effect, n, power(n), power(n-1))
			}
		}
	}
}

func TestSampleSizeRefuses(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string][4]float64{
		"no effect": {.3, 0, .05, .8}, "a share above 1": {.9, .2, .05, .8}, "a share below 0": {.1, -.2, .05, .8}, "no base": {nan, .1, .05, .8},
		"no level": {.3, .1, 0, .8}, "a power of 1": {.3, .1, .05, 1}, "power below level": {.3, .1, .2, .1}, "an effect too small": {.3, 1e-6, .05, .8},
		"an unknown effect": {.3, nan, .05, .8},
	} {
		if n, err := SampleSize(c[0], c[1], c[2], c[3]); err == nil {
			t.Errorf("%s: %d people and no error", name, n)
		}
	}
}
