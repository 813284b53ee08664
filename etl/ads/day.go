package ads

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// yearFirst is 2026-08-01, 2026/8/1, 2026.08.01, "2026. 8. 1." or 2026년 8월 1일, and compact 20260801.
	yearFirst = regexp.MustCompile(`^(\d{4})\s*[-/.년]\s*(\d{1,2})\s*[-/.월]\s*(\d{1,2})\s*[.일]?$`)
	compact   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	// yearLast is 01/08/2026 or 1-8-2026, whose order the file must tell; with points it is day first everywhere.
	yearLast = regexp.MustCompile(`^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*([-/.])\s*(\d{4})$`)
	midnight = regexp.MustCompile(`[T ]0?0:00(:00(\.0+)?)?(Z|\+00:?00)?$`)
)

// written are the layouts of dates with an English name of the month.
var written = []string{"Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006"}

var (
	errDay      = errors.New("no day")
	errRange    = errors.New("day out of range")
	errDayOrder = errors.New("the order of day and month is not clear")
)

// days finds out how the dates of one file are written.
type days struct {
	dayFirst, monthFirst, unclear int
}

func (d *days) look(cell string) {
	m := yearLast.FindStringSubmatch(bare(cell))
	if m == nil || m[2] == "." {
		return
	}
	switch first, second := atoi(m[1]), atoi(m[3]); {
	case first > 12:
		d.dayFirst++
	case second > 12:
		d.monthFirst++
	case first != second:
		d.unclear++
	}
}

// order is DayFirst or MonthFirst: what the dates tell that can be read in one way only, else what the option says, else an error
// where it matters.
func (d *days) order(option string) (string, error) {
	switch {
	case option != "":
		return option, nil
	case d.dayFirst > 0 && d.monthFirst > 0:
		return "", fmt.Errorf("%w: %d dates have the day first and %d the month; export dates as 2026-08-01", errDayOrder, d.dayFirst,
			d.monthFirst)
	case d.dayFirst > 0:
		return DayFirst, nil
	case d.monthFirst == 0 && d.unclear > 0:
		return "", fmt.Errorf("%w: no date like 01/08/2026 in it has a day above 12; say date order %s or %s", errDayOrder,
			DayFirst, MonthFirst)
	}
	return MonthFirst, nil
}

func bare(cell string) string { return midnight.ReplaceAllString(strings.TrimSpace(cell), "") }

// parseDay reads a date as YYYY-MM-DD. The order is of dates whose year comes last.
func parseDay(cell, order string) (string, error) {
	s := bare(cell)
	for _, form := range []*regexp.Regexp{yearFirst, compact} {
		if m := form.FindStringSubmatch(s); m != nil {
			return civil(atoi(m[1]), atoi(m[2]), atoi(m[3]))
		}
	}
	if m := yearLast.FindStringSubmatch(s); m != nil && m[2] == m[4] {
		day, month := atoi(m[1]), atoi(m[3])
		if m[2] != "." && order == MonthFirst {
			day, month = month, day
		}
		return civil(atoi(m[5]), month, day)
	}
	for _, layout := range written {
		if t, err := time.Parse(layout, s); err == nil {
			return civil(t.Year(), int(t.Month()), t.Day())
		}
	}
	return "", errDay
}

// civil checks that the calendar has the day, in years that an export may have.
func civil(year, month, day int) (string, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return "", errDay
	}
	if year < 2000 || year > 2100 {
		return "", errRange
	}
	return t.Format(time.DateOnly), nil
}

// atoi reads digits that a pattern has matched.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
