// Package gbdt is gradient boosting of the log loss with shallow trees: the family that finds thresholds and interactions.
package gbdt

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Params steer boosting. Start from Defaults.
type Params struct {
	// Rounds is the most trees. Fewer are kept where the newest rows stop gaining.
	Rounds int
	// Rate shrinks each tree.
	Rate float64
	// MaxLeaves and MaxDepth bound a tree. Small tables overfit with more.
	MaxLeaves, MaxDepth int
	// MinLeaf is the least number of rows in a leaf.
	MinLeaf int
	// L2 is added to the sum of second derivatives in a leaf.
	L2 float64
	// ColumnShare is the share of columns that each tree may ask.
	ColumnShare float64
	// HoldOut is the share of the newest rows that decide the number of rounds; 0 keeps all rounds.
	HoldOut float64
	// Patience is how many rounds without a gain end the search.
	Patience int
	// Seed draws the columns.
	Seed uint64
}

// Defaults suit thousands of users rather than millions: shallow trees, a low rate, early stopping.
func Defaults() Params {
	return Params{
		Rounds: 500, Rate: 0.06, MaxLeaves: 8, MaxDepth: 4, MinLeaf: 20, L2: 3, ColumnShare: 0.5,
		HoldOut: 0.2, Patience: 40, Seed: 1,
	}
}

// Validate reports the first field out of bounds.
func (p Params) Validate() error {
	switch {
	case p.Rounds < 1:
		return fmt.Errorf("gbdt: rounds is %d; it must be at least 1", p.Rounds)
	case !(p.Rate > 0 && p.Rate <= 1):
		return fmt.Errorf("gbdt: rate is %v; it must be above 0 and at most 1", p.Rate)
	case p.MaxLeaves < 2:
		return fmt.Errorf("gbdt: max leaves is %d; it must be at least 2", p.MaxLeaves)
	case p.MaxDepth < 0:
		return fmt.Errorf("gbdt: max depth is %d; it cannot be negative", p.MaxDepth)
	case p.MinLeaf < 1:
		return fmt.Errorf("gbdt: min leaf is %d; it must be at least 1", p.MinLeaf)
	case !(p.L2 >= 0):
		return fmt.Errorf("gbdt: L2 is %v; it cannot be negative", p.L2)
	case !(p.ColumnShare > 0 && p.ColumnShare <= 1):
		return fmt.Errorf("gbdt: column share is %v; it must be above 0 and at most 1", p.ColumnShare)
	case !(p.HoldOut >= 0 && p.HoldOut < 1):
		return fmt.Errorf("gbdt: hold-out is %v; it must be at least 0 and below 1", p.HoldOut)
	case p.Patience < 1:
		return fmt.Errorf("gbdt: patience is %d; it must be at least 1", p.Patience)
	}
	return nil
}

// Classifier is the family gbdt.
type Classifier struct {
	Params Params
}

// New makes the classifier.
func New(p Params) *Classifier { return &Classifier{Params: p} }

// Family is gbdt.
func (*Classifier) Family() string { return "gbdt" }

// Fit boosts on the older rows until the newest gain no more, and then boosts on all rows for as many rounds.
func (c *Classifier) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	if err := c.Params.Validate(); err != nil {
		return nil, err
	}
	b, err := newBooster(c.Params, d)
	if err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	rounds := c.Params.Rounds
	if older, newer, ok := c.holdOut(d); ok {
		b, err := newBooster(c.Params, older)
		if err != nil {
			return nil, fmt.Errorf("gbdt: older rows: %w", err)
		}
		if rounds, err = b.search(ctx, newer); err != nil {
			return nil, fmt.Errorf("gbdt: %w", err)
		}
	}
	for range rounds {
		if err := b.round(ctx); err != nil {
			return nil, fmt.Errorf("gbdt: %w", err)
		}
	}
	return b.ensemble(d.X.Fields())
}

// leastHeld is the least number of rows of each class on which a search for the number of rounds means anything.
const leastHeld = 10

