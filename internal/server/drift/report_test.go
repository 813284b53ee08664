package drift

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// eight are the columns of the random runs: six numbers and two categories.
func eight() []model.Field {
	fields := make([]model.Field, 8)
	for j := range fields {
		fields[j] = model.Field{Name: fmt.Sprintf("feature_%d", j)}
		if j%4 == 3 {
			fields[j].Levels = []string{"ANDROID", "IOS", "WEB"}
		}
	}
	return fields
}

// run scores users drawn as those of the reference were, each of them changed first.
func run(seed uint64, users int, change func(row []float32, p float64) float64) Report {
	rng, fields := rand.New(rand.NewPCG(seed, 6)), eight()
	reference, score := histograms(fields, draw(rng, fields, 2000))
	w := New(fields, reference, score, morning.now)
	t := w.Tally()
	for _, row := range draw(rng, fields, users) {
		p := change(row, rng.Float64())
		t.Add(row, p)
	}
	w.Merge(t)
	return w.Report()
}

func unchanged(_ []float32, p float64) float64 { return p }

// TestNoDriftIsOK draws 200 times 500 users as those of the reference. PSI is then about 0.025 with 10 degrees of freedom, so that 0.1 is
// passed by one column in 60 000.
func TestNoDriftIsOK(t *testing.T) {
	ok := 0
	for seed := range uint64(200) {
		if r := run(seed, 500, unchanged); r.Status == OK && r.Drifted == 0 {
			ok++
		} else {
			t.Logf("seed %d: %s, %d drifted", seed, r.Status, r.Drifted)
		}
	}
	if ok < 198 {
		t.Errorf("%d of 200 runs are ok, want at least 198", ok)
	}
}

// TestNoDriftOfFewRows has the fewest rows that are judged, where the limit is three times the expectation. A chi-square variable of 10
// degrees of freedom is over three times its mean in 0.1 % of draws, and the sum's higher terms and rare bins add to that.
func TestNoDriftOfFewRows(t *testing.T) {
	columns, warned := 0, 0
	for seed := range uint64(100) {
		r := run(seed, fewRows, unchanged)
		columns, warned = columns+len(r.Features), warned+r.Drifted
	}
	t.Logf("%d of %d columns warn", warned, columns)
	if rate := float64(warned) / float64(columns); rate > 0.01 {
		t.Errorf("%v of the columns warn without any drift, want at most 0.01", rate)
	}
}

// A feature that shifts is named, alone, in every run.
func TestAShiftIsNamed(t *testing.T) {
	for seed := range uint64(20) {
		r := run(seed, 1000, func(row []float32, p float64) float64 {
			row[4] *= 4
			return p
		})
		if r.Status != Warn || r.Drifted != 1 || r.Score.Status != OK {
			t.Errorf("seed %d: %s, %d drifted, score %s, want a warning of one feature", seed, r.Status, r.Drifted, r.Score.Status)
		}
		for _, c := range r.Features {
			if want := map[bool]string{true: Alarm, false: OK}[c.Feature == "feature_4"]; c.Status != want {
				t.Errorf("seed %d: %s is %s with PSI %v, want %s", seed, c.Feature, c.Status, c.PSI, want)
			}
		}
	}
}

func TestTheWholeStatus(t *testing.T) {
	shift := func(features int) func(row []float32, p float64) float64 {
		return func(row []float32, p float64) float64 {
			for j := range features {
				row[j] = nan
			}
			return p
		}
	}
	for _, c := range []struct {
		name    string
		users   int
		change  func(row []float32, p float64) float64
		want    string
		drifted int
	}{
		{"nobody", 0, unchanged, Few, 0},
		{"too few, however far off", fewRows - 1, shift(8), Few, 0},
		{"none drifts", 1000, unchanged, OK, 0},
		{"one drifts", 1000, shift(1), Warn, 1},
		{"fewer than half drift", 1000, shift(3), Warn, 3},
		{"half drift", 1000, shift(4), Alarm, 4},
		{"all drift", 1000, shift(8), Alarm, 8},
		{"the score is far off", 1000, func(_ []float32, p float64) float64 { return p / 2 }, Alarm, 0},
		{"the score is a little off", 1000, func(_ []float32, p float64) float64 { return p * (0.4 + 0.6*p) }, Warn, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(1, c.users, c.change)
			if r.Status != c.want || r.Drifted != c.drifted || r.Rows != c.users {
				t.Errorf("%s, %d drifted of %d rows (score PSI %v), want %s, %d of %d",
					r.Status, r.Drifted, r.Rows, r.Score.PSI, c.want, c.drifted, c.users)
			}
		})
	}
}

// Without a feature that could drift, the score alone decides.
func TestAModelWithoutFeatures(t *testing.T) {
	w := New(nil, nil, model.Histogram{Name: "probability", Edges: []float32{0.5}, Counts: []int{5, 5}}, morning.now)
	for i := range 400 {
		tally := w.Tally()
		tally.Add(nil, float64(i%2))
		w.Merge(tally)
	}
	if r := w.Report(); r.Status != OK || r.Features == nil || r.Score.PSI != 0 {
		t.Errorf("report %+v, want ok", r)
	}
}

func TestTheReportIsACopy(t *testing.T) {
	w := New([]model.Field{visits, platform}, []model.Histogram{
		{Name: "n", Edges: []float32{1, 2}, Counts: []int{1, 1, 1}}, {Name: "p", Counts: []int{1, 1, 1}},
	}, model.Histogram{Edges: []float32{0.5}, Counts: []int{1, 1}}, morning.now)
	report := w.Report()
	before, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(report.Features, report.Score) {
		c.Now[0], c.Reference[0] = 9, 9
		if c.Edges != nil {
			c.Edges[0] = 9
		}
		if c.Levels != nil {
			c.Levels[0] = "changed"
		}
	}
	if got, err := json.Marshal(w.Report()); err != nil || string(got) != string(before) {
		t.Errorf("a change of one report is in the next: %s, error %v, want %s", got, err, before)
	}
}

func TestTheReportAsJSON(t *testing.T) {
	w := New([]model.Field{visits, platform}, []model.Histogram{
		{Name: "n", Edges: []float32{1}, Counts: []int{1, 1}}, {Name: "p", Counts: []int{2, 0, 0}, Missing: 2},
	}, model.Histogram{}, morning.now)
	tally := w.Tally()
	tally.Add([]float32{1, nan}, 0.5)
	tally.Unseen(1)
	w.Merge(tally)
	got, err := json.Marshal(w.Report())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"rows":1,"since":"2026-03-01T08:00:00Z","status":"few","drifted":0,"score":{"feature":"probability",`,
		`"psi":0,"expected":0,"status":"few","missing":0,"missing_reference":0,"unseen":0,"reference":[0,0],"now":[1,0]}`,
		`"missing":1,"missing_reference":0.5,"unseen":1,"reference":[0.5,0,0,0.5],"now":[0,0,0,1],"levels":["ANDROID","IOS","WEB"]}`,
		`"reference":[0.5,0.5,0],"now":[1,0,0],"edges":[1]}`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("report %s\nwant in it %s", got, want)
		}
	}
	var back Report
	if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, w.Report()) {
		t.Errorf("read back: %+v, error %v, want %+v", back, err, w.Report())
	}
}
