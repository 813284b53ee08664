// Package calibrate turns a classifier's scores into probabilities that can be taken at their word, learnt on rows that the
// classifier has not seen.
package calibrate

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
)

// The kinds of Map.
const (
	// None takes the score as log-odds as it is.
	None = "none"
	// PlattKind is a logistic curve, see Platt.
	PlattKind = "platt"
	// BetaKind is a logistic curve that may bend differently at both ends, see Beta.
	BetaKind = "beta"
	// IsotonicKind is a rising line through block means, see Isotonic.
	IsotonicKind = "isotonic"
)

// edge keeps probabilities strictly between 0 and 1.
const edge = 1e-12

// Map turns a score, which is log-odds, into a probability. It never falls as the score rises. The zero Map is of kind None.
type Map struct {
	Kind string `json:"kind"`
	// A and B are slope and intercept of the log-odds in the score for kind platt. For kind isotonic, A is the slope of the
	// log-odds beyond the first and the last point. For kind beta, A and B are the slopes where the score is far below and far above
	// 0, and C is the intercept. Slopes are never negative.
	A float64 `json:"a,omitempty"`
	B float64 `json:"b,omitempty"`
	C float64 `json:"c,omitempty"`
	// X and Y are the points of kind isotonic: scores and probabilities, both rising.
	X []float64 `json:"x,omitempty"`
	Y []float64 `json:"y,omitempty"`
}

// Probability is that of revisiting at the given score, strictly between 0 and 1. A NaN score gives NaN.
func (m Map) Probability(score float64) float64 {
	switch m.Kind {
	case PlattKind:
		return inside(sigmoid(m.A*score + m.B))
	case BetaKind:
		// Infinite scores would make a slope of 0 times infinity.
		s := max(-math.MaxFloat64, min(score, math.MaxFloat64))
		return inside(sigmoid(m.B*softplus(s) - m.A*softplus(-s) + m.C))
	case IsotonicKind:
		return inside(m.interpolate(score))
	}
	return inside(sigmoid(score))
}

func (m Map) interpolate(score float64) float64 {
	last := len(m.X) - 1
	switch {
	case score <= m.X[0]:
		return sigmoid(logit(m.Y[0]) + m.A*(score-m.X[0]))
	case score >= m.X[last]:
		return sigmoid(logit(m.Y[last]) + m.A*(score-m.X[last]))
	case math.IsNaN(score):
		return score
	}
	k := sort.SearchFloat64s(m.X, score)
	share := (score - m.X[k-1]) / (m.X[k] - m.X[k-1])
	return m.Y[k-1] + share*(m.Y[k]-m.Y[k-1])
}

// Validate reports the first thing that keeps m from being a rising map.
func (m Map) Validate() error {
	if !finite(m.A) || !finite(m.B) || !finite(m.C) || m.A < 0 || m.Kind == BetaKind && m.B < 0 {
		return fmt.Errorf("calibration: a is %v, b is %v and c is %v; want finite numbers and slopes of at least 0", m.A, m.B, m.C)
	}
	switch m.Kind {
	case "", None, PlattKind, BetaKind:
		if len(m.X)+len(m.Y) > 0 {
			return fmt.Errorf("calibration: kind %q takes no points", m.Kind)
		}
		return nil
	case IsotonicKind:
		return m.validatePoints()
	}
	return fmt.Errorf("calibration: kind %q is unknown; want none, platt, beta or isotonic", m.Kind)
}

func (m Map) validatePoints() error {
	if len(m.X) == 0 || len(m.X) != len(m.Y) {
		return fmt.Errorf("calibration: x has %d points and y has %d; want as many of both, at least 1", len(m.X), len(m.Y))
	}
	for k := range m.X {
		if !finite(m.X[k]) || !(m.Y[k] > 0 && m.Y[k] < 1) {
			return fmt.Errorf("calibration: point %d is not a finite score and a probability inside (0,1)", k)
		}
		if k > 0 && (m.X[k] <= m.X[k-1] || m.Y[k] <= m.Y[k-1]) {
			return fmt.Errorf("calibration: point %d does not lie above and right of the one before", k)
		}
	}
	return nil
}

// UnmarshalJSON reads a map and validates it.
func (m *Map) UnmarshalJSON(data []byte) error {
	type plain Map
	var p plain
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	if err := Map(p).Validate(); err != nil {
		return err
	}
	*m = Map(p)
	return nil
}

func count(y []bool) int {
	n := 0
	for _, v := range y {
		if v {
			n++
		}
	}
	return n
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// inside keeps p off 0 and 1; NaN stays NaN.
func inside(p float64) float64 { return math.Max(edge, math.Min(1-edge, p)) }

func mustMatch(scores, labels int) {
	if scores != labels {
		panic(fmt.Sprintf("calibrate: %d scores for %d labels", scores, labels))
	}
}
