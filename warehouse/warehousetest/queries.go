package warehousetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var queryCases = []testCase{
	{"arguments are bound", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		hostile := "x'; DROP TABLE all_types; --"
		replace(t, w, Day(day1, []any{day1, hostile, int64(4), nil, nil, nil}, row(day1, 5)))
		if n := count(t, w, "SELECT whole FROM all_types WHERE text = ?", hostile); n != 4 {
			t.Errorf("got %d, want 4", n)
		}
	}},
	{"statements change data", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		if err := w.Exec(ctx, "DELETE FROM all_types WHERE whole = ?", 1); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM all_types"); n != 1 {
			t.Errorf("%d rows are left, want 1", n)
		}
	}},
	{"rows are scanned", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		rows, err := w.Query(ctx, "SELECT whole, text FROM all_types ORDER BY whole")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if c := rows.Columns(); len(c) != 2 || c[1] != "text" {
			t.Errorf("columns %v", c)
		}
		n := 0
		for rows.Next() {
			var whole int
			var text string
			if err := rows.Scan(&whole, &text); err != nil {
				t.Fatal(err)
			}
			n += whole
		}
		if rows.Err() != nil || n != 3 {
			t.Errorf("sum %d, %v", n, rows.Err())
		}
	}},
	{"bad SQL is a bad query", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		wantKind(t, w.Exec(ctx, "SELEC 1"), warehouse.BadQuery)
		_, err := w.Query(ctx, "SELECT no_such_column FROM all_types")
		wantKind(t, err, warehouse.BadQuery)
		_, err = w.ReadColumns(ctx, "SELECT CAST('x' AS INT64)")
		wantKind(t, err, warehouse.BadQuery)
	}},
	{"a missing table is not found", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		_, err := w.ReadColumns(ctx, "SELECT 1 FROM no_such_table")
		wantKind(t, err, warehouse.NotFound)
		err = w.ReplaceDays(ctx, []warehouse.DayLoad{{Table: warehouse.Table{
			Name: "no_such_table", Partition: "day", Columns: Types.Columns,
		}, Day: day1}})
		wantKind(t, err, warehouse.NotFound)
	}},
	{"a cancelled context stops", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, err := w.ReadColumns(ctx, "SELECT 1")
		wantKind(t, err, warehouse.Canceled)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap context.Canceled", err)
		}
		wantKind(t, w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day1, row(day1, 1))}), warehouse.Canceled)
	}},
	{"readers see whole days while days are replaced", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		const n = 300
		load := func(version int64) warehouse.DayLoad {
			l := Day(day1)
			l.Rows = func(yield func([]any) bool) {
				for range n {
					if !yield([]any{day1, nil, version, nil, nil, nil}) {
						return
					}
				}
			}
			return l
		}
		replace(t, w, load(0))
		stop := make(chan struct{})
		var readers sync.WaitGroup
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := columns(t, w, "SELECT count(*), min(whole), max(whole) FROM all_types")
				if c[0].Numbers[0] != n || c[1].Numbers[0] != c[2].Numbers[0] {
					t.Errorf("torn day: %v rows of versions %v to %v", c[0].Numbers, c[1].Numbers, c[2].Numbers)
					return
				}
			}
		})
		for v := range int64(10) {
			replace(t, w, load(v))
		}
		close(stop)
		readers.Wait()
	}},
	{"settings come back and are replaced", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		for _, zone := range []string{"UTC", "Asia/Seoul"} {
			if err := w.SaveSettings(ctx, map[string]string{"zone": zone, "other": "x"}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := w.Settings(ctx)
		if err != nil || len(got) != 2 || got["zone"] != "Asia/Seoul" {
			t.Errorf("got %v, %v", got, err)
		}
	}},
}

var nameCases = []testCase{
	{"bad table names are refused", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		for _, name := range []string{"", "1st", "a b", `x"; DROP TABLE ledger; --`, "Ünder", "Events", "a.b"} {
			table := warehouse.Table{Name: name, Columns: []warehouse.Column{{Name: "a", Type: warehouse.Int64}}}
			wantKind(t, w.Create(ctx, table), warehouse.Invalid)
			_, err := w.Checksum(ctx, table)
			wantKind(t, err, warehouse.Invalid)
		}
	}},
	{"bad columns are refused", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		a := warehouse.Column{Name: "a", Type: warehouse.Int64}
		for _, table := range []warehouse.Table{
			{Name: "t"},
			{Name: "t", Columns: []warehouse.Column{{Name: "a-b"}}},
			{Name: "t", Columns: []warehouse.Column{a, a}},
			{Name: "t", Columns: []warehouse.Column{{Name: "a", Type: 99}}},
			{Name: "t", Partition: "a", Columns: []warehouse.Column{a}},
			{Name: "t", Partition: "day", Columns: []warehouse.Column{a}},
		} {
			wantKind(t, w.Create(ctx, table), warehouse.Invalid)
		}
	}},
	{"bad days are refused", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		for _, day := range []string{"", "20260301", "2026-02-30", "2026-3-1", "2026-03-01' OR 1=1"} {
			wantKind(t, w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day)}), warehouse.Invalid)
		}
	}},
	{"a day twice in one call is refused", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		wantKind(t, w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day1), Day(day1)}), warehouse.Invalid)
	}},
	{"a table without days is refused", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		wantKind(t, w.ReplaceDays(ctx, []warehouse.DayLoad{{Table: warehouse.Ledger, Day: day1}}), warehouse.Invalid)
	}},
	{"creating a table again is nothing", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		if err := w.Create(ctx, Types); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM all_types"); n != 1 {
			t.Errorf("%d rows are left, want 1", n)
		}
	}},
	{"a table with other columns is a conflict", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		other := Types
		other.Columns = append([]warehouse.Column{}, Types.Columns...)
		other.Columns[2].Type = warehouse.String
		wantKind(t, w.Create(ctx, other), warehouse.Conflict)
		other.Columns = Types.Columns[:4]
		wantKind(t, w.Create(ctx, other), warehouse.Conflict)
	}},
	{"keywords may be names", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		table := warehouse.Table{Name: "select", Partition: "order", Columns: []warehouse.Column{{Name: "order", Type: warehouse.Date}}}
		if err := w.Create(ctx, table); err != nil {
			t.Fatal(err)
		}
		replace(t, w, warehouse.DayLoad{Table: table, Day: day1, Rows: Rows([]any{day1})})
	}},
}
