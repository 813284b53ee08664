package segments

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// mostRounds is how often k-means moves its centres at most.
const mostRounds = 60

// points are places of m coordinates each, one after the other.
type points struct {
	at []float64
	m  int
}

func (p points) len() int { return len(p.at) / p.m }

func (p points) point(i int) []float64 { return p.at[i*p.m : (i+1)*p.m] }

// pick are the points of the rows.
func (p points) pick(rows []int) points {
	at := make([]float64, 0, len(rows)*p.m)
	for _, i := range rows {
		at = append(at, p.point(i)...)
	}
	return points{at, p.m}
}

func apart(a, b []float64) float64 {
	sum := 0.0
	for j, x := range a {
		sum += (x - b[j]) * (x - b[j])
	}
	return sum
}

// nearest is the centre nearest to the point, the first of equals, and the squared distance to it.
func nearest(centres points, point []float64) (int, float64) {
	best, least := 0, math.Inf(1)
	for c := range centres.len() {
		if d := apart(point, centres.point(c)); d < least {
			best, least = c, d
		}
	}
	return best, least
}

// assign is the nearest centre of each point.
func assign(centres, p points) []uint8 {
	to := make([]uint8, p.len())
	for i := range to {
		c, _ := nearest(centres, p.point(i))
		to[i] = uint8(c)
	}
	return to
}

// cluster finds k centres by k-means: the best of some starts, each drawn by k-means++. A centre with fewer than least points is given up,
// so that there may be fewer than k. Reference: Arthur and Vassilvitskii, SODA (2007); Lloyd, IEEE Transactions on Information Theory 28
// (1982).
func cluster(ctx context.Context, p points, k, starts, least int, rng *rand.Rand) (points, error) {
	var best points
	lowest := math.Inf(1)
	for range starts {
		centres, spread, err := settle(ctx, seeds(p, k, rng), p)
		if err != nil {
			return best, err
		}
		if spread < lowest {
			best, lowest = centres, spread
		}
	}
	for best.len() > 1 {
		sizes := make([]int, best.len())
		for _, c := range assign(best, p) {
			sizes[c]++
		}
		smallest := slices.Index(sizes, slices.Min(sizes))
		if sizes[smallest] >= least {
			break
		}
		var err error
		fewer := points{slices.Delete(slices.Clone(best.at), smallest*p.m, (smallest+1)*p.m), p.m}
		if best, _, err = settle(ctx, fewer, p); err != nil {
			return best, err
		}
	}
	return best, nil
}

// seeds draw centres, each with a chance by its squared distance to those drawn before; fewer than k where there are fewer places.
func seeds(p points, k int, rng *rand.Rand) points {
	centres := points{slices.Clone(p.point(rng.IntN(p.len()))), p.m}
	far := make([]float64, p.len())
	for i := range far {
		far[i] = math.Inf(1)
	}
	for centres.len() < k {
		sum, last := 0.0, centres.point(centres.len()-1)
		for i := range far {
			far[i] = min(far[i], apart(p.point(i), last))
			sum += far[i]
		}
		if !(sum > 0) {
			break
		}
		next, mark := -1, rng.Float64()*sum
		for i, d := range far {
			if mark -= d; d > 0 {
				next = i
				if mark < 0 {
					break
				}
			}
		}
		centres.at = append(centres.at, p.point(next)...)
	}
	return centres
}

// settle moves each centre to the mean of the points nearest to it until hardly any point changes its centre. spread is the sum of
// squared distances in the last round. A centre without points stays where it is.
func settle(ctx context.Context, centres, p points) (points, float64, error) {
	k, m, spread := centres.len(), p.m, 0.0
	centres.at = slices.Clone(centres.at)
	of := make([]uint8, p.len())
	for round := range mostRounds {
		if err := ctx.Err(); err != nil {
			return centres, 0, err
		}
		sums, sizes, moved := make([]float64, k*m), make([]float64, k), 0
		spread = 0
		for i := range of {
			c, d := nearest(centres, p.point(i))
			if round == 0 || of[i] != uint8(c) {
				of[i], moved = uint8(c), moved+1
			}
			spread += d
			sizes[c]++
			for j, x := range p.point(i) {
				sums[c*m+j] += x
			}
		}
		for c := range k {
			for j := range m {
				if sizes[c] > 0 {
					centres.at[c*m+j] = sums[c*m+j] / sizes[c]
				}
			}
		}
		if moved*1000 <= len(of) {
			break
		}
	}
	return centres, spread, nil
}
