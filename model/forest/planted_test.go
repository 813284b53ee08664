package forest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// planted has an interaction, a saturating count, a category, missingness that tells, and noise up to the given number of
// columns. It returns the true log-odds too.
func planted(seed uint64, rows, columns int) (model.Data, []float64) {
	rng := rand.New(rand.NewPCG(seed, 78))
	x := &model.Matrix{Columns: make([]model.Column, columns)}
	for j := range x.Columns {
		x.Columns[j] = model.Column{Field: model.Field{Name: fmt.Sprintf("x%d", j)}, Values: make([]float32, rows)}
	}
	x.Columns[3].Levels = strings.Split("abcdef", "")
	d, truth := model.Data{X: x, Y: make([]bool, rows)}, make([]float64, rows)
	for i := range rows {
		for j := range x.Columns {
			x.Columns[j].Values[i] = float32(rng.NormFloat64())
		}
		visits, level := math.Floor(rng.ExpFloat64()*3), rng.IntN(6)
		x.Columns[2].Values[i], x.Columns[3].Values[i] = float32(visits), float32(level)
		truth[i] = -1.5 + 0.6*math.Min(visits, 4) + 0.4*float64(level*5%6-3)
		if x.Columns[0].Values[i] > 0 && x.Columns[1].Values[i] > 0 {
			truth[i] += 1.5
		}
		if rng.IntN(4) == 0 {
			x.Columns[4].Values[i] = float32(math.NaN())
			truth[i] -= 1.5
		}
		d.Y[i] = rng.Float64() < model.Sigmoid(truth[i])
	}
	return d, truth
}

func fit(tb testing.TB, p Params, d model.Data) *tree.Ensemble {
	tb.Helper()
	fitted, err := New(p).Fit(context.Background(), d)
	if err != nil {
		tb.Fatal(err)
	}
	return fitted.(*tree.Ensemble)
}

func TestFindsPlantedCauses(t *testing.T) {
	d, _ := planted(1, 20_000, 8)
	later, truth := planted(2, 10_000, 8)
	p := Defaults()
	p.Trees = 100
	got, best := metrics.AUC(model.Scores(fit(t, p, d), later.X), later.Y), metrics.AUC(truth, later.Y)
	t.Logf("AUC %.4f of %.4f", got, best)
	if got < 0.98*best {
		t.Errorf("AUC %.4f on new rows, the truth reaches %.4f", got, best)
	}
}

// Leaves hold probabilities mixed with the base rate, so none is 0 or 1, and every leaf has the rows it must have.
func TestLeavesAreSmoothedProbabilities(t *testing.T) {
	d, _ := planted(3, 3000, 6)
	p := Defaults()
	p.Trees = 20
	e := fit(t, p, d)
	if e.Objective() != tree.MeanProbability || len(e.Trees()) != 20 {
		t.Fatalf("%d trees, objective %d", len(e.Trees()), e.Objective())
	}
	for k, tr := range e.Trees() {
		var rows int64
		for _, l := range tr.Leaves {
			rows += l.Count
			if !(l.Value > 0 && l.Value < 1) || l.Count < int64(p.MinLeaf) {
				t.Errorf("tree %d: a leaf of %d rows says %v", k, l.Count, l.Value)
			}
		}
		if rows != 3000 {
			t.Errorf("tree %d: %d rows drawn, want 3000", k, rows)
		}
	}
}

// Where no leaf may be divided, the forest says the base rate everywhere.
func TestWithoutSplitsItSaysTheBaseRate(t *testing.T) {
	d, _ := planted(4, 1000, 6)
	p := Defaults()
	p.MinLeaf, p.Trees = 600, 400
	positives := 0
	for _, y := range d.Y {
		if y {
			positives++
		}
	}
	got := model.Sigmoid(fit(t, p, d).Score(d.X.Row(nil, 0)))
	if want := float64(positives) / 1000; math.Abs(got-want) > 0.005 {
		t.Errorf("probability %v, the base rate is %v", got, want)
	}
}

