package featuretest_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

var propertySeed = flag.Uint64("seed", 20260101, "the seed of the random users; another seed makes other users")

const (
	propertyUsers = 500
	propertyAsOfs = 20
)

// TestEnginesAgree holds the Go and the DuckDB engine to the same features, labels and exclusions of random users, in a zone with
// daylight saving and in one without, at as-of instants that lie on the borders where rules change.
func TestEnginesAgree(t *testing.T) {
	for i, name := range []string{"Asia/Seoul", "America/New_York"} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			seed := *propertySeed + uint64(i)
			t.Logf("seed %d, %d users, %d as-of instants", seed, propertyUsers, propertyAsOfs)
			agree(t, featuretest.NewWorld(seed, zone))
		})
	}
}

func agree(t *testing.T, g *featuretest.World) {
	var events []features.Event
	for i := range propertyUsers {
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
	seen := tally{}
	for i := range propertyAsOfs {
		plan := g.Plan(i, events)
		set := g.Set(plan)
		got, err := featuretest.RunPlan(t.Context(), w, set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		want, err := featuretest.Go(t.Context(), set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		seen.compare(t, set, plan, got, want)
	}
	t.Logf("compared %d events, %v", len(events), seen)
	for _, kind := range []string{
		"integers", "floats", "categories", "missing", "revisit", "no", "unlabelled", features.NotNewFirstTouch,
		features.NotNewBurnIn, featuretest.NoVisit,
	} {
		if seen[kind] == 0 {
			t.Errorf("the random users never gave %q; the test has gone blind", kind)
		}
	}
}

// tally counts what was compared, by kind.
type tally map[string]int

func (n tally) compare(t *testing.T, set *features.Set, plan features.Plan, got, want results) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("as of %d: DuckDB knows %d users, Go %d", plan.AsOf, len(got), len(want))
	}
	for user, w := range want {
		g := got[user]
		if g.Excluded != w.Excluded || g.Known != w.Known || g.Known && g.Revisit != w.Revisit || len(g.Row) != len(w.Row) {
			t.Errorf("as of %d, user %s: DuckDB has %+v, Go %+v", plan.AsOf, user, g, w)
			continue
		}
		n.count(w)
		for i := range w.Row {
			if !featuretest.Same(g.Row[i], w.Row[i]) {
				t.Errorf("as of %d, user %s, %s: DuckDB %+v, Go %+v", plan.AsOf, user, set.Features[i].Name, g.Row[i], w.Row[i])
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

func (n tally) count(r featuretest.Result) {
	switch {
	case r.Excluded != "":
		n[r.Excluded]++
		return
	case !r.Known:
		n["unlabelled"]++
	case r.Revisit:
		n["revisit"]++
	default:
		n["no"]++
	}
	for _, v := range r.Row {
		switch {
		case v.Missing:
			n["missing"]++
		case v.Text != "":
			n["categories"]++
		case v.Number == float64(int64(v.Number)):
			n["integers"]++
		default:
			n["floats"]++
		}
	}
}
