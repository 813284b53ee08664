package model_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestNewHistogram(t *testing.T) {
	number, platform := model.Field{Name: "n"}, model.Field{Name: "p", Levels: []string{"ANDROID", "IOS", "WEB"}}
	for _, c := range []struct {
		name   string
		column model.Column
		want   model.Histogram
	}{
		{
			"a constant",
			model.Column{Field: number, Values: []float32{4, 4, 4}},
			model.Histogram{Name: "n", Edges: []float32{4}, Counts: []int{3, 0}},
		},
		{
			"all missing",
			model.Column{Field: number, Values: []float32{nan, nan}},
			model.Histogram{Name: "n", Counts: []int{0}, Missing: 2},
		},
		{"no rows", model.Column{Field: number}, model.Histogram{Name: "n", Counts: []int{0}}},
		{
			"yes or no",
			model.Column{Field: number, Values: []float32{0, 1, 0, nan, 1, 0}},
			model.Histogram{Name: "n", Edges: []float32{0, 1}, Counts: []int{3, 2, 0}, Missing: 1},
		},
		{
			"an edge belongs to the bin below it",
			model.Column{Field: number, Values: []float32{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
			model.Histogram{Name: "n", Edges: []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, Counts: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		},
		{
			"a category",
			model.Column{Field: platform, Values: []float32{0, 0, nan, 1}},
			model.Histogram{Name: "p", Counts: []int{2, 1, 0}, Missing: 1},
		},
		{
			"a category that nobody has a value of",
			model.Column{Field: model.Field{Name: "c", Levels: []string{}}, Values: []float32{nan}},
			model.Histogram{Name: "c", Counts: []int{}, Missing: 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, model.NewHistogram(c.column)); diff != "" {
				t.Errorf("histogram (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHistogramCountsEveryone holds for 300 random columns that every row is counted once, in the bin that its value belongs to, and
// that counting changes nothing.
func TestHistogramCountsEveryone(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		values := make([]float32, rng.IntN(200))
		for i := range values {
			values[i] = float32(rng.ExpFloat64() * 10)
			if seed%2 == 0 {
				values[i] = float32(rng.IntN(6))
			}
			if rng.IntN(10) == 0 {
				values[i] = nan
			}
		}
		before := slices.Clone(values)
		h := model.NewHistogram(model.Column{Field: model.Field{Name: "n"}, Values: values})
		total := h.Missing
		for _, n := range h.Counts {
			total += n
		}
		if total != len(values) || len(h.Counts) != len(h.Edges)+1 || len(h.Counts) > 10 {
			t.Fatalf("seed %d: %d rows counted of %d in %d bins", seed, total, len(values), len(h.Counts))
		}
		if !slices.IsSorted(h.Edges) || len(slices.Compact(slices.Clone(h.Edges))) != len(h.Edges) {
			t.Fatalf("seed %d: edges %v do not rise", seed, h.Edges)
		}
		for i, v := range values {
			if v != before[i] && v == v {
				t.Fatalf("seed %d: the column was changed", seed)
			}
			if v != v {
				continue
			}
			b := h.Bin(v)
			if (b > 0 && v <= h.Edges[b-1]) || (b < len(h.Edges) && v > h.Edges[b]) {
				t.Fatalf("seed %d: %v is in bin %d of %v", seed, v, b, h.Edges)
			}
		}
	}
}
