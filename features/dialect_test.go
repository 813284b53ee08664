package features_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func TestDialectByName(t *testing.T) {
	for _, name := range []string{"duckdb", "googlesql"} {
		d, err := features.DialectByName(name)
		if err != nil || d.Name() != name {
			t.Errorf("%s: got %v, %v", name, d, err)
		}
	}
	if _, err := features.DialectByName("mysql"); err == nil || !strings.Contains(err.Error(), `"mysql" is unknown; the dialects are duckdb and googlesql`) {
		t.Errorf("got %v", err)
	}
}

// TestDialects has the two dialects side by side, hostile names included.
func TestDialects(t *testing.T) {
	for _, c := range []struct {
		name           string
		render         func(features.Dialect) string
		duck, standard string
	}{
		{"column", func(d features.Dialect) string { return d.Ident("visit_days") }, `"visit_days"`, "`visit_days`"},
		{"hostile column", func(d features.Dialect) string { return d.Ident("a\"b`c\\") }, "\"a\"\"b`c\\\"", "`a\"b\\`c\\\\`"},
		{"table", func(d features.Dialect) string { return d.Table("p.ds.t") }, `"p"."ds"."t"`, "`p.ds.t`"},
		{"text", func(d features.Dialect) string { return d.Text("회의") }, "'회의'", "'회의'"},
		{"hostile text", func(d features.Dialect) string { return d.Text("it's \\' -- \n") }, "'it''s \\'' -- \n'", `'it\'s \\\' -- \n'`},
		{
			"local day", func(d features.Dialect) string { return d.LocalDay("ts", "Asia/Seoul") },
			"CAST(timezone('Asia/Seoul', make_timestamptz(ts)) AS DATE)", "DATE(TIMESTAMP_MICROS(ts), 'Asia/Seoul')",
		},
		{
			"hour", func(d features.Dialect) string { return d.Hour("ts", "UTC") },
			"hour(timezone('UTC', make_timestamptz(ts)))", "EXTRACT(HOUR FROM TIMESTAMP_MICROS(ts) AT TIME ZONE 'UTC')",
		},
		{
			"weekday", func(d features.Dialect) string { return d.Weekday("ts", "UTC") },
			"(isodow(timezone('UTC', make_timestamptz(ts))) - 1)", "MOD(EXTRACT(DAYOFWEEK FROM TIMESTAMP_MICROS(ts) AT TIME ZONE 'UTC') + 5, 7)",
		},
		{"days between", func(d features.Dialect) string { return d.DayDiff("b", "a") }, "date_diff('day', a, b)", "DATE_DIFF(b, a, DAY)"},
		{"day", func(d features.Dialect) string { return d.Day("2026-01-05") }, "DATE '2026-01-05'", "DATE '2026-01-05'"},
		{"count", func(d features.Dialect) string { return d.CountIf("x > 1") }, "COUNT(*) FILTER (WHERE x > 1)", "COUNTIF(x > 1)"},
		{"share", func(d features.Dialect) string { return d.Divide("a", "b") }, "CAST(a AS DOUBLE) / NULLIF(b, 0)", "SAFE_DIVIDE(a, b)"},
		{"sum", func(d features.Dialect) string { return d.Sum("x") }, "list_sum(list_sort(list(x) FILTER (WHERE x IS NOT NULL)))", "SUM(x)"},
		{
			"first", func(d features.Dialect) string { return d.FirstValue("x", "ts", false) },
			"first(x ORDER BY ts ASC, x ASC) FILTER (WHERE x IS NOT NULL)", "ARRAY_AGG(x IGNORE NULLS ORDER BY ts ASC, x ASC LIMIT 1)[SAFE_OFFSET(0)]",
		},
		{
			"last", func(d features.Dialect) string { return d.FirstValue("x", "ts", true) },
			"first(x ORDER BY ts DESC, x DESC) FILTER (WHERE x IS NOT NULL)", "ARRAY_AGG(x IGNORE NULLS ORDER BY ts DESC, x DESC LIMIT 1)[SAFE_OFFSET(0)]",
		},
		{
			"parameter", func(d features.Dialect) string { return d.Param("it's") },
			"params['it''s']", `(SELECT p.value FROM UNNEST(params) AS p WHERE p.key = 'it\'s' LIMIT 1)`,
		},
		{
			"create", func(d features.Dialect) string {
				return d.Create("ds.t", features.Layout{Partition: "day", Cluster: []string{"user_key", "name"}}, "SELECT 1")
			},
			"CREATE OR REPLACE TABLE \"ds\".\"t\" AS\nSELECT 1",
			"CREATE OR REPLACE TABLE `ds.t`\nPARTITION BY day\nCLUSTER BY user_key, name\nOPTIONS (require_partition_filter = TRUE) AS\nSELECT 1",
		},
		{
			"create plain", func(d features.Dialect) string { return d.Create("t", features.Layout{}, "SELECT 1") },
			"CREATE OR REPLACE TABLE \"t\" AS\nSELECT 1", "CREATE OR REPLACE TABLE `t` AS\nSELECT 1",
		},
		{"float", func(d features.Dialect) string { return d.Float("x") }, "CAST(x AS DOUBLE)", "CAST(x AS FLOAT64)"},
		{
			"pattern", func(d features.Dialect) string { return d.Matches("x", `^a\.b'$`) },
			`regexp_matches(x, '^a\.b''$')`, `REGEXP_CONTAINS(x, '^a\\.b\'$')`,
		},
	} {
		if diff := cmp.Diff(c.duck, c.render(features.DuckDB{})); diff != "" {
			t.Errorf("%s, duckdb (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.standard, c.render(features.GoogleSQL{})); diff != "" {
			t.Errorf("%s, googlesql (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestPlanSpeaksItsDialect looks for what only the other dialect has, in every statement of a plan.
func TestPlanSpeaksItsDialect(t *testing.T) {
	plan := testPlan()
	foreign := map[string][]string{
		"duckdb":    {"`", "SAFE_DIVIDE", "COUNTIF", "UNNEST", "TIMESTAMP_MICROS", "FLOAT64", "ARRAY_AGG"},
		"googlesql": {"\"", "FILTER", "date_diff(", "timezone(", "make_timestamptz", "DOUBLE", "list_", "::", "first(", "isodow"},
	}
	for name, words := range foreign {
		d, err := features.DialectByName(name)
		if err != nil {
			t.Fatal(err)
		}
		all := []string{plan.Features(d, wideSet("Asia/Seoul")).SQL, plan.Rules(d)}
		for _, s := range plan.Cohort(d) {
			all = append(all, s.SQL)
		}
		q := plan.Discover(d, "2026-02-01")
		all = append(all, q.Users, q.Events, q.Screens, q.Versions, q.Adopted, q.Context, q.Engaged)
		for _, sql := range all {
			for _, w := range words {
				if strings.Contains(sql, w) {
					t.Errorf("%s: %q in\n%s", name, w, sql)
				}
			}
		}
	}
}

func testPlan() features.Plan {
	return features.Plan{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(), Prefix: "t_", AsOf: 1767571200e6,
		DataStart: 1759276800e6, BurnIn: 30,
	}
}

func TestPlanSteps(t *testing.T) {
	plan := testPlan()
	plan.Events = "project.export.events"
	var tables, selection []string
	for _, s := range append(plan.Cohort(features.GoogleSQL{}), plan.Features(features.GoogleSQL{}, allNodes())) {
		tables = append(tables, s.Table)
		if !strings.HasPrefix(s.SQL, "CREATE OR REPLACE TABLE `"+s.Table+"`\n") {
			t.Errorf("%s is made by\n%s", s.Table, s.SQL)
		}
	}
	if diff := cmp.Diff([]string{"t_people", "t_user_days", "t_users", "t_first_week", "t_labels", "t_features"}, tables); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	for _, s := range plan.Selection(features.GoogleSQL{}) {
		selection = append(selection, s.Table)
		if !strings.Contains(s.SQL, "FROM `project.export.events`") && !strings.Contains(s.SQL, "JOIN `project.export.events`") {
			t.Errorf("%s does not read the plan's events:\n%s", s.Table, s.SQL)
		}
	}
	if diff := cmp.Diff([]string{"t_people", "t_user_days", "t_users"}, selection); diff != "" {
		t.Errorf("selection (-want +got):\n%s", diff)
	}
}

// TestPlanBoundsPartitions counts, in every statement, the partitioned tables read and the bounds set: BigQuery refuses a statement
// that leaves one out, and reads the whole table where it does not refuse.
func TestPlanBoundsPartitions(t *testing.T) {
	plan := testPlan()
	plan.Events, plan.Documents, plan.Staff = "events", "documents", "staff"
	d := features.GoogleSQL{}
	read := regexp.MustCompile("(?:FROM|JOIN) `(?:events|documents|t_user_days|t_users|t_first_week|t_labels)`")
	bound := regexp.MustCompile(`(?:day|day0) BETWEEN DATE '`)
	all := []string{plan.Features(d, allNodes()).SQL, plan.Rules(d), plan.CutEvents(d, "cut"), plan.ExcludedLabels(d), plan.Retention(d)}
	for _, s := range plan.Cohort(d) {
		all = append(all, s.SQL)
	}
	q := plan.Discover(d, "2026-02-01")
	all = append(all, q.Users, q.Events, q.Screens, q.Versions, q.Adopted, q.Context, q.Engaged)
	for _, sql := range all {
		if tables, bounds := len(read.FindAllString(sql, -1)), len(bound.FindAllString(sql, -1)); tables == 0 || bounds < tables {
			t.Errorf("%d partitioned tables, %d bounds:\n%s", tables, bounds, sql)
		}
	}
}

func TestPlanValidate(t *testing.T) {
	for want, change := range map[string]func(*features.Plan){
		"":                                    func(*features.Plan) {},
		`time zone "" is unknown`:             func(p *features.Plan) { p.Zone = "" },
		"the as-of instant is not after":      func(p *features.Plan) { p.AsOf = p.DataStart },
		"burn-in is -1 days; it cannot":       func(p *features.Plan) { p.BurnIn = -1 },
		"label visits is 0; it must be at le": func(p *features.Plan) { p.Label.Visits = 0 },
	} {
		plan := testPlan()
		change(&plan)
		if err := plan.Validate(); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
