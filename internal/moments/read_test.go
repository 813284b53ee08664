package moments

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var plan = features.Plan{
	Zone: "UTC", Label: features.DefaultLabel(), Prefix: "x_",
	DataStart: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), AsOf: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
}

// Users b (day 0 first), a and c are labelled in this order; d is too young to be.
func world(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wh.Close() })
	rows := []string{"('b', 0, 'it''s')", "('a', 2, 'it''s')", "('a', 2, 'it''s')", "('c', 6, 'meet')", "('d', 1, 'meet')", "('a', 3, 'other')"}
	for range 300 {
		rows = append(rows, "('c', 0, 'meet')")
	}
	day0 := "CASE WHEN user_key = 'b' THEN DATE '2026-01-05' ELSE DATE '2026-01-06' END AS day0"
	for _, sql := range []string{
		"CREATE TABLE x_labels AS SELECT user_key, " + day0 + ", revisit FROM (VALUES ('a', TRUE), ('b', FALSE), ('c', TRUE), ('d', NULL)) AS v(user_key, revisit)",
		"CREATE TABLE x_first_week AS SELECT user_key, n, name, " + day0 + " FROM (VALUES " + strings.Join(rows, ", ") + ") AS v(user_key, n, name)",
	} {
		if err := wh.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return wh
}

func TestReadCountsByUserAndDay(t *testing.T) {
	counts, err := Read(t.Context(), world(t), features.DuckDB{}, plan, []string{"it's", "meet", "never"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]uint8{make([]uint8, 21), make([]uint8, 21), make([]uint8, 21)}
	want[0][0], want[0][7+2], want[1][14], want[1][14+6] = 1, 2, 255, 1
	if fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("counts are\n%v, want\n%v", counts, want)
	}
}

func TestReadRefusesUsersItWasNotToldOf(t *testing.T) {
	_, err := Read(t.Context(), world(t), features.DuckDB{}, plan, []string{"meet"}, 2)
	if err == nil || !strings.Contains(err.Error(), "another run is changing the tables") {
		t.Errorf("the error is %v", err)
	}
}

func TestReadOfNoActionsAsksNothing(t *testing.T) {
	counts, err := Read(t.Context(), nil, features.DuckDB{}, plan, nil, 3)
	if err != nil || len(counts) != 0 {
		t.Errorf("counts %v, error %v", counts, err)
	}
}

// BigQuery refuses a partitioned table that is not bounded, and escapes quotes by a backslash.
func TestQueryForBigQuery(t *testing.T) {
	query := Query(features.GoogleSQL{}, plan, []string{"it's"})
	for _, want := range []string{`WHEN 'it\'s' THEN 0`, `IN ('it\'s')`, "`x_labels`", "`x_first_week`", "w.day0 BETWEEN DATE '2025-12-31' AND DATE '2026-03-02'"} {
		if !strings.Contains(query, want) {
			t.Errorf("%q is not in\n%s", want, query)
		}
	}
}
