package duckwh

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// batchRows is how many rows a batch of Stream holds at the most: 60 columns of them are 15 MiB.
const batchRows = 1 << 15

// Stream implements warehouse.Driver. It reads below database/sql, which spends more on each value than the value costs.
func (d *db) Stream(ctx context.Context, query string, args []any, fn func([]warehouse.ColumnData) error) error {
	return d.raw(ctx, func(c *duckdb.Conn) error { return stream(ctx, c, query, args, fn) })
}

// raw lends one connection to do.
func (d *db) raw(ctx context.Context, do func(*duckdb.Conn) error) error {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return sorted(ctx, err)
	}
	defer conn.Close()
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*duckdb.Conn)
		if !ok {
			return warehouse.Errorf(warehouse.Internal, "connection is a %T", raw)
		}
		return do(c)
	})
	return sorted(ctx, err)
}

func bind(args []any) ([]driver.NamedValue, error) {
	bound := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, warehouse.Errorf(warehouse.Invalid, "argument %d: %w", i+1, err)
		}
		bound[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return bound, nil
}

func stream(ctx context.Context, c *duckdb.Conn, query string, args []any, fn func([]warehouse.ColumnData) error) error {
	bound, err := bind(args)
	if err != nil {
		return err
	}
	r, err := c.QueryContext(ctx, query, bound)
	if err != nil {
		return err
	}
	defer r.Close()
	typed, ok := r.(driver.RowsColumnTypeDatabaseTypeName)
	if !ok {
		return warehouse.Errorf(warehouse.Internal, "result of type %T has no column types", r)
	}
	readers := make([]*reader, len(r.Columns()))
	for i, name := range r.Columns() {
		if readers[i], err = newReader(name, typed.ColumnTypeDatabaseTypeName(i)); err != nil {
			return err
		}
	}
	out := make([]warehouse.ColumnData, len(readers))
	for first := true; ; first = false {
		n, err := fill(ctx, r, readers)
		if err != nil {
			return err
		}
		if n > 0 || first {
			for i, rd := range readers {
				out[i] = rd.data
			}
			if err := fn(out); err != nil {
				return err
			}
		}
		if n < batchRows {
			return nil
		}
		for _, rd := range readers {
			rd.reset()
		}
	}
}

// fill reads up to batchRows rows and tells how many there were.
func fill(ctx context.Context, r driver.Rows, readers []*reader) (int, error) {
	values := make([]driver.Value, len(readers))
	for n := range batchRows {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		err := r.Next(values)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		for i, v := range values {
			if err := readers[i].add(n, v); err != nil {
				return n, err
			}
		}
	}
	return batchRows, nil
}

// reader collects one column.
type reader struct {
	data    warehouse.ColumnData
	numeric bool
}

func newReader(name, duckType string) (*reader, error) {
	r := &reader{data: warehouse.ColumnData{Name: name}, numeric: true}
	switch base, _, _ := strings.Cut(duckType, "("); base {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT":
		r.data.Type = warehouse.Int64
	case "FLOAT", "DOUBLE", "DECIMAL":
		r.data.Type = warehouse.Float64
	case "BOOLEAN":
		r.data.Type = warehouse.Bool
	case "VARCHAR", "ENUM":
		r.data.Type, r.numeric = warehouse.String, false
	case "DATE":
		r.data.Type, r.numeric = warehouse.Date, false
	case "MAP":
		r.data.Type, r.numeric = warehouse.NumberMap, false
	default:
		return nil, warehouse.Errorf(warehouse.Invalid, "column %s has type %s, which has no column form; cast it in the query",
			name, duckType)
	}
	return r, nil
}

// reset empties the column for the next batch, and keeps its room.
func (r *reader) reset() {
	r.data.Numbers, r.data.Text, r.data.Null = r.data.Numbers[:0], r.data.Text[:0], nil
}

func (r *reader) add(n int, v driver.Value) error {
	null := v == nil
	if null && r.data.Null == nil {
		r.data.Null = make([]bool, n)
	}
	if r.data.Null != nil {
		r.data.Null = append(r.data.Null, null)
	}
	if r.numeric {
		x, err := number(v)
		r.data.Numbers = append(r.data.Numbers, x)
		return r.named(err)
	}
	s, err := text(v)
	r.data.Text = append(r.data.Text, s)
	return r.named(err)
}

func (r *reader) named(err error) error {
	if err == nil {
		return nil
	}
	return warehouse.Errorf(warehouse.Invalid, "column %s: %w", r.data.Name, err)
}

func number(v driver.Value) (float64, error) {
	switch v := v.(type) {
	case nil:
		return math.NaN(), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case int32:
		return float64(v), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case int8:
		return float64(v), nil
	case int16:
		return float64(v), nil
	case uint8:
		return float64(v), nil
	case uint16:
		return float64(v), nil
	case uint32:
		return float64(v), nil
	case uint64:
		return float64(v), nil
	case float32:
		return float64(v), nil
	case *big.Int:
		x, _ := new(big.Float).SetInt(v).Float64()
		return x, nil
	case duckdb.Decimal:
		return v.Float64(), nil
	}
	return 0, fmt.Errorf("value is a %T, want a number", v)
}

func text(v driver.Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case time.Time:
		return v.Format(time.DateOnly), nil
	case duckdb.OrderedMap:
		m := make(map[string]any, v.Len())
		values := v.Values()
		for i, k := range v.Keys() {
			name, ok := k.(string)
			if !ok {
				return "", fmt.Errorf("key of a map is a %T, want text", k)
			}
			m[name] = values[i]
		}
		b, err := json.Marshal(m)
		return string(b), err
	}
	return "", fmt.Errorf("value is a %T, want text", v)
}
