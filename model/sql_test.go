package model_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

func TestFieldSQL(t *testing.T) {
	category := model.Field{Name: "channel", Levels: []string{"it's", `a\b`}}
	for _, tt := range []struct {
		d    features.Dialect
		f    model.Field
		want string
	}{
		{features.DuckDB{}, model.Field{Name: "n"}, "CASE WHEN isnan(CAST(x AS DOUBLE)) THEN NULL ELSE CAST(x AS DOUBLE) END"},
		{features.GoogleSQL{}, model.Field{Name: "n"}, "CASE WHEN IS_NAN(CAST(x AS FLOAT64)) THEN NULL ELSE CAST(x AS FLOAT64) END"},
		{features.DuckDB{}, category, `CASE x WHEN 'it''s' THEN 0 WHEN 'a\b' THEN 1 END`},
		{features.GoogleSQL{}, category, `CASE x WHEN 'it\'s' THEN 0 WHEN 'a\\b' THEN 1 END`},
		{features.GoogleSQL{}, model.Field{Name: "c", Levels: []string{}}, "CAST(NULL AS INT64)"},
	} {
		if got := tt.f.SQL(tt.d, "x"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.d.Name(), got, tt.want)
		}
	}
}

// stumps is a model of so many trees of one split each.
func stumps(t *testing.T, trees int) *model.Artifact {
	t.Helper()
	list := make([]tree.Tree, trees)
	for i := range list {
		list[i] = tree.Tree{
			Nodes:  []tree.Node{{Threshold: float64(i), Missing: tree.MissingNaN, Left: ^0, Right: ^1}},
			Leaves: []tree.Leaf{{Value: 1, Count: 1}, {Value: 2, Count: 1}},
		}
	}
	fields := []model.Field{{Name: "visit_days"}}
	e, err := tree.New(fields, tree.LogOdds, list)
	if err != nil {
		t.Fatal(err)
	}
	return &model.Artifact{Predictor: e, Manifest: model.Manifest{Fields: fields, Family: "gbdt"}}
}

func ExampleSQL() {
	fields := []model.Field{{Name: "visit_days"}}
	e, err := tree.New(fields, tree.LogOdds, []tree.Tree{{
		Nodes:  []tree.Node{{Threshold: 2, Missing: tree.MissingNaN, Left: ^0, Right: ^1}},
		Leaves: []tree.Leaf{{Value: -1.5, Count: 70}, {Value: 0.5, Count: 30}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := &model.Artifact{Predictor: e, Manifest: model.Manifest{Fields: fields, Calibration: calibrate.Map{Kind: calibrate.None}}}
	score, probability, err := model.SQL(features.GoogleSQL{}, a, func(name string) string { return "f." + name })
	fmt.Println(score)
	fmt.Println(probability)
	fmt.Println(err)
	// Output:
	// CASE WHEN f.visit_days <= 2.0000001192092896e0 THEN -1.5e0 ELSE 0.5e0 END
	// LEAST(0.999999999999e0, GREATEST(1e-12, 1e0 / (1e0 + EXP(0e0 - LEAST(40e0, GREATEST(-40e0, score))))))
	// <nil>
}

func TestPartsKeepTheLimit(t *testing.T) {
	a := stumps(t, 500)
	for _, limit := range []int{4000, 10_000, model.MaxSQL} {
		q, err := model.NewQueries(features.GoogleSQL{}, a, "features", "user_key", limit)
		if err != nil {
			t.Fatal(err)
		}
		trees := 0
		for i, part := range q.Parts {
			if len(part) > limit {
				t.Errorf("part %d has %d bytes, the limit is %d", i, len(part), limit)
			}
			trees += strings.Count(part, "c0 <=")
		}
		if trees != 500 {
			t.Errorf("%d parts of up to %d bytes have %d trees, want 500", len(q.Parts), limit, trees)
		}
		var tables []string
		for i := range q.Parts {
			tables = append(tables, fmt.Sprint("part_", i))
		}
		if joins := strings.Count(q.Whole(tables), " JOIN "); joins != len(q.Parts)-1 {
			t.Errorf("%d parts are joined %d times", len(q.Parts), joins)
		}
	}
}

func TestTooLargeModelsAreRefused(t *testing.T) {
	for name, limit := range map[string]int{"too many parts": 800, "one tree is too long": 200} {
		_, err := model.NewQueries(features.GoogleSQL{}, stumps(t, 2000), "features", "user_key", limit)
		if !errors.Is(err, model.ErrTooLong) || !strings.Contains(err.Error(), "fewer") || !strings.Contains(err.Error(), "remote function") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if _, _, err := model.SQL(features.DuckDB{}, stumps(t, 30_000), func(name string) string { return name }); !errors.Is(err, model.ErrTooLong) {
		t.Errorf("a model of 1 MB: %v", err)
	}
}

// constant is a predictor that knows no SQL.
type constant struct{}

func (constant) Score([]float32) float64 { return 0 }

func (constant) Contribute([]float64, []float32) float64 { return 0 }

func (constant) Format() string { return "constant" }

func (constant) MarshalBinary() ([]byte, error) { return nil, nil }

func TestModelsWithoutSQL(t *testing.T) {
	a := &model.Artifact{Predictor: constant{}, Manifest: model.Manifest{Family: "constant"}}
	if _, err := model.NewQueries(features.DuckDB{}, a, "features", "user_key", model.MaxSQL); err == nil || !strings.Contains(err.Error(), "constant") {
		t.Errorf("the error is %v", err)
	}
}

// A number beyond the range of a float32 must count as its end, as Field.Code has it: no comparison is needed there.
func TestBeyondFloat32(t *testing.T) {
	a := stumps(t, 1)
	score := a.Predictor.Score([]float32{a.Manifest.Fields[0].Code(features.Value{Number: math.MaxFloat64})})
	if score != 2 {
		t.Errorf("a huge number scores %v, want 2", score)
	}
}
