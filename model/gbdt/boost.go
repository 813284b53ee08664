package gbdt

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// booster is a boosting under way.
type booster struct {
	params Params
	table  table
	grower *hist.Grower
	bound  hist.Row
	counts int
	scores []float64
	start  float64
	trees  []tree.Tree
	draw   *rand.Rand
}

func newBooster(p Params, t table) (*booster, error) {
	limits := hist.Limits{
		MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, MinLeafRows: p.MinLeaf, MinHessian: 1e-3,
		L2: p.L2, CategorySmooth: 10, CategoryL2: 10, MinCategoryRows: 5,
	}
	if err := p.constrain(&limits, t.bins.Fields); err != nil {
		return nil, err
	}
	base, err := hist.BaseRate(t.y, t.w)
	if err != nil {
		return nil, err
	}
	b := &booster{
		params: p, table: t, start: model.LogOdds(base), counts: len(t.y),
		draw: rand.New(rand.NewPCG(p.Seed, 0x67626474)),
		// The gradient of the log loss is at most the weight, its second derivative a quarter of that.
		bound: hist.Row{Gradient: 1, Hessian: 0.25, Count: 1},
	}
	if t.w != nil {
		greatest := slices.Max(t.w)
		b.bound.Gradient, b.bound.Hessian = greatest, greatest/4
		for _, w := range t.w {
			if w == 0 {
				b.counts--
			}
		}
	}
	b.scores = constant(len(t.y), b.start)
	b.grower = hist.NewGrower(t.bins, limits)
	return b, nil
}

func constant(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// round adds one tree.
func (b *booster) round(ctx context.Context) (*hist.Grown, error) {
	b.grower.Use(b.columns())
	t, err := b.grower.Grow(ctx, hist.Source{Bound: b.bound, Counts: b.counts, Fill: b.gradients})
	if err != nil {
		return nil, err
	}
	t.SetValues(b.params.Rate)
	t.AddMembers(b.scores)
	b.trees = append(b.trees, t.Tree)
	return t, nil
}

// gradients are the first and second derivatives of the log loss by the score.
func (b *booster) gradients(dst []hist.Row, from int) {
	scores, y := b.scores[from:from+len(dst)], b.table.y[from:from+len(dst)]
	for k, s := range scores {
		p := model.Sigmoid(s)
		g := p
		if y[k] {
			g = p - 1
		}
		dst[k] = hist.Row{Gradient: g, Hessian: p * (1 - p), Count: 1}
	}
	if b.table.w == nil {
		return
	}
	for k, w := range b.table.w[from : from+len(dst)] {
		dst[k].Gradient *= w
		dst[k].Hessian *= w
		if w == 0 {
			dst[k].Count = 0
		}
	}
}

// columns draws the columns of one tree, in the order of the table; nil where all may be asked.
func (b *booster) columns() []int {
	n := len(b.table.bins.Fields)
	take := max(1, int(math.Round(float64(n)*b.params.ColumnShare)))
	if take == n {
		return nil
	}
	columns := b.draw.Perm(n)[:take]
	slices.Sort(columns)
	return columns
}

// search boosts until the log loss of the newer rows has not fallen for a while, and gives the best number of rounds.
func (b *booster) search(ctx context.Context, newer table) (int, error) {
	scores := constant(len(newer.y), b.start)
	best, least := 1, math.Inf(1)
	for r := 1; r <= b.params.Rounds && r-best <= b.params.Patience; r++ {
		t, err := b.round(ctx)
		if err != nil {
			return 0, err
		}
		t.AddAll(scores, newer.bins)
		if loss := logLoss(scores, newer); loss < least {
			best, least = r, loss
		}
	}
	return best, nil
}

func logLoss(scores []float64, t table) float64 {
	sum := 0.0
	for i, s := range scores {
		w := 1.0
		if t.w != nil {
			w = t.w[i]
		}
		if t.y[i] {
			s = -s
		}
		// log(1+e^s) without overflow.
		sum += w * (math.Max(s, 0) + math.Log1p(math.Exp(-math.Abs(s))))
	}
	return sum
}

// ensemble adds the starting score to the first tree, as LightGBM does.
func (b *booster) ensemble(fields []model.Field) (model.Predictor, error) {
	first := &b.trees[0]
	for k := range first.Leaves {
		first.Leaves[k].Value += b.start
	}
	for k := range first.Nodes {
		first.Nodes[k].Value += b.start
	}
	return tree.New(fields, tree.LogOdds, b.trees)
}
