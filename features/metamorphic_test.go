package features_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

const metamorphicSeed, metamorphicCases = 7, 1000

var metamorphicNames = []string{"first_open", "screen_view", "save", "app_remove", "notification_receive"}

// wideSet is the default set for the names above, and a feature for each node beside it.
func wideSet(zone string) *features.Set {
	var support []features.Support
	for _, n := range metamorphicNames {
		support = append(support, features.Support{Name: n, Users: 100})
	}
	context := []features.Support{{Name: "platform", Users: 100}, {Name: "country", Users: 100}, {Name: "app_version", Users: 100}}
	found := features.Found{
		Users: 100, Engaged: 1, Events: support, Screens: []features.Support{{Name: "a", Users: 100}}, Context: context,
		Versions: []features.Support{{Name: "1.0", Users: 100}, {Name: "2.0", Users: 100}}, Adopted: map[string]map[string]int{"2.0": {"save": 60}},
	}
	choice := features.DefaultChoice()
	choice.Params = []string{"price"}
	s := features.DefaultSet(zone, features.DefaultLabel(), features.Background, found, choice)
	s.Features = append(s.Features, allNodes().Features...)
	return s
}

func randomEvent(rng *rand.Rand, from, span int64) features.Event {
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	e := features.Event{
		Time: from + rng.Int64N(span), Name: metamorphicNames[rng.IntN(len(metamorphicNames))], Screen: pick("", "a", "b"),
		EngagedMS: rng.Int64N(100), Platform: pick("", "IOS", "WEB"), Country: pick("", "KR"), AppVersion: pick("", "1.0", "2.0"),
	}
	if rng.IntN(2) == 0 {
		e.Params = map[string]float64{"price": rng.NormFloat64()}
	}
	return e
}

// week is a user's first week with ties in time, and the local midnight that ends it.
func week(rng *rand.Rand, z *time.Location) (events []features.Event, end int64) {
	first := time.Date(2026, 3, 1+rng.IntN(20), rng.IntN(24), rng.IntN(60), 0, 0, z)
	y, m, d := first.Date()
	end = time.Date(y, m, d+7, 0, 0, 0, 0, z).UnixMicro()
	events = append(events, features.Event{Time: first.UnixMicro(), Name: "first_open"})
	for range rng.IntN(40) {
		e := randomEvent(rng, first.UnixMicro(), end-first.UnixMicro())
		if rng.IntN(3) == 0 {
			e.Time = events[rng.IntN(len(events))].Time
		}
		events = append(events, e)
	}
	return events, end
}

// TestNoFeatureSeesTheFuture adds events at and after day 7, and at and after the as-of instant: no value may move.
func TestNoFeatureSeesTheFuture(t *testing.T) {
	t.Logf("seed %d, %d cases", metamorphicSeed, metamorphicCases)
	rng := rand.New(rand.NewPCG(metamorphicSeed, 1))
	cut := 0
	for i := range metamorphicCases {
		z := zone(t, []string{"Asia/Seoul", "America/New_York"}[i%2])
		set := wideSet(z.String())
		events, end := week(rng, z)
		asOf, from := features.WholeWeek, end
		if i%3 == 0 {
			asOf = events[0].Time + 1 + rng.Int64N(end-events[0].Time)
			from, cut = asOf, cut+1
		}
		before, err := set.Evaluate(events, asOf)
		if err != nil {
			t.Fatal(err)
		}
		more := append([]features.Event{}, events...)
		for range 1 + rng.IntN(30) {
			more = append(more, randomEvent(rng, from, 40*86400e6))
		}
		more = append(more, features.Event{Time: from, Name: "save", AppVersion: "3.0", Country: "AA", Params: map[string]float64{"price": 1e9}})
		rng.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
		after, err := set.Evaluate(more, asOf)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("case %d: later events moved a feature:\n%s", i, diff)
		}
	}
	t.Logf("%d of the cases had an as-of instant inside the week", cut)
}

// TestOrderDoesNotMatter shuffles the events: every value must keep its bits.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Logf("seed %d, %d cases", metamorphicSeed, metamorphicCases)
	rng := rand.New(rand.NewPCG(metamorphicSeed, 2))
	z := zone(t, "Asia/Seoul")
	set := wideSet("Asia/Seoul")
	for i := range metamorphicCases {
		events, _ := week(rng, z)
		before, err := set.Evaluate(events, features.WholeWeek)
		if err != nil {
			t.Fatal(err)
		}
		given := fmt.Sprint(events)
		rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		shuffled := fmt.Sprint(events)
		after, err := set.Evaluate(events, features.WholeWeek)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("case %d: the order moved a feature:\n%s\n%s", i, diff, given)
		}
		if fmt.Sprint(events) != shuffled {
			t.Fatal("Evaluate changed the caller's events")
		}
	}
}
