package bqwh

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"google.golang.org/api/iterator"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Query implements warehouse.Driver. Its results are small, and read by pages.
func (d *db) Query(ctx context.Context, sql string, args []any) (warehouse.Rows, error) {
	if err := d.priced(ctx, sql, args); err != nil {
		return nil, err
	}
	job, err := d.start(ctx, sql, args, false)
	if err != nil {
		return nil, err
	}
	it, err := job.Read(ctx)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	r := &rows{ctx: ctx, it: it}
	// The schema is known for certain once the first row was asked for.
	r.fetch()
	return r, r.Err()
}

// text is the single row of a query, its values joined.
func (d *db) text(ctx context.Context, sql string, args ...any) (string, error) {
	r, err := d.Query(ctx, sql, args)
	if err != nil {
		return "", err
	}
	defer r.Close()
	if !r.Next() {
		return "", errors.Join(r.Err(), warehouse.Errorf(warehouse.Internal, "the query gave no row"))
	}
	values := make([]string, len(r.Columns()))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	err = r.Scan(dest...)
	return strings.Join(values, "-"), err
}

// rows are a result row by row, one row ahead.
type rows struct {
	ctx  context.Context
	it   *bigquery.RowIterator
	next []bigquery.Value
	row  []bigquery.Value
	err  error
	done bool
}

func (r *rows) fetch() {
	r.next = nil
	err := r.it.Next(&r.next)
	if errors.Is(err, iterator.Done) {
		r.done = true
	} else if err != nil {
		r.err, r.done = sorted(r.ctx, err), true
	}
}

// Next implements warehouse.Rows.
func (r *rows) Next() bool {
	r.row = nil
	if r.done {
		return false
	}
	if err := r.ctx.Err(); err != nil {
		r.err, r.done = sorted(r.ctx, err), true
		return false
	}
	r.row = r.next
	r.fetch()
	return true
}

// Err implements warehouse.Rows. A row that is here already comes before the failure of the next.
func (r *rows) Err() error { return r.err }

// Close implements warehouse.Rows.
func (r *rows) Close() error {
	r.done, r.row = true, nil
	return nil
}

// Columns implements warehouse.Rows.
func (r *rows) Columns() []string {
	names := make([]string, len(r.it.Schema))
	for i, f := range r.it.Schema {
		names[i] = f.Name
	}
	return names
}

// Scan implements warehouse.Rows.
func (r *rows) Scan(dest ...any) error {
	if len(dest) != len(r.row) {
		return warehouse.Errorf(warehouse.Invalid, "scan row: %d places for %d values", len(dest), len(r.row))
	}
	for i, v := range r.row {
		if err := scan(dest[i], plain(v)); err != nil {
			return warehouse.Errorf(warehouse.Invalid, "scan column %s: %w", r.it.Schema[i].Name, err)
		}
	}
	return nil
}

// plain is the value as database/sql would have it.
func plain(v bigquery.Value) any {
	switch v := v.(type) {
	case civil.Date:
		return v.In(time.UTC)
	case *big.Rat:
		x, _ := v.Float64()
		return x
	}
	return v
}

// scan puts a value into a place, in the manner of database/sql: NULL has no place in a plain variable, and a number no place in one that is
// too small for it. A day is text as YYYY-MM-DD.
func scan(dest, v any) error {
	switch p := dest.(type) {
	case *any:
		*p = v
		return nil
	case sql.Scanner:
		return p.Scan(v)
	}
	if v == nil {
		return fmt.Errorf("NULL has no place in a %T", dest)
	}
	ok := false
	switch p := dest.(type) {
	case *string:
		*p, ok = asText(v)
	case *int64:
		*p, ok = v.(int64)
	case *int:
		var n int64
		n, ok = v.(int64)
		*p = int(n)
		ok = ok && int64(*p) == n
	case *float64:
		x, err := number(v)
		*p, ok = x, err == nil
	case *bool:
		*p, ok = v.(bool)
	case *time.Time:
		*p, ok = v.(time.Time)
	case *[]byte:
		*p, ok = v.([]byte)
	}
	if !ok {
		return fmt.Errorf("a %T has no place in a %T", v, dest)
	}
	return nil
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly), true
		}
		return v.Format(time.RFC3339Nano), true
	}
	return "", false
}
