package explain_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
)

// planted is labels that a first column raises for the half of the rows with a second one only, and a third for all. Its thresholds are
// at 2 for the first and at 0 for the third.
func planted(seed uint64, rows int, interacting bool) model.Data {
	rng := rand.New(rand.NewPCG(seed, 9))
	x := &model.Matrix{Columns: []model.Column{
		{Field: model.Field{Name: "meetings"}}, {Field: model.Field{Name: "invited"}}, {Field: model.Field{Name: "mood"}},
	}}
	d := model.Data{X: x, Y: make([]bool, rows)}
	for i := range rows {
		meetings, invited, mood := rng.IntN(5), rng.IntN(2), rng.NormFloat64()
		for j, v := range []float64{float64(meetings), float64(invited), mood} {
			x.Columns[j].Values = append(x.Columns[j].Values, float32(v))
		}
		score := -1.0
		if meetings >= 2 && (invited == 1 || !interacting) {
			score += 2
		}
		if mood > 0 {
			score++
		}
		d.Y[i] = rng.Float64() < model.Sigmoid(score)
	}
	return d
}

// Trees, and their mix with a linear model, are taken for what they have learnt: the interaction where there is one, none where there is
// none, and the cuts that made the labels.
func TestFittedModelsAreTakenForWhatTheyLearnt(t *testing.T) {
	for seed := range uint64(3) {
		for _, interacting := range []bool{true, false} {
			d := planted(seed, 8000, interacting)
			trees := fit(t, gbdt.New(gbdt.Defaults()), d)
			mix, err := blend.New([]blend.Member{
				{Family: "gbdt", Predictor: trees, Weight: 0.7}, {Family: "logit", Predictor: fit(t, logit.New(logit.Defaults()), d), Weight: 0.3},
			}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for name, p := range map[string]model.Predictor{"trees": trees, "mix": mix} {
				opt := explain.Defaults()
				opt.Rows = 1000
				c, err := explain.Contribute(context.Background(), p, d.X, opt)
				if err != nil {
					t.Fatal(err)
				}
				want := -1
				if interacting {
					want = 1
				}
				for _, v := range c.Dependences(nil, 3) {
					if v.Column == 0 && v.With != want || v.Column == 2 && v.With >= 0 {
						t.Errorf("seed %d, %s, interacting %v: column %d goes with %d", seed, name, interacting, v.Column, v.With)
					}
				}
				for _, r := range c.Reasons(d.Y, nil, 3) {
					if r.Column == 0 && r.From != 2 && r.Below != 2 || r.Column == 2 && (min(r.From, r.Below) > 0.2 || max(r.From, r.Below) < -0.2) {
						t.Errorf("seed %d, %s: column %d is cut at %v or %v", seed, name, r.Column, r.From, r.Below)
					}
				}
			}
		}
	}
}

func fit(t *testing.T, c model.Classifier, d model.Data) model.Predictor {
	t.Helper()
	p, err := c.Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
