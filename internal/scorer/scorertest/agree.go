package scorertest

import (
	"math"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// tolerance is how far a probability of the warehouse may lie from Go's.
const tolerance = 1e-6

// partBytes is small enough that most of the models take several statements.
const partBytes = 16_000

// Agree loads the features of that many users into the warehouse and scores them there with a model of every form and family: every
// probability must be the one that Go computes from the same features. In parts, the models are scored by several statements each.
func Agree(t *testing.T, wh *warehouse.Warehouse, users int, inParts bool) {
	t.Helper()
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable(1, users)
	load(t, wh, d, table)
	models, err := Models(t.Context(), table, 2)
	if err != nil {
		t.Fatal(err)
	}
	several, limit := 0, model.MaxSQL
	if inParts {
		limit = partBytes
	}
	for _, m := range models {
		q, err := model.NewQueries(d, m.Artifact, featuresTable, "user_key", limit)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		several += len(q.Parts) - 1
		if !inParts || len(q.Parts) > 1 {
			compare(t, m, table, score(t, wh, d, q))
		}
	}
	if inParts != (several > 0) {
		t.Errorf("the models take %d statements more than one each", several)
	}
}

// featuresTable holds the features without the day that loading needs.
const featuresTable = "scorertest_features"

func load(t *testing.T, wh *warehouse.Warehouse, d features.Dialect, table Table) {
	t.Helper()
	schema := table.Schema()
	if err := wh.Create(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	err := wh.ReplaceDays(t.Context(), []warehouse.DayLoad{{
		Table: schema, Day: Day, Rows: table.Values(), Ledger: warehouse.LedgerRow{Source: "scorertest", Rows: int64(len(table.Rows))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	columns := "user_key"
	for _, f := range table.Fields {
		columns += ", " + d.Ident(f.Name)
	}
	run(t, wh, d, featuresTable, "SELECT "+columns+" FROM "+d.Table(schema.Name)+" WHERE day = "+d.Day(Day))
}

// run makes the table of the query's rows anew.
func run(t *testing.T, wh *warehouse.Warehouse, d features.Dialect, table, query string) {
	t.Helper()
	for _, sql := range []string{"DROP TABLE IF EXISTS " + d.Table(table), d.Create(table, features.Layout{}, query)} {
		if err := wh.Exec(t.Context(), sql); err != nil {
			t.Fatalf("make %s: %v\n%.2000s", table, err, sql)
		}
	}
}

// score runs the queries and reads the probabilities by user.
func score(t *testing.T, wh *warehouse.Warehouse, d features.Dialect, q model.Queries) map[string]float64 {
	t.Helper()
	var tables []string
	for i, part := range q.Parts {
		tables = append(tables, "scorertest_part_"+string(rune('a'+i)))
		run(t, wh, d, tables[i], part)
	}
	columns, err := wh.ReadColumns(t.Context(), "SELECT user_key, probability FROM ("+q.Whole(tables)+") AS scored")
	if err != nil {
		t.Fatal(err)
	}
	p := map[string]float64{}
	for i, key := range columns[0].Text {
		p[key] = columns[1].Numbers[i]
	}
	return p
}

func compare(t *testing.T, m Model, table Table, got map[string]float64) {
	t.Helper()
	if len(got) != len(table.Rows) {
		t.Errorf("%s: %d users were scored, want %d", m.Name, len(got), len(table.Rows))
		return
	}
	row := make([]float32, len(table.Fields))
	worst, wrong, different := 0.0, 0, map[float64]bool{}
	for i, values := range table.Rows {
		want := m.Artifact.Probability(m.Artifact.Encode(row, values))
		different[want] = true
		diff := math.Abs(got[UserKey(i)] - want)
		if diff > worst {
			worst = diff
		}
		// The opposite, so that NaN is wrong.
		if !(diff <= tolerance) {
			if wrong++; wrong <= 3 {
				t.Errorf("%s: the warehouse gives %v, Go %v for %+v", m.Name, got[UserKey(i)], want, values)
			}
		}
	}
	t.Logf("%s: %d users, %d different probabilities, %d wrong, the greatest difference %.1e", m.Name, len(got), len(different), wrong, worst)
	if len(different) < 5 {
		t.Errorf("%s gives %d different probabilities: too few to tell anything", m.Name, len(different))
	}
}
