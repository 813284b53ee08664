package report

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours of Okabe and Ito, told apart with any colour vision and by their lightness in print.
var (
	blue   = color.RGBA{0x00, 0x5a, 0x96, 0xff}
	orange = color.RGBA{0xb3, 0x4f, 0x00, 0xff}
	grey   = color.RGBA{0x59, 0x59, 0x59, 0xff}
	pale   = color.RGBA{0xd4, 0xd8, 0xdc, 0xff}
	ink    = color.RGBA{0x1a, 0x1a, 0x1a, 0xff}
)

// chartWidth is narrow so that the letters stay legible on a phone, where the picture shrinks to the screen.
const chartWidth vg.Length = 400

// Margins beside the plots, and the width that is left for a key.
const (
	marginLeft  vg.Length = 6
	marginRight vg.Length = 16
	keyWidth              = chartWidth - marginLeft - marginRight
)

// newPlot is an empty plot in the page's style.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.Transparent
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Handler = newWideText()
		axis.Label.TextStyle.Font.Size, axis.Tick.Label.Font.Size = textSize, textSize
		axis.Label.TextStyle.Font.Variant, axis.Tick.Label.Font.Variant = "Sans", "Sans"
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = ink, ink
		axis.Label.Padding = 4
		axis.Color, axis.Tick.Color = grey, grey
	}
	return p
}

// picture is a plot with what drawing it needs to know.
type picture struct {
	plot   *plot.Plot
	height vg.Length
	// alt says in words what the picture shows.
	alt string
	// names are the labels on the left, which end at the axis; nil for numbers.
	names []string
	// key stands above the plot, below under it, with the same left and right ends; both may be left out.
	key   key
	below *plot.Plot
	// lean pictures have coordinates to a tenth, which is less than any screen or printer shows.
	lean bool
}

// svg draws the picture as an element for the page.
func (c picture) svg() (template.HTML, error) {
	canvas := vgsvg.New(chartWidth, c.height)
	// Margins keep the ends of labels inside, whatever font the reader has.
	c.draw(draw.Crop(draw.New(canvas), marginLeft+c.slack(), -marginRight, 4, -6))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return "", fmt.Errorf("draw %q: %w", c.alt, err)
	}
	_, body, ok := strings.Cut(buf.String(), "<svg ")
	_, body, closed := strings.Cut(body, ">\n")
	if !ok || !closed {
		return "", fmt.Errorf("draw %q: the plot library wrote no svg element", c.alt)
	}
	head := fmt.Sprintf(`<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`,
		chartWidth.Points(), c.height.Points(), html.EscapeString(c.alt))
	body = c.anchorNames(strings.TrimSpace(body))
	if c.lean {
		body = lean(body)
	}
	return template.HTML(head + "\n" + body), nil //nolint:gosec // texts are escaped by the plot library and above
}

// draw puts the key and the plots into the area.
func (c picture) draw(area draw.Canvas) {
	if len(c.key) > 0 {
		c.key.draw(area)
		area = draw.Crop(area, 0, 0, 0, -c.key.height(keyWidth))
	}
	if c.below == nil {
		c.plot.Draw(area)
		return
	}
	plots := [][]*plot.Plot{{c.plot}, {c.below}}
	areas := plot.Align(plots, draw.Tiles{Rows: 2, Cols: 1, PadY: 10}, area)
	for k, row := range plots {
		row[0].Draw(areas[k][0])
	}
}

// slack is room for letters that the plot library's font lacks, such as Hangul, which it takes for narrower than they are.
func (c picture) slack() vg.Length {
	most := 0
	for _, name := range c.names {
		wide := 0
		for _, r := range name {
			if r >= 0x1100 {
				wide++
			}
		}
		most = max(most, wide)
	}
	return 4 * vg.Length(most)
}

var (
	svgPath = regexp.MustCompile(` d="[^"]*"`)
	svgFine = regexp.MustCompile(`-?\d+\.\d\d+`)
)

// lean rounds the coordinates of paths and leaves out what is the default of letters.
func lean(body string) string {
	body = strings.ReplaceAll(body, "font-variant:normal;font-weight:normal;font-style:normal;", "")
	return svgPath.ReplaceAllStringFunc(body, func(path string) string {
		return svgFine.ReplaceAllStringFunc(path, func(number string) string {
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return number
			}
			return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64)
		})
	})
}

