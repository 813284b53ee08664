package report

import (
	"regexp"
	"testing"
)

// TestFeaturesAndSpendAreWhollyKorean holds that no English is left in the words of features and of the table of spend, but for verbs, days
// (D4) and Direct, which is the name of a channel, and that no other part of the catalog says them in its own way.
func TestFeaturesAndSpendAreWhollyKorean(t *testing.T) {
	known := regexp.MustCompile(`%(\[\d\])?[sd]|D\d|Direct`)
	for _, part := range []map[string]string{koreanFeatures, koreanSpend} {
		for english, said := range part {
			if rest := known.ReplaceAllString(said, ""); likeWords.MatchString(rest) {
				t.Errorf("the Korean of %q is %q", english, said)
			}
			if korean[english] != said {
				t.Errorf("%q is said as %q, want %q", english, korean[english], said)
			}
		}
	}
}
