package report

import (
	"html/template"
	"math"
	"strings"

	"gonum.org/v1/plot/vg/draw"
)

// verdictLook is how an adjusted effect is drawn by its verdict.
func verdictLook(verdict string) draw.GlyphStyle {
	switch verdict {
	case Cause:
		return glyph(blue, disc)
	case Sign:
		return glyph(orange, triangle)
	}
	return glyph(grey, diamond)
}

// Raw differences and those with visit days held equal.
var (
	rawLook  = glyph(grey, ring)
	evenLook = glyph(ink, openSquare)
)

// momentChart shows three differences an action: as it is, among people with as many visit days, and among people alike in all that
// is known.
func momentChart(m Moments, s speaker) (template.HTML, error) {
	list := m.List[:min(len(m.List), mostRows)]
	low, high := momentRange(list)
	var rows []row
	for _, v := range list {
		rows = append(rows, row{words: s.moment(v), bar: math.NaN(), spots: []spot{
			{value: alone(v.Difference.Value), style: rawLook, raised: 0.13},
			{value: alone(v.HeldEqual.Value), style: evenLook, raised: 0.13},
			{value: v.Adjusted, style: verdictLook(v.Verdict), raised: -0.16},
		}})
	}
	return rowPlot{
		title: s.say("difference in the share who revisit, points"),
		alt: s.say("For %d actions of the first week: how much more often those who did it revisit, as it is, among people with as many "+
			"visit days, and among people alike in all that is known with its 95 %% interval; the dashed line is no difference.", len(rows)),
		key: key{
			{text: s.say("as it is"), glyph: rawLook},
			{text: s.say("visit days equal"), glyph: evenLook},
			{text: s.say("adjusted: likely a cause"), glyph: verdictLook(Cause), line: stroke(blue)},
			{text: s.say("a sign, not a cause"), glyph: verdictLook(Sign), line: stroke(orange)},
			{text: s.say("cannot tell"), glyph: verdictLook(Unclear), line: stroke(grey)},
		},
		rows: rows, marks: []float64{0}, format: points, low: low, high: high, tall: 44,
	}.svg()
}

// moment is an action with its threshold and day.
func (s speaker) moment(m Moment) string {
	return s.sayFit("%s ≥%d by day %d", s.label(m.Label, m.Action), m.Times, m.Day)
}

// alone is a value without whiskers.
func alone(v float64) Interval { return Interval{v, math.NaN(), math.NaN()} }

// momentRange holds 0, all values, and the whiskers of those that a verdict rests on; other whiskers may be so wide that nothing else
// could be seen, and are cut.
func momentRange(list []Moment) (low, high float64) {
	for _, m := range list {
		ends := []float64{m.Difference.Value, m.HeldEqual.Value, m.Adjusted.Value}
		if m.Verdict != Unclear {
			ends = append(ends, m.Adjusted.Low, m.Adjusted.High)
		}
		for _, v := range ends {
			if finite(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
	}
	room := math.Max(0.005, 0.06*(high-low))
	return low - room, high + room
}

// points writes a difference of shares in percentage points, with its sign.
func points(v float64) string {
	text := plain(100 * v)
	if text == "0" || strings.HasPrefix(text, "-") {
		return strings.Replace(text, "-", "−", 1)
	}
	return "+" + text
}

// segmentChart shows the size of each kind of people as a bar and the share of them who revisit as a dot.
func segmentChart(g Segments, s speaker) (template.HTML, error) {
	var rows []row
	users, revisiting := 0, 0
	for _, v := range g.List {
		share := float64(v.Share)
		if !finite(share) {
			share = float64(v.Users) / float64(g.Users)
		}
		users, revisiting = users+v.Users, revisiting+v.Revisiting
		rows = append(rows, row{
			words: s.sayFit("%s (%s people)", v.Name.In(s.words), count(v.Users)), bar: share,
			spots: []spot{{value: v.Rate, style: glyph(blue, disc)}},
		})
	}
	return rowPlot{
		title: s.say("share of people"),
		alt: s.say("%d kinds of people by what they do in their first week: their share of all as a bar, the share of them who revisit as a "+
			"dot with its 95 %% interval; the dashed line is the share of all who revisit.", len(rows)),
		key: key{
			{text: s.say("share of all people"), band: pale},
			{text: s.say("share of them who revisit"), glyph: glyph(blue, disc), line: stroke(blue)},
		},
		rows: rows, marks: shareOf(revisiting, users), format: wholePercent, tall: 44,
	}.svg()
}

// shareOf is k of n as the place of a line, none where nobody is counted.
func shareOf(k, n int) []float64 {
	if n == 0 {
		return nil
	}
	return []float64{float64(k) / float64(n)}
}
