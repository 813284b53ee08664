package trainer

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestRefusedModelIsKeptAside(t *testing.T) {
	wh, o := jobOptions(t, "bayes")
	o.Choice.MaxEvents, o.Choice.MaxScreens = 0, 0
	// Judged by almost nobody, it cannot show that it knows more than the visit days.
	o.TestShare = 0.05
	r, err := Run(t.Context(), wh, o)
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("a model of visit days alone gave %v", err)
	}
	if r.Dir != "" || r.Version != "" {
		t.Errorf("the refused model was published as %s to %s", r.Version, r.Dir)
	}
	var reasons Reasons
	data, err := os.ReadFile(filepath.Join(r.Aside, reasonsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"detail": "`) {
		t.Errorf("the reasons are no plain words: %s", data)
	}
	if err := json.Unmarshal(data, &reasons); err != nil || reasons.Refused != r.Refused.Error() || len(reasons.Gates) != len(r.Gates) {
		t.Errorf("the reasons are %+v (%v), want %v and %d gates", reasons, err, r.Refused, len(r.Gates))
	}
	aside := model.Store{Dir: filepath.Join(o.Store.Dir, asideDir)}
	if _, err := aside.Open(o.Name, filepath.Base(r.Aside), Decoders()); err != nil {
		t.Errorf("the model kept aside cannot be looked into: %v", err)
	}
	if list, err := o.Store.List(); err != nil || len(list) != 0 {
		t.Errorf("the store lists %d models (%v), want none: a refused model is nobody's to serve", len(list), err)
	}
	var out strings.Builder
	r.Print(&out)
	if !strings.Contains(out.String(), "aside    "+r.Aside) {
		t.Error("the result does not say where the refused model is")
	}
}

func TestEveryGateIsAsked(t *testing.T) {
	wh, o := jobOptions(t, "logit", "gbdt")
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, g := range r.Gates {
		asked[g.Name] = g.Passed
	}
	for _, name := range []string{
		"tells users apart", "better than the base rate", "enough users to trust", "no worse than visit days alone", "stable over cohorts", probeName,
	} {
		if passed, ok := asked[name]; !ok || !passed {
			t.Errorf("gate %q: asked %v, passed %v", name, ok, passed)
		}
	}
	if len(r.Drift.Cohorts) < 3 || r.Drift.AUC.Low > r.Drift.AUC.High || len(r.Trials) < 5 || r.Aside != "" {
		t.Errorf("%d cohorts, AUC trend %v, %d trials, aside %q", len(r.Drift.Cohorts), r.Drift.AUC, len(r.Trials), r.Aside)
	}
	data := (&run{Options: o, Result: r}).reportData()
	if q := data.Quality; len(q.Trials) != len(r.Trials) || len(q.Drift.Cohorts) != len(r.Drift.Cohorts) || !(q.ECEFloor.Value > 0) || q.ThresholdRule.Empty() {
		t.Errorf("the report has %d trials, %d cohorts, floor %v, rule %q", len(q.Trials), len(q.Drift.Cohorts), q.ECEFloor, q.ThresholdRule)
	}
}

// What leaks is not published, whatever the flags say.
func TestNothingOverrulesTheProbe(t *testing.T) {
	list := []Gate{{Name: "tells users apart", Passed: true}, {Name: probeName, Detail: phrase.Name("AUC 0.7")}}
	if err := leaked(list); err == nil || !strings.Contains(err.Error(), probeName) {
		t.Errorf("a leak gives %v", err)
	}
	list[1].Passed = true
	if err := leaked(list); err != nil {
		t.Errorf("no leak gives %v", err)
	}
}
