package trainer

import (
	"context"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// tooYoung are the users whose first week is over and whose label window is still open.
const tooYoung = "revisit IS NULL AND week_over"

// young are the probabilities of the users who are too young for an answer, by user key.
func young(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, a scoring) (map[string]float64, error) {
	columns, err := wh.ReadColumns(ctx, youngQuery(d, p))
	if err != nil {
		return nil, fmt.Errorf("read who is too young for an answer: %w", err)
	}
	keys := columns[0].Text
	if len(keys) == 0 {
		return nil, nil
	}
	x, err := readInto(ctx, wh, placedFeatures(d, p, "features", a.set, tooYoung), a.set, len(keys),
		func(j int, _ []string, _ []float32) []string { return a.fields[j].Levels })
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64, len(keys))
	for i, score := range model.Scores(a.predictor, x) {
		out[keys[i]] = a.probability(score)
	}
	return out, nil
}

// scoring is a model with what it needs to score the table of features.
type scoring struct {
	set         *features.Set
	fields      []model.Field
	predictor   model.Predictor
	probability func(score float64) float64
}

// youngQuery has the users in the order of their places.
func youngQuery(d features.Dialect, p features.Plan) string {
	return "SELECT user_key, " + d.DayDiff("day0", d.Day("1970-01-01")) + " AS day0 FROM labels AS l WHERE " + tooYoung + " AND " +
		p.Bound(d, "l.day0") + " ORDER BY 2, user_key"
}

// scoring is the chosen model.
func (r *run) scoring() scoring {
	chosen := &r.Entrants[r.Chosen]
	return scoring{r.Set, r.Table.X.Fields(), chosen.Predictor, chosen.Calibration.Probability}
}
