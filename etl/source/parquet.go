package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// leaves maps the column index of a Parquet file to the dotted path of the column, without the list and element levels that
// writers put around repeated values.
func leaves(f *parquet.File) []string {
	var out []string
	for _, path := range f.Schema().Columns() {
		var parts []string
		for _, p := range path {
			if p != "list" && p != "element" && p != "array" && p != "item" && p != "bag" && p != "array_element" {
				parts = append(parts, p)
			}
		}
		out = append(out, strings.Join(parts, "."))
	}
	return out
}

// eachRow calls take with every row of a Parquet file and its number from 1. The row is valid during the call.
func eachRow(ctx context.Context, path string, take func(columns []string, row parquet.Row, n int64) (bool, error)) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open input: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("open input: %w", err)
	}
	// A damaged file can make the Parquet library panic; that is an error of this file like any other.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged Parquet file: %v", r)
		}
	}()
	f, err := parquet.OpenFile(in, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("open Parquet: %w", err)
	}
	columns, n := leaves(f), int64(0)
	rows := make([]parquet.Row, 256)
	for _, g := range f.RowGroups() {
		reader := g.Rows()
		for {
			if ctx.Err() != nil {
				reader.Close()
				return ctx.Err()
			}
			count, readErr := reader.ReadRows(rows)
			for _, row := range rows[:count] {
				n++
				if more, err := take(columns, row, n); err != nil || !more {
					reader.Close()
					return err
				}
			}
			if errors.Is(readErr, io.EOF) {
				break
			}
			if readErr != nil {
				reader.Close()
				return readErr
			}
		}
		if err := reader.Close(); err != nil {
			return err
		}
	}
	return nil
}

