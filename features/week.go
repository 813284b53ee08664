package features

import (
	"math"
	"slices"
	"time"
)

// WeekDays is the length of the first week: days 0 to 6, the only days a feature may look at.
const WeekDays = 7

// WholeWeek is the as-of instant that hides nothing of the first week.
const WholeWeek int64 = math.MaxInt64

// sessionGap ends a session: more than 30 minutes without a foreground event, as Google Analytics has it.
const sessionGap = int64(30 * time.Minute / time.Microsecond)

// weekEvent is an event of the first week with what the expressions ask of it, as the columns of the first_week table.
type weekEvent struct {
	Event
	foreground bool
	// day is 0 to 6, session counts from 1 and is 0 for a background event.
	day, hour, weekday, session int
}

// week is one user's first week, sorted by time.
type week struct {
	events []weekEvent
	// first is the instant of the first foreground event, lastDay the last day that the as-of instant lets one see, 6 at most.
	first   int64
	lastDay int
}

// civilDay is the number of days from 1970-01-01 to the local calendar day of an instant.
func civilDay(micros int64, zone *time.Location) (day, hour, weekday int) {
	local := time.UnixMicro(micros).In(zone)
	y, m, d := local.Date()
	day = int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	return day, local.Hour(), (int(local.Weekday()) + 6) % 7
}

// newWeek keeps the events of the first week that happened before asOf. ok is false when none is a visit.
func newWeek(events []Event, zone *time.Location, background []string, asOf int64) (w week, ok bool) {
	sorted := slices.Clone(events)
	sortEvents(sorted)
	w.first = math.MaxInt64
	for _, e := range sorted {
		if e.Time < asOf && !slices.Contains(background, e.Name) {
			w.first = e.Time
			break
		}
	}
	if w.first == math.MaxInt64 {
		return week{}, false
	}
	day0, _, _ := civilDay(w.first, zone)
	w.lastDay = lastVisibleDay(w.first, day0, asOf, zone)
	w.keep(sorted, day0, zone, background, asOf)
	return w, true
}

// lastVisibleDay is 6 once day 6 has begun before asOf.
func lastVisibleDay(first int64, day0 int, asOf int64, zone *time.Location) int {
	if asOf > first+int64(10*24*time.Hour/time.Microsecond) {
		return WeekDays - 1
	}
	last, _, _ := civilDay(asOf-1, zone)
	return min(last-day0, WeekDays-1)
}

func (w *week) keep(sorted []Event, day0 int, zone *time.Location, background []string, asOf int64) {
	session, previous := 0, int64(math.MinInt64)
	for _, e := range sorted {
		if e.Time >= asOf {
			break
		}
		day, hour, weekday := civilDay(e.Time, zone)
		if day < day0 || day-day0 >= WeekDays {
			continue
		}
		we := weekEvent{Event: e, day: day - day0, hour: hour, weekday: weekday}
		if we.foreground = !slices.Contains(background, e.Name); we.foreground {
			if previous == math.MinInt64 || e.Time-previous > sessionGap {
				session++
			}
			previous, we.session = e.Time, session
		}
		w.events = append(w.events, we)
	}
}
