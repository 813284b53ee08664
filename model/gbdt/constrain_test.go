package gbdt

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// wavy is a table whose label rises and falls with a, and depends on b and c together.
func wavy(rows int) model.Data {
	rng := rand.New(rand.NewPCG(11, 3))
	names := []string{"a", "b", "c", "d"}
	d := model.Data{X: &model.Matrix{Columns: make([]model.Column, len(names))}, Y: make([]bool, rows)}
	for j, name := range names {
		d.X.Columns[j] = model.Column{Field: model.Field{Name: name}, Values: make([]float32, rows)}
		for i := range rows {
			d.X.Columns[j].Values[i] = float32(rng.IntN(12))
			if rng.IntN(10) == 0 {
				d.X.Columns[j].Values[i] = float32(math.NaN())
			}
		}
	}
	for i := range rows {
		score := math.Sin(float64(d.X.Columns[0].Values[i])) + 0.3*float64(d.X.Columns[1].Values[i])
		if d.X.Columns[2].Values[i] > 6 {
			score = -score
		}
		if math.IsNaN(score) {
			score = 0
		}
		d.Y[i] = rng.Float64() < model.Sigmoid(score)
	}
	return d
}

func fitWavy(t *testing.T, change func(*Params)) (model.Predictor, model.Data) {
	t.Helper()
	d, p := wavy(4000), Defaults()
	p.Rounds, p.HoldOut, p.ColumnShare, p.MaxLeaves, p.MaxDepth = 60, 0, 1, 16, 5
	change(&p)
	fitted, err := New(p).Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return fitted, d
}

// steps counts the steps of column j on which the score of a row goes down, and those on which it goes up.
func steps(p model.Predictor, d model.Data, j int) (falls, rises int) {
	for i := range 300 {
		row := d.X.Row(nil, i)
		last := math.Inf(-1)
		for v := range 12 {
			row[j] = float32(v)
			score := p.Score(row)
			if v > 0 && score < last-1e-12 {
				falls++
			}
			if v > 0 && score > last+1e-12 {
				rises++
			}
			last = score
		}
	}
	return falls, rises
}

func TestMonotoneColumnsOnlyGoOneWay(t *testing.T) {
	free, d := fitWavy(t, func(*Params) {})
	if falls, rises := steps(free, d, 0); falls == 0 || rises == 0 {
		t.Fatal("the table does not tempt the trees to go both ways")
	}
	up, d := fitWavy(t, func(p *Params) { p.Monotone = map[string]int{"a": 1, "b": 0} })
	if falls, rises := steps(up, d, 0); falls > 0 || rises == 0 {
		t.Errorf("a may only rise: it falls on %d steps and rises on %d", falls, rises)
	}
	if falls, _ := steps(up, d, 1); falls == 0 {
		t.Error("b is free, yet it never falls")
	}
	down, d := fitWavy(t, func(p *Params) { p.Monotone = map[string]int{"b": -1} })
	if _, rises := steps(down, d, 1); rises > 0 {
		t.Errorf("b may only fall: it rises on %d steps", rises)
	}
}

// paths lists the sets of columns asked on the way to each leaf.
func paths(nodes []tree.Node, at int32, above map[int]bool, visit func(map[int]bool)) {
	if at < 0 {
		visit(above)
		return
	}
	n := nodes[at]
	asked := map[int]bool{n.Column: true}
	for j := range above {
		asked[j] = true
	}
	paths(nodes, n.Left, asked, visit)
	paths(nodes, n.Right, asked, visit)
}

func TestOnlyColumnsTogetherShareAPath(t *testing.T) {
	count := func(p model.Predictor) (mixed, together int) {
		for _, one := range p.(*tree.Ensemble).Trees() {
			if len(one.Nodes) == 0 {
				continue
			}
			paths(one.Nodes, 0, nil, func(asked map[int]bool) {
				if len(asked) > 1 && !(len(asked) == 2 && asked[0] && asked[2]) {
					mixed++
				} else if len(asked) == 2 {
					together++
				}
			})
		}
		return mixed, together
	}
	free, _ := fitWavy(t, func(*Params) {})
	if mixed, _ := count(free); mixed == 0 {
		t.Fatal("free trees do not mix columns")
	}
	bound, _ := fitWavy(t, func(p *Params) { p.Together = [][]string{{"a", "c"}} })
	if mixed, together := count(bound); mixed > 0 || together == 0 {
		t.Errorf("%d paths mix columns that must not be, %d join a and c", mixed, together)
	}
}

func TestConstraintsNameColumns(t *testing.T) {
	d := wavy(100)
	d.X.Columns[3].Levels = make([]string, 12)
	for name, change := range map[string]func(*Params){
		`monotone: no column is named "visits"`: func(p *Params) { p.Monotone = map[string]int{"visits": 1} },
		"monotone: a is 2":                      func(p *Params) { p.Monotone = map[string]int{"a": 2} },
		"monotone: d is a category":             func(p *Params) { p.Monotone = map[string]int{"d": 1} },
		`together: no column is named "e"`:      func(p *Params) { p.Together = [][]string{{"a", "e"}} },
	} {
		p := Defaults()
		change(&p)
		_, err := New(p).Fit(context.Background(), d)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %s", err, name)
		}
	}
}
