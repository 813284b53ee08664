package bqml

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// readUnknown names the numbers that no fitted user has.
func (r *run) readUnknown(ctx context.Context) ([]string, error) {
	query := r.filledQuery()
	if query == "" {
		return nil, nil
	}
	columns, err := r.wh.ReadColumns(ctx, query)
	if err == nil {
		err = expect(columns, r.numbers()...)
	}
	if err != nil {
		return nil, fmt.Errorf("count the users whose features are known: %w", err)
	}
	var names []string
	for _, c := range columns {
		if c.Len() == 1 && c.Numbers[0] == 0 {
			names = append(names, c.Name)
		}
	}
	return names, nil
}

// readLevels reads the levels of each category: those that enough of the learning users have, most frequent first.
func (r *run) readLevels(ctx context.Context) (map[string][]string, error) {
	levels := map[string][]string{}
	query := r.levelsQuery()
	if query == "" {
		return levels, nil
	}
	columns, err := r.wh.ReadColumns(ctx, query)
	if err == nil {
		err = expect(columns, "feature", "level", "users")
	}
	if err != nil {
		return nil, fmt.Errorf("count the users by the levels of categories: %w", err)
	}
	users := map[string]map[string]float64{}
	for i, feature := range columns[0].Text {
		if users[feature] == nil {
			users[feature] = map[string]float64{}
		}
		level := columns[1].Text[i]
		users[feature][level] = columns[2].Numbers[i]
		levels[feature] = append(levels[feature], level)
	}
	for feature, list := range levels {
		n := users[feature]
		slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
		levels[feature] = list[:min(len(list), maxLevels)]
	}
	return levels, nil
}

// fit trains one family and reads all that is told of it.
func (r *run) fit(ctx context.Context, family string) (Fitted, error) {
	f := Fitted{Family: family, Model: r.model(family)}
	start := r.Now()
	if err := r.wh.Exec(ctx, r.create(family)); err != nil {
		return f, fmt.Errorf("create model %s: %w", f.Model, err)
	}
	f.Seconds = r.Now().Sub(start).Seconds()
	for _, step := range []struct {
		what string
		do   func(context.Context, *Fitted) error
	}{{"evaluate", r.readEvaluation}, {"explain", r.readImportance}, {"predict with", r.readPredictions}} {
		if err := step.do(ctx, &f); err != nil {
			return f, fmt.Errorf("%s model %s: %w", step.what, f.Model, err)
		}
	}
	return f, nil
}

func (r *run) readEvaluation(ctx context.Context, f *Fitted) error {
	columns, err := r.wh.ReadColumns(ctx, r.evaluate(f.Family))
	if err == nil {
		err = expect(columns, evaluations...)
	}
	if err != nil {
		return err
	}
	if n := columns[0].Len(); n != 1 {
		return fmt.Errorf("ML.EVALUATE gave %d rows, not one", n)
	}
	f.Evaluate = map[string]float64{}
	for _, c := range columns {
		f.Evaluate[c.Name] = c.Numbers[0]
	}
	return nil
}

func (r *run) readImportance(ctx context.Context, f *Fitted) error {
	columns, err := r.wh.ReadColumns(ctx, r.explain(f.Family))
	if err == nil {
		err = expect(columns, "feature", "attribution")
	}
	if err != nil {
		return err
	}
	for i, feature := range columns[0].Text {
		if size := columns[1].Numbers[i]; !math.IsNaN(size) {
			f.Importance = append(f.Importance, Attribution{feature, size})
		}
	}
	slices.SortFunc(f.Importance, func(a, b Attribution) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Feature, b.Feature))
	})
	return nil
}

// readPredictions streams the probabilities, so that beside P and Y nothing of the table is in memory.
func (r *run) readPredictions(ctx context.Context, f *Fitted) error {
	err := r.wh.Stream(ctx, r.predict(f.Family), nil, func(batch []warehouse.ColumnData) error {
		if err := expect(batch, newestColumn, labelColumn, "probability"); err != nil {
			return err
		}
		for i, p := range batch[2].Numbers {
			if !(p >= 0 && p <= 1) {
				return fmt.Errorf("ML.PREDICT gave a probability of %v", p)
			}
			to, labels := &f.ValidP, &f.ValidY
			if batch[0].Numbers[i] == 1 {
				to, labels = &f.P, &f.Y
			}
			*to, *labels = append(*to, p), append(*labels, batch[1].Numbers[i] == 1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, side := range []struct {
		what      string
		got, want int
	}{{"newest", len(f.P), r.split.Test.Users}, {"validating", len(f.ValidP), r.split.Valid.Users}} {
		if side.got != side.want {
			return fmt.Errorf("%d of the %s users have a probability, %d have a label; another run is changing the tables",
				side.got, side.what, side.want)
		}
	}
	sortPairs(f.P, f.Y)
	sortPairs(f.ValidP, f.ValidY)
	return nil
}

// sortPairs puts the pairs into an order of their own, as those of a result have none: the intervals drawn from them must not
// depend on it.
func sortPairs(p []float64, y []bool) {
	// Labels go into the sign, so that sorting needs no second table: probabilities have none.
	for i, v := range y {
		if !v {
			p[i] = math.Copysign(p[i], -1)
		}
	}
	slices.SortFunc(p, func(a, b float64) int {
		return cmp.Or(cmp.Compare(math.Abs(a), math.Abs(b)), cmp.Compare(sign(a), sign(b)))
	})
	for i, v := range p {
		y[i], p[i] = !math.Signbit(v), math.Abs(v)
	}
}

func sign(v float64) int {
	if math.Signbit(v) {
		return -1
	}
	return 1
}

// expect reports a result that has not the columns that the query names.
func expect(columns []warehouse.ColumnData, names ...string) error {
	got := make([]string, len(columns))
	for i, c := range columns {
		got[i] = c.Name
	}
	if !slices.Equal(got, names) {
		return fmt.Errorf("the result has the columns %v, not %v", got, names)
	}
	return nil
}
