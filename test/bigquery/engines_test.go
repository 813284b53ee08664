package bigquery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

// TestScriptsOnBigQuery runs every script of the feature language on the emulator.
func TestScriptsOnBigQuery(t *testing.T) {
	files, err := filepath.Glob("../../features/featuretest/testdata/*.feature")
	if err != nil || len(files) < 12 {
		t.Fatalf("found %d scripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".feature"), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			script, err := featuretest.Parse(filepath.Base(file), f)
			if err != nil {
				t.Fatal(err)
			}
			if err := script.Run(t.Context(), bigQueryEngine(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// bigQueryEngine runs a plan's GoogleSQL in a new dataset of the emulator.
func bigQueryEngine(t *testing.T) featuretest.Engine {
	return func(ctx context.Context, set *features.Set, plan features.Plan, events []features.Event) (featuretest.Results, error) {
		w := newWarehouse(t)
		if err := featuretest.Load(ctx, w, events); err != nil {
			return nil, err
		}
		return featuretest.RunPlan(ctx, w, set, plan, events)
	}
}

// The emulator takes some 10 microseconds for each value of each row, so that the users have few events and there is one as-of instant, fewer
// than in the main module, which holds DuckDB and Go to users of the same kind.
const (
	worldUsers  = 1000
	worldEvents = 3
	worldAsOfs  = 1
)

// TestThreeEnginesAgree holds the emulator to what Go makes of the same random users: integers exactly, floats to 1e-9.
func TestThreeEnginesAgree(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	const seed = 20260101
	t.Logf("seed %d, %d users, %d as-of instants", seed, worldUsers, worldAsOfs)
	g := featuretest.NewWorld(seed, zone)
	var events []features.Event
	for i := range worldUsers {
		own := g.User(fmt.Sprintf("user%03d", i))
		events = append(events, own[:min(len(own), worldEvents)]...)
	}
	w, duck := newWarehouse(t), duckWarehouse(t)
	if err := featuretest.Load(t.Context(), w, events); err != nil {
		t.Fatal(err)
	}
	if err := featuretest.Load(t.Context(), duck, events); err != nil {
		t.Fatal(err)
	}
	values := 0
	for i := range worldAsOfs {
		plan := g.Plan(i, events)
		set := g.Set(plan)
		start := time.Now()
		got, err := featuretest.RunPlan(t.Context(), w, set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("as of %d: %v on the emulator", plan.AsOf, time.Since(start))
		other, err := featuretest.RunPlan(t.Context(), duck, set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		want, err := featuretest.Go(t.Context(), set, plan, events)
		if err != nil {
			t.Fatal(err)
		}
		values += compareResults(t, "BigQuery", set, plan, got, want)
		compareResults(t, "DuckDB", set, plan, other, want)
	}
	t.Logf("%d events, %d values and labels compared", len(events), values)
}

// compareResults counts the values compared.
func compareResults(t *testing.T, engine string, set *features.Set, plan features.Plan, got, want featuretest.Results) (n int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("as of %d: %s knows %d users, Go %d", plan.AsOf, engine, len(got), len(want))
	}
	for user, w := range want {
		g := got[user]
		if g.Excluded != w.Excluded || g.Known != w.Known || g.Known && g.Revisit != w.Revisit || len(g.Row) != len(w.Row) {
			t.Fatalf("as of %d, user %s: %s has %+v, Go %+v", plan.AsOf, user, engine, g, w)
		}
		for i := range w.Row {
			if !featuretest.Same(g.Row[i], w.Row[i]) {
				t.Fatalf("as of %d, user %s, %s: %s %+v, Go %+v", plan.AsOf, user, set.Features[i].Name, engine, g.Row[i], w.Row[i])
			}
		}
		n += len(w.Row) + 2
	}
	return n
}
