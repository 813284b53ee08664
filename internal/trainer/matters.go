package trainer

import (
	"context"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/bqml"
	"github.com/Koalajuni/Calback-Data-ML/internal/curves"
	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/internal/segments"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Matters is what the chosen model leans on, and the odds ratios of logistic regression as a plain check.
type Matters struct {
	// Permutation is measured on the newest users, the largest loss of AUC first.
	Permutation []explain.Importance
	// Effects are the mean contributions on the newest users, the largest first.
	Effects []explain.Effect
	// Dependence and Reasons tell of the same contributions how they go with the features' values, and whose they are.
	Dependence []explain.Dependence
	Reasons    []explain.Reason
	// Odds are empty where logistic regression was not fitted.
	Odds []linear.OddsRatio
	// Attributions are what BigQuery says of a model that lives there, the largest first: mean absolute contributions in log-odds.
	Attributions []bqml.Attribution
	// Retention and Channels are what they are, without any model.
	Retention []CohortWeek
	Channels  []ChannelRate
	// Curves follow everybody day by day, and the groups that the data tells apart.
	Curves []curves.Curve
	// Moments are the actions that may be why people revisit, nil where they were not looked for.
	Moments *moments.Result
	// Segments are kinds of people by what they did in their first week, nil where they were not looked for.
	Segments *segments.Result
}

// matters asks the chosen model on the newest users.
func (r *run) matters(ctx context.Context) (err error) {
	chosen := &r.Entrants[r.Chosen]
	test := r.Table.Data(r.Split.Test)
	opt := explain.Defaults()
	opt.Rows, opt.Repeats = importanceRows, 3
	opt.Seed, opt.Probability, opt.Groups = r.Seed, chosen.Calibration.Probability, explain.Correlated(test.X, alike, importanceRows)
	if r.Matters.Permutation, err = explain.Permutation(ctx, chosen.Predictor, test, opt); err != nil {
		return fmt.Errorf("measure what the model leans on: %w", err)
	}
	opt.Rows = effectRows
	if err := r.contributions(ctx, chosen.Predictor, test, opt); err != nil {
		return err
	}
	for _, e := range r.Entrants {
		if m, ok := e.Predictor.(*linear.Model); ok && e.Family == "logit" {
			r.Matters.Odds = m.OddsRatios()
		}
	}
	return nil
}

// describe counts retention as it is; it needs no model, so that a refused run has it too.
func (r *run) describe(ctx context.Context) (err error) {
	if r.Matters.Retention, err = r.cohortWeeks(ctx); err != nil {
		return err
	}
	if r.Matters.Channels, err = r.channelRates(ctx); err != nil {
		return err
	}
	if err := r.curves(ctx); err != nil {
		return err
	}
	if err := r.moments(ctx); err != nil {
		return err
	}
	if err := r.truth(); err != nil {
		return err
	}
	if err := r.spending(ctx); err != nil {
		return err
	}
	return r.segments(ctx)
}

// curves follow the labelled users, where there are any.
func (r *run) curves(ctx context.Context) (err error) {
	if r.Table == nil || len(r.Table.Y) == 0 {
		return nil
	}
	var breakdowns []string
	if r.Set != nil {
		breakdowns = curves.Breakdowns(r.wholeSet())
	}
	r.Matters.Curves, err = curves.Read(ctx, r.wh, r.d, r.Plan, breakdowns)
	return err
}

// wholeSet is the set before columns that say nothing were dropped: the columns of the table of features.
func (r *run) wholeSet() *features.Set {
	return features.DefaultSet(r.Zone, r.Label, r.background(), r.Found, r.Choice)
}

// spending joins what was paid to the users who came, where any ads are loaded.
func (r *run) spending(ctx context.Context) error {
	if r.Plan.AsOf == 0 || r.Users == 0 {
		return nil
	}
	ledger, err := r.wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	for _, row := range ledger {
		if row.Table != warehouse.Ads.Name {
			continue
		}
		return r.expected(ctx)
	}
	return nil
}

// expected is what was spent, with what the chosen model expects of the users who are too young for an answer.
func (r *run) expected(ctx context.Context) error {
	table, places, err := spend.ReadWithPlaces(ctx, r.wh, r.d, r.Plan)
	if err != nil {
		return err
	}
	r.Spend = &table
	if r.Chosen >= 0 && r.Entrants[r.Chosen].Predictor != nil {
		known, err := young(ctx, r.wh, r.d, r.Plan, r.scoring())
		if err != nil {
			return err
		}
		forecast, err := places.Forecast(ctx, r.wh, r.d, r.Plan, func(user string) (spend.Young, bool) {
			p, ok := known[user]
			return spend.Young{P: p}, ok
		})
		if err != nil {
			return fmt.Errorf("forecast the users who are too young for an answer: %w", err)
		}
		table.Expect(forecast)
	}
	r.Advice = table.Advise(r.Seed)
	return nil
}

// truth is how earlier scores of the model came true, where score has found out.
func (r *run) truth() error {
	known, err := truth.Read(r.Store, r.Name)
	if err != nil || known == nil {
		return err
	}
	r.CameTrue = known.Versions
	return nil
}
