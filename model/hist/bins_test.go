package hist

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// binned is one column and its bins.
type binned struct {
	column
	bins []uint8
}

func binOne(c model.Column) binned {
	b := Bin(&model.Matrix{Columns: []model.Column{c}})
	out := binned{column: b.columns[0]}
	for i := range c.Values {
		out.bins = append(out.bins, b.at(0, i))
	}
	return out
}

func TestNumbersAreCutBetweenNeighbours(t *testing.T) {
	c := binOne(model.Column{Values: []float32{3, nan, 1, 1, 8}})
	if diff := cmp.Diff([]float64{math.Inf(-1), 2, 5.5, math.Inf(1)}, c.upper); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint8{2, 0, 1, 1, 3}, c.bins); diff != "" {
		t.Error(diff)
	}
}

// Many distinct values share bins of about equal size, however skewed; a value that fills several shares has a bin of its own.
func TestManyValuesShareBinsEvenly(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, draw := range map[string]func() float32{
		"skewed":      func() float32 { return float32(math.Exp(3 * rng.NormFloat64())) },
		"mostly zero": func() float32 { return float32(max(0, rng.NormFloat64()-1)) },
	} {
		values := make([]float32, 20_000)
		for i := range values {
			values[i] = draw()
		}
		c := binOne(model.Column{Values: values})
		counts := make([]int, c.count)
		for i, b := range c.bins {
			counts[b]++
			if v := float64(values[i]); !(v <= c.upper[b] && v > c.upper[b-1]) {
				t.Fatalf("%s: value %v is in bin %d, of (%v, %v]", name, v, b, c.upper[b-1], c.upper[b])
			}
		}
		if c.count < 200 || c.count > MaxBins || !slices.IsSorted(c.upper) {
			t.Errorf("%s: %d bins", name, c.count)
		}
		if name == "skewed" && slices.Max(counts) > 2*20_000/c.count {
			t.Errorf("%s: a bin holds %d rows", name, slices.Max(counts))
		}
	}
}

func TestColumnsThatSayNothing(t *testing.T) {
	for name, values := range map[string][]float32{"all missing": {nan, nan}, "constant": {2, 2}, "no rows": {}} {
		if c := binOne(model.Column{Values: values}); c.count != 2 {
			t.Errorf("%s: %d bins, want missing and one", name, c.count)
		}
	}
}

func TestRarestLevelsAreMissing(t *testing.T) {
	levels := make([]string, 300)
	var values []float32
	for code := range levels {
		values = append(values, float32(code))
		// The first 254 levels stand there twice, the last 46 once.
		if code < 254 {
			values = append(values, float32(code))
		}
	}
	values = append(values, nan)
	c := binOne(model.Column{Field: model.Field{Levels: levels}, Values: values})
	if c.count != MaxBins {
		t.Fatalf("%d bins, want %d", c.count, MaxBins)
	}
	for i, v := range values {
		rare := v != v || v >= 254
		if rare != (c.bins[i] == 0) || !rare && c.levels[c.bins[i]] != uint32(v) {
			t.Fatalf("code %v is in bin %d", v, c.bins[i])
		}
	}
}

// Only the order of the values counts.
func TestBinsFollowOrderOnly(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	values, bent := make([]float32, 5000), make([]float32, 5000)
	for i := range values {
		values[i] = float32(math.Round(rng.NormFloat64() * 4000))
		bent[i] = values[i]*2 + 1e5
	}
	if !slices.Equal(binOne(model.Column{Values: values}).bins, binOne(model.Column{Values: bent}).bins) {
		t.Error("a monotone transform changed the bins")
	}
}

func TestWeights(t *testing.T) {
	x := &model.Matrix{Columns: []model.Column{{Values: []float32{1, 2, 3}}}}
	y := []bool{true, false, true}
	w, base, err := Weights(model.Data{X: x, Y: y, W: []float64{1, 2, 0}})
	if err != nil || base != 1.0/3 || !slices.Equal(w, []float64{1, 2, 0}) {
		t.Errorf("weights %v, base %v, error %v", w, base, err)
	}
	for _, bad := range [][]float64{{1, -1, 1}, {1, math.NaN(), 1}, {1, math.Inf(1), 1}, {0, 1, 0}, {1}} {
		if _, _, err := Weights(model.Data{X: x, Y: y, W: bad}); err == nil {
			t.Errorf("weights %v are no error", bad)
		}
	}
}
