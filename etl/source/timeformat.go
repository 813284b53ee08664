package source

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timeParser reads an instant in microseconds UTC.
type timeParser func(s string) (int64, bool)

// newTimeParser knows unix_s, unix_ms, unix_us, rfc3339, a strftime layout (with %) and a Go layout. Times without a zone are in loc.
func newTimeParser(format string, loc *time.Location) (timeParser, error) {
	switch format {
	case "unix_s":
		return unixParser(1e6), nil
	case "unix_ms":
		return unixParser(1e3), nil
	case "unix_us":
		return unixParser(1), nil
	case "rfc3339":
		return layoutParser(time.RFC3339, loc), nil
	case "":
		return nil, fmt.Errorf("no time format; give unix_s, unix_ms, unix_us, rfc3339 or a layout such as %q", "%Y-%m-%d %H:%M:%S")
	}
	layout := format
	if strings.Contains(format, "%") {
		var err error
		if layout, err = goLayout(format); err != nil {
			return nil, err
		}
	}
	sample := time.Date(2033, 11, 22, 13, 14, 15, 0, loc)
	back, err := time.ParseInLocation(layout, sample.Format(layout), loc)
	if err != nil || back.Year() != 2033 || back.YearDay() != sample.YearDay() {
		return nil, fmt.Errorf("time format %q: want unix_s, unix_ms, unix_us, rfc3339, or a strftime or Go layout that holds the date", format)
	}
	return layoutParser(layout, loc), nil
}

// unixParser reads whole or decimal numbers of a unit of micros microseconds.
func unixParser(micros int64) timeParser {
	return func(s string) (int64, bool) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			if n > math.MaxInt64/micros || n < math.MinInt64/micros {
				return 0, false
			}
			return n * micros, true
		}
		x, err := strconv.ParseFloat(s, 64)
		x = math.Round(x * float64(micros))
		if err != nil || math.IsNaN(x) || math.Abs(x) >= 1<<62 {
			return 0, false
		}
		return int64(x), true
	}
}

func layoutParser(layout string, loc *time.Location) timeParser {
	return func(s string) (int64, bool) {
		t, err := time.ParseInLocation(layout, s, loc)
		if err != nil {
			return 0, false
		}
		return t.UnixMicro(), true
	}
}

var strftime = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'f': "000000", 'y': "06", 'b': "Jan", 'B': "January",
	'e': "_2", 'I': "03", 'p': "PM", 'z': "-0700", 'Z': "MST", 'T': "15:04:05", 'F': "2006-01-02", 'a': "Mon", 'A': "Monday", 'j': "002", '%': "%",
}

func goLayout(format string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		i++
		if i == len(format) {
			return "", fmt.Errorf("time format %q: ends in a single %%", format)
		}
		layout, ok := strftime[format[i]]
		if !ok {
			return "", fmt.Errorf("time format %q: %%%c is not known", format, format[i])
		}
		b.WriteString(layout)
	}
	return b.String(), nil
}

// calendar tells the local day of an instant. It serves one goroutine.
type calendar struct {
	loc        *time.Location
	start, end int64
	day        string
}

func (c *calendar) dayOf(micros int64) string {
	if c.day == "" || micros < c.start || micros >= c.end {
		t := time.UnixMicro(micros).In(c.loc)
		c.day = t.Format(time.DateOnly)
		c.start = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, c.loc).UnixMicro()
		c.end = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, c.loc).UnixMicro()
	}
	return c.day
}
