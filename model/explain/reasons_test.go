package explain

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// The planted parts are the answers: who counts under 2, who came by the second level, who has no value.
func TestReasonsFindTheCut(t *testing.T) {
	x := sample(11, 4000)
	for i := range x.Columns[1].Values {
		if i%5 == 0 {
			x.Columns[1].Values[i] = float32(math.NaN())
		}
	}
	p := formula(func(dst []float64, row []float32) {
		dst[0] = -0.2
		if row[0] >= 2 {
			dst[0] = 1
		}
		dst[1] = 0.1
		if row[1] != row[1] {
			dst[1] = -0.9
		}
		dst[3] = 0.05 * float64(row[3]-1)
		dst[4] = []float64{0.1, -0.5, 0.1}[int(row[4])]
	})
	y := make([]bool, 4000)
	want := map[int][2]int{}
	for i := range y {
		y[i] = i%7 == 0
		for j, in := range map[int]bool{
			0: x.Columns[0].Values[i] >= 2, 1: i%5 == 0, 3: x.Columns[3].Values[i] < 1, 4: x.Columns[4].Values[i] == 1,
		} {
			n := want[j]
			if in {
				n[0]++
				if y[i] {
					n[1]++
				}
			}
			want[j] = n
		}
	}
	got := contribute(t, p, x).Reasons(y, nil, 6)
	if len(got) != 4 {
		t.Fatalf("%d reasons, want 4: %+v", len(got), got)
	}
	inf := math.Inf(1)
	for _, r := range got {
		plain := r
		plain.Rows, plain.Positives = 0, 0
		expected := map[int]Reason{
			0: {Column: 0, From: 2, Below: inf, Level: -1},
			1: {Column: 1, From: -inf, Below: inf, Level: -1, Missing: true},
			3: {Column: 3, From: -inf, Below: 1, Level: -1},
			4: {Column: 4, From: -inf, Below: inf, Level: 1},
		}[r.Column]
		effect := map[int]float64{0: 1, 1: -0.9, 3: -0.05, 4: -0.5}[r.Column]
		near(t, "effect", r.Effect.Value, effect)
		expected.Effect = plain.Effect
		if plain != expected {
			t.Errorf("column %d: %+v, want %+v", r.Column, plain, expected)
		}
		if n := want[r.Column]; r.Rows != n[0] || r.Positives != n[1] {
			t.Errorf("column %d: %d of %d, want %v", r.Column, r.Positives, r.Rows, n)
		}
	}
}

func TestReasonsOfTheStrongerSide(t *testing.T) {
	// Nine in ten have a value and the stronger contributions, which no cut among the values tells better.
	x := &model.Matrix{Columns: []model.Column{number("x"), {Field: model.Field{Name: "c", Levels: []string{"a", "b", "c"}}}}}
	for i := range 500 {
		v := float32(i % 4)
		if i%10 == 0 {
			v = float32(math.NaN())
		}
		x.Columns[0].Values = append(x.Columns[0].Values, v)
		x.Columns[1].Values = append(x.Columns[1].Values, float32(min(i%10, 1+i%2)))
	}
	p := formula(func(dst []float64, row []float32) {
		if row[0] == row[0] {
			dst[0] = 0.7
		}
		if row[1] == 0 {
			dst[1] = 0.1
		} else {
			dst[1] = -0.4
		}
	})
	got := contribute(t, p, x).Reasons(make([]bool, 500), nil, 6)
	if len(got) != 2 || !got[0].Missing || !got[0].Other || got[0].Rows != 450 || got[1].Level != 0 || !got[1].Other || got[1].Rows != 450 {
		t.Errorf("%+v, want those with any value, and those with another level than the first", got)
	}
}

