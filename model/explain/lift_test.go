package explain

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

var nan = float32(math.NaN())

// calendar is a model of 7 features, log-odds -1 + 0.5 meetings + 0.3 days with meetings - 0.01 hours to the first - 0.2 shares + 0.1
// visit days. Of its 20 reference users 10 made 0 meetings, the others 1 to 10; nobody sent an invite.
func calendar() *model.Artifact {
	of := func(name string) features.Filter { return features.Filter{Events: []string{name}} }
	set := features.Set{Features: []features.Feature{
		{Name: "n_meeting", Phrase: "made {v} meetings", Kind: features.Number, Action: "meeting", Expr: features.Count{Of: of("meeting")}},
		{Name: "days_meeting", Phrase: "{v} days", Kind: features.Number, Action: "meeting", Expr: features.Days{Of: of("meeting")}},
		{Name: "hours_to_meeting", Phrase: "{v} h", Kind: features.Number, Action: "meeting", Expr: features.Until{Of: of("meeting")}},
		{Name: "n_share", Phrase: "shared {v} times", Kind: features.Number, Action: "share", Expr: features.Count{Of: of("share")}},
		{Name: "n_invite", Phrase: "invited {v} times", Kind: features.Number, Action: "invite", Expr: features.Count{Of: of("invite")}},
		{Name: "visit_days", Phrase: "came on {v} days", Kind: features.Number, Expr: features.Days{}},
		{Name: "channel", Phrase: "by {v}", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
	}}
	a := &model.Artifact{Manifest: model.Manifest{Set: set, Calibration: calibrate.Map{Kind: calibrate.None}}}
	columns := make([][]float32, len(set.Features))
	for i := range 20 {
		meetings, hours := float32(max(0, i-9)), float32(i)
		if i < 10 {
			hours = nan
		}
		for j, v := range []float32{meetings, min(meetings, 3), hours, float32(i % 5), 0, float32(1 + i%7), float32(i % 2)} {
			columns[j] = append(columns[j], v)
		}
	}
	for j, f := range set.Features {
		field := model.Field{Name: f.Name}
		if f.Kind == features.Category {
			field.Levels = []string{"Direct", "Referral"}
		}
		a.Manifest.Fields = append(a.Manifest.Fields, field)
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(model.Column{Field: field, Values: columns[j]}))
	}
	a.Predictor = &linear.Model{Fields: a.Manifest.Fields, Intercept: -1, Terms: []linear.Term{
		{Column: 0, Kind: linear.Number, Scale: 1, Weight: 0.5},
		{Column: 1, Kind: linear.Number, Scale: 1, Weight: 0.3},
		{Column: 2, Kind: linear.Number, Scale: 1, Weight: -0.01},
		{Column: 3, Kind: linear.Number, Scale: 1, Weight: -0.2},
		{Column: 4, Kind: linear.Number, Scale: 1, Weight: 1},
		{Column: 5, Kind: linear.Number, Scale: 1, Weight: 0.1},
	}}
	return a
}

func TestActions(t *testing.T) {
	if got := Actions(calendar()); !slices.Equal(got, []string{"invite", "meeting", "share"}) {
		t.Errorf("got %v", got)
	}
}

// A user who did nothing: the best level of meetings is the last edge, and one that brings 90 % of its gain suffices. Sharing lowers, and
// nobody ever invited. The probabilities are the model's formula by hand.
func TestLift(t *testing.T) {
	a := calendar()
	row := []float32{0, 0, nan, 0, 0, 0, nan}
	before := slices.Clone(row)
	got := Lift(a, row, []string{"meeting", "share", "invite", "unknown"}, 5)
	if len(got) != 1 {
		t.Fatalf("got %+v, want one change", got)
	}
	c := got[0]
	edges := a.Manifest.Reference[0].Edges
	if c.Action != "meeting" || c.Feature != "n_meeting" || c.From == nil || *c.From != 0 || c.To < 2 || float32(c.To) > edges[len(edges)-1] {
		t.Errorf("got %+v; edges %v", c, edges)
	}
	middle, _ := median(a.Manifest.Reference[2])
	want := model.Sigmoid(-1 + 0.5*c.To + 0.3 - 0.01*float64(middle))
	if math.Abs(c.Probability-want) > 1e-6 || math.Abs(c.Gain-(want-model.Sigmoid(-1))) > 1e-6 {
		t.Errorf("probability %v gain %v, want %v", c.Probability, c.Gain, want)
	}
	top := model.Sigmoid(-1 + 0.5*float64(edges[len(edges)-1]) + 0.3 - 0.01*float64(middle))
	if c.Gain < 0.9*(top-model.Sigmoid(-1)) {
		t.Errorf("gain %v of at most %v", c.Gain, top-model.Sigmoid(-1))
	}
	for j := range row {
		if row[j] != before[j] && (row[j] == row[j] || before[j] == before[j]) {
			t.Errorf("the row was changed: %v", row)
		}
	}
	if got := Lift(a, row, nil, 5); len(got) != 0 {
		t.Errorf("nothing is possible, got %+v", got)
	}
	if got := Lift(a, row, []string{"meeting"}, 0); len(got) != 0 {
		t.Errorf("nothing is asked for, got %+v", got)
	}
	if got := Lift(a, []float32{100, 7, 1, 0, 0, 7, 0}, []string{"meeting"}, 5); len(got) != 0 {
		t.Errorf("beyond all reference users, got %+v", got)
	}
	if got := Lift(a, []float32{nan, nan, nan, nan, nan, nan, nan}, []string{"meeting"}, 5); len(got) != 1 || got[0].From != nil {
		t.Errorf("nothing known, got %+v", got)
	}
}

// Over random rows: gains are above 0 and in order, levels lie within the reference users', and only the action's columns change.
func TestLiftOverRandomRows(t *testing.T) {
	a := calendar()
	seen := &recorder{Predictor: a.Predictor}
	a.Predictor = seen
	rng := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		row := make([]float32, len(a.Manifest.Fields))
		for j := range row {
			if row[j] = float32(rng.IntN(9)); rng.IntN(5) == 0 {
				row[j] = nan
			}
		}
		seen.rows = nil
		for i, c := range Lift(a, row, []string{"meeting", "invite"}, 3) {
			edges := a.Manifest.Reference[0].Edges
			if !(c.Gain > 0) || i > 0 || c.Action != "meeting" || c.To > float64(edges[len(edges)-1]) || c.From != nil && c.To <= *c.From {
				t.Fatalf("row %v: %+v", row, c)
			}
		}
		for _, other := range seen.rows {
			for j := 3; j < len(row); j++ {
				if other[j] != row[j] && (other[j] == other[j] || row[j] == row[j]) {
					t.Fatalf("column %d changed from %v to %v", j, row[j], other[j])
				}
			}
			if other[1] != other[1] && row[1] == row[1] || other[1] < row[1] {
				t.Fatalf("days fell from %v to %v", row[1], other[1])
			}
		}
	}
}

// recorder keeps the rows that it scores.
type recorder struct {
	model.Predictor
	rows [][]float32
}

func (r *recorder) Score(row []float32) float64 {
	r.rows = append(r.rows, slices.Clone(row))
	return r.Predictor.Score(row)
}

func BenchmarkLift(b *testing.B) {
	a := calendar()
	row := []float32{0, 0, nan, 0, 0, 0, nan}
	for b.Loop() {
		Lift(a, row, []string{"meeting", "share", "invite"}, 3)
	}
}
