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

// cell sums rows in fixed point, so that sums are exact: they do not depend on order or threads, and parent minus child is
// the other child to the bit. mass holds the hessian above the row count.
type cell struct {
	gradient int64
	mass     uint64
}

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

// quantise rounds the rows to fixed point with as many bits as the sum over all of them leaves room for: about
// 62-log2(n) bits of gradient and 63-2*log2(n) of hessian.
func quantise(dst []cell, rows []Row) ([]cell, scale) {
	var n int
	var maxG, maxH float64
	for i := range rows {
		n += rows[i].Count
		maxG = max(maxG, math.Abs(rows[i].Gradient))
		maxH = max(maxH, rows[i].Hessian)
	}
	countBits := uint(bits.Len(uint(n)))
	s := scale{gradient: unit(maxG, 62-int(countBits)), hessian: unit(maxH, 63-2*int(countBits)), countBits: countBits}
	dst = dst[:0]
	for i := range rows {
		dst = append(dst, cell{
			gradient: int64(math.RoundToEven(rows[i].Gradient / s.gradient)),
			mass:     uint64(math.RoundToEven(rows[i].Hessian/s.hessian))<<countBits | uint64(rows[i].Count),
		})
	}
	return dst, s
}

// unit is the power of two that greatest is at most 2^digits of.
func unit(greatest float64, digits int) float64 {
	_, exponent := math.Frexp(greatest)
	return math.Ldexp(1, exponent-max(digits, 1))
}