// A prior of very many rows leaves nothing but the weighted base rate.
func TestPriorIsTheWeightedBaseRate(t *testing.T) {
	d, _ := planted(4, 1000, 6)
	d.W = make([]float64, 1000)
	var positive, total float64
	for i, y := range d.Y {
		d.W[i] = float64(1 + i%3)
		total += d.W[i]
		if y {
			positive += d.W[i]
		}
	}
	p := Defaults()
	p.Prior, p.Trees = 1e12, 3
	if got := model.Sigmoid(fit(t, p, d).Score(d.X.Row(nil, 0))); math.Abs(got-positive/total) > 1e-6 {
		t.Errorf("probability %v, the weighted base rate is %v", got, positive/total)
	}
}

// Another seed is another draw; more trees begin with the same trees.
func TestSeedsDraw(t *testing.T) {
	d, _ := planted(5, 800, 6)
	p := Defaults()
	p.Trees = 4
	few := fit(t, p, d)
	p.Trees = 8
	many := fit(t, p, d)
	first, err := tree.New(many.Fields(), tree.MeanProbability, many.Trees()[:4])
	if err != nil {
		t.Fatal(err)
	}
	p.Seed, p.Trees = 2, 4
	other := fit(t, p, d)
	row := d.X.Row(nil, 0)
	if few.Score(row) != first.Score(row) {
		t.Error("the first trees of a larger forest differ")
	}
	if few.Score(row) == other.Score(row) {
		t.Error("another seed gives the same forest")
	}
}

// Monotone transforms and weights of 1 leave the forest as it was.
func TestWhatMustNotChangeTheScores(t *testing.T) {
	d, _ := planted(6, 1500, 6)
	p := Defaults()
	p.Trees = 10
	want := model.Scores(fit(t, p, d), d.X)
	bent := &model.Matrix{Columns: append([]model.Column(nil), d.X.Columns...)}
	values := make([]float32, len(d.Y))
	for i, v := range d.X.Columns[0].Values {
		values[i] = v * v * v
	}
	bent.Columns[0].Values = values
	ones := make([]float64, len(d.Y))
	for i := range ones {
		ones[i] = 1
	}
	for what, changed := range map[string]model.Data{
		"a monotone transform": {X: bent, Y: d.Y}, "weights of 1": {X: d.X, Y: d.Y, W: ones},
	} {
		for i, got := range model.Scores(fit(t, p, changed), changed.X) {
			if math.Abs(got-want[i]) > 1e-9 {
				t.Fatalf("%s: row %d scores %v, before %v", what, i, got, want[i])
			}
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for want, spoil := range map[string]func(*Params){
		"trees":        func(p *Params) { p.Trees = 0 },
		"max leaves":   func(p *Params) { p.MaxLeaves = 1 },
		"max depth":    func(p *Params) { p.MaxDepth = -1 },
		"min leaf":     func(p *Params) { p.MinLeaf = 0 },
		"column share": func(p *Params) { p.ColumnShare = 1.5 },
		"prior":        func(p *Params) { p.Prior = math.NaN() },
	} {
		p := Defaults()
		spoil(&p)
		_, err := New(p).Fit(context.Background(), model.Data{X: &model.Matrix{}})
		if err == nil || !strings.Contains(err.Error(), want+" is ") {
			t.Errorf("error %v, want one that names %s", err, want)
		}
	}
}

func TestOneClassByWeightIsOneClass(t *testing.T) {
	d, _ := planted(1, 200, 5)
	d.W = make([]float64, 200)
	for i := range d.W {
		if d.Y[i] {
			d.W[i] = 1
		}
	}
	if _, err := New(Defaults()).Fit(context.Background(), d); !errors.Is(err, model.ErrOneClass) {
		t.Errorf("error %v, want ErrOneClass", err)
	}
}

// Fit grows the default 200 trees.
func BenchmarkFit(b *testing.B) {
	for _, size := range []struct {
		name string
		rows int
	}{{"10k", 10_000}, {"100k", 100_000}} {
		b.Run("family=forest/rows="+size.name, func(b *testing.B) {
			d, _ := planted(1, size.rows, 40)
			for b.Loop() {
				fit(b, Defaults(), d)
			}
		})
	}
}
