package tree_test

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// golden reads a model and LightGBM's predictions of it, one line a row: the values and the probability. testdata/lightgbm/ORIGIN.txt says
// how they were made.
func golden(t *testing.T, name string, fields []model.Field) (text string, rows *model.Matrix, predictions []float64) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/lightgbm", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	rows, predictions = readGolden(t, filepath.Join("testdata/lightgbm", name+".rows"), fields)
	return string(data), rows, predictions
}

func readGolden(t *testing.T, path string, fields []model.Field) (rows *model.Matrix, predictions []float64) {
	t.Helper()
	lines, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows = &model.Matrix{}
	for _, f := range fields {
		rows.Columns = append(rows.Columns, model.Column{Field: f})
	}
	for line := range strings.Lines(string(lines)) {
		var values []float64
		for _, s := range strings.Fields(line) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		for j := range rows.Columns {
			rows.Columns[j].Values = append(rows.Columns[j].Values, float32(values[j]))
		}
		predictions = append(predictions, values[len(fields)])
	}
	if len(predictions) < 100 {
		t.Fatalf("%s has %d rows", path, len(predictions))
	}
	return rows, predictions
}

// TestGoldenFromLightGBM holds us to models that LightGBM trained and to its predictions.
func TestGoldenFromLightGBM(t *testing.T) {
	missing, sets := map[tree.Missing]bool{}, 0
	for name := range trainings {
		text, x, predictions := golden(t, "from-"+name, shop(3, 1).X.Fields())
		p, err := tree.Decode([]byte(text), x.Fields())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: greatest difference %.2g", name, worst(t, p, x, predictions, model.Sigmoid))
		for _, grown := range p.(*tree.Ensemble).Trees() {
			for _, n := range grown.Nodes {
				if n.Categories != nil {
					sets++
				} else {
					missing[n.Missing] = true
				}
			}
		}
	}
	if len(missing) != 3 || sets < 10 {
		t.Errorf("the models have %d category sets and the kinds of missing values %v: they prove too little", sets, missing)
	}
}

// TestGoldenRefusals: what LightGBM trains and we cannot score is refused in words.
func TestGoldenRefusals(t *testing.T) {
	for name, r := range refusals {
		data, err := os.ReadFile(filepath.Join("testdata/lightgbm", "refused-"+name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Decode(data, shop(3, 1).X.Fields()); err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, r.want)
		}
	}
}

// TestGoldenTowardsLightGBM holds LightGBM's predictions of the very bytes that we write against our own.
func TestGoldenTowardsLightGBM(t *testing.T) {
	for objective, name := range objectives {
		e, x := tree.MadeUp(t, objective, 5, 12, 100)
		ours, err := e.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		text, x, predictions := golden(t, "towards-"+name, named(x).Fields())
		if text != string(ours) {
			t.Errorf("%s: we no longer write what LightGBM has read: make the golden anew as testdata/lightgbm/ORIGIN.txt says", name)
		}
		t.Logf("%s: greatest difference %.2g", name, worst(t, e, x, predictions, model.Sigmoid))
	}
}

// objectives are those that we write, by name.
var objectives = map[tree.Objective]string{
	tree.LogOdds: "log-odds", tree.MeanProbability: "mean-probability", tree.MeanLogOdds: "mean-log-odds",
}

// named gives the columns the names that the file has.
func named(x *model.Matrix) *model.Matrix {
	out := &model.Matrix{}
	for j, name := range tree.FileNames(x.Fields()) {
		out.Columns = append(out.Columns, model.Column{Field: model.Field{Name: name}, Values: x.Columns[j].Values})
	}
	return out
}

// worst is the greatest difference between the predictions and ours.
func worst(t *testing.T, p model.Predictor, x *model.Matrix, predictions []float64, ours func(score float64) float64) float64 {
	t.Helper()
	most := 0.0
	row := make([]float32, len(x.Columns))
	for i, want := range predictions {
		diff := math.Abs(ours(p.Score(x.Row(row, i))) - want)
		if !(diff <= 1e-12) {
			t.Fatalf("row %d %v: LightGBM predicts %v, we %v", i, row, want, ours(p.Score(row)))
		}
		most = max(most, diff)
	}
	return most
}
