package trainer

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// planted is users in the order of time, three a day, whose chance rises with their one column.
func planted(n int, seed uint64) *Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	t := &Table{X: &model.Matrix{Columns: make([]model.Column, 2)}}
	for j, name := range []string{"signal", "noise"} {
		t.X.Columns[j] = model.Column{Field: model.Field{Name: name}, Values: make([]float32, n)}
	}
	for i := range n {
		x := rng.NormFloat64()
		t.X.Columns[0].Values[i], t.X.Columns[1].Values[i] = float32(x), float32(rng.NormFloat64())
		t.Day0, t.Y = append(t.Day0, 19000+i/3), append(t.Y, rng.Float64() < model.Sigmoid(x-0.5))
	}
	return t
}

func span2(from, to int) []int {
	var rows []int
	for i := from; i < to; i++ {
		rows = append(rows, i)
	}
	return rows
}

func gateOptions() Options {
	o := Defaults()
	o.Resamples = 200
	return o
}

func TestProbeFindsUsersOnBothSides(t *testing.T) {
	table := planted(1200, 1)
	p := gbdt.Defaults()
	p.Rounds, p.HoldOut, p.MinLeaf, p.MaxLeaves, p.MaxDepth, p.Rate = 100, 0, 2, 31, 0, 0.3
	for _, c := range []struct {
		name   string
		split  model.Split
		passes bool
	}{
		{"apart", model.Split{Train: span2(0, 800), Test: span2(800, 1200)}, true},
		{"overlapping", model.Split{Train: span2(0, 1200), Test: span2(800, 1200)}, false},
	} {
		g, err := probeGate(t.Context(), gateOptions(), gbdt.New(p).Fit, table, c.split)
		if err != nil || g.Passed != c.passes {
			t.Errorf("%s: %+v (%v)", c.name, g, err)
		}
	}
}

// reader knows the labels of the rows that it is asked about: it remembers every label it has ever been shown with its signal.
type reader struct{ seen map[float32]bool }

func (r reader) Family() string { return "reader" }

func (r reader) Fit(_ context.Context, d model.Data) (model.Predictor, error) {
	for i, v := range d.X.Columns[0].Values {
		r.seen[v] = d.Y[i]
	}
	return memory(r), nil
}

type memory reader

func (m memory) Score(row []float32) float64 {
	if m.seen[row[0]] {
		return 1
	}
	return 0
}
func (m memory) Contribute([]float64, []float32) float64 { return 0 }
func (m memory) Format() string                          { return "memory" }
func (m memory) MarshalBinary() ([]byte, error)          { return nil, nil }

func TestProbeFindsWhatRemembersLabels(t *testing.T) {
	table := planted(900, 2)
	split := model.Split{Train: span2(0, 700), Test: span2(600, 900)}
	if g, err := probeGate(t.Context(), gateOptions(), reader{map[float32]bool{}}.Fit, table, split); err != nil || g.Passed {
		t.Errorf("a model that remembers the judging users' labels: %+v (%v)", g, err)
	}
}

func TestProbeRarelyAccusesHonestModels(t *testing.T) {
	accused := 0
	for seed := range uint64(40) {
		table := planted(400, seed+10)
		p := logit.Defaults()
		p.C = 1
		o := gateOptions()
		o.Seed = seed
		g, err := probeGate(t.Context(), o, logit.New(p).Fit, table, model.Split{Train: span2(0, 280), Test: span2(280, 400)})
		if err != nil {
			t.Fatal(err)
		}
		if !g.Passed {
			accused++
		}
	}
	if accused > 0 {
		t.Errorf("%d of 40 honest models are accused", accused)
	}
}

func TestProbeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table := planted(400, 1)
	_, err := probeGate(ctx, gateOptions(), logit.New(logit.Defaults()).Fit, table, model.Split{Train: span2(0, 300), Test: span2(300, 400)})
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("a stopped probe gave %v", err)
	}
}

// truth gives the planted probabilities, and in the rows from flip on their opposite.
func truth(t *Table, flip int) []float64 {
	p := make([]float64, len(t.Y))
	for i, v := range t.X.Columns[0].Values {
		x := float64(v)
		if i >= flip {
			x = -x
		}
		p[i] = model.Sigmoid(x - 0.5)
	}
	return p
}

func TestStabilityGate(t *testing.T) {
	table := planted(2400, 3)
	for _, c := range []struct {
		name   string
		flip   int
		passes bool
	}{
		{"steady", 2400, true}, {"turns round in the last tenth", 2160, false}, {"turns round in the last half", 1200, false},
	} {
		p := truth(table, c.flip)
		d := driftOf(table.Day0, p, table.Y)
		g := stabilityGate(d.Cohorts, metrics.Evaluate(p, table.Y, metrics.Options{Resamples: 200}))
		if g.Passed != c.passes {
			t.Errorf("%s: %+v", c.name, g)
		}
		if !c.passes && !strings.Contains(g.Detail.String(), "weeks of 20") {
			t.Errorf("%s: the gate does not say which weeks: %s", c.name, g.Detail)
		}
	}
	if g := stabilityGate(nil, metrics.Summary{}); !g.Passed || !strings.Contains(g.Detail.String(), "too few") {
		t.Errorf("no cohorts: %+v", g)
	}
}

// A model of steady skill is refused seldom, whatever the cohorts' luck.
func TestStabilityGateIsSeldomWrong(t *testing.T) {
	refused := 0
	for seed := range uint64(100) {
		table := planted(900, seed+100)
		p := truth(table, 900)
		d := driftOf(table.Day0, p, table.Y)
		if !stabilityGate(d.Cohorts, metrics.Summary{AUC: metrics.Interval{Value: metrics.AUC(p, table.Y)}}).Passed {
			refused++
		}
	}
	if refused > 2 {
		t.Errorf("%d of 100 steady models are refused", refused)
	}
}

func TestSizeGate(t *testing.T) {
	of := func(positives, n int) []bool {
		y := make([]bool, n)
		for i := range positives {
			y[i] = true
		}
		return y
	}
	for _, c := range []struct {
		learn, judge []bool
		passes       bool
	}{
		{of(40, 400), of(20, 100), true},
		{of(39, 400), of(20, 100), false},
		{of(40, 400), of(19, 100), false},
		{of(400, 420), of(50, 100), false},
		{of(200, 400), of(99, 100), false},
	} {
		if g := sizeGate(c.learn, c.judge); g.Passed != c.passes {
			t.Errorf("%+v, want passed %v", g, c.passes)
		}
	}
}

func TestVisitsGate(t *testing.T) {
	table := planted(2000, 5)
	good, coarse := truth(table, 2000), make([]float64, 2000)
	for i, p := range good {
		coarse[i] = math.Round(p*2) / 2
	}
	for _, c := range []struct {
		name    string
		p, days []float64
		passes  bool
	}{{"better", good, coarse, true}, {"the same", good, good, true}, {"worse", coarse, good, false}} {
		if g := visitsGate(gateOptions(), c.p, c.days, table.Y); g.Passed != c.passes {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
}
