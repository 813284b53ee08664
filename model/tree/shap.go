package tree

import "slices"

// TreeSHAP, path dependent (Lundberg, Erion and Lee 2018): an absent feature follows both children, weighted by the training rows that
// took each. A leaf behind edges k, which let a share one(k) of the coalitions with their feature through and zero(k) of those without,
// credits edge k with
//
//	value * (one(k) - zero(k)) * integral over t from 0 to 1 of the product over the other edges i of t*one(i) + (1-t)*zero(i).
//
// The integrand is a polynomial, so that Gauss's quadrature with half as many points as there are columns on a path is exact. The
// products are carried down the trees and the leaves' sums up again, point by point, so that every edge is met twice, whatever the depth
// (Yu et al., "Linear TreeSHAP", 2022, carry the polynomials themselves). An edge whose column was asked above takes the place of the edge
// above: below it, what the edge above is credited with is taken back.

// Contribute writes into dst the Shapley value of each column and returns the base: base + sum(dst) = Score(row).
//
// For a sum or mean of log-odds the base is the expected score over the training rows. A MeanProbability ensemble is
// explained in probability, where the trees add up, and the values are then stretched by one common factor,
// (logit p - logit p0) / (p - p0) with p0 the expected probability, so that they add up in log-odds: shares and signs are
// those of the probability, and the base is logit p0.
func (e *Ensemble) Contribute(dst []float64, row []float32) float64 {
	e.mustFit(len(row))
	e.mustFit(len(dst))
	clear(dst)
	var base float64
	for _, p := range e.plans.get(func() []explainer { return newExplainers(e) }) {
		p.explain(dst, row)
		base += p.expected()
	}
	base = e.mean(base)
	for j := range dst {
		dst[j] = e.mean(dst[j])
	}
	if e.objective == MeanProbability {
		return e.stretch(dst, row, base)
	}
	return base
}

// explainer is a plan of any number of points.
type explainer interface {
	// explain adds the Shapley values of the trees' sum to phi.
	explain(phi []float64, row []float32)
	// expected is the trees' expected sum.
	expected() float64
}

// newExplainers sorts the trees by the number of points that is exact for them: most need fewer than the one with the longest path.
func newExplainers(e *Ensemble) []explainer {
	var byPoints [7][]int32
	for _, root := range e.roots {
		n := (e.columnsOn(root, map[int32]int{}) + 1) / 2
		k := slices.IndexFunc([]int{2, 4, 6, 8, 16, 64, n}, func(points int) bool { return n <= points })
		byPoints[k] = append(byPoints[k], root)
	}
	var out []explainer
	for k, make := range []func(*Ensemble, []int32) explainer{
		newPlan[[2]float64], newPlan[[4]float64], newPlan[[6]float64], newPlan[[8]float64], newPlan[[16]float64], newPlan[[64]float64],
		// 512 columns on one path are more than a tree that fits any warehouse has.
		newPlan[[256]float64],
	} {
		if len(byPoints[k]) > 0 {
			out = append(out, make(e, byPoints[k]))
		}
	}
	return out
}

// columnsOn is the greatest number of different columns on a path.
func (e *Ensemble) columnsOn(at int32, above map[int32]int) int {
	if at < 0 {
		return len(above)
	}
	s := &e.steps[at]
	above[s.column]++
	most := max(e.columnsOn(s.left, above), e.columnsOn(s.right, above))
	if above[s.column]--; above[s.column] == 0 {
		delete(above, s.column)
	}
	return most
}

// expected is the mean leaf value below at over the training rows.
func (e *Ensemble) expected(at int32) float64 {
	if at < 0 {
		return e.values[^at]
	}
	s := &e.steps[at]
	left, right := e.coverOf(s.left), e.coverOf(s.right)
	return (left*e.expected(s.left) + right*e.expected(s.right)) / (left + right)
}

// levelGap is the difference of probability below which a row stands at the base but for rounding.
const levelGap = 1e-13

// stretch rescales Shapley values of the probability so that they add up in log-odds, and returns the base log-odds.
func (e *Ensemble) stretch(phi []float64, row []float32, p0 float64) float64 {
	base := e.link(p0)
	var sum float64
	for _, v := range phi {
		sum += v
	}
	factor := (e.Score(row) - base) / sum
	if sum < levelGap && sum > -levelGap {
		// Effects that cancel are stretched by the slope of the log-odds at the base.
		p := min(max(p0, leastProbability), 1-leastProbability)
		factor = 1 / (p * (1 - p))
	}
	for j := range phi {
		phi[j] *= factor
	}
	return base
}
