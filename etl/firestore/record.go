package firestore

import (
	"strings"
	"time"

	"github.com/valyala/fastjson"
)

// record is a line of a file.
type record struct {
	document
	// collection is the one that the record names, "" where it names none.
	collection string
	// updated and read are its update time and the instant of its reading in microseconds UTC, 0 where it does not tell.
	updated, read int64
}

// readRecord understands three forms: a document as Firestore's REST interface writes it, with the types of its values; a row
// of the answer to a query there, which holds such a document; and a flat object of plain values with a document_id.
func readRecord(v *fastjson.Value, loc *time.Location) (record, reason) {
	if v.Type() != fastjson.TypeObject {
		return record{}, syntax
	}
	var rec record
	if at, has, ok := micros(firstOf(v, "readTime", "read_time"), loc); has && ok {
		rec.read = at
	}
	if inner := v.Get("document"); inner != nil && inner.Type() == fastjson.TypeObject {
		v = inner
	}
	fields, reduce := v, plain
	if name := string(v.GetStringBytes("name")); v.Get("fields") != nil && strings.Contains(name, "/documents/") {
		rec.collection, rec.id = parent(name)
		fields, reduce = v.Get("fields"), typed
	} else {
		rec.id, _ = plain(v.Get("document_id")).(string)
	}
	rec.field = func(name string) any { return reduce(fields.Get(name)) }
	return rec, rec.times(v, loc)
}

func (rec *record) times(v *fastjson.Value, loc *time.Location) reason {
	if at, has, ok := micros(firstOf(v, "updateTime", "update_time"), loc); has && ok {
		rec.updated = at
	}
	at, _, ok := micros(firstOf(v, "createTime", "create_time", "created_at"), loc)
	if rec.created = at; !ok {
		return badCreated
	}
	if rec.id == "" {
		return noID
	}
	return fine
}

// firstOf is the first of the fields that is there.
func firstOf(v *fastjson.Value, names ...string) any {
	for _, n := range names {
		if x := plain(v.Get(n)); x != nil {
			return x
		}
	}
	return nil
}

// parent is the collection and the id at the end of a document's path.
func parent(path string) (collection, id string) {
	rest, id, _ := cutLast(path)
	_, collection, _ = cutLast(rest)
	return collection, id
}

func cutLast(path string) (before, after string, found bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// plain reduces a value of plain JSON.
func plain(v *fastjson.Value) any {
	if v == nil {
		return nil
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return nil
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	case fastjson.TypeArray:
		return list(len(v.GetArray()))
	case fastjson.TypeObject:
		return plainObject(v)
	}
	return string(v.MarshalTo(nil))
}

// plainObject is an instant for the object that a time stamp becomes.
func plainObject(v *fastjson.Value) any {
	for _, prefix := range []string{"_", ""} {
		seconds, nanos := v.Get(prefix+"seconds"), v.Get(prefix+"nanoseconds")
		if seconds == nil || nanos == nil {
			continue
		}
		s, errS := seconds.Int64()
		n, errN := nanos.Int64()
		if errS == nil && errN == nil {
			return instant(s*1e6 + n/1000)
		}
	}
	return opaque{}
}

// typed reduces a value of Firestore's REST interface, which is an object of one field that says the type.
func typed(v *fastjson.Value) any {
	if v == nil {
		return nil
	}
	for _, name := range []string{"stringValue", "referenceValue", "integerValue", "doubleValue", "booleanValue"} {
		if x := v.Get(name); x != nil {
			return plain(x)
		}
	}
	if x := v.Get("timestampValue"); x != nil {
		if at, has, ok := micros(plain(x), time.UTC); has && ok {
			return instant(at)
		}
		return opaque{}
	}
	if x := v.Get("arrayValue"); x != nil {
		return list(len(x.GetArray("values")))
	}
	if x := v.Get("nullValue"); x != nil {
		return nil
	}
	return opaque{}
}
