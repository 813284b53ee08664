package featuretest_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.feature")
	if err != nil || len(files) < 12 {
		t.Fatalf("found %d scripts: %v", len(files), err)
	}
	lines := 0
	for _, file := range files {
		script := parseFile(t, file)
		if len(script.Expects) == 0 {
			t.Errorf("%s expects nothing", file)
		}
		lines += len(script.Expects)
		for _, name := range slices.Sorted(maps.Keys(engines)) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".feature")+"/"+name, func(t *testing.T) {
				if err := script.Run(t.Context(), engines[name]); err != nil {
					t.Error(err)
				}
			})
		}
	}
	t.Logf("%d scripts, %d expectations, %d engines", len(files), lines, len(engines))
}

func parseFile(t *testing.T, file string) *featuretest.Script {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	script, err := featuretest.Parse(filepath.ToSlash(file), f)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// TestRunTellsFaults checks that a wrong expectation of each kind is told with its place: a runner that passes all proves nothing.
func TestRunTellsFaults(t *testing.T) {
	script, err := featuretest.Parse("wrong.feature", strings.NewReader(`as-of 2026-06-01T00:00
known share
user a
  2026-01-05T09:00 first_open platform=IOS
user b
  2026-01-05T09:00 app_remove
expect a
  visit_days 2
  platform ANDROID
  hours_to_share 0
  n_share missing
  label revisit
  excluded burn-in
  visit_days 1
expect b
  events 0
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `wrong.feature:8: user a: visit_days is 1, expected 2
wrong.feature:9: user a: platform is "IOS", expected "ANDROID"
wrong.feature:10: user a: hours_to_share is missing, expected 0
wrong.feature:11: user a: n_share is 0, expected missing
wrong.feature:12: user a: label is no, expected revisit
wrong.feature:13: user a: excluded is "", expected "first seen during the burn-in"
wrong.feature:16: user b: events was expected of a user of the cohort, who is excluded: no visit`
	if err := script.Run(t.Context(), featuretest.Go); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestRunTellsBrokenEngines(t *testing.T) {
	script, err := featuretest.Parse("x", strings.NewReader("as-of 2026-06-01\nuser a\n  2026-01-05 go\nexpect a\n  events 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for want, engine := range map[string]featuretest.Engine{
		"x: run: broken": func(context.Context, *features.Set, features.Plan, []features.Event) (results, error) {
			return nil, broken
		},
		"x:5: the engine gave no result for user a": func(context.Context, *features.Set, features.Plan, []features.Event) (results, error) {
			return nil, nil
		},
		"x:5: user a: the row has 0 values for 24 features": func(context.Context, *features.Set, features.Plan, []features.Event) (results, error) {
			return results{"a": {}}, nil
		},
	} {
		if err := script.Run(t.Context(), engine); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSame(t *testing.T) {
	number := func(v float64) features.Value { return features.Value{Number: v} }
	for _, c := range []struct {
		a, b features.Value
		want bool
	}{
		{number(1), number(1), true},
		{number(1e15), number(1e15 + 1), false},
		{number(0.1), number(0.1 * (1 + 5e-10)), true},
		{number(0.1), number(0.1 * (1 + 2e-9)), false},
		{number(0), number(1e-300), false},
		{number(0), features.Value{Missing: true}, false},
		{features.Value{Missing: true}, features.Value{Missing: true}, true},
		{features.Value{Text: "a"}, features.Value{Text: "b"}, false},
		{features.Value{Text: "a"}, features.Value{Text: "a"}, true},
	} {
		if got := featuretest.Same(c.a, c.b); got != c.want {
			t.Errorf("Same(%+v, %+v) = %t", c.a, c.b, got)
		}
		if got := featuretest.Same(c.b, c.a); got != c.want {
			t.Errorf("Same(%+v, %+v) = %t", c.b, c.a, got)
		}
	}
}
