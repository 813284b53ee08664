package model

import (
	"math"
	"slices"
)

// histogramBins is the number of quantile bins of a reference histogram.
const histogramBins = 10

// Histogram is the distribution of one column among the training users, the reference that drift is measured against.
// A number has Edges, and Counts[i] users with a value in (Edges[i-1], Edges[i]], the last bin open to the right. A category has
// one count a level and no edges. Missing counts the users without a value.
type Histogram struct {
	Name    string    `json:"name"`
	Edges   []float32 `json:"edges,omitempty"`
	Counts  []int     `json:"counts"`
	Missing int       `json:"missing"`
}

// NewHistogram counts a column: quantile bins for a number, levels for a category.
func NewHistogram(c Column) Histogram {
	h := Histogram{Name: c.Name}
	var known []float32
	for _, v := range c.Values {
		if v != v {
			h.Missing++
		} else {
			known = append(known, v)
		}
	}
	if c.Category() {
		h.Counts = make([]int, len(c.Levels))
		for _, v := range known {
			h.Counts[int(v)]++
		}
		return h
	}
	slices.Sort(known)
	h.Edges = quantileEdges(known)
	h.Counts = make([]int, len(h.Edges)+1)
	for _, v := range known {
		h.Counts[h.Bin(v)]++
	}
	return h
}

// Bin is the bin of a value of a number column that is not missing.
func (h Histogram) Bin(v float32) int {
	i, _ := slices.BinarySearch(h.Edges, v)
	return i
}

func quantileEdges(sorted []float32) []float32 {
	var edges []float32
	for b := 1; b < histogramBins && len(sorted) > 0; b++ {
		edge := sorted[(len(sorted)-1)*b/histogramBins]
		if len(edges) == 0 || edge > edges[len(edges)-1] {
			edges = append(edges, edge)
		}
	}
	return edges
}

// pick is the i-th possible value of the column, counted round and round: an edge, or a level.
func (h Histogram) pick(i int) (float32, bool) {
	switch {
	case len(h.Edges) > 0:
		return h.Edges[i%len(h.Edges)], true
	case h.Edges == nil && len(h.Counts) > 1:
		return float32(i % len(h.Counts)), true
	}
	return float32(math.NaN()), false
}
