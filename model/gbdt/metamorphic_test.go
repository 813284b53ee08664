package gbdt

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

// plain has no draw of columns, so that what a test changes is all that changes.
func plain() Params {
	p := Defaults()
	p.Rounds, p.ColumnShare = 60, 1
	return p
}

func fit(t *testing.T, p Params, d model.Data) model.Predictor {
	t.Helper()
	fitted, err := New(p).Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return fitted
}

func sameScores(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9*max(1, math.Abs(want[i])) {
			t.Fatalf("%s: row %d scores %v, before %v", what, i, got[i], want[i])
		}
	}
}

// withColumns is d over other columns.
func withColumns(d model.Data, columns []model.Column) model.Data {
	d.X = &model.Matrix{Columns: columns}
	return d
}

func TestWhatMustNotChangeTheScores(t *testing.T) {
	d := modeltest.Table(21, 2000)
	want := model.Scores(fit(t, plain(), d), d.X)
	check := func(what string, changed model.Data) {
		t.Helper()
		sameScores(t, what, model.Scores(fit(t, plain(), changed), changed.X), want)
	}

	bent := slices.Clone(d.X.Columns)
	for _, j := range []int{modeltest.Days, modeltest.Noise, modeltest.Shadow} {
		values := slices.Clone(bent[j].Values)
		for i, v := range values {
			values[i] = float32(math.Exp(float64(v) / 2))
		}
		bent[j].Values = values
	}
	check("a monotone transform", withColumns(d, bent))

	constant := make([]float32, len(d.Y))
	for i := range constant {
		constant[i] = 7
	}
	check("a constant column", withColumns(d, append(slices.Clone(d.X.Columns), model.Column{Values: constant})))

	turned := slices.Clone(d.X.Columns)
	slices.Reverse(turned)
	check("the order of the columns", withColumns(d, turned))

	ones := d
	ones.W = make([]float64, len(d.Y))
	for i := range ones.W {
		ones.W[i] = 1
	}
	check("weights of 1", ones)
}

// Renumbering the levels of a category must not matter: codes have no order.
func TestLevelsHaveNoOrder(t *testing.T) {
	d := modeltest.Table(22, 2000)
	want := model.Scores(fit(t, plain(), d), d.X)
	turned := slices.Clone(d.X.Columns)
	c := turned[modeltest.Channel]
	values := slices.Clone(c.Values)
	for i, v := range values {
		values[i] = float32(len(c.Levels)-1) - v
	}
	levels := slices.Clone(c.Levels)
	slices.Reverse(levels)
	turned[modeltest.Channel] = model.Column{Field: model.Field{Name: c.Name, Levels: levels}, Values: values}
	changed := withColumns(d, turned)
	sameScores(t, "renumbered levels", model.Scores(fit(t, plain(), changed), changed.X), want)
}

// A row twice is a row of weight 2, and a row of weight 0 is no row, where leaves are not bounded by their number of rows.
func TestWeightsAreCopies(t *testing.T) {
	p := plain()
	p.MinLeaf, p.HoldOut = 1, 0
	rng := rand.New(rand.NewPCG(23, 0))
	d := modeltest.Table(23, 1500)
	// Few distinct values, so that copies cannot move the cuts; rare levels are told by rows, so the category is left out.
	d.X.Columns = []model.Column{d.X.Columns[modeltest.Days], d.X.Columns[modeltest.Meetings], d.X.Columns[modeltest.Pings]}
	d.W = make([]float64, len(d.Y))
	var copies []int
	for i := range d.W {
		d.W[i] = float64(rng.IntN(4))
		for range int(d.W[i]) {
			copies = append(copies, i)
		}
	}
	copied := d.Take(copies)
	copied.W = nil
	sameScores(t, "copied rows", model.Scores(fit(t, p, copied), d.X), model.Scores(fit(t, p, d), d.X))
}
