// Package warehousetest is the conformance suite that every warehouse driver must pass.
package warehousetest

import (
	"context"
	"iter"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Types is a table with one column of every type.
var Types = warehouse.Table{Name: "all_types", Partition: "day", Columns: []warehouse.Column{
	{Name: "day", Type: warehouse.Date},
	{Name: "text", Type: warehouse.String},
	{Name: "whole", Type: warehouse.Int64},
	{Name: "real", Type: warehouse.Float64},
	{Name: "yes", Type: warehouse.Bool},
	{Name: "map", Type: warehouse.NumberMap},
}}

// one case of the suite: it gets its own, empty warehouse in which the table Types exists.
type testCase struct {
	name string
	run  func(*testing.T, context.Context, *warehouse.Warehouse)
}

// Run runs the suite. Open must return a new, empty, writable warehouse at each call, and close it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) *warehouse.Warehouse) {
	for _, group := range [][]testCase{valueCases, replaceCases, queryCases, nameCases, transactCases} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				w := open(t)
				if err := w.Create(t.Context(), Types); err != nil {
					t.Fatalf("create table: %v", err)
				}
				c.run(t, t.Context(), w)
			})
		}
	}
}

// Rows yields the given rows.
func Rows(rows ...[]any) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}

// Day is a load of Types with a plain ledger row.
func Day(day string, rows ...[]any) warehouse.DayLoad {
	return warehouse.DayLoad{
		Table: Types, Day: day, Rows: Rows(rows...),
		Ledger: warehouse.LedgerRow{Source: "test", Fingerprint: "f-" + day, Rows: int64(len(rows)), RunID: "run"},
	}
}

func replace(t *testing.T, w *warehouse.Warehouse, loads ...warehouse.DayLoad) {
	t.Helper()
	if err := w.ReplaceDays(t.Context(), loads); err != nil {
		t.Fatalf("replace days: %v", err)
	}
}

func columns(t *testing.T, w *warehouse.Warehouse, sql string, args ...any) []warehouse.ColumnData {
	t.Helper()
	c, err := w.ReadColumns(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("read columns: %v", err)
	}
	return c
}

// count is the single number that the query gives.
func count(t *testing.T, w *warehouse.Warehouse, sql string, args ...any) int {
	t.Helper()
	c := columns(t, w, sql, args...)
	if len(c) != 1 || len(c[0].Numbers) != 1 {
		t.Fatalf("%s gave %d columns, want one number", sql, len(c))
	}
	return int(c[0].Numbers[0])
}

func checksum(t *testing.T, w *warehouse.Warehouse, table warehouse.Table) string {
	t.Helper()
	s, err := w.Checksum(t.Context(), table)
	if err != nil {
		t.Fatalf("checksum: %v", err)
	}
	return s
}

// state is what a failed write must leave alone.
func state(t *testing.T, w *warehouse.Warehouse) [3]string {
	t.Helper()
	return [3]string{checksum(t, w, Types), checksum(t, w, warehouse.Ledger), checksum(t, w, warehouse.Quarantine)}
}

func wantKind(t *testing.T, err error, want warehouse.Kind) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one of kind %v", want)
	}
	if got := warehouse.KindOf(err); got != want {
		t.Fatalf("error has kind %v, want %v: %v", got, want, err)
	}
}
