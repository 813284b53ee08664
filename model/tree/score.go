package tree

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// zeroBand is LightGBM's kZeroThreshold: values this near 0 are 0.
const zeroBand = float64(float32(1e-35))

// goesLeft is the decision of LightGBM's Tree::NumericalDecision and Tree::CategoricalDecision (v4).
func (e *Ensemble) goesLeft(s *step, row []float32) bool {
	v := float64(row[s.column])
	if s.kind&kindCategory != 0 {
		return e.inSet(s, v)
	}
	missing := Missing(s.kind & kindMissing)
	if v != v {
		if missing == MissingNaN {
			return s.kind&kindDefaultLeft != 0
		}
		v = 0
	}
	if missing == MissingZero && math.Abs(v) <= zeroBand {
		return s.kind&kindDefaultLeft != 0
	}
	return v <= s.threshold
}

// inSet reports whether the category code v is in the split's set. LightGBM truncates the code towards 0.
func (e *Ensemble) inSet(s *step, v float64) bool {
	bits := float64(s.to-s.from) * 32
	if !(v > -1 && v < bits) {
		return false
	}
	code := uint32(int32(v))
	return e.words[s.from+code/32]>>(code%32)&1 != 0
}

// leafOf walks one tree from step at and returns the index of the leaf the row ends in.
func (e *Ensemble) leafOf(at int32, row []float32) int32 {
	for at >= 0 {
		s := &e.steps[at]
		if e.goesLeft(s, row) {
			at = s.left
		} else {
			at = s.right
		}
	}
	return ^at
}

// Score is the log-odds of revisiting. A row of another width than the fields panics.
func (e *Ensemble) Score(row []float32) float64 {
	e.mustFit(len(row))
	if f := e.quickForm(); f != nil {
		return e.score(f.score(row))
	}
	return e.walk(row)
}

// walk is Score from node to node.
func (e *Ensemble) walk(row []float32) float64 {
	var sum float64
	for _, root := range e.roots {
		sum += e.values[e.leafOf(root, row)]
	}
	return e.score(sum)
}

// mustFit panics when a row is not as wide as the fitted matrix: a programmer's error.
func (e *Ensemble) mustFit(width int) {
	if width != len(e.fields) {
		panic(fmt.Sprintf("tree: the row has %d values, the model %d columns", width, len(e.fields)))
	}
}

// batch is the number of rows scored together: their values and one tree stay in the cache.
const batch = 256

// ScoreAll writes the score of every row of x into dst, bit for bit what Score gives. It uses all processors.
func (e *Ensemble) ScoreAll(dst []float64, x *model.Matrix) {
	e.mustFit(len(x.Columns))
	rows := x.Rows()
	if len(dst) != rows {
		panic(fmt.Sprintf("tree: there is room for %d scores, the matrix has %d rows", len(dst), rows))
	}
	f := e.quickForm()
	size := batch
	if f != nil {
		size = quickBatch
	}
	batches := (rows + size - 1) / size
	workers := min(runtime.GOMAXPROCS(0), batches)
	var next atomic.Int64
	work := func() {
		var block []float32
		if f == nil {
			block = make([]float32, size*len(e.fields))
		}
		for b := int(next.Add(1)) - 1; b < batches; b = int(next.Add(1)) - 1 {
			from := b * size
			part := dst[from:min(from+size, rows)]
			if f == nil {
				e.walkBlock(part, x, from, block)
				continue
			}
			f.scoreBlock(part, x, from)
			for i, sum := range part {
				part[i] = e.score(sum)
			}
		}
	}
	if workers <= 1 {
		work()
		return
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
}

// walkBlock scores the rows from on, one for each place in dst, tree by tree.
func (e *Ensemble) walkBlock(dst []float64, x *model.Matrix, from int, block []float32) {
	width := len(e.fields)
	for j := range x.Columns {
		for i, v := range x.Columns[j].Values[from : from+len(dst)] {
			block[i*width+j] = v
		}
	}
	clear(dst)
	for _, root := range e.roots {
		for i := range dst {
			dst[i] += e.values[e.leafOf(root, block[i*width:(i+1)*width])]
		}
	}
	for i, sum := range dst {
		dst[i] = e.score(sum)
	}
}
