package report

import (
	"bytes"
	"strings"
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

// TestRecordsOfPlainWords holds that records from before the words could be translated are read; names of a closed set are said in Korean
// all the same.
func TestRecordsOfPlainWords(t *testing.T) {
	d, err := ReadRecord(strings.NewReader(`{"format": 1, "language": "ko",
		"meta": {"label_words": "visits on at least 3 days", "settings": [{"name": "folds", "value": "3"}]},
		"summary": {"users": 900, "cohort": 800, "revisiting": 200},
		"quality": {"rows": 100, "revisiting": 30, "why": "logit: the least log loss", "models": [{"name": "logit", "chosen": true}],
			"gates": [{"name": "tells users apart", "passed": true, "detail": "AUC 0.8"}], "trials": [{"family": "logit", "params": "C 0.1"}]},
		"what_matters": {"rows": 100, "odds_ratios": [{"name": "visit_days", "per": "1 SD"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	page := render(t, d)
	for _, want := range []string{"visits on at least 3 days", "교차검증 폴드 수</th><td class=\"wrap\">3<", "사용자를 구별하는가", "AUC 0.8", "C 0.1", "visit_days"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a record of plain words lacks %q", want)
		}
	}
}
