package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

//go:embed page.html.tmpl retention.html.tmpl moments.html.tmpl model.html.tmpl money.html.tmpl segments.html.tmpl trust.html.tmpl
//go:embed quality.html.tmpl
var pageFiles embed.FS

//go:embed page.css
var pageStyle string

// pages are the page's templates by language.
var pages = map[string]*template.Template{English: parsePage(English), Korean: parsePage(Korean)}

func parsePage(language string) *template.Template {
	s := newSpeaker(language)
	return template.Must(template.New("page.html.tmpl").Funcs(s.texts()).Funcs(s.figures()).ParseFS(pageFiles, "*.html.tmpl"))
}

// texts are the template's functions for words. Every text of a template passes t, whose format is the key of its translation.
func (s speaker) texts() template.FuncMap {
	return template.FuncMap{
		"t": s.t, "tie": s.tie, "word": s.word, "name": s.name, "days": s.days, "span": s.span, "experiment": s.experiment,
		"label":     func(label phrase.Phrase, name string) string { return s.phrase(labelOr(label, name)) },
		"join":      func(names []string) string { return s.phrase(phrase.List(asNames(names)...)) },
		"sayList":   func(parts []phrase.Phrase) string { return s.phrase(phrase.List(parts...)) },
		"verdict":   func(v string) string { return s.phrase(verdictPhrase(v)) },
		"direction": func(n Number) string { return s.word(direction(n)) },
		"fewest":    func() int { return SmallestCell },
		"css":       func() template.CSS { return template.CSS(pageStyle) }, //nolint:gosec // embedded, not input
	}
}

// figures are the template's functions for numbers.
func (s speaker) figures() template.FuncMap {
	return template.FuncMap{
		"count":          func(n int) string { return count(n) },
		"count64":        func(n int64) string { return count(n) },
		"pct":            s.pct,
		"pctN":           func(n Number) string { return s.pct(float64(n)) },
		"pctOf":          func(n Number) string { return decimal(1, 100*float64(n)) },
		"share":          func(v float64) string { return decimal(1, 100*v) },
		"pctRange":       s.pctRange,
		"pctBrackets":    s.pctBrackets,
		"points":         s.points,
		"pointsBrackets": s.pointsBrackets,
		"auc":            func(i Interval) string { return s.ranged(3, i) },
		"dec":            decimal,
		"num":            func(digits int, n Number) string { return decimal(digits, float64(n)) },
		"chance":         chance,
		"plus": func(digits int, n Number) string {
			return signed(digits, 1, Interval{float64(n), float64(n), Unknown().High})
		},
		"brackets":      s.brackets,
		"money":         func(n Number) string { return money(float64(n)) },
		"moneyN":        money,
		"moneyBrackets": s.moneyBrackets,
		"spendTable":    newSpendView,
		"signed":        signed,
		"plusMinus":     plusMinus,
		"known":         Interval.bounded,
		"clock":         clock,
		"finite":        func(n Number) bool { return finite(float64(n)) },
		"add":           func(a, b int) int { return a + b },
	}
}

func asNames(texts []string) []phrase.Phrase {
	out := make([]phrase.Phrase, len(texts))
	for k, text := range texts {
		out[k] = phrase.Name(text)
	}
	return out
}

// experiment says in one sentence what test would settle the moment.
func (s speaker) experiment(m Moment) string {
	e := m.Experiment
	if e == nil {
		return s.t("No experiment of a year or less would settle it, with as many brought to do it as is assumed above.")
	}
	return s.t("To settle it, bring a random half of the new people to do it: %s in each half, about %s weeks until the last "+
		"answer is known at %s new people a week, to find a change of %s points from %s: the effect on the few it brings to do it, spread over all.",
		count(e.PerArm), decimal(0, float64(e.Weeks)), decimal(0, float64(e.PerWeek)), signedPoints(float64(e.Effect)),
		percent(float64(e.Baseline)))
}

// view is what the template sees: guarded data, pictures and tables that need arranging.
type view struct {
	Data
	pictures

	Heat        heat
	Rules       ruleGrid
	CurveGroups []curveGroup
	Dependences []dependenceView
	// AUC is the chosen model's.
	AUC     Interval
	Refused int64
	Empty   int
	// Between are the people of the cohort who are neither learnt from nor judged by; 0 where there are few or none.
	Between int
	// Top and Rest are the importances that are shown at once and on demand.
	Top, Rest []Importance
}

