package bqwh

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// arrowTypes are the Arrow types that BigQuery gives its own (cloud.google.com/bigquery/docs/reference/storage).
var arrowTypes = map[arrow.Type]warehouse.Type{
	arrow.INT64: warehouse.Int64, arrow.FLOAT64: warehouse.Float64, arrow.BOOL: warehouse.Bool, arrow.STRING: warehouse.String,
	arrow.DATE32: warehouse.Date, arrow.DECIMAL128: warehouse.Float64, arrow.DECIMAL256: warehouse.Float64,
}

// decoder makes columns of the record batches of one stream. The messages of a stream are a schema, which the session has, and then record
// batches; together they are what an IPC reader reads.
type decoder struct {
	in      *messages
	reader  *ipc.Reader
	columns []warehouse.ColumnData
}

// messages is the stream of bytes: the schema first, then one record batch after the other as they come.
type messages struct{ next bytes.Reader }

// Read implements io.Reader.
func (m *messages) Read(p []byte) (int, error) { return m.next.Read(p) }

func newDecoder(schema []byte) (*decoder, error) {
	d := &decoder{in: &messages{}}
	d.in.next.Reset(schema)
	var err error
	if d.reader, err = ipc.NewReader(d.in); err != nil {
		return nil, warehouse.Errorf(warehouse.Internal, "read the Arrow schema: %w", err)
	}
	if d.columns, err = columnsOfArrow(d.reader.Schema()); err != nil {
		d.release()
		return nil, err
	}
	return d, nil
}

func (d *decoder) release() { d.reader.Release() }

// batch decodes one record batch of n rows into the columns of the one before.
func (d *decoder) batch(message []byte, n int64) ([]warehouse.ColumnData, error) {
	d.in.next.Reset(message)
	if !d.reader.Next() {
		return nil, warehouse.Errorf(warehouse.Internal, "decode a record batch: %w", errors.Join(d.reader.Err(), io.ErrUnexpectedEOF))
	}
	record := d.reader.RecordBatch()
	if record.NumRows() != n {
		return nil, warehouse.Errorf(warehouse.Internal, "a record batch of %d rows holds %d", n, record.NumRows())
	}
	for i := range d.columns {
		if err := fill(&d.columns[i], record.Column(i)); err != nil {
			return nil, err
		}
	}
	return d.columns, nil
}

// arrowColumns are the empty columns of a serialized schema.
func arrowColumns(schema []byte) ([]warehouse.ColumnData, error) {
	d, err := newDecoder(schema)
	if err != nil {
		return nil, err
	}
	defer d.release()
	return d.columns, nil
}

func columnsOfArrow(schema *arrow.Schema) ([]warehouse.ColumnData, error) {
	columns := make([]warehouse.ColumnData, schema.NumFields())
	for i, f := range schema.Fields() {
		t, ok := arrowTypes[f.Type.ID()]
		if isPairs(f.Type) {
			t, ok = warehouse.NumberMap, true
		}
		if !ok {
			return nil, noForm(f.Name, f.Type.String())
		}
		columns[i] = warehouse.ColumnData{Name: f.Name, Type: t}
	}
	return columns, nil
}

// isPairs is whether a type is a list of a text key and a float value.
func isPairs(t arrow.DataType) bool {
	list, ok := t.(*arrow.ListType)
	if !ok {
		return false
	}
	item, ok := list.Elem().(*arrow.StructType)
	return ok && item.NumFields() == 2 && item.Field(0).Name == "key" && item.Field(0).Type.ID() == arrow.STRING &&
		item.Field(1).Name == "value" && item.Field(1).Type.ID() == arrow.FLOAT64
}

// fill puts the values of an Arrow array into the column, in the room of the batch before.
func fill(c *warehouse.ColumnData, a arrow.Array) error {
	n := a.Len()
	reset(c)
	if a.NullN() > 0 && c.Type != warehouse.NumberMap {
		c.Null = make([]bool, n)
		for i := range n {
			c.Null[i] = a.IsNull(i)
		}
	}
	switch a := a.(type) {
	case *array.Int64:
		numbers(c, n, func(i int) float64 { return float64(a.Value(i)) })
	case *array.Float64:
		numbers(c, n, a.Value)
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		one := pow10(scale)
		numbers(c, n, func(i int) float64 { return nearest(a.Value(i).BigInt(), one) })
	case *array.Decimal256:
		scale := a.DataType().(*arrow.Decimal256Type).Scale
		one := pow10(scale)
		numbers(c, n, func(i int) float64 { return nearest(a.Value(i).BigInt(), one) })
	case *array.Boolean:
		numbers(c, n, func(i int) float64 {
			if a.Value(i) {
				return 1
			}
			return 0
		})
	case *array.String:
		// Text of the array would keep all of its message in memory.
		texts(c, n, func(i int) string { return strings.Clone(a.Value(i)) })
	case *array.Date32:
		texts(c, n, func(i int) string { return a.Value(i).FormattedString() })
	case *array.List:
		return fillPairs(c, a)
	default:
		return noForm(c.Name, a.DataType().String())
	}
	return nil
}

func numbers(c *warehouse.ColumnData, n int, value func(int) float64) {
	for i := range n {
		if c.Null != nil && c.Null[i] {
			c.Numbers = append(c.Numbers, math.NaN())
			continue
		}
		c.Numbers = append(c.Numbers, value(i))
	}
}

func texts(c *warehouse.ColumnData, n int, value func(int) string) {
	for i := range n {
		if c.Null != nil && c.Null[i] {
			c.Text = append(c.Text, "")
			continue
		}
		c.Text = append(c.Text, value(i))
	}
}

// fillPairs reads lists of a key and a value.
func fillPairs(c *warehouse.ColumnData, a *array.List) error {
	items, ok := a.ListValues().(*array.Struct)
	if !ok || !isPairs(a.DataType()) {
		return noForm(c.Name, a.DataType().String())
	}
	keys, values := items.Field(0).(*array.String), items.Field(1).(*array.Float64)
	for i := range a.Len() {
		m := map[string]float64{}
		from, to := a.ValueOffsets(i)
		for k := int(from); k < int(to) && !a.IsNull(i); k++ {
			m[keys.Value(k)] = math.NaN()
			if values.IsValid(k) {
				m[keys.Value(k)] = values.Value(k)
			}
		}
		text, err := numberMap(m)
		if err != nil {
			return named(c.Name, err)
		}
		c.Text = append(c.Text, text)
	}
	return nil
}

// pow10 is ten to the power of n.
func pow10(n int32) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// nearest is the float nearest to the quotient. The Arrow module's own conversion goes by float arithmetic and may miss it.
func nearest(n, one *big.Int) float64 {
	x, _ := new(big.Rat).SetFrac(n, one).Float64()
	return x
}
