package featuretest_test

import (
	"fmt"
	"maps"
	"slices"
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
	g := newWorld(seed, zone)
	var events []features.Event
	for i := range users {
		events = append(events, g.user(fmt.Sprintf("user%03d", i))...)
	}
	for i := range 4 {
		plan := g.plan(i, events)
		set := g.set(plan)
		before, err := duckEngine(t.Context(), set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		after, err := duckEngine(t.Context(), set, plan, append(g.future(plan, events), events...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(unlabelled(before), unlabelled(after)); diff != "" {
			t.Fatalf("as of %d: later events moved the tables:\n%.3000s", plan.AsOf, diff)
		}
	}
}

// future has events for every user that would change the selection and most features if they were looked at.
func (g *world) future(plan features.Plan, events []features.Event) []features.Event {
	var later []features.Event
	users := byUser(events)
	for _, user := range slices.Sorted(maps.Keys(users)) {
		own, from := users[user], plan.AsOf
		first := int64(0)
		for _, e := range own {
			if exclusion([]features.Event{e}, plan, g.zone) != featuretest.NoVisit && (first == 0 || e.Time < first) {
				first = e.Time
			}
		}
		if first != 0 {
			from = min(from, midnight(first, 7, g.zone))
		}
		for i, name := range []string{"first_open", "meeting_create", "friend_add", "app_remove", "meeting_create"} {
			e := g.event(user, from+int64(i)*g.rng.Int64N(3*86400e6), "2.0")
			e.Name, e.FirstTouch, e.AppVersion, e.EngagedMS = name, 1, "9.9", 1e9
			later = append(later, e)
		}
	}
	return later
}

func unlabelled(all results) results {
	for user, r := range all {
		r.Known, r.Revisit = false, false
		all[user] = r
	}
	return all
}
