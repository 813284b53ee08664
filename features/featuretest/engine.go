package featuretest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Results are those of all users, by their key.
type Results = map[string]Result

// Go is the Engine of Set.Evaluate and Label.Of. Who is in the cohort it decides for itself, by the words of the plan's documentation.
func Go(_ context.Context, set *features.Set, plan features.Plan, events []features.Event) (Results, error) {
	zone, err := time.LoadLocation(plan.Zone)
	if err != nil {
		return nil, err
	}
	out := Results{}
	for user, own := range byUser(events) {
		r := Result{Excluded: exclusion(own, plan, zone)}
		if r.Excluded == "" {
			if r.Row, err = set.Evaluate(own, plan.AsOf); err != nil {
				return nil, fmt.Errorf("evaluate user %s: %w", user, err)
			}
			r.Revisit, r.Known = plan.Label.Of(own, zone, plan.Background, plan.AsOf)
		}
		out[user] = r
	}
	return out, nil
}

func byUser(events []features.Event) map[string][]features.Event {
	users := map[string][]features.Event{}
	for _, e := range events {
		users[e.User] = append(users[e.User], e)
	}
	return users
}

// exclusion is a reference that counts days by stepping midnights, with none of the library's code.
func exclusion(events []features.Event, plan features.Plan, zone *time.Location) string {
	first := int64(0)
	for _, e := range events {
		if e.Time < plan.AsOf && !slices.Contains(plan.Background, e.Name) && (first == 0 || e.Time < first) {
			first = e.Time
		}
	}
	if first == 0 {
		return NoVisit
	}
	weekEnd := midnight(first, 7, zone)
	touch, opened := int64(0), false
	for _, e := range events {
		if e.Time >= plan.AsOf || e.Time >= weekEnd {
			continue
		}
		if e.FirstTouch != 0 && (touch == 0 || e.FirstTouch < touch) {
			touch = e.FirstTouch
		}
		opened = opened || e.Name == "first_open" || e.Name == "first_visit"
	}
	switch {
	case touch != 0 && touch < plan.DataStart:
		return features.NotNewFirstTouch
	case touch == 0 && !opened && first < midnight(plan.DataStart, plan.BurnIn, zone):
		return features.NotNewBurnIn
	}
	return ""
}

// midnight is the local midnight that begins the n-th day after the day of an instant.
func midnight(micros int64, n int, zone *time.Location) int64 {
	y, m, d := time.UnixMicro(micros).In(zone).Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, zone).UnixMicro()
}

// dayLoads sorts the events into days of UTC, which are at most one off those of the plan's zone, as an export's may be.
func dayLoads(events []features.Event) []warehouse.DayLoad {
	days := map[string][][]any{}
	for i, e := range events {
		day := time.UnixMicro(e.Time).UTC().Format(time.DateOnly)
		days[day] = append(days[day], EventRow(day, e, i%2 == 0))
	}
	var loads []warehouse.DayLoad
	for _, day := range slices.Sorted(maps.Keys(days)) {
		loads = append(loads, warehouse.DayLoad{Table: warehouse.Events, Day: day, Rows: slices.Values(days[day])})
	}
	return loads
}

// EventRow is the event as a row of the events table; what is unknown is NULL, or else "" or 0.
func EventRow(day string, e features.Event, null bool) []any {
	text := func(s string) any {
		if s == "" && null {
			return nil
		}
		return s
	}
	var params, touch, engaged any
	if e.Params != nil {
		params = e.Params
	}
	if e.FirstTouch != 0 || null {
		touch = e.FirstTouch
	}
	if e.EngagedMS != 0 || null {
		engaged = e.EngagedMS
	}
	return []any{
		day, e.User, e.Time, e.Name, text(e.Screen), nil, engaged, touch, text(e.Platform), text(e.Device),
		text(e.Language), text(e.Country), text(e.AppVersion), text(e.Channel), nil, nil, nil, text(""), text(""), params,
	}
}

