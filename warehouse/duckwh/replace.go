package duckwh

import (
	"context"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ReplaceDays implements warehouse.Driver. One connection holds one transaction: the old days are deleted, the new ones go
// through the Appender, which writes inside the transaction of its connection, and COMMIT makes all of it visible at once.
func (d *db) ReplaceDays(ctx context.Context, loads []warehouse.DayLoad) error {
	return d.raw(ctx, func(c *duckdb.Conn) error {
		return inTransaction(ctx, c, func() error {
			if err := deleteDays(ctx, c, loads); err != nil {
				return err
			}
			return appendDays(ctx, c, loads)
		})
	})
}

// Transact implements warehouse.Driver.
func (d *db) Transact(ctx context.Context, statements []warehouse.Statement) error {
	return d.raw(ctx, func(c *duckdb.Conn) error {
		return inTransaction(ctx, c, func() error {
			for _, s := range statements {
				bound, err := bind(s.Args)
				if err != nil {
					return err
				}
				if _, err := c.ExecContext(ctx, s.SQL, bound); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// inTransaction commits what do has done, or rolls it back when do fails or the context ends.
func inTransaction(ctx context.Context, c *duckdb.Conn, do func() error) (err error) {
	if _, err := c.ExecContext(ctx, "BEGIN TRANSACTION", nil); err != nil {
		return err
	}
	done := false
	// Also when the rows panic: an open transaction must not go back into the pool.
	defer func() {
		if !done {
			_, undo := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK", nil)
			err = errors.Join(err, undo)
		}
	}()
	if err := do(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// COMMIT runs to its end even if the context ends meanwhile, so that the answer is the truth. One that fails has rolled back.
	done = true
	_, err = c.ExecContext(context.WithoutCancel(ctx), "COMMIT", nil)
	return err
}

func deleteDays(ctx context.Context, c *duckdb.Conn, loads []warehouse.DayLoad) error {
	for _, l := range loads {
		day := []driver.NamedValue{{Ordinal: 1, Value: l.Day}}
		query := "DELETE FROM " + quote(l.Table.Name) + " WHERE " + quote(l.Table.Partition) + " = CAST(? AS DATE)"
		if _, err := c.ExecContext(ctx, query, day); err != nil {
			return err
		}
		both := []driver.NamedValue{{Ordinal: 1, Value: l.Table.Name}, {Ordinal: 2, Value: l.Day}}
		for _, table := range []string{"quarantine", "ledger"} {
			query := "DELETE FROM " + table + " WHERE table_name = ? AND day = CAST(? AS DATE)"
			if _, err := c.ExecContext(ctx, query, both); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendDays writes one table after the other, because a table has one appender.
func appendDays(ctx context.Context, c *duckdb.Conn, loads []warehouse.DayLoad) error {
	byTable := map[string][]*warehouse.DayLoad{}
	for i := range loads {
		name := loads[i].Table.Name
		byTable[name] = append(byTable[name], &loads[i])
	}
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		group := byTable[name]
		err := appendTable(ctx, c, group[0].Table, func(add func([]any) error) error {
			for _, l := range group {
				if err := appendDay(ctx, l, add); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	err := appendTable(ctx, c, warehouse.Quarantine, func(add func([]any) error) error {
		for _, l := range loads {
			for _, q := range l.Quarantine {
				if err := add([]any{l.Table.Name, l.Day, q.Source, q.Line, q.Reason}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return appendTable(ctx, c, warehouse.Ledger, func(add func([]any) error) error {
		for _, l := range loads {
			if err := add(l.Ledger.Values()); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkEvery is how many rows may pass between two looks at the context.
const checkEvery = 4096

func appendDay(ctx context.Context, l *warehouse.DayLoad, add func([]any) error) error {
	if l.Rows == nil {
		return nil
	}
	n := 0
	for row := range l.Rows {
		if err := l.CheckRow(row); err != nil {
			return err
		}
		if err := add(row); err != nil {
			return err
		}
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// appendTable opens an appender on the table, lets fill add rows, and closes it. On error what was added is dropped with the
// transaction around it.
func appendTable(ctx context.Context, c *duckdb.Conn, t warehouse.Table, fill func(add func([]any) error) error) error {
	a, err := duckdb.NewAppenderFromConn(c, "", t.Name)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			// Closing flushes what is still buffered; the rollback that follows drops it again.
			_ = a.Close()
		}
	}()
	values := make([]driver.Value, len(t.Columns))
	days := map[string]time.Time{}
	err = fill(func(row []any) error {
		for i, v := range row {
			converted, err := convert(t.Columns[i].Type, v, days)
			if err != nil {
				return err
			}
			values[i] = converted
		}
		return a.AppendRow(values...)
	})
	if err != nil {
		return err
	}
	closed = true
	return a.CloseWithCancel(ctx)
}

// convert makes of a checked value what the appender takes. Days caches parsed dates. The keys of a number map are sorted, so
// that equal maps are equal bytes.
func convert(t warehouse.Type, v any, days map[string]time.Time) (driver.Value, error) {
	switch v := v.(type) {
	case string:
		if t != warehouse.Date {
			return v, nil
		}
		day, ok := days[v]
		if !ok {
			var err error
			if day, err = time.Parse(time.DateOnly, v); err != nil {
				return nil, err
			}
			days[v] = day
		}
		return day, nil
	case map[string]float64:
		m := duckdb.OrderedMap{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			m.Set(k, v[k])
		}
		return m, nil
	}
	return v, nil
}
