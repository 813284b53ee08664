package hist

import (
	"context"
	"runtime"

	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Limits say when a leaf may be divided.
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
}

// depthCap stands for a MaxDepth of 0.
const depthCap = 64

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

	bins    *Bins
	all     []int
	cells   []cell
	rows    []uint32
	scratch []uint32
	packed  []cell
	free    []histogram
	scale   scale
}

// NewGrower returns a grower over b.
func NewGrower(b *Bins, limits Limits) *Grower {
	limits.MinLeafRows = max(limits.MinLeafRows, 1)
	g := &Grower{Limits: limits, bins: b}
	g.Use(nil)
	return g
}

// Use restricts the trees that follow to some columns, ascending; nil is all of them.
func (g *Grower) Use(columns []int) {
	if g.all = columns; columns != nil {
		return
	}
	for j := range g.bins.columns {
		g.all = append(g.all, j)
	}
}

// leaf is a leaf while the tree grows: rows[from:to] are its rows, ascending.
type leaf struct {
	from, to int
	depth    int
	total    cell
	best     split
	hist     histogram
	// parent and isRight tell whose child it is; parent is -1 at the root.
	parent  int
	isRight bool
}

// Grown is a tree with what is needed to place binned rows in it.
type Grown struct {
	tree.Tree
	// Members holds the row numbers of each leaf, ascending, of the rows the tree was grown on.
	Members [][]uint32

	bins  *Bins
	lefts [][MaxBins + 1]bool
}

// Grow grows one tree best split first. rows has one entry a row of the table; rows that count 0 stay out. Leaf values are
// left 0 for the caller, node and leaf weights are sums of hessians. The error is that of ctx.
func (g *Grower) Grow(ctx context.Context, rows []Row) (*Grown, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.start(rows)
	t := &Grown{bins: g.bins}
	root := leaf{to: len(g.rows), parent: -1}
	for _, i := range g.rows {
		root.total.gradient += g.cells[i].gradient
		root.total.mass += g.cells[i].mass
	}
	open := []leaf{root}
	g.evaluate(open, nil)
	queue := leafQueue{open[0]}
	for queue[0].best.gain > 0 && (g.Limits.MaxLeaves == 0 || len(queue) < g.Limits.MaxLeaves) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		children := g.divide(t, queue.pop())
		queue.push(children[0])
		queue.push(children[1])
	}
	g.finish(t, queue)
	return t, nil
}

// start packs the rows and lists those that count.
func (g *Grower) start(rows []Row) {
	g.cells, g.scale = quantise(g.cells, rows)
	g.rows = g.rows[:0]
	for i := range rows {
		if rows[i].Count > 0 {
			g.rows = append(g.rows, uint32(i))
		}
	}
	if cap(g.scratch) < len(rows) {
		g.scratch = make([]uint32, len(rows))
		g.packed = make([]cell, len(rows))
	}
}

