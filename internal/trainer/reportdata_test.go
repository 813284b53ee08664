package trainer

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// dataRun is a run that ended right after the cohort was counted: 400 users, every fourth of whom revisits.
func dataRun() *run {
	o := Defaults()
	o.App, o.Created, o.Command, o.Resamples = "달력", time.Unix(1_800_000_000, 0), "go run ./cmd/train -seed 1", 200
	t := &Table{}
	for i := range 400 {
		yes := i%4 == 0
		visits := 1
		if yes {
			visits = 3 + i%12
		}
		t.Day0, t.Y, t.Visits = append(t.Day0, 20_000+i/10), append(t.Y, yes), append(t.Visits, visits)
	}
	return &run{Options: o, Result: &Result{
		Source: Source{Days: 88, Events: 12_345, Duplicates: 55, Quarantined: 7, FirstDay: "2024-10-01", LastDay: "2024-12-29"},
		Plan:   features.Plan{Zone: "Asia/Seoul", Label: o.Label, AsOf: 1_735_484_400_000_000},
		Users:  600, Exclusions: []Exclusion{{Reason: features.NotNewBurnIn, Users: 200}}, Table: t, Chosen: -1,
		Rule: RuleFit{Users: 400, Positives: 100, BaseRate: 0.25, Warnings: []phrase.Phrase{phrase.Name("The rule is odd.")}, Neighbours: []NeighbourRule{
			{Visits: 3, Weeks: 4, Users: 400, BaseRate: 0.22}, {Visits: 3, Weeks: 5, Users: 300, BaseRate: 100.0 / 300},
		}},
		Refused: &Refusal{Gate: "the rule fits the app", Reason: phrase.Name("it does not")},
	}}
}

// modelRun is the same run to its end, with two families of which one failed, and a model that ranks nearly perfectly.
func modelRun() *run {
	r := dataRun()
	r.Refused, r.Version, r.Rule.Warnings = nil, "v1", nil
	for i := range 400 {
		if i < 280 {
			r.Split.Train = append(r.Split.Train, i)
			continue
		}
		r.Split.Test = append(r.Split.Test, i)
	}
	y := r.testLabels()
	good, flat := make([]float64, len(y)), make([]float64, len(y))
	for k, v := range y {
		good[k], flat[k] = 0.1+0.001*float64(k), 0.25
		if v && k%3 != 0 {
			good[k] += 0.6
		}
	}
	r.Set = &features.Set{Features: []features.Feature{
		{Name: "visit_days", Doc: "Days with a visit.", Kind: features.Number, Expr: features.Days{}},
		{Name: "shares", Doc: "Times shared.", Kind: features.Number, Expr: features.Count{}},
	}}
	evaluate := func(p []float64) metrics.Summary { return metrics.Evaluate(p, y, r.bootstrap()) }
	r.Baselines = Baselines{Rate: evaluate(flat), RateP: flat, Days: evaluate(flat), DaysP: flat}
	r.Entrants = []Entrant{
		{Family: "logit", Predictor: &linear.Model{}, Test: evaluate(good), TestP: good, Seconds: 1.5},
		{Family: "bayes", Failed: phrase.Name("no rows"), LogLoss: math.Inf(1)},
	}
	r.Why, r.Gates = phrase.Name("logit: the least log loss"), []Gate{{Name: "tells users apart", Passed: true, Detail: phrase.Name("it does")}}
	r.Split.Caveat = phrase.Name("Training labels overlap.")
	r.Chosen, r.Result.Threshold, r.Possible = 0, 0.5, &Possible{Summary: evaluate(good), Users: 90}
	r.Matters = Matters{
		Permutation: []explain.Importance{{
			Columns: []int{0, 1}, Name: "visit_days + shares", Clear: true,
			AUC: metrics.Interval{Value: 0.2, Low: 0.1, High: 0.3}, NullAUC: metrics.Interval{Value: 0, Low: -0.01, High: 0.01},
		}},
		Effects: []explain.Effect{{Column: 1, Name: "shares", Size: metrics.Interval{Value: 1, Low: 0.9, High: 1.1}, Direction: -1}},
		Odds: []linear.OddsRatio{
			{Column: 0, Name: phrase.Name("visit_days"), Ratio: metrics.Interval{Value: 1.5}},
			{Column: 1, Name: phrase.Name("shares"), Ratio: metrics.Interval{Value: 0.2}},
		},
		Retention: []CohortWeek{{Monday: "2024-10-07", Users: 400, Came: []int{400, 100}}},
		Channels:  []ChannelRate{{Channel: "Organic", Users: 400, Positives: 100}},
	}
	r.Findings = []model.Finding{{Rule: "identifier", Checks: phrase.Name("No column names a person."), Detail: phrase.Name("2 columns")}}
	return r
}

