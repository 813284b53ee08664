package warehousetest

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

const day1, day2, day3 = "2026-03-01", "2026-03-02", "2026-03-03"

const allColumns = "SELECT day, text, whole, real, yes, map FROM all_types ORDER BY whole"

var valueCases = []testCase{
	{"every type comes back", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, "word", int64(7), 2.5, true, map[string]float64{"b": 2, "a": 1.5}}))
		c := columns(t, w, allColumns)
		if c[0].Text[0] != day1 || c[1].Text[0] != "word" || c[2].Numbers[0] != 7 || c[3].Numbers[0] != 2.5 || c[4].Numbers[0] != 1 {
			t.Errorf("values came back as %+v", c)
		}
		if c[5].Text[0] != `{"a":1.5,"b":2}` {
			t.Errorf("map came back as %s", c[5].Text[0])
		}
	}},
	{"column names and types come back", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		for i, c := range columns(t, w, allColumns) {
			if c.Name != Types.Columns[i].Name || c.Type != Types.Columns[i].Type || c.Len() != 0 {
				t.Errorf("column %d is %s %v with %d values, want %+v", i, c.Name, c.Type, c.Len(), Types.Columns[i])
			}
		}
	}},
	{"NULL of every type comes back", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, nil, nil, nil, nil, nil}))
		for _, c := range columns(t, w, allColumns)[1:] {
			// An array of BigQuery is never NULL, only empty.
			if c.Type == warehouse.NumberMap && c.Null == nil && len(c.Text) == 1 && c.Text[0] == "{}" {
				continue
			}
			if len(c.Null) != 1 || !c.Null[0] {
				t.Errorf("column %s: NULL came back as %+v", c.Name, c)
			}
			if len(c.Numbers) == 1 && !math.IsNaN(c.Numbers[0]) {
				t.Errorf("column %s: the number of NULL is %v, want NaN", c.Name, c.Numbers[0])
			}
		}
	}},
	{"NULL after values is marked", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, "x", int64(1), nil, nil, nil}, []any{day1, nil, int64(2), nil, nil, nil}))
		c := columns(t, w, "SELECT text FROM all_types ORDER BY whole")[0]
		if len(c.Null) != 2 || c.Null[0] || !c.Null[1] || c.Text[0] != "x" {
			t.Errorf("got %+v", c)
		}
	}},
	{"no NULL, no marks", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, "x", int64(1), 0.0, false, nil}))
		for _, c := range columns(t, w, "SELECT text, whole FROM all_types") {
			if c.Null != nil {
				t.Errorf("column %s has marks %v", c.Name, c.Null)
			}
		}
	}},
	{"text of any script comes back", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		texts := []string{"", "한국어 회의", "It's \"quoted\"; -- no comment", "a\nb\tc", "🗓️", "x\x00y", strings.Repeat("가", 5000)}
		var rows [][]any
		for i, s := range texts {
			rows = append(rows, []any{day1, s, int64(i), nil, nil, map[string]float64{s: 1}})
		}
		replace(t, w, Day(day1, rows...))
		c := columns(t, w, "SELECT text FROM all_types ORDER BY whole")[0]
		for i, s := range texts {
			if c.Text[i] != s {
				t.Errorf("text %d: got %q, want %q", i, c.Text[i], s)
			}
		}
	}},
	{"the ends of the integers come back", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, nil, int64(math.MinInt64), nil, nil, nil}, []any{day1, nil, int64(math.MaxInt64), nil, nil, nil}))
		rows, err := w.Query(ctx, "SELECT min(whole), max(whole) FROM all_types")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var low, high int64
		if !rows.Next() {
			t.Fatalf("no row: %v", rows.Err())
		}
		if err := rows.Scan(&low, &high); err != nil || low != math.MinInt64 || high != math.MaxInt64 {
			t.Errorf("got %d, %d, %v", low, high, err)
		}
	}},
	{"the ends of the floats come back", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		want := []float64{0, math.SmallestNonzeroFloat64, math.MaxFloat64, -1.0 / 3}
		var rows [][]any
		for i, x := range want {
			rows = append(rows, []any{day1, nil, int64(i), x, nil, nil})
		}
		replace(t, w, Day(day1, rows...))
		for i, x := range columns(t, w, "SELECT real FROM all_types ORDER BY whole")[0].Numbers {
			if x != want[i] {
				t.Errorf("float %d: got %v, want %v", i, x, want[i])
			}
		}
	}},
	{"an empty map is no NULL", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, []any{day1, nil, nil, nil, nil, map[string]float64{}}))
		if c := columns(t, w, "SELECT map FROM all_types")[0]; c.Text[0] != "{}" || c.Null != nil {
			t.Errorf("got %+v", c)
		}
	}},
	{"many rows in bulk", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		const n = 5000
		load := Day(day1)
		load.Rows = func(yield func([]any) bool) {
			row := make([]any, len(Types.Columns))
			for i := range int64(n) {
				row[0], row[1], row[2] = day1, "r", i
				if !yield(row) {
					return
				}
			}
		}
		replace(t, w, load)
		c := columns(t, w, "SELECT whole FROM all_types ORDER BY whole")[0]
		if c.Len() != n || c.Numbers[0] != 0 || c.Numbers[n-1] != n-1 {
			t.Errorf("%d values came back, want %d", c.Len(), n)
		}
	}},
}
