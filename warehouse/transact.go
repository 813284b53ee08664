package warehouse

import (
	"context"
	"strings"
)

// Statement is one SQL statement, with the values bound to its ? in order.
type Statement struct {
	SQL  string
	Args []any
}

// Transact runs statements that give no result, in order and all or none of them: on any error, cancellation or kill the tables are
// as they were. The statements read and write rows; those that make or drop tables are refused by some warehouses.
func (w *Warehouse) Transact(ctx context.Context, statements ...Statement) error {
	if err := w.writable(); err != nil {
		return wrap("run transaction", err)
	}
	if len(statements) == 0 {
		return nil
	}
	return wrap("run transaction", w.driver.Transact(ctx, statements))
}

// ReplaceDay is the transaction that puts the rows of a query in the place of whatever the warehouse holds for the table's day,
// together with the ledger row, of which the number of rows is counted by the warehouse: the way of ReplaceDays for rows that are in
// the warehouse already. The query gives the table's columns in their order, and rows of that day only; the rows that it replaces are gone when it is asked. What else the transaction
// must do, such as filling the quarantine, comes last.
func (w *Warehouse) ReplaceDay(ctx context.Context, t Table, day string, query Statement, ledger LedgerRow, also ...Statement) error {
	statements, err := replaceDay(t, day, query, ledger)
	if err != nil {
		return wrap("replace day", err)
	}
	return wrap("replace day "+day+" of "+t.Name, w.Transact(ctx, append(statements, also...)...))
}

func replaceDay(t Table, day string, query Statement, ledger LedgerRow) ([]Statement, error) {
	load := DayLoad{Table: t, Day: day, Ledger: ledger}
	if err := load.check(); err != nil {
		return nil, err
	}
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = c.Name
	}
	l := load.Ledger
	return []Statement{
		{"DELETE FROM " + t.Name + " WHERE " + t.Partition + " = CAST(? AS DATE)", []any{day}},
		{"INSERT INTO " + t.Name + " (" + strings.Join(columns, ", ") + ")\n" + query.SQL, query.Args},
		{"DELETE FROM ledger WHERE table_name = ? AND day = CAST(? AS DATE)", []any{t.Name, day}},
		{
			"INSERT INTO ledger (table_name, day, source, fingerprint, rows_loaded, duplicates, quarantined, data_start, data_end, " +
				"run_id, loaded_at, simulated)\nSELECT ?, CAST(? AS DATE), ?, ?, COUNT(*), ?, ?, ?, ?, ?, ?, ? FROM " + t.Name +
				" WHERE " + t.Partition + " = CAST(? AS DATE)",
			[]any{
				l.Table, l.Day, l.Source, l.Fingerprint, l.Duplicates, l.Quarantined, l.DataStart, l.DataEnd, l.RunID, l.LoadedAt,
				l.Simulated, day,
			},
		},
	}, nil
}

// TableInfo describes a table that is there.
type TableInfo struct {
	Name string
	// Rows is how many rows it has, Bytes its logical size, 0 where the warehouse does not know it.
	Rows, Bytes int64
	// Modified is when it last changed, in microseconds UTC, 0 where the warehouse does not know it.
	Modified int64
	// View is true for what holds no rows of its own.
	View bool
	// Columns are its columns in order. A field of a record is named by its path, such as device.category.
	Columns []ColumnInfo
}

// ColumnInfo is a column of a TableInfo. Type is the warehouse's own word, Repeated marks an array.
type ColumnInfo struct {
	Name, Type string
	Repeated   bool
}

// Tables describes the tables whose names begin with the prefix, in order of name. The dataset is one of another place that the same
// warehouse reads, such as project.analytics_123456789; "" is the warehouse's own.
func (w *Warehouse) Tables(ctx context.Context, dataset, prefix string) ([]TableInfo, error) {
	tables, err := w.driver.Tables(ctx, dataset, prefix)
	return tables, wrap("list tables", err)
}

// Stream runs a query and hands its rows over in batches, so that a result need not fit into memory. The rows of a query without
// ORDER BY come in any order, read from several places at once where the warehouse can. fn runs on one goroutine at a time and may not
// keep the batch; an error of it ends the reading and is returned.
func (w *Warehouse) Stream(ctx context.Context, sql string, args []any, fn func(batch []ColumnData) error) error {
	return wrap("stream query", w.driver.Stream(ctx, sql, args, fn))
}
