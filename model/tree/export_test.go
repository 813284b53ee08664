package tree

import (
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// MadeUp is a random ensemble with every kind of split, and rows with values of every kind for it.
func MadeUp(tb testing.TB, objective Objective, trees, splits, rows int) (*Ensemble, *model.Matrix) {
	tb.Helper()
	e := randomEnsemble(tb, uint64(objective), objective, trees, splits)
	rng := rand.New(rand.NewPCG(uint64(objective), 17))
	x := &model.Matrix{}
	for _, f := range e.Fields() {
		x.Columns = append(x.Columns, model.Column{Field: f})
	}
	for range rows {
		for j, v := range randomRow(rng, e.Fields()) {
			if !e.Fields()[j].Category() && rng.IntN(10) == 0 {
				v = []float32{1e-36, -1e-36, 1e-35, 2e-35}[rng.IntN(4)]
			}
			x.Columns[j].Values = append(x.Columns[j].Values, v)
		}
	}
	return e, x
}

// Walk is Score from node to node, and ContributeByPaths Contribute by the reference algorithm, for benchmarks.
func (e *Ensemble) Walk(row []float32) float64 { return e.walk(row) }

func (e *Ensemble) ContributeByPaths(dst []float64, row []float32) float64 {
	return e.contributeByPaths(dst, row)
}
