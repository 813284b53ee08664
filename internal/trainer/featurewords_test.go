package trainer

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// TestFeatureWordsKnowTheDefaultSet holds that each label and meaning of the default features can be said in another language, and is in
// English what it was.
func TestFeatureWordsKnowTheDefaultSet(t *testing.T) {
	found := features.Found{
		Users: 1000, Engaged: 900,
		Events:  []features.Support{{Name: "meeting_create", Users: 500}, {Name: "session_start", Users: 900}, {Name: features.ProfileSnapshot, Users: 300}},
		Screens: []features.Support{{Name: "home", Users: 800}},
	}
	for _, field := range []string{"platform", "device", "language", "country", "app_version", "channel"} {
		found.Context = append(found.Context, features.Support{Name: field, Users: 900})
	}
	choice := features.DefaultChoice()
	choice.Params = []string{"value"}
	set := features.DefaultSet("Asia/Seoul", features.DefaultLabel(), nil, found, choice)
	if len(set.Features) < 30 {
		t.Fatalf("only %d features to say", len(set.Features))
	}
	for _, f := range set.Features {
		for _, text := range []string{f.Label, f.Doc} {
			p := featureWords(text)
			if p.Equal(phrase.Name(text)) {
				t.Errorf("%s: %q cannot be said in another language", f.Name, text)
			}
			if p.String() != text {
				t.Errorf("%s: %q becomes %q", f.Name, text, p)
			}
		}
	}
}

func TestFeatureWordsKeepNames(t *testing.T) {
	for text, want := range map[string]phrase.Phrase{
		"times of times of tea":  phrase.Of("times of %s", "times of tea"),
		"screen 캘린더":             phrase.Of("screen %s", "캘린더"),
		"times of ":              phrase.Name("times of "),
		"how often tea was made": phrase.Name("how often tea was made"),
		"":                       phrase.Name(""),
	} {
		if got := featureWords(text); !got.Equal(want) {
			t.Errorf("%q is %#v, want %#v", text, got, want)
		}
	}
}
