// Package gbdt is gradient boosting of the log loss with shallow trees: the family that finds thresholds and interactions.
package gbdt

import (
	"context"
	"fmt"
	"runtime"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
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
	// Monotone names columns in which the score may only rise (1) or only fall (-1), all else equal.
	Monotone map[string]int
	// Together lists sets of columns, by name, that may act together; a column in no set acts alone. Nil leaves all free.
	Together [][]string
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
	if _, _, err := hist.Weights(d); err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	fields := d.X.Fields()
	if err := c.Params.constrain(&hist.Limits{}, fields); err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	all := table{bins: hist.Bin(d.X), y: d.Y, w: d.W}
	d.X = nil
	if len(all.y)*len(fields) > manyValues {
		// The numbers are no longer needed. Where the caller does not keep them, what comes next may lie in their place.
		runtime.GC()
	}
	rounds := c.Params.Rounds
	if older, newer, ok := c.holdOut(all); ok {
		b, err := newBooster(c.Params, older)
		if err != nil {
			return nil, fmt.Errorf("gbdt: older rows: %w", err)
		}
		if rounds, err = b.search(ctx, newer); err != nil {
			return nil, fmt.Errorf("gbdt: %w", err)
		}
	}
	b, err := newBooster(c.Params, all)
	if err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	for range rounds {
		if _, err := b.round(ctx); err != nil {
			return nil, fmt.Errorf("gbdt: %w", err)
		}
	}
	return b.ensemble(fields)
}

// manyValues is from how many values on their memory is worth a garbage collection.
const manyValues = 10_000_000

// table is a binned table with its labels; w is nil where every row weighs 1.
type table struct {
	bins *hist.Bins
	y    []bool
	w    []float64
}

func (t table) part(from, to int) table {
	out := table{bins: t.bins.Part(from, to), y: t.y[from:to]}
	if t.w != nil {
		out.w = t.w[from:to]
	}
	return out
}

// leastHeld is the least number of rows of each class on which a search for the number of rounds means anything.
const leastHeld = 10

func (c *Classifier) holdOut(t table) (older, newer table, ok bool) {
	n := len(t.y)
	cut := n - int(float64(n)*c.Params.HoldOut)
	if cut == n {
		return t, t, false
	}
	older, newer = t.part(0, cut), t.part(cut, n)
	return older, newer, older.bothClasses() && newer.bothClasses()
}

func (t table) bothClasses() bool {
	var rows [2]int
	for i, y := range t.y {
		if t.w != nil && t.w[i] == 0 {
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
