// Package forest is a random forest with large leaves: the family that is hard to overfit and needs no tuning.
package forest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Params steer the forest. Start from Defaults.
type Params struct {
	// Trees is how many are averaged.
	Trees int
	// MaxLeaves and MaxDepth bound a tree; MaxDepth 0 means no bound.
	MaxLeaves, MaxDepth int
	// MinLeaf is the least number of drawn rows in a leaf.
	MinLeaf int
	// ColumnShare is the share of columns that a node may ask; 0 asks the square root of their number.
	ColumnShare float64
	// Prior is how many rows of the base rate are mixed into each leaf.
	Prior float64
	// Seed draws rows and columns.
	Seed uint64
}

// Defaults are 200 trees with leaves of at least 20 rows.
func Defaults() Params {
	return Params{Trees: 200, MaxLeaves: 256, MinLeaf: 20, Prior: 2, Seed: 1}
}

// Validate reports the first field out of bounds.
func (p Params) Validate() error {
	switch {
	case p.Trees < 1:
		return fmt.Errorf("forest: trees is %d; it must be at least 1", p.Trees)
	case p.MaxLeaves < 2:
		return fmt.Errorf("forest: max leaves is %d; it must be at least 2", p.MaxLeaves)
	case p.MaxDepth < 0:
		return fmt.Errorf("forest: max depth is %d; it cannot be negative", p.MaxDepth)
	case p.MinLeaf < 1:
		return fmt.Errorf("forest: min leaf is %d; it must be at least 1", p.MinLeaf)
	case !(p.ColumnShare >= 0 && p.ColumnShare <= 1):
		return fmt.Errorf("forest: column share is %v; it must be 0 to 1", p.ColumnShare)
	case !(p.Prior >= 0):
		return fmt.Errorf("forest: prior is %v; it cannot be negative", p.Prior)
	}
	return nil
}

// Classifier is the family forest.
type Classifier struct {
	Params Params
}

// New makes the classifier.
func New(p Params) *Classifier { return &Classifier{Params: p} }

// Family is forest.
func (*Classifier) Family() string { return "forest" }

// Fit grows the trees side by side, each from a draw of its own, so that the forest is the same on any number of processors.
func (c *Classifier) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	if err := c.Params.Validate(); err != nil {
		return nil, err
	}
	weights, base, err := hist.Weights(d)
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	bins := hist.Bin(d.X)
	trees := make([]tree.Tree, c.Params.Trees)
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, min(runtime.GOMAXPROCS(0), c.Params.Trees))
	for worker := range errs {
		wg.Go(func() {
			g := newGarden(c.Params, d.Y, weights, bins, base)
			for k := int(next.Add(1)) - 1; k < len(trees) && errs[worker] == nil; k = int(next.Add(1)) - 1 {
				trees[k], errs[worker] = g.tree(ctx, k)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("forest: %w", err)
		}
	}
	return tree.New(d.X.Fields(), tree.MeanProbability, trees)
}

// garden grows one tree after another with the same buffers.
type garden struct {
	params             Params
	y                  []bool
	weights            []float64
	base               float64
	grower             *hist.Grower
	rows               []hist.Row
	draw               *rand.Rand
	columnCount, width int
}

func newGarden(p Params, y []bool, weights []float64, bins *hist.Bins, base float64) *garden {
	limits := hist.Limits{
		MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, MinLeafRows: p.MinLeaf, MinGain: 1e-9, CategorySmooth: 10,
		MinCategoryRows: 5,
	}
	columns := len(bins.Fields)
	width := int(math.Ceil(math.Sqrt(float64(columns))))
	if p.ColumnShare > 0 {
		width = max(1, int(math.Round(p.ColumnShare*float64(columns))))
	}
	g := &garden{
		params: p, y: y, weights: weights, base: base,
		grower: hist.NewGrower(bins, limits), columnCount: columns, width: min(width, columns),
		rows: make([]hist.Row, len(y)),
	}
	g.grower.Columns, g.grower.Serial = g.columns, true
	return g
}

// tree grows tree k on a bootstrap draw of the rows: squared loss on the labels, whose leaf value is the mean.
func (g *garden) tree(ctx context.Context, k int) (tree.Tree, error) {
	g.draw = rand.New(rand.NewPCG(g.params.Seed, 0x666f72657374<<16|uint64(k)))
	clear(g.rows)
	for range len(g.rows) {
		g.rows[g.draw.IntN(len(g.rows))].Count++
	}
	for i := range g.rows {
		w := float64(g.rows[i].Count)
		if g.weights != nil {
			w *= g.weights[i]
		}
		g.rows[i].Hessian = w
		if g.y[i] {
			g.rows[i].Gradient = -w
		}
		if w == 0 {
			g.rows[i].Count = 0
		}
	}
	t, err := g.grower.Grow(ctx, hist.Rows(g.rows))
	if err != nil {
		return tree.Tree{}, err
	}
	t.SetLeaves(g.rows, func(gradient, hessian float64) float64 {
		return (g.params.Prior*g.base - gradient) / (g.params.Prior + hessian)
	})
	t.Shrinkage = 1
	return t.Tree, nil
}

// columns draws those that one node may ask.
func (g *garden) columns() []int {
	columns := g.draw.Perm(g.columnCount)[:g.width]
	slices.Sort(columns)
	return columns
}
