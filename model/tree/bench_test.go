package tree_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// fitted is a model of 100 trees of 31 leaves over 40 columns, of which six are categories and some have missing values, and the rows
// that it is asked.
func fitted(b *testing.B) (*tree.Ensemble, *model.Matrix) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 40))
	d := model.Data{X: &model.Matrix{Columns: make([]model.Column, 40)}, Y: make([]bool, 20_000)}
	truth := make([]float64, len(d.Y))
	for j := range d.X.Columns {
		c := &d.X.Columns[j]
		c.Name, c.Values = string(rune('A'+j)), make([]float32, len(d.Y))
		if j < 6 {
			c.Levels = make([]string, 4+4*j)
		}
		weight := rng.NormFloat64() / 3
		for i := range c.Values {
			switch {
			case j < 6:
				c.Values[i] = float32(rng.IntN(len(c.Levels)))
			case j < 12:
				c.Values[i] = float32(rng.ExpFloat64())
			default:
				c.Values[i] = float32(math.Floor(2 * rng.ExpFloat64()))
			}
			truth[i] += weight * math.Sin(float64(c.Values[i]))
			if j%5 == 0 && j > 6 && rng.IntN(4) == 0 {
				c.Values[i] = float32(math.NaN())
			}
		}
	}
	for i, z := range truth {
		d.Y[i] = rng.Float64() < model.Sigmoid(z)
	}
	p := gbdt.Params{Rounds: 100, Rate: 0.1, MaxLeaves: 31, MinLeaf: 20, ColumnShare: 1, Patience: 1, Seed: 1}
	m, err := gbdt.New(p).Fit(context.Background(), d)
	if err != nil {
		b.Fatal(err)
	}
	return m.(*tree.Ensemble), d.X
}

func rowsOf(x *model.Matrix, n int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = x.Row(nil, i)
	}
	return rows
}

func BenchmarkScore(b *testing.B) {
	e, x := fitted(b)
	rows := rowsOf(x, 1024)
	b.Run("row", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			e.Score(rows[i%1024])
			i++
		}
	})
	b.Run("row by the walk", func(b *testing.B) {
		i := 0
		for b.Loop() {
			e.Walk(rows[i%1024])
			i++
		}
	})
	b.Run("batch of 20000, per row", func(b *testing.B) {
		dst := make([]float64, x.Rows())
		b.ReportAllocs()
		for b.Loop() {
			e.ScoreAll(dst, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(dst)), "ns/row")
	})
}

func BenchmarkContribute(b *testing.B) {
	e, x := fitted(b)
	rows, phi := rowsOf(x, 256), make([]float64, 40)
	b.Run("quadrature", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			e.Contribute(phi, rows[i%256])
			i++
		}
	})
	b.Run("by paths", func(b *testing.B) {
		i := 0
		for b.Loop() {
			e.ContributeByPaths(phi, rows[i%256])
			i++
		}
	})
}