// readGA4Parquet reads the export as BigQuery extracts it to Parquet: the same columns, event_params as a repeated group.
func readGA4Parquet(ctx context.Context, f File, d *ga4Decoder, sink Sink) error {
	err := eachRow(ctx, f.Path, func(columns []string, values parquet.Row, n int64) (bool, error) {
		var row ga4Row
		reason := ""
		if d.parser.seen.next() {
			d.parser.seen.parquet(columns, values)
		}
		if !row.fill(columns, values) {
			reason = ReasonNumber
		}
		return d.deliver(&row, reason, n, sink), nil
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	return nil
}

// fill takes the columns by name; false means that a number could not be read.
func (r *ga4Row) fill(columns []string, values parquet.Row) bool {
	ok := true
	at := map[string]int{}
	for _, v := range values {
		name := columns[v.Column()]
		if record, rest, _ := strings.Cut(name, "."); record == "event_params" || record == "user_properties" {
			params := &r.params
			if record == "user_properties" {
				params = &r.properties
			}
			// The values of each leaf come in the order of the parameters, NULL or not, so counting them finds the parameter.
			i := at[name]
			at[name]++
			ok = setParam(params, i, rest, v) && ok
			continue
		}
		if !v.IsNull() {
			ok = r.setValue(name, v) && ok
		}
	}
	return ok
}

func setParam(params *[]ga4Param, i int, leaf string, v parquet.Value) bool {
	if i == len(*params) {
		if v.IsNull() && v.DefinitionLevel() == 0 {
			// An event without parameters has one value a leaf as well: none at all.
			return true
		}
		*params = append(*params, ga4Param{})
	}
	if v.IsNull() || i > len(*params) {
		return true
	}
	p := &(*params)[i]
	switch leaf {
	case "key":
		p.key = v.ByteArray()
	case "value.string_value":
		p.kind, p.text = 's', v.ByteArray()
		p.whole = wholeText(p.text)
	case "value.int_value":
		n, ok := wholeValue(v)
		p.kind, p.whole, p.number = 'i', n, float64(n)
		return ok
	case "value.double_value", "value.float_value":
		x, ok := numberValue(v)
		p.kind, p.number, p.whole = 'f', x, int64(x)
		return ok
	}
	return true
}

func (r *ga4Row) setValue(name string, v parquet.Value) bool {
	if place := r.textPlace(name); place != nil {
		if v.Kind() != parquet.ByteArray && v.Kind() != parquet.FixedLenByteArray {
			return false
		}
		*place = v.ByteArray()
		return true
	}
	ok := true
	switch name {
	case "event_timestamp":
		r.time, ok = wholeValue(v)
		r.hasTime = ok
	case "user_first_touch_timestamp":
		r.firstTouch, ok = wholeValue(v)
	case "event_bundle_sequence_id":
		r.bundle, ok = wholeValue(v)
	case "batch_event_index":
		r.index, ok = wholeValue(v)
		r.hasBatch = ok
	case "batch_page_id":
		r.page, ok = wholeValue(v)
	}
	return ok
}

// textPlace is where the text column of the name goes, nil when it is no text column that is read.
func (r *ga4Row) textPlace(name string) *[]byte {
	switch name {
	case "event_date":
		return &r.date
	case "event_name":
		return &r.name
	case "user_pseudo_id":
		return &r.userID
	case "user_id":
		return &r.account
	case "app_info.install_source":
		return &r.installSource
	case "stream_id":
		return &r.stream
	case "platform":
		return &r.platform
	case "device.category":
		return &r.category
	case "device.language":
		return &r.language
	case "geo.country":
		return &r.country
	case "app_info.version":
		return &r.version
	case "traffic_source.source":
		return &r.touchSource
	case "traffic_source.medium":
		return &r.touchMedium
	case "traffic_source.name":
		return &r.touchName
	case "collected_traffic_source.manual_source":
		return &r.manualSource
	case "collected_traffic_source.manual_medium":
		return &r.manualMedium
	case "collected_traffic_source.manual_campaign_name":
		return &r.manualName
	}
	return nil
}

func wholeValue(v parquet.Value) (int64, bool) {
	switch v.Kind() {
	case parquet.Int64:
		return v.Int64(), true
	case parquet.Int32:
		return int64(v.Int32()), true
	case parquet.Double:
		return int64(v.Double()), float64(int64(v.Double())) == v.Double()
	case parquet.ByteArray:
		n, err := strconv.ParseInt(string(v.ByteArray()), 10, 64)
		return n, err == nil
	}
	return 0, false
}

func numberValue(v parquet.Value) (float64, bool) {
	switch v.Kind() {
	case parquet.Double:
		return v.Double(), true
	case parquet.Float:
		return float64(v.Float()), true
	}
	n, ok := wholeValue(v)
	return float64(n), ok
}

// readParquet reads a flat log whose columns are not nested. Timestamps and dates of Parquet come as RFC 3339 text.
func (f *Flat) readParquet(ctx context.Context, file File, b *border, sink Sink) error {
	var d *flatDecoder
	var cells []string
	return eachRow(ctx, file.Path, func(columns []string, row parquet.Row, n int64) (bool, error) {
		if d == nil {
			var err error
			if d, err = newFlatDecoder(f, file, b, columns); err != nil {
				return false, err
			}
			cells = make([]string, len(columns))
		}
		clear(cells)
		for _, v := range row {
			if !v.IsNull() {
				cells[v.Column()] = cellText(v)
			}
		}
		return d.deliver(cells, "", n, sink), nil
	})
}

// cellText is the value as a CSV file would have it. Doubles that are whole are written without an exponent.
func cellText(v parquet.Value) string {
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return string(v.ByteArray())
	case parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.Int32:
		return strconv.FormatInt(int64(v.Int32()), 10)
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'f', -1, 64)
	case parquet.Float:
		return strconv.FormatFloat(float64(v.Float()), 'f', -1, 32)
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int96:
		x := v.Int96()
		nanos := int64(x[1])<<32 | int64(x[0])
		return time.Unix(int64(int32(x[2])-2440588)*86400, nanos).UTC().Format(time.RFC3339Nano)
	}
	return ""
}