func newView(d Data) (view, error) {
	s := newSpeaker(d.Language)
	v := view{
		Data: d, Heat: s.heat(d.Retention.Weeks), Rules: s.ruleGrid(d.Summary.Neighbours), AUC: chosenAUC(d.Quality),
		Between: between(d.Summary),
	}
	var err error
	if v.pictures, err = drawAll(d, s); err != nil {
		return view{}, err
	}
	if v.CurveGroups, err = s.curveGroups(d.Retention.Curves); err != nil {
		return view{}, err
	}
	if v.Dependences, err = s.dependences(d.Matters.Dependence); err != nil {
		return view{}, err
	}
	for _, q := range d.DataQuality.Quarantined {
		v.Refused += q.Records
	}
	v.Empty = max(len(d.DataQuality.DaysMissing), d.DataQuality.DaysEmpty)
	shown := min(len(d.Matters.Importance), mostRows)
	v.Top, v.Rest = d.Matters.Importance[:shown], d.Matters.Importance[shown:]
	return v, nil
}

// chosenAUC is unknown where no model was chosen.
func chosenAUC(q Quality) Interval {
	for _, m := range q.Models {
		if m.Chosen {
			return m.AUC
		}
	}
	return Unknown()
}

// between counts the people of the cohort in none of the parts, 0 where they are too few to be spoken of.
func between(s Summary) int {
	if len(s.Parts) < 2 {
		return 0
	}
	n := s.Cohort
	for _, p := range s.Parts {
		n -= p.Users
	}
	if n < SmallestCell {
		return 0
	}
	return n
}

// RuleFramed tells whether the rule of the page is one of the table of rules.
func (v view) RuleFramed() bool {
	return slices.ContainsFunc(v.Summary.Neighbours, func(n Neighbour) bool { return n.Chosen })
}

// HTML writes the page.
func HTML(w io.Writer, d Data) error { return writePage(w, guard(d)) }

func writePage(w io.Writer, guarded Data) error {
	v, err := newView(guarded)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	page, ok := pages[guarded.Language]
	if !ok {
		return fmt.Errorf("report page: the language %q is neither %q nor %q", guarded.Language, English, Korean)
	}
	var text bytes.Buffer
	if err := page.Execute(&text, v); err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	if _, err := w.Write(closeTicks(text.Bytes(), guarded.Language)); err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	return nil
}

// closeTicks sets the percent signs of pictures as the language does: Korean close to the number. Axes know of no language.
func closeTicks(page []byte, language string) []byte {
	if language != Korean {
		return page
	}
	return bytes.ReplaceAll(page, []byte(" %</text>"), []byte("%</text>"))
}

// signed writes a change with its sign, its interval in brackets.
func signed(digits int, times float64, i Interval) string {
	text := fmt.Sprintf("%+.*f", digits, times*i.Value)
	if i.bounded() {
		text += fmt.Sprintf(" [%+.*f, %+.*f]", digits, times*i.Low, digits, times*i.High)
	}
	return text
}

// chance writes a probability of error with three digits.
func chance(n Number) string {
	if n < 0.0005 {
		return "< 0.001"
	}
	return decimal(3, float64(n))
}

// plusMinus writes a figure with its standard error, where that is known and not 0.
func plusMinus(digits int, n, doubt Number) string {
	if !finite(float64(n)) || !finite(float64(doubt)) || doubt == 0 {
		return decimal(digits, float64(n))
	}
	return decimal(digits, float64(n)) + " ± " + decimal(digits, float64(doubt))
}

// Words of a direction, as the table shows them.
const (
	raises = "more raises"
	lowers = "more lowers"
	mixed  = "no one direction"
)

// direction puts a correlation between value and contribution in words. Below 0.3 either way it is not called a direction.
func direction(n Number) string {
	switch {
	case n >= 0.3:
		return raises
	case n <= -0.3:
		return lowers
	}
	return mixed
}

// Words is how the bin is written: "2", "4-6", "7+".
func (b VisitBin) Words() string {
	switch {
	case b.To < 0:
		return fmt.Sprintf("%d+", b.From)
	case b.From == b.To:
		return fmt.Sprint(b.From)
	}
	return fmt.Sprintf("%d-%d", b.From, b.To)
}

// ShareOfCohort is how a number of people is written as a share of the cohort.
func (v view) ShareOfCohort(users int) string {
	return newSpeaker(v.Language).pct(float64(users) / float64(v.Summary.Cohort))
}

// GainKnown and ThresholdKnown tell whether there is something to print.
func (v view) GainKnown() bool { return v.Quality.Gain.bounded() }

// ThresholdKnown is as GainKnown.
func (v view) ThresholdKnown() bool { return finite(float64(v.Quality.Threshold)) }

// FloorKnown is as GainKnown.
func (v view) FloorKnown() bool { return v.Quality.ECEFloor.bounded() }
