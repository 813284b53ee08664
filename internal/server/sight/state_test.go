package sight

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// touched are metrics that show everything they can.
func touched() *Metrics {
	m := New()
	m.Request("/predict", 200, "", time.Millisecond)
	m.Rows("predict", 1)
	m.Stage("score", time.Microsecond)
	m.Model("revisit", "v1", "gbdt", false, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	m.Shadow("v2", 0.1, true)
	m.Drift(func() DriftSample {
		return DriftSample{Rows: 500, ScorePSI: 0.05, Status: 1, Features: []FeatureDrift{
			{Name: "visit_days", PSI: 0.2, Missing: 0.01}, {Name: "channel", PSI: 0.02, Missing: 0.125, Unseen: 0.0625},
		}}
	})
	m.Truth(func() (Truth, bool) { return truth(), true })
	return m
}

// truth is a month's comparison with made-up figures, each another one.
func truth() Truth {
	return Truth{
		Version: "v1", From: "2026-03-01", To: "2026-03-31", Users: 1200, Positives: new(340), AUC: new(0.81), AUCLow: new(0.78),
		AUCHigh: new(0.84), LogLoss: new(0.47), ECE: new(0.021), BaseRate: new(0.283), PredictedRate: new(0.3), TrainingAUC: new(0.86),
		TrainingAUCLow: new(0.85), TrainingAUCHigh: new(0.87), TrainingLogLoss: new(0.44), TrainingECE: new(0.012), Status: TruthAlarm,
	}
}

// exposed are the names and types of all metrics once everything was touched.
func exposed(t testing.TB) map[string]string {
	t.Helper()
	families, err := touched().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, f := range families {
		kinds[f.GetName()] = f.GetType().String()
	}
	return kinds
}

func TestModel(t *testing.T) {
	m := New()
	hides(t, m, "calback_model_")
	m.Model("revisit", "v1", "gbdt", false, time.Date(2026, 3, 1, 12, 0, 0, 5e8, time.UTC))
	shows(t, m,
		`calback_model_info{family="gbdt",name="revisit",simulated="false",version="v1"} 1`,
		// date -u -d '2026-03-01 12:00:00' +%s
		`calback_model_created_timestamp_seconds 1.7723664005e+09`,
	)
	m.Model("revisit", "v2", "blend", true, time.Time{})
	shows(t, m, `calback_model_info{family="blend",name="revisit",simulated="true",version="v2"} 1`)
	hides(t, m, `calback_model_info{family="gbdt"`, "calback_model_created_timestamp_seconds")
}

func TestDrift(t *testing.T) {
	m := New()
	hides(t, m, "calback_drift_")
	sample := DriftSample{Rows: 500, ScorePSI: 0.05, Status: 2, Features: []FeatureDrift{
		{Name: "visit_days", PSI: 0.2, Missing: 0.01},
		{Name: "channel", PSI: math.NaN(), Missing: 0.125, Unseen: 0.0625},
	}}
	m.Drift(func() DriftSample { return sample })
	shows(t, m,
		`calback_drift_rows 500`, `calback_drift_score_psi 0.05`, `calback_drift_status 2`,
		`calback_drift_psi{feature="visit_days"} 0.2`,
		`calback_drift_missing_share{feature="visit_days"} 0.01`,
		`calback_drift_unseen_share{feature="visit_days"} 0`,
		`calback_drift_missing_share{feature="channel"} 0.125`,
		`calback_drift_unseen_share{feature="channel"} 0.0625`,
	)
	hides(t, m, `calback_drift_psi{feature="channel"}`)
	// The features of a model that was replaced are gone.
	sample = DriftSample{Features: []FeatureDrift{{Name: "meetings"}}}
	shows(t, m, `calback_drift_rows 0`, `calback_drift_status 0`, `calback_drift_psi{feature="meetings"} 0`)
	hides(t, m, `calback_drift_psi{feature="visit_days"}`)
}

// TestBadFeature holds that a feature that cannot be shown hides no other metric, and is counted.
func TestBadFeature(t *testing.T) {
	m := New()
	m.Drift(func() DriftSample {
		return DriftSample{Rows: 7, Features: []FeatureDrift{
			{Name: "a", PSI: 0.5}, {Name: "a", PSI: 0.6}, {Name: "b\xff"}, {Name: "c", PSI: 0.1},
		}}
	})
	shows(t, m, `calback_drift_rows 7`, `calback_drift_psi{feature="a"} 0.5`, `calback_drift_psi{feature="c"} 0.1`, `calback_in_flight 0`)
	families, err := m.registry.Gather()
	if err == nil {
		t.Error("a feature named twice and one with a broken name give no error")
	}
	for _, f := range families {
		if f.GetName() == "promhttp_metric_handler_errors_total" && f.GetMetric()[1].GetCounter().GetValue() == 0 {
			t.Error("the errors of the scrape are not counted")
		}
	}
}

func TestTruth(t *testing.T) {
	m := New()
	known := false
	m.Truth(func() (Truth, bool) { return truth(), known })
	hides(t, m, "calback_truth_")
	known = true
	shows(t, m,
		`calback_truth_users{version="v1"} 1200`,
		`calback_truth_positives{version="v1"} 340`,
		`calback_truth_base_rate{version="v1"} 0.283`,
		`calback_truth_predicted_rate{version="v1"} 0.3`,
		`calback_truth_status{version="v1"} 2`,
		// date -u -d 2026-03-01 +%s, date -u -d 2026-03-31 +%s
		`calback_truth_from_timestamp_seconds{version="v1"} 1.7723232e+09`,
		`calback_truth_to_timestamp_seconds{version="v1"} 1.7749152e+09`,
		`calback_truth_auc{version="v1"} 0.81`,
		`calback_truth_auc_low{version="v1"} 0.78`,
		`calback_truth_auc_high{version="v1"} 0.84`,
		`calback_truth_log_loss{version="v1"} 0.47`,
		`calback_truth_ece{version="v1"} 0.021`,
		`calback_truth_training_auc{version="v1"} 0.86`,
		`calback_truth_training_auc_low{version="v1"} 0.85`,
		`calback_truth_training_auc_high{version="v1"} 0.87`,
		`calback_truth_training_log_loss{version="v1"} 0.44`,
		`calback_truth_training_ece{version="v1"} 0.012`,
	)
}

func TestTruthStatus(t *testing.T) {
	for status, level := range map[string]string{TruthOK: "0", TruthAlarm: "2", TruthFew: "0"} {
		t.Run(status, func(t *testing.T) {
			m := New()
			m.Truth(func() (Truth, bool) { return Truth{Version: "v1", Status: status}, true })
			shows(t, m, `calback_truth_status{version="v1"} `+level)
		})
	}
}

// TestTruthUnknown holds that a figure that is not known is no 0: nobody must read an AUC of 0 out of 9 users.
func TestTruthUnknown(t *testing.T) {
	m := New()
	m.Truth(func() (Truth, bool) {
		return Truth{Version: "v1", From: "no day", Users: 9, TrainingAUC: new(0.86), Status: TruthFew}, true
	})
	var got []string
	for _, line := range scrape(t, m) {
		if strings.HasPrefix(line, "calback_truth_") {
			got = append(got, line)
		}
	}
	want := []string{
		`calback_truth_status{version="v1"} 0`, `calback_truth_training_auc{version="v1"} 0.86`, `calback_truth_users{version="v1"} 9`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("shown %q\nwant  %q", got, want)
	}
}

// TestTruthJSON holds the names that GET /drift answers with and that the daily job writes.
func TestTruthJSON(t *testing.T) {
	const want = `{"version":"v1","from":"2026-03-01","to":"2026-03-31","users":1200,"positives":340,` +
		`"auc":0.81,"auc_low":0.78,"auc_high":0.84,"log_loss":0.47,"ece":0.021,"base_rate":0.283,"predicted_rate":0.3,` +
		`"training_auc":0.86,"training_auc_low":0.85,"training_auc_high":0.87,"training_log_loss":0.44,"training_ece":0.012,` +
		`"status":"alarm"}`
	got, err := json.Marshal(truth())
	if err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
	var back Truth
	if err := json.Unmarshal([]byte(want), &back); err != nil || !reflect.DeepEqual(back, truth()) {
		t.Errorf("read back: %v\n%+v", err, back)
	}
	if few, err := json.Marshal(Truth{}); err != nil || !strings.Contains(string(few), `"positives":null,"auc":null,`) {
		t.Errorf("what is not known is written as %s, %v; want null", few, err)
	}
}
