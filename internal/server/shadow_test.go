package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// shadowed serves v1 beside v2, whose log-odds are 1 higher and which has "gatherings" for meetings and no other name that v1 has not.
func shadowed(t *testing.T) *Server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users.jsonl")
	if err := os.WriteFile(path, []byte(`{"id":"u","features":{"visit_days":3,"meetings":1}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := artifact("v2", 1)
	other.Manifest.Set.Features[1].Name, other.Manifest.Fields[1].Name = "gatherings", "gatherings"
	other.Manifest.Reference[1].Name = "gatherings"
	return started(t, func(o *Options) {
		publish(t, o.Models, other)
		o.Version, o.Shadow, o.Snapshot, o.Vertex = "v1", "v2", path, Vertex{Predict: "/vertex/predict"}
	})
}

// hasMetrics waits for the shadow and looks for lines of the metrics.
func hasMetrics(t *testing.T, s *Server, what string, lines ...string) {
	t.Helper()
	until(t, "the shadow is done", func() bool { return !s.shadow.Load().busy.Load() })
	metrics := askOf(s.admin, "GET", "/metrics", "").Body.String()
	for _, want := range lines {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("%s: metrics have no %s", what, want)
			for line := range strings.Lines(metrics) {
				if strings.HasPrefix(line, "calback_shadow") && !strings.Contains(line, "_bucket") {
					t.Log(strings.TrimSpace(line))
				}
			}
		}
	}
}

// TestShadowOfEveryContract asks in every way that has a shadow: it scores as many users as were answered, and fails for none.
func TestShadowOfEveryContract(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		rows       string
	}{
		"user":           {"/predict", `{"user":"u"}`, "1"},
		"events":         {"/predict", `{` + week + `}`, "1"},
		"rows":           {"/predict", `{"instances":[{"features":{"visit_days":1,"meetings":1}},{"user":"u"}]}`, "2"},
		"columns":        {"/predict", `{"inputs":{"visit_days":[1,2],"meetings":[1,1]}}`, "2"},
		"columns, none":  {"/predict", `{"inputs":{"meetings":[1,1,null]}}`, "3"},
		"vertex":         {"/vertex/predict", `{"parameters":{"reasons":1},"instances":[{"features":{"visit_days":1}}]}`, "1"},
		"vertex by user": {"/vertex/predict", `{"instances":[{"user":"u"}],"parameters":null}`, "1"},
		"tensors": {
			inferPath, `{"inputs":[{"name":"meetings","shape":[2],"datatype":"FP32","data":[1,2]},` +
				`{"name":"visit_days","shape":[2],"datatype":"FP32","data":[1,2]}]}`, "2",
		},
		"tensors, none": {inferPath, `{"inputs":[{"name":"meetings","shape":[2],"datatype":"FP32","data":[1,2]}]}`, "2"},
		// Of four calls one is NULL and one names a feature that v1 does not have, so that two were answered.
		"bigquery": {"/bigquery", remoteBody(t, nil, one, nil, misspel, `{"user":"u"}`), "2"},
	} {
		s := shadowed(t)
		if w := ask(s, "POST", c.path, c.body); w.Code != 200 {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		hasMetrics(t, s, name, `calback_shadow_rows_total{version="v2"} `+c.rows, "calback_shadow_failures_total 0")
	}
}

// brokenPredictor panics with what could be a person's.
type brokenPredictor struct{ model.Predictor }

func (brokenPredictor) Score([]float32) float64 { panic(canary) }

// A shadow that panics is counted each time and logged once, without what it panicked with; requests are answered.
func TestShadowThatPanics(t *testing.T) {
	s := shadowed(t)
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	s.shadow.Load().m.art.Predictor = brokenPredictor{}
	for range 2 {
		if w := ask(s, "POST", "/predict", one); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		until(t, "the shadow is done", func() bool { return !s.shadow.Load().busy.Load() })
	}
	hasMetrics(t, s, "panics", "calback_shadow_failures_total 2")
	if got := logged.String(); strings.Count(got, "the shadow panicked") != 1 || strings.Contains(got, canary) {
		t.Errorf("the log: %s", got)
	}
}

// A shadow that cannot read a body as the served model did is a failure: here a number of v1 is a category of v2.
func TestShadowThatCannotRead(t *testing.T) {
	s := started(t, func(o *Options) {
		other := backward("v2", 0)
		for j, name := range []string{"meetings", "visit_days", "channel", "guests", "platform"} {
			other.Manifest.Set.Features[j].Name, other.Manifest.Fields[j].Name, other.Manifest.Reference[j].Name = name, name, name
		}
		publish(t, o.Models, other)
		o.Version, o.Shadow = "v1", "v2"
	})
	for _, c := range []struct{ path, body string }{
		{"/predict", `{"features":{"visit_days":1}}`},
		{inferPath, `{"inputs":[{"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]}]}`},
	} {
		if w := ask(s, "POST", c.path, c.body); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		until(t, "the shadow is done", func() bool { return !s.shadow.Load().busy.Load() })
	}
	hasMetrics(t, s, "another kind", "calback_shadow_failures_total 2")
}
