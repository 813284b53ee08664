package logit

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

func TestSuite(t *testing.T) {
	for name, c := range map[string]float64{"fixed C": 1, "chosen C": 0} {
		t.Run(name, func(t *testing.T) {
			modeltest.Classifier(t, func(uint64) model.Classifier {
				p := Defaults()
				p.C = c
				return New(p)
			}, linear.Decode)
		})
	}
}

func TestGradientAndHessianEqualDifferences(t *testing.T) {
	d := modeltest.Table(3, 500)
	d.W = make([]float64, len(d.Y))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range d.W {
		d.W[i] = rng.Float64() * 3
	}
	o := &objective{ctx: context.Background(), x: newDesign(d, true), penalty: 0.7}
	w := o.x.start()
	for k := range w {
		w[k] += rng.NormFloat64()
	}
	grad, other := make([]float64, len(w)), make([]float64, len(w))
	o.slope(grad, w)
	h := o.curvature(w)
	const step = 1e-5
	for k := range w {
		up, down := append([]float64(nil), w...), append([]float64(nil), w...)
		up[k] += step
		down[k] -= step
		if got := (o.value(up) - o.value(down)) / (2 * step); math.Abs(got-grad[k]) > 1e-8 {
			t.Errorf("gradient %d is %v, by differences %v", k, grad[k], got)
		}
		o.slope(other, up)
		above := append([]float64(nil), other...)
		o.slope(other, down)
		for l := range w {
			want := (above[l] - other[l]) / (2 * step)
			if got := h.At(k, l) / o.x.total; math.Abs(got-want) > 1e-8 {
				t.Errorf("Hessian %d,%d is %v, by differences %v", k, l, got, want)
			}
		}
	}
}

// The slope at the optimum is 0, so the mean probability is the base rate: the free intercept sees to it.
func TestMeanProbabilityIsTheBaseRate(t *testing.T) {
	d := modeltest.Table(5, 3000)
	p := fit(t, d, 0.01)
	var mean, rate float64
	for i, s := range model.Scores(p, d.X) {
		mean += model.Sigmoid(s)
		rate += float64(class(d.Y[i]))
	}
	if math.Abs(mean-rate) > 1e-4 {
		t.Errorf("probabilities sum to %v, there are %v positives", mean, rate)
	}
}

func fit(t *testing.T, d model.Data, c float64) *linear.Model {
	t.Helper()
	params := Defaults()
	params.C = c
	p, err := New(params).Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*linear.Model)
}

func TestDoubledRowsEqualDoubledWeightsExactly(t *testing.T) {
	d := modeltest.Table(6, 800)
	d.W = make([]float64, len(d.Y))
	var rows []int
	for i := range d.Y {
		d.W[i] = float64(i % 3)
		for range i % 3 {
			rows = append(rows, i)
		}
	}
	repeated := d.Take(rows)
	repeated.W = nil
	a, b := fit(t, d, 1), fit(t, repeated, 1)
	for i := range d.Y {
		row := d.X.Row(nil, i)
		if x, y := a.Score(row), b.Score(row); math.Abs(x-y) > 1e-6 {
			t.Fatalf("row %d: score %v by weights, %v by repeated rows", i, x, y)
		}
	}
}

