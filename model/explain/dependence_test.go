package explain

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// formula is a model whose contributions a test writes down.
type formula func(dst []float64, row []float32)

func (f formula) Contribute(dst []float64, row []float32) float64 {
	clear(dst)
	f(dst, row)
	return 0
}

func (f formula) Score(row []float32) float64 {
	dst := make([]float64, len(row))
	f.Contribute(dst, row)
	sum := 0.0
	for _, v := range dst {
		sum += v
	}
	return sum
}

func (formula) Format() string { return "formula" }

func (formula) MarshalBinary() ([]byte, error) { return nil, nil }

func number(name string, values ...float32) model.Column {
	return model.Column{Field: model.Field{Name: name}, Values: values}
}

// sample is columns of n rows: a count of 0 for six in ten, a Gaussian, one that goes along with it, a yes or no, and three levels.
func sample(seed uint64, n int) *model.Matrix {
	rng := rand.New(rand.NewPCG(seed, 1))
	columns := []model.Column{
		number("count"), number("value"), number("shadow"), number("did"),
		{Field: model.Field{Name: "channel", Levels: []string{"organic", "paid", "friend"}}},
	}
	for range n {
		count := math.Floor(math.Max(0, 1.5*rng.NormFloat64()+0.1))
		value := rng.NormFloat64()
		for j, v := range []float64{count, value, value + 0.3*rng.NormFloat64(), float64(rng.IntN(2)), float64(rng.IntN(3))} {
			columns[j].Values = append(columns[j].Values, float32(v))
		}
	}
	return &model.Matrix{Columns: columns}
}

