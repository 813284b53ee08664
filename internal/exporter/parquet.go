package exporter

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// groupRows is how many rows are held in memory before they are written.
const groupRows = 1 << 16

// parquetFile writes rows as Parquet. Its columns are in the order of their names.
type parquetFile struct {
	w    *parquet.GenericWriter[any]
	asOf int64
	// cells make the columns of the file, each from the batch.
	cells []cell
	row   parquet.Row
}

// cell is one column of the file: its name, its kind, and the column of the batch that it comes from.
type cell struct {
	name  string
	node  parquet.Node
	from  int
	value func(f *parquetFile, c *warehouse.ColumnData, i int) (parquet.Value, error)
}

func newParquet(w io.Writer, m *model.Manifest, p features.Plan) *parquetFile {
	text := parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	cells := []cell{
		{userKey, parquet.String(), 0, textValue},
		{day0, parquet.Date(), 1, dayValue},
		{asOf, parquet.Timestamp(parquet.Microsecond), 0, asOfValue},
		{revisit, parquet.Optional(parquet.Leaf(parquet.BooleanType)), 2, boolValue},
	}
	for j, f := range m.Set.Features {
		c := cell{f.Name, parquet.Optional(parquet.Leaf(parquet.DoubleType)), 3 + j, numberValue}
		if f.Kind == features.Category {
			c.node, c.value = parquet.Optional(text), textValue
		}
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b cell) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	group := parquet.Group{}
	for _, c := range cells {
		group[c.name] = c.node
	}
	options := []parquet.WriterOption{
		parquet.NewSchema("features", group), parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows),
		parquet.CreatedBy("calback", "1", ""),
	}
	for _, property := range [][2]string{
		{"set_hash", m.SetHash},
		{"zone", m.Set.Zone},
		{"as_of", time.UnixMicro(p.AsOf).UTC().Format(time.RFC3339Nano)},
		{"simulated", fmt.Sprint(m.Simulated)},
		{"revisit", m.Set.Label.String()},
	} {
		options = append(options, parquet.KeyValueMetadata(property[0], property[1]))
	}
	return &parquetFile{w: parquet.NewGenericWriter[any](w, options...), asOf: p.AsOf, cells: cells}
}

func (f *parquetFile) add(batch []warehouse.ColumnData) error {
	for i := range batch[0].Len() {
		f.row = f.row[:0]
		for j, c := range f.cells {
			v, err := c.value(f, &batch[c.from], i)
			if err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
			definition := 0
			if c.node.Optional() && !v.IsNull() {
				definition = 1
			}
			f.row = append(f.row, v.Level(0, definition, j))
		}
		if _, err := f.w.WriteRows([]parquet.Row{f.row}); err != nil {
			return err
		}
	}
	return nil
}

func (f *parquetFile) close() error { return f.w.Close() }

func textValue(_ *parquetFile, c *warehouse.ColumnData, i int) (parquet.Value, error) {
	if isNull(c, i) {
		return parquet.NullValue(), nil
	}
	return parquet.ByteArrayValue([]byte(c.Text[i])), nil
}

func dayValue(_ *parquetFile, c *warehouse.ColumnData, i int) (parquet.Value, error) {
	day, err := dayNumber(c.Text[i])
	return parquet.Int32Value(int32(day)), err
}

func asOfValue(f *parquetFile, _ *warehouse.ColumnData, _ int) (parquet.Value, error) {
	return parquet.Int64Value(f.asOf), nil
}

func boolValue(_ *parquetFile, c *warehouse.ColumnData, i int) (parquet.Value, error) {
	if isNull(c, i) {
		return parquet.NullValue(), nil
	}
	return parquet.BooleanValue(c.Numbers[i] == 1), nil
}

func numberValue(_ *parquetFile, c *warehouse.ColumnData, i int) (parquet.Value, error) {
	if isNull(c, i) {
		return parquet.NullValue(), nil
	}
	return parquet.DoubleValue(c.Numbers[i]), nil
}

// isNull is also true for a number that is none: it is missing.
func isNull(c *warehouse.ColumnData, i int) bool {
	return c.Null != nil && c.Null[i] || c.Numbers != nil && c.Numbers[i] != c.Numbers[i]
}

// dayNumber is a day in days since 1970-01-01.
func dayNumber(day string) (int64, error) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, fmt.Errorf("day %q is no date: %w", day, err)
	}
	return at.Unix() / 86400, nil
}
