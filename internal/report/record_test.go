package report

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecordMakesTheSamePage holds that a page made from the record is the page itself, in either language.
func TestRecordMakesTheSamePage(t *testing.T) {
	var record bytes.Buffer
	if err := Record(&record, fixture()); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRecord(&record)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{English, Korean} {
		first, again := fixture(), back
		first.Language, again.Language = language, language
		var want, got, wantJSON, gotJSON bytes.Buffer
		for _, w := range []struct {
			page, figures *bytes.Buffer
			d             Data
		}{{&want, &wantJSON, first}, {&got, &gotJSON, again}} {
			if err := HTML(w.page, w.d); err != nil {
				t.Fatal(err)
			}
			if err := JSON(w.figures, w.d); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(wantJSON.String(), gotJSON.String()); diff != "" {
			t.Errorf("%s figures (-first +again):\n%s", language, diff)
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("%s: the page made from the record differs", language)
		}
	}
}

func TestReadRecordRefuses(t *testing.T) {
	for name, text := range map[string]string{"no JSON": "{", "a newer format": `{"format": 99}`, "a wrong kind": `{"summary": {"base_rate": 5}}`} {
		if _, err := ReadRecord(bytes.NewReader([]byte(text))); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
