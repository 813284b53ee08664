package source

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// cell finds a value in a row: a column, and the path into the JSON object in it, if any.
type cell struct {
	column int
	path   []string
}

// flatDecoder makes records of the rows of one file. It serves one goroutine.
type flatDecoder struct {
	*border
	flat   *Flat
	file   File
	cells  map[string]cell
	params []flatParam
	// order lists the columns by name, so that the key of an event does not depend on their order.
	order    []int
	json     map[int]*fastjson.Value
	parsers  map[int]*fastjson.Parser
	badJSON  bool
	badValue bool
	row      []string
	calendar calendar
	digest   hash.Hash
	// seen counts the rows of the file by digest, where repeats are kept.
	seen        map[Key]uint32
	keepRepeats bool
	scratch     []byte
	rec         Record
}

type flatParam struct {
	name string
	cell cell
}

// newFlatDecoder finds the columns of the mapping in the header.
func newFlatDecoder(f *Flat, file File, b *border, header []string) (*flatDecoder, error) {
	d := &flatDecoder{
		border: b, flat: f, file: file, cells: map[string]cell{}, json: map[int]*fastjson.Value{},
		parsers: map[int]*fastjson.Parser{}, calendar: calendar{loc: f.loc}, digest: sha256.New(), keepRepeats: f.opt.KeepRepeats, seen: map[Key]uint32{},
	}
	for name, ref := range f.opt.Mapping.fields() {
		if *ref == "" {
			continue
		}
		c, err := find(name, *ref, header)
		if err != nil {
			return nil, err
		}
		d.cells[name] = c
	}
	for name, ref := range f.opt.Mapping.Params {
		c, err := find("param."+name, ref, header)
		if err != nil {
			return nil, err
		}
		d.params = append(d.params, flatParam{name, c})
	}
	for i := range header {
		d.order = append(d.order, i)
	}
	names := slices.Clone(header)
	slices.SortStableFunc(d.order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	return d, nil
}

func find(field, ref string, header []string) (cell, error) {
	if i := slices.Index(header, ref); i >= 0 {
		return cell{column: i}, nil
	}
	column, path, ok := strings.Cut(ref, ".")
	if i := slices.Index(header, column); ok && i >= 0 {
		return cell{column: i, path: strings.Split(path, ".")}, nil
	}
	return cell{}, fmt.Errorf("mapping %s=%s: the file has no such column; it has %s", field, ref, strings.Join(header, ", "))
}

// deliver counts the row, and hands it or its badness to the sink.
func (d *flatDecoder) deliver(row []string, reason string, line int64, sink Sink) bool {
	d.counts.Records++
	if reason == "" {
		d.row, d.badJSON, d.badValue = row, false, false
		clear(d.json)
		user := d.value("user")
		if user == "" && !d.badJSON {
			d.counts.Excluded++
			return true
		}
		reason = d.record(user)
	}
	if reason != "" {
		d.counts.Bad++
		return sink(nil, &BadRecord{Source: d.file.Name, Line: line, Reason: reason})
	}
	return sink(&d.rec, nil)
}

// record fills d.rec, or tells why it cannot.
func (d *flatDecoder) record(user string) string {
	at := d.value("time")
	if at == "" {
		return ReasonNoTime
	}
	micros, ok := d.flat.parse(at)
	if !ok {
		return ReasonTime
	}
	if micros < firstTime || micros >= lastTime {
		return ReasonTimeRange
	}
	raw := d.value("event")
	if strings.TrimSpace(raw) == "" {
		return ReasonNoName
	}
	name := d.text([]byte(raw))
	if name == "" {
		return ReasonName
	}
	d.rec = Record{
		Event: features.Event{
			User: d.user([]byte(user)), Time: micros, Name: name, Screen: d.word("screen"), Platform: d.word("platform"),
			Device: d.word("device"), Language: d.word("language"), Country: d.word("country"), AppVersion: d.word("app_version"),
			EngagedMS: max(d.whole("engaged_ms"), 0), FirstTouch: d.instant("first_touch"),
		},
		Day: d.calendar.dayOf(micros), SessionID: d.whole("session"), Source: d.word("source"), Medium: d.word("medium"),
		Campaign: d.word("campaign"),
	}
	if _, ok := d.cells["channel"]; ok {
		d.rec.Channel = d.word("channel")
	} else {
		d.rec.Channel = d.channel(d.rec.Source, d.rec.Medium, d.rec.Campaign)
	}
	if account := d.value("account"); account != "" {
		d.rec.Account = d.user([]byte(account))
	}
	d.useParams()
	switch {
	case d.badJSON:
		return ReasonParams
	case d.badValue:
		return ReasonNumber
	}
	d.rec.Key = d.key()
	return ""
}

func (d *flatDecoder) useParams() {
	for _, p := range d.params {
		if x, ok := d.number(p.cell); ok {
			if d.rec.Params == nil {
				d.rec.Params = make(map[string]float64, len(d.params))
			}
			d.rec.Params[p.name] = x
		}
	}
}

// value is the raw text of a field, "" when the mapping or the row lacks it.
func (d *flatDecoder) value(field string) string {
	c, ok := d.cells[field]
	if !ok {
		return ""
	}
	return d.at(c)
}

func (d *flatDecoder) at(c cell) string {
	if c.path == nil {
		return d.row[c.column]
	}
	v := d.object(c.column)
	if v == nil {
		return ""
	}
	v = v.Get(c.path...)
	if v == nil {
		return ""
	}
	switch v.Type() {
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	case fastjson.TypeNumber, fastjson.TypeTrue, fastjson.TypeFalse:
		return v.String()
	}
	return ""
}

// object is the JSON object in a column of this row, nil when the cell is empty.
func (d *flatDecoder) object(column int) *fastjson.Value {
	if v, ok := d.json[column]; ok {
		return v
	}
	var v *fastjson.Value
	if s := d.row[column]; strings.TrimSpace(s) != "" {
		p := d.parsers[column]
		if p == nil {
			p = &fastjson.Parser{}
			d.parsers[column] = p
		}
		parsed, err := p.Parse(s)
		if err != nil || parsed.Type() != fastjson.TypeObject {
			d.badJSON = true
		} else {
			v = parsed
		}
	}
	d.json[column] = v
	return v
}

// word is a text field that may pass.
func (d *flatDecoder) word(field string) string {
	s := d.value(field)
	if s == "" {
		return ""
	}
	return d.text([]byte(s))
}

func (d *flatDecoder) whole(field string) int64 {
	s := strings.TrimSpace(d.value(field))
	if s == "" {
		return 0
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.Abs(x) >= 1<<53 {
		d.badValue = true
		return 0
	}
	return int64(x)
}

func (d *flatDecoder) instant(field string) int64 {
	s := d.value(field)
	if s == "" {
		return 0
	}
	n, ok := d.flat.parse(s)
	if !ok {
		d.badValue = true
	}
	return max(n, 0)
}

// number reads a numeric parameter. Empty is absent; what is no finite number spoils the record.
func (d *flatDecoder) number(c cell) (float64, bool) {
	s := strings.TrimSpace(d.at(c))
	if s == "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		d.badValue = true
		return 0, false
	}
	return x, true
}

// key digests all cells of the row: only rows equal in every column are copies of one event. Where repeats are kept, the second
// such row of a file is another event than the first, and the same event as the second of another file.
func (d *flatDecoder) key() Key {
	key := d.digestRow(0)
	if !d.keepRepeats {
		return key
	}
	n := d.seen[key]
	d.seen[key] = n + 1
	if n == 0 {
		return key
	}
	return d.digestRow(n)
}

// digestRow digests the row as the n-th repeat, 0 being the first.
func (d *flatDecoder) digestRow(n uint32) Key {
	s := d.scratch[:0]
	for _, i := range d.order {
		s = appendText(s, d.row[i])
	}
	d.scratch = s
	d.digest.Reset()
	d.digest.Write(s)
	if n > 0 {
		d.digest.Write(binary.LittleEndian.AppendUint32(nil, n))
	}
	var sum [32]byte
	return Key(d.digest.Sum(sum[:0])[:16])
}
