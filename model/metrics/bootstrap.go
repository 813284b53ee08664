package metrics

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	defaultResamples = 1000
	// Above manyRows the number of resamples falls in proportion, down to fewResamples.
	manyRows     = 200_000
	fewResamples = 200
)

// resample draws rows with replacement and returns what measure says of each draw, in order. The argument of measure holds how
// often each row was drawn; measure may change it. Draw k depends on the seed and k alone.
func resample(rows int, opt Options, measure func(times []float64) figures) []figures {
	count := resamples(rows, opt.Resamples)
	if count == 0 {
		return nil
	}
	out := make([]figures, count)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), count) {
		wg.Go(func() {
			times := make([]float64, rows)
			for k := int(next.Add(1)) - 1; k < count; k = int(next.Add(1)) - 1 {
				draw(times, opt.Seed, uint64(k))
				out[k] = measure(times)
			}
		})
	}
	wg.Wait()
	return out
}

func resamples(rows, asked int) int {
	switch {
	case asked < 0 || rows == 0:
		return 0
	case asked == 0:
		asked = defaultResamples
	}
	if rows > manyRows {
		return max(min(asked, fewResamples), int(float64(asked)*manyRows/float64(rows)))
	}
	return asked
}

// draw counts len(times) draws with replacement.
func draw(times []float64, seed, stream uint64) {
	clear(times)
	rng := rand.NewPCG(seed, stream)
	n := uint64(len(times))
	for range times {
		// The high word of a 64-bit random number times n is uniform on [0,n) to within n/2^64.
		i, _ := bits.Mul64(rng.Uint64(), n)
		times[i]++
	}
}

// weigh multiplies draws, taken by place, with the row weights.
func (r *ranking) weigh(times []float64) []float64 {
	for k, v := range r.weight {
		times[k] *= v
	}
	return times
}

// gather brings draws by row into the order of places, with the row weights.
func (r *ranking) gather(times []float64) []float64 {
	w := make([]float64, len(times))
	for k, i := range r.order {
		w[k] = times[i]
	}
	return r.weigh(w)
}

// interval takes one figure's point value and its 2.5 and 97.5 % quantiles over the draws.
func interval(point figures, draws []figures, figure func(figures) float64) Interval {
	values := make([]float64, 0, len(draws))
	for _, f := range draws {
		if v := figure(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	out := Interval{Value: figure(point), Low: math.NaN(), High: math.NaN()}
	if len(values) == 0 || 2*len(values) < len(draws) {
		return out
	}
	slices.Sort(values)
	out.Low, out.High = quantile(values, 0.025), quantile(values, 0.975)
	return out
}

// quantile of sorted values, linear between order statistics (type 7 of Hyndman and Fan, 1996).
func quantile(sorted []float64, q float64) float64 {
	place := q * float64(len(sorted)-1)
	low := int(place)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (place-float64(low))*(sorted[low+1]-sorted[low])
}
