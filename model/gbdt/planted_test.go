package gbdt

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
)

// planted has two columns whose product decides, a U-shaped one, a category of 12 levels, missingness that tells, and noise
// up to the given number of columns. It returns the true log-odds too.
func planted(seed uint64, rows, columns int) (model.Data, []float64) {
	rng := rand.New(rand.NewPCG(seed, 77))
	x := &model.Matrix{Columns: make([]model.Column, columns)}
	for j := range x.Columns {
		x.Columns[j] = model.Column{Field: model.Field{Name: fmt.Sprintf("x%d", j)}, Values: make([]float32, rows)}
	}
	x.Columns[3].Levels = strings.Split("abcdefghijkl", "")
	d, truth := model.Data{X: x, Y: make([]bool, rows)}, make([]float64, rows)
	for i := range rows {
		for j := range x.Columns {
			v := float32(rng.NormFloat64())
			if j%3 == 2 {
				v = float32(math.Floor(rng.ExpFloat64() * 3))
			}
			x.Columns[j].Values[i] = v
		}
		a, b, u := x.Columns[0].Values[i], x.Columns[1].Values[i], float64(x.Columns[2].Values[i])
		level := rng.IntN(12)
		x.Columns[3].Values[i] = float32(level)
		truth[i] = -1 + 0.15*(u-3)*(u-3) + 0.7*float64(level*7%12-6)/6
		if a*b > 0 {
			truth[i] += 1.2
		}
		if rng.IntN(4) == 0 {
			x.Columns[4].Values[i] = float32(math.NaN())
			truth[i] -= 1.5
		}
		d.Y[i] = rng.Float64() < model.Sigmoid(truth[i])
	}
	return d, truth
}

func TestFindsPlantedCauses(t *testing.T) {
	d, _ := planted(1, 20_000, 8)
	later, truth := planted(2, 10_000, 8)
	p := Defaults()
	p.Rounds = 250
	fitted, err := New(p).Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	scores := model.Scores(fitted, later.X)
	got, best := metrics.AUC(scores, later.Y), metrics.AUC(truth, later.Y)
	ours, least := logLoss(scores, table{y: later.Y})/1e4, logLoss(truth, table{y: later.Y})/1e4
	t.Logf("AUC %.4f of %.4f, log loss %.4f of %.4f", got, best, ours, least)
	if got < 0.98*best {
		t.Errorf("AUC %.4f on new rows, the truth reaches %.4f", got, best)
	}
	if ours > 1.04*least {
		t.Errorf("log loss %.4f on new rows, the truth reaches %.4f", ours, least)
	}
}

// Early stopping must stop early where there is nothing to learn, and go on where there is.
func TestRoundsFollowTheData(t *testing.T) {
	d, _ := planted(1, 4000, 6)
	rounds := func(d model.Data) int {
		t.Helper()
		data, err := fit(t, Defaults(), d).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(data), "\nTree=")
	}
	learnt := rounds(d)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(d.Y), func(a, b int) { d.Y[a], d.Y[b] = d.Y[b], d.Y[a] })
	if shuffled := rounds(d); shuffled > 40 || learnt < 2*shuffled {
		t.Errorf("%d rounds on planted causes, %d on shuffled labels", learnt, shuffled)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for want, spoil := range map[string]func(*Params){
		"rounds":       func(p *Params) { p.Rounds = 0 },
		"rate":         func(p *Params) { p.Rate = math.NaN() },
		"max leaves":   func(p *Params) { p.MaxLeaves = 1 },
		"max depth":    func(p *Params) { p.MaxDepth = -1 },
		"min leaf":     func(p *Params) { p.MinLeaf = 0 },
		"L2":           func(p *Params) { p.L2 = -1 },
		"column share": func(p *Params) { p.ColumnShare = 0 },
		"hold-out":     func(p *Params) { p.HoldOut = 1 },
		"patience":     func(p *Params) { p.Patience = 0 },
	} {
		p := Defaults()
		spoil(&p)
		_, err := New(p).Fit(context.Background(), model.Data{X: &model.Matrix{}})
		if err == nil || !strings.Contains(err.Error(), want+" is ") || !strings.Contains(err.Error(), "must") &&
			!strings.Contains(err.Error(), "cannot") {
			t.Errorf("error %v, want one that names %s and its bound", err, want)
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

// Fit grows 100 trees of 31 leaves at rate 0.1 without a hold-out, which is how other libraries are measured.
func BenchmarkFit(b *testing.B) {
	p := Params{Rounds: 100, Rate: 0.1, MaxLeaves: 31, MinLeaf: 20, ColumnShare: 1, Patience: 1}
	for _, size := range []struct {
		name string
		rows int
	}{{"10k", 10_000}, {"100k", 100_000}} {
		b.Run("family=gbdt/rows="+size.name, func(b *testing.B) {
			d, _ := planted(1, size.rows, 40)
			for b.Loop() {
				if _, err := New(p).Fit(context.Background(), d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
