package calibrate

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Candidate is one kind of map, judged on rows that it was not fitted on.
type Candidate struct {
	Kind string
	// LogLoss is the weighted mean over all rows, ECE the expected calibration error in ten bins, in which all rows count alike.
	LogLoss, ECE float64
	// Error is the standard error of the difference between LogLoss and the least of all candidates; 0 for that one.
	Error float64
}

// blocks is the number of parts, one after another in time, each of which is judged by a map fitted on the others.
const blocks = 5

// eceBins is the number of bins of equal count in which the calibration error is taken.
const eceBins = 10

// enoughPositives is the number of rows of each class from which an isotonic map is tried: below it, its blocks are noise
// (Niculescu-Mizil and Caruana, ICML 2005, section 5: about 1,000 cases).
const enoughPositives = 1000

// enoughToChoose is the number of rows of each class below which no comparison means anything: two a block.
const enoughToChoose = 2 * blocks

// Choose tries every kind of map that the rows are enough for and fits the chosen one on all of them. The rows must be in the order of
// time; w weighs them, nil all alike. Each candidate is judged block by block in time, by a map fitted on the other blocks, so that a map
// which follows one period does not win by it. Of those whose loss is within one standard error of the least the simplest wins: none,
// Platt, beta, isotonic. Below ten rows of either class nothing can be compared: the map is Platt's, and there are no candidates.
func Choose(score []float64, y []bool, w []float64) (Map, []Candidate) {
	mustMatch(len(score), len(y))
	w = ones(w, len(y))
	mustMatch(len(w), len(y))
	if rarerClass(y) < enoughToChoose {
		return platt(score, y, w), nil
	}
	tried := candidates(y)
	losses := make([][]float64, len(tried))
	best := 0
	for k := range tried {
		p := crossFitted(tried[k].Kind, score, y, w)
		losses[k] = logLosses(p, y)
		tried[k].LogLoss, _ = weightedMean(losses[k], w)
		tried[k].ECE = metrics.ECE(p, y, eceBins)
		if tried[k].LogLoss < tried[best].LogLoss {
			best = k
		}
	}
	chosen := best
	for k := range tried {
		tried[k].Error = differenceError(losses[k], losses[best], w)
		if k < chosen && tried[k].LogLoss <= tried[best].LogLoss+tried[k].Error {
			chosen = k
		}
	}
	return fit(tried[chosen].Kind, score, y, w), tried
}

// candidates lists what is tried, the simplest first.
func candidates(y []bool) []Candidate {
	list := []Candidate{{Kind: None}, {Kind: PlattKind}, {Kind: BetaKind}}
	if rarerClass(y) >= enoughPositives {
		list = append(list, Candidate{Kind: IsotonicKind})
	}
	return list
}

// Fit is the map that Choose chooses for rows that all count alike.
func Fit(score []float64, y []bool) Map {
	m, _ := Choose(score, y, nil)
	return m
}

// rarerClass is the number of rows of the class that has fewer.
func rarerClass(y []bool) int {
	positives := count(y)
	return min(positives, len(y)-positives)
}

func fit(kind string, score []float64, y []bool, w []float64) Map {
	switch kind {
	case PlattKind:
		return platt(score, y, w)
	case BetaKind:
		return beta(score, y, w)
	case IsotonicKind:
		return isotonic(score, y, w)
	}
	return Map{Kind: None}
}

// crossFitted is every row's probability by the map that was fitted on the other blocks.
func crossFitted(kind string, score []float64, y []bool, w []float64) []float64 {
	p := make([]float64, len(y))
	for block := range blocks {
		from, to := len(y)*block/blocks, len(y)*(block+1)/blocks
		m := fit(kind, without(score, from, to), without(y, from, to), without(w, from, to))
		for i := from; i < to; i++ {
			p[i] = m.Probability(score[i])
		}
	}
	return p
}

// without copies all but the rows from from to before to.
func without[T any](v []T, from, to int) []T {
	out := make([]T, 0, len(v)-(to-from))
	return append(append(out, v[:from]...), v[to:]...)
}

func logLosses(p []float64, y []bool) []float64 {
	losses := make([]float64, len(p))
	for i, q := range p {
		if !y[i] {
			q = 1 - q
		}
		losses[i] = -math.Log(max(q, edge))
	}
	return losses
}

// weightedMean is the mean of v and its standard error, that of a ratio of sums. No weight at all gives 0 and 0.
func weightedMean(v, w []float64) (mean, stdErr float64) {
	var sum, total float64
	for i, x := range v {
		sum += w[i] * x
		total += w[i]
	}
	if !(total > 0) {
		return 0, 0
	}
	mean = sum / total
	squares := 0.0
	for i, x := range v {
		d := w[i] * (x - mean)
		squares += d * d
	}
	return mean, math.Sqrt(squares) / total
}

// differenceError is the standard error of the mean difference between two losses of the same rows.
func differenceError(a, b, w []float64) float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	_, stdErr := weightedMean(d, w)
	return stdErr
}
