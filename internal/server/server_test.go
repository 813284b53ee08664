package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// artifact is a small model by hand: 5 features, log-odds -1 + 0.5 (visit_days - 2) + 0.2 meetings + 0.4 where the channel is
// Paid Social + bias.
func artifact(version string, bias float64) *model.Artifact {
	set := features.Set{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
		Features: []features.Feature{
			{
				Name: "visit_days", Doc: "Days with a visit.", Phrase: "came on {v} days", Kind: features.Number, Unit: "days",
				Expr: features.Days{},
			},
			{
				Name: "meetings", Doc: "Meetings created.", Phrase: "created {v} meetings", Kind: features.Number, Unit: "times",
				Action: "meeting_create", Expr: features.Count{Of: features.Filter{Events: []string{"meeting_create"}}},
			},
			{
				Name: "guests", Doc: "Guests invited.", Phrase: "invited {v} guests", Kind: features.Number, Unit: "people",
				Expr: features.Total{Of: features.Filter{Events: []string{"meeting_create"}}, Param: "guests", How: "sum"},
			},
			{
				Name: "channel", Doc: "Acquisition channel.", Phrase: "came by {v}", Kind: features.Category,
				Expr: features.Pick{Field: "channel"},
			},
			{
				Name: "platform", Doc: "Platform.", Phrase: "uses {v}", Kind: features.Category,
				Expr: features.Pick{Field: "platform"},
			},
		},
	}
	fields := []model.Field{
		{Name: "visit_days"},
		{Name: "meetings"},
		{Name: "guests"},
		{Name: "channel", Levels: []string{"Direct", "Paid Social"}},
		{Name: "platform", Levels: []string{"ANDROID", "IOS"}},
	}
	a := &model.Artifact{
		Manifest: model.Manifest{
			Name: "revisit", Version: version, Created: "2026-03-01T00:00:00Z", Simulated: true, Family: "logit", Set: set, Fields: fields,
			Threshold: 0.3, Calibration: calibrate.Map{Kind: calibrate.None},
			Training: model.Training{FirstDay0: "2026-01-01", LastDay0: "2026-01-31", Rows: 1000, Positives: 280, Seed: 1},
		},
		Predictor: &linear.Model{Fields: fields, Intercept: -1 + bias, Terms: []linear.Term{
			{Column: 0, Kind: linear.Number, Mean: 2, Scale: 1, Weight: 0.5},
			{Column: 1, Kind: linear.Number, Mean: 0, Scale: 1, Weight: 0.2},
			{Column: 3, Kind: linear.Level, Level: 1, Mean: 0, Scale: 1, Weight: 0.4},
		}},
	}
	for _, f := range fields {
		column := model.Column{Field: f, Values: []float32{0, 1, 1, 0}}
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(column))
	}
	a.SetGolden(5)
	return a
}

func publish(t testing.TB, dir string, a *model.Artifact) {
	t.Helper()
	if _, err := (model.Store{Dir: dir}).Publish(a, nil); err != nil {
		t.Fatal(err)
	}
}

