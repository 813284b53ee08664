package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// More colours after Okabe and Ito, darkened until lines stand out on white paper.
var (
	green  = color.RGBA{0x00, 0x75, 0x57, 0xff}
	purple = color.RGBA{0x99, 0x3f, 0x78, 0xff}
	brown  = color.RGBA{0x80, 0x66, 0x00, 0xff}
)

// shape is a mark with so many corners, the first of them at turn (in radians, from the right); none is a circle. An open one is white
// inside.
type shape struct {
	corners int
	turn    float64
	open    bool
}

// The marks that pictures are made of.
var (
	disc        = shape{}
	ring        = shape{open: true}
	square      = shape{corners: 4, turn: math.Pi / 4}
	openSquare  = shape{corners: 4, turn: math.Pi / 4, open: true}
	triangle    = shape{corners: 3, turn: math.Pi / 2}
	fallen      = shape{corners: 3, turn: -math.Pi / 2}
	leftward    = shape{corners: 3, turn: math.Pi}
	rightward   = shape{corners: 3}
	openDiamond = shape{corners: 4, open: true}
	diamond     = shape{corners: 4}
)

// DrawGlyph draws the mark around at.
func (s shape) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var p vg.Path
	if s.corners == 0 {
		p.Move(vg.Point{X: at.X + style.Radius, Y: at.Y})
		p.Arc(at, style.Radius, 0, 2*math.Pi)
	}
	// Corners lie further out, so that all marks look as large as the circle.
	radius := style.Radius * 1.25
	for k := range s.corners {
		sin, cos := math.Sincos(s.turn + 2*math.Pi*float64(k)/float64(s.corners))
		corner := vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)}
		if k == 0 {
			p.Move(corner)
		} else {
			p.Line(corner)
		}
	}
	p.Close()
	c.SetColor(style.Color)
	if s.open {
		c.SetColor(color.White)
	}
	c.Fill(p)
	if s.open {
		c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: 1.3})
		c.Stroke(p)
	}
}

// glyph is a mark of the usual size.
func glyph(c color.Color, s shape) draw.GlyphStyle {
	return draw.GlyphStyle{Color: c, Radius: 3.6, Shape: s}
}

// stroke is a line of the usual width.
func stroke(c color.Color, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: 1.3, Dashes: dashes}
}

// veil is the colour of a band through which other bands can be seen.
func veil(c color.RGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 0x24} }

// look tells one of a few groups from the others by colour, mark and dash.
type look struct {
	color  color.RGBA
	shape  shape
	dashes []vg.Length
}

// entry explains the look in a key.
func (l look) entry(words string) entry {
	return entry{text: words, glyph: glyph(l.color, l.shape), line: stroke(l.color, l.dashes...)}
}

// looks are as many groups as a picture can hold.
var looks = []look{
	{blue, disc, nil},
	{orange, triangle, []vg.Length{6, 3}},
	{green, square, []vg.Length{2, 2}},
	{purple, ring, []vg.Length{8, 2, 2, 2}},
	{brown, openDiamond, []vg.Length{4, 4}},
	{grey, openSquare, []vg.Length{1, 3}},
}
