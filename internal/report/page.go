package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed page.html.tmpl
var pageText string

//go:embed trust.html.tmpl
var trustText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count":    func(n int) string { return count(n) },
	"count64":  func(n int64) string { return count(n) },
	"pct":      percent,
	"pctRange": percentRange,
	"auc":      func(i Interval) string { return ranged(3, i) },
	"four":     func(i Interval) string { return ranged(4, i) },
	"two":      func(i Interval) string { return ranged(2, i) },
	"dec":      decimal,
	"brackets": brackets,
	// A number keeps its percent sign on the same line.
	"tie":        func(s string) string { return strings.ReplaceAll(s, " %", "\u00a0%") },
	"num":        func(digits int, n Number) string { return decimal(digits, float64(n)) },
	"money":      func(n Number) string { return money(float64(n)) },
	"moneyRange": moneyRange,
	"spendTable": func(what string, rows []SpendRow, total SpendRow) spendView {
		return spendView{what, append(slices.Clone(rows), total)}
	},
	"direction": direction,
	"signed":    signed,
	"plusMinus": plusMinus,
	"known":     Interval.bounded,
	"pctOf":     func(n Number) string { return decimal(1, 100*float64(n)) },
	"add":       func(a, b int) int { return a + b },
	// earlyChart is drawn where the table beside it stands.
	"earlyChart": earlyChart,
	"css":        func() template.CSS { return template.CSS(pageStyle) }, //nolint:gosec // embedded, not input
}).Parse(pageText + trustText))

// view is what the template sees: guarded data, pictures and tables that need arranging.
type view struct {
	Data
	Calibration, Deciles, Visits, Channels, Models, Importance, Effects template.HTML

	Heat       heat
	Rules      ruleGrid
	Excluded   int
	Refused    int64
	Empty      int
	FewestShow int
	// Between are the people of the cohort who are neither learnt from nor judged by; 0 where there are few or none.
	Between int
	// Top and Rest are the importances that are shown at once and on demand.
	Top, Rest []Importance
}

func newView(d Data) (view, error) {
	v := view{Data: d, Heat: newHeat(d.Retention.Weeks), Rules: newRuleGrid(d.Summary.Neighbours), FewestShow: SmallestCell}
	for _, c := range []struct {
		into *template.HTML
		draw func() (template.HTML, error)
	}{
		{&v.Calibration, func() (template.HTML, error) { return calibrationChart(d.Quality.Calibration) }},
		{&v.Deciles, func() (template.HTML, error) { return decileChart(d.Quality.Deciles) }},
		{&v.Visits, func() (template.HTML, error) { return visitsChart(d.Summary.Visits) }},
		{&v.Channels, func() (template.HTML, error) { return channelChart(d.Retention.Channels, d.Summary.BaseRate) }},
		{&v.Models, func() (template.HTML, error) { return modelChart(d.Quality.Models) }},
		{&v.Importance, func() (template.HTML, error) { return importanceChart(d.Matters.Importance) }},
		{&v.Effects, func() (template.HTML, error) { return effectChart(d.Matters.Effects) }},
	} {
		picture, err := c.draw()
		if err != nil {
			return view{}, err
		}
		*c.into = picture
	}
	for _, e := range d.Summary.Exclusions {
		v.Excluded += e.Users
	}
	for _, q := range d.DataQuality.Quarantined {
		v.Refused += q.Records
	}
	v.Empty = max(len(d.DataQuality.DaysMissing), d.DataQuality.DaysEmpty)
	v.Between = between(d.Summary)
	shown := min(len(d.Matters.Importance), mostRows)
	v.Top, v.Rest = d.Matters.Importance[:shown], d.Matters.Importance[shown:]
	return v, nil
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
	if err := page.Execute(w, v); err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	return nil
}

// signed writes a change with its sign, its interval in brackets.
func signed(digits int, times float64, i Interval) string {
	text := fmt.Sprintf("%+.*f", digits, times*i.Value)
	if i.bounded() {
		text += fmt.Sprintf(" [%+.*f, %+.*f]", digits, times*i.Low, digits, times*i.High)
	}
	return text
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

// Words is how the bin is written: "2", "4 to 6", "7 or more".
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
	return percent(float64(users) / float64(v.Summary.Cohort))
}

// Percent writes a share that may be unknown.
func (v view) Percent(share Number) string { return percent(float64(share)) }

// GainKnown and ThresholdKnown tell whether there is something to print.
func (v view) GainKnown() bool { return v.Quality.Gain.bounded() }

// ThresholdKnown is as GainKnown.
func (v view) ThresholdKnown() bool { return finite(float64(v.Quality.Threshold)) }

// FloorKnown is as GainKnown.
func (v view) FloorKnown() bool { return v.Quality.ECEFloor.bounded() }