func (c *Classifier) holdOut(d model.Data) (older, newer model.Data, ok bool) {
	n := d.X.Rows()
	cut := n - int(float64(n)*c.Params.HoldOut)
	if cut == n {
		return d, d, false
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	older, newer = d.Take(rows[:cut]), d.Take(rows[cut:])
	return older, newer, bothClasses(older) && bothClasses(newer)
}

func bothClasses(d model.Data) bool {
	var rows [2]int
	for i, y := range d.Y {
		if d.W != nil && d.W[i] == 0 {
			continue
		}
		if y {
			rows[1]++
		} else {
			rows[0]++
		}
	}
	return min(rows[0], rows[1]) >= leastHeld
}

// booster is a boosting under way.
type booster struct {
	params  Params
	data    model.Data
	grower  *hist.Grower
	rows    []hist.Row
	weights []float64
	scores  []float64
	start   float64
	trees   []tree.Tree
	draw    *rand.Rand
}

func newBooster(p Params, d model.Data) (*booster, error) {
	weights, base, err := hist.Weights(d)
	if err != nil {
		return nil, err
	}
	n := len(weights)
	b := &booster{params: p, data: d, weights: weights, start: model.LogOdds(base), draw: rand.New(rand.NewPCG(p.Seed, 0x67626474))}
	b.rows, b.scores = make([]hist.Row, n), make([]float64, n)
	for i := range b.scores {
		b.scores[i] = b.start
	}
	b.grower = hist.NewGrower(hist.Bin(d.X), hist.Limits{
		MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, MinLeafRows: p.MinLeaf, MinHessian: 1e-3,
		L2: p.L2, CategorySmooth: 10, CategoryL2: 10, MinCategoryRows: 5,
	})
	return b, nil
}

// round adds one tree.
func (b *booster) round(ctx context.Context) error {
	for i, s := range b.scores {
		p, w := model.Sigmoid(s), b.weights[i]
		y := 0.0
		if b.data.Y[i] {
			y = 1
		}
		b.rows[i] = hist.Row{Gradient: w * (p - y), Hessian: w * p * (1 - p), Count: 1}
		if w == 0 {
			b.rows[i].Count = 0
		}
	}
	b.grower.Use(b.columns())
	t, err := b.grower.Grow(ctx, b.rows)
	if err != nil {
		return err
	}
	t.SetLeaves(b.rows, func(g, h float64) float64 { return -b.params.Rate * g / (h + b.params.L2) })
	for k, members := range t.Members {
		for _, i := range members {
			b.scores[i] += t.Leaves[k].Value
		}
	}
	t.Shrinkage = b.params.Rate
	b.trees = append(b.trees, t.Tree)
	return nil
}

// columns draws the columns of one tree, in the order of the table; nil where all may be asked.
func (b *booster) columns() []int {
	n := len(b.data.X.Columns)
	take := max(1, int(math.Round(float64(n)*b.params.ColumnShare)))
	if take == n {
		return nil
	}
	columns := b.draw.Perm(n)[:take]
	slices.Sort(columns)
	return columns
}

// search boosts until the log loss of the newer rows has not fallen for a while, and gives the best number of rounds.
func (b *booster) search(ctx context.Context, newer model.Data) (int, error) {
	scores := make([]float64, newer.X.Rows())
	for i := range scores {
		scores[i] = b.start
	}
	best, least := 1, math.Inf(1)
	fields := newer.X.Fields()
	added := make([]float64, len(scores))
	for r := 1; r <= b.params.Rounds && r-best <= b.params.Patience; r++ {
		if err := b.round(ctx); err != nil {
			return 0, err
		}
		one, err := tree.New(fields, tree.LogOdds, b.trees[r-1:])
		if err != nil {
			return 0, err
		}
		one.ScoreAll(added, newer.X)
		for i, v := range added {
			scores[i] += v
		}
		if loss := logLoss(scores, newer); loss < least {
			best, least = r, loss
		}
	}
	return best, nil
}

func logLoss(scores []float64, d model.Data) float64 {
	sum := 0.0
	for i, s := range scores {
		w := 1.0
		if d.W != nil {
			w = d.W[i]
		}
		if d.Y[i] {
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
