package bqml

import (
	"context"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The split and the levels that the recorded answers lead to.
var (
	recordedSplit = Split{
		FitTo: "2025-10-20", ValidFrom: "2025-12-01", ValidTo: "2025-12-15", TestFrom: "2026-01-26",
		Fit: Side{60, 15}, Valid: Side{60, 15}, Test: Side{60, 14}, Purged: true, ValidPurged: true,
	}
	recordedLevels = map[string][]string{"channel": {"Direct", "Paid Social", "Organic Search"}, "language": {"ko-kr", "en-us"}}
)

func recordedOptions() Options {
	o := options()
	o.TestFrom, o.LastTrain = "2026-01-26", "2025-12-20"
	o.Split.MinPositives = 5
	return o
}

func TestTrain(t *testing.T) {
	r := newReplay(t, recordedOptions())
	var costs []warehouse.Cost
	wh := r.open(func(c warehouse.Cost) error { costs = append(costs, c); return nil })
	got, err := Train(t.Context(), wh, recordedOptions())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recordedSplit, got.Split); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"visit_days", "channel", "language"}, got.Features); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
	want := []string{"days", "filled", "levels"}
	for _, family := range AllFamilies {
		want = append(want, "create_"+family, "evaluate_"+family, "explain_"+family, "predict_"+family)
	}
	if diff := cmp.Diff(want, r.started); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if len(costs) != len(want) || costs[3].Bytes != 50<<20 || !strings.Contains(costs[3].Job, "revisit_logit") {
		t.Errorf("costs told: %+v", costs)
	}
	wantImportance := map[string][]Attribution{
		Logit: {{"visit_days", 0.83}, {"channel", 0.11}},
		GBDT:  {{"visit_days", 1.25}, {"channel", 0.3}, {"language", 0.021}},
	}
	for i, f := range got.Fitted {
		if f.Family != AllFamilies[i] || f.Model != "revisit_"+f.Family || f.Failed != "" || f.Seconds != 1 {
			t.Errorf("%+v", f)
		}
		if diff := cmp.Diff(wantImportance[f.Family], f.Importance); diff != "" {
			t.Errorf("%s: importance (-want +got):\n%s", f.Family, diff)
		}
		sameMeasures(t, f)
	}
}

// sameMeasures holds our metrics of the pairs to BigQuery's of the same users.
func sameMeasures(t *testing.T, f Fitted) {
	t.Helper()
	if len(f.P) != 60 || len(f.Y) != 60 || len(f.ValidP) != 60 || len(f.ValidY) != 60 || !slices.IsSorted(f.P) || !slices.IsSorted(f.ValidP) {
		t.Fatalf("%s: %d and %d pairs, or not in order", f.Family, len(f.P), len(f.ValidP))
	}
	s := metrics.Evaluate(f.P, f.Y, metrics.Options{Resamples: 200, Seed: 1})
	if s.Positives != 14 || !(s.AUC.Low < s.AUC.Value && s.AUC.Value < s.AUC.High) {
		t.Errorf("%s: %+v", f.Family, s)
	}
	for name, ours := range map[string]float64{"roc_auc": s.AUC.Value, "log_loss": s.LogLoss.Value} {
		if bigQuery, ok := f.Evaluate[name]; !ok || math.Abs(bigQuery-ours) > 1e-9 {
			t.Errorf("%s: %s is %v here, %v of BigQuery", f.Family, name, ours, bigQuery)
		}
	}
	if len(f.Evaluate) != 6 || f.Evaluate["accuracy"] <= 0.5 {
		t.Errorf("%s: %v", f.Family, f.Evaluate)
	}
}

