package calibrate

import (
	"cmp"
	"math"
	"slices"
)

// block is a run of neighbouring scores with one share of positives.
type block struct {
	rows, positives, scores float64
}

func (b block) rate() float64 { return b.positives / b.rows }

// Isotonic fits the rising step function of least squared error by pooling adjacent violators, and joins the mean scores of its
// blocks by straight lines, so that scores inside a block keep their order. Beyond the outermost blocks the log-odds go on with
// the slope of the Platt map. A first block without positives and a last one of positives only are drawn in from 0 and 1 as if
// one row of each class were added. No rows give a Map of kind None; where nothing rises, it is the Platt map.
// References: Ayer et al., Annals of Mathematical Statistics 26 (1955); Zadrozny and Elkan, KDD 2002.
func Isotonic(score []float64, y []bool) Map { return isotonic(score, y, nil) }

// isotonic is Isotonic where row i counts as w[i] rows; nil counts all once.
func isotonic(score []float64, y []bool, w []float64) Map {
	mustMatch(len(score), len(y))
	platt := platt(score, y, w)
	blocks := pool(score, y, ones(w, len(y)))
	if len(blocks) < 2 {
		return platt
	}
	m := Map{Kind: IsotonicKind, A: platt.A, X: make([]float64, len(blocks)), Y: make([]float64, len(blocks))}
	for k, b := range blocks {
		m.X[k], m.Y[k] = b.scores/b.rows, b.rate()
	}
	last := len(blocks) - 1
	if m.Y[0] == 0 {
		m.Y[0] = min(1/(blocks[0].rows+2), m.Y[1]/2)
	}
	if m.Y[last] == 1 {
		m.Y[last] = max(1-1/(blocks[last].rows+2), (1+m.Y[last-1])/2)
	}
	if m.Validate() != nil {
		// Scores so near each other, or so few, that rounding makes two points one.
		return platt
	}
	return m
}

// pool sorts the rows by score and merges neighbours until the share of positives rises strictly from block to block.
func pool(score []float64, y []bool, w []float64) []block {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(score[a], score[b]), cmp.Compare(a, b))
	})
	var blocks []block
	for k := 0; k < len(order); {
		var b block
		first := score[order[k]]
		for ; k < len(order) && score[order[k]] == first; k++ {
			b.rows += w[order[k]]
			b.scores += w[order[k]] * first
			if y[order[k]] {
				b.positives += w[order[k]]
			}
		}
		if math.IsNaN(first) {
			// NaN equals nothing, itself included: such rows have no place on the line.
			k++
		}
		if b.rows == 0 {
			continue
		}
		for len(blocks) > 0 && blocks[len(blocks)-1].rate() >= b.rate() {
			before := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			b = block{b.rows + before.rows, b.positives + before.positives, b.scores + before.scores}
		}
		blocks = append(blocks, b)
	}
	return blocks
}
