//go:build peers

package onnx

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/forest"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/golearn"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

// runtimePlace names the folder of onnxruntime-node, by which the tests run the files they write.
const runtimePlace = "CALBACK_ORT"

// needRuntime gives the folder.
func needRuntime(t *testing.T) string {
	t.Helper()
	place := os.Getenv(runtimePlace)
	if place == "" {
		t.Fatalf("%s is not set: it names the folder of onnxruntime-node (npm), which node runs the files with", runtimePlace)
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

var update = flag.Bool("update", false, "write the golden files with the ONNX runtime in "+runtimePlace)

// TestMakeGolden writes the golden files that TestGolden reads.
func TestMakeGolden(t *testing.T) {
	if !*update {
		return
	}
	for name, a := range cases(t) {
		file, x := encode(t, a), rowsOf(5, 100)
		writeFile(t, filepath.Join("testdata", name+".txt"), formatAnswers(x, runONNX(t, file, x)))
		writeFile(t, filepath.Join("testdata", name+".onnx"), file)
	}
}

// TestRuntime runs every made-up model and every fitted family over 10,000 rows.
func TestRuntime(t *testing.T) {
	x := rowsOf(6, 10000)
	for name, a := range cases(t) {
		t.Logf("%s: greatest difference %.2g", name, sameAnswers(t, a, x, runONNX(t, encode(t, a), x), tolerance))
	}
	d := modeltest.Table(1, 4000)
	x = modeltest.Table(2, 10000).X
	for _, c := range []model.Classifier{
		gbdt.New(gbdt.Defaults()), forest.New(forest.Defaults()), logit.New(logit.Defaults()), golearn.NewBayes(golearn.BayesDefaults()),
		golearn.NewRules(golearn.RulesDefaults()),
	} {
		p, err := c.Fit(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		a := &model.Artifact{Predictor: p, Manifest: model.Manifest{Family: c.Family(), Fields: d.X.Fields(), Threshold: 0.5}}
		for _, m := range []calibrate.Map{{}, calibrate.Platt(model.Scores(p, d.X), d.Y), calibrate.Isotonic(model.Scores(p, d.X), d.Y)} {
			a.Manifest.Calibration = m
			worst := sameAnswers(t, a, x, runONNX(t, encode(t, a), x), tolerance)
			t.Logf("%s, calibration %q: greatest difference %.2g", c.Family(), m.Kind, worst)
		}
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// formatAnswers writes a line a row: the values, the probability and the label.
func formatAnswers(x *model.Matrix, answers []answer) []byte {
	var b bytes.Buffer
	for i, a := range answers {
		for _, v := range x.Row(nil, i) {
			fmt.Fprintf(&b, "%s ", strconv.FormatFloat(float64(v), 'g', -1, 32))
		}
		fmt.Fprintf(&b, "%v %d\n", a.probability, a.label)
	}
	return b.Bytes()
}

// rowsOf draws rows in which a fifth of the values is missing and a fifth zero or as good as zero; thresholds of the trees are among the
// values, and a few codes are outside the levels.
func rowsOf(seed uint64, n int) *model.Matrix {
	rng := rand.New(rand.NewPCG(seed, 11))
	x := &model.Matrix{}
	for _, f := range fields() {
		c := model.Column{Field: f}
		for range n {
			v := float32(rng.IntN(17)-8) / 4
			if rng.IntN(2) == 0 {
				v = float32(rng.NormFloat64())
			}
			if f.Category() {
				v = float32(rng.IntN(len(f.Levels) + 2))
			}
			switch rng.IntN(5) {
			case 0:
				v = float32(math.NaN())
			case 1:
				v = []float32{0, 1e-36, -1e-36, 2e-35}[rng.IntN(4)]
			}
			c.Values = append(c.Values, v)
		}
		x.Columns = append(x.Columns, c)
	}
	return x
}
