package export

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// judgedColumns are the columns by which a row is judged good, bad or excluded.
var judgedColumns = []string{"event_date", "event_timestamp", "event_name", "user_pseudo_id"}

// Bytes is what a load of some events bills, by BigQuery's documented sizes of values: INT64 and FLOAT64 8 bytes, BOOL 1, STRING
// 2 and its UTF-8 bytes, NULL 0, records and arrays the sum of what is in them. Only the columns that a statement reads are
// billed.
type Bytes struct {
	Events int64
	// Read is the size of all columns that the rows of a day are made of; Judged that of the four that the counting reads.
	Read, Judged int64
}

// Billed is what reading the events into the warehouse bills: all columns once, the judged ones for the count before the load
// and once more for the ledger, and the partition's day column for the count of the rows.
func (b Bytes) Billed() int64 { return b.Read + 2*b.Judged + 8*b.Events }

// PerMillion is Billed for a million events like these, 0 where there are none.
func (b Bytes) PerMillion() int64 {
	if b.Events == 0 {
		return 0
	}
	return int64(math.Round(float64(b.Billed()) / float64(b.Events) * 1e6))
}

// MeasureBytes adds up the sizes of exported events, given as the newline-delimited JSON of an extract.
func MeasureBytes(lines io.Reader, opt Options) (Bytes, error) {
	var b Bytes
	d := json.NewDecoder(lines)
	d.UseNumber()
	for {
		var event map[string]any
		err := d.Decode(&event)
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, fmt.Errorf("measure event %d: %w", b.Events+1, err)
		}
		b.Events++
		for _, c := range Columns(opt) {
			if c.Type != "STRUCT" {
				b.Read += size(event, strings.Split(c.Path, "."), c.Type)
			}
		}
		for _, path := range judgedColumns {
			b.Judged += size(event, []string{path}, wanted(path).Type)
		}
	}
}

// size is that of the values at the path, in all elements of the arrays on the way.
func size(value any, path []string, typ string) int64 {
	switch v := value.(type) {
	case nil:
		return 0
	case []any:
		var sum int64
		for _, element := range v {
			sum += size(element, path, typ)
		}
		return sum
	case map[string]any:
		if len(path) == 0 {
			return 0
		}
		return size(v[path[0]], path[1:], typ)
	case string:
		if typ == "STRING" {
			return 2 + int64(len(v))
		}
	}
	return 8
}

// StoredBytes is the size of a row of warehouse.Events, see Bytes. It is what the queries over all columns of the events bill,
// and at the worst what it costs for each old row to replace a day again.
func StoredBytes(row []any) int64 {
	var sum int64
	for _, v := range row {
		switch v := v.(type) {
		case string:
			sum += 2 + int64(len(v))
		case int64, float64:
			sum += 8
		case bool:
			sum++
		case map[string]float64:
			for name := range v {
				sum += 2 + int64(len(name)) + 8
			}
		}
	}
	if _, ok := row[warehouse.Events.Index("day")].(string); ok {
		// A DATE has 8 bytes, not the 12 of its text.
		sum -= 4
	}
	return sum
}
