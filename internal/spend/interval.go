package spend

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// The tails outside a 95 % interval, and the normal quantile that leaves them.
const (
	tail     = 0.025
	quantile = 1.959963984540054
)

// cost shares an amount among n people. How many came is a Poisson count, of which the exact interval (F. Garwood, Fiducial
// limits for the Poisson distribution, Biometrika 28, 1936) is [G(n, 0.025), G(n+1, 0.975)], where G(k, p) is the p-quantile of
// the gamma distribution of shape k. The amount is known, so that the bounds of the cost are the amount by those of the count.
// Among nobody there is no cost, but a lower bound of it.
func cost(m Money, n int64) *Interval {
	i := &Interval{Low: number(m.Units() / mathext.GammaIncRegInv(float64(n)+1, 1-tail))}
	if n > 0 {
		i.Value = number(m.Units() / float64(n))
		i.High = number(m.Units() / mathext.GammaIncRegInv(float64(n), tail))
	}
	return i
}

// share is k of n with the score interval (E. B. Wilson, Probable inference, the law of succession, and statistical inference,
// JASA 22, 1927).
func share(k, n int64) *Interval {
	p, m := float64(k)/float64(n), float64(n)
	middle := p + quantile*quantile/(2*m)
	half := quantile * math.Sqrt(p*(1-p)/m+quantile*quantile/(4*m*m))
	scale := 1 + quantile*quantile/m
	return &Interval{Value: &p, Low: number(max(0, (middle-half)/scale)), High: number(min(1, (middle+half)/scale))}
}

func number(x float64) *float64 { return &x }
