// Package checktest holds, for every data check, fixtures that just pass it and fixtures that just fail it, for any warehouse.
package checktest

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/check"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// fixture is the world with one change, and what a check must find in it.
type fixture struct {
	check, name string
	violations  int64
	change      func(*world)
}

// Run writes each fixture into a warehouse of its own and asks its check. Open must return a new, empty, writable warehouse at each
// call, and close it by t.Cleanup. A check without a passing or without a failing fixture fails the test.
func Run(t *testing.T, open func(t *testing.T) *warehouse.Warehouse) {
	passing, failing := map[string]bool{}, map[string]bool{}
	for _, f := range fixtures {
		if f.violations == 0 {
			passing[f.check] = true
		} else {
			failing[f.check] = true
		}
		t.Run(f.check+"/"+f.name, func(t *testing.T) { f.run(t, open(t)) })
	}
	for _, name := range check.Names {
		if !passing[name] || !failing[name] {
			t.Errorf("check %s: passing fixture %v, failing fixture %v, want both", name, passing[name], failing[name])
		}
	}
}

func (f fixture) run(t *testing.T, wh *warehouse.Warehouse) {
	w := newWorld()
	f.change(w)
	if err := w.write(t.Context(), wh); err != nil {
		t.Fatalf("write the fixture: %v", err)
	}
	w.options.Only = []string{f.check}
	findings, err := check.Run(t.Context(), wh, w.options)
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 1 || findings[0].Name != f.check || findings[0].Skipped != "" {
		t.Fatalf("findings %+v, want one of %s", findings, f.check)
	}
	if got := findings[0]; got.Violations != f.violations || got.Failed() != (f.violations > 0) {
		t.Errorf("%d violations, want %d: %s", got.Violations, f.violations, got.Detail)
	}
}
