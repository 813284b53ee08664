package metrics

import (
	"math/rand/v2"
	"slices"
)

// floorDraws is how many times ECEFloor draws labels.
const floorDraws = 200

// ECEFloor is the ECE that probabilities would have if every one of them were exactly right: the mean over labels drawn from them, and the
// range of 95 % of the draws. An ECE inside that range cannot be told from none. Bins are those of Summary.ECE.
func ECEFloor(p []float64, seed uint64) Interval {
	r := newRanking(p, make([]bool, len(p)), nil)
	values := make([]float64, floorDraws)
	sum := 0.0
	for k := range values {
		values[k] = r.drawnGap(rand.New(rand.NewPCG(seed, uint64(k))))
		sum += values[k]
	}
	slices.Sort(values)
	return Interval{sum / floorDraws, quantile(values, 0.025), quantile(values, 0.975)}
}

// drawnGap is the ECE of the ranking's probabilities with labels drawn from them.
func (r *ranking) drawnGap(rng *rand.Rand) float64 {
	b := binner{total: float64(len(r.p)), bins: eceBins, left: eceBins}
	start := 0
	for _, end := range r.ends {
		positives := 0.0
		for k := start; k < end; k++ {
			if rng.Float64() < r.p[k] {
				positives++
			}
		}
		rows := float64(end - start)
		b.add(float64(start), rows, positives, rows*r.p[start])
		start = end
	}
	b.close()
	return b.gap / b.total
}
