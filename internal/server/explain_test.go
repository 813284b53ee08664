package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

type explainReply struct {
	Model        modelName     `json:"model"`
	Explanations []explanation `json:"explanations"`
}

type explanation struct {
	prediction
	Base          float64  `json:"base"`
	Score         float64  `json:"score"`
	Contributions []reason `json:"contributions"`
	Lift          []change `json:"lift"`
}

type change struct {
	Action      string   `json:"action"`
	Feature     string   `json:"feature"`
	From        *float64 `json:"from"`
	To          float64  `json:"to"`
	Sentence    string   `json:"sentence"`
	Probability float64  `json:"probability"`
	Gain        float64  `json:"gain"`
}

func explained(t testing.TB, s *Server, query, body string) explainReply {
	t.Helper()
	w := ask(s, "POST", "/explain"+query, body)
	var out explainReply
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %s %v", body, w.Code, w.Body, err)
	}
	return out
}

// meetingArtifact is the small model with reference users who made 0 to 9 meetings.
func meetingArtifact(version string) *model.Artifact {
	a := artifact(version, 0)
	var values []float32
	for i := range 100 {
		values = append(values, float32(i/10))
	}
	a.Manifest.Reference[1] = model.NewHistogram(model.Column{Field: a.Manifest.Fields[1], Values: values})
	a.SetGolden(5)
	return a
}

// The score is -1 + 0.5 (4 - 2) + 0.2 * 2 + 0.4 = 0.8, the average user's is -1.
func TestExplainGolden(t *testing.T) {
	s := started(t, func(o *Options) { publish(t, o.Models, meetingArtifact("v2")); o.Possible = []string{"meeting_create"} })
	e := explained(t, s, "", `{"id":"u-1","features":{"visit_days":4,"meetings":2,"channel":"Paid Social","guests":null}}`).Explanations[0]
	if *e.ID != "u-1" || math.Abs(e.Score-0.8) > 1e-6 || math.Abs(e.Base+1) > 1e-6 || e.Missing != 2 || e.Absent != 1 {
		t.Errorf("got %+v", e)
	}
	if len(e.Contributions) != 3 || e.Contributions[0].Feature != "visit_days" || e.Contributions[0].Sentence != "came on 4 days" {
		t.Errorf("contributions %+v", e.Contributions)
	}
	// 8 meetings are the 90th percentile; 7 bring 88 % of what 8 bring.
	if len(e.Lift) != 1 || e.Lift[0].Action != "meeting_create" || *e.Lift[0].From != 2 || e.Lift[0].Sentence != "created 8 meetings" ||
		math.Abs(e.Lift[0].Probability-model.Sigmoid(0.8+0.2*6)) > 1e-6 || math.Abs(e.Lift[0].Gain-e.Lift[0].Probability+e.Probability) > 1e-12 {
		t.Errorf("lift %+v", e.Lift)
	}
	if e := explained(t, s, "?lift=0", `{"features":{"visit_days":4}}`).Explanations[0]; len(e.Lift) != 0 {
		t.Errorf("lift=0 gave %+v", e.Lift)
	}
}

// Base and effects must sum to the score, and be the same as /predict's reasons, for many users.
func TestExplanationsAddUp(t *testing.T) {
	s := started(t, func(o *Options) { publish(t, o.Models, sureArtifact(t, "v2")) })
	body := `{"instances":[{"features":{"visit_days":1}},{` + week + `},{"features":{"channel":"Paid Social","meetings":30}},` +
		`{"features":{"channel":"Never Seen"}}]}`
	predictions, out := predicted(t, s, body), explained(t, s, "", body)
	for i, e := range out.Explanations {
		sum := e.Base
		for _, c := range e.Contributions {
			sum += c.Effect
		}
		if math.Abs(sum-e.Score) > 1e-9 {
			t.Errorf("user %d: base and effects are %v, the score %v", i, sum, e.Score)
		}
		p := predictions.Predictions[i]
		if p.Probability != e.Probability || *p.Sure != *e.Sure || p.Missing != e.Missing || strings.Join(p.Unseen, ",") != strings.Join(e.Unseen, ",") {
			t.Errorf("user %d: explained %+v, predicted %+v", i, e.prediction, p)
		}
	}
}

func TestExplainRefusals(t *testing.T) {
	s := started(t, nil)
	for query, code := range map[string]Code{"?lift=21": BadQuery, "?reasons=1": BadQuery, "?lift=1&lift=2": BadQuery, "?sure=2": BadQuery} {
		w := ask(s, "POST", "/explain"+query, one)
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), code)
	}
	w := ask(s, "POST", "/explain", `{"instances":[`+strings.Repeat(one+",", 100)+one+`]}`)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), TooManyInstances)
}

func TestPossibleActions(t *testing.T) {
	opt := Options{Models: t.TempDir(), Possible: []string{"meeting_creat"}}
	publish(t, opt.Models, artifact("v1", 0))
	_, err := New(opt, slog.New(slog.DiscardHandler))
	if !errors.Is(err, ErrUnknownAction) || !strings.Contains(err.Error(), `did you mean "meeting_create"?`) {
		t.Errorf("got %v", err)
	}
	opt.Possible = []string{"all"}
	s, err := New(opt, slog.New(slog.DiscardHandler))
	if err != nil || strings.Join(s.current.Load().possible, ",") != "meeting_create" {
		t.Errorf("all: %v %v", err, s.current.Load().possible)
	}
}

// TestPossibleOfEachModel: what explanations may suggest is what the served model knows, and a reload of a model that knows nothing of an
// action named by the options fails as a start with it does.
func TestPossibleOfEachModel(t *testing.T) {
	other := artifact("v2", 0)
	other.Manifest.Set.Features[1].Action = "friend_add"
	all := started(t, func(o *Options) { o.Possible = []string{"all"} })
	named := started(t, func(o *Options) { o.Possible = []string{"meeting_create"} })
	publish(t, all.opt.Models, other)
	publish(t, named.opt.Models, other)
	if err := all.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{"/explain": `{"features":{"visit_days":1,"meetings":0}}`, "/model": ""} {
		method := "POST"
		if body == "" {
			method = "GET"
		}
		w := ask(all, method, path, body)
		if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, `"friend_add"`) || strings.Contains(got, `"meeting_create"`) {
			t.Errorf("%s of v2: %d %s", path, w.Code, got)
		}
	}
	if err := named.Reload(t.Context()); !errors.Is(err, ErrUnknownAction) || named.Version() != "v1" {
		t.Errorf("a reload of a model without meeting_create: %v, serving %s", err, named.Version())
	}
}
