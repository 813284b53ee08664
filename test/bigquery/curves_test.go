package bigquery

import (
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/curves"
)

// TestCurvesAreGoogleSQL resolves the statements of the retention curves, and compares the columns with what is read.
func TestCurvesAreGoogleSQL(t *testing.T) {
	a, d, plan := newAnalyser(), features.GoogleSQL{}, januaryPlan()
	set := allNodes(plan)
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		if _, err := a.analyse(step.SQL); err != nil {
			t.Fatalf("%s: %v", step.Table, err)
		}
	}
	breakdowns := curves.Breakdowns(set)
	if len(breakdowns) != 3 {
		t.Fatalf("the breakdowns are %v", breakdowns)
	}
	want := []column{{"name", "STRING"}, {"day", "INT64"}, {"active", "INT64"}, {"newest", "INT64"}}
	for _, sql := range curves.Queries(d, plan, breakdowns) {
		columns, err := a.analyse(sql)
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(columns, want) {
			t.Errorf("columns %v, want %v, of\n%s", columns, want, sql)
		}
	}
}
