package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func summaryOf(t *testing.T, d Data, style string, link ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSummary(&b, d, style, link...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSummaryGolden(t *testing.T) {
	for _, language := range []string{English, Korean} {
		for _, style := range []string{Slack, Markdown} {
			d := fixture()
			d.Language = language
			golden(t, "summary."+language+"."+style+".txt", []byte(summaryOf(t, d, style, "reports/2026-03-01/report.html")))
		}
	}
}

func TestSummaryWarnsAndFits(t *testing.T) {
	d := fixture()
	d.Meta.NotPublished = phrase.Name("the gate failed.")
	for range 60 {
		d.Summary.Warnings = append(d.Summary.Warnings, phrase.Name(strings.Repeat("long ", 20)))
		d.Spend.Advice[0] = phrase.Name(d.Spend.Advice[0].String() + strings.Repeat("더 ", 30))
	}
	for _, style := range []string{Slack, Markdown} {
		text := summaryOf(t, d, style, strings.Repeat("x", 200))
		if n := utf8.RuneCountInString(text); n > longestSummary {
			t.Errorf("%s: %d characters", style, n)
		}
		for _, want := range []string{"NOT PUBLISHED", "SIMULATED DATA", "the gate failed.", "xxx"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: lacks %q", style, want)
			}
		}
	}
}

func TestSummaryOfNothing(t *testing.T) {
	text := summaryOf(t, Data{}, Slack)
	for _, bad := range []string{"%!", "NaN", "SIMULATED", "The moments"} {
		if strings.Contains(text, bad) {
			t.Errorf("contains %q:\n%s", bad, text)
		}
	}
	if !strings.Contains(text, "new people, answer known: &lt; 10") {
		t.Errorf("does not say that there are too few people:\n%s", text)
	}
}

func TestSummaryEscapesNames(t *testing.T) {
	d := Data{Meta: Meta{Title: "a <!channel> *b* _c_ [d](e)"}}
	if text := summaryOf(t, d, Slack); strings.Contains(text, "<!channel>") {
		t.Errorf("slack would call everybody: %s", text)
	}
	if text := summaryOf(t, d, Markdown); !strings.Contains(text, `\*b\* \_c\_ \[d](e)`) {
		t.Errorf("names are marked up: %s", text)
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestSummaryErrors(t *testing.T) {
	if err := WriteSummary(&bytes.Buffer{}, Data{}, "html"); err == nil || !strings.Contains(err.Error(), `"html"`) {
		t.Errorf("an unknown style gives %v", err)
	}
	if err := WriteSummary(full{}, Data{}, Slack); !errors.Is(err, errFull) {
		t.Errorf("a full disk gives %v", err)
	}
}
