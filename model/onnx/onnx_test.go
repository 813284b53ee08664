package onnx

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
)

// tolerance is for the rounding of the answer to float32.
const tolerance = 1e-7

// TestGolden compares with what onnxruntime said of the very bytes that Encode writes; testdata/ORIGIN.txt says how.
func TestGolden(t *testing.T) {
	for name, a := range cases(t) {
		t.Run(name, func(t *testing.T) {
			file := encode(t, a)
			modelPath, answersPath := filepath.Join("testdata", name+".onnx"), filepath.Join("testdata", name+".txt")
			want, err := os.ReadFile(modelPath)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file, want) {
				t.Errorf("the file has changed: make the golden anew as testdata/ORIGIN.txt says")
			}
			x, answers := readAnswers(t, answersPath)
			t.Logf("greatest difference %.2g", sameAnswers(t, a, x, answers, tolerance))
		})
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

// answer is what a runtime says of one row.
type answer struct {
	probability float64
	label       int
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
