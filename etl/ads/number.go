package ads

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// plain removes what stands around and between the digits of a number besides the signs: spaces, apostrophes, currency signs.
func plain(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), "원")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Cf, r) || r == '\'' || r == '’' {
			return -1
		}
		if r == '−' {
			return '-'
		}
		return r
	}, s)
}

// missing are the cells that say that a number is not known.
func missing(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "--", "–", "—", "n/a", "na", "null", "none", "not available":
		return true
	}
	return false
}

// decimalVote tells which decimal sign the number must be written with: '.', ',', or 0 where both are possible, as in 1,234. A
// whole number has no decimal sign, so that the sign in it parts thousands.
func decimalVote(s string, whole bool) byte {
	point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case point < 0 && comma < 0:
		return 0
	case point >= 0 && comma >= 0:
		return s[max(point, comma)]
	}
	sign, other, at := byte('.'), byte(','), point
	if comma >= 0 {
		sign, other, at = ',', '.', comma
	}
	before := strings.TrimLeft(s[:at], "+-")
	switch {
	case strings.Count(s, string(sign)) > 1:
		return other
	case len(s)-at-1 != 3 || before == "" || before == "0" || len(before) > 3:
		return sign
	case whole:
		return other
	}
	return 0
}

// errDecimal says that a file does not tell how its numbers are written.
var errDecimal = errors.New("the decimal sign of the numbers is not clear")

// numbers finds out how the numbers of one file are written.
type numbers struct {
	point, comma, unclear int
}

func (n *numbers) look(cell string, whole bool) {
	s := plain(cell)
	switch decimalVote(s, whole) {
	case '.':
		n.point++
	case ',':
		n.comma++
	default:
		if strings.ContainsAny(s, ".,") {
			n.unclear++
		}
	}
}

// sign is the decimal sign: that of the numbers that can be read in one way only, else what the option says, else a point, unless
// the cells are separated by semicolons.
func (n *numbers) sign(option string, separator rune) (byte, error) {
	switch {
	case n.point > 0 && n.comma > 0 && option == "":
		return 0, fmt.Errorf("%w: %d cells have a decimal point and %d a decimal comma; say which it is", errDecimal, n.point, n.comma)
	case option != "":
		return option[0], nil
	case n.comma > 0:
		return ',', nil
	case n.point == 0 && n.unclear > 0 && separator == ';':
		return 0, fmt.Errorf("%w: 1.234 may be a thousand or one and a bit; say which the decimal sign is", errDecimal)
	}
	return '.', nil
}

// number is how a number looks once its decimal sign is a point: thousands are parted in threes, or in twos and a three as in
// India.
var number = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?([eE][+-]?\d{1,3})?$`)

var errNumber = errors.New("no number")

// parseAmount reads a cell; one that says nothing is unknown.
func parseAmount(cell string, decimal byte) (amount, error) {
	s := plain(cell)
	if missing(s) {
		return amount{}, nil
	}
	if decimal == ',' {
		s = strings.NewReplacer(".", ",", ",", ".").Replace(s)
	}
	if !number.MatchString(s) {
		return amount{}, errNumber
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil || math.IsInf(x, 0) {
		return amount{}, errNumber
	}
	return amount{x, true}, nil
}

var errCount = errors.New("no count")

// largest is the largest whole number up to which a 64-bit float holds every one.
const largest = 1 << 53

// toCount makes a whole number of an amount.
func (a amount) toCount() (count, error) {
	if !a.known {
		return count{}, nil
	}
	if a.x < 0 || a.x > largest || a.x != math.Trunc(a.x) {
		return count{}, errCount
	}
	return count{int64(a.x), true}, nil
}
