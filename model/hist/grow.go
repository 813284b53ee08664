package hist

import (
	"context"
)

// Limits say when and how a leaf may be divided.
type Limits struct {
	// MaxLeaves bounds the leaves of a tree; 0 is no bound.
	MaxLeaves int
	// MaxDepth bounds the splits between root and leaf; 0 means 64.
	MaxDepth int
	// MinLeafRows and MinHessian are the least rows and sum of hessians of a leaf.
	MinLeafRows int
	MinHessian  float64
	// MinGain is what a split must save.
	MinGain float64
	// L2 is added to every sum of hessians.
	L2 float64
	// CategorySmooth is added to the hessian of a level when levels are ordered, CategoryL2 to L2 in a categorical split.
	CategorySmooth, CategoryL2 float64
	// MinCategoryRows is the least rows of a level for it to go left; rarer levels go right, as missing does.
	MinCategoryRows int
	// Monotone holds, for each column, whether a tree may only rise (1) or only fall (-1) in it; nil or 0 is free.
	Monotone []int8
	// Together lists the columns that may be asked on one path; a column in no list is only asked on paths of its own. Nil is
	// free.
	Together [][]int
}

// depthCap stands for a MaxDepth of 0.
const depthCap = 64

// keptHistograms is how many leaves may be open before the histograms of new ones are summed anew instead of kept.
const keptHistograms = 512

// Grower grows trees over one binned table. It keeps its buffers between trees and is not safe for concurrent use; growers
// over the same Bins may run in parallel.
type Grower struct {
	// Limits say when a leaf may be divided.
	Limits Limits
	// Columns returns the columns that one node may split on, ascending; nil: all. It is called once a node, in an order
	// that depends only on the data. A Grower with Columns sums both children instead of subtracting.
	Columns func() []int
	// Serial keeps the work on the calling goroutine, for callers that grow several trees at once.
	Serial bool

	pool  *pool
	bins  *Bins
	all   []group
	scale scale
	// fine tells that rows are cells rather than packed words: slower, and exact to the last bits of a float.
	fine   bool
	cells  []cell
	packed []uint64
	// rows lists the rows of leaf after leaf; lefts and rights are where partition puts them in between.
	rows, lefts, rights []uint32
	desks               []desk
	free                []histogram
	found               [2][]split
	gathered            []uint64
}

// NewGrower returns a grower over b.
func NewGrower(b *Bins, limits Limits) *Grower {
	limits.MinLeafRows = max(limits.MinLeafRows, 1)
	if limits.MaxDepth == 0 {
		limits.MaxDepth = depthCap
	}
	g := &Grower{Limits: limits, bins: b}
	for k := range g.found {
		g.found[k] = make([]split, len(b.columns))
	}
	g.Use(nil)
	return g
}

// Use restricts the trees that follow to some columns, ascending; nil is all of them.
func (g *Grower) Use(columns []int) {
	if columns == nil {
		for j := range g.bins.columns {
			columns = append(columns, j)
		}
	}
	g.all = g.bins.groups(columns)
}

// leaf is a leaf while the tree grows: rows[from:to] are its rows, ascending.
type leaf struct {
	from, to int
	depth    int
	total    cell
	best     split
	hist     histogram
	bounds   bounds
	// path lists the columns asked above, where that decides what may be asked below.
	path []int
	// parent and isRight tell whose child it is; parent is -1 at the root.
	parent  int
	isRight bool
}

func (l *leaf) rows() int { return l.to - l.from }

// Grow grows one tree best split first. Leaf values are left 0 for the caller, node and leaf weights are sums of hessians. The
// error is that of ctx.
func (g *Grower) Grow(ctx context.Context, s Source) (*Grown, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !g.Serial {
		g.pool = newPool(everyone())
		defer g.pool.dismiss()
	}
	root := leaf{parent: -1, bounds: unbounded}
	root.total = g.start(s)
	root.to = len(g.rows)
	t := &Grown{bins: g.bins, limits: &g.Limits}
	g.evaluate(&root, nil, nil)
	queue := leafQueue{root}
	for queue[0].best.gain > 0 && (g.Limits.MaxLeaves == 0 || len(queue) < g.Limits.MaxLeaves) {
		if err := ctx.Err(); err != nil {
			for k := range queue {
				g.release(queue[k].hist)
			}
			return nil, err
		}
		l := queue.pop()
		left, right := g.divide(t, &l)
		last := g.Limits.MaxLeaves > 0 && len(queue)+2 >= g.Limits.MaxLeaves
		if !last {
			g.evaluateBoth(left, right, l.hist)
		} else {
			g.release(l.hist)
		}
		if len(queue) >= keptHistograms {
			g.forget(left)
			g.forget(right)
		}
		queue.push(*left)
		queue.push(*right)
	}
	g.finish(t, queue)
	return t, nil
}

