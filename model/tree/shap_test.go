package tree

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// known is the value of a coalition: the mean leaf value where only the columns of the bit set are known, and a split on
// another column is followed both ways by its rows.
func known(t *Tree, at int32, e *Ensemble, row []float32, columns uint) float64 {
	if at < 0 {
		return t.Leaves[^at].Value
	}
	n := &t.Nodes[at]
	if columns>>n.Column&1 == 1 {
		one, err := New(e.Fields(), LogOdds, stump(*n))
		if err != nil {
			panic(err)
		}
		if one.Score(row) == 1 {
			return known(t, n.Left, e, row, columns)
		}
		return known(t, n.Right, e, row, columns)
	}
	left, right := rowsBelow(t, n.Left), rowsBelow(t, n.Right)
	return (left*known(t, n.Left, e, row, columns) + right*known(t, n.Right, e, row, columns)) / (left + right)
}

func rowsBelow(t *Tree, at int32) float64 {
	if at < 0 {
		return float64(max(t.Leaves[^at].Count, 1))
	}
	return rowsBelow(t, t.Nodes[at].Left) + rowsBelow(t, t.Nodes[at].Right)
}

// bruteForce is Shapley's formula over all coalitions of the columns.
func bruteForce(e *Ensemble, row []float32) []float64 {
	n := len(row)
	value := make([]float64, 1<<n)
	for s := range value {
		for i := range e.trees {
			root := int32(0)
			if len(e.trees[i].Nodes) == 0 {
				root = ^root
			}
			value[s] += known(&e.trees[i], root, e, row, uint(s))
		}
	}
	phi := make([]float64, n)
	for s := range value {
		size := bits.OnesCount(uint(s))
		for j := range phi {
			if s>>j&1 == 0 {
				weight := math.Gamma(float64(size+1)) * math.Gamma(float64(n-size)) / math.Gamma(float64(n+1))
				phi[j] += weight * (value[s|1<<j] - value[s])
			}
		}
	}
	return phi
}

func TestContributeIsShapley(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		e := randomEnsemble(t, seed, LogOdds, 3, rng.IntN(12))
		if seed%3 == 0 && len(e.trees[0].Nodes) > 0 {
			e.trees[0].Leaves[0].Count = 0
			var err error
			if e, err = New(e.fields, LogOdds, e.trees); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			row := randomRow(rng, e.Fields())
			got, want := make([]float64, len(row)), bruteForce(e, row)
			e.Contribute(got, row)
			for j := range got {
				if math.Abs(got[j]-want[j]) > 1e-10 {
					t.Fatalf("seed %d, column %d: %v, Shapley's formula gives %v", seed, j, got[j], want[j])
				}
			}
		}
	}
}

func TestContributionsAddUp(t *testing.T) {
	for _, objective := range []Objective{LogOdds, MeanProbability, MeanLogOdds} {
		for _, splits := range []int{0, 1, 30, 200} {
			e := randomEnsemble(t, 5, objective, 20, splits)
			rng := rand.New(rand.NewPCG(5, uint64(splits)))
			dst := make([]float64, len(e.Fields()))
			for range 50 {
				row := randomRow(rng, e.Fields())
				sum := e.Contribute(dst, row)
				for _, v := range dst {
					sum += v
				}
				if score := e.Score(row); math.Abs(sum-score) > 1e-9*max(1, math.Abs(score)) {
					t.Fatalf("objective %d, %d splits: base and contributions make %v, the score is %v", objective, splits, sum, score)
				}
			}
		}
	}
}

// A probability forest's contributions are the Shapley values of the probability up to one common factor.
func TestForestKeepsSharesOfProbability(t *testing.T) {
	e := randomEnsemble(t, 11, MeanProbability, 4, 8)
	rng := rand.New(rand.NewPCG(11, 1))
	dst := make([]float64, len(e.Fields()))
	for range 20 {
		row := randomRow(rng, e.Fields())
		e.Contribute(dst, row)
		shapley := bruteForce(e, row)
		for j := range dst {
			for k := range dst {
				if math.Abs(dst[j]*shapley[k]-dst[k]*shapley[j]) > 1e-10 {
					t.Fatalf("columns %d and %d: %v to %v, in probability %v to %v", j, k, dst[j], dst[k], shapley[j], shapley[k])
				}
			}
		}
	}
}
