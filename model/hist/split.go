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
	left        cell
	// sums are those of the left and the right rows.
	sums [2]sums
}

// search scans histograms for the best split of one leaf.
type search struct {
	limits *Limits
	scale  scale
	total  cell
	// parent is what the leaf saves undivided.
	parent  float64
	bounds  bounds
	allowed []bool
	barren  bool
}

func (g *Grower) search(l *leaf) search {
	s := newSearch(&g.Limits, g.scale, l.total)
	s.barren = g.barren(l)
	s.allowed = g.Limits.allowed(l.path, len(g.bins.columns))
	if !l.bounds.free() {
		t := g.scale.sums(l.total)
		s.bounds = l.bounds
		s.parent = saved(t, g.Limits.L2, l.bounds.value(t, g.Limits.L2))
	}
	return s
}

func newSearch(limits *Limits, s scale, total cell) search {
	return search{limits: limits, scale: s, total: total, parent: worth(s.sums(total), limits.L2), bounds: unbounded}
}

// worth is the loss a leaf saves, g^2 / (h + l2), twice that of Chen and Guestrin (2016), equation 7.
func worth(s sums, l2 float64) float64 {
	if s.h+l2 <= 0 {
		return 0
	}
	return s.g * s.g / (s.h + l2)
}

// gain is what the split saves; direction is the column's constraint.
func (f *search) gain(l, r sums, l2 float64, direction int8) float64 {
	if direction == 0 && f.bounds.free() {
		return worth(l, l2) + worth(r, l2) - f.parent
	}
	left, right := f.bounds.value(l, l2), f.bounds.value(r, l2)
	if direction > 0 && left > right || direction < 0 && left < right {
		return 0
	}
	return saved(l, l2, left) + saved(r, l2, right) - f.parent
}

// try weighs the split that sends the rows of left left, and keeps it in best if it is better. On a tie it is kept only
// where it sends more rows right, if tie says so.
func (f *search) try(best *split, left cell, l2 float64, tie bool) bool {
	right := f.total.minus(left)
	if min(f.scale.rows(left), f.scale.rows(right)) < f.limits.MinLeafRows {
		return false
	}
	l, r := f.scale.sums(left), f.scale.sums(right)
	if l.h < f.limits.MinHessian || r.h < f.limits.MinHessian {
		return false
	}
	gain := f.gain(l, r, l2, f.limits.direction(best.column))
	if gain <= f.limits.MinGain || gain < best.gain || gain == best.gain && !(tie && r.n > best.sums[1].n) {
		return false
	}
	best.gain, best.left, best.sums = gain, left, [2]sums{l, r}
	return true
}

// number scans a numeric column: missing rows first right, then, where there are any, left.
func (f *search) number(j int, c *column, h []cell) split {
	best := split{column: j}
	missing := h[0]
	if missing.mass == 0 {
		f.scan(&best, cell{}, h[:c.count-1], false)
		best.missingLeft = best.sums[0].n >= best.sums[1].n
		return best
	}
	f.scan(&best, cell{}, h[:c.count], false)
	f.scan(&best, missing, h[:c.count], true)
	return best
}

// scan tries to divide behind every bin from 1 on; left is what goes left in any case.
func (f *search) scan(best *split, left cell, h []cell, missingLeft bool) {
	if f.limits.direction(best.column) != 0 || !f.bounds.free() || f.limits.L2 <= 0 && f.limits.MinHessian <= 0 {
		f.scanAny(best, left, h, missingLeft)
		return
	}
	// Everything below is in units of the scale; these are powers of two, so that nothing is rounded anew.
	var (
		mask        = uint64(1)<<f.scale.countBits - 1
		countBits   = f.scale.countBits & 63
		rows, least = int(f.total.mass & mask), f.limits.MinLeafRows
		total       = f.total
		minHessian  = f.limits.MinHessian / f.scale.hessian
		l2          = f.limits.L2 / f.scale.hessian
		unit        = f.scale.gradient * f.scale.gradient / f.scale.hessian
		floor       = max(best.gain, f.limits.MinGain)
		beat        = (floor + f.parent) / unit
		bin         = 0
		kept        cell
	)
	for b := 1; b < len(h); b++ {
		if h[b].mass == 0 && b > 1 {
			continue
		}
		left.gradient += h[b].gradient
		left.mass += h[b].mass
		n := int(left.mass & mask)
		if n < least {
			continue
		}
		if rows-n < least {
			break
		}
		hl := float64(int64(left.mass >> countBits))
		hr := float64(int64(total.mass>>countBits - left.mass>>countBits))
		if hl < minHessian || hr < minHessian {
			continue
		}
		gl, gr := float64(left.gradient), float64(total.gradient-left.gradient)
		hl += l2
		hr += l2
		if saves := (gl*gl*hr + gr*gr*hl) / (hl * hr); saves > beat {
			beat, bin, kept = saves, b, left
		}
	}
	if gain := beat*unit - f.parent; bin > 0 && gain > floor {
		best.gain, best.bin, best.missingLeft, best.left = gain, bin, missingLeft, kept
		best.sums = [2]sums{f.scale.sums(kept), f.scale.sums(f.total.minus(kept))}
	}
}

// scanAny is scan where values are bound or hessians may sum to nothing.
func (f *search) scanAny(best *split, left cell, h []cell, missingLeft bool) {
	for b := 1; b < len(h); b++ {
		left.add(h[b])
		if h[b].mass == 0 && b > 1 {
			continue
		}
		if f.try(best, left, f.limits.L2, false) {
			best.bin, best.missingLeft = b, missingLeft
		}
	}
}

// order lists the bins that may go left by smoothed mean gradient.
func (f *search) order(c *column, h []cell) []uint8 {
	order := make([]uint8, 0, c.count)
	var slope [MaxBins + 1]float64
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
func (f *search) category(j int, c *column, h []cell) split {
	best, order := split{column: j}, f.order(c, h)
	for _, reverse := range [2]bool{false, true} {
		if reverse {
			slices.Reverse(order)
		}
		var left cell
		for k, b := range order {
			left.add(h[b])
			if f.try(&best, left, f.limits.L2+f.limits.CategoryL2, h[0].mass == 0) {
				best.set = slices.Clone(order[:k+1])
			}
		}
	}
	return best
}

// find returns the best split of one column.
func (f *search) find(j int, c *column, h []cell) split {
	if c.count < 2 || f.barren || f.allowed != nil && !f.allowed[j] {
		return split{column: j}
	}
	if c.category {
		return f.category(j, c, h)
	}
	return f.number(j, c, h)
}
