package source

import (
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/valyala/fastjson"
)

// Columned is a source that knows which columns its files had, once they have been read.
type Columned interface {
	// Columns are those of the file as the last Read of it met them.
	Columns(f File) Columns
}

// Columns is what the records of one or more files had in which column, without any value.
type Columns struct {
	// Records is how many records were looked at: of each file the first thousand, and of the rest one in 16.
	Records int64
	// Read are the columns that the reader takes, by path such as device.category. Each of them is there, if only with zeros.
	Read map[string]ColumnCount
	// Other are the columns that it does not take.
	Other map[string]bool
}

// ColumnCount counts the records that have a value in a column.
type ColumnCount struct {
	// Has is how many have one, Wrong how many of these have one of a type that the reader does not take.
	Has, Wrong int64
	// Want and Got are the type that the reader takes and one of the others that came instead, in a word.
	Want, Got string
}

// Add adds the counts of other files.
func (c *Columns) Add(other Columns) {
	if c.Read == nil {
		c.Read, c.Other = map[string]ColumnCount{}, map[string]bool{}
	}
	c.Records += other.Records
	for name, n := range other.Read {
		was := c.Read[name]
		was.Has, was.Wrong, was.Want = was.Has+n.Has, was.Wrong+n.Wrong, n.Want
		if was.Got == "" {
			was.Got = n.Got
		}
		c.Read[name] = was
	}
	for name := range other.Other {
		c.Other[name] = true
	}
}

// The types of columns.
const (
	typeText   = "text"
	typeWhole  = "a whole number"
	typeList   = "a list"
	typeRecord = "a record"
)

// ga4Columns are the columns of the export that the reader takes, with their types.
var ga4Columns = map[string]string{
	"event_date": typeText, "event_timestamp": typeWhole, "event_name": typeText, "user_pseudo_id": typeText, "user_id": typeText,
	"stream_id": typeText, "platform": typeText, "user_first_touch_timestamp": typeWhole, "event_bundle_sequence_id": typeWhole,
	"batch_event_index": typeWhole, "batch_page_id": typeWhole, "event_params": typeList, "event_params.key": typeText,
	"event_params.value": typeRecord, "user_properties": typeList, "device": typeRecord, "device.category": typeText,
	"device.language": typeText, "geo": typeRecord, "geo.country": typeText, "app_info": typeRecord, "app_info.version": typeText,
	"app_info.install_source": typeText, "traffic_source": typeRecord, "traffic_source.source": typeText, "traffic_source.medium": typeText,
	"traffic_source.name": typeText, "collected_traffic_source": typeRecord, "collected_traffic_source.manual_source": typeText,
	"collected_traffic_source.manual_medium": typeText, "collected_traffic_source.manual_campaign_name": typeText,
}

// inside are the columns of each record, in the form the counting needs.
var inside = func() map[string][]string {
	out := map[string][]string{}
	for path := range ga4Columns {
		for i := range len(path) {
			if path[i] == '.' && path[:i] != "event_params" {
				out[path[:i]] = append(out[path[:i]], path[i+1:])
			}
		}
	}
	return out
}()

// maxOther bounds the names that are kept of columns which are not read.
const maxOther = 200

// seen counts the columns of one file. It serves one goroutine.
type seen struct {
	lines, records int64
	read           map[string]*ColumnCount
	other          map[string]bool
	// row is the line at which a record of a Parquet file was counted last.
	row map[string]int64
}

// Counting every record would cost a fifth of the reading: all of the first ones are, then one in countEach.
const countAll, countEach = 1000, 16

// next is called for each record and reports whether it counts.
func (s *seen) next() bool {
	s.lines++
	if s.lines > countAll && s.lines%countEach != 0 {
		return false
	}
	s.records++
	return true
}

func (s *seen) count(path, want, got string) {
	c := s.read[path]
	if c == nil {
		if s.read == nil {
			s.read = map[string]*ColumnCount{}
		}
		c = &ColumnCount{Want: want}
		s.read[path] = c
	}
	if got == "" {
		return
	}
	c.Has++
	if got != want && (want != typeWhole || got != "a number") {
		c.Wrong++
		c.Got = got
	}
}