// OnWarehouse is the Engine of the plan's SQL in a warehouse that open gives empty, and that is closed after each script.
func OnWarehouse(open func(context.Context) (*warehouse.Warehouse, error)) Engine {
	return func(ctx context.Context, set *features.Set, plan features.Plan, events []features.Event) (Results, error) {
		w, err := open(ctx)
		if err != nil {
			return nil, err
		}
		results, err := loadAndRun(ctx, w, set, plan, events)
		return results, errors.Join(err, w.Close())
	}
}

func loadAndRun(ctx context.Context, w *warehouse.Warehouse, set *features.Set, plan features.Plan, events []features.Event) (Results, error) {
	if err := Load(ctx, w, events); err != nil {
		return nil, err
	}
	return RunPlan(ctx, w, set, plan, events)
}

// Load puts events into the warehouse's events table. Unknown context fields are "" in one half of the rows and NULL in the other,
// which must make no difference.
func Load(ctx context.Context, w *warehouse.Warehouse, events []features.Event) error {
	return w.ReplaceDays(ctx, dayLoads(events))
}

// RunPlan makes the plan's tables and reads what they say of each user.
func RunPlan(ctx context.Context, w *warehouse.Warehouse, set *features.Set, plan features.Plan, events []features.Event) (Results, error) {
	d, err := features.DialectByName(w.Dialect())
	if err != nil {
		return nil, err
	}
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		if err := w.Exec(ctx, step.SQL); err != nil {
			return nil, fmt.Errorf("make %s: %w", step.Table, err)
		}
	}
	out := Results{}
	for _, e := range events {
		out[e.User] = Result{Excluded: NoVisit}
	}
	users, err := w.ReadColumns(ctx, "SELECT user_key, COALESCE(excluded, '') AS excluded FROM "+plan.Prefix+"users WHERE "+plan.Bound(d, "day0"))
	if err != nil {
		return nil, err
	}
	for i, user := range users[0].Text {
		out[user] = Result{Excluded: users[1].Text[i]}
	}
	if err := readLabels(ctx, w, d, plan, out); err != nil {
		return nil, err
	}
	return out, ReadRows(ctx, w, set, plan.Prefix+"features", out)
}

func readLabels(ctx context.Context, w *warehouse.Warehouse, d features.Dialect, plan features.Plan, out Results) error {
	labels, err := w.ReadColumns(ctx, "SELECT user_key, revisit IS NOT NULL AS known, COALESCE(revisit, FALSE) AS revisit FROM "+
		plan.Prefix+"labels WHERE "+plan.Bound(d, "day0"))
	if err != nil {
		return err
	}
	for i, user := range labels[0].Text {
		r := out[user]
		if r.Excluded != "" {
			return fmt.Errorf("user %s is excluded and labelled", user)
		}
		r.Known, r.Revisit = labels[1].Numbers[i] == 1, labels[2].Numbers[i] == 1
		out[user] = r
	}
	return nil
}

// ReadRows sets the rows of a table of the set's features.
func ReadRows(ctx context.Context, w *warehouse.Warehouse, set *features.Set, table string, out Results) error {
	columns, err := w.ReadColumns(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	for i, user := range columns[0].Text {
		row := make(features.Row, len(set.Features))
		for j, f := range set.Features {
			c := columns[j+1]
			if c.Name != f.Name {
				return fmt.Errorf("column %d is %s, not %s", j+1, c.Name, f.Name)
			}
			switch {
			case c.Null != nil && c.Null[i]:
				row[j].Missing = true
			case f.Kind == features.Category:
				row[j].Text = c.Text[i]
			default:
				row[j].Number = c.Numbers[i]
			}
		}
		r := out[user]
		if r.Excluded != "" {
			return fmt.Errorf("user %s is excluded and has features", user)
		}
		r.Row = row
		out[user] = r
	}
	return nil
}
