package bqwh

import (
	"context"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/bigquery"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// start runs one statement to its end, whose price was seen.
func (d *db) start(ctx context.Context, sql string, args []any, writes bool, state ...any) (*bigquery.Job, error) {
	q, err := d.query(sql, args)
	if err != nil {
		return nil, err
	}
	key := d.key(append(append([]any{sql}, args...), state...)...)
	return d.do(ctx, key, writes, func(ctx context.Context, id string) (*bigquery.Job, error) {
		q.JobID = id
		return q.Run(ctx)
	})
}

// Exec implements warehouse.Driver.
func (d *db) Exec(ctx context.Context, sql string, args []any) error {
	if d.opt.ReadOnly {
		return warehouse.Errorf(warehouse.ReadOnly, "the warehouse was opened for reading")
	}
	if err := d.priced(ctx, sql, args); err != nil {
		return err
	}
	_, err := d.start(ctx, sql, args, true)
	return err
}

// Transact implements warehouse.Driver: one script that is one transaction (cloud.google.com/bigquery/docs/transactions). BigQuery knows
// the price of a script's statements only one by one.
func (d *db) Transact(ctx context.Context, statements []warehouse.Statement) error {
	return d.transact(ctx, statements)
}

// transact runs the transaction. The state is what else makes it another one than the same statements before. BigQuery ends the later of two
// transactions that change one table; those of this process wait for each other, and one that met another process's tries again.
func (d *db) transact(ctx context.Context, statements []warehouse.Statement, state ...any) error {
	for _, s := range statements {
		if err := d.priced(ctx, s.SQL, s.Args); err != nil {
			return err
		}
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return sorted(ctx, ctx.Err())
	}
	sql, args := script(statements)
	for try := 1; ; try++ {
		_, err := d.start(ctx, sql, args, true, state...)
		if err == nil || try == tries || !collided(err) || !d.pause(ctx, try) {
			return err
		}
	}
}

// script is the transaction as one text, and the values of all its places in order.
func script(statements []warehouse.Statement) (string, []any) {
	var text strings.Builder
	var args []any
	text.WriteString(begin)
	for _, s := range statements {
		// A comment may end the statement, so that the semicolon needs a line of its own.
		text.WriteString(strings.TrimRight(strings.TrimSpace(s.SQL), ";") + "\n;\n")
		args = append(args, s.Args...)
	}
	text.WriteString("COMMIT TRANSACTION;")
	return text.String(), args
}

// SaveSettings implements warehouse.Driver.
func (d *db) SaveSettings(ctx context.Context, settings map[string]string) error {
	var statements []warehouse.Statement
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		statements = append(statements,
			warehouse.Statement{SQL: "DELETE FROM settings WHERE name = ?", Args: []any{name}},
			warehouse.Statement{SQL: "INSERT INTO settings (name, value) VALUES (?, ?)", Args: []any{name, settings[name]}})
	}
	if len(statements) == 0 {
		return nil
	}
	return d.transact(ctx, statements)
}

// Checksum implements warehouse.Driver: the number of rows, and two sums and the exclusive or of their 64-bit fingerprints. A number map is
// taken in the order of its keys.
func (d *db) Checksum(ctx context.Context, t warehouse.Table) (string, error) {
	fields := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = quote(c.Name)
		if c.Type == warehouse.NumberMap {
			fields[i] = "ARRAY(SELECT AS STRUCT p.key, p.value FROM UNNEST(" + quote(c.Name) + ") AS p ORDER BY p.key, p.value)"
		}
	}
	where := ""
	if t.Partition != "" {
		where = " WHERE " + quote(t.Partition) + " >= DATE '0001-01-01'"
	}
	sql := `SELECT COUNT(*), COALESCE(SUM(h & 0xffffffff), 0), COALESCE(SUM((h >> 32) & 0xffffffff), 0), COALESCE(BIT_XOR(h), 0)
FROM (SELECT FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(` + strings.Join(fields, ", ") + "))) AS h FROM " + quote(t.Name) + where + ") AS hashed"
	return d.text(ctx, sql)
}
