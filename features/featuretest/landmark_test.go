package featuretest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestLandmarksSeeNoLaterDay holds the features known at the end of each day to what Go says of the events up to that midnight and of no
// others, and those of day 6 to the ordinary ones.
func TestLandmarksSeeNoLaterDay(t *testing.T) {
	const seed, users = 7, 200
	t.Logf("seed %d, %d users", seed, users)
	for _, name := range []string{"Asia/Seoul", "America/New_York"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		g := featuretest.NewWorld(seed, zone)
		var events []features.Event
		for i := range users {
			events = append(events, g.User(fmt.Sprintf("user%03d", i))...)
		}
		w, err := openDuck(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if err := featuretest.Load(t.Context(), w, events); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			landmarks(t, w, g, i, events, zone)
		}
	}
}

func landmarks(t *testing.T, w *warehouse.Warehouse, g *featuretest.World, i int, events []features.Event, zone *time.Location) {
	t.Helper()
	plan := g.Plan(i, events)
	set := g.Set(plan).WithDaysKnown()
	if err := set.Validate(); err != nil {
		t.Fatal(err)
	}
	whole, err := featuretest.RunPlan(t.Context(), w, set, plan, events)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string][]features.Event{}
	for _, e := range events {
		own[e.User] = append(own[e.User], e)
	}
	for day := range features.WeekDays {
		step := plan.FeaturesKnown(features.DuckDB{}, set, day, "known")
		if err := w.Exec(t.Context(), step.SQL); err != nil {
			t.Fatal(err)
		}
		got := results{}
		if err := featuretest.ReadRows(t.Context(), w, set, step.Table, got); err != nil {
			t.Fatal(err)
		}
		for user, all := range whole {
			if all.Excluded != "" {
				continue
			}
			want, err := set.Evaluate(own[user], min(plan.AsOf, endOfDay(own[user], plan, day, zone)))
			if err != nil {
				t.Fatal(err)
			}
			same(t, set, want, got[user].Row, fmt.Sprintf("as of %d, user %s, day %d", plan.AsOf, user, day))
			if day == features.WeekDays-1 {
				same(t, set, all.Row, got[user].Row, fmt.Sprintf("as of %d, user %s, the whole week", plan.AsOf, user))
			}
		}
	}
}

// endOfDay is the midnight that ends a user's day.
func endOfDay(events []features.Event, plan features.Plan, day int, zone *time.Location) int64 {
	first := plan.AsOf
	for _, e := range events {
		background := false
		for _, name := range plan.Background {
			background = background || name == e.Name
		}
		if !background {
			first = min(first, e.Time)
		}
	}
	y, m, d := time.UnixMicro(first).In(zone).Date()
	return time.Date(y, m, d+day+1, 0, 0, 0, 0, zone).UnixMicro()
}

func same(t *testing.T, set *features.Set, want, got features.Row, place string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", place, len(got), len(want))
	}
	for j := range want {
		if !featuretest.Same(got[j], want[j]) {
			t.Fatalf("%s, %s: %+v, want %+v", place, set.Features[j].Name, got[j], want[j])
		}
	}
}
