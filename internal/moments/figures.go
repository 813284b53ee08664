// Package moments finds the first-week actions that may be why people revisit.
package moments

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// quantile is the normal quantile that leaves 2.5 % above it.
const quantile = 1.959963984540054

// table counts people by whether they did it and whether they revisit.
type table struct {
	done, doneBack, not, notBack int
}

var unknown = metrics.Interval{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}

// lift is the share of those who did it over that of the others, with the interval of its logarithm (D. Katz, J. Baptista, S. P. Azen
// and M. C. Pike, Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34, 1978). It needs somebody who
// revisits on both sides.
func (t table) lift() metrics.Interval {
	if t.doneBack == 0 || t.notBack == 0 {
		return unknown
	}
	a, n, c, m := float64(t.doneBack), float64(t.done), float64(t.notBack), float64(t.not)
	ratio := a / n / (c / m)
	spread := math.Exp(quantile * math.Sqrt(1/a-1/n+1/c-1/m))
	return metrics.Interval{Value: ratio, Low: ratio / spread, High: ratio * spread}
}

// difference is the share of those who did it less that of the others, with the hybrid score interval (R. G. Newcombe, Interval
// estimation for the difference between independent proportions, Statistics in Medicine 17, 1998, method 10).
func (t table) difference() metrics.Interval {
	if t.done == 0 || t.not == 0 {
		return unknown
	}
	p, q := metrics.Wilson(t.doneBack, t.done), metrics.Wilson(t.notBack, t.not)
	d := p.Value - q.Value
	return metrics.Interval{
		Value: d,
		Low:   d - math.Hypot(p.Value-p.Low, q.High-q.Value),
		High:  d + math.Hypot(p.High-p.Value, q.Value-q.Low),
	}
}

// heldEqual is the difference among people of the same stratum: the Mantel-Haenszel risk difference with the variance of S. Greenland
// and J. M. Robins, Estimation of a common effect parameter from sparse follow-up data, Biometrics 41, 1985. Strata in which all or
// none did it say nothing; with no other, or no variance, the difference is unknown.
func heldEqual(strata []table) metrics.Interval {
	var sum, variance, weight float64
	for _, t := range strata {
		if t.done == 0 || t.not == 0 {
			continue
		}
		a, n, c, m := float64(t.doneBack), float64(t.done), float64(t.notBack), float64(t.not)
		all := n + m
		sum += (a*m - c*n) / all
		weight += n * m / all
		variance += (a*(n-a)*m*m*m + c*(m-c)*n*n*n) / (n * m * all * all)
	}
	if weight == 0 || variance == 0 {
		return unknown
	}
	d, half := sum/weight, quantile*math.Sqrt(variance)/weight
	return metrics.Interval{Value: d, Low: max(-1, d-half), High: min(1, d+half)}
}
