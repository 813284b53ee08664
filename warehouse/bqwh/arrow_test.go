package bqwh

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var (
	// numeric and bigNumeric are how BigQuery gives NUMERIC and BIGNUMERIC.
	numeric    = &arrow.Decimal128Type{Precision: 38, Scale: 9}
	bigNumeric = &arrow.Decimal256Type{Precision: 76, Scale: 38}
	// pairList is how BigQuery gives ARRAY<STRUCT<key STRING, value FLOAT64>>.
	pairList = arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "value", Type: arrow.PrimitiveTypes.Float64, Nullable: true}))
)

// endOfStream is what an IPC writer puts after its last message, and the Storage Read API does not send.
var endOfStream = []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}

// written are the messages of an IPC stream of the records, without its end.
func written(t testing.TB, schema *arrow.Schema, records ...arrow.RecordBatch) []byte {
	t.Helper()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	messages, ok := bytes.CutSuffix(b.Bytes(), endOfStream)
	if !ok {
		t.Fatal("the IPC stream has no end")
	}
	return messages
}

// schemaMessage is ArrowSchema.serialized_schema.
func schemaMessage(t testing.TB, schema *arrow.Schema) []byte { return written(t, schema) }

// batchMessage is ArrowRecordBatch.serialized_record_batch: the record without its schema.
func batchMessage(t testing.TB, record arrow.RecordBatch) []byte {
	t.Helper()
	return written(t, record.Schema(), record)[len(written(t, record.Schema())):]
}

// recordOf makes a record of the JSON rows.
func recordOf(t testing.TB, schema *arrow.Schema, rows string) arrow.RecordBatch {
	t.Helper()
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// everyType has a column of each type that BigQuery's results may have here.
func everyType() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		field("i", arrow.PrimitiveTypes.Int64), field("f", arrow.PrimitiveTypes.Float64), field("b", arrow.FixedWidthTypes.Boolean),
		field("s", arrow.BinaryTypes.String), field("d", arrow.FixedWidthTypes.Date32), field("n", numeric), field("bn", bigNumeric),
		field("m", pairList),
	}, nil)
}

const everyRow = `[
	{"i": 7, "f": -0.5, "b": true, "s": "한글", "d": "2026-03-01", "n": "12.500000000", "bn": "-0.25",
	 "m": [{"key": "z", "value": 2}, {"key": "a", "value": 1.5}]},
	{"i": null, "f": null, "b": null, "s": null, "d": null, "n": null, "bn": null, "m": []},
	{"i": -9007199254740992, "f": 1e300, "b": false, "s": "", "d": "1969-12-31", "n": "-99999.000000000", "bn": "3",
	 "m": [{"key": "gone", "value": null}, {"key": "x", "value": 0}]}
]`

// everyColumn is what everyRow reads as.
func everyColumn() []warehouse.ColumnData {
	nan, second := math.NaN(), []bool{false, true, false}
	return []warehouse.ColumnData{
		{Name: "i", Type: warehouse.Int64, Numbers: []float64{7, nan, -9007199254740992}, Null: second},
		{Name: "f", Type: warehouse.Float64, Numbers: []float64{-0.5, nan, 1e300}, Null: second},
		{Name: "b", Type: warehouse.Bool, Numbers: []float64{1, nan, 0}, Null: second},
		{Name: "s", Type: warehouse.String, Text: []string{"한글", "", ""}, Null: second},
		{Name: "d", Type: warehouse.Date, Text: []string{"2026-03-01", "", "1969-12-31"}, Null: second},
		{Name: "n", Type: warehouse.Float64, Numbers: []float64{12.5, nan, -99999}, Null: second},
		{Name: "bn", Type: warehouse.Float64, Numbers: []float64{-0.25, nan, 3}, Null: second},
		{Name: "m", Type: warehouse.NumberMap, Text: []string{`{"a":1.5,"z":2}`, `{}`, `{"x":0}`}},
	}
}

var sameColumns = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

