package bigquery

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/curves"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestCurvesAreGoogleSQL resolves the statement of the retention curves, and compares the columns with what is read.
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
	var want []column
	for _, name := range breakdowns {
		want = append(want, column{name, "STRING"})
	}
	for _, count := range []string{"on", "from"} {
		for day := range curves.LastDay + 1 {
			want = append(want, column{fmt.Sprint(count, "_", day), "INT64"})
		}
	}
	for n, sql := range map[int]string{3: curves.Query(d, plan, nil), 0: curves.Query(d, plan, breakdowns)} {
		columns, err := a.analyse(sql)
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(columns, want[n:]) {
			t.Errorf("columns %v, want %v, of\n%s", columns, want[n:], sql)
		}
	}
}

// TestCurvesOnBigQuery counts the same curves in BigQuery and in DuckDB.
func TestCurvesOnBigQuery(t *testing.T) {
	plan := januaryPlan()
	plan.Documents, plan.Staff, plan.BurnIn = "", "", 0
	set := &features.Set{Zone: plan.Zone, Background: plan.Background, Label: plan.Label}
	for _, name := range []string{"channel", "country", "platform"} {
		set.Features = append(set.Features, features.Feature{Name: name, Kind: features.Category, Expr: features.Pick{Field: name}})
	}
	var got [2][]curves.Curve
	for i, w := range []*warehouse.Warehouse{newWarehouse(t), duckWarehouse(t)} {
		insert := warehouse.Statement{SQL: "INSERT INTO events (day, user_key, ts, name, channel, platform) VALUES "}
		for user := range 40 {
			for _, after := range []int{0, 1 + user%5, 30 + user%9} {
				at := time.UnixMicro(january(1+user%10+after, 1)).UTC()
				insert.SQL += "(CAST(? AS DATE), ?, ?, 'open', NULLIF(?, ''), ?), "
				insert.Args = append(insert.Args, at.Format(time.DateOnly), fmt.Sprintf("u%02d", user), at.UnixMicro(),
					[]string{"it's", "", "검색", "b"}[user*user%4], []string{"IOS", "WEB"}[user%2])
			}
		}
		insert.SQL = strings.TrimSuffix(insert.SQL, ", ")
		if err := w.Transact(t.Context(), insert); err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
		d, err := features.DialectByName(w.Dialect())
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
			if err := w.Exec(t.Context(), step.SQL); err != nil {
				t.Fatalf("%s: %s: %v", w.Dialect(), step.Table, err)
			}
		}
		if got[i], err = curves.Read(t.Context(), w, d, plan, curves.Breakdowns(set)); err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
	}
	// 40 people, of whom half have no channel; the two channels of the others and the two platforms; all have no country.
	if len(got[1]) != 5 || got[1][0].Users != 40 || got[1][0].NDay[1].Active != 8 || got[1][0].Rolling[36].Active == 0 {
		t.Errorf("DuckDB counts %+v", got[1])
	}
	if diff := cmp.Diff(got[1], got[0]); diff != "" {
		t.Errorf("curves differ (-DuckDB +BigQuery):\n%s", diff)
	}
}
