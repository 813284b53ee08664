package model_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// honest is evidence that every rule passes: 400 users over 100 days, three ordinary columns, one selection rule.
func honest() model.Evidence {
	rng := rand.New(rand.NewPCG(7, 7))
	set := testSet()
	set.Features = set.Features[:3]
	e := model.Evidence{
		Set: &set, X: &model.Matrix{Columns: []model.Column{
			{Field: model.Field{Name: "meetings"}},
			{Field: model.Field{Name: "visit_days"}},
			{Field: model.Field{Name: "platform", Levels: []string{"ANDROID", "IOS", "WEB"}}},
		}},
		Label: features.DefaultLabel(), AsOf: 20000 + 100 + 36, Excluded: map[string][]bool{},
	}
	for i := range 400 {
		days := 1 + rng.IntN(7)
		e.Y = append(e.Y, rng.IntN(10) < days)
		e.Day0 = append(e.Day0, 20000+i/4)
		for j, v := range []float32{float32(rng.IntN(5)), float32(days), float32(rng.IntN(3))} {
			e.X.Columns[j].Values = append(e.X.Columns[j].Values, v)
		}
		e.Excluded["burn_in"] = append(e.Excluded["burn_in"], rng.IntN(4) == 0)
	}
	return e
}

func failedRules(findings []model.Finding) []string {
	var names []string
	for _, f := range findings {
		if f.Failed {
			names = append(names, f.Rule)
		}
	}
	return names
}

func TestLeakagePasses(t *testing.T) {
	for name, change := range map[string]func(e *model.Evidence){
		"an honest table":                   func(*model.Evidence) {},
		"a table that was given":            func(e *model.Evidence) { e.Set, e.Moved = nil, -1 },
		"a few excluded with one label":     func(e *model.Evidence) { e.Excluded["staff"] = make([]bool, 9) },
		"a rule that excludes nobody":       func(e *model.Evidence) { e.Excluded["staff"] = nil },
		"the last day is just in the data":  func(e *model.Evidence) { e.AsOf = e.Day0[len(e.Day0)-1] + 37 },
		"a column about an event named id":  func(e *model.Evidence) { rename(e, 0, "count_id_card") },
		"a column about an event with date": func(e *model.Evidence) { rename(e, 0, "count_date_pick") },
		"a column that all have":            func(e *model.Evidence) { clear(e.X.Columns[0].Values) },
	} {
		e := honest()
		change(&e)
		findings := model.Leakage(e)
		if err := model.LeakageError(findings); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(findings) != 7 {
			t.Errorf("%s: %d findings, want one a rule, 7", name, len(findings))
		}
		for _, f := range findings {
			if f.Rule == "" || !strings.HasSuffix(f.Checks.String(), ".") || f.Detail.Empty() {
				t.Errorf("%s: %+v does not say what was looked at", name, f)
			}
		}
	}
}

// rename renames a column and its feature; the feature stays one about an event.
func rename(e *model.Evidence, j int, name string) {
	e.X.Columns[j].Name = name
	e.Set.Features[j].Name = name
}

func TestLeakageFails(t *testing.T) {
	for _, c := range []struct {
		name, rule, want string
		spoil            func(e *model.Evidence)
	}{
		{"the selection moves", "selection-sees-future", "3 users", func(e *model.Evidence) { e.Moved = 3 }},
		{"only leavers are kept out", "selection-decides-label", `"bounced" keeps out 200 users who all have the label false`, func(e *model.Evidence) {
			e.Excluded["bounced"] = make([]bool, 200)
		}},
		{"only stayers are kept out", "selection-decides-label", "label true", func(e *model.Evidence) {
			for range 60 {
				e.Excluded["eager"] = append(e.Excluded["eager"], true)
			}
		}},
		{"the label begins in the first week", "window-overlap", "begins on day 6", func(e *model.Evidence) { e.Label.Gap = 6 }},
		{"a feature sees day 7", "window-overlap", "days 0 to 7 are not inside the first week", func(e *model.Evidence) {
			e.Set.Features[0].Expr = features.Count{Of: features.Filter{Days: &[2]int{0, 7}}}
		}},
		{"the last day is not over", "immature-label", "4 users are labelled before their day 36", func(e *model.Evidence) {
			e.AsOf = e.Day0[len(e.Day0)-1] + 36
		}},
		{"an id by name", "identifier", "user_id is named like", func(e *model.Evidence) { e.X.Columns[1].Name = "user_id" }},
		{"an e-mail by name", "identifier", "email", func(e *model.Evidence) { e.X.Columns[1].Name = "email" }},
		{"nearly one level a user", "identifier", "201 levels for 400 users", func(e *model.Evidence) {
			e.X.Columns[2].Levels = make([]string, 201)
		}},
		{"a date by name", "absolute-time", "named like a date", func(e *model.Evidence) { e.X.Columns[1].Name = "first_touch" }},
		{"Google's julianday", "absolute-time", "named like a date", func(e *model.Evidence) { e.X.Columns[1].Name = "julianday" }},
		{"a number that follows the date", "absolute-time", "rank correlation 1.00", func(e *model.Evidence) {
			for i, day := range e.Day0 {
				e.X.Columns[0].Values[i] = float32(day)*1e-3 - 5
			}
		}},
		{"a number that runs against the date", "absolute-time", "rank correlation -1.00", func(e *model.Evidence) {
			for i, day := range e.Day0 {
				e.X.Columns[0].Values[i] = float32(e.AsOf - day)
			}
		}},
		{"a number that is the label", "too-good", "meetings alone has an AUC of 1.000", func(e *model.Evidence) { copyLabel(e, 0, 1, 0) }},
		{"missing is the label", "too-good", "meetings alone", func(e *model.Evidence) { copyLabel(e, 0, nan, 2) }},
		{"a category that is the label", "too-good", "platform alone", func(e *model.Evidence) { copyLabel(e, 2, 1, 2) }},
		{"a missing category is the label", "too-good", "platform alone", func(e *model.Evidence) { copyLabel(e, 2, nan, 0) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := honest()
			c.spoil(&e)
			findings := model.Leakage(e)
			if diff := cmp.Diff([]string{c.rule}, failedRules(findings)); diff != "" {
				t.Errorf("failed rules (-want +got):\n%s", diff)
			}
			err := model.LeakageError(findings)
			checkError(t, err, "leakage: "+c.rule+": ")
			checkError(t, err, c.want)
		})
	}
}

// copyLabel writes one value for those who revisit and another for the rest.
func copyLabel(e *model.Evidence, j int, yes, no float32) {
	for i, y := range e.Y {
		e.X.Columns[j].Values[i] = no
		if y {
			e.X.Columns[j].Values[i] = yes
		}
	}
}

// TestManyLevelsAreNotTooGood holds that a category with few users a level is not taken for the label: each level's rate is learnt
// on other users.
func TestManyLevelsAreNotTooGood(t *testing.T) {
	e := honest()
	rng := rand.New(rand.NewPCG(8, 8))
	e.X.Columns[2].Levels = make([]string, 190)
	for i := range e.Y {
		e.X.Columns[2].Values[i] = float32(rng.IntN(190))
	}
	if err := model.LeakageError(model.Leakage(e)); err != nil {
		t.Error(err)
	}
}
