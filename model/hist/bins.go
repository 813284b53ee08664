// Package hist grows decision trees from histograms of binned columns: the engine under gradient boosting and forests.
package hist

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// MaxBins is the number of values a binned column can take; bin 0 is the missing value.
const MaxBins = 255

// Bins is a matrix of which every column is cut into at most MaxBins bins. A row's bins lie side by side, a lane each, eight lanes to
// a word, so that a row of a scattered leaf is one or two lines of memory and one load serves eight histograms.
type Bins struct {
	// Fields are those of the matrix.
	Fields []model.Field
	// Rows is the number of rows of every column.
	Rows    int
	columns []column
	lanes   []lane
	// words[i*width+b] holds lanes 8b to 8b+7 of row i, the first in the lowest byte.
	words    []uint64
	width    int
	byColumn *byColumn
	// first is the table's first row in byColumn.
	first int
	// total is the number of bins of all columns together.
	total int
}

// column is how one column is cut. Bin 0 is missing. Bin b of a number holds the values in (upper[b-1], upper[b]], bin b of a
// category the code levels[b]. Its cells are [from, from+count) of a histogram.
type column struct {
	from, count int
	category    bool
	upper       []float64
	levels      []uint32
	// ofKey is, for a number, the lowest bin that a value with these leading bits can have; see key.
	ofKey []uint8
	// ofCode is the bin of each category code.
	ofCode []uint8
	// lane is where the column is found, and times its bin what it adds to the lane's value.
	lane, times int
}

// Bin cuts every column of x, columns in parallel. A number is cut at quantiles of its distinct values (of an evenly spaced
// sample beyond 200,000 rows), half way between two neighbours, so that only the order of values matters. A category keeps
// one bin a level; beyond 254 levels the rarest are read as missing.
func Bin(x *model.Matrix) *Bins {
	b := &Bins{Fields: x.Fields(), Rows: x.Rows(), columns: make([]column, len(x.Columns)), byColumn: &byColumn{}}
	workers := everyone()
	samplers := make([]sampler, workers)
	workers.run(len(x.Columns), func(worker, j int) {
		if x.Columns[j].Category() {
			b.columns[j] = cutCategory(&x.Columns[j])
		} else {
			b.columns[j] = samplers[worker].cutNumber(&x.Columns[j])
		}
	})
	for j := range b.columns {
		b.columns[j].from = b.total
		b.total += b.columns[j].count
	}
	b.join()
	b.fill(x)
	return b
}

// Part is the rows from up to to, as a table of its own that shares the bins.
func (b *Bins) Part(from, to int) *Bins {
	b.of(0)
	part := *b
	part.Rows, part.first, part.words = to-from, b.first+from, b.words[from*b.width:to*b.width]
	return &part
}

// byColumn holds the bins column by column, since a leaf is divided by one column. They are made when first asked for: by then the
// table that was binned may be gone.
type byColumn struct {
	once sync.Once
	bins []uint8
	rows int
}

// of is the bins of column j.
func (b *Bins) of(j int) []uint8 {
	c := b.byColumn
	c.once.Do(func() {
		c.rows = b.Rows
		c.bins = make([]uint8, b.Rows*len(b.columns))
		b.turn(c.bins)
	})
	return c.bins[j*c.rows+b.first:][:b.Rows]
}

// fillRows is how many rows are binned in one go: their words and values stay in the cache.
const fillRows = 1024

func (b *Bins) fill(x *model.Matrix) {
	b.width = chunks(len(b.lanes), laneCount)
	b.words = make([]uint64, b.Rows*b.width)
	everyone().run(chunks(b.Rows, fillRows), func(_, part int) {
		from, to := chunk(part, b.Rows, fillRows)
		for j := range b.columns {
			c := &b.columns[j]
			c.place(b.words[from*b.width+c.lane/laneCount:], b.width, x.Columns[j].Values[from:to])
		}
	})
}

// turn writes the bins of every column one after another.
func (b *Bins) turn(dst []uint8) {
	everyone().run(chunks(b.Rows, fillRows), func(_, part int) {
		from, to := chunk(part, b.Rows, fillRows)
		for l := range b.lanes {
			words, shift := b.words[from*b.width+l/laneCount:], uint(l%laneCount)*8
			for m, j := range b.lanes[l].columns {
				of, bins := &b.lanes[l].bins[m], dst[j*b.Rows+from:j*b.Rows+to]
				for k := range bins {
					bins[k] = of[uint8(words[k*b.width]>>(shift&63))]
				}
			}
		}
	})
}

// place adds the bins of the values to the column's lane, in every width-th word.
func (c *column) place(words []uint64, width int, values []float32) {
	shift, times := uint(c.lane%laneCount)*8, uint64(c.times)
	if c.category {
		for i, v := range values {
			if v == v {
				words[i*width] += uint64(c.ofCode[int(v)]) * times << (shift & 63)
			}
		}
		return
	}
	for i, v := range values {
		words[i*width] += uint64(c.binOf(v)) * times << (shift & 63)
	}
}

// binOf is the bin of a number: the lookup by leading bits is nearly always right, and never too high.
func (c *column) binOf(v float32) uint8 {
	if v != v {
		return 0
	}
	b := int(c.ofKey[key(v)>>keyShift])
	for float64(v) > c.upper[b] {
		b++
	}
	return uint8(b)
}

// at is the bin of column j in row i.
func (b *Bins) at(j, i int) uint8 { return b.of(j)[i] }

// key maps numbers to integers of the same order.
func key(v float32) uint32 {
	bits := math.Float32bits(v)
	if bits>>31 == 1 {
		return ^bits
	}
	return bits | 1<<31
}

// keyShift leaves sign, exponent and five bits of mantissa: the leading bits that a lookup is by.
const keyShift = 32 - 14

// cutCategory gives each level a bin.
func cutCategory(c *model.Column) column {
	counts := make([]int, len(c.Levels))
	for _, v := range c.Values {
		if v == v {
			counts[int(v)]++
		}
	}
	order := make([]uint32, 0, len(counts))
	for code, n := range counts {
		if n > 0 {
			order = append(order, uint32(code))
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(counts[b], counts[a]) })
	order = order[:min(len(order), MaxBins-1)]
	slices.Sort(order)

	out := column{category: true, levels: append([]uint32{0}, order...), ofCode: make([]uint8, len(counts))}
	out.count = len(out.levels)
	for k, code := range order {
		out.ofCode[code] = uint8(k + 1)
	}
	return out
}
