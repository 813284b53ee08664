package tree

import (
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// points are the values of a polynomial at the points of a quadrature.
type points interface {
	[2]float64 | [4]float64 | [6]float64 | [8]float64 | [16]float64 | [64]float64 | [256]float64
}

// plan is what explaining needs of some trees of an ensemble, whatever the row: their splits with a parent before its children.
type plan[V points] struct {
	e     *Ensemble
	base  float64
	nodes []planNode[V]
	// rest is 1-t at each point t, and restWeight the point's weight over it.
	rest, restWeight V
	rooms            sync.Pool
}

// planNode is a step with both edges below it.
type planNode[V points] struct {
	step *step
	// up is the edge that leads here, as 2*node+side; -1 at a root.
	up    int32
	edges [2]planEdge[V]
}

// planEdge is an edge to a child.
type planEdge[V points] struct {
	// node is the child's place, -1 for a leaf, whose value then counts.
	node  int32
	value float64
	// zero is the share of training rows that the edge and those above it of the same column let through.
	zero float64
	// above is the edge above of the same column, as 2*node+side; -1 where there is none.
	above int32
	// one are the factors t + (1-t)*zero where the row takes the edge, gain is (1-zero)*weight/one.
	one, gain V
}

// room is what one explain works in: of every node the product of the edges above it and the sum of what lies below, and of every edge
// whether the row takes it and those above it of the same column.
type room[V points] struct {
	products, sums []V
	taken          []bool
}

func newPlan[V points](e *Ensemble, roots []int32) explainer {
	p := &plan[V]{e: e}
	var t, w V
	at, weight := make([]float64, len(t)), make([]float64, len(t))
	quad.Legendre{}.FixedLocations(at, weight, 0, 1)
	for i := range at {
		t[i], w[i] = at[i], weight[i]
		p.rest[i], p.restWeight[i] = 1-at[i], weight[i]/(1-at[i])
	}
	for _, root := range roots {
		p.base += e.expected(root)
		p.add(root, -1, map[int32]int32{}, &t, &w)
	}
	p.rooms.New = func() any {
		n := len(p.nodes)
		return &room[V]{products: make([]V, n), sums: make([]V, n), taken: make([]bool, 2*n)}
	}
	return p
}

func (p *plan[V]) expected() float64 { return p.base }

func (p *plan[V]) edge(k int32) *planEdge[V] { return &p.nodes[k>>1].edges[k&1] }

// add appends the nodes from at on; last is the last edge of each column above.
func (p *plan[V]) add(at, up int32, last map[int32]int32, t, w *V) int32 {
	if at < 0 {
		return -1
	}
	s, k := &p.e.steps[at], int32(len(p.nodes))
	p.nodes = append(p.nodes, planNode[V]{step: s, up: up})
	above, known := last[s.column]
	for side, child := range [2]int32{s.left, s.right} {
		edge := planEdge[V]{above: -1, zero: p.e.coverOf(child) / p.e.covers[at]}
		if known {
			edge.above = above
			edge.zero *= p.edge(above).zero
		}
		if child < 0 {
			edge.value = p.e.values[^child]
		}
		for i := range len(*t) {
			edge.one[i] = (*t)[i] + (1-(*t)[i])*edge.zero
			edge.gain[i] = (1 - edge.zero) * (*w)[i] / edge.one[i]
		}
		p.nodes[k].edges[side] = edge
		last[s.column] = 2*k + int32(side)
		p.nodes[k].edges[side].node = p.add(child, 2*k+int32(side), last, t, w)
	}
	if known {
		last[s.column] = above
	} else {
		delete(last, s.column)
	}
	return k
}

// explain adds the Shapley values of the trees' sum to phi.
func (p *plan[V]) explain(phi []float64, row []float32) {
	r := p.rooms.Get().(*room[V])
	for k := range p.nodes {
		p.down(r, k, phi, row)
	}
	for k := len(p.nodes) - 1; k >= 0; k-- {
		n := &p.nodes[k]
		if n.up < 0 {
			continue
		}
		sum, above := &r.sums[k], &r.sums[n.up>>1]
		p.credit(r, n.up, sum, phi)
		for i := range len(*sum) {
			(*above)[i] += (*sum)[i]
		}
	}
	p.rooms.Put(r)
}

// down hands the product on to the children of node k, and takes in what its leaves give.
func (p *plan[V]) down(r *room[V], k int, phi []float64, row []float32) {
	n := &p.nodes[k]
	product := &r.products[k]
	if n.up < 0 {
		for i := range len(*product) {
			(*product)[i] = 1
		}
	}
	var zero V
	r.sums[k] = zero
	left := p.e.goesLeft(n.step, row)
	for side := range n.edges {
		edge := &n.edges[side]
		at := 2*k + side
		takes := left == (side == 0)
		if edge.above >= 0 {
			takes = takes && r.taken[edge.above]
		}
		r.taken[at] = takes
		var next V
		if takes {
			for i := range len(next) {
				next[i] = (*product)[i] * edge.one[i]
			}
		} else {
			for i := range len(next) {
				next[i] = (*product)[i] * p.rest[i] * edge.zero
			}
		}
		if edge.above >= 0 {
			p.replace(r, edge.above, &next)
		}
		if edge.node >= 0 {
			r.products[edge.node] = next
			continue
		}
		sum := &r.sums[k]
		for i := range len(next) {
			next[i] *= edge.value
			(*sum)[i] += next[i]
		}
		p.credit(r, int32(at), &next, phi)
	}
}

// replace takes the factor of an edge out of a product again.
func (p *plan[V]) replace(r *room[V], at int32, product *V) {
	edge := p.edge(at)
	if r.taken[at] {
		for i := range len(*product) {
			(*product)[i] /= edge.one[i]
		}
		return
	}
	for i := range len(*product) {
		(*product)[i] /= p.rest[i] * edge.zero
	}
}

// credit gives the edge's column what it gains from leaves of these sums, and takes back what the edge of the same column above gains.
func (p *plan[V]) credit(r *room[V], at int32, sums *V, phi []float64) {
	gain := p.gain(r, at, sums)
	if above := p.edge(at).above; above >= 0 {
		gain -= p.gain(r, above, sums)
	}
	phi[p.nodes[at>>1].step.column] += gain
}

func (p *plan[V]) gain(r *room[V], at int32, sums *V) float64 {
	// Two sums at a time, as each addition must wait for the one before it. All quadratures have an even number of points.
	var even, odd float64
	if r.taken[at] {
		gain := &p.edge(at).gain
		for i := 0; i+1 < len(*sums); i += 2 {
			even += (*gain)[i] * (*sums)[i]
			odd += (*gain)[i+1] * (*sums)[i+1]
		}
		return even + odd
	}
	for i := 0; i+1 < len(*sums); i += 2 {
		even += p.restWeight[i] * (*sums)[i]
		odd += p.restWeight[i+1] * (*sums)[i+1]
	}
	return -(even + odd)
}
