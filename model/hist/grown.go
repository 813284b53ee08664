package hist

import (
	"container/heap"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// leafQueue is a heap of leaves, greatest gain first; on a tie the leaf of the earlier rows.
type leafQueue []leaf

// Len is part of heap.Interface.
func (q leafQueue) Len() int { return len(q) }

// Less is part of heap.Interface.
func (q leafQueue) Less(a, b int) bool {
	if q[a].best.gain != q[b].best.gain {
		return q[a].best.gain > q[b].best.gain
	}
	return q[a].from < q[b].from
}

// Swap is part of heap.Interface.
func (q leafQueue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }

// Push is part of heap.Interface.
func (q *leafQueue) Push(x any) { *q = append(*q, x.(leaf)) }

// Pop is part of heap.Interface.
func (q *leafQueue) Pop() any {
	old := *q
	l := old[len(old)-1]
	*q = old[:len(old)-1]
	return l
}

func (q *leafQueue) push(l leaf) { heap.Push(q, l) }
func (q *leafQueue) pop() leaf   { return heap.Pop(q).(leaf) }

// unboundedThreshold stands for +Inf in a split of present against missing, as LightGBM writes it.
const unboundedThreshold = 1e300

// node turns the leaf's best split into a node without children.
func (g *Grower) node(l *leaf) tree.Node {
	total := g.scale.sums(l.total)
	n := tree.Node{Column: l.best.column, Gain: l.best.gain, Weight: total.h, Count: int64(total.n)}
	c := &g.bins.columns[l.best.column]
	if !c.category {
		n.Threshold = min(c.upper[l.best.bin], unboundedThreshold)
		n.Missing, n.DefaultLeft = tree.MissingNaN, l.best.missingLeft
		return n
	}
	var highest uint32
	for _, b := range l.best.set {
		highest = max(highest, c.levels[b])
	}
	n.Categories = make([]uint32, highest/32+1)
	for _, b := range l.best.set {
		n.Categories[c.levels[b]/32] |= 1 << (c.levels[b] % 32)
	}
	return n
}

// Grown is a tree with what is needed to place binned rows in it.
type Grown struct {
	tree.Tree
	// Members holds the row numbers of each leaf, ascending, of the rows the tree was grown on. They are valid until the
	// grower's next tree.
	Members [][]uint32

	bins   *Bins
	limits *Limits
	lefts  [][MaxBins + 1]uint8
	// nodes and leaves are the sums of their rows, as rounded for the histograms.
	nodes, leaves []placed
}

// placed is the sums of a node or leaf and the values it may take.
type placed struct {
	sums
	bounds bounds
}

// finish numbers the leaves by their rows and gives their buffers back.
func (g *Grower) finish(t *Grown, leaves []leaf) {
	slices.SortFunc(leaves, func(a, b leaf) int { return a.from - b.from })
	for k := range leaves {
		l := &leaves[k]
		g.release(l.hist)
		total := g.scale.sums(l.total)
		t.Leaves = append(t.Leaves, tree.Leaf{Weight: total.h, Count: int64(total.n)})
		t.leaves = append(t.leaves, placed{total, l.bounds})
		t.Members = append(t.Members, g.rows[l.from:l.to:l.to])
		t.hang(l, int32(^k))
	}
}

// SetValues sets the value of every leaf and node to the Newton step times rate, within what Monotone allows.
func (t *Grown) SetValues(rate float64) {
	for k := range t.leaves {
		t.Leaves[k].Value = rate * t.leaves[k].bounds.value(t.leaves[k].sums, t.limits.L2)
	}
	for k := range t.nodes {
		t.Nodes[k].Value = rate * t.nodes[k].bounds.value(t.nodes[k].sums, t.limits.L2)
	}
	t.Shrinkage = rate
}

// SetLeaves sets the value of every leaf from the exact sums of its rows, and those of the nodes from the sums below them.
// value is given the sum of gradients and of hessians.
func (t *Grown) SetLeaves(rows []Row, value func(gradient, hessian float64) float64) {
	leaves := make([]Row, len(t.Leaves))
	for k, members := range t.Members {
		for _, i := range members {
			leaves[k].Gradient += rows[i].Gradient
			leaves[k].Hessian += rows[i].Hessian
		}
		t.Leaves[k].Value, t.Leaves[k].Weight = value(leaves[k].Gradient, leaves[k].Hessian), leaves[k].Hessian
	}
	// A child is always behind its parent.
	nodes := make([]Row, len(t.Nodes))
	for i := len(t.Nodes) - 1; i >= 0; i-- {
		n := &t.Nodes[i]
		for _, c := range [2]int32{n.Left, n.Right} {
			below := &leaves
			if c >= 0 {
				below = &nodes
			} else {
				c = ^c
			}
			nodes[i].Gradient += (*below)[c].Gradient
			nodes[i].Hessian += (*below)[c].Hessian
		}
		n.Value, n.Weight = value(nodes[i].Gradient, nodes[i].Hessian), nodes[i].Hessian
	}
}

// AddMembers adds to the score of every row that the tree was grown on the value of its leaf.
func (t *Grown) AddMembers(scores []float64) {
	type part struct {
		rows  []uint32
		value float64
	}
	var parts []part
	for k, members := range t.Members {
		for rows := range slices.Chunk(members, partRows) {
			parts = append(parts, part{rows, t.Leaves[k].Value})
		}
	}
	crewFor(len(scores)).run(len(parts), func(_, p int) {
		for _, i := range parts[p].rows {
			scores[i] += parts[p].value
		}
	})
}

// AddAll adds to the score of every row of b the value of its leaf; b is the binned table of the tree or another Part of it.
func (t *Grown) AddAll(scores []float64, b *Bins) {
	parts := chunks(b.Rows, partRows)
	crewFor(len(scores)).run(parts, func(_, part int) {
		from, to := chunk(part, b.Rows, partRows)
		for i := from; i < to; i++ {
			scores[i] += t.Leaves[t.leafIn(b, i)].Value
		}
	})
}

// crewFor is who may work on so many rows of scores.
func crewFor(rows int) crew {
	if rows <= partRows {
		return 1
	}
	return everyone()
}

// Leaf is the number of the leaf that row i of the binned table falls into.
func (t *Grown) Leaf(i int) int { return t.leafIn(t.bins, i) }

func (t *Grown) leafIn(b *Bins, i int) int {
	if len(t.Nodes) == 0 {
		return 0
	}
	at := int32(0)
	for at >= 0 {
		n := &t.Nodes[at]
		if t.lefts[at][b.at(n.Column, i)] == 1 {
			at = n.Left
		} else {
			at = n.Right
		}
	}
	return int(^at)
}
