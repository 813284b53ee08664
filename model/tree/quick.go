package tree

import (
	"math"
	"math/bits"
	"slices"
)

// The quick form of an ensemble answers all splits of one column at once, after QuickScorer (Lucchese et al., SIGIR 2015): every tree
// starts with one bit for each of its leaves, from left to right; a split that sends the row right clears the bits of the leaves on its
// left; the lowest bit that is left is the leaf. Splits of a column lie in the order of their thresholds, so that those which send a
// number right are the first ones, and no node is ever looked at.

// mask is one split that sends a row right: what it leaves of the leaves of its tree.
type mask[B uint32 | uint64] struct {
	tree uint32
	keep B
}

// quickColumn is what a value of one column decides, in the splits that count zeros as missing or in the others.
type quickColumn[B uint32 | uint64] struct {
	column int
	// thresholds are those of numbers, rising, rounded down to float32; masks are theirs.
	thresholds []float32
	masks      []mask[B]
	// missing are the masks of NaN, zero those of 0 where zeros are missing.
	missing, zero []mask[B]
	zeroApart     bool
	// codes are the masks of each category code; a code beyond them has those of missing.
	codes    [][]mask[B]
	category bool
}

// quick is the quick form. Trees have at most as many leaves as B has bits.
type quick[B uint32 | uint64] struct {
	columns []quickColumn[B]
	// values holds the leaves of each tree from left to right, width to a tree.
	values []float64
	width  int
	trees  int
}

// mostTrees bounds the trees of a quick form, whose bits are kept for every row of a batch.
const mostTrees = 4096

// mostMasks bounds the masks kept for category codes.
const mostMasks = 1 << 18

// newQuick makes the quick form of e, or nil where it has none: trees of too many leaves, or sets of too many codes.
func newQuick[B uint32 | uint64](e *Ensemble) *quick[B] {
	width := bits.Len64(uint64(^B(0)))
	q := &quick[B]{width: width, trees: len(e.trees)}
	if len(e.trees) > mostTrees {
		return nil
	}
	q.values = make([]float64, width*len(e.trees))
	splits := make([][]quickSplit[B], len(e.fields))
	for t, root := range e.roots {
		leaf := 0
		var place func(at int32) (first, end int)
		place = func(at int32) (first, end int) {
			if at < 0 {
				if leaf < width {
					q.values[t*width+leaf] = e.values[^at]
				}
				leaf++
				return leaf - 1, leaf
			}
			s := &e.steps[at]
			first, middle := place(s.left)
			_, end = place(s.right)
			cleared := spread[B](first, middle)
			splits[s.column] = append(splits[s.column], quickSplit[B]{s, mask[B]{uint32(t), ^cleared}})
			return first, end
		}
		place(root)
		if leaf > width {
			return nil
		}
	}
	total := 0
	for j := range splits {
		for _, zeroMissing := range [2]bool{false, true} {
			some := slices.DeleteFunc(slices.Clone(splits[j]), func(s quickSplit[B]) bool { return s.step.zeroMissing() != zeroMissing })
			if len(some) == 0 {
				continue
			}
			c, ok := newQuickColumn(e, j, some)
			for _, code := range c.codes {
				total += len(code)
			}
			if !ok || total > mostMasks {
				return nil
			}
			c.zeroApart = zeroMissing
			q.columns = append(q.columns, c)
		}
	}
	return q
}

// zeroMissing tells that the step counts zeros as missing.
func (s *step) zeroMissing() bool {
	return s.kind&kindCategory == 0 && Missing(s.kind&kindMissing) == MissingZero
}

// spread has the bits from first to before end set.
func spread[B uint32 | uint64](first, end int) B {
	return B((uint64(1)<<uint(end) - 1) &^ (uint64(1)<<uint(first) - 1))
}

// quickSplit is a split with its mask.
type quickSplit[B uint32 | uint64] struct {
	step *step
	mask mask[B]
}

// newQuickColumn sorts a column's splits; false where numbers and categories are mixed.
func newQuickColumn[B uint32 | uint64](e *Ensemble, j int, splits []quickSplit[B]) (c quickColumn[B], ok bool) {
	c = quickColumn[B]{column: j, category: splits[0].step.kind&kindCategory != 0}
	row := make([]float32, len(e.fields))
	right := func(v float32) (masks []mask[B]) {
		row[j] = v
		for _, s := range splits {
			if !e.goesLeft(s.step, row) {
				masks = append(masks, s.mask)
			}
		}
		return masks
	}
	codes := uint32(0)
	for _, s := range splits {
		if s.step.kind&kindCategory != 0 != c.category {
			return c, false
		}
		codes = max(codes, 32*(s.step.to-s.step.from))
	}
	c.missing = right(float32(math.NaN()))
	if c.category {
		for code := range codes {
			c.codes = append(c.codes, right(float32(code)))
		}
		return c, true
	}
	c.zero = right(0)
	slices.SortStableFunc(splits, func(a, b quickSplit[B]) int {
		switch {
		case a.step.threshold < b.step.threshold:
			return -1
		case a.step.threshold > b.step.threshold:
			return 1
		}
		return 0
	})
	for _, s := range splits {
		c.thresholds = append(c.thresholds, floor32(s.step.threshold))
		c.masks = append(c.masks, s.mask)
	}
	return c, true
}

// floor32 is the greatest float32 that is not above v: for a float32 x, x <= v is x <= floor32(v).
func floor32(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

// close clears the bits of the leaves that a row with value v cannot reach.
func (c *quickColumn[B]) close(open []B, v float32) {
	masks := c.missing
	switch {
	case c.category:
		// As Ensemble.inSet: the code is cut towards 0.
		if v > -1 && v < float32(len(c.codes)) {
			masks = c.codes[int(v)]
		}
	case v != v:
	case c.zeroApart && math.Abs(float64(v)) <= zeroBand:
		masks = c.zero
	default:
		// One branch is guessed wrong, at the end; a binary search would have that at every step.
		masks := c.masks[:len(c.thresholds)]
		for k, threshold := range c.thresholds {
			if !(threshold < v) {
				break
			}
			open[masks[k].tree] &= masks[k].keep
		}
		return
	}
	for _, m := range masks {
		open[m.tree] &= m.keep
	}
}

// score is the sum of the row's leaves in the order of the trees. open must have a place for each tree.
func (q *quick[B]) score(open []B, row []float32) float64 {
	for t := range open {
		open[t] = ^B(0)
	}
	for k := range q.columns {
		c := &q.columns[k]
		c.close(open, row[c.column])
	}
	return q.sum(open)
}

func (q *quick[B]) sum(open []B) float64 {
	var sum float64
	values := q.values
	for _, b := range open {
		sum += values[bits.TrailingZeros64(uint64(b))]
		values = values[q.width:]
	}
	return sum
}