func TestReasonsNeedEnoughRowsAndClearMeans(t *testing.T) {
	values := func(few int) *model.Matrix {
		x := &model.Matrix{Columns: []model.Column{number("x"), number("y")}}
		for i := range 1000 {
			v := float32(0)
			if i*few/1000 != (i+1)*few/1000 {
				v = 1
			}
			x.Columns[0].Values = append(x.Columns[0].Values, v)
			x.Columns[1].Values = append(x.Columns[1].Values, v)
		}
		return x
	}
	p := formula(func(dst []float64, row []float32) { dst[0], dst[1] = float64(row[0]), 0.9*float64(row[1]) })
	y := make([]bool, 1000)
	for few, want := range map[int]int{19: 0, 20: 2} {
		if got := contribute(t, p, values(few)).Reasons(y, nil, 6); len(got) != want {
			t.Errorf("with %d of 1,000 in the part there are %d reasons, want %d", few, len(got), want)
		}
	}
	// Of a group only the strongest is told.
	if got := contribute(t, p, values(100)).Reasons(y, [][]int{{0, 1}}, 6); len(got) != 1 || got[0].Column != 0 {
		t.Errorf("of two that hang together: %+v", got)
	}
	if got := contribute(t, p, values(100)).Reasons(y, nil, 1); len(got) != 1 {
		t.Errorf("%d reasons, want the 1 that was asked for", len(got))
	}
	// Contributions of one size and both signs in either side cannot be told from 0.
	noise := formula(func(dst []float64, row []float32) { dst[0] = 4*float64(row[1]) - 1 })
	x := values(500)
	for i := range 1000 {
		x.Columns[1].Values[i] = float32(i/2%2) / 2
	}
	if got := contribute(t, noise, x).Reasons(y, nil, 6); len(got) != 0 {
		t.Errorf("from noise: %+v", got)
	}
}

func TestBetween(t *testing.T) {
	for _, c := range []struct{ low, high, want float64 }{
		{0, 1, 1},
		{1, 2, 2},
		{14, 15, 15},
		{9, 120, 100},
		{0.3167, 0.3421, 0.34},
		{-0.5, 0, 0},
		{-1, -0.2, -0.2},
		{-0.5, 0.4, 0},
		{0.1, 0.1000001, 0.1000001},
		{3_540_000, 3_720_000, 3_700_000},
	} {
		if got := between(c.low, c.high); math.Abs(got-c.want) > 1e-12*math.Abs(c.want) || got <= c.low || got > c.high {
			t.Errorf("between %v and %v: %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

// Values are told in whole steps: 0.25 for the first column, 60,000 for the second, as they are for the third.
func TestGrains(t *testing.T) {
	x := &model.Matrix{Columns: []model.Column{number("share"), number("ms"), number("count")}}
	y := make([]bool, 1000)
	for i := range 1000 {
		x.Columns[0].Values = append(x.Columns[0].Values, float32(i)/1000)
		x.Columns[1].Values = append(x.Columns[1].Values, float32(i)*600)
		x.Columns[2].Values = append(x.Columns[2].Values, float32(i%3))
		y[i] = i >= 700
	}
	p := formula(func(dst []float64, row []float32) {
		if row[0] >= 0.75 {
			dst[0] = 3
		}
		if row[1] >= 420_000 {
			dst[1] = 2
		}
		dst[2] = float64(row[2]) / 10
	})
	opt := Defaults()
	opt.Rows, opt.Grains = 1000, []float64{0.25, 60_000}
	c, err := Contribute(context.Background(), p, x, opt)
	if err != nil {
		t.Fatal(err)
	}
	reasons := c.Reasons(y, nil, 6)
	if len(reasons) != 3 || reasons[0].From != 0.75 || reasons[0].Rows != 250 || reasons[1].From != 420_000 || reasons[1].Rows != 300 ||
		reasons[1].Positives != 300 || reasons[2].From != 1 && reasons[2].From != 2 {
		t.Errorf("reasons %+v", reasons)
	}
	d := c.Dependences(nil, 6)
	var share, ms [][2]float64
	for _, v := range d[0].Points {
		share = append(share, [2]float64{v.From, v.To})
	}
	for _, v := range d[1].Points {
		ms = append(ms, [2]float64{v.From, v.To})
	}
	if want := [][2]float64{{0, 0}, {0.25, 0.25}, {0.5, 0.5}, {0.75, 0.75}}; !reflect.DeepEqual(share, want) {
		t.Errorf("shares in bins %v, want %v", share, want)
	}
	if len(ms) != 8 || ms[0] != [2]float64{0, 60_000} && ms[0] != [2]float64{0, 0} || ms[7][1] != 540_000 {
		t.Errorf("times in bins %v", ms)
	}
	if got := c.Dependences([][]int{{0, 1}}, 6); len(got) != 2 || got[1].Column != 2 {
		t.Errorf("of two that hang together: %+v", got)
	}
}
