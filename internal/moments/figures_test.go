package moments

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

func near(t *testing.T, name string, got metrics.Interval, value, low, high, within float64) {
	t.Helper()
	for _, pair := range [][2]float64{{got.Value, value}, {got.Low, low}, {got.High, high}} {
		if !(math.Abs(pair[0]-pair[1]) <= within) {
			t.Errorf("%s is %v, want %v (%v to %v)", name, got, value, low, high)
			return
		}
	}
}

// The first example of Newcombe 1998, table II: 56 of 70 against 48 of 80, method 10.
func TestDifferenceAsPublished(t *testing.T) {
	near(t, "difference", table{done: 70, doneBack: 56, not: 80, notBack: 48}.difference(), 0.2, 0.0524, 0.3339, 5e-5)
}

// By hand: ratio (20/100)/(10/100) = 2; the logarithm's variance is 1/20 - 1/100 + 1/10 - 1/100 = 0.13.
func TestLiftByHand(t *testing.T) {
	spread := math.Exp(1.959963984540054 * math.Sqrt(0.13))
	near(t, "lift", table{done: 100, doneBack: 20, not: 100, notBack: 10}.lift(), 2, 2/spread, 2*spread, 1e-12)
}

// By hand. Stratum 1: 8 of 10 against 10 of 20, weight 200/30. Stratum 2: 6 of 30 against 1 of 10, weight 300/40.
// Sum (160-100)/30 + (60-30)/40 = 2.75, weight 6.66667 + 7.5 = 14.16667, difference 0.194118. Variance of the sum:
// (8*2*8000 + 10*10*1000)/(200*900) + (6*24*1000 + 1*9*27000)/(300*1600) = 1.266667 + 0.80625 = 2.072917; error 0.101630.
func TestHeldEqualByHand(t *testing.T) {
	strata := []table{{10, 8, 20, 10}, {30, 6, 10, 1}, {5, 4, 0, 0}, {}}
	half := quantile * math.Sqrt(2.0729166667) / 14.1666666667
	near(t, "difference", heldEqual(strata), 2.75/14.1666666667, 2.75/14.1666666667-half, 2.75/14.1666666667+half, 1e-9)
}

// One stratum is the plain difference, with the variance p(1-p)/n of each side.
func TestHeldEqualOfOneStratum(t *testing.T) {
	half := quantile * math.Sqrt(0.8*0.2/70+0.6*0.4/80)
	near(t, "difference", heldEqual([]table{{70, 56, 80, 48}}), 0.2, 0.2-half, 0.2+half, 1e-12)
}

// Among people with as many visit days it makes no difference here, though those who did it revisit more by far.
func TestHeldEqualSeesThroughEagerness(t *testing.T) {
	strata := []table{{100, 10, 900, 90}, {900, 720, 100, 80}}
	all := table{1000, 730, 1000, 170}
	if d := heldEqual(strata); math.Abs(d.Value) > 1e-12 || d.Low > 0 || d.High < 0 {
		t.Errorf("held equal the difference is %v, want 0", d)
	}
	if all.lift().Low < 3 || all.difference().Low < 0.5 {
		t.Errorf("lift %v and difference %v do not show the trap", all.lift(), all.difference())
	}
}

func TestFiguresAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := table{done: 1 + rng.IntN(60), not: 1 + rng.IntN(60)}
		c.doneBack, c.notBack = rng.IntN(c.done+1), rng.IntN(c.not+1)
		d, l := c.difference(), c.lift()
		if !(-1 <= d.Low && d.Low <= d.Value && d.Value <= d.High && d.High <= 1) {
			t.Fatalf("%+v: the difference %v is out of order", c, d)
		}
		if !math.IsNaN(l.Value) && (d.Value > 0) != (l.Value > 1) && math.Abs(d.Value) > 1e-12 {
			t.Fatalf("%+v: difference %v and lift %v disagree", c, d, l)
		}
	}
}

func TestFiguresOfNobodyAreUnknown(t *testing.T) {
	for name, i := range map[string]metrics.Interval{
		"lift of nobody who revisits": table{10, 0, 10, 3}.lift(), "difference without others": table{10, 5, 0, 0}.difference(),
		"held equal of no stratum": heldEqual(nil), "held equal where all did it": heldEqual([]table{{10, 5, 0, 0}}),
	} {
		if !math.IsNaN(i.Value) || !math.IsNaN(i.Low) || !math.IsNaN(i.High) {
			t.Errorf("%s is %v, want unknown", name, i)
		}
	}
}
