package report

import (
	"fmt"
	"html/template"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Pictures speak the language of in, English where none is given.

// mostRows is how many rows a dot plot shows; its table shows all.
const mostRows = 12

// calibrationChart sets observed shares against predicted ones. It is empty without bins.
func calibrationChart(bins []Bin, s speaker) (template.HTML, error) {
	if len(bins) == 0 {
		return "", nil
	}
	top := 0.05
	points := make(plotter.XYs, len(bins))
	p := newPlot(s.say("predicted"), s.say("observed"))
	for k, b := range bins {
		x := float64(b.Predicted)
		top = math.Max(top, math.Max(x, b.Observed.High))
		points[k] = plotter.XY{X: x, Y: b.Observed.Value}
		p.Add(line(plotter.XYs{{X: x, Y: b.Observed.Low}, {X: x, Y: b.Observed.High}}, blue))
	}
	top = math.Min(1, math.Ceil(top*10)/10)
	p.Add(line(plotter.XYs{{X: 0, Y: 0}, {X: top, Y: top}}, grey, 3, 3), dots(points, blue, draw.CircleGlyph{}))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, top, 0, top
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{wholePercent, 5}, ticks{wholePercent, 5}
	alt := s.say("Calibration: predicted against observed share of revisits in %d bins; on the dashed line they agree.",
		len(bins))
	return picture{plot: p, height: 300, alt: alt}.svg()
}

// decileChart shows the share of revisits by tenth of predicted probability, against the share in all rows.
func decileChart(deciles []Decile, s speaker) (template.HTML, error) {
	if len(deciles) == 0 {
		return "", nil
	}
	var rows, positives float64
	values := make(plotter.Values, len(deciles))
	names := make([]string, len(deciles))
	for k, d := range deciles {
		rows, positives = rows+float64(d.Rows), positives+float64(d.Positives)
		values[k], names[k] = float64(d.Rate), fmt.Sprint(k+1)
	}
	p := newPlot(s.say("tenth of people, highest probability first"), s.say("revisit"))
	p.Add(bars(values, 22, blueFill))
	p.NominalX(names...)
	mean := positives / rows
	p.Add(line(plotter.XYs{{X: -0.6, Y: mean}, {X: float64(len(deciles)) - 0.4, Y: mean}}, orange, 4, 3))
	p.Y.Min = 0
	p.Y.Tick.Marker = ticks{wholePercent, 5}
	return picture{
		plot: p, height: 260,
		alt: s.say("Share of people who revisit in each tenth by predicted probability, highest first; the dashed line is the share of all."),
	}.svg()
}

// visitsChart is the distribution of visits around the rule's line: filled on the yes side, pale on the no side.
func visitsChart(bins []VisitBin, s speaker) (template.HTML, error) {
	if len(bins) == 0 {
		return "", nil
	}
	no, yes := make(plotter.Values, len(bins)), make(plotter.Values, len(bins))
	names := make([]string, len(bins))
	for k, b := range bins {
		names[k] = b.Words()
		if b.Revisits {
			yes[k] = float64(b.Users)
		} else {
			no[k] = float64(b.Users)
		}
	}
	width := vg.Length(math.Min(40, 280/float64(len(bins))))
	p := newPlot(s.say("visits in the label window"), s.say("people"))
	p.Add(bars(yes, width, blueFill), bars(no, width, paleFill))
	p.NominalX(names...)
	p.Y.Min = 0
	p.Y.Tick.Marker = ticks{func(v float64) string { return count(int64(v)) }, 4}
	return picture{plot: p, height: 240, alt: s.say("How many people made how many visits in the label window.")}.svg()
}

type fill int

const (
	blueFill fill = iota
	paleFill
)

func bars(values plotter.Values, width vg.Length, f fill) *plotter.BarChart {
	b := &plotter.BarChart{Values: values, Width: width, Color: blue, LineStyle: draw.LineStyle{Color: blue, Width: 0.8}}
	if f == paleFill {
		b.Color, b.LineStyle.Color = pale, grey
	}
	return b
}

// channelChart shows the share of revisits by channel with its interval; the dashed line is the share in the whole cohort.
func channelChart(channels []Channel, base Interval, s speaker) (template.HTML, error) {
	if len(channels) == 0 {
		return "", nil
	}
	var rows []whisker
	for _, c := range channels[:min(len(channels), mostRows)] {
		rows = append(rows, whisker{label: s.name(c.Name), value: c.Rate, band: Unknown(), color: blue, shape: draw.CircleGlyph{}})
	}
	var marks []float64
	if finite(base.Value) {
		marks = append(marks, base.Value)
	}
	return dotPlot(s.say("revisit, with 95 %% interval"),
		s.say("Share of people who revisit, by channel, with intervals; the dashed line is the share of all."),
		rows, marks, wholePercent)
}

// modelChart shows the AUC of every row of the table of models; 0.5 is guessing.
func modelChart(models []Model, s speaker) (template.HTML, error) {
	var rows []whisker
	for _, m := range models {
		if !finite(m.AUC.Value) {
			continue
		}
		w := whisker{label: s.name(m.Name), value: m.AUC, band: Unknown(), color: blue, shape: draw.RingGlyph{}}
		switch {
		case m.Kind == Baseline:
			w.color, w.shape = grey, draw.SquareGlyph{}
		case m.Kind == BestPossible:
			w.color, w.shape = orange, draw.TriangleGlyph{}
		case m.Chosen:
			w.shape = draw.CircleGlyph{}
		}
		rows = append(rows, w)
	}
	if len(rows) == 0 {
		return "", nil
	}
	return dotPlot(s.say("AUC, with 95 %% interval"),
		s.say("AUC of baselines, models and, where it is known, the best possible; the dashed line at 0.5 is guessing."),
		rows, []float64{0.5}, plain)
}

// earlyChart shows the AUC by the day known; the band behind each is that of the visit days so far, and 0.5 is guessing.
func earlyChart(days []EarlyDay, s speaker) (template.HTML, error) {
	if len(days) == 0 {
		return "", nil
	}
	var rows []whisker
	for _, d := range days {
		w := whisker{label: s.say("day %d", d.Day), value: d.AUC, band: d.VisitDays, color: blue, shape: draw.CircleGlyph{}}
		rows = append(rows, w)
	}
	return dotPlot(s.say("AUC, with 95 %% interval"),
		s.say("AUC of the early model by the day known, first day on top; the grey bands are those of visit days alone, "+
			"the dashed line is guessing."),
		rows, []float64{0.5}, plain)
}

// importanceChart shows the strongest features; the band behind each is what shuffled labels give.
func importanceChart(importance []Importance, s speaker) (template.HTML, error) {
	if len(importance) == 0 {
		return "", nil
	}
	var rows []whisker
	for _, i := range importance[:min(len(importance), mostRows)] {
		w := whisker{label: s.label(i.Label, i.Name), value: i.AUC, band: i.Null, color: blue, shape: draw.CircleGlyph{}}
		if !i.Clear {
			w.color, w.shape = grey, draw.RingGlyph{}
		}
		rows = append(rows, w)
	}
	return dotPlot(s.say("fall in AUC when shuffled"),
		s.say("Importance of the strongest features with intervals; the grey bands are what chance gives."),
		rows, []float64{0}, plain)
}

// effectChart shows the strongest contributions, filled where more of the feature raises the score, open where it lowers it.
func effectChart(effects []Effect, s speaker) (template.HTML, error) {
	if len(effects) == 0 {
		return "", nil
	}
	var rows []whisker
	for _, e := range effects[:min(len(effects), mostRows)] {
		w := whisker{label: s.label(e.Label, e.Name), value: e.Size, band: Unknown(), color: blue, shape: draw.CircleGlyph{}}
		switch direction(e.Direction) {
		case lowers:
			w.color, w.shape = orange, draw.TriangleGlyph{}
		case mixed:
			w.color, w.shape = grey, draw.RingGlyph{}
		}
		rows = append(rows, w)
	}
	return dotPlot(s.say("mean |SHAP|, log-odds"),
		s.say("Mean size of each feature's contribution to the score."),
		rows, []float64{0}, plain)
}
