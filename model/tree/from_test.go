//go:build peers

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

// TestMakeGolden writes the golden files that the other tests read.
func TestMakeGolden(t *testing.T) {
	if !*update {
		return
	}
	for name, parameters := range trainings {
		writeGolden(t, "from-"+name, trainLightGBM(t, "5", parameters), shop(3, 100).X)
	}
	for name, r := range refusals {
		text := trainLightGBM(t, "1", r.parameters)
		if err := os.WriteFile(filepath.Join("testdata/lightgbm", "refused-"+name+".txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for objective, name := range objectives {
		e, x := tree.MadeUp(t, objective, 5, 12, 100)
		ours, err := e.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		writeGolden(t, "towards-"+name, string(ours), named(x))
	}
}

// writeGolden writes the model and LightGBM's predictions of the rows.
func writeGolden(t *testing.T, name, text string, x *model.Matrix) {
	t.Helper()
	modelPath := filepath.Join("testdata/lightgbm", name+".txt")
	if err := os.WriteFile(modelPath, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i, p := range predictLightGBM(t, modelPath, x, false) {
		for _, v := range x.Row(nil, i) {
			b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32) + " ")
		}
		b.WriteString(strconv.FormatFloat(p, 'g', 17, 64) + "\n")
	}
	if err := os.WriteFile(filepath.Join("testdata/lightgbm", name+".rows"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// trainLightGBM has LightGBM train and gives its text model.
func trainLightGBM(t *testing.T, rounds string, parameters []string) string {
	t.Helper()
	dir := t.TempDir()
	rows, path := filepath.Join(dir, "train.csv"), filepath.Join(dir, "model.txt")
	d := shop(1, 2000)
	writeTable(t, rows, d.X, d.Y)
	runLightGBM(t, append([]string{
		"task=train", "data=" + rows, "header=true", "precise_float_parser=true", "categorical_feature=2,3", "seed=1", "deterministic=true",
		"num_iterations=" + rounds, "output_model=" + path,
	}, parameters...)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The file names the folder, which is no part of the model.
	return strings.ReplaceAll(string(data), dir+string(filepath.Separator), "")
}

// TestServeWhatLightGBMTrains has LightGBM train in every way and compares 10,000 predictions with each.
func TestServeWhatLightGBMTrains(t *testing.T) {
	x := shop(2, 10000).X
	for name, parameters := range trainings {
		text := trainLightGBM(t, "40", parameters)
		p, err := tree.Decode([]byte(text), x.Fields())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		path := filepath.Join(t.TempDir(), "model.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: greatest difference %.2g", name, worst(t, p, x, predictLightGBM(t, path, x, false), model.Sigmoid))
		// Written again by us, LightGBM must still predict the same.
		ours, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, ours, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s, written by us: greatest difference %.2g", name, worst(t, p, x, predictLightGBM(t, path, x, false), model.Sigmoid))
	}
}
