package tree

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// The quick form, of either width, must give what walking from node to node gives, to the bit: for every kind of split and of value.
func TestQuickFormIsTheWalk(t *testing.T) {
	for seed := range uint64(40) {
		for _, splits := range []int{0, 1, 5, 31, 32, 63, 64, 90} {
			e := nearZero(t, randomEnsemble(t, seed, Objective(seed%3), 7, splits))
			switch form := e.quickForm().(type) {
			case *pooled[uint32]:
				if splits > 31 {
					t.Fatalf("%d leaves in 32 bits", splits+1)
				}
			case *pooled[uint64]:
				if splits < 32 || splits > 63 {
					t.Fatalf("%d leaves in 64 bits", splits+1)
				}
			case nil:
				if splits < 64 {
					t.Fatalf("no quick form for %d leaves", splits+1)
				}
			default:
				t.Fatalf("%T", form)
			}
			quickIsWalk(t, e, rand.New(rand.NewPCG(seed, uint64(splits))))
		}
	}
}

// nearZero moves every fourth threshold to zero or next to it, where it matters whether tiny numbers are taken for zeros.
func nearZero(t *testing.T, e *Ensemble) *Ensemble {
	t.Helper()
	trees := e.Trees()
	for k := range trees {
		for i := range trees[k].Nodes {
			if i%4 == 0 {
				trees[k].Nodes[i].Threshold = []float64{0, 1e-36, -1e-36}[i/4%3]
			}
		}
	}
	near, err := New(e.Fields(), e.Objective(), trees)
	if err != nil {
		t.Fatal(err)
	}
	return near
}

func quickIsWalk(t *testing.T, e *Ensemble, rng *rand.Rand) {
	t.Helper()
	x := &model.Matrix{Columns: make([]model.Column, len(e.Fields()))}
	for range 200 {
		row := randomRow(rng, e.Fields())
		j := rng.IntN(len(row))
		row[j] = []float32{1e-36, -1e-36, 2e-35, float32(math.Inf(1)), float32(math.Inf(-1)), -0.5, -1, 39.7, 1e9, row[j], row[j]}[rng.IntN(11)]
		if got, want := e.Score(row), e.walk(row); got != want {
			t.Fatalf("row %v scores %v, by the walk %v", row, got, want)
		}
		for k, v := range row {
			x.Columns[k].Values = append(x.Columns[k].Values, v)
		}
	}
	all := make([]float64, x.Rows())
	e.ScoreAll(all, x)
	for i, got := range all {
		if want := e.walk(x.Row(nil, i)); got != want {
			t.Fatalf("row %d of the matrix scores %v, by the walk %v", i, got, want)
		}
	}
}

func TestTreesWithoutAQuickForm(t *testing.T) {
	fields := []model.Field{{Name: "a"}}
	mixed := Tree{
		Nodes: []Node{
			{Column: 0, Threshold: 1, Left: ^0, Right: 1},
			{Column: 0, Categories: []uint32{5}, Left: ^1, Right: ^2},
		},
		Leaves: []Leaf{{Value: 1}, {Value: 2}, {Value: 4}},
	}
	e, err := New(fields, LogOdds, []Tree{mixed})
	if err != nil {
		t.Fatal(err)
	}
	if e.quickForm() != nil {
		t.Error("numbers and categories of one column have a quick form")
	}
	if got := e.Score([]float32{2}); got != 2 {
		t.Errorf("score %v, want 2", got)
	}
}

// The quadrature must be the path algorithm up to rounding, also on deep paths over many columns, and from several goroutines.
func TestQuadratureIsThePathAlgorithm(t *testing.T) {
	fields := make([]model.Field, 40)
	for j := range fields {
		fields[j].Name = string(rune('A' + j))
	}
	rng := rand.New(rand.NewPCG(12, 12))
	for _, splits := range []int{0, 1, 6, 20, 60, 300} {
		var trees []Tree
		for range 5 {
			trees = append(trees, randomTree(rng, fields, splits, rng.NormFloat64))
		}
		e, err := New(fields, LogOdds, trees)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 20 {
			row := randomRow(rng, fields)
			wg.Go(func() {
				got, want := make([]float64, len(fields)), make([]float64, len(fields))
				base, wantBase := e.Contribute(got, row), e.contributeByPaths(want, row)
				near := cmpopts.EquateApprox(0, 1e-9)
				if !cmp.Equal(base, wantBase, near) || !cmp.Equal(got, want, near) {
					t.Errorf("%d splits: base %v, want %v: %s", splits, base, wantBase, cmp.Diff(want, got, near))
				}
			})
		}
		wg.Wait()
	}
}
