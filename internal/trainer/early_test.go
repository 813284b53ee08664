package trainer

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestEarlyModelScoresOnAnyDay(t *testing.T) {
	wh, o := jobOptions(t, "gbdt")
	o.Early = true
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	e := r.Early
	if e == nil || len(e.Days) != features.WeekDays || !e.Refused.Empty() {
		t.Fatalf("the early model is %+v", e)
	}
	first, last := e.Days[0], e.Days[features.WeekDays-1]
	if first.Model.AUC.Value >= last.Model.AUC.Value || first.Model.AUC.Low <= 0.5 {
		t.Errorf("AUC %.3f on day 0, %.3f on day 6", first.Model.AUC.Value, last.Model.AUC.Value)
	}
	if chosen := r.Entrants[r.Chosen].Test.AUC.Value; last.Model.AUC.Value < chosen-0.03 {
		t.Errorf("AUC on day 6 is %.3f, that of the ordinary model %.3f", last.Model.AUC.Value, chosen)
	}
	if first.VisitDays.AUC.Value != 0.5 || math.Abs(last.VisitDays.AUC.Value-r.Baselines.Days.AUC.Value) > 1e-9 {
		t.Errorf("visit days alone: AUC %.3f on day 0, %.3f on day 6, want 0.5 and %.3f", first.VisitDays.AUC.Value, last.VisitDays.AUC.Value,
			r.Baselines.Days.AUC.Value)
	}
	earlyTable(t, r, e.result)
	page, err := os.ReadFile(filepath.Join(r.ReportDir, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("How early a score can be trusted")) {
		t.Errorf("the report does not show how early a score can be trusted (%v)", err)
	}
	version, err := o.Store.Current(o.Name + EarlySuffix)
	if err != nil || version != e.Version {
		t.Fatalf("current is %q, want %q: %v", version, e.Version, err)
	}
	a, err := o.Store.Open(o.Name+EarlySuffix, version, Decoders())
	if err != nil {
		t.Fatal(err)
	}
	m := &a.Manifest
	if _, ok := m.Set.Index(features.DaysKnown); !ok || m.Training.Rows != len(r.Split.Train) || m.Training.TestRows != len(r.Split.Test) ||
		m.Tolerance == nil || !m.Simulated {
		t.Errorf("the manifest has the features %v, training %+v", m.Set.Names(), m.Training)
	}
}

// earlyTable holds the seven rows of each user to one side of the split, and those of day 6 to the ordinary table.
func earlyTable(t *testing.T, r, early *Result) {
	t.Helper()
	side := map[string]string{}
	for name, rows := range map[string][]int{"train": early.Split.Train, "test": early.Split.Test} {
		for _, i := range rows {
			if was, ok := side[early.Table.Keys[i]]; ok && was != name {
				t.Fatalf("a user is on both sides")
			}
			side[early.Table.Keys[i]] = name
		}
	}
	if len(side)*features.WeekDays != len(early.Split.Train)+len(early.Split.Test) {
		t.Errorf("%d users have %d rows", len(side), len(early.Split.Train)+len(early.Split.Test))
	}
	known := early.Table.X.Columns[len(early.Table.X.Columns)-1]
	for k, i := range slices.Concat(r.Split.Train, r.Split.Test) {
		row := k*features.WeekDays + features.WeekDays - 1
		if early.Table.Keys[row] != r.Table.Keys[i] || early.Table.Y[row] != r.Table.Y[i] || known.Values[row] != 6 || known.Values[row-6] != 0 {
			t.Fatalf("user %d: the rows are another user's, or out of order", k)
		}
		for j, c := range r.Table.X.Columns {
			if got := early.Table.X.Columns[j].Values[row]; math.Float32bits(got) != math.Float32bits(c.Values[i]) {
				t.Fatalf("user %d, %s: %v known at the end of day 6, %v in the first week", k, c.Name, got, c.Values[i])
			}
		}
	}
}

func TestLandmarkDataCountsUsersEqually(t *testing.T) {
	table := &Table{X: &model.Matrix{Columns: []model.Column{{Values: make([]float32, 21)}}}, Y: make([]bool, 21)}
	for i := range table.Y {
		table.X.Columns[0].Values[i], table.Y[i] = float32(i), i >= 14
	}
	d := table.landmarkData([]int{2, 0})
	if len(d.W) != 14 || d.W[0] != 1.0/7 || !d.Y[6] || d.Y[7] || d.X.Columns[0].Values[0] != 14 || d.X.Columns[0].Values[13] != 6 {
		t.Errorf("got %+v", d)
	}
	if rows := rowsOfDay([]int{2, 0}, 3); !slices.Equal(rows, []int{17, 3}) {
		t.Errorf("rows of day 3 are %v", rows)
	}
}

// A model whose order may be chance on the last day is not published.
func TestEarlyModelWithoutSkillIsNotPublished(t *testing.T) {
	const users = 600
	o := Options{Resamples: 200, Seed: 1}
	r := &run{Options: o, Result: &Result{}}
	draw := rand.New(rand.NewPCG(3, 3))
	table := &Table{X: &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: visitDays}}}}}
	for range users {
		y := draw.IntN(2) == 0
		for range features.WeekDays {
			table.X.Columns[0].Values, table.Y = append(table.X.Columns[0].Values, draw.Float32()), append(table.Y, y)
		}
	}
	train, test := places(0, users/2), places(users/2, users)
	p, err := earlyCandidates(o)[1].classifier.Fit(t.Context(), table.landmarkData(train))
	if err != nil {
		t.Fatal(err)
	}
	r.Result.Early = &Early{result: &Result{
		Table: table, Split: model.Split{Train: landmarkRows(train), Test: landmarkRows(test)}, Entrants: []Entrant{{Predictor: p}},
	}}
	r.judgeEarly(train, test)
	if e := r.Result.Early; !strings.Contains(e.Refused.String(), "may be chance") {
		t.Errorf("refused: %q, AUC on day 6 %+v", e.Refused, e.Days[6].Model.AUC)
	}
	if a, err := r.Result.Early.artifact(r.Options, features.Plan{}); a != nil || err != nil {
		t.Errorf("there is an artifact (%v)", err)
	}
}

