package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ga4Row is one event of the export with the columns that the reader looks at, whatever the file format. Byte slices belong to
// the parser and are valid until its next row.
type ga4Row struct {
	date, name, userID, account, stream, platform []byte
	// time and firstTouch are in microseconds UTC; hasTime tells 0 from none.
	time, firstTouch                       int64
	hasTime                                bool
	category, language, country, version   []byte
	installSource                          []byte
	touchSource, touchMedium, touchName    []byte
	manualSource, manualMedium, manualName []byte
	// bundle, index and page identify an event of newer exports; hasBatch tells whether they are there.
	bundle, index, page int64
	hasBatch            bool
	params              []ga4Param
	properties          []ga4Param
}

// ga4Param is one event parameter: text, or a number.
type ga4Param struct {
	key, text []byte
	number    float64
	whole     int64
	// kind is 's', 'i', 'f' or 0 for none.
	kind byte
}

// ga4Decoder makes records of rows. It serves one goroutine.
type ga4Decoder struct {
	*border
	params  map[string]bool
	staff   string
	file    File
	days    map[string]string
	digest  hash.Hash
	scratch []byte
	rec     Record
	parser  jsonParser
}

func (g *GA4) decoder(b *border, f File) *ga4Decoder {
	d := &ga4Decoder{
		border: b, params: map[string]bool{}, staff: g.staff, file: f, days: map[string]string{}, digest: sha256.New(),
	}
	for _, p := range g.params {
		d.params[p] = true
	}
	return d
}

// The instants between which an event time is believed.
var (
	firstTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastTime  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
)

// deliver counts the row, and hands it or its badness to the sink.
func (d *ga4Decoder) deliver(row *ga4Row, reason string, line int64, sink Sink) bool {
	d.counts.Records++
	if reason == "" && len(row.userID) == 0 {
		d.counts.Excluded++
		return true
	}
	if reason == "" {
		reason = d.record(row)
	}
	if reason != "" {
		d.counts.Bad++
		return sink(nil, &BadRecord{Source: d.file.Name, Line: line, Day: d.file.Day, Reason: reason})
	}
	return sink(&d.rec, nil)
}

// record fills d.rec from the row, or tells why it cannot.
func (d *ga4Decoder) record(row *ga4Row) string {
	if !row.hasTime {
		return ReasonNoTime
	}
	if row.time < firstTime || row.time >= lastTime {
		return ReasonTimeRange
	}
	if len(row.name) == 0 {
		return ReasonNoName
	}
	name := d.text(row.name)
	if name == "" {
		return ReasonName
	}
	day := d.day(row.date)
	switch {
	case day == "":
		return ReasonDay
	case d.file.Day != "" && day != d.file.Day:
		return ReasonOtherDay
	}
	d.rec = Record{
		Event: features.Event{
			User: d.user(row.userID), Time: row.time, Name: name, FirstTouch: max(row.firstTouch, 0),
			Platform: d.text(row.platform), Device: d.text(row.category), Language: d.text(row.language),
			Country: d.text(row.country), AppVersion: d.text(row.version),
		},
		Day: day, Source: d.text(row.manualSource), Medium: d.text(row.manualMedium), Campaign: d.text(row.manualName),
		Flag: d.flag(row), Key: d.key(row),
	}
	if len(row.account) > 0 {
		d.rec.Account = d.user(row.account)
	}
	d.rec.Channel = d.channel(d.text(row.touchSource), d.text(row.touchMedium), d.text(row.touchName))
	d.useParams(row.params)
	return ""
}

// flag tells why no customer made the event, "" where a customer may have: the device was in debug mode, the app marks the user as
// staff, or the app came from no store, as on the devices of Firebase's Test Lab and of the team.
func (d *ga4Decoder) flag(row *ga4Row) string {
	for _, p := range row.params {
		if p.whole == 1 && p.kind != 'f' && (string(p.key) == "debug_event" || string(p.key) == "debug_mode") {
			return warehouse.FlagDebug
		}
	}
	for _, p := range row.properties {
		if d.staff != "" && string(p.key) == d.staff && p.truthy() {
			return warehouse.FlagStaff
		}
	}
	if string(bytes.TrimSpace(row.installSource)) == "manual_install" && string(row.platform) == "ANDROID" {
		return warehouse.FlagTest
	}
	return ""
}

// truthy is false for no value, "", 0 and false.
func (p ga4Param) truthy() bool {
	if p.kind == 's' {
		text := strings.ToLower(strings.TrimSpace(string(p.text)))
		return text != "" && text != "0" && text != "false"
	}
	return p.kind != 0 && p.number != 0
}

// day rewrites YYYYMMDD as YYYY-MM-DD, "" when it is no date.
func (d *ga4Decoder) day(date []byte) string {
	day, ok := d.days[string(date)]
	if !ok {
		if t, err := time.Parse("20060102", string(date)); err == nil {
			day = t.Format(time.DateOnly)
		}
		if len(d.days) >= cacheSize {
			clear(d.days)
		}
		d.days[string(date)] = day
	}
	return day
}

// useParams takes screen, engagement, session and the listed numbers. page_title is free text and never read; of page_location
// only the path is.
func (d *ga4Decoder) useParams(params []ga4Param) {
	var screen, class, page string
	for i := range params {
		p := &params[i]
		switch string(p.key) {
		case "firebase_screen":
			screen = d.text(p.text)
		case "firebase_screen_class":
			class = d.text(p.text)
		case "page_location":
			page = d.text([]byte(pathOf(string(p.text))))
		case "engagement_time_msec":
			d.rec.EngagedMS = max(p.whole, 0)
		case "ga_session_id":
			d.rec.SessionID = p.whole
		}
		if p.kind != 0 && p.kind != 's' && d.params[string(p.key)] && !math.IsNaN(p.number) && !math.IsInf(p.number, 0) {
			if d.rec.Params == nil {
				d.rec.Params = map[string]float64{}
			}
			d.rec.Params[string(p.key)] = p.number
		}
	}
	d.rec.Screen = first(screen, class, page)
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// key digests what identifies an event: with batch fields the user, time, name and place in the batch, else the user, time, name,
// stream, bundle and all parameters in sorted order.
func (d *ga4Decoder) key(row *ga4Row) Key {
	s := d.scratch[:0]
	s = appendBytes(s, row.userID)
	s = binary.LittleEndian.AppendUint64(s, uint64(row.time))
	s = appendBytes(s, row.name)
	s = binary.LittleEndian.AppendUint64(s, uint64(row.bundle))
	if row.hasBatch {
		s = binary.LittleEndian.AppendUint64(s, uint64(row.index))
		s = binary.LittleEndian.AppendUint64(s, uint64(row.page))
	} else {
		s = appendBytes(s, row.stream)
		slices.SortStableFunc(row.params, func(a, b ga4Param) int { return bytes.Compare(a.key, b.key) })
		for _, p := range row.params {
			s = append(appendBytes(s, p.key), p.kind)
			s = appendBytes(s, p.text)
			s = binary.LittleEndian.AppendUint64(s, math.Float64bits(p.number))
		}
	}
	d.scratch = s
	d.digest.Reset()
	d.digest.Write(s)
	var sum [32]byte
	return Key(d.digest.Sum(sum[:0])[:16])
}

func appendBytes(s, b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(s, uint32(len(b))), b...)
}

func appendText(s []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(s, uint32(len(text))), text...)
}