// json counts one column of a JSON record and, of a record, those inside.
func (s *seen) json(key []byte, v *fastjson.Value) {
	want, ok := ga4Columns[string(key)]
	if !ok {
		s.unread(string(key))
		return
	}
	got := jsonType(v)
	if want == typeWhole && got == typeText && isWhole(v.GetStringBytes()) {
		got = typeWhole
	}
	s.count(string(key), want, got)
	switch want {
	case typeRecord:
		for _, name := range inside[string(key)] {
			if field := v.Get(name); field != nil {
				path := string(key) + "." + name
				s.count(path, ga4Columns[path], jsonType(field))
			}
		}
	case typeList:
		if string(key) != "event_params" {
			return
		}
		if items := v.GetArray(); len(items) > 0 {
			s.count("event_params.key", typeText, jsonType(items[0].Get("key")))
			s.count("event_params.value", typeRecord, jsonType(items[0].Get("value")))
		}
	}
}

func (s *seen) unread(name string) {
	if !s.other[name] && len(s.other) < maxOther {
		if s.other == nil {
			s.other = map[string]bool{}
		}
		s.other[name] = true
	}
}

// isWhole reports whether the text is an integer, as BigQuery writes INT64 into JSON; no text at all is no value.
func isWhole(text []byte) bool {
	for i, c := range text {
		if (c < '0' || c > '9') && (i > 0 || c != '-' || len(text) == 1) {
			return false
		}
	}
	return true
}

// jsonType is the type of a value in a word, "" for none.
func jsonType(v *fastjson.Value) string {
	if v == nil {
		return ""
	}
	switch v.Type() {
	case fastjson.TypeString:
		return typeText
	case fastjson.TypeNumber:
		return "a number"
	case fastjson.TypeArray:
		return typeList
	case fastjson.TypeObject:
		return typeRecord
	case fastjson.TypeTrue, fastjson.TypeFalse:
		return "true or false"
	}
	return ""
}

// parquet counts the columns of a row. Records and lists have no values of their own there: they are where one of their leaves is.
func (s *seen) parquet(columns []string, row parquet.Row) {
	for _, v := range row {
		name := columns[v.Column()]
		if v.RepetitionLevel() > 0 {
			continue
		}
		want, read := ga4Columns[name]
		if !v.IsNull() && !s.above(name) && !read {
			s.unread(name)
		}
		switch {
		case !read:
		case v.IsNull():
			s.count(name, want, "")
		default:
			got := parquetType(v)
			if want == typeWhole && got == typeText && isWhole(v.ByteArray()) {
				got = typeWhole
			}
			s.count(name, want, got)
		}
	}
}

// above counts the records and lists that hold the leaf, once a row, and reports whether there are any that are read.
func (s *seen) above(leaf string) (read bool) {
	for i := range len(leaf) {
		if leaf[i] != '.' {
			continue
		}
		want := ga4Columns[leaf[:i]]
		if want != typeRecord && want != typeList {
			continue
		}
		read = true
		if s.row == nil {
			s.row = map[string]int64{}
		}
		if s.row[leaf[:i]] != s.lines {
			s.row[leaf[:i]] = s.lines
			s.count(leaf[:i], want, want)
		}
	}
	return read
}

func parquetType(v parquet.Value) string {
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return typeText
	case parquet.Boolean:
		return "true or false"
	}
	return "a number"
}

// columns is what has been counted; what the records did not have at all is there with zeros.
func (s *seen) columns() Columns {
	c := Columns{Records: s.records, Read: map[string]ColumnCount{}, Other: s.other}
	for path, want := range ga4Columns {
		c.Read[path] = ColumnCount{Want: want}
	}
	for path, n := range s.read {
		c.Read[path] = *n
	}
	return c
}

// columnsByFile keeps the columns of the files that have been read.
type columnsByFile struct {
	mu    sync.Mutex
	files map[string]Columns
}

func (c *columnsByFile) keep(f File, s *seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files = map[string]Columns{}
	}
	c.files[f.Path] = s.columns()
}

// Columns implements Columned.
func (g *GA4) Columns(f File) Columns {
	g.columns.mu.Lock()
	defer g.columns.mu.Unlock()
	return g.columns.files[f.Path]
}
