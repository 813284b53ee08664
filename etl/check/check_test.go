package check_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/check"
	"github.com/Koalajuni/Calback-Data-ML/etl/check/checktest"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

func open(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestEachCheckPassesAndFails(t *testing.T) { checktest.Run(t, open) }

func bounds() check.Bounds {
	return check.Bounds{From: "2026-03-01", To: "2026-03-16", Now: 1773705600000000, Zone: "Asia/Seoul", Missing: map[string]float64{"opens": 0}}
}

func TestAnEmptyWarehouseSkipsWhatIsNotMade(t *testing.T) {
	findings, err := check.Run(t.Context(), open(t), check.Options{Bounds: bounds()})
	if err != nil {
		t.Fatal(err)
	}
	skipped := []string{check.KeysUnique, check.Visits, check.ClassBalance, check.MissingRate}
	for i, f := range findings {
		if f.Name != check.Names[i] || (f.Skipped != "") != slices.Contains(skipped, f.Name) {
			t.Errorf("finding %+v", f)
		}
	}
	if failed := check.Failed(findings); len(failed) != 1 || failed[0].Name != check.Freshness {
		t.Errorf("failed %+v, want freshness alone: nothing is loaded", failed)
	}
}

func TestAcceptedFindingsStopNothing(t *testing.T) {
	opt := check.Options{Bounds: bounds(), Accept: []string{check.Freshness}}
	findings, err := check.Run(t.Context(), open(t), opt)
	if err != nil || len(check.Failed(findings)) != 0 {
		t.Errorf("failed %+v, %v", check.Failed(findings), err)
	}
	if i := slices.IndexFunc(findings, func(f check.Finding) bool { return f.Accepted }); i < 0 || findings[i].Violations != 1 {
		t.Errorf("findings %+v, want freshness accepted and still counted", findings)
	}
}

func TestWrongBoundsAndNames(t *testing.T) {
	for name, change := range map[string]func(*check.Options){
		"from":      func(o *check.Options) { o.From = "1 March" },
		"after to":  func(o *check.Options) { o.From = "2026-04-01" },
		"prefix":    func(o *check.Options) { o.Prefix = "a.b" },
		"time zone": func(o *check.Options) { o.Zone = "Mars/Olympus" },
		"opens":     func(o *check.Options) { o.Missing = map[string]float64{"opens": 1.5} },
		"rows":      func(o *check.Options) { o.Only = []string{"rows"} },
		"balance":   func(o *check.Options) { o.Accept = []string{"balance"} },
	} {
		opt := check.Options{Bounds: bounds()}
		change(&opt)
		if _, err := check.Run(t.Context(), open(t), opt); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want an error that says so", name, err)
		}
	}
}

func TestQueriesAreAlikeInBothDialects(t *testing.T) {
	duck, err := check.All(features.DuckDB{}, bounds())
	google, googleErr := check.All(features.GoogleSQL{}, bounds())
	if err := errors.Join(err, googleErr); err != nil {
		t.Fatal(err)
	}
	rendered := []string{check.MonotoneTime, check.MissingRate}
	for i, c := range duck {
		if same := c.SQL == google[i].SQL; same == slices.Contains(rendered, c.Name) {
			t.Errorf("%s: the same text in both dialects: %v", c.Name, same)
		}
		if got := strings.Count(google[i].SQL, "?"); got != len(c.Args) {
			t.Errorf("%s: %d places for %d arguments", c.Name, got, len(c.Args))
		}
		for _, trap := range []string{"::", "FILTER", "DOUBLE", "date_diff('"} {
			if strings.Contains(google[i].SQL, trap) {
				t.Errorf("%s: %q is no GoogleSQL", c.Name, trap)
			}
		}
	}
}

func TestPrefixedTables(t *testing.T) {
	b := bounds()
	b.Prefix = "next_"
	checks, err := check.All(features.DuckDB{}, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if c.Name == check.Visits && (!slices.Contains(c.Needs, "next_labels") || !strings.Contains(c.SQL, "FROM next_labels")) {
			t.Errorf("visits does not read the prefixed tables: %s, needs %v", c.SQL, c.Needs)
		}
	}
}
