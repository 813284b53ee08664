package tree

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// testFields are three numbers, a category of 40 levels, and a name that LightGBM would not take.
func testFields() []model.Field {
	levels := make([]string, 40)
	for i := range levels {
		levels[i] = string(rune('A' + i))
	}
	return []model.Field{
		{Name: "days"}, {Name: "meetings made"}, {Name: "meetings:made"}, {Name: "channel", Levels: levels}, {Name: "age"},
	}
}

// randomTree makes a tree of the given number of splits; leaf values come from value.
func randomTree(rng *rand.Rand, fields []model.Field, splits int, value func() float64) Tree {
	t := Tree{Shrinkage: 0.1}
	// open are the places that still end in a leaf.
	type place struct {
		node  int
		right bool
	}
	open := []place{{-1, false}}
	hang := func(p place, child int32) {
		switch {
		case p.node < 0:
		case p.right:
			t.Nodes[p.node].Right = child
		default:
			t.Nodes[p.node].Left = child
		}
	}
	for i := range splits {
		k := rng.IntN(len(open))
		hang(open[k], int32(i))
		t.Nodes = append(t.Nodes, randomNode(rng, fields))
		open[k] = place{i, false}
		open = append(open, place{i, true})
	}
	for k, p := range open {
		hang(p, int32(^k))
		t.Leaves = append(t.Leaves, Leaf{Value: value(), Weight: rng.Float64(), Count: int64(1 + rng.IntN(50))})
	}
	return t
}

func randomNode(rng *rand.Rand, fields []model.Field) Node {
	n := Node{
		Column: rng.IntN(len(fields)),
		Gain:   rng.ExpFloat64(), Value: rng.NormFloat64(), Weight: rng.Float64(), Count: rng.Int64N(1000),
	}
	if fields[n.Column].Category() {
		n.Categories = []uint32{rng.Uint32(), rng.Uint32()}[:1+rng.IntN(2)]
		return n
	}
	n.Threshold, n.Missing, n.DefaultLeft = rng.NormFloat64(), Missing(rng.IntN(3)), rng.IntN(2) == 0
	return n
}

// randomRow has a missing value in one place of five, and a zero in one of five.
func randomRow(rng *rand.Rand, fields []model.Field) []float32 {
	row := make([]float32, len(fields))
	for j, f := range fields {
		row[j] = float32(rng.NormFloat64())
		if f.Category() {
			row[j] = float32(rng.IntN(len(f.Levels)))
		}
		switch rng.IntN(5) {
		case 0:
			row[j] = float32(math.NaN())
		case 1:
			row[j] = 0
		}
	}
	return row
}

func randomEnsemble(tb testing.TB, seed uint64, objective Objective, trees, splits int) *Ensemble {
	tb.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	value := rng.NormFloat64
	if objective == MeanProbability {
		value = rng.Float64
	}
	list := make([]Tree, trees)
	for i := range list {
		list[i] = randomTree(rng, testFields(), splits, value)
	}
	e, err := New(testFields(), objective, list)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}
