package explain

import (
	"cmp"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

const (
	// smallestPart is the fewest rows that anything is told of.
	smallestPart = 10
	// mostBins is how many bins of values a dependence has, without that of the missing.
	mostBins = 8
)

// Dependence is how the contributions of a column go with its values.
type Dependence struct {
	Column int
	// Points are in the order of the values; levels by falling number of rows; the rows without a value are last.
	Points []Point
	// With is the number column whose cut at Split changes the contributions most, -1 where none does clearly. Low are the rows at or
	// under Split, in steps of its grain, High those above, in bins of Points; rows without a value of With are in neither.
	With      int
	Split     float64
	Low, High []Point
}

// Point is the rows with values from From to To, both included and rounded down to the grain, or with a level of a category, -1 for a
// number, or without a value.
type Point struct {
	From, To float64
	Level    int
	Missing  bool
	Rows     int
	// Mean is the mean contribution in log-odds with a 95 % normal interval over rows.
	Mean metrics.Interval
}

// group is the rows of a Point, by their places.
type group struct {
	Point
	at []int
}

// Dependences are those of the strongest columns, at most most of them, the strongest first. Of the columns of a group only the strongest
// is told. A column whose contributions are 0, or of which fewer than two bins can be told, is left out.
func (c *Contributions) Dependences(groups [][]int, most int) []Dependence {
	effects := c.Effects()
	strong := effects[:min(len(effects), mostPartners)]
	var out []Dependence
	c.eachSubject(groups, effects, func(j int) (told, more bool) {
		d, ok := c.dependence(j, strong)
		if ok {
			out = append(out, d)
		}
		return ok, len(out) < most
	})
	return out
}

// eachSubject goes through the columns from the strongest on, without those of a group of which one has been told, until tell wants no
// more or contributions are 0.
func (c *Contributions) eachSubject(groups [][]int, effects []Effect, tell func(j int) (told, more bool)) {
	done := make([]bool, len(c.rows.Columns))
	for _, e := range effects {
		if e.Size.Value == 0 {
			return
		}
		if done[e.Column] {
			continue
		}
		told, more := tell(e.Column)
		if !more {
			return
		}
		for _, g := range groups {
			if told && slices.Contains(g, e.Column) {
				for _, j := range g {
					done[j] = true
				}
			}
		}
	}
}

func (c *Contributions) dependence(j int, strong []Effect) (Dependence, bool) {
	d := Dependence{Column: j, With: -1}
	moves := c.of(j)
	groups := bins(c.steps.Columns[j])
	if len(groups) < 2 {
		return d, false
	}
	if i, ok := c.interaction(j, moves, groups, strong); ok {
		d.With, d.Split = i.with, c.fromSteps(i.with, i.split)
		groups = i.groups
		for _, g := range groups {
			low, high := i.halves(g)
			d.Low, d.High = told(d.Low, g, low, moves), told(d.High, g, high, moves)
		}
	}
	for _, g := range groups {
		d.Points = told(d.Points, g, g.at, moves)
	}
	for _, points := range [][]Point{d.Points, d.Low, d.High} {
		for k := range points {
			points[k].From, points[k].To = c.fromSteps(j, points[k].From), c.fromSteps(j, points[k].To)
		}
	}
	return d, true
}

// told adds the point of some rows of a group, if there are any.
func told(points []Point, g group, at []int, moves []float64) []Point {
	if len(at) == 0 {
		return points
	}
	p := g.Point
	p.Rows, p.Mean = len(at), average(moves, at)
	return append(points, p)
}

// bins are the rows of a column by its values, ten in each at least. Levels and missing values of fewer rows are left out, as are
// all levels but the mostBins with the most rows.
func bins(col model.Column) []group {
	var out []group
	if col.Category() {
		out = levelBins(col)
	} else {
		out = numberBins(col.Values)
	}
	if at := where(col.Values, func(v float32) bool { return v != v }); len(at) >= smallestPart {
		out = append(out, group{Point{Missing: true, Level: -1}, at})
	}
	return out
}

func levelBins(col model.Column) []group {
	var out []group
	for l := range col.Levels {
		g := group{Point: Point{Level: l}, at: where(col.Values, func(v float32) bool { return v == float32(l) })}
		if len(g.at) >= smallestPart {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(len(b.at), len(a.at)) })
	return out[:min(len(out), mostBins)]
}

// where are the places of the values that are wanted.
func where(values []float32, want func(v float32) bool) []int {
	var at []int
	for i, v := range values {
		if want(v) {
			at = append(at, i)
		}
	}
	return at
}

// numberBins cuts the values where about as many rows lie in each bin; equal values stay together, so that one which many rows have
// is alone.
func numberBins(values []float32) []group {
	parts := distinct(values)
	left := 0
	for _, p := range parts {
		left += len(p.at)
	}
	var out []group
	for k, p := range parts {
		if k == 0 || closes(out, p, left, len(parts)-k) {
			out = append(out, group{Point: Point{From: p.From, Level: -1}})
		}
		last := &out[len(out)-1]
		last.To, last.at = p.To, append(last.at, p.at...)
		left -= len(p.at)
	}
	if k := len(out) - 1; k > 0 && len(out[k].at) < smallestPart {
		out[k-1] = join(out[k-1], out[k])
		out = out[:k]
	}
	if len(out) == 1 && len(out[0].at) < smallestPart {
		return nil
	}
	return out
}

// closes tells that the last bin is full before the rows of the next value: it holds enough, and is nearer to its share without them
// than with them. Left are the rows that are in no bin yet, kinds their different values.
func closes(out []group, next group, left, kinds int) bool {
	last := len(out[len(out)-1].at)
	if last < smallestPart || len(out) == mostBins {
		return false
	}
	if len(out)+kinds <= mostBins {
		return true
	}
	share := float64(last+left) / float64(mostBins-len(out)+1)
	return float64(last)+float64(len(next.at))/2 > share
}

// distinct are the rows by value, in the order of the values.
func distinct(values []float32) []group {
	at := where(values, func(v float32) bool { return v == v })
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	var out []group
	for _, i := range at {
		v := float64(values[i])
		if len(out) == 0 || out[len(out)-1].To != v {
			out = append(out, group{Point: Point{From: v, To: v, Level: -1}})
		}
		last := &out[len(out)-1]
		last.at = append(last.at, i)
	}
	return out
}

// join puts the rows of b, of the next higher values, to those of a.
func join(a, b group) group {
	a.To, a.at = b.To, append(slices.Clone(a.at), b.at...)
	return a
}
