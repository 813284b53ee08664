package model_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

var (
	nan      = float32(math.NaN())
	decoders = map[string]model.Decoder{linear.Format: linear.Decode}
)

// testSet has two numbers and two categories; nobody has a value of the last.
func testSet() features.Set {
	return features.Set{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
		Features: []features.Feature{
			{
				Name: "meetings", Doc: "Meetings made in the first week.", Phrase: "made {v} meetings", Kind: features.Number, Unit: "times",
				Action: "meeting_create", Expr: features.Count{Of: features.Filter{Events: []string{"meeting_create"}}},
			},
			{
				Name: "visit_days", Doc: "Visit days in the first week.", Phrase: "came on {v} days", Kind: features.Number, Unit: "days",
				Expr: features.Days{},
			},
			{Name: "platform", Doc: "Platform.", Phrase: "is on {v}", Kind: features.Category, Expr: features.Pick{Field: "platform"}},
			{Name: "channel", Doc: "Channel.", Phrase: "came by {v}", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
		},
	}
}

func testFields() []model.Field {
	return []model.Field{
		{Name: "meetings"},
		{Name: "visit_days"},
		{Name: "platform", Levels: []string{"ANDROID", "IOS", "WEB"}},
		{Name: "channel", Levels: []string{}},
	}
}

// testArtifact is a small model of version v1 with awkward weights, so that every bit of them counts.
func testArtifact() *model.Artifact {
	fields := testFields()
	values := [][]float32{{0, 1, 2, 3, 5, 8, nan}, {1, 1, 2, 2, 3, 7, 7}, {0, 0, 1, 1, 2, nan, 0}, {nan, nan, nan, nan, nan, nan, nan}}
	a := &model.Artifact{
		Predictor: &linear.Model{Fields: fields, Intercept: -0.1, Terms: []linear.Term{
			{Column: 0, Kind: linear.Number, Mean: 1.0 / 3, Scale: 1.7, Weight: 0.9},
			{Column: 1, Kind: linear.Log, Mean: 0.7, Scale: 0.3, Weight: 1.1},
			{Column: 2, Kind: linear.Level, Level: 1, Mean: 0.4, Scale: 0.49, Weight: -0.2},
		}},
		Manifest: model.Manifest{
			Name: "revisit", Version: "v1", Created: "2026-11-23T00:00:00Z", Family: "logit", Set: testSet(), Fields: fields,
			Calibration: calibrate.Map{Kind: calibrate.PlattKind, A: 0.9, B: 0.05}, Threshold: 0.5,
			Training: model.Training{Rows: 7, Positives: 3, Seed: 1},
			Metrics:  map[string]metrics.Summary{"model": {Rows: 7}},
		},
	}
	for j, f := range fields {
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(model.Column{Field: f, Values: values[j]}))
	}
	a.SetGolden(8)
	return a
}