// divide splits the leaf, appends the node to the tree and returns both children, not yet evaluated.
func (g *Grower) divide(t *Grown, l *leaf) (left, right *leaf) {
	node := len(t.Nodes)
	t.Nodes = append(t.Nodes, g.node(l))
	t.lefts = append(t.lefts, l.best.lefts())
	t.nodes = append(t.nodes, placed{g.scale.sums(l.total), l.bounds})
	t.hang(l, int32(node))
	middle := g.partition(l, &t.lefts[node])
	low, high := l.bounds.divide(&l.best, &g.Limits)
	path := g.Limits.extend(l.path, l.best.column)
	left = &leaf{
		from: l.from, to: middle, depth: l.depth + 1, total: l.best.left, bounds: low, path: path, parent: node,
	}
	right = &leaf{
		from: middle, to: l.to, depth: l.depth + 1, total: l.total.minus(l.best.left), bounds: high, path: path, parent: node,
		isRight: true,
	}
	return left, right
}

// evaluateBoth finds the best splits of two siblings; parent is the histogram of their parent, nil where it is gone.
func (g *Grower) evaluateBoth(left, right *leaf, parent histogram) {
	if g.Columns != nil || parent == nil {
		for _, l := range [2]*leaf{left, right} {
			g.evaluate(l, nil, nil)
			if g.Columns != nil {
				g.forget(l)
			}
		}
		g.release(parent)
		return
	}
	if g.barren(left) && g.barren(right) {
		g.release(parent)
		return
	}
	small, large := left, right
	if right.rows() < left.rows() {
		small, large = right, left
	}
	g.evaluate(small, large, parent)
}

// barren reports a leaf too deep or too small to divide.
func (g *Grower) barren(l *leaf) bool {
	s := g.scale.sums(l.total)
	return l.depth >= g.Limits.MaxDepth || s.n < 2*g.Limits.MinLeafRows || s.h < 2*g.Limits.MinHessian
}

// evaluate sums the histograms of l, gets those of its larger sibling (if any) from their parent's, and finds both best splits.
func (g *Grower) evaluate(l, large *leaf, parent histogram) {
	if large == nil && g.barren(l) {
		return
	}
	columns := g.all
	if g.Columns != nil {
		columns = g.bins.groups(g.Columns())
	}
	l.hist = g.allocate()
	searches := [2]search{g.search(l), {}}
	if large != nil {
		large.hist = parent
		searches[1] = g.search(large)
	}
	for k := range g.found {
		clear(g.found[k])
	}
	g.sum(l, columns, func(j int) {
		c := &g.bins.columns[j]
		own := l.hist.of(c)
		g.found[0][j] = searches[0].find(j, c, own)
		if large != nil {
			rest := parent.of(c)
			subtract(rest, own)
			g.found[1][j] = searches[1].find(j, c, rest)
		}
	})
	l.best = bestOf(g.found[0])
	if large != nil {
		large.best = bestOf(g.found[1])
	}
}

// bestOf is the first split of greatest gain.
func bestOf(found []split) split {
	var best split
	for k := range found {
		if found[k].gain > best.gain {
			best = found[k]
		}
	}
	return best
}

// helpers is who may work on so many additions; nil is nobody else.
func (g *Grower) helpers(additions int) *pool {
	// Less is done before another goroutine has begun.
	const worthSharing = 1 << 12
	if g.Serial || additions < worthSharing {
		return nil
	}
	return g.pool
}

// allocate takes a histogram from the free list.
func (g *Grower) allocate() histogram {
	if n := len(g.free); n > 0 {
		h := g.free[n-1]
		g.free = g.free[:n-1]
		return h
	}
	return make(histogram, g.bins.total)
}

// release gives a histogram back.
func (g *Grower) release(h histogram) {
	if h != nil {
		g.free = append(g.free, h)
	}
}

// forget gives the leaf's histogram back.
func (g *Grower) forget(l *leaf) {
	g.release(l.hist)
	l.hist = nil
}

// hang makes child the child of the leaf's parent that the leaf was.
func (t *Grown) hang(l *leaf, child int32) {
	if l.parent < 0 {
		return
	}
	if l.isRight {
		t.Nodes[l.parent].Right = child
	} else {
		t.Nodes[l.parent].Left = child
	}
}
