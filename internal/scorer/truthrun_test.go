package scorer

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/forget"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// early are the days before the end of the app's data on which the model scores, long enough ago for the labels to be known.
var early = []int{30, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42}

// scoredLongAgo publishes a version that says it learnt before anything was scored, and lets it score on the early days.
func scoredLongAgo(t *testing.T) (Options, Result) {
	t.Helper()
	wh, o := jobOptions(t, "gbdt")
	newest, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	if newest.Truth != nil {
		t.Errorf("without a store there is the truth %+v", newest.Truth)
	}
	a := *o.Artifact
	a.Manifest.Training.AsOf = newest.AsOf.AddDate(0, 0, -60).Format(time.RFC3339)
	o.Artifact, o.Store = &a, model.Store{Dir: t.TempDir()}
	if _, err := o.Store.Publish(&a, nil); err != nil {
		t.Fatal(err)
	}
	past := o
	past.Early = true
	for _, days := range early {
		past.AsOf = newest.AsOf.AddDate(0, 0, -days)
		r, err := Run(t.Context(), wh, past)
		if err != nil {
			t.Fatal(err)
		}
		if r.Truth != nil || r.Views {
			t.Errorf("a run of an earlier day says %+v", r)
		}
	}
	return o, newest
}

// A whole run must find what Go finds from the users' events: the users of the scored days 7, and whether they came back.
func TestRunComparesWithWhatHappened(t *testing.T) {
	o, newest := scoredLongAgo(t)
	wh, _ := jobOptions(t, "gbdt")
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	job, err := Prepare(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(job.plan.Zone)
	if err != nil {
		t.Fatal(err)
	}
	logs, day0 := cohort(t, job)
	var p []float64
	var y []bool
	for _, days := range early {
		day := shiftDay(newest.Day, -days)
		scores := readScores(t, wh, day)
		for key, events := range logs {
			if shiftDay(day0[key], features.WeekDays) != day {
				continue
			}
			revisit, known := job.plan.Label.Of(events, zone, job.plan.Background, job.plan.AsOf)
			if !known {
				t.Fatalf("the label of day 0 %s is not known", day0[key])
			}
			p, y = append(p, scores[key].p), append(y, revisit)
		}
	}
	if r.Truth == nil || len(r.Truth.Versions) != 1 || r.Truth.Foreign+r.Truth.Later != 0 {
		t.Fatalf("the truth is %+v", r.Truth)
	}
	v, positives := r.Truth.Versions[0], 0
	for _, revisited := range y {
		if revisited {
			positives++
		}
	}
	if v.Users != len(p) || *v.Positives != positives || v.Version != o.Artifact.Manifest.Version || len(p) < 50 {
		t.Fatalf("%d users, %d came back, want %d and %d", v.Users, *v.Positives, len(p), positives)
	}
	near(t, "the AUC", v.AUC, pairsWon(p, y))
	near(t, "the log loss", v.LogLoss, logLoss(p, y))
	near(t, "the training's AUC", v.TrainingAUC, o.Artifact.Manifest.Metrics["model"].AUC.Value)
	var out strings.Builder
	r.Print(&out)
	if !strings.Contains(out.String(), "truth    scores at the end") || !strings.Contains(out.String(), v.From+" to "+v.To) {
		t.Errorf("the result does not tell the truth:\n%s", out.String())
	}
	if _, err := o.Store.Open(o.Artifact.Manifest.Name, v.Version, trainer.Decoders()); err != nil {
		t.Errorf("the store does not open the version beside the file: %v", err)
	}
	if current, err := o.Store.Current(o.Artifact.Manifest.Name); err != nil || current != v.Version {
		t.Errorf("the store's current version is %q (%v)", current, err)
	}
}

// pairsWon is the AUC by its definition.
func pairsWon(p []float64, y []bool) float64 {
	won, pairs := 0.0, 0.0
	for i := range p {
		for k := range p {
			if !y[i] || y[k] {
				continue
			}
			pairs++
			switch {
			case p[i] > p[k]:
				won++
			case p[i] == p[k]:
				won += 0.5
			}
		}
	}
	return won / pairs
}

func logLoss(p []float64, y []bool) float64 {
	sum := 0.0
	for i := range p {
		if y[i] {
			sum -= math.Log(p[i])
		} else {
			sum -= math.Log1p(-p[i])
		}
	}
	return sum / float64(len(p))
}

// forget erases a user from what the truth is made of; the truth itself holds nobody, and the next run does without the user.
func TestForgottenUsersAreNotInTheTruth(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"))
	w.crowd("2026-05-01", "v1")
	key := w.user("2026-05-01", "true")
	w.score(key, "2026-05-01", 7, "v1", 0.9)
	if before := w.run(t).Versions[0]; before.Users != 401 {
		t.Fatalf("%+v", before)
	}
	r, err := forget.Run(t.Context(), w.wh, forget.Options{Keys: []string{key}, Now: jobNow, KeepBytes: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Tables {
		if e.Table == TruthTable || e.Rows != 1 {
			t.Errorf("%d rows of %s were erased", e.Rows, e.Table)
		}
	}
	if len(r.Tables) != 2 {
		t.Errorf("rows were erased in %+v", r.Tables)
	}
	if after := w.run(t).Versions[0]; after.Users != 400 || *after.Positives != 200 {
		t.Errorf("%+v", after)
	}
}

func TestStatementsTellTheTruth(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	for _, dir := range []string{"", t.TempDir()} {
		o.Store.Dir = dir
		job, err := Prepare(t.Context(), wh, o)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := job.Print(&out); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "AS revisited"); got != (dir != "") {
			t.Errorf("with the store %q the printed statements have the question: %v", dir, got)
		}
	}
}
