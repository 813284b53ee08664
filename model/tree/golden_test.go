package tree_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

var update = flag.Bool("update", false, "write the golden files with the LightGBM in "+lightGBMPlace)

// golden reads a model and LightGBM's predictions of it, one line a row: the values and the probability. testdata/lightgbm/ORIGIN.txt says
// how they were made. With -update it has LightGBM make them anew from the text.
func golden(t *testing.T, name string, x *model.Matrix, make func() string) (text string, rows *model.Matrix, predictions []float64) {
	t.Helper()
	modelPath, rowsPath := filepath.Join("testdata/lightgbm", name+".txt"), filepath.Join("testdata/lightgbm", name+".rows")
	if *update {
		if err := os.WriteFile(modelPath, []byte(make()), 0o644); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for i, p := range predictLightGBM(t, modelPath, x, false) {
			for _, v := range x.Row(nil, i) {
				b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32) + " ")
			}
			b.WriteString(strconv.FormatFloat(p, 'g', 17, 64) + "\n")
		}
		if err := os.WriteFile(rowsPath, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	rows, predictions = readGolden(t, rowsPath, x.Fields())
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
	for name, parameters := range trainings {
		text, x, predictions := golden(t, "from-"+name, shop(3, 100).X, func() string { return trainLightGBM(t, "5", parameters) })
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

// TestGoldenTowardsLightGBM holds LightGBM's predictions of the very bytes that we write against our own.
func TestGoldenTowardsLightGBM(t *testing.T) {
	for objective, name := range map[tree.Objective]string{
		tree.LogOdds: "log-odds", tree.MeanProbability: "mean-probability", tree.MeanLogOdds: "mean-log-odds",
	} {
		e, x := tree.MadeUp(t, objective, 5, 12, 100)
		ours, err := e.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		text, x, predictions := golden(t, "towards-"+name, named(x), func() string { return string(ours) })
		if text != string(ours) {
			t.Errorf("%s: we no longer write what LightGBM has read: run the tests with -update and LightGBM", name)
		}
		t.Logf("%s: greatest difference %.2g", name, worst(t, e, x, predictions, model.Sigmoid))
	}
}
