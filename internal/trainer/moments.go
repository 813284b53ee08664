package trainer

import (
	"context"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// momentWeeks is over how many of the newest weeks new people are counted for the length of an experiment.
const momentWeeks = 4

// moments looks for the actions of the first week that may be why people revisit. It needs the labels and what people are compared alike
// in, and no model.
func (r *run) moments(ctx context.Context) (err error) {
	if r.Table == nil || r.Set == nil || len(r.Table.Y) == 0 {
		return nil
	}
	if r.week, err = r.firstWeek(ctx); err != nil {
		return err
	}
	o := moments.Defaults()
	o.Causal.Seed, o.Sample = r.Seed, r.MomentSample
	r.Matters.Moments, err = moments.Find(ctx, *r.week, o, func(done, of int) { r.Progress("describe the users", done, of) })
	return err
}

// firstWeek is what the labelled users did in their first week.
func (r *run) firstWeek(ctx context.Context) (*moments.Input, error) {
	t := r.Table
	x, err := r.heldEqual(ctx)
	if err != nil {
		return nil, err
	}
	in := &moments.Input{
		Actions: r.Choice.Actions(r.Found, r.background()), Y: t.Y, Visits: t.Visits, Day0: t.Day0, VisitDays: visitDaysOf(x, len(t.Y)),
		X: x, PerWeek: perWeek(t.Day0), Line: r.Label.Visits,
	}
	in.Counts, err = moments.Read(ctx, r.wh, r.d, r.Plan, in.Actions, len(t.Y))
	return in, err
}

// heldEqual is what people are compared alike in, as the data has it: which features a model happens to know, and which values of them it
// has seen, makes no difference to what is a cause.
func (r *run) heldEqual(ctx context.Context) (*model.Matrix, error) {
	set := r.wholeSet()
	names := moments.ConfounderNames(set.Names())
	if len(names) == 0 {
		return &model.Matrix{}, nil
	}
	everybody := make([]int, len(r.Table.Y))
	for i := range everybody {
		everybody[i] = i
	}
	return r.Table.readFeatures(ctx, r.wh, r.d, r.Plan, "features", set.Keep(names), func(_ int, texts []string, codes []float32) []string {
		return levels(texts, codes, everybody)
	})
}

// visitDaysOf are the days of the first week with a visit: one, where the features say nothing of it, since all came on day 0.
func visitDaysOf(x *model.Matrix, users int) []int {
	days := slices.Repeat([]int{1}, users)
	j := slices.IndexFunc(x.Columns, func(c model.Column) bool { return c.Name == visitDays })
	if j < 0 {
		return days
	}
	for i, v := range x.Columns[j].Values {
		days[i] = int(v)
	}
	return days
}

// perWeek is how many of the people came in a week, over the newest weeks; day0 is ascending.
func perWeek(day0 []int) float64 {
	last := day0[len(day0)-1]
	first := max(day0[0], last-7*momentWeeks+1)
	n := len(day0)
	for n > 0 && day0[n-1] >= first {
		n--
	}
	return 7 * float64(len(day0)-n) / float64(last-first+1)
}
