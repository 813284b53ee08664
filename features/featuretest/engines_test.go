package featuretest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

// results are those of all users, by their key.
type results = map[string]featuretest.Result

// engines are all that must agree on every script.
var engines = map[string]featuretest.Engine{"go": goEngine, "duckdb": duckEngine}

// goEngine is Set.Evaluate and Label.Of. Who is in the cohort it decides for itself, by the words of the plan's documentation.
func goEngine(_ context.Context, set *features.Set, plan features.Plan, events []features.Event) (results, error) {
	zone, err := time.LoadLocation(plan.Zone)
	if err != nil {
		return nil, err
	}
	out := results{}
	for user, own := range byUser(events) {
		r := featuretest.Result{Excluded: exclusion(own, plan, zone)}
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
		return featuretest.NoVisit
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

// duckEngine runs the plan's SQL in a DuckDB of its own.
func duckEngine(ctx context.Context, set *features.Set, plan features.Plan, events []features.Event) (results, error) {
	w, err := load(ctx, events)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return runPlan(ctx, w, set, plan, events)
}

// load puts events into a warehouse in memory. Unknown context fields are "" in one half of the rows and NULL in the other, which
// must make no difference.
func load(ctx context.Context, events []features.Event) (*warehouse.Warehouse, error) {
	w, err := warehouse.Open(ctx, "duckdb::memory:", warehouse.Options{})
	if err != nil {
		return nil, err
	}
	if err := w.ReplaceDays(ctx, dayLoads(events)); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// dayLoads sorts the events into days of UTC, which are at most one off those of the plan's zone, as an export's may be.
func dayLoads(events []features.Event) []warehouse.DayLoad {
	days := map[string][][]any{}
	for i, e := range events {
		day := time.UnixMicro(e.Time).UTC().Format(time.DateOnly)
		days[day] = append(days[day], eventRow(day, e, i%2 == 0))
	}
	var loads []warehouse.DayLoad
	for _, day := range slices.Sorted(maps.Keys(days)) {
		loads = append(loads, warehouse.DayLoad{Table: warehouse.Events, Day: day, Rows: slices.Values(days[day])})
	}
	return loads
}

// eventRow is the event as a row of the events table; what is unknown is NULL, or else "" or 0.
func eventRow(day string, e features.Event, null bool) []any {
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

// runPlan makes the plan's tables and reads what they say of each user.
func runPlan(ctx context.Context, w *warehouse.Warehouse, set *features.Set, plan features.Plan, events []features.Event) (results, error) {
	d, err := features.DialectByName(w.Dialect())
	if err != nil {
		return nil, err
	}
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		if err := w.Exec(ctx, step.SQL); err != nil {
			return nil, fmt.Errorf("make %s: %w", step.Table, err)
		}
	}
	out := results{}
	for _, e := range events {
		out[e.User] = featuretest.Result{Excluded: featuretest.NoVisit}
	}
	users, err := w.ReadColumns(ctx, "SELECT user_key, COALESCE(excluded, '') FROM "+plan.Prefix+"users")
	if err != nil {
		return nil, err
	}
	for i, user := range users[0].Text {
		out[user] = featuretest.Result{Excluded: users[1].Text[i]}
	}
	if err := readLabels(ctx, w, plan, out); err != nil {
		return nil, err
	}
	return out, readRows(ctx, w, set, plan, out)
}

func readLabels(ctx context.Context, w *warehouse.Warehouse, plan features.Plan, out results) error {
	labels, err := w.ReadColumns(ctx, "SELECT user_key, revisit IS NOT NULL, COALESCE(revisit, FALSE) FROM "+plan.Prefix+"labels")
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

func readRows(ctx context.Context, w *warehouse.Warehouse, set *features.Set, plan features.Plan, out results) error {
	columns, err := w.ReadColumns(ctx, "SELECT * FROM "+plan.Prefix+"features")
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
