package report

import (
	"cmp"
	"html/template"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Values of Truth.Status.
const (
	truthAlarm = "alarm"
	truthFew   = "few"
)

// gainsChart shows how many of the revisiting are reached by going to the people of the highest probability first.
func gainsChart(deciles []Decile, s speaker) (template.HTML, error) {
	if len(deciles) == 0 {
		return "", nil
	}
	p := newPlot(s.say("share of people, highest probability first"), s.say("share of the revisiting reached"))
	var all, so float64
	for _, d := range deciles {
		all += float64(d.Rows)
	}
	reached := plotter.XYs{{}}
	for _, d := range deciles {
		so += float64(d.Rows)
		reached = append(reached, plotter.XY{X: so / all, Y: float64(d.Reached)})
	}
	if slices.ContainsFunc(reached, func(v plotter.XY) bool { return !finite(v.X) || !finite(v.Y) }) {
		return "", nil
	}
	grid(p)
	p.Add(line(plotter.XYs{{}, {X: 1, Y: 1}}, grey, 3, 3), line(reached, blue),
		&plotter.Scatter{XYs: reached[1:], GlyphStyle: glyph(blue, disc)})
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{wholePercent, 5}, ticks{wholePercent, 5}
	names := key{
		{text: s.say("by the model"), glyph: glyph(blue, disc), line: stroke(blue)},
		{text: s.say("by chance"), line: stroke(grey, 3, 3)},
	}
	return picture{
		plot: p, key: names, lean: true, height: 290 + names.height(keyWidth),
		alt: s.say("Share of the revisiting who are reached by share of people, highest probability first; " +
			"on the dashed line the model is of no use."),
	}.svg()
}

// cheapestChart shows the chance of each channel to be the cheapest by cost per revisiting person, the likeliest first.
func cheapestChart(p *Spend, s speaker) (template.HTML, error) {
	if p == nil {
		return "", nil
	}
	var rows []row
	for k, c := range p.Channels[:min(len(p.Channels), len(p.Best))] {
		if best := float64(p.Best[k]); finite(best) {
			rows = append(rows, row{words: s.sayFit("%s: %s", c.Name.In(s.words), wholePercent(best)), bar: best})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.bar, a.bar) })
	rows = rows[:min(len(rows), mostRows)]
	return rowPlot{
		title: s.say("chance to be the cheapest"),
		alt: s.say("The chance of each of %d channels with spend to be the cheapest by cost per revisiting person, the likeliest first.",
			len(rows)),
		rows: rows, format: wholePercent, low: 0, high: 1, tall: 38,
	}.svg()
}

// truthChart sets what was predicted against what happened, a row for each version of the model.
func truthChart(truth []Truth, s speaker) (template.HTML, error) {
	var rows []row
	right, wrong := glyph(blue, disc), glyph(orange, fallen)
	for _, v := range truth {
		style := right
		if v.Status == truthAlarm {
			style = wrong
		}
		if finite(float64(v.Predicted)) && finite(v.Observed.Value) && len(rows) < mostRows {
			rows = append(rows, row{words: s.sayFit("%s: %s to %s", v.Version, v.From, v.To), bar: math.NaN(), spots: []spot{
				{value: v.Observed, style: style, raised: -0.14},
				{value: alone(float64(v.Predicted)), style: rawLook, raised: 0.12},
			}})
		}
	}
	return rowPlot{
		title: s.say("share who revisit"),
		alt: s.say("For %d versions of the model: the share predicted to revisit as a ring, the share who did as a dot with its 95 %% interval, "+
			"or as a triangle where there is an alarm.", len(rows)),
		key: key{
			{text: s.say("predicted"), glyph: rawLook},
			{text: s.say("observed"), glyph: right, line: stroke(blue)},
			{text: s.say("observed, alarm"), glyph: wrong, line: stroke(orange)},
		},
		rows: rows, format: wholePercent, tall: 44,
	}.svg()
}

// cohortChart shows by week of first visit what was predicted and what happened, and under it the AUC.
func cohortChart(d Drift, s speaker) (template.HTML, error) {
	if len(d.Cohorts) == 0 {
		return "", nil
	}
	over, under := newPlot("", s.say("revisit")), newPlot(s.say("week of first visit"), "AUC")
	grid(over)
	grid(under)
	var predicted plotter.XYs
	dates := make([]string, len(d.Cohorts))
	guess := plotter.XYs{{X: -0.4, Y: 0.5}, {X: float64(len(dates)) - 0.6, Y: 0.5}}
	under.Add(line(guess, grey, 3, 3))
	for k, c := range d.Cohorts {
		x := float64(k)
		dates[k] = c.From
		if finite(float64(c.Predicted)) {
			predicted = append(predicted, plotter.XY{X: x + 0.08, Y: float64(c.Predicted)})
		}
		upright(over, x-0.08, c.BaseRate, glyph(blue, disc))
		upright(under, x, c.AUC, glyph(blue, square))
	}
	rings := glyph(orange, ring)
	if len(predicted) > 0 {
		over.Add(line(predicted, orange, 4, 3), &plotter.Scatter{XYs: predicted, GlyphStyle: rings})
	}
	weekAxis(over, dates)
	weekAxis(under, dates)
	over.Y.Min = 0
	over.Y.Tick.Marker, under.Y.Tick.Marker = ticks{wholePercent, 4}, ticks{plain, 4}
	names := key{
		{text: s.say("observed"), glyph: glyph(blue, disc), line: stroke(blue)},
		{text: s.say("predicted"), glyph: rings, line: stroke(orange, 4, 3)},
	}
	return picture{
		plot: over, below: under, key: names, lean: true, height: 350 + names.height(keyWidth),
		alt: s.say("By week of first visit: above the share who revisit with 95 %% intervals and the share predicted, below the AUC; " +
			"the dashed line at 0.5 is guessing."),
	}.svg()
}

// upright draws a mark with its whiskers up and down.
func upright(p *plot.Plot, x float64, v Interval, style draw.GlyphStyle) {
	if v.bounded() && v.Low < v.High {
		p.Add(line(plotter.XYs{{X: x, Y: v.Low}, {X: x, Y: v.High}}, style.Color))
	}
	if finite(v.Value) {
		p.Add(&plotter.Scatter{XYs: plotter.XYs{{X: x, Y: v.Value}}, GlyphStyle: style})
	}
}
