package moments

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// stable tells that the differences of the cohort groups agree within chance: Cochran's Q does not reject it at 5 % (W. G. Cochran, The
// combination of estimates from different experiments, Biometrics 10, 1954). Shares are moved half a person towards one half so that a
// group in which nobody or everybody revisits has an error too. Groups that all or none did say nothing; fewer than two are stable.
func stable(groups []table) bool {
	var value, err []float64
	for _, t := range groups {
		if t.done == 0 || t.not == 0 {
			continue
		}
		n, m := float64(t.done)+1, float64(t.not)+1
		p, q := (float64(t.doneBack)+0.5)/n, (float64(t.notBack)+0.5)/m
		value, err = append(value, p-q), append(err, math.Sqrt(p*(1-p)/n+q*(1-q)/m))
	}
	if len(value) < 2 {
		return true
	}
	q, freedom := metrics.Heterogeneity(value, err)
	return distuv.ChiSquared{K: float64(freedom)}.Survival(q) >= 0.05
}
