package tree

import (
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// That compiled trees give the scores of Score is shown by running them, in internal/scorer; here is what they look like.
func TestConditions(t *testing.T) {
	fields := []model.Field{{Name: "n"}, {Name: "c", Levels: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}}}
	for _, tt := range []struct {
		name        string
		node        Node
		left, right string
	}{
		{"missing goes right", Node{Threshold: 2.5, Missing: MissingNaN}, "n <= 2.5000001192092896e0", "n > 2.5000001192092896e0 OR n IS NULL"},
		{"missing goes left", Node{Threshold: 2.5, Missing: MissingNaN, DefaultLeft: true}, "n <= 2.5000001192092896e0 OR n IS NULL", "n > 2.5000001192092896e0"},
		{"missing is 0, which goes left", Node{Threshold: 0.5}, "n <= 0.5000000298023224e0 OR n IS NULL", "n > 0.5000000298023224e0"},
		{
			"missing is 0, which goes right",
			Node{Threshold: -0.5, DefaultLeft: true},
			"n <= -0.4999999850988388e0", "n > -0.4999999850988388e0 OR n IS NULL",
		},
		{"only missing goes right", Node{Threshold: math.MaxFloat32, Missing: MissingNaN}, "n IS NOT NULL", "n IS NULL"},
		{"only missing goes left", Node{Threshold: math.Inf(-1), Missing: MissingNaN, DefaultLeft: true}, "n IS NULL", "n IS NOT NULL"},
		{"all go left", Node{Threshold: math.Inf(1), Missing: MissingNaN, DefaultLeft: true}, always, "FALSE"},
		{"all go right", Node{Threshold: math.Inf(-1), Missing: MissingNaN}, "FALSE", always},
		{"a few levels", Node{Column: 1, Categories: []uint32{0b101}}, "c IN (0,2)", "c NOT IN (0,2) OR c IS NULL"},
		{"all but a few", Node{Column: 1, Categories: []uint32{0b1111111101}}, "c NOT IN (1)", "c IN (1) OR c IS NULL"},
		{"many levels", Node{Column: 1, Categories: []uint32{0b10111}}, "((23 >> c) & 1) = 1", "((23 >> c) & 1) = 0 OR c IS NULL"},
		{"every level", Node{Column: 1, Categories: []uint32{1<<10 - 1}}, "c IS NOT NULL", "c IS NULL"},
		{"no level there is", Node{Column: 1, Categories: []uint32{0, 1}}, "FALSE", always},
	} {
		w := sqlWriter{fields: fields, columns: []string{"n", "c"}}
		if left, right := w.conditions(&tt.node); left != tt.left || right != tt.right {
			t.Errorf("%s: left %q, right %q, want %q and %q", tt.name, left, right, tt.left, tt.right)
		}
	}
}

func TestSQLNestsShallowly(t *testing.T) {
	// One branch of 500 splits: a CASE of 500 lines, not one in another.
	long := Tree{}
	for i := range 500 {
		long.Nodes = append(long.Nodes, Node{Threshold: float64(i), Missing: MissingNaN, Left: ^int32(i), Right: int32(i + 1)})
		long.Leaves = append(long.Leaves, Leaf{Value: float64(i), Count: 1})
	}
	long.Nodes[499].Right = ^500
	long.Leaves = append(long.Leaves, Leaf{Value: 1, Count: 1})
	e, err := New([]model.Field{{Name: "n"}}, LogOdds, []Tree{long, {Leaves: []Leaf{{Value: -2}}}})
	if err != nil {
		t.Fatal(err)
	}
	addends, err := e.SQLAddends(features.GoogleSQL{}, []string{"n"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(addends[0], "CASE") != 1 || strings.Count(addends[0], "WHEN") != 500 {
		t.Errorf("the long branch is\n%.300s", addends[0])
	}
	if addends[1] != "-2e0" {
		t.Errorf("the tree of one leaf is %s", addends[1])
	}
	for seed := range uint64(20) {
		addends, err := randomEnsemble(t, seed, LogOdds, 10, 60).SQLAddends(features.DuckDB{}, []string{"a", "b", "c", "d", "e"})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addends {
			if deepest := nesting(a); deepest > 6 {
				t.Errorf("a tree of 61 leaves nests %d deep, want at most log2: 6\n%s", deepest, a)
			}
		}
	}
}

func nesting(sql string) (deepest int) {
	depth := 0
	for _, word := range strings.Fields(sql) {
		switch word {
		case "CASE":
			depth++
		case "END":
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

func TestSQLScore(t *testing.T) {
	for objective, want := range map[Objective]string{
		LogOdds:     "total",
		MeanLogOdds: "(total / 3e0)",
		MeanProbability: "LN(LEAST(0.999999e0, GREATEST(1e-06, (total / 3e0))) / " +
			"(1e0 - LEAST(0.999999e0, GREATEST(1e-06, (total / 3e0)))))",
	} {
		if got := randomEnsemble(t, 1, objective, 3, 2).SQLScore("total"); got != want {
			t.Errorf("objective %d: %s, want %s", objective, got, want)
		}
	}
}
