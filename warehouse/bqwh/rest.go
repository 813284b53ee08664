package bqwh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"google.golang.org/api/iterator"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// batchRows is how many rows a batch of REST reading holds at the most.
const batchRows = 1 << 14

// Stream implements warehouse.Driver: over the Storage Read API, which reads from several streams at once, or else by pages.
func (d *db) Stream(ctx context.Context, sql string, args []any, fn func([]warehouse.ColumnData) error) error {
	if err := d.priced(ctx, sql, args); err != nil {
		return err
	}
	job, err := d.start(ctx, sql, args, false)
	if err != nil {
		return err
	}
	if d.set.Reader != nil && !d.set.REST {
		return sorted(ctx, d.readStreams(ctx, job, ordered(sql), fn))
	}
	it, err := job.Read(ctx)
	if err != nil {
		return sorted(ctx, err)
	}
	return readPages(ctx, it, fn)
}

// readPages reads the rows of a result as JSON.
func readPages(ctx context.Context, it *bigquery.RowIterator, fn func([]warehouse.ColumnData) error) error {
	it.PageInfo().MaxSize = batchRows
	// The schema is known from the job; an emulator tells it with the first page.
	var columns []warehouse.ColumnData
	for first := true; ; first = false {
		n, err := fillPage(it, &columns)
		if err != nil {
			return sorted(ctx, err)
		}
		if ctx.Err() != nil {
			return sorted(ctx, ctx.Err())
		}
		if n > 0 || first {
			if err := fn(columns); err != nil {
				return err
			}
		}
		if n < batchRows {
			return nil
		}
		for i := range columns {
			reset(&columns[i])
		}
	}
}

// fillPage reads up to batchRows rows and tells how many there were.
func fillPage(it *bigquery.RowIterator, columns *[]warehouse.ColumnData) (int, error) {
	var values []bigquery.Value
	for n := range batchRows {
		err := it.Next(&values)
		done := errors.Is(err, iterator.Done)
		if err != nil && !done {
			return n, err
		}
		if *columns == nil {
			if *columns, err = columnsOf(it.Schema); err != nil {
				return n, err
			}
		}
		if done {
			return n, nil
		}
		for i := range *columns {
			if err := add(&(*columns)[i], values[i]); err != nil {
				return n, err
			}
		}
	}
	return batchRows, nil
}

// reset empties the column for the next batch, and keeps its room.
func reset(c *warehouse.ColumnData) {
	c.Numbers, c.Text, c.Null = c.Numbers[:0], c.Text[:0], nil
}

// columnsOf are empty columns of the schema's types.
func columnsOf(schema bigquery.Schema) ([]warehouse.ColumnData, error) {
	columns := make([]warehouse.ColumnData, len(schema))
	for i, f := range schema {
		t, ok := typeOf(f)
		if !ok {
			return nil, noForm(f.Name, string(f.Type))
		}
		columns[i] = warehouse.ColumnData{Name: f.Name, Type: t}
	}
	return columns, nil
}

func noForm(column, typ string) error {
	return warehouse.Errorf(warehouse.Invalid, "column %s has type %s, which has no column form; cast it in the query", column, typ)
}

func typeOf(f *bigquery.FieldSchema) (warehouse.Type, bool) {
	if f.Repeated {
		return warehouse.NumberMap, isNumberMap(f)
	}
	switch f.Type {
	case bigquery.StringFieldType:
		return warehouse.String, true
	case bigquery.IntegerFieldType:
		return warehouse.Int64, true
	case bigquery.FloatFieldType, floatType, bigquery.NumericFieldType, bigquery.BigNumericFieldType:
		return warehouse.Float64, true
	case bigquery.BooleanFieldType:
		return warehouse.Bool, true
	case bigquery.DateFieldType:
		return warehouse.Date, true
	}
	return 0, false
}

func isNumberMap(f *bigquery.FieldSchema) bool {
	return f.Type == bigquery.RecordFieldType && len(f.Schema) == 2 && f.Schema[0].Name == "key" && f.Schema[1].Name == "value"
}

// add appends a value of a row.
func add(c *warehouse.ColumnData, v bigquery.Value) error {
	null := v == nil && c.Type != warehouse.NumberMap
	if null && c.Null == nil {
		c.Null = make([]bool, c.Len())
	}
	if c.Null != nil {
		c.Null = append(c.Null, null)
	}
	switch c.Type {
	case warehouse.Int64, warehouse.Float64, warehouse.Bool:
		x, err := number(v)
		c.Numbers = append(c.Numbers, x)
		return named(c.Name, err)
	case warehouse.NumberMap:
		s, err := pairs(v)
		c.Text = append(c.Text, s)
		return named(c.Name, err)
	}
	s, err := text(v)
	c.Text = append(c.Text, s)
	return named(c.Name, err)
}

func named(column string, err error) error {
	if err == nil {
		return nil
	}
	return warehouse.Errorf(warehouse.Invalid, "column %s: %w", column, err)
}

func number(v bigquery.Value) (float64, error) {
	switch v := v.(type) {
	case nil:
		return math.NaN(), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case *big.Rat:
		x, _ := v.Float64()
		return x, nil
	}
	return 0, fmt.Errorf("value is a %T, want a number", v)
}

func text(v bigquery.Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case civil.Date:
		return v.String(), nil
	}
	return "", fmt.Errorf("value is a %T, want text", v)
}

// pairs makes a JSON object of a repeated record of a key and a value.
func pairs(v bigquery.Value) (string, error) {
	items, ok := v.([]bigquery.Value)
	if !ok && v != nil {
		return "", fmt.Errorf("value is a %T, want keys and values", v)
	}
	m := make(map[string]float64, len(items))
	for _, item := range items {
		pair, ok := item.([]bigquery.Value)
		if !ok || len(pair) != 2 {
			return "", fmt.Errorf("item is a %T, want a key and a value", item)
		}
		key, err := text(pair[0])
		if err != nil {
			return "", err
		}
		if m[key], err = number(pair[1]); err != nil {
			return "", err
		}
	}
	return numberMap(m)
}

// numberMap is a JSON object with sorted keys. What JSON cannot hold is left out, like a parameter that the event does not have.
func numberMap(m map[string]float64) (string, error) {
	for k, x := range m {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			delete(m, k)
		}
	}
	b, err := json.Marshal(m)
	return string(b), err
}
