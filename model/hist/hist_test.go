package hist

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

var nan = float32(math.NaN())

// randomMatrix has two numbers with missing values and ties, one without, and a category of six levels with missing values.
func randomMatrix(rng *rand.Rand, rows int) *model.Matrix {
	x := &model.Matrix{Columns: []model.Column{
		{Field: model.Field{Name: "a"}},
		{Field: model.Field{Name: "b"}},
		{Field: model.Field{Name: "c"}},
		{Field: model.Field{Name: "d", Levels: []string{"p", "q", "r", "s", "t", "u"}}},
	}}
	for range rows {
		row := []float32{float32(rng.IntN(5)), float32(rng.NormFloat64()), float32(rng.IntN(30)), float32(rng.IntN(6))}
		for _, j := range []int{0, 1, 3} {
			if rng.IntN(6) == 0 {
				row[j] = nan
			}
		}
		for j, v := range row {
			x.Columns[j].Values = append(x.Columns[j].Values, v)
		}
	}
	return x
}

func randomRows(rng *rand.Rand, n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{Gradient: rng.NormFloat64(), Hessian: 0.05 + rng.Float64(), Count: 1}
	}
	return rows
}

// gainOf is the gain of sending the rows for which left holds left, worked out row by row; 0 where a limit forbids it.
func gainOf(rows []Row, left func(i int) bool, l Limits, extra float64) float64 {
	var g, h [2]float64
	var n [2]int
	for i, r := range rows {
		side := 1
		if left(i) {
			side = 0
		}
		g[side], h[side], n[side] = g[side]+r.Gradient, h[side]+r.Hessian, n[side]+r.Count
	}
	if min(n[0], n[1]) < max(l.MinLeafRows, 1) || min(h[0], h[1]) < l.MinHessian {
		return 0
	}
	all := (g[0] + g[1]) * (g[0] + g[1]) / (h[0] + h[1] + l.L2)
	return g[0]*g[0]/(h[0]+l.L2+extra) + g[1]*g[1]/(h[1]+l.L2+extra) - all
}

// bestByForce tries every threshold of every number both ways for missing, and every subset of levels.
func bestByForce(x *model.Matrix, rows []Row, l Limits) float64 {
	var best float64
	for _, c := range x.Columns {
		if c.Category() {
			for set := range 1 << len(c.Levels) {
				best = max(best, gainOf(rows, func(i int) bool {
					v := c.Values[i]
					return v == v && set>>int(v)&1 == 1
				}, l, l.CategoryL2))
			}
			continue
		}
		for _, threshold := range c.Values {
			for _, missingLeft := range []bool{false, true} {
				best = max(best, gainOf(rows, func(i int) bool {
					v := c.Values[i]
					return v <= threshold || v != v && missingLeft
				}, l, 0))
			}
		}
	}
	return best
}

func TestFirstSplitIsTheBestOfAll(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		x, rows := randomMatrix(rng, 60), randomRows(rng, 60)
		// Fisher's order is optimal over subsets only without smoothing and with one L2; see split.category.
		limits := Limits{MaxLeaves: 2, MinLeafRows: 1 + int(seed%7), MinHessian: float64(seed%3) / 2}
		if seed%2 == 0 {
			x.Columns, limits.L2 = x.Columns[:3], 1.5
		} else if seed%4 == 1 {
			x.Columns = x.Columns[3:]
		}
		want := bestByForce(x, rows, limits)
		grown, err := NewGrower(Bin(x), limits).Grow(context.Background(), Rows(rows))
		if err != nil {
			t.Fatal(err)
		}
		var got float64
		if len(grown.Nodes) > 0 {
			got = grown.Nodes[0].Gain
		}
		if math.Abs(got-want) > 1e-9*max(1, want) {
			t.Errorf("seed %d: gain %v, the best by force is %v", seed, got, want)
		}
	}
}

