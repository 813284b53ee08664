package onnx

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
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

var update = flag.Bool("update", false, "write the golden files with the ONNX runtime in "+runtimePlace)

// tolerance is for the rounding of the answer to float32.
const tolerance = 1e-7

// TestGolden compares with what onnxruntime said of the very bytes that Encode writes; testdata/ORIGIN.txt says how.
func TestGolden(t *testing.T) {
	for name, a := range cases(t) {
		t.Run(name, func(t *testing.T) {
			file := encode(t, a)
			modelPath, answersPath := filepath.Join("testdata", name+".onnx"), filepath.Join("testdata", name+".txt")
			if *update {
				x := rowsOf(5, 100)
				writeFile(t, answersPath, formatAnswers(x, runONNX(t, file, x)))
				writeFile(t, modelPath, file)
			}
			want, err := os.ReadFile(modelPath)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file, want) {
				t.Errorf("the file has changed: run the tests with -update and an ONNX runtime")
			}
			x, answers := readAnswers(t, answersPath)
			t.Logf("greatest difference %.2g", sameAnswers(t, a, x, answers, tolerance))
		})
	}
}

// TestRuntime runs every made-up model and every fitted family over 10,000 rows.
func TestRuntime(t *testing.T) {
	needRuntime(t)
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

func TestRoundDownKeepsDecisions(t *testing.T) {
	for _, threshold := range []float64{0.1, 0.3, -0.1, 0, 1e-300, -1e-300, 1e300, -1e300, math.Inf(1), 16777217, 2.5} {
		f := roundDown(threshold)
		next := math.Nextafter32(f, float32(math.Inf(1)))
		if !(float64(f) <= threshold) || (f < next && float64(next) <= threshold) {
			t.Errorf("%v became %v", threshold, f)
		}
	}
}

// strange is a predictor of a kind that the package does not know.
type strange struct{ model.Predictor }

func (strange) Format() string { return "strange-1" }

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(*model.Artifact)
		want   string
		known  bool
	}{
		{func(a *model.Artifact) { a.Predictor, a.Manifest.Family = strange{}, "oracle" }, "family oracle", true},
		{func(a *model.Artifact) { a.Predictor = strange{} }, "strange-1", true},
		{func(a *model.Artifact) {
			a.Predictor = mixed{members: []model.Predictor{weights(), strange{}}, weights: []float64{1, 1}}
		}, "member 1", true},
		{func(a *model.Artifact) { a.Manifest.Calibration = calibrate.Map{Kind: "spline"} }, "spline", false},
		{func(a *model.Artifact) { weightsOf(a).Intercept = math.Inf(1) }, "intercept", false},
	} {
		a := cases(t)["logit-platt"]
		c.change(a)
		_, err := Encode(a)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUnsupported) != c.known {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

func encode(t *testing.T, a *model.Artifact) []byte {
	t.Helper()
	file, err := Encode(a)
	if err != nil {
		t.Fatal(err)
	}
	return file
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

func readAnswers(t *testing.T, path string) (*model.Matrix, []answer) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x := &model.Matrix{}
	for _, f := range fields() {
		x.Columns = append(x.Columns, model.Column{Field: f})
	}
	var answers []answer
	for line := range strings.Lines(string(data)) {
		var values []float64
		for _, s := range strings.Fields(line) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		for j := range x.Columns {
			x.Columns[j].Values = append(x.Columns[j].Values, float32(values[j]))
		}
		answers = append(answers, answer{values[len(values)-2], int(values[len(values)-1])})
	}
	return x, answers
}
