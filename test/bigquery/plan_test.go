package bigquery

import (
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
)

// januaryPlan is a plan over two months of 2026 in Seoul that uses every table it can.
func januaryPlan() features.Plan {
	return features.Plan{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(), AsOf: 1772323200e6, DataStart: 1767193200e6,
		BurnIn: 3, Documents: "documents", Staff: "staff",
	}
}

// allNodes is a set with every node of the algebra, every field and every parameter form.
func allNodes(plan features.Plan) *features.Set {
	support := func(names ...string) (list []features.Support) {
		for _, n := range names {
			list = append(list, features.Support{Name: n, Users: 400})
		}
		return list
	}
	choice := features.DefaultChoice()
	choice.Params = []string{"price", "it's"}
	set := features.DefaultSet(plan.Zone, plan.Label, plan.Background, features.Found{
		Users: 400, Engaged: 400, Events: support("meeting_create", "friend_add", "회의 만들기", `quote'\`, features.ProfileSnapshot),
		Screens: support("month", "it's", "설정"), Versions: support("1.0", "2.0"),
		Adopted: map[string]map[string]int{"1.0": {"friend_add": 90}, "2.0": {"meeting_create": 90, "friend_add": 90}},
		Context: support("platform", "device", "language", "country", "app_version", "channel"),
	}, choice)
	one := features.Filter{Events: []string{"meeting_create", "friend_add"}, Hours: &[2]int{22, 6}, Days: &[2]int{1, 5}}
	for name, expr := range map[string]features.Expr{
		"x_min": features.Total{Param: "price", How: "min"}, "x_mean": features.Total{Param: "price", How: "mean", Of: one},
		"x_last": features.Total{Param: "engaged_ms", How: "last"}, "x_ms": features.Total{Param: "engaged_ms", How: "mean"},
		"x_share": features.Share{Part: one, Whole: features.Filter{Weekend: true}}, "x_since": features.Since{Of: one},
		"x_until": features.Until{Of: one}, "x_trend": features.Trend{Of: features.Filter{Screen: "설정"}},
		"x_sessions": features.Distinct{Of: features.Filter{FirstSession: true}, Field: "session"},
	} {
		set.Features = append(set.Features, features.Feature{Name: name, Kind: features.Number, Expr: expr})
	}
	set.Features = append(set.Features, features.Feature{Name: "last_screen", Kind: features.Category, Expr: features.Pick{Field: "screen", Last: true}})
	return set
}

// TestPlanIsGoogleSQL resolves every statement of a plan, and compares the columns with what the program reads.
func TestPlanIsGoogleSQL(t *testing.T) {
	a, d, plan := newAnalyser(), features.GoogleSQL{}, januaryPlan()
	set := allNodes(plan)
	if err := set.Validate(); err != nil {
		t.Fatal(err)
	}
	tables := map[string][]column{
		"people":    {{"user_key", "STRING"}, {"person", "STRING"}, {"signed_in", "INT64"}},
		"user_days": {{"user_key", "STRING"}, {"day", "DATE"}, {"events", "INT64"}, {"sessions", "INT64"}, {"engaged_ms", "INT64"}, {"screens", "INT64"}, {"first_ts", "INT64"}, {"last_ts", "INT64"}},
		"users":     {{"user_key", "STRING"}, {"day0", "DATE"}, {"first_ts", "INT64"}, {"first_touch", "INT64"}, {"first_open", "INT64"}, {"excluded", "STRING"}},
		"labels":    {{"user_key", "STRING"}, {"day0", "DATE"}, {"visits", "INT64"}, {"revisit", "BOOL"}, {"week_over", "BOOL"}},
	}
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		columns, err := a.analyse(step.SQL)
		if err != nil {
			t.Fatalf("%s: %v", step.Table, err)
		}
		if want := tables[step.Table]; want != nil && !slices.Equal(columns, want) {
			t.Errorf("%s has columns\n%v, want\n%v", step.Table, columns, want)
		}
		if step.Table == "features" {
			wantFeatures(t, set, columns)
		}
	}
	q := plan.Discover(d, "2026-02-01")
	counts := moments.Query(d, plan, []string{"it's", `\`})
	name, users := column{"name", "STRING"}, column{"users", "INT64"}
	for sql, want := range map[string][]column{
		q.Users: {name, users}, q.Events: {name, users}, q.Screens: {name, users}, q.Versions: {name, users}, q.Context: {name, users},
		q.Engaged: {name, users}, q.Adopted: {{"app_version", "STRING"}, name, users},
		plan.Rules(d):          {{"weeks", "INT64"}, {"visits", "INT64"}, users},
		plan.ExcludedLabels(d): {{"reason", "STRING"}, {"revisit", "INT64"}},
		plan.Retention(d):      {{"day0", "INT64"}, {"week", "FLOAT64"}, users},
		plan.CutEvents(d, "c"): a.tables["events"],
		counts:                 {{"place", "INT64"}, {"action", "INT64"}, {"day", "INT64"}, {"times", "INT64"}},
	} {
		columns, err := a.analyse(sql)
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(columns, want) {
			t.Errorf("columns %v, want %v, of\n%s", columns, want, sql)
		}
	}
}

func wantFeatures(t *testing.T, set *features.Set, columns []column) {
	t.Helper()
	for i, f := range set.Features {
		c := columns[i+1]
		if number := c.typ == "INT64" || c.typ == "FLOAT64"; c.name != f.Name || number != (f.Kind == features.Number) {
			t.Errorf("feature %s, a %s, is the column %v", f.Name, f.Kind, c)
		}
	}
}