// Every row must fall where the tree says, by bins, by values, and by the lists of members, and the counts must be theirs.
func TestRowsFallWhereTheTreeSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x, rows := randomMatrix(rng, 500), randomRows(rng, 500)
	rows[7].Count, rows[8].Count = 0, 3
	grown, err := NewGrower(Bin(x), Limits{MaxLeaves: 20, MinLeafRows: 4, L2: 1}).Grow(context.Background(), Rows(rows))
	if err != nil {
		t.Fatal(err)
	}
	if len(grown.Leaves) != 20 {
		t.Fatalf("%d leaves, want 20", len(grown.Leaves))
	}
	for k := range grown.Leaves {
		grown.Leaves[k].Value = float64(k)
	}
	e, err := tree.New(x.Fields(), tree.LogOdds, []tree.Tree{grown.Tree})
	if err != nil {
		t.Fatal(err)
	}
	place := make([]int, len(rows))
	place[7] = grown.Leaf(7)
	for k, members := range grown.Members {
		count := 0
		for _, i := range members {
			place[i] = k
			count += rows[i].Count
		}
		if int64(count) != grown.Leaves[k].Count || count < 4 || !slices.IsSorted(members) {
			t.Errorf("leaf %d: %d rows, it says %d", k, count, grown.Leaves[k].Count)
		}
	}
	for i := range rows {
		if k := grown.Leaf(i); k != place[i] || float64(k) != e.Score(x.Row(nil, i)) {
			t.Fatalf("row %d: leaf %d by bins, %v by values, member of %d", i, k, e.Score(x.Row(nil, i)), place[i])
		}
	}
}

