package hist

import (
	"math"
	"slices"
)

// bounds are the least and the greatest value that a leaf may take, before the rate.
type bounds struct{ low, high float64 }

var unbounded = bounds{math.Inf(-1), math.Inf(1)}

func (b bounds) free() bool { return b == unbounded }

// value is the Newton step within the bounds.
func (b bounds) value(s sums, l2 float64) float64 {
	if s.h+l2 <= 0 {
		return min(max(0, b.low), b.high)
	}
	return min(max(-s.g/(s.h+l2), b.low), b.high)
}

// saved is the loss that a leaf of this value saves, twice that of Chen and Guestrin (2016), equation 6; with the best value it is
// worth.
func saved(s sums, l2, value float64) float64 { return -(2*s.g*value + (s.h+l2)*value*value) }

// divide gives both children's bounds: where the column must rise, everything on the left stays at or below the middle of both
// children's values, and everything on the right at or above.
func (b bounds) divide(s *split, limits *Limits) (left, right bounds) {
	left, right = b, b
	direction := limits.direction(s.column)
	if direction == 0 {
		return left, right
	}
	middle := (b.value(s.sums[0], limits.L2) + b.value(s.sums[1], limits.L2)) / 2
	if direction > 0 {
		left.high, right.low = middle, middle
	} else {
		left.low, right.high = middle, middle
	}
	return left, right
}

func (l *Limits) direction(column int) int8 {
	if l.Monotone == nil {
		return 0
	}
	return l.Monotone[column]
}

// extend is the path below a split.
func (l *Limits) extend(path []int, column int) []int {
	if l.Together == nil || slices.Contains(path, column) {
		return path
	}
	return append(slices.Clip(path), column)
}

// allowed lists which columns may be asked below a path; nil is all.
func (l *Limits) allowed(path []int, columns int) []bool {
	if l.Together == nil || len(path) == 0 {
		return nil
	}
	allowed := make([]bool, columns)
	for _, j := range path {
		allowed[j] = true
	}
	for _, set := range l.Together {
		if slices.ContainsFunc(path, func(j int) bool { return !slices.Contains(set, j) }) {
			continue
		}
		for _, j := range set {
			allowed[j] = true
		}
	}
	return allowed
}
