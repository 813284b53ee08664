package phrase_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func TestPhraseInTwoLanguages(t *testing.T) {
	korean := map[string]string{
		"%d of %s": "%[2]s 중 %[1]d명", "people": "사용자", "half": "절반", "100 %%": "전부(100 %%)", "%s and %s": "%s 및 %s",
	}
	for _, c := range []struct {
		p      phrase.Phrase
		en, ko string
	}{
		{phrase.Phrase{}, "", ""},
		{phrase.Of("half"), "half", "절반"},
		{phrase.Of("100 %%"), "100 %", "전부(100 %)"},
		{phrase.Of("%d of %s", 5, phrase.Of("people")), "5 of people", "사용자 중 5명"},
		{phrase.Name("half"), "half", "half"},
		{phrase.Name(""), "", ""},
		{phrase.Name("50%"), "50%", "50%"},
		{phrase.List(), "", ""},
		{phrase.List(phrase.Of("half"), phrase.Name("b")), "half and b", "절반 및 b"},
		{phrase.List(phrase.Name("a"), phrase.Name("b"), phrase.Name("c")), "a, b and c", "a, b 및 c"},
		{phrase.Of("untranslated %.1f", 2.0), "untranslated 2.0", "untranslated 2.0"},
	} {
		if got := c.p.String(); got != c.en {
			t.Errorf("%+v: %q, want %q", c.p, got, c.en)
		}
		if got := c.p.In(korean); got != c.ko {
			t.Errorf("%+v: %q, want %q", c.p, got, c.ko)
		}
	}
}

func TestPhraseThroughJSON(t *testing.T) {
	for _, p := range []phrase.Phrase{
		{},
		phrase.Of("%s %d %.1f %s", "a", 5, 5.0, phrase.Of("in %d", 2)),
		phrase.Name(""),
		phrase.Of("%.1f to %.1f", math.Inf(-1), math.Inf(1)),
		phrase.Name("half").Said(nil),
	} {
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back phrase.Phrase
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, back) {
			t.Errorf("%+v came back as %+v", p, back)
		}
	}
	var unknown phrase.Phrase
	data, err := json.Marshal(phrase.Of("%+.3f", math.NaN()))
	if err := errors.Join(err, json.Unmarshal(data, &unknown)); err != nil || unknown.String() != "+NaN" {
		t.Errorf("a figure that is not known came back as %q, %v", unknown, err)
	}
	if _, err := json.Marshal(phrase.Of("%v", []int{1})); err == nil {
		t.Error("a list as an argument is accepted")
	}
	for _, bad := range []string{`5`, `{"format":"%s","args":[{}]}`, `{"format":"%f","args":[{"number":"many"}]}`} {
		if err := json.Unmarshal([]byte(bad), new(phrase.Phrase)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range []string{"0 users", "1 user", "2 users"} {
		if got := phrase.Plural(n, phrase.Of("1 user"), phrase.Of("%d users", n)).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSaidPhraseIsAString(t *testing.T) {
	for p, want := range map[*phrase.Phrase]string{{Format: "half"}: `"절반"`, {}: `""`} {
		if data, err := json.Marshal(p.Said(map[string]string{"half": "절반"})); err != nil || string(data) != want {
			t.Errorf("%s, %v; want %s", data, err, want)
		}
	}
}
