package source

import (
	"strconv"

	"github.com/valyala/fastjson"
)

// jsonParser reads lines and counts which columns they have.
type jsonParser struct {
	fastjson.Parser
	seen seen
}

// parse reads one line of the newline-delimited JSON export. Columns are found by name; those that older exports lack stay empty,
// and those that nobody asked for are not looked at. Numbers may be JSON numbers or, as BigQuery writes INT64, strings.
func (d *ga4Decoder) parse(line []byte, row *ga4Row) (reason string) {
	if line == nil {
		return ReasonTooLong
	}
	v, err := d.parser.ParseBytes(line)
	if err != nil {
		return ReasonSyntax
	}
	object, err := v.Object()
	if err != nil {
		return ReasonSyntax
	}
	ok := true
	counts := d.parser.seen.next()
	object.Visit(func(key []byte, v *fastjson.Value) {
		if counts {
			d.parser.seen.json(key, v)
		}
		ok = row.set(string(key), v) && ok
	})
	if !ok {
		return ReasonNumber
	}
	return ""
}

// set takes one column of the event; false means that a number could not be read.
func (r *ga4Row) set(key string, v *fastjson.Value) bool {
	ok := true
	switch key {
	case "event_date":
		r.date = text(v)
	case "event_name":
		r.name = text(v)
	case "user_pseudo_id":
		r.userID = text(v)
	case "user_id":
		r.account = text(v)
	case "stream_id":
		r.stream = text(v)
	case "platform":
		r.platform = text(v)
	case "event_timestamp":
		r.time, r.hasTime, ok = whole(v)
	case "user_first_touch_timestamp":
		r.firstTouch, _, ok = whole(v)
	case "event_bundle_sequence_id":
		r.bundle, _, ok = whole(v)
	case "batch_event_index":
		r.index, r.hasBatch, ok = whole(v)
	case "batch_page_id":
		r.page, _, ok = whole(v)
	case "device":
		r.category, r.language = text(v.Get("category")), text(v.Get("language"))
	case "geo":
		r.country = text(v.Get("country"))
	case "app_info":
		r.version, r.installSource = text(v.Get("version")), text(v.Get("install_source"))
	case "traffic_source":
		r.touchSource, r.touchMedium, r.touchName = text(v.Get("source")), text(v.Get("medium")), text(v.Get("name"))
	case "collected_traffic_source":
		r.manualSource, r.manualMedium = text(v.Get("manual_source")), text(v.Get("manual_medium"))
		r.manualName = text(v.Get("manual_campaign_name"))
	case "event_params":
		r.params, ok = readParams(v)
	case "user_properties":
		r.properties, ok = readParams(v)
	}
	return ok
}

// readParams reads a repeated record of keys and values, the event's parameters or the user's properties.
func readParams(v *fastjson.Value) (params []ga4Param, ok bool) {
	if v.Type() == fastjson.TypeNull {
		return nil, true
	}
	items, err := v.Array()
	if err != nil {
		return nil, false
	}
	params = make([]ga4Param, 0, len(items))
	for _, item := range items {
		p := ga4Param{key: text(item.Get("key"))}
		if value := item.Get("value"); value != nil && !p.read(value) {
			return nil, false
		}
		params = append(params, p)
	}
	return params, true
}

// read takes the one of the four value columns that is filled.
func (p *ga4Param) read(value *fastjson.Value) bool {
	if s := value.Get("string_value"); s != nil && s.Type() == fastjson.TypeString {
		p.kind, p.text = 's', text(s)
		// Some parameters, session_engaged for one, come as text in one version and as a number in the next.
		p.whole = wholeText(p.text)
		return true
	}
	if n, has, ok := whole(value.Get("int_value")); has || !ok {
		p.kind, p.whole, p.number = 'i', n, float64(n)
		return ok
	}
	for _, column := range []string{"double_value", "float_value"} {
		if x, has, ok := number(value.Get(column)); has || !ok {
			p.kind, p.number, p.whole = 'f', x, int64(x)
			return ok
		}
	}
	return true
}

// wholeText is the integer that the text is, 0 where it is none.
func wholeText(s []byte) int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func text(v *fastjson.Value) []byte {
	if v == nil || v.Type() != fastjson.TypeString {
		return nil
	}
	return v.GetStringBytes()
}

// whole reads an integer given as number or string. Absent and null are has == false; anything else unreadable is ok == false.
func whole(v *fastjson.Value) (n int64, has, ok bool) {
	if v == nil {
		return 0, false, true
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return 0, false, true
	case fastjson.TypeString:
		s := v.GetStringBytes()
		if len(s) == 0 {
			return 0, false, true
		}
		n, err := strconv.ParseInt(string(s), 10, 64)
		return n, err == nil, err == nil
	case fastjson.TypeNumber:
		if n, err := v.Int64(); err == nil {
			return n, true, true
		}
		x, err := v.Float64()
		n := int64(x)
		return n, err == nil && float64(n) == x, err == nil && float64(n) == x
	}
	return 0, false, false
}

func number(v *fastjson.Value) (x float64, has, ok bool) {
	if v == nil {
		return 0, false, true
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return 0, false, true
	case fastjson.TypeString:
		x, err := strconv.ParseFloat(string(v.GetStringBytes()), 64)
		return x, err == nil, err == nil
	case fastjson.TypeNumber:
		x, err := v.Float64()
		return x, err == nil, err == nil
	}
	return 0, false, false
}
