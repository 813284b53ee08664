package bqwh

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// groupRows is how many rows are held in memory before they are written.
const groupRows = 1 << 16

// writeFile writes the rows that fill adds into a Parquet file, and gives its SHA-256 and the number of rows. The same rows are the same
// bytes.
func writeFile(path string, t warehouse.Table, fill func(add func([]any) error) error) (sum string, rows int, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, warehouse.Errorf(warehouse.Unavailable, "make the file to load: %w", err)
	}
	// Also when the rows panic.
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	err = writeParquet(io.MultiWriter(file, h), t, func(add func([]any) error) error {
		return fill(func(row []any) error {
			rows++
			return add(row)
		})
	})
	return hex.EncodeToString(h.Sum(nil)), rows, err
}

// writeParquet writes the rows that fill adds.
func writeParquet(w io.Writer, t warehouse.Table, fill func(add func([]any) error) error) error {
	writer := parquet.NewWriter(w, parquetSchema(t), parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows),
		parquet.CreatedBy("calback", "1", ""))
	order := leafOrder(t)
	var row parquet.Row
	err := fill(func(values []any) error {
		row = row[:0]
		place := 0
		for _, i := range order {
			var err error
			if row, err = appendValue(row, place, t.Columns[i].Type, values[i]); err != nil {
				return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
			}
			place += leaves(t.Columns[i].Type)
		}
		_, err := writer.WriteRows([]parquet.Row{row})
		return err
	})
	if err != nil {
		return err
	}
	return writer.Close()
}

// parquetSchema has one column a column of the table; a number map is a repeated group of a key and a value, which BigQuery reads as a
// repeated record of that name.
func parquetSchema(t warehouse.Table) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range t.Columns {
		group[c.Name] = parquetNode(c.Type)
	}
	return parquet.NewSchema(t.Name, group)
}

func parquetNode(t warehouse.Type) parquet.Node {
	switch t {
	case warehouse.String:
		return parquet.Optional(parquet.String())
	case warehouse.Int64:
		return parquet.Optional(parquet.Leaf(parquet.Int64Type))
	case warehouse.Float64:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case warehouse.Bool:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	case warehouse.Date:
		return parquet.Optional(parquet.Date())
	}
	return parquet.Repeated(parquet.Group{"key": parquet.Optional(parquet.String()), "value": parquet.Optional(parquet.Leaf(parquet.DoubleType))})
}

// leafOrder are the table's columns in the order of a Parquet group, which is that of their names.
func leafOrder(t warehouse.Table) []int {
	order := make([]int, len(t.Columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if t.Columns[a].Name < t.Columns[b].Name {
			return -1
		}
		return 1
	})
	return order
}

// leaves is how many leaf columns a column has.
func leaves(t warehouse.Type) int {
	if t == warehouse.NumberMap {
		return 2
	}
	return 1
}

// appendValue adds the value's leaves with their repetition and definition levels.
func appendValue(row parquet.Row, place int, t warehouse.Type, v any) (parquet.Row, error) {
	if t == warehouse.NumberMap {
		return appendMap(row, place, v), nil
	}
	if v == nil {
		return append(row, parquet.NullValue().Level(0, 0, place)), nil
	}
	if day, ok := v.(string); ok && t == warehouse.Date {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return row, err
		}
		return append(row, parquet.Int32Value(int32(at.Unix()/86400)).Level(0, 1, place)), nil
	}
	return append(row, parquet.ValueOf(v).Level(0, 1, place)), nil
}

// appendMap writes the keys in order, so that equal maps are equal bytes.
func appendMap(row parquet.Row, place int, v any) parquet.Row {
	m, _ := v.(map[string]float64)
	if len(m) == 0 {
		return append(row, parquet.NullValue().Level(0, 0, place), parquet.NullValue().Level(0, 0, place+1))
	}
	keys := slices.Sorted(maps.Keys(m))
	for i, key := range keys {
		row = append(row, parquet.ByteArrayValue([]byte(key)).Level(min(i, 1), 2, place))
	}
	for i, key := range keys {
		row = append(row, parquet.DoubleValue(m[key]).Level(min(i, 1), 2, place+1))
	}
	return row
}
