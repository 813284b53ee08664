package trainer

import (
	"math"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// TestYoungUsersAreScored holds the probabilities of the users without an answer against the answer key of the simulated app, which knows
// their true ones.
func TestYoungUsersAreScored(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	job := &run{Options: o, wh: wh, Result: r}
	if job.d, err = features.DialectByName(wh.Dialect()); err != nil {
		t.Fatal(err)
	}
	p, err := young(t.Context(), wh, job.d, r.Plan, job.scoring())
	if err != nil {
		t.Fatal(err)
	}
	var mean, truth, known float64
	for key, probability := range p {
		if !(probability > 0 && probability < 1) {
			t.Fatalf("a probability is %v", probability)
		}
		if actual, ok := jobTruth[key]; ok {
			mean += probability
			truth += actual
			known++
		}
	}
	// 8,000 people in 220 days come to about 36 a day, for 30 days of open label windows.
	if known < 700 || known > 1500 {
		t.Fatalf("%v users are too young", known)
	}
	if mean, truth = mean/known, truth/known; math.Abs(mean-truth) > 0.04 {
		t.Errorf("their mean probability is %.3f, the true one %.3f", mean, truth)
	}
	labelled := map[string]bool{}
	for _, key := range r.Table.Keys {
		labelled[key] = true
	}
	for key := range p {
		if labelled[key] {
			t.Fatal("a user with an answer is scored as too young")
		}
	}
}
