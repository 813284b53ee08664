package gbdt

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// reference reads testdata/histgb.csv: two folds and scikit-learn's log-odds for the rows of each. See histgb.py there.
func reference(t *testing.T) (folds [2]model.Data, scores [2][]float64) {
	t.Helper()
	f, err := os.Open("testdata/histgb.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		if s == "" {
			return math.NaN()
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for k := range folds {
		folds[k].X = &model.Matrix{Columns: make([]model.Column, 5)}
	}
	for _, r := range records[1:] {
		k := int(number(r[0]))
		folds[k].Y = append(folds[k].Y, r[1] == "1")
		for j := range folds[k].X.Columns {
			c := &folds[k].X.Columns[j]
			c.Name, c.Values = records[0][2+j], append(c.Values, float32(number(r[2+j])))
		}
		scores[k] = append(scores[k], number(r[7]))
	}
	return folds, scores
}

// With the same parameters and bins the trees are those of scikit-learn but for near ties: the log loss must agree within
// 1 %, on the rows fitted and on new ones, and the typical score to the third digit.
func TestAgreesWithScikitLearn(t *testing.T) {
	folds, want := reference(t)
	p := Params{
		Rounds: 100, Rate: 0.1, MaxLeaves: 15, MaxDepth: 0, MinLeaf: 20, L2: 1,
		ColumnShare: 1, HoldOut: 0, Patience: 1, Seed: 1,
	}
	fitted, err := New(p).Fit(context.Background(), folds[0])
	if err != nil {
		t.Fatal(err)
	}
	for k, d := range folds {
		got := model.Scores(fitted, d.X)
		ours, theirs := logLoss(got, table{y: d.Y, w: d.W})/float64(len(got)), logLoss(want[k], table{y: d.Y, w: d.W})/float64(len(got))
		var near int
		for i := range got {
			if math.Abs(got[i]-want[k][i]) < 1e-3 {
				near++
			}
		}
		t.Logf("fold %d: log loss %.5f, scikit-learn %.5f; %d of %d scores within 0.001", k, ours, theirs, near, len(got))
		if math.Abs(ours/theirs-1) > 0.01 {
			t.Errorf("fold %d: log loss %.5f, scikit-learn's %.5f is more than 1 %% away", k, ours, theirs)
		}
		if near < len(got)*95/100 {
			t.Errorf("fold %d: only %d of %d scores are within 0.001 of scikit-learn's", k, near, len(got))
		}
	}
}
