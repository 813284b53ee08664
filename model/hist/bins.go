// Package hist grows decision trees from histograms of binned columns: the engine under gradient boosting and forests.
package hist

import (
	"cmp"
	"math"
	"runtime"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// MaxBins is the number of values a binned column can take; bin 0 is the missing value.
const MaxBins = 255

// sampleRows bounds how many rows the quantiles of a column are read from.
const sampleRows = 200_000

// Bins is a matrix of which every column is cut into at most MaxBins bins, one byte a value.
type Bins struct {
	// Fields are those of the matrix.
	Fields []model.Field
	// Rows is the number of rows of every column.
	Rows    int
	columns []column
}

// column is one binned column. Bin 0 is missing. Bin b of a number holds the values in (upper[b-1], upper[b]], bin b of a
// category the code levels[b].
type column struct {
	bins     []uint8
	count    int
	category bool
	upper    []float64
	levels   []uint32
}

// Bin cuts every column of x, columns in parallel. A number is cut at quantiles of its distinct values (of an evenly spaced
// sample beyond 200,000 rows), half way between two neighbours, so that only the order of values matters. A category keeps
// one bin a level; beyond 254 levels the rarest are read as missing.
func Bin(x *model.Matrix) *Bins {
	b := &Bins{Fields: x.Fields(), Rows: x.Rows(), columns: make([]column, len(x.Columns))}
	parallel(runtime.GOMAXPROCS(0), len(x.Columns), func(j int) {
		if x.Columns[j].Category() {
			b.columns[j] = binCategory(&x.Columns[j])
		} else {
			b.columns[j] = binNumber(&x.Columns[j])
		}
	})
	return b
}

// binNumber cuts a number.
func binNumber(c *model.Column) column {
	stride := 1 + (len(c.Values)-1)/sampleRows
	sample := make([]float32, 0, len(c.Values)/stride+1)
	for i := 0; i < len(c.Values); i += stride {
		if v := c.Values[i]; v == v {
			sample = append(sample, v)
		}
	}
	slices.Sort(sample)
	out := column{upper: cuts(sample), bins: make([]uint8, len(c.Values))}
	out.count = len(out.upper)
	for i, v := range c.Values {
		if v == v {
			at, _ := slices.BinarySearch(out.upper[1:], float64(v))
			out.bins[i] = uint8(at + 1)
		}
	}
	return out
}

// cuts returns the upper bound of each bin of sorted values, at most MaxBins-1 of them behind the missing bin; the last is
// +Inf. Where there are more distinct values, each bin takes values until it holds its share of those left.
func cuts(sorted []float32) []float64 {
	distinct := 0
	for i := range sorted {
		if i == 0 || sorted[i] != sorted[i-1] {
			distinct++
		}
	}
	upper := []float64{math.Inf(-1)}
	room, start := MaxBins-1, 0
	for i := 0; i+1 < len(sorted); i++ {
		if sorted[i+1] == sorted[i] {
			continue
		}
		left := MaxBins - len(upper)
		if distinct <= room || left > 1 && (i+1-start)*left >= len(sorted)-start {
			upper = append(upper, (float64(sorted[i])+float64(sorted[i+1]))/2)
			start = i + 1
		}
	}
	return append(upper, math.Inf(1))
}

// binCategory gives each level a bin.
func binCategory(c *model.Column) column {
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
	out := column{category: true, levels: append([]uint32{0}, order...), bins: make([]uint8, len(c.Values))}
	out.count = len(out.levels)
	binOf := make([]uint8, len(counts))
	for k, code := range order {
		binOf[code] = uint8(k + 1)
	}
	for i, v := range c.Values {
		if v == v {
			out.bins[i] = binOf[int(v)]
		}
	}
	return out
}
