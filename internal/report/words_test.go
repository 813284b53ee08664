package report

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// saidInTemplates are the constant formats and words of the templates.
	saidInTemplates = regexp.MustCompile(`[({ -](?:t|word) "((?:[^"\\]|\\.)*)"`)
	// letters outside of template actions and tags.
	letters = regexp.MustCompile(`[A-Za-z]{2,}`)
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}|<style>.*?</style>|<[^>]*>|&\w+;`)
)

func templates(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := fs.Glob(pageFiles, "*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := pageFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

func TestTemplatesAreTranslated(t *testing.T) {
	for name, text := range templates(t) {
		for _, m := range saidInTemplates.FindAllStringSubmatch(text, -1) {
			if korean[m[1]] == "" {
				t.Errorf("%s: no Korean for %q", name, m[1])
			}
		}
		if n := strings.Count(text, "\n"); n > 400 {
			t.Errorf("%s has %d lines", name, n)
		}
	}
}

// TestTemplatesSayNothingThemselves holds that no text stands in a template outside of the catalog, but for names of figures.
func TestTemplatesSayNothingThemselves(t *testing.T) {
	for name, text := range templates(t) {
		for _, word := range letters.FindAllString(actions.ReplaceAllString(text, " "), -1) {
			if !slices.Contains([]string{"AUC", "PR", "ECE"}, word) {
				t.Errorf("%s says %q in English only", name, word)
			}
		}
	}
}

// TestKoreanPageIsKorean holds that the sentences of the package are all said, by looking for the English that is left.
func TestKoreanPageIsKorean(t *testing.T) {
	page := textOf(elements(parsed(t, Korean, Data{Meta: Meta{Title: "모임"}}), "body")[0])
	for _, word := range letters.FindAllString(page, -1) {
		if !slices.Contains([]string{"report", "json"}, word) {
			t.Errorf("the empty page says %q", word)
		}
	}
}

func TestUnknownLanguage(t *testing.T) {
	if err := HTML(full{}, Data{Language: "fr"}); err == nil || !strings.Contains(err.Error(), `"fr"`) {
		t.Errorf("an unknown language gives %v", err)
	}
}
