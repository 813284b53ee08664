package logit

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// lanes is the number of parts that the rows are summed in. It is fixed, so that the sums round alike on any number of
// processors.
const lanes = 16

// objective is the penalised mean log loss over a design: (sum of w*loss + penalty*|weights|^2/2) / (sum of w). A point holds the
// weights of the terms and then the intercept, which is free of penalty.
type objective struct {
	ctx     context.Context
	x       *design
	penalty float64

	// at is the point of the last pass, loss and gradient its result: the optimiser asks for them one after the other.
	at       []float64
	loss     float64
	gradient []float64
}

// value is the objective at point w.
func (o *objective) value(w []float64) float64 {
	o.pass(w)
	return o.loss
}

// slope writes the gradient at point w.
func (o *objective) slope(grad, w []float64) {
	o.pass(w)
	copy(grad, o.gradient)
}

func (o *objective) pass(w []float64) {
	if o.at != nil && equal(o.at, w) {
		return
	}
	width := len(w)
	o.at = append(o.at[:0], w...)
	parts := make([]float64, lanes*(width+1))
	o.each(func(lane, from, to int) {
		part := parts[lane*(width+1) : (lane+1)*(width+1)]
		part[width] = o.sum(part[:width], w, from, to)
	})
	o.gradient = make([]float64, width)
	o.loss = 0
	for lane := range lanes {
		part := parts[lane*(width+1) : (lane+1)*(width+1)]
		for k := range o.gradient {
			o.gradient[k] += part[k]
		}
		o.loss += part[width]
	}
	for k := range width - 1 {
		o.gradient[k] += o.penalty * w[k]
		o.loss += o.penalty * w[k] * w[k] / 2
	}
	for k := range o.gradient {
		o.gradient[k] /= o.x.total
	}
	o.loss /= o.x.total
}

// sum adds the gradient of the rows [from,to) to grad and returns their loss.
func (o *objective) sum(grad, w []float64, from, to int) (loss float64) {
	width := len(o.x.terms)
	for i := from; i < to; i++ {
		row := o.x.values[i*width : (i+1)*width]
		z := w[width]
		for k, v := range row {
			z += float64(v) * w[k]
		}
		// log(1+exp(z)) - y*z, in the form that cannot overflow.
		small := math.Exp(-math.Abs(z))
		l, p := math.Max(z, 0)+math.Log1p(small), 1/(1+small)
		if z < 0 {
			p = small / (1 + small)
		}
		if o.x.y[i] {
			l -= z
			p--
		}
		weight := o.x.weigh(i)
		loss += weight * l
		p *= weight
		for k, v := range row {
			grad[k] += p * float64(v)
		}
		grad[width] += p
	}
	return loss
}

// curvature is the Hessian at point w, not divided by the total weight: the information about w in rows and penalty.
func (o *objective) curvature(w []float64) *mat.SymDense {
	size := len(w)
	parts := make([][]float64, lanes)
	o.each(func(lane, from, to int) {
		parts[lane] = make([]float64, size*size)
		o.sumCurvature(parts[lane], w, from, to)
	})
	all := make([]float64, size*size)
	for _, part := range parts {
		for k, v := range part {
			all[k] += v
		}
	}
	for k := range size - 1 {
		all[k*size+k] += o.penalty
	}
	return mat.NewSymDense(size, all)
}

// sumCurvature adds the upper triangle of the rows [from,to) to part.
func (o *objective) sumCurvature(part, w []float64, from, to int) {
	width := len(o.x.terms)
	size := width + 1
	row := make([]float64, size)
	for i := from; i < to; i++ {
		z := w[width]
		for k, v := range o.x.values[i*width : (i+1)*width] {
			row[k] = float64(v)
			z += row[k] * w[k]
		}
		row[width] = 1
		small := math.Exp(-math.Abs(z))
		weight := o.x.weigh(i) * small / ((1 + small) * (1 + small))
		for k, v := range row {
			if v == 0 {
				continue
			}
			v *= weight
			line := part[k*size : (k+1)*size]
			for l := k; l < size; l++ {
				line[l] += v * row[l]
			}
		}
	}
}

// each runs do once a lane, in parallel. Lanes are left out once the context is over; callers look at it before they use the
// sums.
func (o *objective) each(do func(lane, from, to int)) {
	rows := len(o.x.y)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), lanes) {
		wg.Go(func() {
			for lane := int(next.Add(1)) - 1; lane < lanes; lane = int(next.Add(1)) - 1 {
				if o.ctx.Err() != nil {
					return
				}
				do(lane, rows*lane/lanes, rows*(lane+1)/lanes)
			}
		})
	}
	wg.Wait()
}

func equal(a, b []float64) bool {
	for k := range a {
		if a[k] != b[k] {
			return false
		}
	}
	return true
}