// svgText is how the plot library writes a text: x, the rest of the attributes, and the text.
var svgText = regexp.MustCompile(`<text x="([^"]*)"([^>]*)>([^<]*)</text>`)

// anchorNames ties the names on the left to their right end. The library places texts by their left end after measuring them
// in its own
// font; in the reader's font they would run into the axis.
func (c picture) anchorNames(body string) string {
	return svgText.ReplaceAllStringFunc(body, func(element string) string {
		part := svgText.FindStringSubmatch(element)
		name := html.UnescapeString(part[3])
		x, err := strconv.ParseFloat(part[1], 64)
		if err != nil || !slices.Contains(c.names, name) {
			return element
		}
		end := x + c.plot.Y.Tick.Label.Width(name).Points()
		return fmt.Sprintf(`<text x="%.5g" text-anchor="end"%s>%s</text>`, end, part[2], part[3])
	})
}

// line is a straight or broken line.
func line(xys plotter.XYs, c color.Color, dashes ...vg.Length) *plotter.Line {
	return &plotter.Line{XYs: xys, LineStyle: draw.LineStyle{Color: c, Width: 1.2, Dashes: dashes}}
}

// dots are points without lines.
func dots(xys plotter.XYs, c color.Color, shape draw.GlyphDrawer) *plotter.Scatter {
	return &plotter.Scatter{XYs: xys, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 3.4, Shape: shape}}
}

// whisker is one row of a dot plot: a value with its interval, and a grey band behind it where there is one.
type whisker struct {
	label string
	value Interval
	band  Interval
	color color.Color
	shape draw.GlyphDrawer
}

// dotPlot draws rows from top to bottom, with an upright dashed line at each of marks.
func dotPlot(x, alt string, rows []whisker, marks []float64, format func(float64) string) (template.HTML, error) {
	p := newPlot(x, "")
	names := make([]string, len(rows))
	for k, r := range rows {
		at := float64(len(rows) - 1 - k)
		names[len(rows)-1-k] = shorten(r.label)
		if r.band.bounded() {
			box := plotter.XYs{
				{X: r.band.Low, Y: at - 0.3},
				{X: r.band.High, Y: at - 0.3},
				{X: r.band.High, Y: at + 0.3},
				{X: r.band.Low, Y: at + 0.3},
			}
			p.Add(&plotter.Polygon{XYs: []plotter.XYs{box}, Color: pale})
		}
		if r.value.bounded() {
			p.Add(line(plotter.XYs{{X: r.value.Low, Y: at}, {X: r.value.High, Y: at}}, r.color))
		}
		if finite(r.value.Value) {
			p.Add(dots(plotter.XYs{{X: r.value.Value, Y: at}}, r.color, r.shape))
		}
	}
	for _, m := range marks {
		p.Add(line(plotter.XYs{{X: m, Y: -0.6}, {X: m, Y: float64(len(rows)) - 0.4}}, grey, 3, 3))
	}
	p.NominalY(names...)
	p.Y.Min, p.Y.Max = -0.6, float64(len(rows))-0.4
	p.X.Tick.Marker = ticks{format, 5}
	return picture{plot: p, height: 58 + 20*vg.Length(len(rows)), alt: alt, names: names}.svg()
}

// longestLabel is in characters; the table beside the picture has the whole name.
const longestLabel = 24

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= longestLabel {
		return s
	}
	return string([]rune(s)[:longestLabel-1]) + "…"
}

// ticks places about n round labels.
type ticks struct {
	format func(float64) string
	n      int
}

// Ticks gives multiples of 1, 2 or 5 times a power of ten.
func (t ticks) Ticks(low, high float64) []plot.Tick {
	span := high - low
	if !finite(span) || span <= 0 {
		return nil
	}
	raw := span / float64(t.n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, by := range []float64{2, 2.5, 2} {
		if step < raw {
			step *= by
		}
	}
	var out []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9; k++ {
		out = append(out, plot.Tick{Value: k * step, Label: t.format(k * step)})
	}
	return out
}

func wholePercent(v float64) string { return decimal(0, 100*v) + " %" }

// plain rounds away what is left of adding up steps; adding 0 turns -0 into 0.
func plain(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6+0, 'g', 4, 64) }
