package features_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// allNodes is a set with every node of the algebra and every part of a filter.
func allNodes() *features.Set {
	s := &features.Set{Zone: "Asia/Seoul", Background: []string{"app_remove"}, Label: features.DefaultLabel()}
	add := func(name string, kind features.Kind, expr features.Expr) {
		s.Features = append(s.Features, features.Feature{Name: name, Doc: "What it means.", Phrase: "it is {v}", Kind: kind, Expr: expr})
	}
	add("n", features.Number, features.Count{Of: features.Filter{
		Events: []string{"회의", "b"}, Screen: "it's", Days: &[2]int{0, 3}, Hours: &[2]int{22, 6},
		Weekend: true, FirstSession: true,
	}})
	add("d", features.Number, features.Days{})
	add("k", features.Number, features.Distinct{Field: "screen"})
	add("t", features.Number, features.Total{Param: "price", How: "mean"})
	add("s", features.Number, features.Share{Part: features.Filter{Weekend: true}})
	add("p", features.Category, features.Pick{Field: "country", Last: true})
	add("i", features.Number, features.Since{})
	add("u", features.Number, features.Until{})
	add("r", features.Number, features.Trend{})
	add("c", features.Number, features.Clock{Part: "hour"})
	s.Features[0].Action, s.Features[0].Unit, s.Features[0].Absent = "회의", "times", []string{"1.0"}
	return s
}

func TestSetRoundTrip(t *testing.T) {
	s := allNodes()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back features.Set
	if err := json.Unmarshal(encoded, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*s, back); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if back.Hash() != s.Hash() {
		t.Error("the round trip changed the hash")
	}
}

// TestHashIsFrozen pins the hash: artifacts in use hold it, so that it may only change together with what a set computes.
func TestHashIsFrozen(t *testing.T) {
	if got, want := allNodes().Hash(), "22a5f06e2578300d"; got != want {
		t.Errorf("hash is %s, was %s", got, want)
	}
}

func TestHashSeesAllThatMatters(t *testing.T) {
	for name, change := range map[string]func(*features.Set){
		"zone":       func(s *features.Set) { s.Zone = "UTC" },
		"background": func(s *features.Set) { s.Background = nil },
		"label":      func(s *features.Set) { s.Label.Visits = 2 },
		"name":       func(s *features.Set) { s.Features[1].Name = "days" },
		"order":      func(s *features.Set) { s.Features[1], s.Features[2] = s.Features[2], s.Features[1] },
		"absent":     func(s *features.Set) { s.Features[0].Absent = nil },
		"node":       func(s *features.Set) { s.Features[1].Expr = features.Since{} },
		"filter":     func(s *features.Set) { s.Features[1].Expr = features.Days{Of: features.Filter{Weekend: true}} },
	} {
		s := allNodes()
		change(s)
		if s.Hash() == allNodes().Hash() {
			t.Errorf("another %s has the same hash", name)
		}
	}
}

func TestSetRefusesUnknownJSON(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"zone":"UTC","window":9}`, `unknown field "window"`},
		{`{"label":{"weeks":4}}`, `unknown field "weeks"`},
		{`{"features":[{"name":"a","colour":1,"expr":{"days":{}}}]}`, `unknown field "colour"`},
		{`{"features":[{"name":"a","expr":{}}]}`, "feature a must have one expression, has 0"},
		{`{"features":[{"name":"a"}]}`, "feature a must have one expression, has 0"},
		{`{"features":[{"name":"a","expr":{"days":{},"count":{}}}]}`, "must have one expression, has 2"},
		{`{"features":[{"name":"a","expr":{"median":{}}}]}`, `expression "median" is not one of the algebra's nodes`},
		{`{"features":[{"name":"a","expr":{"days":{"off":1}}}]}`, `unknown field "off"`},
		{`{"features":[{"name":"a","expr":{"days":{"of":{"days":"all"}}}}]}`, "cannot unmarshal"},
		{`{"features":7}`, "cannot unmarshal"},
	} {
		var s features.Set
		if err := json.Unmarshal([]byte(c.in), &s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.in, err, c.want)
		}
	}
}