// TestDecodeReusesColumns reads batches of different lengths, with and without NULL, into the same columns.
func TestDecodeReusesColumns(t *testing.T) {
	full := recordOf(t, everyType(), everyRow)
	d, err := newDecoder(schemaMessage(t, everyType()))
	if err != nil {
		t.Fatal(err)
	}
	defer d.release()
	for _, rows := range [][2]int64{{0, 3}, {0, 1}, {2, 3}, {1, 3}, {0, 3}} {
		got, err := d.batch(batchMessage(t, full.NewSlice(rows[0], rows[1])), rows[1]-rows[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(between(everyColumn(), rows[0], rows[1]), got, sameColumns); diff != "" {
			t.Errorf("rows %d: (-want +got)\n%s", rows, diff)
		}
	}
}

// between are the rows from the first to before the second. Null is nil when no value of the rows is NULL.
func between(columns []warehouse.ColumnData, from, to int64) []warehouse.ColumnData {
	for i := range columns {
		c := &columns[i]
		if c.Numbers != nil {
			c.Numbers = c.Numbers[from:to]
		}
		if c.Text != nil {
			c.Text = c.Text[from:to]
		}
		if c.Null == nil {
			continue
		}
		if c.Null = c.Null[from:to]; !slices.Contains(c.Null, true) {
			c.Null = nil
		}
	}
	return columns
}

// TestTextFreesItsBatch keeps one short text of each batch, which must not keep the batch's other megabyte in memory.
func TestTextFreesItsBatch(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{field("s", arrow.BinaryTypes.String)}, nil)
	d, err := newDecoder(schemaMessage(t, schema))
	if err != nil {
		t.Fatal(err)
	}
	defer d.release()
	message := batchMessage(t, recordOf(t, schema, `[{"s": "short"}, {"s": "`+strings.Repeat("x", mebibyte)+`"}]`))
	kept, start := make([]string, 100), live()
	for i := range kept {
		columns, err := d.batch(message, 2)
		if err != nil {
			t.Fatal(err)
		}
		kept[i] = columns[0].Text[0]
	}
	if grown := int64(live()) - int64(start); grown > 20*mebibyte {
		t.Errorf("%d short texts keep %d MiB", len(kept), grown/mebibyte)
	}
	if kept[0] != "short" || kept[99] != "short" {
		t.Errorf("texts became %q and %q", kept[0], kept[99])
	}
}

// TestDecimalsAreTheNearestFloat holds NUMERIC to what reading the same value by REST gives: the float64 nearest to it.
func TestDecimalsAreTheNearestFloat(t *testing.T) {
	for _, text := range []string{
		"0", "0.1", "0.3", "12.3", "-0.7", "1234.56", "0.000000001", "99999999999999.999999999", "12345678901234567890.123456789",
	} {
		exact, _ := new(big.Rat).SetString(text)
		want, _ := exact.Float64()
		n, err := decimal128.FromString(text, numeric.Precision, numeric.Scale)
		if err != nil {
			t.Fatal(err)
		}
		narrow := array.NewDecimal128Builder(memory.DefaultAllocator, numeric)
		narrow.Append(n)
		b, err := decimal256.FromString(text, bigNumeric.Precision, bigNumeric.Scale)
		if err != nil {
			t.Fatal(err)
		}
		wide := array.NewDecimal256Builder(memory.DefaultAllocator, bigNumeric)
		wide.Append(b)
		// FromString of the Arrow module goes by float arithmetic for wide values, so the value that it made is asked, not the text.
		fromWide, _ := new(big.Rat).SetFrac(b.BigInt(), pow10(bigNumeric.Scale)).Float64()
		fromNarrow, _ := new(big.Rat).SetFrac(n.BigInt(), pow10(numeric.Scale)).Float64()
		if fromNarrow != want {
			t.Errorf("the test's own NUMERIC of %s is %v", text, fromNarrow)
		}
		for name, c := range map[string]struct {
			a    arrow.Array
			want float64
		}{"NUMERIC": {narrow.NewArray(), fromNarrow}, "BIGNUMERIC": {wide.NewArray(), fromWide}} {
			got := warehouse.ColumnData{Name: "n", Type: warehouse.Float64}
			if err := fill(&got, c.a); err != nil {
				t.Fatal(err)
			}
			if got.Numbers[0] != c.want {
				t.Errorf("%s %s reads as %v, want %v", name, text, got.Numbers[0], c.want)
			}
		}
	}
}

// TestDecodeRefuses feeds the decoder what the service should never send, and types that a column cannot hold.
func TestDecodeRefuses(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{field("s", arrow.BinaryTypes.String)}, nil)
	whole := batchMessage(t, recordOf(t, schema, `[{"s": "text"}, {"s": "more"}]`))
	for name, c := range map[string]struct {
		message []byte
		rows    int64
	}{
		"nothing":        {nil, 2},
		"half a message": {whole[:len(whole)/2], 2},
		"no body":        {whole[:len(whole)-8], 2},
		"a schema":       {schemaMessage(t, schema), 2},
		"an end":         {endOfStream, 2},
		"too few rows":   {whole, 3},
		"too many rows":  {whole, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := newDecoder(schemaMessage(t, schema))
			if err != nil {
				t.Fatal(err)
			}
			defer d.release()
			if _, err := d.batch(c.message, c.rows); warehouse.KindOf(err) != warehouse.Internal || err == nil {
				t.Errorf("error %v of kind %s, want an internal one", err, warehouse.KindOf(err))
			}
		})
	}
	for _, typ := range []arrow.DataType{
		arrow.FixedWidthTypes.Timestamp_us, arrow.BinaryTypes.Binary, arrow.ListOf(arrow.PrimitiveTypes.Int64),
		arrow.ListOf(arrow.StructOf(field("key", arrow.BinaryTypes.String), field("value", arrow.BinaryTypes.String))),
	} {
		_, err := arrowColumns(schemaMessage(t, arrow.NewSchema([]arrow.Field{field("odd", typ)}, nil)))
		if warehouse.KindOf(err) != warehouse.Invalid || !strings.Contains(err.Error(), "column odd") {
			t.Errorf("%s: %v, want an error that names the column", typ, err)
		}
	}
	if _, err := arrowColumns([]byte("no schema")); err == nil || warehouse.KindOf(err) != warehouse.Internal {
		t.Errorf("a schema of rubbish: %v", err)
	}
}