// Summing both children and subtracting one from the parent must give the same tree, and so must one goroutine and several.
func TestSubtractionIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	x, rows := randomMatrix(rng, 30_000), randomRows(rng, 30_000)
	bins, limits := Bin(x), Limits{MaxLeaves: 40, MinLeafRows: 10, L2: 1, CategorySmooth: 5}
	grow := func(g *Grower) tree.Tree {
		t.Helper()
		grown, err := g.Grow(context.Background(), Rows(rows))
		if err != nil {
			t.Fatal(err)
		}
		grown.SetLeaves(rows, func(g, h float64) float64 { return -g / (h + 1) })
		return grown.Tree
	}
	want := grow(NewGrower(bins, limits))
	direct := NewGrower(bins, limits)
	direct.Columns = func() []int { return []int{0, 1, 2, 3} }
	serial := NewGrower(bins, limits)
	serial.Serial = true
	grow(serial)
	for name, g := range map[string]*Grower{"without subtraction": direct, "serial, second tree": serial} {
		if diff := cmp.Diff(want, grow(g)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSetLeavesUsesExactSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	x, rows := randomMatrix(rng, 300), randomRows(rng, 300)
	grown, err := NewGrower(Bin(x), Limits{MaxLeaves: 5, MinLeafRows: 20}).Grow(context.Background(), Rows(rows))
	if err != nil {
		t.Fatal(err)
	}
	grown.SetLeaves(rows, func(g, _ float64) float64 { return g })
	var all float64
	for _, r := range rows {
		all += r.Gradient
	}
	if diff := cmp.Diff(all, grown.Nodes[0].Value, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error("the root is not the sum of all rows", diff)
	}
	for k, members := range grown.Members {
		var g float64
		for _, i := range members {
			g += rows[i].Gradient
		}
		if g != grown.Leaves[k].Value {
			t.Errorf("leaf %d: %v, its rows sum to %v", k, grown.Leaves[k].Value, g)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	x, rows := randomMatrix(rng, 2000), randomRows(rng, 2000)
	for _, l := range []Limits{
		{MaxLeaves: 7}, {MaxDepth: 3}, {MinLeafRows: 150}, {MinHessian: 90}, {MinGain: 4}, {MaxDepth: 2, MaxLeaves: 3},
	} {
		grown, err := NewGrower(Bin(x), l).Grow(context.Background(), Rows(rows))
		if err != nil {
			t.Fatal(err)
		}
		e, err := tree.New(x.Fields(), tree.LogOdds, []tree.Tree{grown.Tree})
		if err != nil {
			t.Fatal(err)
		}
		if len(grown.Nodes) == 0 || l.MaxLeaves > 0 && len(grown.Leaves) > l.MaxLeaves || l.MaxDepth > 0 && e.Depth() > l.MaxDepth {
			t.Errorf("%+v: %d leaves, depth %d", l, len(grown.Leaves), e.Depth())
		}
		for _, f := range grown.Leaves {
			if f.Count < int64(l.MinLeafRows) || f.Weight < l.MinHessian {
				t.Errorf("%+v: a leaf of %d rows, hessian %v", l, f.Count, f.Weight)
			}
		}
		for _, n := range grown.Nodes {
			if n.Gain <= l.MinGain {
				t.Errorf("%+v: a split of gain %v", l, n.Gain)
			}
		}
	}
}

func TestGrowEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	rng := rand.New(rand.NewPCG(3, 3))
	if _, err := NewGrower(Bin(randomMatrix(rng, 50)), Limits{}).Grow(ctx, Rows(randomRows(rng, 50))); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// Where no value was missing in training, a missing one later goes with the greater part of the rows.
func TestNewlyMissingFollowsTheMajority(t *testing.T) {
	for _, few := range []float32{1, 3} {
		for _, levels := range [][]string{nil, {"a", "b", "c", "d"}} {
			for _, gradient := range []float64{1, -1} {
				newlyMissing(t, few, levels, gradient)
			}
		}
	}
}

// newlyMissing fits one split of 20 rows with value few from 80 with value 2, whose gradient is the opposite.
func newlyMissing(t *testing.T, few float32, levels []string, gradient float64) {
	t.Helper()
	values, rows := make([]float32, 100), make([]Row, 100)
	for i := range values {
		values[i], rows[i] = 2, Row{Gradient: gradient, Hessian: 1, Count: 1}
		if i < 20 {
			values[i], rows[i].Gradient = few, -gradient
		}
	}
	x := &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: "x", Levels: levels}, Values: values}}}
	grown, err := NewGrower(Bin(x), Limits{MaxLeaves: 2}).Grow(context.Background(), Rows(rows))
	if err != nil {
		t.Fatal(err)
	}
	grown.SetLeaves(rows, func(g, _ float64) float64 { return g })
	e, err := tree.New(x.Fields(), tree.LogOdds, []tree.Tree{grown.Tree})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Score([]float32{nan}); got != 80*gradient {
		t.Errorf("few at %v, levels %v: a missing value reaches the leaf of sum %v, want %v", few, levels, got, 80*gradient)
	}
}

// Without smoothing the level with one steep row is sent left first; smoothing prefers the level with many.
func TestSmoothingDistrustsRareLevels(t *testing.T) {
	values, rows := make([]float32, 0, 141), make([]Row, 0, 141)
	add := func(n int, level float32, gradient float64) {
		for range n {
			values, rows = append(values, level), append(rows, Row{Gradient: gradient, Hessian: 1, Count: 1})
		}
	}
	add(40, 0, -1)
	add(1, 1, -1.5)
	add(100, 2, 0.4)
	x := &model.Matrix{Columns: []model.Column{{Field: model.Field{Levels: []string{"many", "rare", "rest"}}, Values: values}}}
	for _, c := range []struct {
		smooth float64
		first  uint32
	}{{0, 1}, {10, 0}} {
		source := Rows(rows)
		f := newSearch(&Limits{MinLeafRows: 1, CategorySmooth: c.smooth}, fineScale(&source), cell{})
		h := make([]cell, MaxBins)
		bins := Bin(x)
		for i := range rows {
			h[bins.at(0, i)].add(f.scale.cell(&rows[i]))
		}
		if got := f.order(&bins.columns[0], h); bins.columns[0].levels[got[0]] != c.first {
			t.Errorf("smoothing %v: level %d comes first", c.smooth, bins.columns[0].levels[got[0]])
		}
	}
}
