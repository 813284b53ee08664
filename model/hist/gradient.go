package hist

import (
	"math"
	"math/bits"
)

// Row is what one row adds to a tree: its gradient and hessian (weight included) and how many rows it counts as.
type Row struct {
	Gradient, Hessian float64
	Count             int
}

// Source gives the rows that a tree is grown on, one a row of the table; rows that count 0 stay out.
type Source struct {
	// Bound bounds them: no |gradient|, hessian or count is greater. It should be tight, for numbers are rounded to a grid under it.
	Bound Row
	// Counts is the sum of all counts.
	Counts int
	// Fill writes the rows from the given one on into dst. It is called from several goroutines at once.
	Fill func(dst []Row, from int)
}

// Rows is the Source of rows that lie ready.
func Rows(rows []Row) Source {
	s := Source{Fill: func(dst []Row, from int) { copy(dst, rows[from:]) }}
	for i := range rows {
		s.Counts += rows[i].Count
		s.Bound.Gradient = max(s.Bound.Gradient, math.Abs(rows[i].Gradient))
		s.Bound.Hessian = max(s.Bound.Hessian, rows[i].Hessian)
		s.Bound.Count = max(s.Bound.Count, rows[i].Count)
	}
	return s
}

// cell sums rows in fixed point, so that sums are exact: they do not depend on order or threads, and parent minus child is
// the other child to the bit. mass holds the hessian above the row count.
type cell struct {
	gradient int64
	mass     uint64
}

func (c *cell) add(d cell) {
	c.gradient += d.gradient
	c.mass += d.mass
}

func (c cell) minus(d cell) cell { return cell{c.gradient - d.gradient, c.mass - d.mass} }

// scale turns cells into sums.
type scale struct {
	gradient, hessian float64
	countBits         uint
}

// sums are the gradient, hessian and rows of some rows.
type sums struct {
	g, h float64
	n    int
}

func (s scale) sums(c cell) sums {
	return sums{
		g: float64(c.gradient) * s.gradient,
		h: float64(c.mass>>s.countBits) * s.hessian,
		n: s.rows(c),
	}
}

func (s scale) rows(c cell) int { return int(c.mass & (1<<s.countBits - 1)) }

// fineScale rounds to as many bits as the sum over all rows leaves room for: about 62-log2(n) bits of gradient and 63-2*log2(n) of
// hessian.
func fineScale(s *Source) scale {
	countBits := uint(bits.Len(uint(s.Counts)))
	return scale{
		gradient: unit(s.Bound.Gradient, 62-int(countBits)), hessian: unit(s.Bound.Hessian, 63-2*int(countBits)), countBits: countBits,
	}
}

func (s scale) cell(r *Row) cell {
	return cell{
		gradient: int64(math.RoundToEven(r.Gradient / s.gradient)),
		mass:     uint64(math.RoundToEven(r.Hessian/s.hessian))<<s.countBits | uint64(r.Count),
	}
}

// A packed row is one word: 28 bits of signed gradient, 24 of hessian, 12 of count. The gradient is rounded to 15 bits and a sign, the
// hessian to 12 bits, so that a run of rows that count as at most runRows sums in one word without one field running into the next.
const (
	packedGradient = 15
	packedHessian  = 12
	packedCount    = 12
	hessianAt      = packedCount
	gradientAt     = 2*packedCount + packedHessian
	// runRows is the most rows that are summed in packed words; the sums then move to cells.
	runRows = 1<<packedCount - 1
)

// coarseScale is the scale of packed rows.
func coarseScale(s *Source) scale {
	return scale{
		gradient: unit(s.Bound.Gradient, packedGradient), hessian: unit(s.Bound.Hessian, packedHessian),
		countBits: uint(bits.Len(uint(s.Counts))),
	}
}

// pack is the row as a word; inverse are the reciprocals of the scale's units, powers of two.
func pack(r *Row, gradient, hessian float64) uint64 {
	// Adding and taking away 1.5*2^52 rounds to the nearest integer; the hessian's largest value must not leave its field.
	const half = 3 << 51
	g := int64(r.Gradient*gradient + half - half)
	h := min(uint64(r.Hessian*hessian+half-half), 1<<packedHessian-1)
	return uint64(g)<<gradientAt + h<<hessianAt + uint64(r.Count)
}

// unpack is a sum of words as a cell.
func unpack(word uint64, countBits uint) cell {
	return cell{
		gradient: int64(word) >> gradientAt,
		mass:     word>>hessianAt&(1<<(packedHessian+packedCount)-1)<<countBits | word&runRows,
	}
}

// unit is the power of two that greatest is at most 2^digits of.
func unit(greatest float64, digits int) float64 {
	_, exponent := math.Frexp(greatest)
	return math.Ldexp(1, exponent-max(digits, 1))
}
