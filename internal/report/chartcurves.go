package report

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curveChart shows the curves of one breakdown. Everybody alone is one plot with both ways to count; groups are two plots, one a way,
// with a line a group.
func curveChart(curves []Curve, s speaker) (template.HTML, error) {
	shown := largest(curves, len(looks))
	switch len(shown) {
	case 0:
		return "", nil
	case 1:
		return oneCurve(shown[0], s)
	}
	var names key
	for k, c := range shown {
		l := looks[k]
		names = append(names, l.entry(fit(s.name(c.Name), captionWidth/2)))
	}
	over, under := newPlot("", s.say("visit on the day")), newPlot(s.say("days after the first visit"), s.say("visit then or later"))
	for k, c := range shown {
		addCurve(over, c.NDay, looks[k], 2*k, 2*len(looks))
		addCurve(under, c.Rolling, looks[k], 2*k, 2*len(looks))
	}
	dayAxis(over)
	dayAxis(under)
	return picture{
		plot: over, below: under, key: names, lean: true, height: 420 + names.height(keyWidth),
		alt: s.say("Share of new people who visit, by day after the first visit, for %d groups by %s with 95 %% intervals: "+
			"above on just that day, below on that day or later.", len(shown), s.breakdown(shown[0].By)),
	}.svg()
}

// oneCurve draws both ways to count in one plot.
func oneCurve(c Curve, s speaker) (template.HTML, error) {
	p := newPlot(s.say("days after the first visit"), s.say("share who visit"))
	ways := []struct {
		words  string
		points []CurvePoint
	}{{s.say("on that day or later"), c.Rolling}, {s.say("on just that day"), c.NDay}}
	var names key
	for k, w := range ways {
		addCurve(p, w.points, looks[k], 0, 6)
		names = append(names, looks[k].entry(w.words))
	}
	dayAxis(p)
	return picture{
		plot: p, key: names, lean: true, height: 250 + names.height(keyWidth),
		alt: s.say("Share of new people who visit, by day after the first visit, with 95 %% intervals: " +
			"on just that day, and on that day or later."),
	}.svg()
}

// breakdown is what groups are told apart by.
func (s speaker) breakdown(by string) string {
	switch by {
	case "channel":
		return s.say("channel")
	case "platform":
		return s.say("platform")
	case "country":
		return s.say("country")
	}
	return by
}

// largest are the n curves of the most people, in the order they came in.
func largest(curves []Curve, n int) []Curve {
	bySize := slices.Clone(curves)
	slices.SortStableFunc(bySize, func(a, b Curve) int { return cmp.Compare(b.Users, a.Users) })
	left := bySize[:min(n, len(bySize))]
	return slices.DeleteFunc(slices.Clone(curves), func(c Curve) bool {
		return !slices.ContainsFunc(left, func(l Curve) bool { return l.By == c.By && l.Name == c.Name })
	})
}

// addCurve draws a ribbon of intervals, the line and its marks. Marks lie so many days apart, the first so many days in: groups have
// theirs on different days, so that they do not hide each other.
func addCurve(p *plot.Plot, points []CurvePoint, l look, first, apart int) {
	var upper, lower, middle, marked plotter.XYs
	for k, v := range points {
		if !finite(v.Rate.Value) {
			continue
		}
		at := plotter.XY{X: float64(v.Day), Y: v.Rate.Value}
		middle = append(middle, at)
		if k%apart == first%apart {
			marked = append(marked, at)
		}
		// Lines bend in the first days and at the end of the first week; after that fewer corners make a lighter page.
		if v.Rate.bounded() && (k < 3 || k == 5 || k == 6 || k%4 == 3 || k == len(points)-1) {
			upper = append(upper, plotter.XY{X: at.X, Y: v.Rate.High})
			lower = append(lower, plotter.XY{X: at.X, Y: v.Rate.Low})
		}
	}
	if len(upper) > 1 {
		slices.Reverse(lower)
		p.Add(&plotter.Polygon{XYs: []plotter.XYs{append(upper, lower...)}, Color: veil(l.color)})
	}
	if len(middle) > 1 {
		p.Add(line(middle, l.color, l.dashes...))
	}
	if len(marked) > 0 {
		p.Add(&plotter.Scatter{XYs: marked, GlyphStyle: glyph(l.color, l.shape)})
	}
}

// dayAxis counts days in weeks and shares from 0.
func dayAxis(p *plot.Plot) {
	last := int(p.X.Max)
	marks := plot.ConstantTicks{{Value: 1, Label: "1"}}
	for day := 7; day <= last; day += 7 {
		marks = append(marks, plot.Tick{Value: float64(day), Label: strconv.Itoa(day)})
	}
	p.X.Tick.Marker = marks
	p.Y.Min = 0
	p.Y.Tick.Marker = ticks{wholePercent, 5}
	grid(p)
}

// grid rules a plot lightly at the ticks of its upright axis.
func grid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal = draw.LineStyle{Color: pale, Width: 0.5}
	p.Add(g)
}

// weekAxis labels the places 0, 1, ... of a plot as far as there is room, with the month and day of dates.
func weekAxis(p *plot.Plot, dates []string) {
	style := textStyle()
	var widest vg.Length
	for _, d := range dates {
		widest = max(widest, style.Width(monthDay(d)))
	}
	every := 1
	for vg.Length((len(dates)+every-1)/every)*(widest+8) > plotWidth {
		every++
	}
	var marks plot.ConstantTicks
	for k, d := range dates {
		if k%every == 0 {
			marks = append(marks, plot.Tick{Value: float64(k), Label: monthDay(d)})
		}
	}
	p.X.Tick.Marker = marks
	p.X.Min, p.X.Max = -0.4, float64(len(dates))-0.6
}

// plotWidth is about what is left of chartWidth beside an axis of shares.
const plotWidth = chartWidth - 75

// monthDay is the end of YYYY-MM-DD.
func monthDay(date string) string {
	if len(date) == len("2006-01-02") {
		return date[5:]
	}
	return date
}