func contribute(t *testing.T, p model.Predictor, x *model.Matrix) *Contributions {
	t.Helper()
	opt := Defaults()
	opt.Rows = 1000
	c, err := Contribute(context.Background(), p, x, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An additive model has no interactions, whatever hangs together: a step, a line, a curve.
func TestDependenceOfAnAdditiveModel(t *testing.T) {
	additive := formula(func(dst []float64, row []float32) {
		dst[0] = -0.5
		if row[0] >= 2 {
			dst[0] = 1
		}
		dst[1] = math.Sin(2 * float64(row[1]))
		dst[2] = 0.4 * float64(row[2])
		dst[3] = 0.2*float64(row[3]) - 0.1
		dst[4] = []float64{0.3, -0.6, 0.3}[int(row[4])]
	})
	for seed := range uint64(20) {
		c := contribute(t, additive, sample(seed, 3000))
		got := c.Dependences(nil, 5)
		if len(got) != 5 {
			t.Fatalf("seed %d: %d columns, want all 5", seed, len(got))
		}
		for _, d := range got {
			if d.With >= 0 {
				t.Errorf("seed %d: column %d is said to be changed by %d", seed, d.Column, d.With)
			}
			rows := 0
			for _, p := range d.Points {
				rows += p.Rows
				if p.Rows < smallestPart || p.Mean.Low > p.Mean.Value || p.Mean.High < p.Mean.Value {
					t.Errorf("seed %d, column %d: point %+v", seed, d.Column, p)
				}
				if d.Column == 0 {
					// -0.5 below 2 and 1 from 2 on, exactly.
					want := -0.5
					if p.From >= 2 {
						want = 1
					}
					near(t, "mean of a step", p.Mean.Value, want)
				}
			}
			if rows != 1000 || len(d.Points) > mostBins {
				t.Errorf("seed %d, column %d: %d rows in %d bins", seed, d.Column, rows, len(d.Points))
			}
		}
	}
}

// The count is worth 1 to those who did and nothing to the others.
func TestDependenceFindsWhatChangesIt(t *testing.T) {
	interacting := formula(func(dst []float64, row []float32) {
		dst[0] = float64(row[3]*min(row[0], 2)) - 0.3
		dst[1], dst[2], dst[3] = 0.2*float64(row[1]), 0.2*float64(row[2]), 0.2*float64(row[3])-0.1
	})
	for seed := range uint64(20) {
		d := contribute(t, interacting, sample(seed, 3000)).Dependences(nil, 1)[0]
		if d.Column != 0 || d.With != 3 || d.Split != 0 {
			t.Fatalf("seed %d: column %d with %d cut at %v, want the count with did cut at 0", seed, d.Column, d.With, d.Split)
		}
		if len(d.Low) < 2 || len(d.Low) != len(d.High) {
			t.Fatalf("seed %d: %d points low and %d high", seed, len(d.Low), len(d.High))
		}
		for k, p := range d.Points {
			low, high := d.Low[k], d.High[k]
			if low.Rows+high.Rows != p.Rows || min(low.Rows, high.Rows) < smallestPart || low.From != p.From || high.To != p.To {
				t.Errorf("seed %d: %+v in halves %+v and %+v", seed, p, low, high)
			}
			near(t, "those who did not", low.Mean.Value, -0.3)
			if p.From == p.To {
				near(t, "those who did", high.Mean.Value, math.Min(p.From, 2)-0.3)
			}
		}
	}
}

// A linear model's terms are additive; the columns without weight are not told.
func TestDependenceOfALinearModel(t *testing.T) {
	x := sample(7, 2000)
	m := &linear.Model{Fields: x.Fields(), Terms: []linear.Term{
		{Column: 0, Kind: linear.Did, Mean: 0.4, Scale: 1, Weight: 1},
		{Column: 1, Kind: linear.Number, Mean: 0, Scale: 1, Weight: -0.5},
	}}
	got := contribute(t, m, x).Dependences(nil, 6)
	if len(got) != 2 || got[0].With >= 0 || got[1].With >= 0 {
		t.Fatalf("%+v, want two columns without interactions", got)
	}
	for _, d := range got {
		if first, last := d.Points[0].Mean.Value, d.Points[len(d.Points)-1].Mean.Value; (first < last) != (d.Column == 0) {
			t.Errorf("column %d goes from %v to %v", d.Column, first, last)
		}
	}
}

func TestBins(t *testing.T) {
	nan := float32(math.NaN())
	many := func(v float32, n int) []float32 { return slices.Repeat([]float32{v}, n) }
	of := func(parts ...[]float32) model.Column { return number("x", slices.Concat(parts...)...) }
	for _, c := range []struct {
		name string
		col  model.Column
		// want is from, to and rows of each bin; the missing are NaN.
		want [][3]float64
	}{
		{"few values, each alone", of(many(0, 600), many(1, 200), many(3, 200)), [][3]float64{{0, 0, 600}, {1, 1, 200}, {3, 3, 200}}},
		{"a small value joins those before it", of(many(0, 600), many(1, 200), many(5, 9)), [][3]float64{{0, 0, 600}, {1, 5, 209}}},
		{"small values join those after them", of(many(0, 4), many(1, 3), many(5, 9)), [][3]float64{{0, 5, 16}}},
		{"too few", of(many(1, 9)), nil},
		{"nine without a value are left out", of(many(1, 30), many(nan, 9)), [][3]float64{{1, 1, 30}}},
		{"ten without a value", of(many(1, 30), many(nan, 10)), [][3]float64{{1, 1, 30}, {math.NaN(), math.NaN(), 10}}},
	} {
		var got [][3]float64
		for _, g := range bins(c.col) {
			row := [3]float64{g.From, g.To, float64(len(g.at))}
			if g.Missing {
				row[0], row[1] = math.NaN(), math.NaN()
			}
			got = append(got, row)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
			continue
		}
		for k := range got {
			for i := range got[k] {
				if a, b := got[k][i], c.want[k][i]; a != b && !(a != a && b != b) {
					t.Errorf("%s: %v, want %v", c.name, got, c.want)
				}
			}
		}
	}
}

// 1,000 different values fall into eight bins of 125 each, in order.
func TestBinsOfManyValues(t *testing.T) {
	var col model.Column
	for i := range 1000 {
		col.Values = append(col.Values, float32(i*i))
	}
	got := bins(col)
	if len(got) != mostBins {
		t.Fatalf("%d bins, want %d", len(got), mostBins)
	}
	for k, g := range got {
		if len(g.at) < 120 || len(g.at) > 130 || k > 0 && g.From <= got[k-1].To {
			t.Errorf("bin %d is %v to %v with %d rows", k, g.From, g.To, len(g.at))
		}
	}
	// Half of the rows with one value take one bin; the others share the rest.
	for i := range 500 {
		col.Values[i] = 0
	}
	got = bins(col)
	if len(got) != mostBins || len(got[0].at) != 500 || len(got[4].at) < 65 || len(got[4].at) > 78 {
		t.Errorf("with half at 0 there are %d bins, the first of %d rows, the fifth of %d", len(got), len(got[0].at), len(got[4].at))
	}
}

func TestDependenceOfLevels(t *testing.T) {
	x := sample(3, 1000)
	channel := x.Columns[4]
	for i := range 1000 {
		switch {
		case i < 12:
			channel.Values[i] = float32(math.NaN())
		case channel.Values[i] == 2 && i > 24:
			channel.Values[i] = 0
		}
	}
	p := formula(func(dst []float64, row []float32) {
		if row[4] != row[4] {
			dst[4] = -2
		} else {
			dst[4] = float64(row[4]) + 2*float64(row[3])*float64(row[4])
		}
		dst[3] = 0.1 * float64(row[3])
	})
	d := contribute(t, p, x).Dependences(nil, 1)[0]
	// Fewer than ten friends remain and are left out; the levels stand by their rows, the missing last.
	if len(d.Points) != 3 || d.Points[0].Level != 0 || d.Points[1].Level != 1 || !d.Points[2].Missing || d.Points[2].Mean.Value != -2 {
		t.Fatalf("points %+v", d.Points)
	}
	if d.With != 3 || len(d.Low) != 2 || len(d.High) != 2 {
		t.Errorf("with %d: %+v and %+v, want the halves of two levels: those of the missing are small", d.With, d.Low, d.High)
	}
}

// Whatever the data, nothing is told of one to nine rows, nor can it be taken from what is told.
func TestDependenceTellsNothingOfAFew(t *testing.T) {
	halved := 0
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 2))
		x := sample(seed, 20+rng.IntN(600))
		for _, c := range x.Columns {
			for i := range c.Values {
				if rng.IntN(6) == 0 {
					c.Values[i] = float32(math.NaN())
				}
			}
		}
		p := formula(func(dst []float64, row []float32) {
			for j, v := range row {
				if o := row[(j+1)%len(row)]; v == v && o == o {
					dst[j] = float64(v * o)
				}
			}
		})
		c := contribute(t, p, x)
		for _, d := range c.Dependences(nil, 5) {
			if d.With >= 0 {
				halved++
			}
			inBin := map[[2]float64][3]int{}
			for k, list := range [][]Point{d.Points, d.Low, d.High} {
				for _, v := range list {
					key := [2]float64{v.From + 1000*float64(v.Level), 0}
					if v.Missing {
						key[1] = 1
					}
					n := inBin[key]
					n[k] = v.Rows
					inBin[key] = n
				}
			}
			for _, n := range inBin {
				for _, rows := range []int{n[0], n[1], n[2], n[0] - n[1] - n[2]} {
					if rows < 0 || rows > 0 && rows < smallestPart {
						t.Fatalf("seed %d: column %d with %d tells of %v rows", seed, d.Column, d.With, n)
					}
				}
			}
		}
	}
	if halved < 50 {
		t.Errorf("only %d had halves", halved)
	}
}

func TestDependencesAndReasonsForAnyNumberOfProcessors(t *testing.T) {
	x := sample(5, 3000)
	y := make([]bool, 3000)
	for i := range y {
		y[i] = i%3 == 0
	}
	p := formula(func(dst []float64, row []float32) {
		dst[0], dst[1] = 0.1*float64(row[0]*row[3]), math.Sin(float64(row[1]*row[2]))
		dst[4] = 0.1 * float64(row[4])
	})
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var first []Dependence
	var firstReasons []Reason
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		c := contribute(t, p, x)
		got, reasons := c.Dependences(nil, 6), c.Reasons(y, nil, 6)
		if first == nil {
			first, firstReasons = got, reasons
		}
		if len(got) != 3 || len(reasons) == 0 || !reflect.DeepEqual(got, first) || !reflect.DeepEqual(reasons, firstReasons) {
			t.Fatalf("GOMAXPROCS=%d gives another answer", n)
		}
	}
}
