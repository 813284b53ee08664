// Package sqlexpr writes the SQL expressions that models are compiled to: numbers that keep every bit, sums that nest shallowly, and
// comparisons that take the branch which a float32 would take.
package sqlexpr

import (
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// Number is a FLOAT64 literal with every bit of v, which must be finite. It always has an exponent, since DuckDB reads a literal without
// one as a decimal.
func Number(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if strings.Contains(s, "e") {
		return s
	}
	return s + "e0"
}

// Sum adds the expressions up in pairs of pairs, so that n of them nest log2(n) deep. The sum of none is 0.
func Sum(addends []string) string {
	switch n := len(addends); n {
	case 0:
		return Number(0)
	case 1:
		return addends[0]
	default:
		return "(" + Sum(addends[:n/2]) + " + " + Sum(addends[n/2:]) + ")"
	}
}

// Clamp keeps x within low and high. x may not be NULL: the warehouses differ in what is the greatest of NULL and a number.
func Clamp(x string, low, high float64) string {
	return "LEAST(" + Number(high) + ", GREATEST(" + Number(low) + ", " + x + "))"
}

// flat is the log-odds beyond which a probability is told from 0 and 1 by less than 1e-17. GoogleSQL's EXP fails where it overflows.
const flat = 40

// Sigmoid is the probability at the log-odds x, which may not be NULL. Beyond log-odds of 40 it is that at 40.
func Sigmoid(x string) string {
	return "1e0 / (1e0 + EXP(0e0 - " + Clamp(x, -flat, flat) + "))"
}

// NullNaN is the float x, or NULL where it is not a number.
func NullNaN(d features.Dialect, x string) string {
	is := "isnan("
	if d.Name() == "googlesql" {
		is = "IS_NAN("
	}
	return "CASE WHEN " + is + x + ") THEN NULL ELSE " + x + " END"
}

// Float32 is the float x, which may not be NULL, rounded to the nearest float32, or to the end of their range. GoogleSQL has no such type:
// there Veltkamp's splitting gives the upper 24 bits, which differ from a float32 in how a tie is rounded (T. J. Dekker, Numerische
// Mathematik 18, 1971), and what is too small for 24 bits is rounded by a number so large that its last bit is a float32's.
func Float32(d features.Dialect, x string) string {
	within := Clamp(x, -math.MaxFloat32, math.MaxFloat32)
	if d.Name() == "duckdb" {
		return "CAST(CAST(" + within + " AS FLOAT) AS DOUBLE)"
	}
	split := "(" + Number(splitter) + " * " + within + ")"
	return "CASE WHEN ABS(" + x + ") < " + Number(leastNormal) + " THEN (" + x + " + " + Number(tinyRounder) + ") - " + Number(tinyRounder) +
		" ELSE " + split + " - (" + split + " - " + within + ") END"
}

const (
	splitter = 1<<29 + 1
	// leastNormal is the least float32 of 24 bits, tinyRounder has the last bit of those below it.
	leastNormal = 0x1p-126
	tinyRounder = 0x1.8p-97
)

// Side says how many numbers a comparison holds for.
type Side int

// The sides of a comparison: some numbers lie on it, all, or none.
const (
	Some Side = iota
	All
	None
)

// Bound finds the greatest float64 whose float32 is at most t: as models read float32, x <= bound in SQL is float32(x) <= t in Go, for
// every float64 x, ties to even included. All and None come without a bound, since no finite x lies on the other side: what is beyond
// the range of a float32 counts as its end.
func Bound(t float64) (float64, Side) {
	switch {
	case t >= math.MaxFloat32:
		return 0, All
	case !(t >= -math.MaxFloat32):
		return 0, None
	}
	below := float32(t)
	if float64(below) > t {
		below = math.Nextafter32(below, float32(math.Inf(-1)))
	}
	above := math.Nextafter32(below, float32(math.Inf(1)))
	// A float64 holds the middle of two neighbouring float32 exactly.
	middle := (float64(below) + float64(above)) / 2
	if float32(middle) <= below {
		return middle, Some
	}
	return math.Nextafter(middle, math.Inf(-1)), Some
}
