package features

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// EventError says which of the events given for a user cannot be used, in which field, and what to do.
type EventError struct {
	// Index is the event's place in the list given, -1 where the list as a whole is at fault.
	Index int
	// Field is the JSON name of the event's field, "" for the list.
	Field string
	// Problem says what is wrong and how to mend it.
	Problem string
}

// Error names the place and the problem.
func (e *EventError) Error() string {
	switch {
	case e.Index < 0:
		return "events: " + e.Problem
	case e.Field == "":
		return fmt.Sprintf("events[%d]: %s", e.Index, e.Problem)
	}
	return fmt.Sprintf("events[%d].%s: %s", e.Index, e.Field, e.Problem)
}

// locations keeps the zones that have been loaded: loading one reads the time zone database.
var locations sync.Map

func location(name string) (*time.Location, error) {
	if zone, ok := locations.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	locations.Store(name, zone)
	return zone, nil
}

// Evaluate computes the set over one user's events, given in any order. What lies at or after asOf, or after the first week,
// is not looked at; WholeWeek hides nothing of the week. A user without a visit gets an *EventError.
func (s *Set) Evaluate(events []Event, asOf int64) (Row, error) {
	zone, err := location(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("load the feature set's time zone: %w", err)
	}
	w, ok := newWeek(events, zone, s.Background, asOf)
	if !ok {
		return nil, &EventError{Index: -1, Problem: "there is no visit: give at least one event that the user caused in the foreground"}
	}
	row := make(Row, len(s.Features))
	for i, f := range s.Features {
		if f.absent(&w) {
			row[i] = missing
			continue
		}
		row[i] = f.Expr.eval(&w)
	}
	return row, nil
}

// CheckFirstWeek reports the first event that may not be sent for scoring: without a name or a time, or after the first week.
func (s *Set) CheckFirstWeek(events []Event) error {
	zone, err := location(s.Zone)
	if err != nil {
		return fmt.Errorf("load the feature set's time zone: %w", err)
	}
	if len(events) == 0 {
		return &EventError{Index: -1, Problem: "the list is empty; give the events of the user's first week"}
	}
	first := int64(0)
	for i, e := range events {
		if e.Name == "" {
			return &EventError{Index: i, Field: "name", Problem: "is missing or empty; give the event's name"}
		}
		if e.Time <= 0 {
			return &EventError{Index: i, Field: "time", Problem: "is missing or not after 1970; give an RFC 3339 time or microseconds UTC"}
		}
		if !slices.Contains(s.Background, e.Name) && (first == 0 || e.Time < first) {
			first = e.Time
		}
	}
	if first == 0 {
		return &EventError{Index: -1, Problem: "there is no visit: give at least one event that the user caused in the foreground"}
	}
	day0, _, _ := civilDay(first, zone)
	for i, e := range events {
		if day, _, _ := civilDay(e.Time, zone); day-day0 >= WeekDays {
			return &EventError{Index: i, Field: "time", Problem: fmt.Sprintf(
				"is on day %d after the first visit; only days 0 to %d (time zone %s) may be given", day-day0, WeekDays-1, s.Zone)}
		}
	}
	return nil
}

// absent is true for a user who was only ever seen in app versions that lack the feature's event.
func (f Feature) absent(w *week) bool {
	if len(f.Absent) == 0 {
		return false
	}
	lacking := false
	for i := range w.events {
		if v := w.events[i].AppVersion; v != "" {
			if !slices.Contains(f.Absent, v) {
				return false
			}
			lacking = true
		}
	}
	return lacking
}
