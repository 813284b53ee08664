package report

import (
	"html/template"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// spot is one mark of a row, with whiskers where both ends of the value are known.
type spot struct {
	value Interval
	style draw.GlyphStyle
	// raised is how far above the row's middle it stands, in rows.
	raised float64
}

// row is a line of words with marks under it, and a pale bar from 0 where bar is known.
type row struct {
	words string
	spots []spot
	bar   float64
}

// rowPlot is a picture of rows from top to bottom. Names stand over their rows and not beside them, so that a phone has room for both.
type rowPlot struct {
	title  string
	alt    string
	key    key
	rows   []row
	marks  []float64
	format func(float64) string
	// low and high bound the axis, where given; whiskers are cut there.
	low, high float64
	// tall is the height of a row.
	tall vg.Length
}

// captionWidth is the room for the words of a row, rowTop how far above a row's place it is ruled off.
const (
	captionWidth = chartWidth - 40
	rowTop       = 0.6
	// wordsFrom is where a row's words begin above its place: marks end there.
	wordsFrom = 0.16
)

func (r rowPlot) svg() (template.HTML, error) {
	if len(r.rows) == 0 {
		return "", nil
	}
	p := newPlot(r.title, "")
	p.HideY()
	p.Y.Padding = 10
	p.X.Tick.Marker = ticks{r.format, 5}
	last := float64(len(r.rows) - 1)
	var words captions
	for k, v := range r.rows {
		at := last - float64(k)
		words = append(words, caption{at: at + 0.34, words: fit(v.words, captionWidth)})
		if k > 0 {
			words[k].rule = at + rowTop
		}
		if finite(v.bar) {
			p.Add(&plotter.Polygon{XYs: []plotter.XYs{box(0, at-0.3, v.bar, at+0.1)}, Color: pale, LineStyle: stroke(grey)})
		}
	}
	for _, m := range r.marks {
		for k := range r.rows {
			at := last - float64(k)
			p.Add(line(plotter.XYs{{X: m, Y: at + rowTop - 1}, {X: m, Y: at + wordsFrom}}, grey, 3, 3))
		}
	}
	p.Add(words)
	for k, v := range r.rows {
		for _, s := range v.spots {
			r.place(p, s, last-float64(k)-0.1)
		}
	}
	p.X.Min, p.X.Max = r.ends()
	p.Y.Min, p.Y.Max = rowTop-1, last+rowTop
	height := 50 + r.tall*vg.Length(len(r.rows))
	return picture{plot: p, height: height + r.key.height(keyWidth), alt: r.alt, key: r.key, lean: true}.svg()
}

// place draws a mark and its whiskers, as far as they lie on the axis.
func (r rowPlot) place(p *plot.Plot, s spot, at float64) {
	at += s.raised
	inside := func(v float64) float64 {
		if r.low < r.high {
			return math.Min(r.high, math.Max(r.low, v))
		}
		return v
	}
	if s.value.bounded() && s.value.Low < s.value.High {
		p.Add(line(plotter.XYs{{X: inside(s.value.Low), Y: at}, {X: inside(s.value.High), Y: at}}, s.style.Color))
	}
	// Arrows tell where whiskers are cut.
	for _, end := range []struct {
		value float64
		shape shape
	}{{s.value.Low, leftward}, {s.value.High, rightward}} {
		if at := (plotter.XY{X: inside(end.value), Y: at}); finite(end.value) && at.X != end.value {
			p.Add(&plotter.Scatter{XYs: plotter.XYs{at}, GlyphStyle: glyph(s.style.Color, end.shape)})
		}
	}
	if v := s.value.Value; finite(v) && inside(v) == v {
		p.Add(&plotter.Scatter{XYs: plotter.XYs{{X: v, Y: at}}, GlyphStyle: s.style})
	}
}

// ends are those of the axis: as given, or with a little room beside everything that is drawn. Bars begin at the edge.
func (r rowPlot) ends() (low, high float64) {
	if r.low < r.high {
		return r.low, r.high
	}
	low, high = math.Inf(1), math.Inf(-1)
	see := func(values ...float64) {
		for _, v := range values {
			if finite(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
	}
	see(r.marks...)
	for _, v := range r.rows {
		see(v.bar)
		for _, s := range v.spots {
			see(s.value.Value, s.value.Low, s.value.High)
		}
		if finite(v.bar) {
			see(0)
		}
	}
	room := math.Max(0.005, 0.05*(high-low))
	if low == 0 {
		return 0, high + room
	}
	return low - room, high + room
}

func box(x1, y1, x2, y2 float64) plotter.XYs {
	return plotter.XYs{{X: x1, Y: y1}, {X: x2, Y: y1}, {X: x2, Y: y2}, {X: x1, Y: y2}}
}

// caption is the words over a row, whose baseline is at; rule is where the row is ruled off from the one above, 0 for none.
type caption struct {
	at    float64
	words string
	rule  float64
}

// captions write at the left edge of a plot.
type captions []caption

// Plot implements plot.Plotter.
func (l captions) Plot(c draw.Canvas, p *plot.Plot) {
	style := textStyle()
	style.YAlign = draw.YCenter
	_, y := p.Transforms(&c)
	for _, v := range l {
		// Upright lines end before the words.
		wide, half := style.Width(v.words)+2, textSize/2+1
		c.FillPolygon(color.White, []vg.Point{
			{X: c.Min.X - 1, Y: y(v.at) - half},
			{X: c.Min.X + wide, Y: y(v.at) - half},
			{X: c.Min.X + wide, Y: y(v.at) + half},
			{X: c.Min.X - 1, Y: y(v.at) + half},
		})
		c.FillText(style, vg.Point{X: c.Min.X, Y: y(v.at)}, v.words)
		if v.rule != 0 {
			c.StrokeLine2(draw.LineStyle{Color: pale, Width: 0.8}, c.Min.X, y(v.rule), c.Max.X, y(v.rule))
		}
	}
}
