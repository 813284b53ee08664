package bigquery

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/check"
	"github.com/Koalajuni/Calback-Data-ML/etl/check/checktest"
	"github.com/Koalajuni/Calback-Data-ML/features"
)

// TestChecksOnTheEmulator runs the fixtures that DuckDB passes too. Whether a query bounds the partitions the emulator does not see;
// the conformance tests of the statements do.
func TestChecksOnTheEmulator(t *testing.T) { checktest.Run(t, newWarehouse) }

func TestChecksAreGoogleSQL(t *testing.T) {
	a := newAnalyser()
	plan := januaryPlan()
	for _, step := range append(plan.Cohort(features.GoogleSQL{}), plan.Features(features.GoogleSQL{}, allNodes(plan))) {
		if _, err := a.analyse(step.SQL); err != nil {
			t.Fatalf("make %s: %v", step.Table, err)
		}
	}
	missing := map[string]float64{}
	for _, name := range allNodes(plan).Names() {
		missing[name] = 0.5
	}
	checks, err := check.All(features.GoogleSQL{}, check.Bounds{
		From: "2026-01-01", To: "2026-02-28", Now: 1, Zone: plan.Zone, Missing: missing, Prefix: plan.Prefix,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		columns, err := a.analyse(c.SQL, c.Args...)
		if err != nil {
			t.Errorf("%s: %v\n%s", c.Name, err, c.SQL)
			continue
		}
		if len(columns) != 1 || columns[0].typ != "INT64" {
			t.Errorf("%s gives %v, want one INT64", c.Name, columns)
		}
	}
}
