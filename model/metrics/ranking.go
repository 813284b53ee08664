package metrics

import (
	"cmp"
	"math"
	"slices"
)

// topShare is the share of the highest scores whose lift stands in Summary.LiftTop10.
const topShare = 0.1

// eceBins is the number of quantile bins behind Summary.ECE.
const eceBins = 10

// ranking is a set of rows sorted once by falling score, so that every figure of a resample is one pass over row weights.
type ranking struct {
	// order[k] is the row at place k; rows of one score stand in row order.
	order []int
	// ends holds the end of each run of equal scores.
	ends []int
	// The rest is by place.
	p, loss, square []float64
	y               []bool
	// weight is the row weight by place, nil when all are 1.
	weight []float64
}

// figures are the values of one pass.
type figures struct {
	auc, prauc, logLoss, brier, ece, lift float64
}

func newRanking(score []float64, y []bool, weight []float64) *ranking {
	mustMatch(len(score), len(y))
	n := len(score)
	r := &ranking{
		order: make([]int, n), p: make([]float64, n), loss: make([]float64, n), square: make([]float64, n), y: make([]bool, n),
	}
	for i := range r.order {
		r.order[i] = i
	}
	slices.SortFunc(r.order, func(a, b int) int {
		if c := cmp.Compare(score[b], score[a]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	if weight != nil {
		mustMatch(len(weight), n)
		r.weight = make([]float64, n)
	}
	for k, i := range r.order {
		r.p[k], r.y[k] = score[i], y[i]
		r.loss[k], r.square[k] = logLoss(score[i], y[i]), squared(score[i], y[i])
		if weight != nil {
			r.weight[k] = weight[i]
		}
		if k > 0 && cmp.Compare(r.p[k], r.p[k-1]) != 0 {
			r.ends = append(r.ends, k)
		}
	}
	if n > 0 {
		r.ends = append(r.ends, n)
	}
	return r
}

// measure computes all figures with the weights w by place, nil for the ranking's own.
func (r *ranking) measure(w []float64) figures {
	if w == nil {
		w = r.weight
	}
	if w == nil {
		w = make([]float64, len(r.p))
		for k := range w {
			w[k] = 1
		}
	}
	var total, positive, loss, square float64
	for k, v := range w {
		total += v
		loss += v * r.loss[k]
		square += v * r.square[k]
		if r.y[k] {
			positive += v
		}
	}
	f := r.rank(w, total, positive)
	f.logLoss, f.brier = loss/total, square/total
	return f
}

// rank walks the runs of equal scores from the top, and fills in the figures that depend on order.
func (r *ranking) rank(w []float64, total, positive float64) figures {
	var above, positiveAbove, pairs, precision, topPositive float64
	top := topShare * total
	b := binner{total: total, bins: eceBins, left: eceBins}
	start := 0
	for _, end := range r.ends {
		var all, pos, mass float64
		for k := start; k < end; k++ {
			v := w[k]
			all += v
			mass += v * r.p[k]
			if r.y[k] {
				pos += v
			}
		}
		start = end
		if all == 0 {
			continue
		}
		pairs += (all - pos) * (positiveAbove + pos/2)
		if pos > 0 {
			precision += pos * (positiveAbove + pos) / (above + all)
		}
		if above < top {
			topPositive += pos * math.Min(1, (top-above)/all)
		}
		b.add(above, all, pos, mass)
		above += all
		positiveAbove += pos
	}
	b.close()
	return figures{
		auc: pairs / (positive * (total - positive)), prauc: precision / positive,
		ece: b.gap / total, lift: topPositive / top / (positive / total),
	}
}

// binner gathers runs of equal scores, highest first, into bins of equal weight, and adds up |sum of p - sum of labels|. A run
// lies wholly in the bin that holds its middle.
type binner struct {
	total float64
	bins  int
	// left is the number of bins at or below the open one.
	left      int
	mass, pos float64
	gap       float64
}

// add takes a run of weight all, of which pos is positive, with mass the weighted sum of its probabilities; above is the weight
// of the runs before it.
func (b *binner) add(above, all, pos, mass float64) {
	// The middle of the run, from the lowest score upwards: total - above - all/2. It lies in bin j (0 the lowest) when
	// j*total/bins <= middle < (j+1)*total/bins; written without division so that whole weights compare exactly.
	middle := (2*(b.total-above) - all) * float64(b.bins)
	if b.left > 1 && middle < float64(b.left-1)*2*b.total {
		b.close()
		for b.left > 1 && middle < float64(b.left-1)*2*b.total {
			b.left--
		}
	}
	b.pos += pos
	b.mass += mass
}

func (b *binner) close() {
	b.gap += math.Abs(b.mass - b.pos)
	b.mass, b.pos = 0, 0
}
