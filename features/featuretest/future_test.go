package featuretest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

// TestWarehouseSeesNoFuture adds events at and after each user's day 7 and at and after the as-of instant: in the warehouse's tables
// neither a feature nor who is in the cohort may move. Labels may: they are about the days from day 7 on.
func TestWarehouseSeesNoFuture(t *testing.T) {
	const seed, users = 99, 300
	t.Logf("seed %d, %d users", seed, users)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	g := featuretest.NewWorld(seed, zone)
	var events []features.Event
	for i := range users {
		events = append(events, g.User(fmt.Sprintf("user%03d", i))...)
	}
	for i := range 4 {
		plan := g.Plan(i, events)
		set := g.Set(plan)
		before, err := duckEngine(t.Context(), set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		after, err := duckEngine(t.Context(), set, plan, append(g.Future(plan, events), events...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(unlabelled(before), unlabelled(after)); diff != "" {
			t.Fatalf("as of %d: later events moved the tables:\n%.3000s", plan.AsOf, diff)
		}
	}
}

func unlabelled(all results) results {
	for user, r := range all {
		r.Known, r.Revisit = false, false
		all[user] = r
	}
	return all
}
