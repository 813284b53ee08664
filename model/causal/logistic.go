package causal

import "math"

// logistic is a ridge logistic regression of a target on the design, on the rows that are not in the held-out fold. The treatment's own
// columns are left out; with takes the treatment as a further column.
type logistic struct {
	d       *design
	rows    []int32
	target  []bool
	without []bool
	with    []bool
	ridge   []float64
}

// memory is how many steps the solver looks back on; iterations bounds them.
const (
	memory     = 10
	iterations = 60
)

// value is the loss and its gradient, by row and by weight of 1/rows.
func (l *logistic) value(w, g []float64) float64 {
	clear(g)
	last := len(w) - 1
	loss := 0.0
	for _, i := range l.rows {
		z := l.d.dot(w, int(i))
		treated := l.with != nil && l.with[i]
		if treated {
			z += w[last]
		}
		// log(1+exp(z)) without overflow.
		loss += math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
		p := 1 / (1 + math.Exp(-z))
		if l.target[i] {
			loss -= z
			p--
		}
		l.d.add(g, p, int(i))
		if treated {
			g[last] += p
		}
	}
	for j := range w {
		if l.fixed(j) {
			g[j] = 0
			continue
		}
		loss += l.ridge[j] * w[j] * w[j] / 2
		g[j] += l.ridge[j] * w[j]
	}
	return loss
}

func (l *logistic) fixed(j int) bool { return j < len(l.without) && l.without[j] }

// fit minimises the loss by limited-memory BFGS with a diagonal start.
// Reference: Liu and Nocedal, Mathematical Programming 45 (1989).
func (l *logistic) fit() []float64 {
	n := l.d.width + 1
	w, g := make([]float64, n), make([]float64, n)
	diagonal := l.diagonal(n)
	loss := l.value(w, g)
	var steps, changes [][]float64
	direction, next, nextG := make([]float64, n), make([]float64, n), make([]float64, n)
	for range iterations {
		twoLoops(direction, g, diagonal, steps, changes)
		slope := inner(direction, g)
		if slope > -1e-7*(1+math.Abs(loss)) {
			break
		}
		size, nextLoss := 1.0, 0.0
		for {
			for j := range next {
				next[j] = w[j] + size*direction[j]
			}
			if nextLoss = l.value(next, nextG); nextLoss <= loss+1e-4*size*slope || size < 1e-8 {
				break
			}
			size /= 2
		}
		step, change := make([]float64, n), make([]float64, n)
		for j := range step {
			step[j], change[j] = next[j]-w[j], nextG[j]-g[j]
		}
		if inner(step, change) > 1e-12 {
			steps, changes = append(steps, step), append(changes, change)
			if len(steps) > memory {
				steps, changes = steps[1:], changes[1:]
			}
		}
		copy(w, next)
		copy(g, nextG)
		loss = nextLoss
	}
	return w
}

// diagonal is the inverse of the Hessian's diagonal at the target's mean, which is the scale of the first step.
func (l *logistic) diagonal(n int) []float64 {
	out := make([]float64, n)
	yes := 0.0
	for _, i := range l.rows {
		if l.target[i] {
			yes++
		}
		for k := l.d.start[i]; k < l.d.start[i+1]; k++ {
			v := float64(l.d.value[k])
			out[l.d.at[k]] += v * v
		}
		if l.with != nil && l.with[i] {
			out[n-1]++
		}
	}
	p := yes / float64(len(l.rows))
	for j := range out {
		if l.fixed(j) || out[j] == 0 {
			out[j] = 0
			continue
		}
		out[j] = 1 / (out[j]*max(p*(1-p), 0.02) + l.ridge[j])
	}
	return out
}

// twoLoops is minus the inverse Hessian times g, by the last steps and changes of gradient.
func twoLoops(out, g, diagonal []float64, steps, changes [][]float64) {
	copy(out, g)
	alpha := make([]float64, len(steps))
	for k := len(steps) - 1; k >= 0; k-- {
		alpha[k] = inner(steps[k], out) / inner(steps[k], changes[k])
		for j := range out {
			out[j] -= alpha[k] * changes[k][j]
		}
	}
	for j := range out {
		out[j] *= diagonal[j]
	}
	for k := range steps {
		beta := inner(changes[k], out) / inner(steps[k], changes[k])
		for j := range out {
			out[j] += (alpha[k] - beta) * steps[k][j]
		}
	}
	for j := range out {
		out[j] = -out[j]
	}
}

func inner(a, b []float64) (sum float64) {
	for j := range a {
		sum += a[j] * b[j]
	}
	return sum
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
