//go:build peers

package tree_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/forest"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// TestLightGBMPredictsWhatWeWrite writes made-up ensembles and fitted models and has LightGBM predict 10,000 rows with each.
func TestLightGBMPredictsWhatWeWrite(t *testing.T) {
	for objective, name := range objectives {
		e, x := tree.MadeUp(t, objective, 50, 30, 10000)
		t.Logf("made up, %s: greatest difference %.2g", name, predictsTheSame(t, e, objective, x))
	}
	d, x := modeltest.Table(1, 5000), modeltest.Table(2, 10000).X
	for _, c := range []model.Classifier{gbdt.New(gbdt.Defaults()), forest.New(forest.Defaults())} {
		p, err := c.Fit(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: greatest difference %.2g", c.Family(), predictsTheSame(t, p, p.(*tree.Ensemble).Objective(), x))
	}
}

// predictsTheSame compares probabilities, and where LightGBM's raw score is ours, those too: it does not average raw scores.
func predictsTheSame(t *testing.T, p model.Predictor, objective tree.Objective, x *model.Matrix) float64 {
	t.Helper()
	data, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.txt")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	x = named(x)
	most := worst(t, p, x, predictLightGBM(t, path, x, false), model.Sigmoid)
	if objective == tree.LogOdds {
		most = max(most, worst(t, p, x, predictLightGBM(t, path, x, true), same))
	}
	return most
}

func same(score float64) float64 { return score }
