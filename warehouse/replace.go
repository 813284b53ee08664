package warehouse

import (
	"context"
	"iter"
)

// DayLoad is all that is known of one day of one table.
type DayLoad struct {
	// Table must have a partition column.
	Table Table
	// Day is the partition, YYYY-MM-DD.
	Day string
	// Rows yields the rows of the day, in the order of the table's columns, see Table.CheckRow. Nil is none. A yielded slice may
	// be reused by the next.
	Rows iter.Seq[[]any]
	// Ledger describes the load. Its table and day are filled in from Table and Day.
	Ledger LedgerRow
	// Quarantine holds the records of the day that could not be used.
	Quarantine []QuarantineRow
}

// LedgerRow is one row of the Ledger table.
type LedgerRow struct {
	Table string
	// Day is YYYY-MM-DD in the warehouse's time zone.
	Day string
	// Source is the kind of source, such as ga4/daily.
	Source string
	// Fingerprint digests the input and the settings that made the rows: equal fingerprint, equal rows.
	Fingerprint string
	Rows        int64
	// Duplicates is how many further copies of events were dropped.
	Duplicates int64
	// Quarantined is how many records could not be used.
	Quarantined int64
	// DataStart and DataEnd bound the time that the day's data covers, in microseconds UTC, half-open.
	DataStart, DataEnd int64
	// RunID names the run that loaded the day.
	RunID string
	// LoadedAt is when, in microseconds UTC.
	LoadedAt int64
	// Simulated marks data that no person made.
	Simulated bool
}

// QuarantineRow is one record that could not be used: where it was and why, without its values.
type QuarantineRow struct {
	// Source is the file or table.
	Source string
	// Line counts from 1.
	Line int64
	// Reason is one of a few fixed sentences.
	Reason string
}

// Values is the row in the order of the Ledger table.
func (r LedgerRow) Values() []any {
	return []any{
		r.Table, r.Day, r.Source, r.Fingerprint, r.Rows, r.Duplicates, r.Quarantined, r.DataStart, r.DataEnd,
		r.RunID, r.LoadedAt, r.Simulated,
	}
}

// ReplaceDays puts the given days in the place of whatever the warehouse holds for the same table and day: rows, quarantine and
// ledger, whatever their source. All days change at once or, on any error, cancellation or kill, none does; doing it twice is
// the same as once. An Invalid error names the first row that does not fit.
func (w *Warehouse) ReplaceDays(ctx context.Context, loads []DayLoad) error {
	if err := w.writable(); err != nil {
		return wrap("replace days", err)
	}
	loads = append([]DayLoad(nil), loads...)
	type key struct{ table, day string }
	seen := map[key]bool{}
	for i := range loads {
		l := &loads[i]
		if err := l.check(); err != nil {
			return wrap("replace days", err)
		}
		k := key{l.Table.Name, l.Day}
		if seen[k] {
			return wrap("replace days", Errorf(Invalid, "table %s, day %s is given twice", l.Table.Name, l.Day))
		}
		seen[k] = true
		l.Ledger.Table, l.Ledger.Day = l.Table.Name, l.Day
	}
	if len(loads) == 0 {
		return nil
	}
	return wrap("replace days", w.driver.ReplaceDays(ctx, loads))
}

func (l *DayLoad) check() error {
	if err := l.Table.Check(); err != nil {
		return err
	}
	if l.Table.Partition == "" {
		return Errorf(Invalid, "table %s has no partition column, so it has no days", l.Table.Name)
	}
	if err := CheckDay(l.Day); err != nil {
		return err
	}
	for _, q := range l.Quarantine {
		if err := Quarantine.CheckRow([]any{l.Table.Name, l.Day, q.Source, q.Line, q.Reason}); err != nil {
			return err
		}
	}
	l.Ledger.Table, l.Ledger.Day = l.Table.Name, l.Day
	return Ledger.CheckRow(l.Ledger.Values())
}

// CheckRow is Table.CheckRow, and refuses a row of another day.
func (l *DayLoad) CheckRow(row []any) error {
	if err := l.Table.CheckRow(row); err != nil {
		return err
	}
	if row[l.Table.Index(l.Table.Partition)] != any(l.Day) {
		return Errorf(Invalid, "row of %s, column %s: another day than the load's, %s", l.Table.Name, l.Table.Partition, l.Day)
	}
	return nil
}

// LedgerRows reads the ledger, ordered by table and day.
func (w *Warehouse) LedgerRows(ctx context.Context) ([]LedgerRow, error) {
	rows, err := w.driver.Query(ctx, `SELECT table_name, CAST(day AS STRING), source, fingerprint, rows_loaded, duplicates,
		quarantined, data_start, data_end, run_id, loaded_at, simulated FROM ledger ORDER BY table_name, day, source`, nil)
	if err != nil {
		return nil, wrap("read ledger", err)
	}
	defer rows.Close()
	var out []LedgerRow
	for rows.Next() {
		var r LedgerRow
		err := rows.Scan(&r.Table, &r.Day, &r.Source, &r.Fingerprint, &r.Rows, &r.Duplicates, &r.Quarantined,
			&r.DataStart, &r.DataEnd, &r.RunID, &r.LoadedAt, &r.Simulated)
		if err != nil {
			return nil, wrap("read ledger", err)
		}
		out = append(out, r)
	}
	return out, wrap("read ledger", rows.Err())
}

// Settings reads the settings that the loads of this warehouse share.
func (w *Warehouse) Settings(ctx context.Context) (map[string]string, error) {
	rows, err := w.driver.Query(ctx, "SELECT name, value FROM settings ORDER BY name", nil)
	if err != nil {
		return nil, wrap("read settings", err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, wrap("read settings", err)
		}
		out[name] = value
	}
	return out, wrap("read settings", rows.Err())
}

// SaveSettings inserts or replaces settings, all or none.
func (w *Warehouse) SaveSettings(ctx context.Context, settings map[string]string) error {
	if err := w.writable(); err != nil {
		return wrap("save settings", err)
	}
	for name, value := range settings {
		if err := CheckName(name); err != nil {
			return wrap("save settings", err)
		}
		if err := Settings.CheckRow([]any{name, value}); err != nil {
			return wrap("save settings", err)
		}
	}
	return wrap("save settings", w.driver.SaveSettings(ctx, settings))
}