// started makes a server of a published model.
func started(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	opt := Options{Models: t.TempDir()}
	publish(t, opt.Models, artifact("v1", 0))
	if change != nil {
		change(&opt)
	}
	s, err := New(opt, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends one request in process; headers are name, value, ...
func ask(s *Server, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	return askOf(s.Handler(), method, path, body, headers...)
}

// askOf sends one request to a handler.
func askOf(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func predicted(t testing.TB, s *Server, body string) predictReply {
	t.Helper()
	w := ask(s, "POST", "/predict?reasons=3&sure=1", body)
	var out predictReply
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %s %v", body, w.Code, w.Body, err)
	}
	return out
}

func TestPredictGolden(t *testing.T) {
	s := started(t, nil)
	const reason = `{"feature":"channel","sentence":"came by Paid Social","effect":0.4,"raises":true}`
	for _, c := range []struct{ name, body, want string }{
		{
			"one by features", `{"id":"u-1","features":{"visit_days":4,"meetings":2,"channel":"Paid Social","guests":null}}`,
			`{"model":{"name":"revisit","version":"v1","simulated":true},"predictions":[{"id":"u-1",` +
				`"probability":0.6899744811276125,"revisit":true,"threshold":0.3,"missing":2,"absent":1,"reasons":[` +
				`{"feature":"visit_days","sentence":"came on 4 days","effect":1,"raises":true},` +
				`{"feature":"meetings","sentence":"created 2 meetings","effect":0.4,"raises":true},` + reason + `]}]}`,
		},
		{
			"two, one of an unseen level", `{"instances":[{"features":{"channel":"Carrier pigeon"}},{"features":{"visit_days":true}}]}`,
			`{"model":{"name":"revisit","version":"v1","simulated":true},"predictions":[` +
				`{"probability":0.2689414213699951,"revisit":false,"threshold":0.3,"missing":4,"absent":4,"unseen":["channel"],"reasons":[]},` +
				`{"probability":0.18242552380635632,"revisit":false,"threshold":0.3,"missing":4,"absent":4,"reasons":[` +
				`{"feature":"visit_days","sentence":"came on 1 day","effect":-0.5,"raises":false}]}]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", "/predict?reasons=3", c.body)
			if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != c.want {
				t.Errorf("got %d %s\nwant %s", w.Code, got, c.want)
			}
			if w.Header().Get("X-Model-Version") != "v1" || w.Header().Get("X-Request-Id") == "" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

// week is one user's events: visits on 2 days, 1 meeting with 3 guests.
const week = `"events":[
	{"name":"first_open","time":"2026-03-01T09:00:00+09:00","source":"facebook","medium":"cpc","platform":"ANDROID"},
	{"name":"meeting_create","time":1772323300000000,"platform":"ANDROID","params":{"guests":3,"length":null},"engaged_ms":1200},
	{"name":"session_start","time":"2026-03-03T09:00:00+09:00","platform":"ANDROID"}]`

func TestEventsAndFeaturesAgree(t *testing.T) {
	s := started(t, nil)
	channel := features.ChannelOf("facebook", "cpc", "")
	byMap := fmt.Sprintf(`{"features":{"visit_days":2,"meetings":1,"guests":3,"channel":%q,"platform":"ANDROID"}}`, channel)
	out := predicted(t, s, `{"instances":[{`+week+`},`+byMap+`]}`)
	a, b := out.Predictions[0], out.Predictions[1]
	if a.Probability != b.Probability || len(a.Reasons) == 0 || fmt.Sprint(a.Reasons) != fmt.Sprint(b.Reasons) || a.Missing != 0 {
		t.Errorf("by events %+v\nby features %+v", a, b)
	}
	early := predicted(t, s, `{`+week+`,"as_of":"2026-03-02T00:00:00+09:00"}`).Predictions[0]
	if early.Probability >= a.Probability {
		t.Errorf("as_of hides the second visit day, yet %v is not below %v", early.Probability, a.Probability)
	}
}

func TestOtherRoutes(t *testing.T) {
	s := started(t, nil)
	for path, want := range map[string]string{
		"/healthz": `{"status":"live","version":"v1"}`,
		"/readyz":  `{"status":"ready","version":"v1"}`,
	} {
		if w := ask(s, "GET", path, ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	w := ask(s, "GET", "/model", "")
	var m modelReply
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != 200 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if m.Family != "logit" || m.Threshold != 0.3 || len(m.Features) != 5 || len(m.Features[3].Levels) != 2 || !m.Simulated {
		t.Errorf("model: %+v", m)
	}
	live := httptest.NewServer(s.Handler())
	defer live.Close()
	r, err := http.Head(live.URL + "/model")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); r.StatusCode != 200 || len(body) != 0 || r.ContentLength <= 0 {
		t.Errorf("HEAD /model: %d, %d bytes, length %d", r.StatusCode, len(body), r.ContentLength)
	}
}

func TestReasonsAsked(t *testing.T) {
	s := started(t, nil)
	w := ask(s, "POST", "/predict?reasons=1", `{"features":{"visit_days":4,"meetings":2}}`)
	if got := strings.Count(w.Body.String(), `"sentence"`); got != 1 {
		t.Errorf("got %d reasons: %s", got, w.Body)
	}
}

// sureArtifact is artifact with replicas whose log-odds lie 0.2 apart.
func sureArtifact(t testing.TB, version string) *model.Artifact {
	t.Helper()
	a := artifact(version, 0)
	own := a.Predictor.(*linear.Model)
	var members []model.Predictor
	for k := range 5 {
		members = append(members, &linear.Model{Fields: own.Fields, Intercept: own.Intercept + 0.2*float64(k-2), Terms: own.Terms})
	}
	var err error
	if a.Sure, err = model.NewReplicas(members); err != nil {
		t.Fatal(err)
	}
	a.Manifest.ThresholdRule = "top:20%"
	a.SetGolden(5)
	return a
}

// TestSureGolden holds the interval: the replicas' scores scatter by 0.2 times the root of 2.5, and Student's quantile is 2.1317.
func TestSureGolden(t *testing.T) {
	s := started(t, func(o *Options) { publish(t, o.Models, sureArtifact(t, "v2")) })
	const body = `{"features":{"visit_days":4,"meetings":2,"channel":"Paid Social"}}`
	p := predicted(t, s, body).Predictions[0]
	half := 2.1318 * 0.2 * math.Sqrt(2.5)
	if p.Sure == nil || math.Abs(p.Sure.Low-model.Sigmoid(0.8-half)) > 1e-3 || math.Abs(p.Sure.High-model.Sigmoid(0.8+half)) > 1e-3 {
		t.Errorf("sure is %+v of probability %v", p.Sure, p.Probability)
	}
	for query, want := range map[string]int{"": 0, "?sure=1": 1, "?sure=0": 0, "?reasons=2&sure=1": 1, "?reasons=2": 0} {
		if w := ask(s, "POST", "/predict"+query, body); w.Code != 200 || strings.Count(w.Body.String(), `"threshold":0.3,"sure":{"low":`) != want {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	var m modelReply
	if w := ask(s, "GET", "/model", ""); json.Unmarshal(w.Body.Bytes(), &m) != nil || m.Replicas != 5 || m.ThresholdRule != "top:20%" {
		t.Errorf("GET /model: %s", w.Body)
	}
	if w := ask(started(t, nil), "GET", "/model", ""); !strings.Contains(w.Body.String(), `"replicas":0`) {
		t.Errorf("GET /model without replicas: %s", w.Body)
	}
}

// TestBlendServes holds that the server reads a mixture of a linear model and trees.
func TestBlendServes(t *testing.T) {
	a := artifact("v2", 0)
	trees, err := tree.New(a.Manifest.Fields, tree.LogOdds, []tree.Tree{{
		Shrinkage: 1, Nodes: []tree.Node{{Column: 0, Threshold: 2.5, Left: ^0, Right: ^1}},
		Leaves: []tree.Leaf{{Value: -1, Weight: 3, Count: 3}, {Value: 1, Weight: 1, Count: 1}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	a.Predictor, err = blend.New([]blend.Member{{Family: "logit", Weight: 0.5, Predictor: a.Predictor}, {Family: "gbdt", Weight: 0.25, Predictor: trees}}, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	a.Manifest.Family = "blend"
	a.SetGolden(5)
	s := started(t, func(o *Options) { publish(t, o.Models, a) })
	p := predicted(t, s, `{"features":{"visit_days":4,"meetings":2,"channel":"Paid Social"}}`).Predictions[0]
	if want := model.Sigmoid(0.1 + 0.5*0.8 + 0.25); math.Abs(p.Probability-want) > 1e-12 || len(p.Reasons) != 3 {
		t.Errorf("%+v, want probability %v", p, want)
	}
}

// TestHugeSum adds up parameters beyond what a float32 holds: the model sees its largest number, and answers.
func TestHugeSum(t *testing.T) {
	s := started(t, nil)
	const e = `{"name":"meeting_create","time":1772323200000000,"params":{"guests":3e38}}`
	if p := predicted(t, s, `{"events":[`+e+`,`+e+`]}`).Predictions[0]; p.Missing != 2 {
		t.Errorf("%+v", p)
	}
}
