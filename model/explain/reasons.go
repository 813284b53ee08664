package explain

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// smallestShare is the smallest share of the rows that a reason is about.
const smallestShare = 0.02

// Reason is a part of the rows whose scores a column moves.
type Reason struct {
	Column int
	// The part are the rows with values of at least From and under Below, infinite where there is no such end; or, for a category, with
	// Level; or without a value (Missing). Number tells which of these it is, Other that it is the rows with another level, or with any
	// value.
	From, Below float64
	Level       int
	Missing     bool
	Other       bool
	// Effect is the part's mean contribution in log-odds, over the rows that contributions were worked out of.
	Effect metrics.Interval
	// Rows and Positives count the part among all rows that were given.
	Rows, Positives int
}

// holds tells whether a value lies in the part.
func (r *Reason) holds(v float32) bool {
	switch {
	case r.Missing:
		return v != v != r.Other
	case r.Level >= 0:
		return v == v && v == float32(r.Level) != r.Other
	}
	return float64(v) >= r.From && float64(v) < r.Below
}

// Reasons are one part of the rows for each of the strongest columns, at most most of them, the strongest column first: the column is
// cut once, where its two sides' contributions are furthest apart (least squares, as a tree of one split would), and the side with the
// larger mean contribution is told. Of the columns of a group only the strongest is told. Both sides hold ten rows and a fiftieth of
// them. Y are the labels of all rows; they do not choose the cut.
func (c *Contributions) Reasons(y []bool, groups [][]int, most int) []Reason {
	var out []Reason
	c.eachSubject(groups, c.Effects(), func(j int) (told, more bool) {
		r, ok := c.reason(j)
		if ok {
			c.count(&r, y)
			r.From, r.Below = c.fromSteps(j, r.From), c.fromSteps(j, r.Below)
		}
		if ok = ok && r.Rows >= smallestPart && len(y)-r.Rows >= smallestPart; ok {
			out = append(out, r)
		}
		return ok, len(out) < most
	})
	return out
}

// count finds the part among all rows.
func (c *Contributions) count(r *Reason, y []bool) {
	for i, v := range c.inSteps(r.Column, c.whole.Columns[r.Column].Values) {
		if r.holds(v) {
			r.Rows++
			if y[i] {
				r.Positives++
			}
		}
	}
}

// reason is the stronger side of the best cut of column j; false where no cut leaves enough rows, or the side's mean contribution
// cannot be told from 0.
func (c *Contributions) reason(j int) (Reason, bool) {
	moves := c.of(j)
	values := c.steps.Columns[j].Values
	best, most := Reason{}, 0.0
	for _, sides := range c.cuts(j) {
		var means [2]metrics.Interval
		var rows [2]float64
		for k, s := range sides {
			at := where(values, s.holds)
			means[k], rows[k] = average(moves, at), float64(len(at))
		}
		least := math.Max(smallestPart, smallestShare*float64(len(values)))
		d := means[0].Value - means[1].Value
		gain := d * d * rows[0] * rows[1] / (rows[0] + rows[1])
		if rows[0] < least || rows[1] < least || !(gain > most) {
			continue
		}
		most = gain
		stronger := 0
		if math.Abs(means[1].Value) > math.Abs(means[0].Value) {
			stronger = 1
		}
		best = sides[stronger]
		best.Effect = means[stronger]
	}
	return best, best.Effect.Low > 0 || best.Effect.High < 0
}

// cuts are the ways to part the rows of column j in two: by number, by level, and by having a value.
func (c *Contributions) cuts(j int) [][2]Reason {
	col := c.steps.Columns[j]
	open := Reason{Column: j, From: math.Inf(-1), Below: math.Inf(1), Level: -1}
	with := func(change func(*Reason)) Reason {
		r := open
		change(&r)
		return r
	}
	out := [][2]Reason{{
		with(func(r *Reason) { r.Missing = true }),
		with(func(r *Reason) { r.Missing, r.Other = true, true }),
	}}
	for l := range col.Levels {
		out = append(out, [2]Reason{
			with(func(r *Reason) { r.Level = l }),
			with(func(r *Reason) { r.Level, r.Other = l, true }),
		})
	}
	if col.Category() {
		return out
	}
	for _, cut := range cutPoints(col.Values) {
		out = append(out, [2]Reason{
			with(func(r *Reason) { r.Below = cut }),
			with(func(r *Reason) { r.From = cut }),
		})
	}
	return out
}

// cutPoints lie between neighbouring values, with enough rows for a part between two of them, so that a column of many values costs no
// more passes than one of fifty.
func cutPoints(values []float32) []float64 {
	var out []float64
	parts := distinct(values)
	since := 0
	for k := 1; k < len(parts); k++ {
		since += len(parts[k-1].at)
		if float64(since) >= smallestShare*float64(len(values)) {
			out, since = append(out, between(parts[k-1].To, parts[k].From)), 0
		}
	}
	return out
}

// between is the number with the fewest digits above low and up to high, the largest of these.
func between(low, high float64) float64 {
	if low < 0 && high >= 0 {
		return 0
	}
	power := math.Floor(math.Log10(math.Max(math.Abs(low), math.Abs(high))))
	for digits := -power; digits < 20-power; digits++ {
		var cut float64
		if digits > 0 {
			cut = math.Floor(high*math.Pow(10, digits)) / math.Pow(10, digits)
		} else {
			cut = math.Floor(high/math.Pow(10, -digits)) * math.Pow(10, -digits)
		}
		if cut > low && cut <= high {
			return cut
		}
	}
	return high
}
