package features

import (
	"fmt"
	"slices"
	"time"
)

// Unit is what a visit is.
type Unit string

const (
	// VisitDays counts calendar days with a foreground event.
	VisitDays Unit = "days"
	// VisitSessions counts sessions: runs of foreground events with no gap over 30 minutes.
	VisitSessions Unit = "sessions"
)

// Label is the revisit rule: at least Visits visits in the Horizon days that follow the first Gap days.
type Label struct {
	// Visits is the least number of visits, 3 by default ("3 a month").
	Visits int `json:"visits"`
	// Gap is the first day of the label window; the first week ends before it. 7 by default, never less.
	Gap int `json:"gap"`
	// Horizon is the length of the label window in days, 30 by default.
	Horizon int `json:"horizon"`
	// Unit is days or sessions.
	Unit Unit `json:"unit"`
}

// DefaultLabel is 3 or more visit days in days 7 to 36.
func DefaultLabel() Label { return Label{Visits: 3, Gap: WeekDays, Horizon: 30, Unit: VisitDays} }

// Validate reports the first field that makes no rule.
func (l Label) Validate() error {
	switch {
	case l.Visits < 1:
		return fmt.Errorf("label visits is %d; it must be at least 1", l.Visits)
	case l.Gap < WeekDays:
		return fmt.Errorf("label gap is %d; the label window may not begin before day %d, when the first week ends", l.Gap, WeekDays)
	case l.Horizon < 1:
		return fmt.Errorf("label horizon is %d days; it must be at least 1", l.Horizon)
	case l.Unit == VisitDays && l.Visits > l.Horizon:
		return fmt.Errorf("label visits is %d days in a window of %d; nobody can reach it", l.Visits, l.Horizon)
	case l.Unit != VisitDays && l.Unit != VisitSessions:
		return fmt.Errorf("label unit is %q; it must be days or sessions", l.Unit)
	}
	return nil
}

// String says the rule in words.
func (l Label) String() string {
	unit := "visit days"
	if l.Unit == VisitSessions {
		unit = "sessions"
	}
	return fmt.Sprintf("at least %d %s in days %d to %d", l.Visits, unit, l.Gap, l.LastDay())
}

// LastDay is the last day of the label window: 36 by default.
func (l Label) LastDay() int { return l.Gap + l.Horizon - 1 }

// Of labels one user from all their events, by the same rule as the SQL. known is false, and revisit means nothing, until
// the whole of the window's last day lies before asOf.
func (l Label) Of(events []Event, zone *time.Location, background []string, asOf int64) (revisit, known bool) {
	visits, day0 := l.visits(events, zone, background, asOf)
	if day0 < 0 {
		return false, false
	}
	today, _, _ := civilDay(asOf, zone)
	return visits >= l.Visits, today-day0 > l.LastDay()
}

func (l Label) visits(events []Event, zone *time.Location, background []string, asOf int64) (visits, day0 int) {
	sorted := slices.Clone(events)
	sortEvents(sorted)
	day0 = -1
	previous, lastDay := int64(0), -1
	for i, e := range sorted {
		if e.Time >= asOf || slices.Contains(background, e.Name) {
			continue
		}
		day, _, _ := civilDay(e.Time, zone)
		if day0 < 0 {
			day0 = day
		}
		starts := i == 0 || previous == 0 || e.Time-previous > sessionGap
		counts := day != lastDay
		if l.Unit == VisitSessions {
			counts = starts
		}
		previous, lastDay = e.Time, day
		if counts && day-day0 >= l.Gap && day-day0 <= l.LastDay() {
			visits++
		}
	}
	return visits, day0
}
