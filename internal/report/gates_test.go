package report

import (
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func TestNotPublished(t *testing.T) {
	d := fixture()
	if page := render(t, d); strings.Contains(page, "NOT PUBLISHED") {
		t.Error("a published run is said to be not published")
	}
	d.Meta.NotPublished = phrase.Name("tells users apart: <guessing>.")
	d.Quality.Gates = []Gate{{Name: phrase.Of("tells users apart"), Detail: phrase.Name("AUC 0.5")}, {Name: phrase.Of("better than the base rate"), Passed: true}}
	page := render(t, d)
	for _, want := range []string{"NOT PUBLISHED</strong> because tells users apart: &lt;guessing&gt;.", "✗ failed", "do not act on what it leans on"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a refused run lacks %q", want)
		}
	}
}

// TestDataAlone renders a run that was refused before anything was learnt.
func TestDataAlone(t *testing.T) {
	f := fixture()
	d := Data{Meta: f.Meta, Summary: f.Summary, Retention: f.Retention, DataQuality: f.DataQuality}
	d.Meta.NotPublished, d.Quality.Skipped = phrase.Name("too few people."), phrase.Name("too few people")
	page := render(t, d)
	checkNesting(t, "data alone", page)
	for _, want := range []string{"NOT PUBLISHED", "No model was trained:</strong> too few people.", "Retention as it is", "There is nothing to rank"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Gates before publishing") || strings.Contains(page, "Chosen ") {
		t.Error("the page of a run without a model speaks of its gates or choice")
	}
}

func TestRuleFramed(t *testing.T) {
	d := fixture()
	if !strings.Contains(render(t, d), "The framed cell is the rule of this page.") {
		t.Error("the rule of the page is in the table and not pointed out")
	}
	for k := range d.Summary.Neighbours {
		d.Summary.Neighbours[k].Chosen = false
	}
	if strings.Contains(render(t, d), "framed cell") {
		t.Error("the page points to a framed cell that is not there")
	}
}

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		cohort int
		parts  []Part
		want   int
	}{
		{100, []Part{{Users: 40}, {Users: 40}}, 20},
		{100, []Part{{Users: 40}, {Users: 51}}, 0},
		{100, []Part{{Users: 40}}, 0},
		{100, nil, 0},
	} {
		if got := between(Summary{Cohort: c.cohort, Parts: c.parts}); got != c.want {
			t.Errorf("of %d people in %v: %d between, want %d", c.cohort, c.parts, got, c.want)
		}
	}
}

func TestEffectWords(t *testing.T) {
	effects := []Effect{
		{Name: "up", Direction: 0.9},
		{Name: "down", Direction: -0.9},
		{Name: "flat", Direction: 0.1},
		{Name: "none", Direction: Number(math.NaN())},
		{Name: "timed", Direction: 0.9, Never: -0.2},
		{Name: "shunned", Direction: -0.9, Never: 0.2},
		{Name: "untimed", Direction: 0.9, Never: Number(math.NaN())},
	}
	for name, want := range map[string]string{
		"up": " (more of it raises the score)", "down": " (more of it lowers the score)", "flat": "", "none": "", "absent": "",
		"timed": " (never doing it lowers the score)", "shunned": " (never doing it raises the score)",
		"untimed": " (more of it raises the score)",
	} {
		if got := effectWords(effects, name).String(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestOnlyTheTopImportancesAreOpen(t *testing.T) {
	d := fixture()
	one := d.Matters.Importance[0]
	for range 20 {
		d.Matters.Importance = append(d.Matters.Importance, one)
	}
	if page := render(t, d); !strings.Contains(page, "importance of all others (16)") {
		t.Error("the importances after the strongest 12 are not folded away")
	}
}
