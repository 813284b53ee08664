//go:build peers

package tree_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// lightGBMPlace names LightGBM's command line program, by which the tests exchange models with LightGBM.
const lightGBMPlace = "CALBACK_LIGHTGBM"

// needLightGBM gives the program.
func needLightGBM(t *testing.T) string {
	t.Helper()
	place := os.Getenv(lightGBMPlace)
	if place == "" {
		t.Fatalf("%s is not set: it names LightGBM's command line program", lightGBMPlace)
	}
	return place
}

// runLightGBM runs the program with key=value parameters.
func runLightGBM(t *testing.T, parameters ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), needLightGBM(t), append(parameters, "num_threads=2", "verbosity=-1")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("lightgbm %s: %v\n%s", strings.Join(parameters, " "), err, out)
	}
}

// writeTable writes the rows as CSV with a header, the label first.
func writeTable(t *testing.T, path string, x *model.Matrix, y []bool) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("label")
	for _, c := range x.Columns {
		b.WriteString("," + c.Name)
	}
	for i := range x.Rows() {
		b.WriteString("\n0")
		if y != nil && y[i] {
			b.Truncate(b.Len() - 1)
			b.WriteByte('1')
		}
		for _, c := range x.Columns {
			// A missing value is written NaN.
			b.WriteByte(',')
			b.WriteString(exact(c.Values[i]))
		}
	}
	b.WriteByte('\n')
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// exact writes a float32 so that a float64 read from it is the same number.
func exact(v float32) string { return strconv.FormatFloat(float64(v), 'g', 17, 64) }

// predictLightGBM gives LightGBM's predictions of the model in the file: probabilities, or raw scores.
func predictLightGBM(t *testing.T, modelPath string, x *model.Matrix, raw bool) []float64 {
	t.Helper()
	dir := t.TempDir()
	rows, result := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "result.txt")
	writeTable(t, rows, x, nil)
	runLightGBM(t, "task=predict", "data="+rows, "header=true", "precise_float_parser=true", "input_model="+modelPath, "output_result="+result,
		"predict_raw_score="+strconv.FormatBool(raw))
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	predictions := make([]float64, 0, x.Rows())
	for line := range strings.Lines(string(data)) {
		var v float64
		if _, err := fmt.Sscan(line, &v); err != nil {
			t.Fatalf("LightGBM said %q: %v", line, err)
		}
		predictions = append(predictions, v)
	}
	if len(predictions) != x.Rows() {
		t.Fatalf("LightGBM predicted %d of %d rows", len(predictions), x.Rows())
	}
	return predictions
}
