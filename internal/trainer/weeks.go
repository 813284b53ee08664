package trainer

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// CohortScore is how the chosen model did on the newest users of one calendar week, or of several where one has too few.
type CohortScore struct {
	// From and To are the Mondays of the first and the last week, YYYY-MM-DD.
	From, To         string
	Users, Positives int
	// BaseRate is the share who revisited, Predicted the mean probability.
	BaseRate, Predicted float64
	AUC                 metrics.Interval
	LogLoss             float64
	// monday is the mean Monday of the users, in days since 1970-01-01; aucError and rateError are standard errors.
	monday, aucError, rateError float64
}

// Drift is how the chosen model holds up as the users it has never seen get newer.
type Drift struct {
	Cohorts []CohortScore
	// AUC and Gap are the change in four weeks of the AUC, and of the share who revisit less the mean probability; NaN with fewer than three
	// cohorts.
	AUC, Gap metrics.Interval
	// Warnings say in words what decays beyond chance.
	Warnings []phrase.Phrase
}

const (
	// mostCohorts is how many cohorts are shown at most: a long log has hundreds of weeks of a few users.
	mostCohorts = 26
	// leastOfClass is how many users of either class a cohort has at least, so that its AUC means something.
	leastOfClass = 10
	// trendDays is the time in which a trend is told.
	trendDays = 28
)

// driftOf follows the probabilities of users in the order of day 0.
func driftOf(day0 []int, p []float64, y []bool) Drift {
	d := Drift{Cohorts: cohortScores(day0, p, y, max(leastOfClass, smallerClass(y)/mostCohorts))}
	var at, auc, aucError, gap, gapError []float64
	for _, c := range d.Cohorts {
		at, gap, gapError = append(at, c.monday/trendDays), append(gap, c.BaseRate-c.Predicted), append(gapError, c.rateError)
		auc, aucError = append(auc, c.AUC.Value), append(aucError, c.aucError)
	}
	d.AUC, d.Gap = metrics.Trend(at, auc, aucError), metrics.Trend(at, gap, gapError)
	d.warn()
	return d
}

func (d *Drift) warn() {
	if d.AUC.High < 0 {
		d.Warnings = append(d.Warnings, phrase.Of("The model decays: its AUC changes by %+.3f in four weeks (95 %% interval %+.3f to %+.3f) on users "+
			"newer than those it learnt from. Train more often, or on newer users.", d.AUC.Value, d.AUC.Low, d.AUC.High))
	}
	if d.Gap.Low > 0 || d.Gap.High < 0 {
		d.Warnings = append(d.Warnings, phrase.Of("The probabilities drift: the share who revisit, less what the model says, changes by %+.1f points "+
			"in four weeks (95 %% interval %+.1f to %+.1f). Train more often.", 100*d.Gap.Value, 100*d.Gap.Low, 100*d.Gap.High))
	}
}

func smallerClass(y []bool) int {
	n := 0
	for _, v := range y {
		if v {
			n++
		}
	}
	return min(n, len(y)-n)
}

// cohortScores measures each calendar week; a week with fewer than least users of either class is joined with those after it, the last ones
// with those before. It is nil where all together are too few.
func cohortScores(day0 []int, p []float64, y []bool, least int) []CohortScore {
	var ends []int
	start := 0
	for i := range day0 {
		over := i+1 == len(day0) || mondayOf(day0[i+1]) != mondayOf(day0[i])
		if over && smallerClass(y[start:i+1]) >= least {
			ends, start = append(ends, i+1), i+1
		}
	}
	if len(ends) == 0 {
		return nil
	}
	ends[len(ends)-1] = len(day0)
	list, start := make([]CohortScore, len(ends)), 0
	for k, end := range ends {
		list[k] = cohortScore(day0[start:end], p[start:end], y[start:end])
		start = end
	}
	return list
}

func cohortScore(day0 []int, p []float64, y []bool) CohortScore {
	n := float64(len(y))
	c := CohortScore{
		From: dayName(mondayOf(day0[0])), To: dayName(mondayOf(day0[len(day0)-1])), Users: len(y),
		BaseRate: baseRate(y), LogLoss: metrics.LogLoss(p, y), aucError: metrics.AUCError(p, y),
	}
	variance := 0.0
	for i, v := range p {
		c.Predicted += v / n
		c.monday += float64(mondayOf(day0[i])) / n
		variance += v * (1 - v)
		if y[i] {
			c.Positives++
		}
	}
	c.rateError = math.Sqrt(variance) / n
	auc := metrics.AUC(p, y)
	// An AUC of exactly 1 or 0 leaves DeLong's error 0, which no weight could be made of.
	c.aucError = max(c.aucError, metrics.NullAUCError(c.Positives, c.Users-c.Positives)/10)
	c.AUC = metrics.Interval{Value: auc, Low: max(0, auc-normal95*c.aucError), High: min(1, auc+normal95*c.aucError)}
	return c
}

// normal95 is the 97.5 % quantile of the normal distribution.
const normal95 = 1.959963984540054
