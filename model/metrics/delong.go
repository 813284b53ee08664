package metrics

import (
	"math"
	"slices"
)

// AUCError is the standard error of the AUC of one set of scores. It is NaN with fewer than two rows of either class. Reference: DeLong,
// DeLong and Clarke-Pearson, Biometrics 44 (1988).
func AUCError(score []float64, y []bool) float64 {
	mustMatch(len(score), len(y))
	var sides [2][]float64
	for i, s := range score {
		side := 0
		if y[i] {
			side = 1
		}
		sides[side] = append(sides[side], s)
	}
	negatives, positives := sides[0], sides[1]
	if len(negatives) < 2 || len(positives) < 2 {
		return math.NaN()
	}
	slices.Sort(negatives)
	slices.Sort(positives)
	return math.Sqrt(placementVariance(positives, negatives) + placementVariance(negatives, positives))
}

// placementVariance is the variance of the mean of the shares of others that lie below each value, ties counted half. Both are sorted.
func placementVariance(values, others []float64) float64 {
	n, m := float64(len(values)), float64(len(others))
	var sum, squares float64
	below, upTo := 0, 0
	for _, v := range values {
		for below < len(others) && others[below] < v {
			below++
		}
		upTo = max(upTo, below)
		for upTo < len(others) && others[upTo] <= v {
			upTo++
		}
		// Centred at a half, so that the squares do not cancel.
		share := (float64(below)+float64(upTo))/(2*m) - 0.5
		sum += share
		squares += share * share
	}
	return math.Max(0, squares-sum*sum/n) / (n - 1) / n
}

// NullAUCError is the standard error of the AUC of scores that know nothing of the labels, without ties. Reference: Mann and Whitney, Annals
// of Mathematical Statistics 18 (1947).
func NullAUCError(positives, negatives int) float64 {
	p, n := float64(positives), float64(negatives)
	return math.Sqrt((p + n + 1) / (12 * p * n))
}
