package hist

import (
	"cmp"
	"slices"
)

// split is the best way found to divide a leaf; gain 0 is none.
type split struct {
	gain   float64
	column int
	// bin is the last bin that goes left in a number.
	bin int
	// set holds the bins that go left in a category.
	set         []uint8
	missingLeft bool
	left, right sums
}

// finder scans histograms for the best split of one leaf.
type finder struct {
	limits *Limits
	scale  scale
	total  cell
	parent float64
}

func newFinder(limits *Limits, s scale, total cell) finder {
	t := s.sums(total)
	return finder{limits: limits, scale: s, total: total, parent: worth(t, limits.L2)}
}

// worth is the loss a leaf saves, g^2 / (h + l2), twice that of Chen and Guestrin (2016), equation 7.
func worth(s sums, l2 float64) float64 {
	if s.h+l2 <= 0 {
		return 0
	}
	return s.g * s.g / (s.h + l2)
}

// try weighs the split that sends the rows of left left, and keeps it in best if it is better. On a tie it is kept only
// where it sends more rows right, if tie says so.
func (f *finder) try(best *split, left cell, l2 float64, tie bool) bool {
	right := cell{f.total.gradient - left.gradient, f.total.mass - left.mass}
	if min(f.scale.rows(left), f.scale.rows(right)) < f.limits.MinLeafRows {
		return false
	}
	l, r := f.scale.sums(left), f.scale.sums(right)
	if l.h < f.limits.MinHessian || r.h < f.limits.MinHessian {
		return false
	}
	gain := worth(l, l2) + worth(r, l2) - f.parent
	if gain <= f.limits.MinGain || gain < best.gain || gain == best.gain && !(tie && r.n > best.right.n) {
		return false
	}
	best.gain, best.left, best.right = gain, l, r
	return true
}

// number scans a numeric column: missing rows first right, then, where there are any, left.
func (f *finder) number(j int, c *column, h *[stride]cell) split {
	best := split{column: j}
	missing := h[0]
	for _, missingLeft := range [2]bool{false, true} {
		var left cell
		if missingLeft {
			if missing.mass == 0 {
				break
			}
			left = missing
		}
		for b := 1; b < c.count; b++ {
			left.gradient += h[b].gradient
			left.mass += h[b].mass
			if b == c.count-1 && missing.mass == 0 || h[b].mass == 0 && b != 1 {
				continue
			}
			if f.try(&best, left, f.limits.L2, false) {
				best.bin, best.missingLeft = b, missingLeft
			}
		}
	}
	if missing.mass == 0 {
		best.missingLeft = best.left.n >= best.right.n
	}
	return best
}

// order lists the bins that may go left by smoothed mean gradient.
func (f *finder) order(c *column, h *[stride]cell) []uint8 {
	order := make([]uint8, 0, c.count)
	var slope [stride]float64
	for b := 1; b < c.count; b++ {
		if s := f.scale.sums(h[b]); s.n >= max(f.limits.MinCategoryRows, 1) {
			slope[b] = s.g / (s.h + f.limits.CategorySmooth)
			order = append(order, uint8(b))
		}
	}
	slices.SortStableFunc(order, func(a, b uint8) int { return cmp.Compare(slope[a], slope[b]) })
	return order
}

// category scans the prefixes of the ordered bins from both ends (Fisher 1958). Missing goes right.
func (f *finder) category(j int, c *column, h *[stride]cell) split {
	best, order := split{column: j}, f.order(c, h)
	for _, reverse := range [2]bool{false, true} {
		if reverse {
			slices.Reverse(order)
		}
		var left cell
		for k, b := range order {
			left.gradient += h[b].gradient
			left.mass += h[b].mass
			if f.try(&best, left, f.limits.L2+f.limits.CategoryL2, h[0].mass == 0) {
				best.set = slices.Clone(order[:k+1])
			}
		}
	}
	return best
}

// find returns the best split of one column.
func (f *finder) find(j int, c *column, h *[stride]cell) split {
	if c.count < 2 {
		return split{column: j}
	}
	if c.category {
		return f.category(j, c, h)
	}
	return f.number(j, c, h)
}
