package metrics

import "math"

// Trend is the slope of a straight line through values at times, each weighted by 1/error^2, with its 95 % interval. It is unknown (NaN)
// with fewer than three points or where all times are one. Where the points scatter more than their errors allow, the interval is widened
// by as much (Birge, Physical Review 40, 1932).
func Trend(time, value, err []float64) Interval {
	unknown := Interval{math.NaN(), math.NaN(), math.NaN()}
	mustMatch(len(time), len(value))
	mustMatch(len(time), len(err))
	if len(time) < 3 {
		return unknown
	}
	var total, t, v float64
	for k := range time {
		w := 1 / (err[k] * err[k])
		total, t, v = total+w, t+w*time[k], v+w*value[k]
	}
	t, v = t/total, v/total
	var spread, slope float64
	for k := range time {
		w := 1 / (err[k] * err[k])
		spread += w * (time[k] - t) * (time[k] - t)
		slope += w * (time[k] - t) * (value[k] - v)
	}
	if !(spread > 0) {
		return unknown
	}
	slope /= spread
	scatter := 0.0
	for k := range time {
		miss := (value[k] - v - slope*(time[k]-t)) / err[k]
		scatter += miss * miss
	}
	half := quantile95 * math.Sqrt(max(1, scatter/float64(len(time)-2))/spread)
	return Interval{slope, slope - half, slope + half}
}

// quantile95 is the 97.5 % quantile of the normal distribution.
const quantile95 = 1.959963984540054

// Heterogeneity is Cochran's Q of values with their standard errors about their weighted mean, and its degrees of freedom: beyond chance
// where Q is far above them. Reference: Cochran, Biometrics 10 (1954).
func Heterogeneity(value, err []float64) (q float64, freedom int) {
	mustMatch(len(value), len(err))
	var total, mean float64
	for k := range value {
		w := 1 / (err[k] * err[k])
		total, mean = total+w, mean+w*value[k]
	}
	mean /= total
	for k := range value {
		d := (value[k] - mean) / err[k]
		q += d * d
	}
	return q, max(0, len(value)-1)
}
