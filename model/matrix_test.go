package model_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

func testMatrix() *model.Matrix {
	return &model.Matrix{Columns: []model.Column{
		{Field: model.Field{Name: "meetings"}, Values: []float32{3, nan, 0, 7}},
		{Field: model.Field{Name: "platform", Levels: []string{"ANDROID", "IOS"}}, Values: []float32{0, 1, nan, 1}},
	}}
}

func TestMatrixCheck(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name, want string
		spoil      func(m *model.Matrix)
	}{
		{"sound", "", func(*model.Matrix) {}},
		{"no columns", "", func(m *model.Matrix) { m.Columns = nil }},
		{"a short column", "column platform has 3 values, want 4", func(m *model.Matrix) {
			m.Columns[1].Values = m.Columns[1].Values[:3]
		}},
		{"an infinite value", "column meetings, row 2: the value is infinite; use NaN for missing", func(m *model.Matrix) {
			m.Columns[0].Values[2] = inf
		}},
		{"minus infinity as a code", "column platform, row 0: the value is infinite", func(m *model.Matrix) { m.Columns[1].Values[0] = -inf }},
		{"a code too high", "row 0: code 2 is not one of its 2 levels", func(m *model.Matrix) { m.Columns[1].Values[0] = 2 }},
		{"a code below 0", "row 0: code -1", func(m *model.Matrix) { m.Columns[1].Values[0] = -1 }},
		{"a code in between", "row 0: code 0.5", func(m *model.Matrix) { m.Columns[1].Values[0] = 0.5 }},
		{"a code out of all bounds", "row 0: code 3e+38", func(m *model.Matrix) { m.Columns[1].Values[0] = 3e38 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := testMatrix()
			c.spoil(m)
			checkError(t, m.Check(), c.want)
		})
	}
}

// checkError wants an error that says want, or none where want is "".
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one that says %q", err, want)
	}
}

func TestMatrixRowsAndTake(t *testing.T) {
	m := testMatrix()
	if m.Rows() != 4 || (&model.Matrix{}).Rows() != 0 {
		t.Errorf("rows: %d and %d, want 4 and 0", m.Rows(), (&model.Matrix{}).Rows())
	}
	want := []model.Field{{Name: "meetings"}, {Name: "platform", Levels: []string{"ANDROID", "IOS"}}}
	if diff := cmp.Diff(want, m.Fields()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	taken := m.Take([]int{3, 0, 3})
	for i, want := range [][]float32{{7, 1}, {3, 0}, {7, 1}} {
		if diff := cmp.Diff(want, taken.Row(nil, i)); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
	taken.Columns[0].Values[0] = 99
	dst := make([]float32, 2)
	if got := m.Row(dst, 3); got[0] != 7 || &got[0] != &dst[0] {
		t.Errorf("row 3 is %v: the copy is not apart, or the given row was not used", got)
	}
}

func TestDataCheckAndTake(t *testing.T) {
	sound := func() model.Data {
		return model.Data{X: testMatrix(), Y: []bool{true, false, true, false}, W: []float64{1, 2, 3, 4}}
	}
	for _, c := range []struct {
		name, want string
		is         error
		spoil      func(d *model.Data)
	}{
		{"sound", "", nil, func(*model.Data) {}},
		{"without weights", "", nil, func(d *model.Data) { d.W = nil }},
		{"no columns", "nothing to fit", model.ErrEmpty, func(d *model.Data) { d.X = &model.Matrix{} }},
		{"no rows", "nothing to fit", model.ErrEmpty, func(d *model.Data) { *d = d.Take(nil) }},
		{"too few labels", "labels have 3 rows, features 4", nil, func(d *model.Data) { d.Y = d.Y[:3] }},
		{"too few weights", "weights have 1 rows, features 4", nil, func(d *model.Data) { d.W = d.W[:1] }},
		{"no positives", "all labels are the same", model.ErrOneClass, func(d *model.Data) { d.Y = make([]bool, 4) }},
		{"no negatives", "all labels are the same", model.ErrOneClass, func(d *model.Data) { d.Y = []bool{true, true, true, true} }},
		{"a bad column", "code 9", nil, func(d *model.Data) { d.X.Columns[1].Values[0] = 9 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := sound()
			c.spoil(&d)
			err := d.Check()
			checkError(t, err, c.want)
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v is not %v", err, c.is)
			}
		})
	}
	taken := sound().Take([]int{2, 1})
	want := model.Data{X: testMatrix().Take([]int{2, 1}), Y: []bool{true, false}, W: []float64{3, 2}}
	if diff := cmp.Diff(want, taken, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// rowByRow hides that a predictor can score a whole matrix.
type rowByRow struct{ model.Predictor }

func TestScores(t *testing.T) {
	m := testMatrix()
	p := &linear.Model{Fields: m.Fields(), Terms: []linear.Term{{Column: 0, Kind: linear.Number, Mean: 1, Scale: 2, Weight: 0.3}}}
	if diff := cmp.Diff(model.Scores(rowByRow{p}, m), model.Scores(p, m)); diff != "" {
		t.Errorf("row by row and all at once differ:\n%s", diff)
	}
	for _, score := range []float64{-30, -1, 0, 0.1, 30} {
		if back := model.LogOdds(model.Sigmoid(score)); math.Abs(back-score) > 1e-2 {
			t.Errorf("log-odds of the sigmoid of %v is %v", score, back)
		}
	}
}