// divide splits the leaf, appends the node to the tree and returns both children with their best splits found.
func (g *Grower) divide(t *Grown, l leaf) []leaf {
	node := len(t.Nodes)
	t.Nodes = append(t.Nodes, g.node(&l))
	t.lefts = append(t.lefts, l.best.lefts())
	t.hang(&l, int32(node))
	middle, left := g.partition(&l, &t.lefts[node])
	children := []leaf{
		{from: l.from, to: middle, depth: l.depth + 1, total: left, parent: node},
		{
			from: middle, to: l.to, depth: l.depth + 1, parent: node, isRight: true,
			total: cell{l.total.gradient - left.gradient, l.total.mass - left.mass},
		},
	}
	g.evaluate(children, l.hist)
	return children
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

// lefts tells which bins go left.
func (s *split) lefts() (left [MaxBins + 1]bool) {
	for _, b := range s.set {
		left[b] = true
	}
	if s.set == nil {
		for b := 1; b <= s.bin; b++ {
			left[b] = true
		}
		left[0] = s.missingLeft
	}
	return left
}

// partition moves the rows that go left to the front, keeping their order, and returns where the right ones begin and the
// sum of the left ones.
func (g *Grower) partition(l *leaf, lefts *[MaxBins + 1]bool) (int, cell) {
	rows, bins := g.rows[l.from:l.to], g.bins.columns[l.best.column].bins
	right := g.scratch[:len(rows)]
	var sum cell
	n, m := 0, 0
	for _, i := range rows {
		if lefts[bins[i]] {
			rows[n] = i
			n++
			sum.gradient += g.cells[i].gradient
			sum.mass += g.cells[i].mass
		} else {
			right[m] = i
			m++
		}
	}
	copy(rows[n:], right[:m])
	return l.from + n, sum
}

// evaluate finds the best split of one root or of two siblings; parent is the histogram of their parent, nil where there is
// none to subtract from.
func (g *Grower) evaluate(leaves []leaf, parent histogram) {
	maxDepth := g.Limits.MaxDepth
	if maxDepth == 0 {
		maxDepth = depthCap
	}
	small := 0
	if len(leaves) == 2 && leaves[1].to-leaves[1].from < leaves[0].to-leaves[0].from {
		small = 1
	}
	if leaves[0].depth >= maxDepth {
		g.release(parent)
		return
	}
	if g.Columns != nil {
		for k := range leaves {
			g.scan(&leaves[k], nil, nil, g.Columns())
			g.release(leaves[k].hist)
			leaves[k].hist = nil
		}
		return
	}
	if len(leaves) == 2 && g.barren(&leaves[0]) && g.barren(&leaves[1]) {
		g.release(parent)
		return
	}
	var large *leaf
	if len(leaves) == 2 {
		large = &leaves[1-small]
	}
	g.scan(&leaves[small], large, parent, g.all)
}

// barren reports a leaf too small to divide.
func (g *Grower) barren(l *leaf) bool {
	s := g.scale.sums(l.total)
	return s.n < 2*max(g.Limits.MinLeafRows, 1) || s.h < 2*g.Limits.MinHessian
}

// parallelCells is the least work worth handing to other goroutines.
const parallelCells = 1 << 15

// scan sums the histograms of leaf, gets those of its larger sibling (if any) from the parent, and finds both best splits.
func (g *Grower) scan(l, large *leaf, parent histogram, columns []int) {
	if large == nil && g.barren(l) {
		return
	}
	rows := g.rows[l.from:l.to]
	packed := g.packed[:len(rows)]
	for k, i := range rows {
		packed[k] = g.cells[i]
	}
	l.hist = g.allocate()
	finders := [2]finder{newFinder(&g.Limits, g.scale, l.total)}
	found := [2][]split{make([]split, len(columns))}
	if large != nil {
		large.hist = parent
		finders[1] = newFinder(&g.Limits, g.scale, large.total)
		found[1] = make([]split, len(columns))
	}
	parallel(g.workers((len(rows)+2*MaxBins)*len(columns)), (len(columns)+1)/2, func(pair int) {
		from, to := 2*pair, min(2*pair+2, len(columns))
		g.fill(l.hist, columns[from:to], rows, packed)
		for k := from; k < to; k++ {
			j := columns[k]
			c := &g.bins.columns[j]
			found[0][k] = finders[0].find(j, c, l.hist.of(j))
			if large != nil {
				subtract(parent.of(j), l.hist.of(j), c.count)
				found[1][k] = finders[1].find(j, c, parent.of(j))
			}
		}
	})
	l.best = bestOf(found[0])
	if large != nil {
		large.best = bestOf(found[1])
	}
}

// fill sums one column or two.
func (g *Grower) fill(h histogram, columns []int, rows []uint32, packed []cell) {
	a := columns[0]
	if len(columns) == 1 {
		fill(h.of(a), g.bins.columns[a].bins, rows, packed)
		return
	}
	b := columns[1]
	fillPair(h.of(a), h.of(b), g.bins.columns[a].bins, g.bins.columns[b].bins, rows, packed)
}

// bestOf is the first split of greatest gain.
func bestOf(found []split) split {
	var best split
	for _, s := range found {
		if s.gain > best.gain {
			best = s
		}
	}
	return best
}

// workers is the number of goroutines worth using for so many cells.
func (g *Grower) workers(cells int) int {
	if g.Serial || cells < parallelCells {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// allocate takes a histogram from the free list.
func (g *Grower) allocate() histogram {
	if n := len(g.free); n > 0 {
		h := g.free[n-1]
		g.free = g.free[:n-1]
		return h
	}
	return make(histogram, len(g.bins.columns)*stride)
}

// release gives a histogram back.
func (g *Grower) release(h histogram) {
	if h != nil {
		g.free = append(g.free, h)
	}
}
