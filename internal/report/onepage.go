package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

//go:embed onepage.html.tmpl
var onePageText string

//go:embed onepage.css
var onePageStyle string

const (
	// onePageMoments and onePageChannels are how many rows fit the sheet.
	onePageMoments  = 6
	onePageAdvice   = 3
	onePageChannels = 6
)

// onePage is what the sheet's template sees.
type onePage struct {
	Data
	Moments  []Moment
	Channels []SpendRow
	AUC      Interval
	// Experiment is the first action worth a test, nil where there is none.
	Experiment *Moment
	// More is how many actions did not fit.
	More int
	// Told is what of the advice fits the sheet.
	Told []phrase.Phrase
}

// OnePage writes the sheet of A4 that goes to a meeting: the sentences, the actions with their verdicts, the channels. It is one
// HTML file without scripts or requests, in d's language.
func OnePage(w io.Writer, d Data) error {
	d = guard(d)
	p := onePage{Data: d, AUC: Unknown(), Moments: d.Moments.List[:min(len(d.Moments.List), onePageMoments)]}
	p.More = len(d.Moments.List) - len(p.Moments)
	for _, m := range d.Quality.Models {
		if m.Chosen {
			p.AUC = m.AUC
		}
	}
	for k, m := range d.Moments.List {
		if m.Experiment != nil {
			p.Experiment = &d.Moments.List[k]
			break
		}
	}
	if d.Spend != nil {
		// The first sentence stands above, in a minute.
		p.Told = d.Spend.Advice[min(1, len(d.Spend.Advice)):min(onePageAdvice, len(d.Spend.Advice))]
		p.Channels = d.Spend.Channels[:min(len(d.Spend.Channels), onePageChannels)]
	}
	s := newSpeaker(d.Language)
	t, err := template.New("onepage").Funcs(template.FuncMap{
		"t":          s.say,
		"tie":        s.tie,
		"count":      func(n int) string { return count(n) },
		"clock":      clock,
		"people":     func(n Number) string { return money(float64(n)) },
		"name":       s.name,
		"weeks":      func(n Number) string { return decimal(0, float64(n)) },
		"pct":        s.pct,
		"points":     s.pointsRange,
		"pctRange":   s.pctRange,
		"auc":        func(i Interval) string { return s.ranged(3, i) },
		"num":        func(digits int, n Number) string { return decimal(digits, float64(n)) },
		"moneyRange": s.moneyRange,
		"known":      Interval.bounded,
		"verdict":    func(v string) string { return s.phrase(verdictPhrase(v)) },
		"css":        func() template.CSS { return template.CSS(onePageStyle) }, //nolint:gosec // embedded, not input
	}).Parse(onePageText)
	if err != nil {
		return fmt.Errorf("one page of the report: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("one page of the report: %w", err)
	}
	return nil
}

// AUCNumber is the chosen model's AUC alone.
func (p onePage) AUCNumber() Number { return Number(p.AUC.Value) }

// verdictPhrase is a verdict in words, empty for none.
func verdictPhrase(verdict string) phrase.Phrase {
	switch verdict {
	case Cause:
		return phrase.Of("likely a cause")
	case Sign:
		return phrase.Of("a sign, not a cause")
	case Unclear:
		return phrase.Of("cannot tell")
	}
	return phrase.Phrase{}
}

// pointsRange writes a difference of shares with its interval in percentage points.
func (s speaker) pointsRange(i Interval) string {
	if !finite(i.Value) {
		return dash
	}
	if !i.bounded() {
		return signedPoints(i.Value)
	}
	return fmt.Sprintf("%s (%s)", signedPoints(i.Value), s.span(signedPoints(i.Low), signedPoints(i.High)))
}