func TestSetValidate(t *testing.T) {
	of := func(f features.Filter) features.Expr { return features.Count{Of: f} }
	for _, c := range []struct {
		name, zone string
		expr       features.Expr
		want       string
	}{
		{"n", "Mars/Olympus", features.Days{}, `time zone "Mars/Olympus" is unknown`},
		{"n", "Local", features.Days{}, `time zone "Local" is unknown`},
		{"n", "", features.Days{}, `time zone "" is unknown`},
		{"", "UTC", features.Days{}, `feature name "" is no column name`},
		{"visit days", "UTC", features.Days{}, `feature name "visit days" is no column name`},
		{"회의", "UTC", features.Days{}, "is no column name"},
		{`a";drop`, "UTC", features.Days{}, "is no column name"},
		{"9a", "UTC", features.Days{}, "is no column name"},
		{strings.Repeat("a", 81), "UTC", features.Days{}, "is no column name"},
		{"first", "UTC", features.Days{}, "feature first is there twice"},
		{"n", "UTC", nil, "feature n has no expression"},
		{"n", "UTC", of(features.Filter{Days: &[2]int{0, 7}}), "days 0 to 7 are not inside the first week"},
		{"n", "UTC", of(features.Filter{Days: &[2]int{-1, 3}}), "days -1 to 3 are not inside the first week"},
		{"n", "UTC", of(features.Filter{Days: &[2]int{3, 2}}), "days 3 to 2 are not inside the first week"},
		{"n", "UTC", of(features.Filter{Hours: &[2]int{24, 2}}), "hours 24 to 2 are not hours of a day"},
		{"n", "UTC", of(features.Filter{Hours: &[2]int{2, 25}}), "hours 2 to 25 are not hours of a day"},
		{"n", "UTC", features.Distinct{Field: "user"}, `distinct values of "user" cannot be counted`},
		{"n", "UTC", features.Total{Param: "price", How: "median"}, `"median" is not an aggregate`},
		{"n", "UTC", features.Total{How: "sum"}, "the total names no parameter"},
		{"n", "UTC", features.Share{Whole: features.Filter{Days: &[2]int{7, 8}}}, "not inside the first week"},
		{"n", "UTC", features.Share{Part: features.Filter{Days: &[2]int{7, 8}}}, "not inside the first week"},
		{"n", "UTC", features.Pick{Field: "user_key"}, `"user_key" is no context field`},
		{"n", "UTC", features.Trend{Of: features.Filter{Days: &[2]int{0, 3}}}, "a trend sets its own days"},
		{"n", "UTC", features.Clock{Part: "year"}, `"year" is no part of the clock`},
		{"n", "UTC", features.Clock{Part: "hour"}, ""},
	} {
		s := features.Set{Zone: c.zone, Label: features.DefaultLabel(), Features: []features.Feature{
			{Name: "first", Kind: features.Number, Expr: features.Days{}}, {Name: c.name, Kind: features.Number, Expr: c.expr},
		}}
		if err := s.Validate(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %T: got %v, want %q", c.name, c.expr, err, c.want)
		}
	}
	bad := features.Set{Zone: "UTC"}
	if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), "label visits is 0") {
		t.Errorf("a set without a label: %v", err)
	}
}

func TestIndexNamesKeep(t *testing.T) {
	s := allNodes()
	if i, ok := s.Index("k"); i != 2 || !ok {
		t.Errorf("Index(k) = %d, %t", i, ok)
	}
	if _, ok := s.Index("z"); ok {
		t.Error("Index finds a feature that is not there")
	}
	kept := s.Keep([]string{"u", "d", "z"})
	if diff := cmp.Diff([]string{"d", "u"}, kept.Names()); diff != "" {
		t.Errorf("Keep (-want +got):\n%s", diff)
	}
	if len(s.Features) != 10 || kept.Zone != s.Zone {
		t.Error("Keep changed the set, or lost its zone")
	}
}

func TestSay(t *testing.T) {
	f := features.Feature{Name: "visit_days", Kind: features.Number, Phrase: "came on {v} days"}
	for _, c := range []struct {
		v    features.Value
		want string
	}{
		{features.Value{Number: 3}, "came on 3 days"},
		{features.Value{Number: 1}, "came on 1 day"},
		{features.Value{Number: 100}, "came on 100 days"},
		{features.Value{Number: 0}, "came on 0 days"},
		{features.Value{Number: 1.0 / 3}, "came on 0.33 days"},
		{features.Value{Number: -0.5}, "came on -0.5 days"},
		{features.Value{Missing: true}, "visit_days is unknown"},
	} {
		if got := f.Say(c.v); got != c.want {
			t.Errorf("Say(%+v) = %q, want %q", c.v, got, c.want)
		}
	}
	for phrase, want := range map[string]string{
		"did {v} different things": "did 1 different thing", "came on {v} of the days 4 to 6": "came on 1 of the days 4 to 6",
		"{v} friend requests sent": "1 friend request sent",
	} {
		f.Phrase = phrase
		if got := f.Say(features.Value{Number: 1}); got != want {
			t.Errorf("%q of 1 reads %q, want %q", phrase, got, want)
		}
	}
	f = features.Feature{Kind: features.Category, Phrase: "the country is {v}"}
	if got := f.Say(features.Value{Text: "대한민국"}); got != "the country is 대한민국" {
		t.Errorf("got %q", got)
	}
}

// FuzzFeatureJSON checks that decoding never panics, and that what it accepts is written back with the same meaning.
func FuzzFeatureJSON(f *testing.F) {
	for _, feature := range allNodes().Features {
		encoded, err := json.Marshal(feature)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	f.Add([]byte(`{"name":"a","expr":{"count":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var feature features.Feature
		if err := json.Unmarshal(data, &feature); err != nil {
			return
		}
		once, err := json.Marshal(feature)
		if err != nil {
			t.Fatal(err)
		}
		var again features.Feature
		if err := json.Unmarshal(once, &again); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		twice, err := json.Marshal(again)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
		set := features.Set{Zone: "UTC", Label: features.DefaultLabel(), Features: []features.Feature{feature}}
		if set.Validate() == nil {
			if _, err := set.Evaluate([]features.Event{{Name: "a", Time: 1}}, features.WholeWeek); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestHashIgnoresWords(t *testing.T) {
	s := allNodes()
	s.Features[0].Doc, s.Features[0].Phrase, s.Features[0].Label = "in other words", "said {v} times", "words"
	if s.Hash() != allNodes().Hash() {
		t.Error("other words for the same feature change the hash")
	}
}
