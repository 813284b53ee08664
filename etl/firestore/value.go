package firestore

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	client "cloud.google.com/go/firestore"
)

// fieldName is what a field of a document may be called to be named in an option: it goes into JSON paths.
var fieldName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// A field's value is one of: nil (missing or null), string (any scalar, as JSON_VALUE of GoogleSQL writes it), list (how many
// elements an array has), instant, or opaque (maps and whatever else). The three ways in agree because they all reduce to
// these.
type (
	list    int
	instant int64
	opaque  struct{}
)

// native reduces a value as the Firestore client gives it.
func native(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return instant(v.UnixMicro())
	case []any:
		return list(len(v))
	case *client.DocumentRef:
		if v == nil {
			return nil
		}
		return v.ID
	case map[string]any:
		return nativeMap(v)
	}
	return opaque{}
}

// nativeMap is an instant for the map that a time stamp becomes on its way through JSON.
func nativeMap(m map[string]any) any {
	for _, prefix := range []string{"_", ""} {
		seconds, ok := m[prefix+"seconds"].(int64)
		if nanos, fine := m[prefix+"nanoseconds"].(int64); ok && fine {
			return instant(seconds*1e6 + nanos/1000)
		}
	}
	return opaque{}
}

// count is the length of a list, as a parameter: ok is false where the value is no list, has where there is one.
func count(v any) (n float64, has, ok bool) {
	switch v := v.(type) {
	case nil:
		return 0, false, true
	case list:
		return float64(v), true, true
	}
	return 0, false, false
}

// yes is 1 for true and 0 for false.
func yes(v any) (n float64, has, ok bool) {
	switch v {
	case nil:
		return 0, false, true
	case "true":
		return 1, true, true
	case "false":
		return 0, true, true
	}
	return 0, false, false
}

// id is the account id in a field: a text, or the last part of a reference to the account's document. "" is none.
func id(v any) string {
	s, _ := v.(string)
	return s[strings.LastIndexByte(s, '/')+1:]
}

var (
	zoned = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$`)
	local = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?$`)
	unixS = regexp.MustCompile(`^[0-9]{9,10}$`)
	unixM = regexp.MustCompile(`^[0-9]{12,13}$`)
)

// localLayouts are the forms of a time without a zone; a fraction is read after the seconds in any.
var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly}

// micros reads a time: an instant, RFC 3339, the same without a zone (then local to the app), or seconds or milliseconds since
// 1970.
func micros(v any, loc *time.Location) (at int64, has, ok bool) {
	switch v := v.(type) {
	case nil:
		return 0, false, true
	case instant:
		return int64(v), true, true
	case string:
		at, ok = parseMicros(v, loc)
		return at, ok, ok
	}
	return 0, false, false
}

func parseMicros(s string, loc *time.Location) (int64, bool) {
	switch {
	case zoned.MatchString(s):
		t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "T", 1))
		return t.UnixMicro(), err == nil
	case local.MatchString(s):
		for _, layout := range localLayouts {
			if t, err := time.ParseInLocation(layout, strings.Replace(s, " ", "T", 1), loc); err == nil {
				return t.UnixMicro(), true
			}
		}
	case unixS.MatchString(s), unixM.MatchString(s):
		n, err := strconv.ParseInt(s, 10, 64)
		if len(s) <= 10 {
			n *= 1000
		}
		return n * 1000, err == nil
	}
	return 0, false
}