// TestReadEveryType holds the request to what CreateReadSession documents, and the columns to the table's values.
func TestReadEveryType(t *testing.T) {
	s := &readServer{t: t, record: recordOf(t, everyType(), everyRow), size: 100}
	d, job := s.open(1, jobAnswer)
	var got []warehouse.ColumnData
	err := d.readStreams(t.Context(), job, false, func(c []warehouse.ColumnData) error {
		got = append(got, c...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyColumn(), got, sameColumns); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	asked := s.sessions[0]
	if asked.Parent != "projects/my-project" || asked.ReadSession.Table != "projects/my-project/datasets/_anon/tables/anon1" ||
		asked.ReadSession.DataFormat != storagepb.DataFormat_ARROW {
		t.Errorf("CreateReadSession was asked %v", asked)
	}
}

// TestReadNothing wants the columns' names and types once, also where there is no row.
func TestReadNothing(t *testing.T) {
	s := &readServer{t: t, record: recordOf(t, everyType(), everyRow).NewSlice(0, 0), size: 10}
	d, job := s.open(4, jobAnswer)
	var batches [][]warehouse.ColumnData
	err := d.readStreams(t.Context(), job, false, func(c []warehouse.ColumnData) error {
		batches = append(batches, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]warehouse.ColumnData{between(everyColumn(), 0, 0)}, batches, sameColumns); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReadLargeMessage reads a message beyond gRPC's own limit of 4 MiB, which the service's may be.
func TestReadLargeMessage(t *testing.T) {
	s := &readServer{t: t, record: counted(1 << 20), size: 1 << 20}
	d, job := s.open(1, jobAnswer)
	got, batches, err := numbersOf(t.Context(), d, job, false)
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, got, 1<<20)
	if batches != 1 {
		t.Errorf("%d batches, want 1", batches)
	}
}

// TestReadMemory reads a table of 480 MB and measures what stays in memory meanwhile.
func TestReadMemory(t *testing.T) {
	const columns, rows, times = 60, 4000, 250
	s := &readServer{t: t, record: wide(columns, rows), times: times, size: rows}
	d, job := s.open(2, jobAnswer)
	start, most, n, sum := live(), uint64(0), 0, 0.0
	err := d.readStreams(t.Context(), job, false, func(c []warehouse.ColumnData) error {
		if n%(20*rows) == 0 {
			most = max(most, live())
		}
		n += c[0].Len()
		for i := range c {
			sum += c[i].Numbers[rows-1]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := float64(times) * columns * (rows - 1); n != rows*times || math.Abs(sum-want) > 0 {
		t.Errorf("%d rows of sum %v, want %d of %v", n, sum, rows*times, want)
	}
	if grown := int64(most) - int64(start); grown > 100*mebibyte {
		t.Errorf("memory grew by %d MiB while a table of %d MB was read", grown/mebibyte, columns*rows*times*8/1_000_000)
	}
}

// live is how many bytes are in use once what nobody needs is gone.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// wide is a table of float columns, each counting its rows from 0.
func wide(columns, rows int) arrow.RecordBatch {
	values := make([]float64, rows)
	for i := range values {
		values[i] = float64(i)
	}
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	fields, arrays := make([]arrow.Field, columns), make([]arrow.Array, columns)
	one := b.NewArray()
	for i := range columns {
		fields[i], arrays[i] = field(fmt.Sprintf("c%d", i), arrow.PrimitiveTypes.Float64), one
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows))
}

// counted is a table of one column n that counts its rows from 0.
func counted(rows int64) arrow.RecordBatch {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range rows {
		b.Append(i)
	}
	schema := arrow.NewSchema([]arrow.Field{field("n", arrow.PrimitiveTypes.Int64)}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, rows)
}

// wantCount checks that the numbers are 0, 1, 2 ... each once.
func wantCount(t *testing.T, got []float64, rows int) {
	t.Helper()
	if len(got) != rows {
		t.Fatalf("%d rows were read, want %d", len(got), rows)
	}
	for i, x := range got {
		if x != float64(i) {
			t.Fatalf("row %d is %v, so that a row is lost, read twice or out of order", i, x)
		}
	}
}

// numbersOf reads the first column of the whole table.
func numbersOf(ctx context.Context, d *db, job *bigquery.Job, ordered bool) (all []float64, batches int, err error) {
	err = d.readStreams(ctx, job, ordered, func(c []warehouse.ColumnData) error {
		all, batches = append(all, c[0].Numbers...), batches+1
		return nil
	})
	return all, batches, err
}
