package drift

import (
	"math"
	"math/bits"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// layout says where the counters of every column lie in one flat array of cells. A number of b bins has the next power of two above b
// cells, the last of them for missing values, so that one search finds the bin of a value and of NaN alike. A category has a cell a level
// and one for missing. After all of them each feature has a cell for its unseen levels.
type layout struct {
	numbers    []number
	categories []category
	// edges are the upper ends of the numbers' bins, filled with +Inf: numbers[k] has edges[first:first+width], as it has cells.
	edges []float32
	// score is the number that the probability is; it is not among numbers.
	score number
	// columns are the features in order, and the score after them.
	columns []column
	// unseen is the first of the cells that count unseen levels, one a feature.
	unseen int
	// cells is how many there are in all, touched how many of them one row counts in.
	cells, touched int
}

// number is a column of numbers: where it is in a row, its first cell, and its cells, a power of two.
type number struct {
	field        int
	first, width int
}

// category is a column of categories: where it is in a row, its first cell, and its levels, as the float32 that codes are compared with.
type category struct {
	field, first int
	levels       float32
}

// column is what a report needs to know of a feature or of the score.
type column struct {
	name   string
	edges  []float32
	levels []string
	// first is the cell of the first of bins, missing that of missing values.
	first, bins, missing int
	// shares are those of the reference's bins, missing last, and rows the users behind them, which may be 0.
	shares []float64
	rows   int
}

func newLayout(fields []model.Field, reference []model.Histogram, score model.Histogram) layout {
	var l layout
	for j, f := range fields {
		h := referenceOf(f, j, reference)
		if f.Category() {
			l.addCategory(j, f, h)
		} else {
			l.numbers = append(l.numbers, l.addNumber(j, f, h))
		}
	}
	probability := model.Field{Name: "probability"}
	if !usable(probability, score) {
		score = none(probability)
	}
	l.score = l.addNumber(len(fields), probability, score)
	l.unseen = l.cells
	l.cells += len(fields)
	l.touched = len(l.columns)
	return l
}

func (l *layout) addNumber(field int, f model.Field, h model.Histogram) number {
	bins := len(h.Counts)
	n := number{field: field, first: l.cells, width: 1 << bits.Len(uint(bins))}
	l.columns = append(l.columns, newColumn(f, h, n.first, n.first+n.width-1))
	l.edges = append(l.edges, make([]float32, n.first+n.width-len(l.edges))...)
	edges := l.edges[n.first:]
	for i := copy(edges, h.Edges); i < len(edges); i++ {
		edges[i] = float32(math.Inf(1))
	}
	l.cells += n.width
	return n
}

func (l *layout) addCategory(field int, f model.Field, h model.Histogram) {
	c := category{field: field, first: l.cells, levels: float32(len(f.Levels))}
	l.categories = append(l.categories, c)
	l.columns = append(l.columns, newColumn(f, h, c.first, c.first+len(f.Levels)))
	l.cells += len(f.Levels) + 1
}

func newColumn(f model.Field, h model.Histogram, first, missing int) column {
	c := column{
		name: f.Name, edges: append([]float32(nil), h.Edges...), levels: append([]string(nil), f.Levels...),
		first: first, bins: len(h.Counts), missing: missing,
	}
	counts := make([]uint64, c.bins+1)
	for i, n := range h.Counts {
		counts[i] = uint64(n)
	}
	counts[c.bins] = uint64(h.Missing)
	c.shares, c.rows = shares(counts)
	return c
}

// bin is the cell of a value: the one whose edges it lies between, an edge belonging to the bin below it as in model.Histogram, and the
// last one for NaN, which is not below any edge. It halves the cells without a branch on the value, for branches that nobody can foresee
// take three times as long.
func (l *layout) bin(n *number, v float32) uint32 {
	edges := l.edges[n.first : n.first+n.width]
	i := len(edges) - 1
	for half := len(edges) / 2; half > 0; half /= 2 {
		i -= half * within(v, edges[i-half])
	}
	return uint32(n.first + i)
}

// within is 1 for a value up to the edge, 0 for one above it and for NaN.
func within(v, edge float32) int {
	if v <= edge {
		return 1
	}
	return 0
}

// cell is that of a level's code. What is no code of a level counts as missing, as Field.Decode reads it.
func (c *category) cell(v float32) uint32 {
	if v >= 0 && v < c.levels {
		return uint32(c.first + int(v))
	}
	return uint32(c.first + int(c.levels))
}

// referenceOf is the histogram of field j: the j-th one, else the one of its name. Where there is none, or none that fits the field, it
// is one of no users.
func referenceOf(f model.Field, j int, reference []model.Histogram) model.Histogram {
	if j < len(reference) && reference[j].Name == f.Name && usable(f, reference[j]) {
		return reference[j]
	}
	for _, h := range reference {
		if h.Name == f.Name && usable(f, h) {
			return h
		}
	}
	return none(f)
}

// none is the histogram of no users.
func none(f model.Field) model.Histogram {
	if f.Category() {
		return model.Histogram{Name: f.Name, Counts: make([]int, len(f.Levels))}
	}
	return model.Histogram{Name: f.Name, Counts: make([]int, 1)}
}

// usable reports whether a histogram has the shape of the field's: finite ascending edges with a count a bin, or a count a level, and no
// count below 0.
func usable(f model.Field, h model.Histogram) bool {
	for _, n := range h.Counts {
		if n < 0 {
			return false
		}
	}
	if h.Missing < 0 {
		return false
	}
	if f.Category() {
		return len(h.Edges) == 0 && len(h.Counts) == len(f.Levels)
	}
	for i, e := range h.Edges {
		if !(math.Abs(float64(e)) <= math.MaxFloat32) || i > 0 && !(h.Edges[i-1] < e) {
			return false
		}
	}
	return len(h.Counts) == len(h.Edges)+1
}