// TestTrainTwiceIsTheSame trains again: what comes back must not differ, whatever the order of the rows.
func TestTrainTwiceIsTheSame(t *testing.T) {
	var first *Result
	for range 2 {
		got, err := Train(t.Context(), newReplay(t, recordedOptions()).open(nil), recordedOptions())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTrainGoesOn loses one family: the other must be there, and the reason told.
func TestTrainGoesOn(t *testing.T) {
	for _, c := range []struct{ step, message, want string }{
		{"create_logit", "Column visit_days has all NULL values", "create model revisit_logit: "},
		{"evaluate_logit", "Not found: Model my-project:calback.revisit_logit", "evaluate model revisit_logit: "},
		{"explain_logit", "explainability is not enabled", "explain model revisit_logit: "},
		{"predict_logit", "Resources exceeded", "predict with model revisit_logit: "},
	} {
		t.Run(c.step, func(t *testing.T) {
			r := newReplay(t, recordedOptions())
			r.fails[c.step] = c.message
			got, err := Train(t.Context(), r.open(nil), recordedOptions())
			if err != nil {
				t.Fatal(err)
			}
			logit, gbdt := got.Fitted[0], got.Fitted[1]
			if !strings.HasPrefix(logit.Failed, c.want) || !strings.Contains(logit.Failed, c.message) || logit.P != nil {
				t.Errorf("failed: %q", logit.Failed)
			}
			if gbdt.Failed != "" || len(gbdt.P) != 60 {
				t.Errorf("gbdt: %+v", gbdt)
			}
		})
	}
}

// TestTrainDistrustsAnswers gets answers that cannot be: none of them may become a figure.
func TestTrainDistrustsAnswers(t *testing.T) {
	// The first row of each file of predictions.
	row := regexp.MustCompile(`\{"f": [^]]*\]\}`)
	first := func(with string) func(string) string {
		return func(body string) string { return strings.Replace(body, row.FindString(body), with, 1) }
	}
	for _, c := range []struct {
		name, answer, want string
		edit               func(string) string
	}{
		{"a user of the other side", "predict_gbdt", "of the newest users have a probability", func(body string) string {
			return strings.Replace(body, `{ "v": "1" }, { "v": "0" }`, `{ "v": "0" }, { "v": "0" }`, 1)
		}},
		{"a user less", "predict_gbdt_2", "users have a probability", func(body string) string {
			return strings.Replace(body, row.FindString(body)+",", "", 1)
		}},
		{"no probability", "predict_gbdt", "a probability of NaN", first(`{"f": [{"v":"1"},{"v":"0"},{"v":null}]}`)},
		{"above 1", "predict_gbdt", "a probability of 1.5", first(`{"f": [{"v":"1"},{"v":"0"},{"v":"1.5"}]}`)},
		{"another column", "predict_gbdt", "the result has the columns", func(body string) string {
			return strings.Replace(body, `"probability"`, `"prob"`, 1)
		}},
		{"no evaluation", "evaluate_gbdt", "ML.EVALUATE gave 0 rows", func(body string) string {
			return strings.Replace(row.ReplaceAllString(body, ""), `"totalRows": "1"`, `"totalRows": "0"`, 1)
		}},
		{"another evaluation", "evaluate_gbdt", "the result has the columns", func(body string) string {
			return strings.Replace(body, `"roc_auc"`, `"auc"`, 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReplay(t, recordedOptions())
			r.edits[c.answer] = c.edit
			got, err := Train(t.Context(), r.open(nil), recordedOptions())
			if err != nil {
				t.Fatal(err)
			}
			if f := got.Fitted[1]; !strings.Contains(f.Failed, c.want) || f.P != nil || f.Evaluate != nil {
				t.Errorf("failed: %q, want %q", f.Failed, c.want)
			}
		})
	}
}

func TestTrainFails(t *testing.T) {
	denied := "Access Denied: Project my-project: User does not have bigquery.jobs.create permission"
	for _, c := range []struct {
		name, want string
		change     func(*replay, *Options)
	}{
		{"every family", "no family could be trained: create model revisit_logit", func(r *replay, _ *Options) {
			r.fails["create_logit"], r.fails["create_gbdt"] = "broken", "broken"
		}},
		{"not allowed", "count the labelled users by day: ", func(r *replay, _ *Options) {
			r.status["days"], r.fails["days"] = 403, denied
		}},
		{"no levels", "count the users by the levels of categories: ", func(r *replay, _ *Options) { r.fails["levels"] = "broken" }},
		{"no counts", "count the users whose features are known: ", func(r *replay, _ *Options) { r.fails["filled"] = "broken" }},
		{"too few", "there must be at least 40 who did", func(_ *replay, o *Options) { o.Split.MinPositives = 40 }},
		{"too new", "0 after it; load more days", func(_ *replay, o *Options) { o.TestFrom = "2027-01-01" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := recordedOptions()
			r := newReplay(t, o)
			c.change(r, &o)
			if _, err := Train(t.Context(), r.open(nil), o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestTrainStopsAtThePrice refuses the second model: it must not be trained, and the first is kept.
func TestTrainStopsAtThePrice(t *testing.T) {
	r := newReplay(t, recordedOptions())
	tooDear := errors.New("too dear")
	wh := r.open(func(c warehouse.Cost) error {
		if strings.Contains(c.Job, "revisit_gbdt") {
			return tooDear
		}
		return nil
	})
	got, err := Train(t.Context(), wh, recordedOptions())
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.started, "create_gbdt") || !strings.Contains(got.Fitted[1].Failed, "too dear") || got.Fitted[0].Failed != "" {
		t.Errorf("%v, %q", r.started, got.Fitted[1].Failed)
	}
}

// TestTrainIsCanceled ends the context while the first model is made.
func TestTrainIsCanceled(t *testing.T) {
	o := recordedOptions()
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, _ int) {
		if done == 1 {
			cancel()
		}
	}
	if _, err := Train(ctx, newReplay(t, o).open(nil), o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancellation", err)
	}
}
