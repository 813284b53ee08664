package trainer

import (
	"context"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/bqml"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// inBigQuery are the steps of a run whose families are fitted inside BigQuery. Cohort, features, labels and split are those of any run;
// of the features table nothing is read, so that it may be larger than this machine.
func (r *run) inBigQuery() []stepOf {
	return []stepOf{
		{"make the cohort", r.cohort},
		{"make the features", r.featuresInPlace},
		{"look for leakage", r.leakage},
		{"train inside BigQuery", r.familiesInPlace},
		{"pass the gates", r.gatesInPlace},
	}
}

// featuresInPlace makes the features table and leaves it where it is.
func (r *run) featuresInPlace(ctx context.Context) (err error) {
	if r.Set, err = r.makeFeatures(ctx); err != nil {
		return err
	}
	r.Table.X = &model.Matrix{}
	return nil
}

// familiesInPlace has BigQuery fit its families, and measures them by the code that measures all others.
func (r *run) familiesInPlace(ctx context.Context) error {
	s := r.Split
	result, err := bqml.Train(ctx, r.wh, bqml.Options{
		Plan: r.Plan, Set: r.Set, LastTrain: dayName(r.Table.Day0[s.Train[len(s.Train)-1]]), TestFrom: dayName(r.Table.Day0[s.Test[0]]),
		Models: r.Name, Now: r.Now, Progress: func(done, total int) { r.Progress("train inside BigQuery", done, total) },
	})
	if err != nil {
		return err
	}
	for _, f := range result.Fitted {
		r.Entrants = append(r.Entrants, r.entrant(f))
	}
	if r.Chosen, r.Why, err = choose(r.Entrants); err != nil {
		return err
	}
	r.Why = phrase.Of("%s, inside BigQuery", r.Why)
	r.Matters.Attributions = result.Fitted[r.Chosen].Importance
	chosen := result.Fitted[r.Chosen]
	r.Result.Threshold = r.Options.Threshold.At(r.Entrants[r.Chosen].probabilities(logOdds(chosen.ValidP)), chosen.ValidY)
	return r.baselinesInPlace(ctx)
}

// entrant calibrates what BigQuery fitted on the validating users, and measures it on the newest.
func (r *run) entrant(f bqml.Fitted) Entrant {
	e := Entrant{Family: f.Family, Failed: phrase.Name(f.Failed), LogLoss: math.Inf(1), Seconds: f.Seconds}
	if f.Failed != "" {
		return e
	}
	e.Model = f.Model
	scores := logOdds(f.ValidP)
	e.Calibration, _ = calibrate.Choose(scores, f.ValidY, nil)
	e.LogLoss = metrics.LogLoss(e.probabilities(scores), f.ValidY)
	e.TestP, e.TestY = e.probabilities(logOdds(f.P)), f.Y
	e.Test = metrics.Evaluate(e.TestP, e.TestY, r.bootstrap())
	return e
}

// logOdds turns probabilities into scores, kept finite.
func logOdds(p []float64) []float64 {
	const least = 1e-9
	scores := make([]float64, len(p))
	for i, v := range p {
		v = min(max(v, least), 1-least)
		scores[i] = math.Log(v / (1 - v))
	}
	return scores
}

// baselinesInPlace measures the base rate and the visit days alone from counts: users by visit days, label and side of the split.
func (r *run) baselinesInPlace(ctx context.Context) error {
	learn, test := r.Table.Data(r.Split.Train).Y, r.testLabels()
	rate := baseRate(learn)
	b := Baselines{RateP: make([]float64, len(test))}
	for i := range b.RateP {
		b.RateP[i] = rate
	}
	b.Rate = metrics.Evaluate(b.RateP, test, r.bootstrap())
	b.Days, b.DaysP = b.Rate, b.RateP
	if _, ok := r.Set.Index(visitDays); ok {
		p, y, err := r.visitDayRates(ctx, rate)
		if err != nil {
			return err
		}
		b.Days, b.DaysP = metrics.Evaluate(p, y, r.bootstrap()), p
	}
	r.Baselines = b
	return nil
}

// visitDayRates are the newest users' labels, and as their probabilities the learning users' rate by visit days.
func (r *run) visitDayRates(ctx context.Context, rate float64) (p []float64, y []bool, err error) {
	last, first := dayName(r.Table.Day0[r.Split.Train[len(r.Split.Train)-1]]), dayName(r.Table.Day0[r.Split.Test[0]])
	columns, err := r.wh.ReadColumns(ctx, visitDaysQuery(r.d, r.Plan, last, first))
	if err != nil {
		return nil, nil, fmt.Errorf("count the users by visit days: %w", err)
	}
	days, came, newest, users := columns[0].Numbers, columns[1].Numbers, columns[2].Numbers, columns[3].Numbers
	all, positives := map[float64]float64{}, map[float64]float64{}
	for i, d := range days {
		if newest[i] == 0 {
			all[d] += users[i]
			positives[d] += users[i] * came[i]
		}
	}
	for i, d := range days {
		if newest[i] == 0 {
			continue
		}
		for range int(users[i]) {
			p, y = append(p, (positives[d]+priorUsers*rate)/(all[d]+priorUsers)), append(y, came[i] == 1)
		}
	}
	return p, y, nil
}

// visitDaysQuery counts the labelled users on both sides of the split. Columns: visit_days, revisit (0 or 1), newest (0 or 1), users.
func visitDaysQuery(d features.Dialect, p features.Plan, lastTrain, testFrom string) string {
	return fmt.Sprintf(`SELECT f.visit_days, CASE WHEN l.revisit THEN 1 ELSE 0 END AS revisit, CASE WHEN l.day0 >= %s THEN 1 ELSE 0 END AS newest,
  COUNT(*) AS users
FROM %s AS l JOIN %s AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND %s AND (l.day0 <= %s OR l.day0 >= %s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, d.Day(testFrom), d.Table(p.Prefix+"labels"), d.Table(p.Prefix+"features"), p.Bound(d, "l.day0"),
		d.Day(lastTrain), d.Day(testFrom))
}

// gatesInPlace are the gates that need no second model's answer for the same user: BigQuery gives no two in one order.
func (r *run) gatesInPlace(context.Context) error {
	chosen := &r.Entrants[r.Chosen]
	rate := make([]float64, len(chosen.TestP))
	for i := range rate {
		rate[i] = r.Baselines.RateP[0]
	}
	r.Gates = []Gate{skillGate(chosen.Test), betterThan(r.Options, rateName, chosen.TestP, rate, chosen.TestY, true)}
	for _, e := range r.Entrants {
		if e.Family == "logit" && e.fitted() && chosen.Family != "logit" {
			r.Gates = append(r.Gates, Gate{
				Name: logisticName, Passed: chosen.Test.LogLoss.Low <= e.Test.LogLoss.High,
				Detail: phrase.Of("log loss %s, logistic regression's %s (95 %% intervals)", span(chosen.Test.LogLoss, 4), span(e.Test.LogLoss, 4)),
			})
		}
	}
	if r.PublishAnyway {
		return nil
	}
	return refused(r.Gates)
}
