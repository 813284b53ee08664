package jsonpull

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSkip(t *testing.T) {
	for _, text := range []string{`1`, `-1.5e300`, `1e999`, `"a\n\u00e9"`, `true`, `null`, `[]`, `{}`, `[1,[2,{"a":[3]}],"x"]`, `{"a":{"b":[null,false]}}`} {
		var r Reader
		r.Reset([]byte(text))
		if err := r.Skip(8); err != nil || r.Offset() != len(text) {
			t.Errorf("%s: stopped at %d, %v", text, r.Offset(), err)
		}
		for end := range len(text) {
			r.Reset([]byte(text[:end]))
			if err := r.Skip(8); err == nil && r.End() == nil && !json.Valid([]byte(text[:end])) {
				t.Errorf("%s: not seen to be no JSON", text[:end])
			}
		}
	}
}

func TestSkipKnowsItsDepth(t *testing.T) {
	for depth, ok := range map[int]bool{31: true, 32: true, 33: false, 100_000: false} {
		var r Reader
		r.Reset([]byte(strings.Repeat("[", depth) + strings.Repeat("]", depth)))
		if err := r.Skip(32); (err == nil) != ok {
			t.Errorf("%d deep: %v", depth, err)
		}
	}
}
