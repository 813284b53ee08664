package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// runtimePlace names the folder of onnxruntime-node, by which the tests run the files they write.
const runtimePlace = "CALBACK_ORT"

// answer is what a runtime says of one row.
type answer struct {
	probability float64
	label       int
}

// needRuntime skips the test where there is no ONNX runtime.
func needRuntime(t *testing.T) string {
	t.Helper()
	place := os.Getenv(runtimePlace)
	if place == "" {
		t.Skipf("%s is not set: it names the folder of onnxruntime-node (npm), which runs the files; the goldens hold without it", runtimePlace)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("node is not installed: %v", err)
	}
	return place
}

// runONNX gives the answers of onnxruntime.
func runONNX(t *testing.T, file []byte, x *model.Matrix) []answer {
	t.Helper()
	place, dir := needRuntime(t), t.TempDir()
	var raw []byte
	for i := range x.Rows() {
		for j := range x.Columns {
			raw, _ = binary.Append(raw, binary.LittleEndian, x.Columns[j].Values[i])
		}
	}
	modelPath, rowsPath := filepath.Join(dir, "model.onnx"), filepath.Join(dir, "rows.f32")
	for path, data := range map[string][]byte{modelPath: file, rowsPath: raw} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/predict.js", place, modelPath, rowsPath, fmt.Sprint(len(x.Columns)))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("onnxruntime: %v\n%s", err, stderr.Bytes())
	}
	answers := make([]answer, 0, x.Rows())
	for line := range strings.Lines(string(out)) {
		var a answer
		if _, err := fmt.Sscan(line, &a.probability, &a.label); err != nil {
			t.Fatalf("onnxruntime said %q: %v", line, err)
		}
		answers = append(answers, a)
	}
	if len(answers) != x.Rows() {
		t.Fatalf("onnxruntime answered %d of %d rows", len(answers), x.Rows())
	}
	return answers
}

// sameAnswers compares a runtime's answers with the artifact's and returns the greatest difference of a probability. Where the
// probability lies within the tolerance of the threshold, the label may be either.
func sameAnswers(t *testing.T, a *model.Artifact, x *model.Matrix, answers []answer, tolerance float64) (worst float64) {
	t.Helper()
	row := make([]float32, len(x.Columns))
	for i, got := range answers {
		want := a.Probability(x.Row(row, i))
		diff := max(got.probability-want, want-got.probability)
		if worst = max(worst, diff); !(diff <= tolerance) {
			t.Fatalf("row %d %v: the runtime's probability is %v, ours %v", i, row, got.probability, want)
		}
		near := max(want-a.Manifest.Threshold, a.Manifest.Threshold-want) <= tolerance
		if (got.label == 1) != a.Revisits(want) && !near {
			t.Fatalf("row %d: the runtime's label is %d at probability %v and threshold %v", i, got.label, want, a.Manifest.Threshold)
		}
	}
	return worst
}
