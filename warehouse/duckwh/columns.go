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

// ReadColumns implements warehouse.Driver. It reads below database/sql, which spends more on each value than the value costs.
func (d *db) ReadColumns(ctx context.Context, query string, args []any) ([]warehouse.ColumnData, error) {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	defer conn.Close()
	var out []warehouse.ColumnData
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*duckdb.Conn)
		if !ok {
			return warehouse.Errorf(warehouse.Internal, "connection is a %T", raw)
		}
		out, err = readColumns(ctx, c, query, args)
		return err
	})
	if err != nil {
		return nil, sorted(ctx, err)
	}
	return out, nil
}

func readColumns(ctx context.Context, c *duckdb.Conn, query string, args []any) ([]warehouse.ColumnData, error) {
	bound := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, warehouse.Errorf(warehouse.Invalid, "argument %d: %w", i+1, err)
		}
		bound[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	r, err := c.QueryContext(ctx, query, bound)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	typed, ok := r.(driver.RowsColumnTypeDatabaseTypeName)
	if !ok {
		return nil, warehouse.Errorf(warehouse.Internal, "result of type %T has no column types", r)
	}
	readers := make([]*reader, len(r.Columns()))
	for i, name := range r.Columns() {
		if readers[i], err = newReader(name, typed.ColumnTypeDatabaseTypeName(i)); err != nil {
			return nil, err
		}
	}
	if err := fill(ctx, r, readers); err != nil {
		return nil, err
	}
	out := make([]warehouse.ColumnData, len(readers))
	for i, rd := range readers {
		out[i] = rd.data
	}
	return out, nil
}

func fill(ctx context.Context, r driver.Rows, readers []*reader) error {
	values := make([]driver.Value, len(readers))
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		err := r.Next(values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, v := range values {
			if err := readers[i].add(n, v); err != nil {
				return err
			}
		}
	}
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