// Standardised inside: a column in other units, or in another place, gives the same scores.
func TestUnitsAndColumnOrderDoNotMatter(t *testing.T) {
	d := modeltest.Table(8, 1000)
	want := model.Scores(fit(t, d, 1), d.X)
	moved := d.Take(all(len(d.Y)))
	for i := range moved.X.Columns[modeltest.Noise].Values {
		moved.X.Columns[modeltest.Noise].Values[i] *= 1024
	}
	c := moved.X.Columns
	c[0], c[4] = c[4], c[0]
	for i, got := range model.Scores(fit(t, moved, 1), moved.X) {
		if math.Abs(got-want[i]) > 1e-6 {
			t.Fatalf("row %d: score %v, want %v", i, got, want[i])
		}
	}
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func TestChoosePrefersPenaltyWhereNothingIsToLearn(t *testing.T) {
	strict := 0
	for seed := range uint64(20) {
		d := modeltest.Table(seed, 1000)
		rng := rand.New(rand.NewPCG(seed, 2))
		for i := range d.Y {
			d.Y[i] = rng.IntN(2) == 0
		}
		got, err := New(Defaults()).choose(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		if got <= 0.01 {
			strict++
		}
	}
	if strict < 14 {
		t.Errorf("C was 0.01 or less for %d of 20 sets of random labels, want at least 14", strict)
	}
	got, err := New(Defaults()).choose(context.Background(), modeltest.Table(9, 4000))
	if err != nil || got < 0.01 {
		t.Errorf("C = %v, %v on a signal, want 0.01 or more", got, err)
	}
	d := modeltest.Table(9, 400)
	for i := range d.Y {
		d.Y[i] = i < 100
	}
	if got, err = New(Defaults()).choose(context.Background(), d); err != nil || got != 1 {
		t.Errorf("C = %v, %v where the newest rows are of one class, want 1", got, err)
	}
}

func TestSeparableRowsKeepFiniteWeights(t *testing.T) {
	d := modeltest.Table(10, 500)
	for i := range d.Y {
		d.Y[i] = d.X.Columns[modeltest.Days].Values[i] > 4
	}
	m := fit(t, d, 1e6)
	for _, o := range m.OddsRatios() {
		if math.IsInf(o.Ratio.Value, 0) || math.IsNaN(o.Ratio.Low) {
			t.Errorf("%s: odds ratio %v", o.Name, o.Ratio)
		}
	}
}

func TestOnlyUselessColumnsGiveTheBaseRate(t *testing.T) {
	d := modeltest.Table(11, 300)
	d.X.Columns = d.X.Columns[modeltest.Constant : modeltest.AllMissing+1]
	m := fit(t, d, 1)
	rate := 0.0
	for _, y := range d.Y {
		rate += float64(class(y)) / float64(len(d.Y))
	}
	if got := model.Sigmoid(m.Score(d.X.Row(nil, 0))); len(m.Terms) != 0 || math.Abs(got-rate) > 1e-9 {
		t.Errorf("%d terms and probability %v, want none and %v", len(m.Terms), got, rate)
	}
}

func TestTermsSayHowColumnsAreRead(t *testing.T) {
	m := fit(t, modeltest.Table(12, 1000), 1)
	var got []string
	for _, term := range m.Terms {
		got = append(got, nameOf(m.Fields, term))
	}
	want := []string{
		"days number", "meetings log", "pings log", "pings missing", "noise number",
		"channel=organic", "channel=paid", "channel=friend", "channel missing", "shadow number",
	}
	for k := range want {
		if len(got) != len(want) || got[k] != want[k] {
			t.Fatalf("terms %q, want %q", got, want)
		}
	}
}

func TestInvalidParamsAndWeights(t *testing.T) {
	for name, change := range map[string]func(*Params){
		"negative c":    func(p *Params) { p.C = -1 },
		"NaN c":         func(p *Params) { p.C = math.NaN() },
		"no grid":       func(p *Params) { p.Grid = nil },
		"falling grid":  func(p *Params) { p.Grid = []float64{1, 0.1} },
		"no iterations": func(p *Params) { p.Iterations = 0 },
	} {
		p := Defaults()
		change(&p)
		if _, err := New(p).Fit(context.Background(), modeltest.Table(1, 100)); err == nil {
			t.Errorf("%s: fitted without an error", name)
		}
	}
	d := modeltest.Table(1, 100)
	d.W = make([]float64, 100)
	if _, err := New(Defaults()).Fit(context.Background(), d); err == nil {
		t.Error("weights of 0 only: fitted without an error")
	}
	d.W[0] = -1
	if _, err := New(Defaults()).Fit(context.Background(), d); err == nil {
		t.Error("a negative weight: fitted without an error")
	}
}

func BenchmarkFit(b *testing.B) {
	d := modeltest.Table(1, 100_000)
	p := Defaults()
	p.C = 1
	b.Run("family=logit/rows=100k/columns=8", func(b *testing.B) {
		for b.Loop() {
			if _, err := New(p).Fit(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	})
}
