package warehousetest

import (
	"context"
	"errors"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var transactCases = []testCase{
	{"a transaction does all", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		err := w.Transact(ctx, warehouse.Statement{SQL: "DELETE FROM all_types WHERE day = CAST(? AS DATE) AND whole = ?", Args: []any{day1, 1}},
			warehouse.Statement{SQL: "INSERT INTO settings (name, value) VALUES (?, ?)", Args: []any{"a", "it's; \"one\" ?"}})
		if err != nil {
			t.Fatal(err)
		}
		settings, err := w.Settings(ctx)
		if err != nil || settings["a"] != "it's; \"one\" ?" {
			t.Errorf("settings %v, %v", settings, err)
		}
		if n := count(t, w, "SELECT COUNT(*) FROM all_types WHERE day = DATE '"+day1+"'"); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	}},
	{"a transaction does nothing when a part fails", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		before := state(t, w)
		err := w.Transact(ctx, warehouse.Statement{SQL: "DELETE FROM all_types WHERE day = CAST(? AS DATE)", Args: []any{day1}},
			warehouse.Statement{SQL: "INSERT INTO no_such_table (a) VALUES (1)"})
		if err == nil {
			t.Fatal("no error")
		}
		if after := state(t, w); after != before {
			t.Errorf("the tables changed: %v, were %v", after, before)
		}
	}},
	{"no statement is nothing to do", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		if err := w.Transact(ctx); err != nil {
			t.Error(err)
		}
	}},
	{"a day is replaced from a query", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)), Day(day2, row(day2, 3)))
		query := warehouse.Statement{
			SQL:  "SELECT CAST(? AS DATE), text, whole + ?, real, yes, map FROM all_types WHERE day = CAST(? AS DATE) AND whole > ?",
			Args: []any{day1, 10, day2, 1},
		}
		for range 2 {
			if err := w.ReplaceDay(ctx, Types, day1, query, warehouse.LedgerRow{Source: "query", Fingerprint: "q"}); err != nil {
				t.Fatal(err)
			}
			if n := count(t, w, "SELECT SUM(whole) FROM all_types WHERE day = DATE '"+day1+"'"); n != 13 {
				t.Errorf("the day has the sum %d, want 13", n)
			}
		}
		if n := count(t, w, "SELECT SUM(whole) FROM all_types WHERE day = DATE '"+day2+"'"); n != 3 {
			t.Errorf("another day has the sum %d, want 3", n)
		}
		ledger, err := w.LedgerRows(ctx)
		if err != nil || len(ledger) != 2 || ledger[0].Rows != 1 || ledger[0].Source != "query" {
			t.Errorf("ledger %+v, %v", ledger, err)
		}
	}},
	{"a stream adds up", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2), row(day1, 3)))
		sum, batches := 0.0, 0
		err := w.Stream(ctx, "SELECT whole, text FROM all_types WHERE day = CAST(? AS DATE)", []any{day1}, func(batch []warehouse.ColumnData) error {
			batches++
			if len(batch) != 2 || batch[0].Name != "whole" || len(batch[0].Numbers) != len(batch[1].Text) {
				t.Errorf("batch %+v", batch)
			}
			for _, v := range batch[0].Numbers {
				sum += v
			}
			return nil
		})
		if err != nil || sum != 6 || batches == 0 {
			t.Errorf("sum %v of %d batches, %v", sum, batches, err)
		}
	}},
	{"a stream of nothing names its columns", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		batches := 0
		err := w.Stream(ctx, "SELECT whole, text FROM all_types WHERE day = CAST(? AS DATE)", []any{day1}, func(batch []warehouse.ColumnData) error {
			batches++
			if len(batch) != 2 || batch[1].Name != "text" || batch[1].Type != warehouse.String || batch[0].Len() != 0 {
				t.Errorf("batch %+v", batch)
			}
			return nil
		})
		if err != nil || batches != 1 {
			t.Errorf("%d batches, %v", batches, err)
		}
	}},
	{"an error of the reader ends the stream", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		full := errors.New("full")
		err := w.Stream(ctx, "SELECT whole FROM all_types WHERE day = CAST(? AS DATE)", []any{day1}, func([]warehouse.ColumnData) error { return full })
		if !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	}},
	{"tables are described", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		tables, err := w.Tables(ctx, "", "all_")
		if err != nil || len(tables) != 1 || tables[0].Name != Types.Name || tables[0].View {
			t.Fatalf("tables %+v, %v", tables, err)
		}
		names := map[string]bool{}
		for _, c := range tables[0].Columns {
			names[c.Name] = true
		}
		for _, c := range Types.Columns {
			if !names[c.Name] {
				t.Errorf("column %s is missing from %v", c.Name, tables[0].Columns)
			}
		}
		if none, err := w.Tables(ctx, "", "nothing_"); err != nil || len(none) != 0 {
			t.Errorf("tables of no such prefix: %+v, %v", none, err)
		}
	}},
}