func TestReportOfARefusedRun(t *testing.T) {
	r := dataRun()
	d := r.reportData()
	if want := `the gate "the rule fits the app" ended the run before`; d.Quality.Skipped.String() != want {
		t.Errorf("skipped is %q, want %q", d.Quality.Skipped, want)
	}
	if len(d.Quality.Models) != 0 || len(d.Summary.Parts) != 0 {
		t.Errorf("a run without a split shows models %v and parts %v", d.Quality.Models, d.Summary.Parts)
	}
	if got := d.Summary; got.Cohort != 400 || got.Revisiting != 100 || got.Users != 600 || got.Exclusions[0].Users != 200 {
		t.Errorf("summary is %+v", got)
	}
	if got := d.Summary.Neighbours; got[0].Revisiting != 88 || got[1].Revisiting != 100 || got[0].Chosen {
		t.Errorf("neighbours are %+v: the rule of 30 days is none of them", got)
	}
	if want := `the gate "the rule fits the app" failed: it does not.`; d.Meta.NotPublished.String() != want {
		t.Errorf("not published because %q, want %q", d.Meta.NotPublished, want)
	}
	if got := d.DataQuality; got.Read != 12_407 || got.Quarantined[0].Records != 7 || got.DaysEmpty != 2 {
		t.Errorf("data quality is %+v", got)
	}
}

func TestReportOfAWholeRun(t *testing.T) {
	r := modelRun()
	d := r.reportData()
	var names []string
	for _, m := range d.Quality.Models {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"base rate", "visit days alone", "logit", "bayes", "best possible"}, names); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
	m := d.Quality.Models
	if !m[2].Chosen || !m[1].VisitDays || m[3].Note.String() != "failed: no rows" || !strings.Contains(m[4].Note.String(), "90 users") {
		t.Errorf("rows are %+v", m)
	}
	if g := d.Quality.Gain; !(g.Low > 0) || !(g.Value > g.Low) || d.Quality.Threshold != 0.5 {
		t.Errorf("gain over visit days is %+v, threshold %v", g, d.Quality.Threshold)
	}
	if d.Quality.Rows != 120 || d.Quality.Revisiting != 30 || d.Matters.Rows != 120 {
		t.Errorf("measured on %d rows with %d revisiting, importance on %d", d.Quality.Rows, d.Quality.Revisiting, d.Matters.Rows)
	}
	want := report.Gate{Name: phrase.Of("tells users apart"), Passed: true, Detail: phrase.Name("it does")}
	if q := d.Quality; len(q.Gates) != 1 || !reflect.DeepEqual(q.Gates[0], want) || !q.Why.Equal(r.Why) || q.Caveat.String() != "Training labels overlap." {
		t.Errorf("gates are %v, chosen because %q, caveat %q", q.Gates, q.Why, q.Caveat)
	}
	bins := 0
	for _, b := range d.Quality.Calibration {
		bins += b.Rows
	}
	if bins != 120 {
		t.Errorf("the calibration bins hold %d rows, want 120", bins)
	}
	parts := []report.Part{
		{Name: "train", From: "2024-10-04", To: "2024-10-31", Users: 280, Revisiting: 70},
		{Name: "test", From: "2024-11-01", To: "2024-11-12", Users: 120, Revisiting: 30},
	}
	if diff := cmp.Diff(parts, d.Summary.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if d.Matters.Odds[0].Name.String() != "shares" || d.Matters.Importance[0].Meaning.String() != "Times shared." {
		t.Errorf("what matters is %+v", d.Matters)
	}
}

func TestReportFiles(t *testing.T) {
	for name, r := range map[string]*run{"refused": dataRun(), "whole": modelRun()} {
		files, err := reportFiles(r.reportData())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(files) != 2 || !json.Valid(files["report.json"]) || !bytes.Contains(files["report.html"], []byte("달력")) {
			t.Errorf("%s: files are not a page that names the app and valid JSON", name)
		}
		again, err := reportFiles(r.reportData())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(files, again); diff != "" {
			t.Errorf("%s: the same run gives other bytes (-first +second):\n%s", name, diff)
		}
	}
}

func TestVisitBins(t *testing.T) {
	bins := visitBins([]int{0, 2, 3, 11, 40}, 12)
	if len(bins) != 13 || bins[12].To != -1 || bins[12].Users != 1 || !bins[12].Revisits || bins[11].Users != 1 || bins[11].Revisits {
		t.Errorf("with the line at 12 the bins are %+v", bins)
	}
	if bins = visitBins([]int{10, 11}, 3); len(bins) != 11 || bins[10].Users != 2 || bins[2].Revisits || !bins[3].Revisits {
		t.Errorf("with the line at 3 the bins are %+v", bins)
	}
	if visitBins(nil, 3) != nil {
		t.Error("bins without users")
	}
}

func TestLabelWords(t *testing.T) {
	for want, l := range map[string]features.Label{
		"visits on at least 3 days in days 7 to 36": features.DefaultLabel(),
		"a visit on at least 1 day in days 7 to 20": {Visits: 1, Gap: 7, Horizon: 14, Unit: features.VisitDays},
		"at least 2 sessions in days 8 to 17":       {Visits: 2, Gap: 8, Horizon: 10, Unit: features.VisitSessions},
		"at least 1 session in days 7 to 36":        {Visits: 1, Gap: 7, Horizon: 30, Unit: features.VisitSessions},
	} {
		if got := labelWords(l); !strings.HasPrefix(got.String(), want+",") {
			t.Errorf("label %v reads %q, want %q", l, got, want)
		}
	}
}
