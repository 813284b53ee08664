package tree

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// stump is one split over one column, 1 on the left and -1 on the right.
func stump(n Node) []Tree {
	n.Left, n.Right = ^int32(0), ^int32(1)
	return []Tree{{Nodes: []Node{n}, Leaves: []Leaf{{Value: 1, Count: 3}, {Value: -1, Count: 1}}}}
}

// The table is LightGBM's Tree::NumericalDecision and Tree::CategoricalDecision (version 4), case by case.
func TestDecisionIsLightGBMs(t *testing.T) {
	nan := math.NaN()
	set := []uint32{1 << 3, 1 << 1} // codes 3 and 33
	for _, c := range []struct {
		name string
		node Node
		v    float64
		left bool
	}{
		{"at the threshold", Node{Threshold: 2}, 2, true},
		{"above the threshold", Node{Threshold: 2}, 2.001, false},
		{"none: NaN is 0, left of 2", Node{Threshold: 2}, nan, true},
		{"none: NaN is 0, right of -2", Node{Threshold: -2, DefaultLeft: true}, nan, false},
		{"zero: 0 goes the default way", Node{Threshold: -2, Missing: MissingZero, DefaultLeft: true}, 0, true},
		{"zero: a tiny value is 0", Node{Threshold: -2, Missing: MissingZero, DefaultLeft: true}, 1e-36, true},
		{"zero: a small value is not", Node{Threshold: -2, Missing: MissingZero, DefaultLeft: true}, 1e-30, false},
		{"zero: NaN is 0", Node{Threshold: 2, Missing: MissingZero}, nan, false},
		{"nan: NaN goes left", Node{Threshold: -2, Missing: MissingNaN, DefaultLeft: true}, nan, true},
		{"nan: NaN goes right", Node{Threshold: 2, Missing: MissingNaN}, nan, false},
		{"nan: 0 is a value", Node{Threshold: 2, Missing: MissingNaN}, 0, true},
		{"category in the first word", Node{Categories: set}, 3, true},
		{"category in the second word", Node{Categories: set}, 33, true},
		{"category not in the set", Node{Categories: set}, 4, false},
		{"category beyond the set", Node{Categories: set}, 64, false},
		{"category far beyond", Node{Categories: set}, 1e30, false},
		{"negative category", Node{Categories: set}, -1, false},
		{"missing category", Node{Categories: set, DefaultLeft: true, Missing: MissingNaN}, nan, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := New([]model.Field{{Name: "x"}}, LogOdds, stump(c.node))
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Score([]float32{float32(c.v)}) == 1; got != c.left {
				t.Errorf("%v goes left: %v, want %v", c.v, got, c.left)
			}
		})
	}
}

// The slow score follows the trees as they were given.
func slowScore(e *Ensemble, row []float32) float64 {
	var sum float64
	for _, t := range e.Trees() {
		at := int32(0)
		if len(t.Nodes) == 0 {
			at = ^at
		}
		for at >= 0 {
			n := t.Nodes[at]
			one, err := New(e.Fields(), LogOdds, stump(n))
			if err != nil {
				panic(err)
			}
			if at = n.Right; one.Score(row) == 1 {
				at = n.Left
			}
		}
		sum += t.Leaves[^at].Value
	}
	switch n := float64(len(e.Trees())); e.Objective() {
	case MeanProbability:
		return math.Log(sum / n / (1 - sum/n))
	case MeanLogOdds:
		return sum / n
	}
	return sum
}

func TestScoreAllIsScoreIsTheTrees(t *testing.T) {
	for _, objective := range []Objective{LogOdds, MeanProbability, MeanLogOdds} {
		for splits := range 9 {
			e := randomEnsemble(t, uint64(splits), objective, 5, splits)
			rng := rand.New(rand.NewPCG(uint64(splits), 1))
			x := &model.Matrix{}
			for _, f := range e.Fields() {
				x.Columns = append(x.Columns, model.Column{Field: f})
			}
			for range 600 {
				for j, v := range randomRow(rng, e.Fields()) {
					x.Columns[j].Values = append(x.Columns[j].Values, v)
				}
			}
			all := model.Scores(e, x)
			for i, got := range all {
				row := x.Row(nil, i)
				if one := e.Score(row); math.Float64bits(one) != math.Float64bits(got) {
					t.Fatalf("%d, row %d: Score %v, ScoreAll %v", objective, i, one, got)
				}
				if want := slowScore(e, row); math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
					t.Fatalf("%d, %d splits, row %d: score %v, the trees say %v", objective, splits, i, got, want)
				}
			}
		}
	}
}

func TestNewRefusesBrokenTrees(t *testing.T) {
	good := func() Tree {
		return Tree{
			Nodes:  []Node{{Left: 1, Right: ^0}, {Left: ^1, Right: ^2}},
			Leaves: []Leaf{{Count: 1}, {Count: 1}, {Count: 1}},
		}
	}
	chain := Tree{Leaves: []Leaf{{}}}
	for i := range int32(600) {
		chain.Nodes = append(chain.Nodes, Node{Left: ^i, Right: i + 1})
		chain.Leaves = append(chain.Leaves, Leaf{})
	}
	chain.Nodes[599].Right = ^600
	for _, c := range []struct {
		want  string
		spoil func(*Tree)
	}{
		{"need 3", func(t *Tree) { t.Leaves = t.Leaves[:2] }},
		{"column 1", func(t *Tree) { t.Nodes[1].Column = 1 }},
		{"column -1", func(t *Tree) { t.Nodes[0].Column = -1 }},
		{"not a number", func(t *Tree) { t.Nodes[0].Threshold = math.NaN() }},
		{"missing type", func(t *Tree) { t.Nodes[0].Missing = 3 }},
		{"category set is empty", func(t *Tree) { t.Nodes[0].Categories = []uint32{} }},
		{"not a finite number", func(t *Tree) { t.Leaves[1].Value = math.Inf(-1) }},
		{"rows are outside", func(t *Tree) { t.Leaves[1].Count = -1 }},
		{"does not exist", func(t *Tree) { t.Nodes[1].Left = 2 }},
		{"does not exist", func(t *Tree) { t.Nodes[1].Left = ^3 }},
		{"reached twice", func(t *Tree) { t.Nodes[1].Left = 0 }},
		{"reached twice", func(t *Tree) { t.Nodes[1].Left = ^0 }},
		{"reached", func(t *Tree) { t.Nodes[0].Left, t.Nodes[1].Left = ^1, 1 }},
		{"deeper than", func(t *Tree) { *t = chain }},
	} {
		broken := good()
		c.spoil(&broken)
		_, err := New([]model.Field{{Name: "x"}}, LogOdds, []Tree{good(), broken})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "tree 1") {
			t.Errorf("error %v, want one of tree 1 with %q", err, c.want)
		}
	}
	if _, err := New(nil, LogOdds, nil); err == nil {
		t.Error("an ensemble without trees is no error")
	}
	if _, err := New(nil, 9, []Tree{{Leaves: []Leaf{{}}}}); err == nil {
		t.Error("an unknown objective is no error")
	}
}