func TestEncode(t *testing.T) {
	a := testArtifact()
	row := features.Row{{Number: 2}, {Missing: true}, {Text: "IOS"}, {Text: "Organic Search"}}
	want := []float32{2, nan, 1, nan}
	if diff := cmp.Diff(want, a.Encode(nil, row), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	dst := []float32{9, 9, 9, 9}
	if got := a.Encode(dst, row); &got[0] != &dst[0] || got[2] != 1 {
		t.Errorf("a given row must be written into: %v", dst)
	}
}

func TestCodeAndDecode(t *testing.T) {
	number, category := testFields()[0], testFields()[2]
	for _, c := range []struct {
		name  string
		field model.Field
		value features.Value
		code  float32
		back  features.Value
	}{
		{"a number", number, features.Value{Number: 2.5}, 2.5, features.Value{Number: 2.5}},
		{"a missing number", number, features.Value{Missing: true}, nan, features.Value{Missing: true}},
		{"a number that is none", number, features.Value{Number: math.NaN()}, nan, features.Value{Missing: true}},
		{"a huge number", number, features.Value{Number: 1e300}, math.MaxFloat32, features.Value{Number: math.MaxFloat32}},
		{"minus infinity", number, features.Value{Number: math.Inf(-1)}, -math.MaxFloat32, features.Value{Number: -math.MaxFloat32}},
		{"the first level", category, features.Value{Text: "ANDROID"}, 0, features.Value{Text: "ANDROID"}},
		{"the last level", category, features.Value{Text: "WEB"}, 2, features.Value{Text: "WEB"}},
		{"a level never seen", category, features.Value{Text: "WATCH"}, nan, features.Value{Missing: true}},
		{"a missing category", category, features.Value{Missing: true}, nan, features.Value{Missing: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := c.field.Code(c.value)
			if diff := cmp.Diff(c.code, code, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("code (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.back, c.field.Decode(code)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
	for _, code := range []float32{-1, 3, 1e9} {
		if got := category.Decode(code); !got.Missing {
			t.Errorf("code %v of 3 levels reads as %+v, want missing", code, got)
		}
	}
}

func TestReasons(t *testing.T) {
	a := testArtifact()
	for _, c := range []struct {
		name string
		row  []float32
		n    int
		want []string
	}{
		{
			"strongest first",
			[]float32{3, 1, 0, nan},
			3,
			[]string{"meetings+ made 3 meetings", "platform+ is on ANDROID", "visit_days- came on 1 day"},
		},
		{"as many as asked for", []float32{3, 1, 0, nan}, 1, []string{"meetings+ made 3 meetings"}},
		{"a missing number moves nothing", []float32{nan, 7, 1, nan}, 9, []string{"visit_days+ came on 7 days", "platform- is on IOS"}},
		{"a level never seen is told as unknown", []float32{nan, nan, nan, nan}, 3, []string{"platform+ platform is unknown"}},
		{"none", []float32{3, 1, 0, nan}, 0, []string{}},
		{"fewer than none", []float32{3, 1, 0, nan}, -1, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := []string{}
			for _, r := range a.Reasons(c.row, c.n) {
				if r.Raises != (r.Effect > 0) {
					t.Errorf("%s: effect %v, raises %v", r.Feature, r.Effect, r.Raises)
				}
				got = append(got, r.Feature+map[bool]string{true: "+ ", false: "- "}[r.Raises]+r.Sentence)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProbabilityAndThreshold(t *testing.T) {
	a := testArtifact()
	row := []float32{3, 4, 0, nan}
	want := model.Sigmoid(0.9*a.Predictor.Score(row) + 0.05)
	if got := a.Probability(row); math.Abs(got-want) > 1e-15 {
		t.Errorf("probability %v, want the calibrated score %v", got, want)
	}
	if a.Revisits(0.4999) || !a.Revisits(0.5) || !a.Revisits(0.5001) {
		t.Error("at the threshold and above is a yes, below is a no")
	}
}

func TestGoldenRowsAreNobodys(t *testing.T) {
	a := testArtifact()
	if len(a.Manifest.Golden) != 9 {
		t.Fatalf("%d golden rows, want one without values and 8 more", len(a.Manifest.Golden))
	}
	for i, g := range a.Manifest.Golden {
		for j, v := range g.Values {
			if i == 0 && v != nil {
				t.Errorf("the first golden row has a value in column %d", j)
			}
			if i > 0 && (v != nil) != (j < 3) {
				t.Errorf("golden row %d: column %d is %v; only the column that nobody has may be missing", i, j, v)
			}
		}
	}
	rows, err := json.Marshal(a.Manifest.Golden)
	if err != nil {
		t.Fatal(err)
	}
	again := testArtifact()
	again.SetGolden(8)
	if other, _ := json.Marshal(again.Manifest.Golden); string(other) != string(rows) {
		t.Error("golden rows differ from one call to the next")
	}
}

// TestSealRefuses holds that nothing which a reader would refuse can be published.
func TestSealRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(*model.Artifact)
	}{
		{"no golden rows", "golden", func(a *model.Artifact) { a.Manifest.Golden = nil }},
		{"a golden row of another model", "golden row 0 scores", func(a *model.Artifact) {
			a.Predictor.(*linear.Model).Intercept = math.Nextafter(-0.1, 0)
		}},
		{"a golden row of another calibration", "has probability", func(a *model.Artifact) {
			a.Manifest.Calibration.A = math.Nextafter(0.9, 0)
		}},
		{"a golden row too short", "golden row 2 has 1 values", func(a *model.Artifact) {
			a.Manifest.Golden[2].Values = a.Manifest.Golden[2].Values[:1]
		}},
		{"a threshold above 1", "threshold 1.5", func(a *model.Artifact) { a.Manifest.Threshold = 1.5 }},
		{"a threshold that is none", "threshold NaN", func(a *model.Artifact) { a.Manifest.Threshold = math.NaN() }},
		{"a calibration without points", "calibration", func(a *model.Artifact) {
			a.Manifest.Calibration = calibrate.Map{Kind: calibrate.IsotonicKind}
		}},
		{"fewer columns than features", "3 columns", func(a *model.Artifact) { a.Manifest.Fields = a.Manifest.Fields[:3] }},
		{"columns in another order", "column 0 is visit_days", func(a *model.Artifact) {
			f := a.Manifest.Fields
			f[0], f[1] = f[1], f[0]
		}},
		{"a category as a number", "column 3 is channel", func(a *model.Artifact) { a.Manifest.Fields[3].Levels = nil }},
		{"a zone that does not exist", "time zone", func(a *model.Artifact) { a.Manifest.Set.Zone = "Asia/Atlantis" }},
		{"a predictor that cannot be encoded", "encode the predictor", func(a *model.Artifact) {
			a.Predictor.(*linear.Model).Terms[0].Scale = 0
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := testArtifact()
			c.spoil(a)
			if _, err := a.Seal(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}
