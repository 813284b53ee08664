package jsonpull

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// tree reads the next value whole, as encoding/json would.
func tree(r *Reader) (any, error) {
	k, err := r.Kind()
	if err != nil {
		return nil, err
	}
	switch k {
	case Null:
		return nil, r.Null()
	case Bool:
		return r.Bool()
	case Number:
		return r.Float()
	case String:
		text, err := r.Text()
		return string(text), err
	case Array:
		return list(r)
	}
	return object(r)
}

func list(r *Reader) (any, error) {
	if err := r.Open(Array); err != nil {
		return nil, err
	}
	out := []any{}
	for {
		ok, err := r.Element(len(out) == 0)
		if !ok || err != nil {
			return out, err
		}
		v, err := tree(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func object(r *Reader) (any, error) {
	if err := r.Open(Object); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for first := true; ; first = false {
		key, ok, err := r.Key(first)
		if !ok || err != nil {
			return out, err
		}
		name := string(key)
		if out[name], err = tree(r); err != nil {
			return nil, err
		}
	}
}

func read(text []byte) (any, error) {
	var r Reader
	r.Reset(text)
	v, err := tree(&r)
	if err == nil {
		err = r.End()
	}
	return v, err
}

var texts = []string{
	``, ` `, `{}`, `[]`, `[1,2,3]`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":1 "b":2}`, `{,}`,
	`{"a":{"b":[null,true,false,"x"]}}`, `nul`, `nullx`, `truefalse`, `tru`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e`, `1e5`,
	`1E+5`, `1e-7`, `1e400`, `-1e400`, `1e-400`, `123456789012345678901234567890`, `+1`, `NaN`, `Infinity`, `0x10`, `1_000`,
	`"abc"`, `"a`, `"a\`, `"\q"`, `"\u12"`, `"\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`,
	`"\"\\\/\b\f\n\r\t"`, "\"a\tb\"", "\"a\\n\tb\"", "\"\xff\"", "\"\\n\xff\"", `"한국어"`, `{"a":1}{"b":2}`, `[[[[[[]]]]]]`, `[[`, `{"a":`,
	"\ufeff{}", "{\"a\"\u00a0:1}", `{"a":1,"a":2}`, `"\u00G0"`, `"\u+123"`, `"\u_123"`,
}

func check(t *testing.T, text []byte) {
	t.Helper()
	got, err := read(text)
	var want any
	wantErr := json.Unmarshal(text, &want)
	if !utf8.Valid(text) {
		// encoding/json replaces what is not UTF-8; RFC 8259 forbids it, and so do we.
		if err == nil {
			t.Fatalf("%q: text that is not UTF-8 was accepted", text)
		}
		return
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: got error %v, encoding/json says %v", text, err, wantErr)
	}
	if err != nil {
		var syntax *SyntaxError
		var bounds *RangeError
		if !errors.As(err, &syntax) && !errors.As(err, &bounds) {
			t.Fatalf("%q: error of type %T", text, err)
		}
		if syntax != nil && (syntax.Offset < 0 || syntax.Offset > len(text)) {
			t.Fatalf("%q: offset %d lies outside", text, syntax.Offset)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: (-encoding/json +ours)\n%s", text, diff)
	}
}

func TestReaderAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range texts {
		check(t, []byte(text))
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Count(text, []byte("[")) > 1000 || bytes.Count(text, []byte("{")) > 1000 {
			t.Skip("the tree of this test is recursive, the reader is not")
		}
		check(t, text)
	})
}

func TestSyntaxErrorOffset(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
	}{
		{`{"a":1,}`, 7},
		{`{"a" 1}`, 5},
		{`[1, x]`, 4},
		{`{"a":1} x`, 8},
		{`{"a":`, 5},
		{`"ab\q"`, 3},
		{"\"ab\tc\"", 3},
	} {
		_, err := read([]byte(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: got %v, want a syntax error", c.text, err)
			continue
		}
		if syntax.Offset != c.offset {
			t.Errorf("%s: got offset %d, want %d (%s)", c.text, syntax.Offset, c.offset, syntax.Problem)
		}
	}
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-12", -12, true},
		{"9223372036854775807", 9223372036854775807, true},
		{"9223372036854775808", 0, false},
		{"1.0", 0, false},
		{"1e3", 0, false},
	} {
		var r Reader
		r.Reset([]byte(c.text))
		got, err := r.Int()
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("Int(%s) = %d, %v", c.text, got, err)
		}
	}
}

func TestKindString(t *testing.T) {
	var r Reader
	for text, want := range map[string]string{
		"null": "null", "true": "true or false", "1": "a number", `"x"`: "text", "[]": "a list", "{}": "an object", "?": "no value",
	} {
		r.Reset([]byte(text))
		if k, _ := r.Kind(); k.String() != want {
			t.Errorf("Kind of %s is %s, want %s", text, k, want)
		}
	}
}
