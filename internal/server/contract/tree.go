package contract

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// object is a mapping of the document in the order in which it was written.
type object = yaml.MapSlice

// appendJSON writes a part of the document as JSON.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case object:
		return appendObject(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, item); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return append(b, ']'), nil
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

func appendObject(b []byte, o object) ([]byte, error) {
	b = append(b, '{')
	for i, member := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendName(b, member), ':')
		var err error
		if b, err = appendJSON(b, member.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", key(member), err)
		}
	}
	return append(b, '}'), nil
}

func appendName(b []byte, m yaml.MapItem) []byte {
	// A text can always be encoded.
	name, _ := json.Marshal(key(m))
	return append(b, name...)
}

// maxLine is how long a line of a readable example may be.
const maxLine = 96

// appendReadable writes a part of the document as JSON to read: what fits stands on one line.
func appendReadable(b []byte, v any, indent string) ([]byte, error) {
	flat, err := appendJSON(nil, v)
	if err != nil {
		return nil, err
	}
	deeper := indent + "  "
	switch v := v.(type) {
	case object:
		if len(indent)+len(flat) > maxLine && len(v) > 0 {
			for i, member := range v {
				b = append(append(b, "{,"[min(i, 1)], '\n'), deeper...)
				b = append(appendName(b, member), ": "...)
				if b, err = appendReadable(b, member.Value, deeper); err != nil {
					return nil, err
				}
			}
			return append(append(append(b, '\n'), indent...), '}'), nil
		}
	case []any:
		if len(indent)+len(flat) > maxLine && len(v) > 0 {
			for i, item := range v {
				b = append(append(b, "[,"[min(i, 1)], '\n'), deeper...)
				if b, err = appendReadable(b, item, deeper); err != nil {
					return nil, err
				}
			}
			return append(append(append(b, '\n'), indent...), ']'), nil
		}
	}
	return append(b, flat...), nil
}

// get follows a path of names down from v; nil where it ends early.
func get(v any, path ...string) any {
	for _, name := range path {
		o, _ := v.(object)
		v = nil
		for _, member := range o {
			if member.Key == name {
				v = member.Value
				break
			}
		}
	}
	return v
}

// members are the members of the mapping at a path, none where there is no mapping.
func members(v any, path ...string) object {
	o, _ := get(v, path...).(object)
	return o
}

// items are the items of the list at a path, none where there is no list.
func items(v any, path ...string) []any {
	list, _ := get(v, path...).([]any)
	return list
}

// text is the text at a path, "" where there is none.
func text(v any, path ...string) string {
	s, _ := get(v, path...).(string)
	return strings.TrimSpace(s)
}

// key is the name of a member.
func key(m yaml.MapItem) string { return fmt.Sprint(m.Key) }

// resolve follows a reference of the document to what it names; what is no reference is given as it is.
func resolve(root, v any) any {
	ref := text(v, "$ref")
	if ref == "" {
		return v
	}
	return get(root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

// refName is the last part of a reference.
func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
