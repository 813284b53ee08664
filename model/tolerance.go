package model

import (
	"cmp"
	"slices"
)

// The greatest shares of false positives that a risk tolerance accepts.
const (
	lowRisk    = 0.05
	mediumRisk = 0.10
	highRisk   = 0.20
)

// Tolerance is where to cut probabilities of revisiting into groups, by how many false positives one can bear: at low risk 5 % of those
// who are not meant are in the group all the same, at medium 10 %, at high 20 %.
type Tolerance struct {
	// Low, Medium and High are the probabilities up to which a user is said not to come back. A false positive is one who does.
	Low    float64 `json:"low"`
	Medium float64 `json:"medium"`
	High   float64 `json:"high"`
	// ReturnLow, ReturnMedium and ReturnHigh are those from which a user is said to come back. A false positive is one who does not.
	ReturnLow    float64 `json:"return_low"`
	ReturnMedium float64 `json:"return_medium"`
	ReturnHigh   float64 `json:"return_high"`
}

// ToleranceOf finds the cuts on labelled users whom training never saw: y says who revisited, p are the probabilities. Each cut is the
// one that takes in the most users within its share of false positives; where even one would be too many, it takes in nobody (-1 or 2).
func ToleranceOf(y []bool, p []float64) Tolerance {
	leaving, coming := make([]cutPoint, len(p)), make([]cutPoint, len(p))
	for i, came := range y {
		leaving[i].at, coming[i].at = p[i], p[i]
		if came {
			leaving[i].wrong = 1
		} else {
			coming[i].wrong = 1
		}
	}
	return cuts(leaving, coming)
}

// cutPoint is a value at which a group may be cut, and how many it would take in wrongly.
type cutPoint struct {
	at, wrong float64
}

// cuts looks from the lowest probability up for those who leave, and from the highest down for those who come.
func cuts(leaving, coming []cutPoint) Tolerance {
	slices.SortFunc(leaving, func(a, b cutPoint) int { return cmp.Compare(a.at, b.at) })
	slices.SortFunc(coming, func(a, b cutPoint) int { return cmp.Compare(b.at, a.at) })
	return Tolerance{
		Low: cut(leaving, lowRisk, -1), Medium: cut(leaving, mediumRisk, -1), High: cut(leaving, highRisk, -1),
		ReturnLow: cut(coming, lowRisk, 2), ReturnMedium: cut(coming, mediumRisk, 2), ReturnHigh: cut(coming, highRisk, 2),
	}
}

// cut is the last value up to which at most share of all who would be wrong lie, equal values taken together.
func cut(points []cutPoint, share, nobody float64) float64 {
	all := 0.0
	for _, x := range points {
		all += x.wrong
	}
	best, sum := nobody, 0.0
	for i := 0; i < len(points); {
		at := points[i].at
		for ; i < len(points) && points[i].at == at; i++ {
			sum += points[i].wrong
		}
		// A share of a sum may be a rounding below a whole number.
		if sum > share*all*(1+1e-12) {
			break
		}
		best = at
	}
	return best
}

// ToleranceOrEstimate is the manifest's tolerance or, where it has none, an estimate from the distribution of the training users'
// probabilities in ScoreReference, each probability taken at its word and each of its ten bins as a whole. It is nil where there is
// neither.
func (m *Manifest) ToleranceOrEstimate() *Tolerance {
	if m.Tolerance != nil {
		return m.Tolerance
	}
	h := m.ScoreReference
	if len(h.Counts) == 0 || len(h.Counts) != len(h.Edges)+1 {
		return nil
	}
	var leaving, coming []cutPoint
	low := 0.0
	for i, n := range h.Counts {
		high := 1.0
		if i < len(h.Edges) {
			high = float64(h.Edges[i])
		}
		middle := (low + high) / 2
		leaving = append(leaving, cutPoint{at: high, wrong: middle * float64(n)})
		coming = append(coming, cutPoint{at: low, wrong: (1 - middle) * float64(n)})
		low = high
	}
	t := cuts(leaving, coming)
	return &t
}
