package drift

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

var nan, inf = float32(math.NaN()), float32(math.Inf(1))

// TestBinIsTheHistograms holds the quick search to model.Histogram.Bin, for 0 to 70 edges, at, just below and just above each of them.
func TestBinIsTheHistograms(t *testing.T) {
	for edges := range 71 {
		rng := rand.New(rand.NewPCG(uint64(edges), 3))
		h := model.Histogram{Name: "n", Counts: make([]int, edges+1)}
		for len(h.Edges) < edges {
			if e := float32(rng.NormFloat64()); !slices.Contains(h.Edges, e) {
				h.Edges = append(h.Edges, e)
			}
		}
		slices.Sort(h.Edges)
		// A column before it, so that its first cell is not the first of all.
		l := newLayout([]model.Field{{Name: "other"}, {Name: "n"}}, []model.Histogram{{Name: "other", Counts: []int{1}}, h}, model.Histogram{})
		n, c := &l.numbers[1], l.columns[1]
		values := []float32{-inf, -math.MaxFloat32, 0, float32(rng.NormFloat64()), math.MaxFloat32, inf}
		for _, e := range h.Edges {
			values = append(values, math.Nextafter32(e, -inf), e, math.Nextafter32(e, inf))
		}
		for _, v := range values {
			if got, want := int(l.bin(n, v))-c.first, h.Bin(v); got != want {
				t.Fatalf("%d edges, value %v: bin %d, the histogram has %d", edges, v, got, want)
			}
		}
		if got := int(l.bin(n, nan)); got != c.missing || got < c.first+c.bins {
			t.Fatalf("%d edges: NaN is in cell %d, want that of missing, %d, behind %d bins", edges, got, c.missing, c.bins)
		}
	}
}

func TestCategoryCell(t *testing.T) {
	c := category{first: 100, levels: 3}
	for _, v := range []struct {
		code float32
		want uint32
	}{{0, 100}, {1, 101}, {2, 102}, {3, 103}, {nan, 103}, {-1, 103}, {inf, 103}, {-inf, 103}} {
		if got := c.cell(v.code); got != v.want {
			t.Errorf("code %v: cell %d, want %d", v.code, got, v.want)
		}
	}
	if got := (&category{first: 7}).cell(0); got != 7 {
		t.Errorf("a category without levels: cell %d, want 7, that of missing", got)
	}
}

func TestCellsDoNotOverlap(t *testing.T) {
	w, _, _ := crowd(1)
	used := make([]int, w.layout.cells)
	for _, c := range w.layout.columns {
		for i := c.first; i < c.first+c.bins; i++ {
			used[i]++
		}
		used[c.missing]++
	}
	for j := range 40 {
		used[w.layout.unseen+j]++
	}
	for i, n := range used {
		if n > 1 {
			t.Errorf("cell %d belongs to %d counters", i, n)
		}
	}
}

func TestReferenceOf(t *testing.T) {
	number, platform := model.Field{Name: "n"}, model.Field{Name: "p", Levels: []string{"ANDROID", "IOS"}}
	good := model.Histogram{Name: "n", Edges: []float32{1, 2}, Counts: []int{3, 4, 5}, Missing: 6}
	noNumber, noCategory := model.Histogram{Name: "n", Counts: []int{0}}, model.Histogram{Name: "p", Counts: []int{0, 0}}
	for _, c := range []struct {
		name      string
		field     model.Field
		reference []model.Histogram
		want      model.Histogram
	}{
		{"in its place", number, []model.Histogram{good}, good},
		{"by name", number, []model.Histogram{{Name: "other", Counts: []int{1}}, good}, good},
		{"none", number, nil, noNumber},
		{"of another name", number, []model.Histogram{{Name: "m", Counts: []int{9}}}, noNumber},
		{"a count too few", number, []model.Histogram{{Name: "n", Edges: []float32{1, 2}, Counts: []int{3, 4}}}, noNumber},
		{"no counts", number, []model.Histogram{{Name: "n"}}, noNumber},
		{"edges not ascending", number, []model.Histogram{{Name: "n", Edges: []float32{2, 2}, Counts: []int{3, 4, 5}}}, noNumber},
		{"an edge is no number", number, []model.Histogram{{Name: "n", Edges: []float32{nan}, Counts: []int{3, 4}}}, noNumber},
		{"an edge has no end", number, []model.Histogram{{Name: "n", Edges: []float32{1, inf}, Counts: []int{3, 4, 5}}}, noNumber},
		{"a count below 0", number, []model.Histogram{{Name: "n", Counts: []int{-1}}}, noNumber},
		{"missing below 0", number, []model.Histogram{{Name: "n", Counts: []int{1}, Missing: -1}}, noNumber},
		{"a level too many", platform, []model.Histogram{{Name: "p", Counts: []int{1, 2, 3}}}, noCategory},
		{"a category with edges", platform, []model.Histogram{{Name: "p", Edges: []float32{1}, Counts: []int{1, 2}}}, noCategory},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := referenceOf(c.field, 0, c.reference); !reflect.DeepEqual(got, c.want) {
				t.Errorf("reference %+v, want %+v", got, c.want)
			}
		})
	}
}
