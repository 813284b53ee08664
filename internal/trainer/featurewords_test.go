package trainer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// defaultFeatures are those of every kind that the default set can hold, the days known among them. The names that they hold are
// meeting_create, home and price.
func defaultFeatures(t *testing.T) []features.Feature {
	t.Helper()
	found := features.Found{
		Users: 1000, Engaged: 900,
		Events:  []features.Support{{Name: "meeting_create", Users: 500}, {Name: features.ProfileSnapshot, Users: 300}},
		Screens: []features.Support{{Name: "home", Users: 800}},
	}
	for _, field := range []string{"platform", "device", "language", "country", "app_version", "channel"} {
		found.Context = append(found.Context, features.Support{Name: field, Users: 900})
	}
	choice := features.DefaultChoice()
	choice.Params = []string{"price"}
	list := features.DefaultSet("Asia/Seoul", features.DefaultLabel(), nil, found, choice).WithDaysKnown().Features
	// 18 habits, 3 of the event, 5 of the snapshot, 1 of the screen, 2 of the parameter, 6 of context and the days known.
	if len(list) != 36 {
		t.Fatalf("%d features to say, want 36", len(list))
	}
	return list
}

// TestFeatureWordsKnowTheDefaultSet holds that each label and meaning of the default features can be said in another language, and is in
// English what it was.
func TestFeatureWordsKnowTheDefaultSet(t *testing.T) {
	for _, f := range defaultFeatures(t) {
		for _, text := range []string{f.Label, f.Doc} {
			p := featureWords(text, f.Expr)
			if p.Equal(phrase.Name(text)) {
				t.Errorf("%s: %q cannot be said in another language", f.Name, text)
			}
			if p.String() != text {
				t.Errorf("%s: %q becomes %q", f.Name, text, p)
			}
		}
	}
}

// TestTheKoreanReportSaysFeaturesInKorean holds that nothing but names is left in English, and that the English report says what the
// set says.
func TestTheKoreanReportSaysFeaturesInKorean(t *testing.T) {
	list := defaultFeatures(t)
	english, names := regexp.MustCompile(`[A-Za-z]{2,}`), strings.NewReplacer("meeting_create", "", "home", "", "price", "")
	hangul := regexp.MustCompile(`\p{Hangul}`)
	for k, e := range effectsSaid(t, report.Korean, list) {
		for _, text := range []string{e.Label, e.Meaning} {
			if english.MatchString(names.Replace(text)) || !hangul.MatchString(text) {
				t.Errorf("%s is said as %q in Korean", list[k].Name, text)
			}
		}
	}
	for k, e := range effectsSaid(t, report.English, list) {
		if f := list[k]; e.Label != f.Label || e.Meaning != f.Doc {
			t.Errorf("%s is said as %q, %q in English, want %q, %q", f.Name, e.Label, e.Meaning, f.Label, f.Doc)
		}
	}
}

type saidEffect struct{ Label, Meaning string }

// effectsSaid are the words of the features in the report.
func effectsSaid(t *testing.T, language string, list []features.Feature) []saidEffect {
	t.Helper()
	r := run{Result: &Result{Set: &features.Set{Features: list}}}
	data := report.Data{Language: language, Summary: report.Summary{Users: 1000, Cohort: 1000}, Matters: report.Matters{Rows: 1000}}
	for j, f := range list {
		data.Matters.Effects = append(data.Matters.Effects, report.Effect{Name: f.Name, Label: r.label(j), Meaning: r.meaning(j)})
	}
	var page bytes.Buffer
	if err := report.JSON(&page, data); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Matters struct{ Effects []saidEffect } `json:"what_matters"`
	}
	if err := json.Unmarshal(page.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if len(out.Matters.Effects) != len(list) {
		t.Fatalf("the report has %d features, want %d", len(out.Matters.Effects), len(list))
	}
	return out.Matters.Effects
}

// TestFeatureWordsKeepNames holds that a name is the one that the feature reads, and that the words of a set of someone's own stay.
func TestFeatureWordsKeepNames(t *testing.T) {
	tea, calendar := features.Filter{Events: []string{"times of tea"}}, features.Filter{Screen: "캘린더"}
	for _, c := range []struct {
		text string
		expr features.Expr
		want phrase.Phrase
	}{
		{"times of times of tea", features.Count{Of: tea}, phrase.Of("times of %s", "times of tea")},
		{"hours until times of tea", features.Until{Of: tea}, phrase.Of("hours until %s", "times of tea")},
		{"screen 캘린더", features.Count{Of: calendar}, phrase.Of("screen %s", "캘린더")},
		{"sum of 100 %", features.Total{Param: "100 %", How: "sum"}, phrase.Of("sum of %s", "100 %")},
		{"screen time", features.Total{Param: "engaged_ms", How: "sum"}, phrase.Name("screen time")},
		{"times of tea", features.Count{Of: features.Filter{Events: []string{"tea", "coffee"}}}, phrase.Name("times of tea")},
		{"days with tea", features.Share{}, phrase.Name("days with tea")},
		{"times of ", features.Count{}, phrase.Name("times of ")},
		{"", features.Count{}, phrase.Name("")},
	} {
		if got := featureWords(c.text, c.expr); !got.Equal(c.want) {
			t.Errorf("%q is %#v, want %#v", c.text, got, c.want)
		}
	}
}
