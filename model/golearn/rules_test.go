package golearn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sjwhitworth/golearn/base"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

func TestRulesSuite(t *testing.T) {
	modeltest.Classifier(t, func(uint64) model.Classifier { return NewRules(RulesDefaults()) }, tree.Decode)
}

func TestEnsembleScoresAreTheSketchs(t *testing.T) {
	kinds := map[linear.Kind]int{}
	for seed := range uint64(20) {
		d := modeltest.Table(seed, 1500)
		// Labels that also hang on what is missing, so that all kinds of questions come up.
		for i := range d.Y {
			if v := d.X.Columns[modeltest.Pings].Values[i]; v != v && i%3 > 0 {
				d.Y[i] = true
			}
		}
		s, err := NewRules(RulesDefaults()).Sketch(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.Ensemble()
		if err != nil {
			t.Fatal(err)
		}
		later := modeltest.Table(seed+50, 500)
		for i := range later.Y {
			row := later.X.Row(nil, i)
			b := s.root
			for !b.leaf() {
				kinds[b.ask.kind]++
				b = b.next(row)
			}
			if got := e.Score(row); got != b.score {
				t.Fatalf("seed %d, row %d: the tree scores %v, the sketch %v", seed, i, got, b.score)
			}
		}
	}
	if len(kinds) != 3 {
		t.Errorf("questions asked: %v, want all three kinds", kinds)
	}
}

// The sign of a leaf's score must be golearn's own prediction for the rows in it. The tree is compared on the rows that it was
// grown on, where both count the same.
func TestSketchIsGolearnsTree(t *testing.T) {
	for seed := range uint64(5) {
		d := modeltest.Table(seed, 1500)
		params := RulesDefaults()
		params.Prior = 1e-9
		r := NewRules(params)
		s, err := r.Sketch(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sample(d, params.Rows)
		if err != nil {
			t.Fatal(err)
		}
		qs := questions(d.X, rows, binned)
		root, err := r.grow(context.Background(), d, rows, qs)
		if err != nil {
			t.Fatal(err)
		}
		g, err := newGrid(d, rows, qs)
		if err != nil {
			t.Fatal(err)
		}
		predicted, err := root.Predict(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range rows {
			row := d.X.Row(nil, i)
			b := s.root
			for !b.leaf() {
				b = b.next(row)
			}
			if got := base.GetClass(predicted, i); math.Abs(b.score) > 1e-6 && (b.score > 0) != (got == returned) {
				t.Fatalf("seed %d, row %d: score %v, golearn says %s", seed, i, b.score, got)
			}
		}
		if s.Leaves() < 4 || s.Leaves() > 16 {
			t.Errorf("seed %d: %d leaves, want 4 to 16", seed, s.Leaves())
		}
	}
}

func TestGain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		yes, no map[string]int
		want    float64
	}{
		{"tells all", map[string]int{returned: 4}, map[string]int{stayed: 4}, 1},
		{"tells nothing", map[string]int{returned: 2, stayed: 2}, map[string]int{returned: 3, stayed: 3}, 0},
		{"nobody", map[string]int{}, map[string]int{returned: 3, stayed: 3}, 0},
		// 1 - (3/4)*H(2/3), H(2/3) = 0.9182958340544896 bits.
		{"tells some", map[string]int{returned: 1}, map[string]int{returned: 1, stayed: 2}, 1 - 0.75*0.9182958340544896},
	} {
		if got := gain(tt.yes, tt.no); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: %v bits, want %v", tt.name, got, tt.want)
		}
	}
}

func TestLeavesAreFilledFromAllRows(t *testing.T) {
	d := modeltest.Table(3, 3000)
	params := RulesDefaults()
	params.Rows = 600
	s, err := NewRules(params).Sketch(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	count, positives := 0, 0.0
	var walk func(b *branch)
	walk = func(b *branch) {
		if b.leaf() {
			count += b.count
			positives += b.positives
			rate := (b.positives + params.Prior*s.root.positives/s.root.rows) / (b.rows + params.Prior)
			if got := model.Sigmoid(b.score); math.Abs(got-rate) > 1e-12 {
				t.Errorf("a leaf of %v rows has probability %v, want %v", b.rows, got, rate)
			}
			return
		}
		walk(b.yes)
		walk(b.no)
	}
	walk(s.root)
	if count != len(d.Y) || positives != s.root.positives {
		t.Errorf("the leaves hold %d rows and %v positives, want %d and %v", count, positives, len(d.Y), s.root.positives)
	}
}

func TestQuestions(t *testing.T) {
	fields := modeltest.Table(1, 1).X.Fields()
	nan := float32(math.NaN())
	for _, tt := range []struct {
		q    question
		text string
		yes  []float32
		no   []float32
	}{
		{question{column: modeltest.Meetings, kind: linear.Did}, "meetings > 0", []float32{1, 7}, []float32{0, -1, nan}},
		{question{column: modeltest.Days, kind: linear.Did, threshold: 2.5}, "days > 2.5", []float32{3}, []float32{2.5, nan}},
		{question{column: modeltest.Channel, kind: linear.Level, level: 1}, "channel = paid", []float32{1}, []float32{0, 2, nan}},
		{question{column: modeltest.Pings, kind: linear.Missing}, "pings is missing", []float32{nan}, []float32{0, 1}},
	} {
		if got := tt.q.text(fields); got != tt.text {
			t.Errorf("text %q, want %q", got, tt.text)
		}
		for _, v := range tt.yes {
			if !tt.q.ask(v) {
				t.Errorf("%s: no for %v", tt.text, v)
			}
		}
		for _, v := range tt.no {
			if tt.q.ask(v) {
				t.Errorf("%s: yes for %v", tt.text, v)
			}
		}
	}
}

func TestInvalidRulesParams(t *testing.T) {
	for name, change := range map[string]func(*RulesParams){
		"no rows":  func(p *RulesParams) { p.Rows = 0 },
		"no depth": func(p *RulesParams) { p.Depth = 0 },
		"no leaf":  func(p *RulesParams) { p.Leaf = 0 },
		"gain":     func(p *RulesParams) { p.Gain = math.NaN() },
		"prior":    func(p *RulesParams) { p.Prior = 0 },
	} {
		p := RulesDefaults()
		change(&p)
		_, err := NewRules(p).Sketch(context.Background(), modeltest.Table(1, 100))
		if err == nil || !strings.Contains(err.Error(), "rules: ") {
			t.Errorf("%s: error %v, want one about the parameter", name, err)
		}
	}
	_, err := NewRules(RulesDefaults()).Sketch(context.Background(), model.Data{X: &model.Matrix{}})
	if !errors.Is(err, model.ErrEmpty) {
		t.Errorf("no columns: error %v, want ErrEmpty", err)
	}
}

func ExampleRules_Sketch() {
	params := RulesDefaults()
	params.Depth = 2
	s, err := NewRules(params).Sketch(context.Background(), modeltest.Table(1, 2000))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(s)
	// Output:
	// if meetings > 0:
	//     if pings > 0:
	//         31.6 % return (326 users)
	//     else:
	//         57.5 % return (513 users)
	// else:
	//     if pings > 0:
	//         7.0 % return (472 users)
	//     else:
	//         24.4 % return (689 users)
}

func BenchmarkFit(b *testing.B) {
	d := modeltest.Table(1, 100_000)
	b.Run("family=bayes/rows=100k/columns=8", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewBayes(BayesDefaults()).Fit(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("family=rules/rows=100k/columns=8", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewRules(RulesDefaults()).Sketch(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	})
}
