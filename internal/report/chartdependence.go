package report

import (
	"html/template"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// dependenceChart shows the mean contribution of a feature by its value: numbers from left to right, levels of a category from top to
// bottom. Where another feature changes it, the people low and high in that one are two more series.
func dependenceChart(d Dependence, s speaker) (template.HTML, error) {
	if len(d.Points) == 0 {
		return "", nil
	}
	if isCategory(d) {
		return levelChart(d, s)
	}
	title := s.label(d.Label, d.Name)
	p := newPlot(fit(title, plotWidth), s.say("contribution, log-odds"))
	grid(p)
	last := float64(len(d.Points)) - 0.5
	p.Add(line(plotter.XYs{{X: -0.5}, {X: last}}, grey, 3, 3))
	for _, v := range series(d, s) {
		v.add(p, d.Points)
	}
	p.X.Tick.Marker = valueTicks(d.Points, s)
	p.X.Min, p.X.Max = -0.5, last
	p.Y.Tick.Marker = ticks{plain, 5}
	room := 0.04 * (p.Y.Max - p.Y.Min)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	names := seriesKey(d, s)
	return picture{plot: p, key: names, lean: true, height: 270 + names.height(keyWidth), alt: dependenceWords(d, s)}.svg()
}

// dependenceWords are the picture in words.
func dependenceWords(d Dependence, s speaker) string {
	if d.With == "" {
		return s.say("Mean contribution of %s to the score by its value, with 95 %% intervals; the dashed line is no contribution.",
			s.label(d.Label, d.Name))
	}
	return s.say("Mean contribution of %s to the score by its value, with 95 %% intervals, and the same for the people low and high in %s; "+
		"the dashed line is no contribution.", s.label(d.Label, d.Name), s.label(d.WithLabel, d.With))
}

// run is one series of a dependence: everybody, or one half.
type run struct {
	words  string
	points []DependencePoint
	look   look
	// aside is how far beside its place a mark stands, whiskers tells that it has some.
	aside    float64
	whiskers bool
}

// series are everybody, then the halves where there are two.
func series(d Dependence, s speaker) []run {
	all := []run{{s.say("everybody"), d.Points, looks[0], 0, true}}
	if d.With == "" || len(d.Low) == 0 || len(d.High) == 0 {
		return all
	}
	with, split := s.label(d.WithLabel, d.With), plain(float64(d.Split))
	return append(all,
		run{s.say("%s up to %s", with, split), d.Low, looks[2], -0.16, false},
		run{s.say("%s above %s", with, split), d.High, looks[1], 0.16, false})
}

// seriesKey is needed where there are halves.
func seriesKey(d Dependence, s speaker) key {
	all := series(d, s)
	if len(all) == 1 {
		return nil
	}
	var k key
	for _, v := range all {
		e := v.look.entry(fit(v.words, keyWidth-keyMark-20))
		if isCategory(d) {
			e.line = draw.LineStyle{}
		}
		k = append(k, e)
	}
	return k
}

func isCategory(d Dependence) bool {
	return slices.ContainsFunc(d.Points, func(p DependencePoint) bool { return p.Level != "" })
}

// add draws a series over the places of the bins. No line leads to the people without a value.
func (r run) add(p *plot.Plot, bins []DependencePoint) {
	var path plotter.XYs
	style := glyph(r.look.color, r.look.shape)
	for _, v := range r.points {
		x, ok := place(v, bins)
		if !ok || !finite(v.Mean.Value) {
			continue
		}
		x += r.aside
		if !v.Missing {
			path = append(path, plotter.XY{X: x, Y: v.Mean.Value})
		}
		if r.whiskers {
			upright(p, x, v.Mean, style)
		} else {
			upright(p, x, alone(v.Mean.Value), style)
		}
	}
	if len(path) > 1 {
		p.Add(line(path, r.look.color, r.look.dashes...))
	}
}

// place is where a bin stands among the bins: at its own place, or amid those that it spans.
func place(v DependencePoint, bins []DependencePoint) (float64, bool) {
	var sum, n float64
	for k, b := range bins {
		if b.Missing == v.Missing && b.Level == v.Level && (v.Missing || v.Level != "" || b.From >= v.From && b.To <= v.To) {
			sum, n = sum+float64(k), n+1
		}
	}
	return sum / n, n > 0
}

// valueTicks label the bins with their values, on two lines where one is too short.
func valueTicks(bins []DependencePoint, s speaker) plot.ConstantTicks {
	style := textStyle()
	var wide vg.Length
	marks := make(plot.ConstantTicks, len(bins))
	for k, b := range bins {
		marks[k] = plot.Tick{Value: float64(k), Label: binWords(b, s)}
		if k > 0 {
			wide = max(wide, (style.Width(marks[k-1].Label)+style.Width(marks[k].Label))/2+6)
		}
	}
	room := plotWidth / vg.Length(len(bins))
	for k := range marks {
		// Every other label goes under the rest.
		if wide > room && k%2 == 1 {
			marks[k].Label = "\n" + marks[k].Label
		}
		if wide > 2*room && !bins[k].Missing {
			marks[k].Label = fromWords(marks[k].Label, bins[k])
		}
	}
	return marks
}

// binWords are the values of a bin: "2", "3-5".
func binWords(b DependencePoint, s speaker) string {
	switch from, to := plain(float64(b.From)), plain(float64(b.To)); {
	case b.Missing && b.Never:
		return s.say("never")
	case b.Missing:
		return s.say("no value")
	case b.Level != "":
		return s.name(b.Level)
	case from == to || !finite(float64(b.To)):
		return from
	default:
		return from + "–" + to
	}
}

// fromWords is where the bin begins, on the same line as the label it stands for.
func fromWords(label string, b DependencePoint) string {
	if label[0] == '\n' {
		return "\n" + plain(float64(b.From))
	}
	return plain(float64(b.From))
}

// levelChart has a row for each level of a category.
func levelChart(d Dependence, s speaker) (template.HTML, error) {
	var rows []row
	for _, b := range d.Points[:min(len(d.Points), mostRows)] {
		r := row{words: binWords(b, s), bar: math.NaN()}
		for _, v := range series(d, s) {
			for _, p := range v.points {
				if p.Level != b.Level || p.Missing != b.Missing {
					continue
				}
				value := p.Mean
				if !v.whiskers {
					value = alone(value.Value)
				}
				r.spots = append(r.spots, spot{value: value, style: glyph(v.look.color, v.look.shape), raised: -0.9 * v.aside})
			}
		}
		rows = append(rows, r)
	}
	return rowPlot{
		title: s.say("contribution, log-odds"), alt: dependenceWords(d, s), key: seriesKey(d, s),
		rows: rows, marks: []float64{0}, format: plain, tall: 44,
	}.svg()
}
