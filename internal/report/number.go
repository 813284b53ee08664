package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Interval is a value with its 95 % interval. What is not known is NaN, and null in JSON.
type Interval struct {
	Value, Low, High float64
}

// Unknown is the interval of which nothing is known.
func Unknown() Interval { return Interval{math.NaN(), math.NaN(), math.NaN()} }

// MarshalJSON writes value, low and high.
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value Number `json:"value"`
		Low   Number `json:"low"`
		High  Number `json:"high"`
	}{Number(i.Value), Number(i.Low), Number(i.High)})
}

// bounded tells whether both ends are known.
func (i Interval) bounded() bool { return finite(i.Low) && finite(i.High) }

// Number is a figure that may be NaN: null in JSON.
type Number float64

// MarshalJSON writes the shortest digits that read back as the same number, NaN and infinities as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// wilson is the share k of n with its 95 % score interval, unknown when n is 0.
// Reference: Wilson, Journal of the American Statistical Association 22 (1927).
func wilson(k, n int) Interval {
	if n <= 0 {
		return Unknown()
	}
	const z = 1.959963984540054
	size := float64(n)
	p := float64(k) / size
	centre := (p + z*z/(2*size)) / (1 + z*z/size)
	half := z / (1 + z*z/size) * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	low, high := math.Max(0, centre-half), math.Min(1, centre+half)
	// Rounding must not push the share itself outside.
	return Interval{p, math.Min(low, p), math.Max(high, p)}
}

const dash = "–"

// count writes a whole number with commas: 1,234,567.
func count[T int | int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// decimal writes v to the given number of digits after the point, a dash when it is not known.
func decimal(digits int, v float64) string {
	if !finite(v) {
		return dash
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// percent writes a share as a percentage with one digit.
func percent(v float64) string {
	if !finite(v) {
		return dash
	}
	return decimal(1, 100*v) + " %"
}

// ranged writes a value with its interval.
func ranged(digits int, i Interval) string {
	if !i.bounded() {
		return decimal(digits, i.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", decimal(digits, i.Value), decimal(digits, i.Low), decimal(digits, i.High))
}
