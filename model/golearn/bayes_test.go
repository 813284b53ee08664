package golearn

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sjwhitworth/golearn/base"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

func TestBayesSuite(t *testing.T) {
	modeltest.Classifier(t, func(uint64) model.Classifier { return NewBayes(BayesDefaults()) }, linear.Decode)
}

// The sign of the linear score must be golearn's own prediction, row by row, and the score the log-odds of golearn's formula.
func TestBayesScoresAreGolearnsPredictions(t *testing.T) {
	for seed := range uint64(5) {
		d := modeltest.Table(seed, 1500)
		p, err := NewBayes(BayesDefaults()).Fit(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sample(d, len(d.Y))
		if err != nil {
			t.Fatal(err)
		}
		qs := questions(d.X, rows, basic)
		nb, _, err := fitBayes(d, rows, qs)
		if err != nil {
			t.Fatal(err)
		}
		later := modeltest.Table(seed+100, 1500)
		everyone := make([]int, len(later.Y))
		for i := range everyone {
			everyone[i] = i
		}
		g, err := newGrid(later, everyone, qs)
		if err != nil {
			t.Fatal(err)
		}
		predicted, err := nb.Predict(g)
		if err != nil {
			t.Fatal(err)
		}
		classes := map[string]int{}
		for i, score := range model.Scores(p, later.X) {
			got := base.GetClass(predicted, i)
			classes[got]++
			if math.Abs(score) > 1e-9 && (score > 0) != (got == returned) {
				t.Fatalf("seed %d, row %d: score %v, golearn says %s", seed, i, score, got)
			}
			if want := byCounting(d, later.X.Row(nil, i), qs); math.Abs(score-want) > 1e-9 {
				t.Fatalf("seed %d, row %d: score %v, by counting %v", seed, i, score, want)
			}
		}
		if len(classes) != 2 {
			t.Fatalf("seed %d: golearn predicts %v, want both classes for the comparison to mean something", seed, classes)
		}
	}
}

// byCounting is golearn's formula written out: P(yes | class) = (count+1)/(rows+1), and 1/(rows+1) for no where that is 1.
func byCounting(d model.Data, row []float32, qs []question) float64 {
	var rows [2]float64
	count := make([][2]float64, len(qs))
	for i, y := range d.Y {
		rows[class(y)]++
		for k, q := range qs {
			if q.ask(d.X.Columns[q.column].Values[i]) {
				count[k][class(y)]++
			}
		}
	}
	score := math.Log(rows[1]) - math.Log(rows[0])
	for k, q := range qs {
		for c, side := range []float64{-1, 1} {
			p := (count[k][c] + 1) / (rows[c] + 1)
			if !q.ask(row[q.column]) {
				p = 1 - p
			}
			if p == 0 {
				p = 1 / (rows[c] + 1)
			}
			score += side * math.Log(p)
		}
	}
	return score
}

func TestBayesWhereAClassAnswersNoToEverything(t *testing.T) {
	d := model.Data{
		X: &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: "meetings"}, Values: []float32{0, 0, 0, 2}}}},
		Y: []bool{false, false, true, true},
	}
	p, err := NewBayes(BayesDefaults()).Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	// P(yes | returned) = 2/3, P(yes | stayed) = 1/3.
	if got := p.Score([]float32{1}); math.Abs(got-math.Log(2)) > 1e-12 {
		t.Errorf("score of a yes = %v, want log 2", got)
	}
	if got := p.Score([]float32{0}); math.Abs(got+math.Log(2)) > 1e-12 {
		t.Errorf("score of a no = %v, want -log 2", got)
	}
}

func TestSample(t *testing.T) {
	d := modeltest.Table(1, 10)
	for i := range d.Y {
		d.Y[i] = i%2 == 0
	}
	for _, tt := range []struct {
		name   string
		weight []float64
		limit  int
		want   []int
	}{
		{"all", nil, 100, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"half", nil, 5, []int{1, 3, 5, 7, 9}},
		{"three", nil, 3, []int{1, 5, 8}},
		{"weights", []float64{0, 2, 0, 2, 0, 2, 0, 2, 1, 1}, 100, []int{1, 1, 3, 3, 5, 5, 7, 7, 8, 9}},
	} {
		d.W = tt.weight
		got, err := sample(d, tt.limit)
		if tt.name == "half" {
			if !errors.Is(err, model.ErrOneClass) {
				t.Errorf("%s: error %v, want ErrOneClass", tt.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: rows %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	d.W = []float64{-1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	if _, err := sample(d, 10); err == nil {
		t.Error("a negative weight: no error")
	}
}

func TestGuardTurnsPanicsIntoErrors(t *testing.T) {
	err := guard("a call", func() error { panic("index out of range") })
	if err == nil || !strings.Contains(err.Error(), "a call panicked: index out of range") {
		t.Errorf("error %v, want one that names the call and the panic", err)
	}
}

func TestInvalidParams(t *testing.T) {
	if _, err := NewBayes(BayesParams{}).Fit(context.Background(), modeltest.Table(1, 100)); err == nil {
		t.Error("no rows allowed, yet fitted without an error")
	}
}
