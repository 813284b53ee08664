package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// visitsGate refuses a model that counting visit days does better than, beyond chance, in AUC on the same users, and says so where it does
// as well. Log loss is not asked, since the baseline's rates are those of older users and a model could win by its calibration alone.
func visitsGate(o Options, p, days []float64, y []bool) Gate {
	d := metrics.PairedDifference(p, days, y, o.bootstrap()).AUC
	g := Gate{
		Name: visitsName, Passed: d.High >= 0,
		Detail: phrase.Of("AUC differs by %+.4f, 95 %% interval %+.4f to %+.4f; above 0 is better", d.Value, d.Low, d.High),
	}
	if g.Passed && d.Low <= 0 {
		g.Detail = phrase.Of("%s. The interval holds 0: on these users, counting visit days ranks as well", g.Detail)
	}
	return g
}