// A young app has too few users for it, and the main model is published all the same.
func TestEarlyModelNeedsUsers(t *testing.T) {
	r := &run{Options: Options{Early: true}, Result: &Result{Split: model.Split{Train: places(0, fewestEarlyUsers-1)}}}
	if err := r.early(t.Context()); err != nil || !strings.Contains(r.Result.Early.Refused.String(), "199 users teach it") {
		t.Errorf("%+v, %v", r.Result.Early, err)
	}
	var out strings.Builder
	r.printEarly(&out)
	if a, err := r.Result.Early.artifact(r.Options, features.Plan{}); a != nil || err != nil || !strings.Contains(out.String(), "no early model") {
		t.Errorf("printed %q, artifact %v, %v", out.String(), a, err)
	}
}

// What cannot be fitted leaves the main model in peace.
func TestEarlyModelThatFailsEndsNothing(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	o.Early, o.Together = true, [][]string{{visitDays, "no_such_column"}}
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Early == nil || !strings.Contains(r.Early.Refused.String(), "could not be fitted") || r.Version == "" || r.Early.Version != "" {
		t.Errorf("early %+v, version %q", r.Early, r.Version)
	}
}

func TestDaysKnownActTogetherWithAll(t *testing.T) {
	given := [][]string{{"a", "b"}, {"c"}}
	got := withDaysKnown(given)
	if withDaysKnown(nil) != nil || len(got) != 2 || !slices.Equal(got[0], []string{"a", "b", features.DaysKnown}) || len(given[0]) != 2 {
		t.Errorf("got %v of %v", got, given)
	}
}
