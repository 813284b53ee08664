package trainer

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// visitsGate asks for more than counting visit days: a higher AUC on the same users, beyond chance. Log loss is not asked, since the baseline's rates
// are those of older users and a model could win by its calibration alone.
func visitsGate(o Options, p, days []float64, y []bool) Gate {
	d := metrics.PairedDifference(p, days, y, o.bootstrap()).AUC
	return Gate{
		Name: "better than visit days alone", Passed: d.Low > 0,
		Detail: fmt.Sprintf("AUC differs by %+.4f, 95 %% interval %+.4f to %+.4f; above 0 is better. Where the interval holds 0, counting visit days does as well",
			d.Value, d.Low, d.High),
	}
}
