package report

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// textSize is of all letters, in the units of chartWidth.
const textSize vg.Length = 12

// wideText measures letters that the plot library's font lacks, such as Hangul, as the squares they are. Other texts stay where the
// library puts them.
type wideText struct {
	text.Plain
}

func newWideText() wideText { return wideText{text.Plain{Fonts: font.DefaultCache}} }

// widened is by how much the reader's font makes a line longer than the library's font does.
func (w wideText) widened(line string, f font.Font) vg.Length {
	face := w.Fonts.Lookup(f, f.Size)
	var more vg.Length
	for _, r := range line {
		if r >= 0x1100 && r != '…' {
			more += f.Size - face.Width(string(r))
		}
	}
	return more
}

// Box is the size of a line.
func (w wideText) Box(line string, f font.Font) (width, height, depth vg.Length) {
	width, height, depth = w.Plain.Box(line, f)
	return width + w.widened(line, f), height, depth
}

// Draw moves the text to where its true width belongs.
func (w wideText) Draw(c vg.Canvas, txt string, style text.Style, at vg.Point) {
	var more vg.Length
	for line := range strings.Lines(txt) {
		more = max(more, w.widened(line, style.Font))
	}
	sin, cos := math.Sincos(style.Rotation)
	shift := more * vg.Length(style.XAlign)
	w.Plain.Draw(c, txt, style, at.Add(vg.Point{X: shift * vg.Length(cos), Y: shift * vg.Length(sin)}))
}

// textStyle is of the letters in new pictures.
func textStyle() draw.TextStyle {
	f := font.From(plot.DefaultFont, textSize)
	f.Variant = "Sans"
	return draw.TextStyle{Color: ink, Font: f, Handler: newWideText()}
}

// fit cuts a text to a width.
func fit(s string, width vg.Length) string {
	style := textStyle()
	letters := []rune(s)
	for n := len(letters); n > 0; n-- {
		short := s
		if n < len(letters) {
			short = strings.TrimSpace(string(letters[:n])) + "…"
		}
		if style.Width(short) <= width {
			return short
		}
	}
	return ""
}

// sayFit is say of a name and more, with the name cut until all fits into a row of words.
func (s speaker) sayFit(format, name string, args ...any) string {
	all := func(name string) string { return s.say(format, append([]any{name}, args...)...) }
	room := captionWidth
	for text := all(name); ; text = all(fit(name, room)) {
		over := textStyle().Width(text) - captionWidth
		if over <= 0 || room <= 0 {
			return text
		}
		room = min(room, textStyle().Width(name)) - over
	}
}

// entry is one mark of a key with its words: a glyph, a line, a band, or some of them.
type entry struct {
	text  string
	glyph draw.GlyphStyle
	line  draw.LineStyle
	band  color.RGBA
}

// Measures of a key: the height of a row, the room for a mark and the space after an entry.
const (
	keyRow   vg.Length = 17
	keyMark  vg.Length = 26
	keySpace vg.Length = 12
)

// key explains the marks above a picture, as many in a row as there is room for.
type key []entry

// place gives each entry its left end and its row.
func (k key) place(width vg.Length) (left []vg.Length, row []int) {
	var x vg.Length
	at := 0
	style := textStyle()
	for _, e := range k {
		// Fonts differ by a few hundredths.
		size := keyMark + 1.04*style.Width(e.text)
		if x > 0 && x+size > width {
			x, at = 0, at+1
		}
		left, row = append(left, x), append(row, at)
		x += size + keySpace
	}
	return left, row
}

// height is the room that the key takes in a picture of that width.
func (k key) height(width vg.Length) vg.Length {
	if len(k) == 0 {
		return 0
	}
	_, row := k.place(width)
	return keyRow*vg.Length(row[len(row)-1]+1) + 6
}

// draw puts the key at the top of c.
func (k key) draw(c draw.Canvas) {
	left, row := k.place(c.Max.X - c.Min.X)
	style := textStyle()
	style.YAlign = draw.YCenter
	for n, e := range k {
		x, y := c.Min.X+left[n], c.Max.Y-keyRow*(vg.Length(row[n])+0.5)
		if e.band != (color.RGBA{}) {
			c.FillPolygon(e.band, []vg.Point{{X: x, Y: y - 5}, {X: x + 20, Y: y - 5}, {X: x + 20, Y: y + 5}, {X: x, Y: y + 5}})
		}
		if e.line.Width > 0 {
			c.StrokeLine2(e.line, x, y-1, x+20, y-1)
		}
		if e.glyph.Shape != nil {
			c.DrawGlyph(e.glyph, vg.Point{X: x + 10, Y: y - 1})
		}
		c.FillText(style, vg.Point{X: x + keyMark, Y: y}, e.text)
	}
}
