package trainer

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// leastSkill is the share of its skill, AUC above 0.5, that a model must be able to have in every cohort.
const leastSkill = 0.5

// stabilityGate asks whether the model keeps its skill in every cohort of the newest users: one that works in some weeks alone has learnt
// what those weeks had. A cohort fails where even the upper end of its AUC's interval, widened for the number of cohorts looked at, has less than
// half of the skill that the model has on all of them.
func stabilityGate(cohorts []CohortScore, whole metrics.Summary) Gate {
	g := Gate{Name: stableName, Passed: true}
	if len(cohorts) < 2 {
		g.Detail = phrase.Of("the newest users are too few to compare cohorts of them")
		return g
	}
	floor := 0.5 + leastSkill*(whole.AUC.Value-0.5)
	z := math.Sqrt2 * math.Erfinv(1-0.05/float64(len(cohorts)))
	weakest := 0
	for k, c := range cohorts {
		if c.AUC.Value < cohorts[weakest].AUC.Value {
			weakest = k
		}
		if high := c.AUC.Value + z*c.aucError; g.Passed && high < floor {
			g.Passed = false
			g.Detail = phrase.Of("of the users who came in the weeks of %s to %s the AUC is %.3f, at most %.3f, and %.3f of all the newest; less than half "+
				"of the skill is left there. Look at what changed in those weeks", c.From, c.To, c.AUC.Value, high, whole.AUC.Value)
		}
	}
	if w := cohorts[weakest]; g.Passed {
		g.Detail = phrase.Of("the weakest of %d cohorts, the weeks of %s to %s, has an AUC of %.3f, 95 %% interval %.3f to %.3f", len(cohorts), w.From, w.To,
			w.AUC.Value, w.AUC.Low, w.AUC.High)
	}
	return g
}
