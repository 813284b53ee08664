package features

import (
	"fmt"
	"slices"
	"strings"
)

// Filter selects events of the first week. The zero Filter selects every foreground event.
type Filter struct {
	// Events keeps these event names. Empty keeps every foreground event.
	Events []string `json:"events,omitempty"`
	// Screen keeps the events of one screen.
	Screen string `json:"screen,omitempty"`
	// Days keeps days Days[0] to Days[1], both included. Nil keeps the whole week.
	Days *[2]int `json:"days,omitempty"`
	// Hours keeps the local hours from Hours[0] up to, not including, Hours[1]; 22 to 6 runs over midnight. Nil keeps all.
	Hours *[2]int `json:"hours,omitempty"`
	// Weekend keeps Saturdays and Sundays.
	Weekend bool `json:"weekend,omitempty"`
	// FirstSession keeps the foreground events of the first session.
	FirstSession bool `json:"first_session,omitempty"`
}

func (f Filter) validate() error {
	if f.Days != nil && (f.Days[0] < 0 || f.Days[1] < f.Days[0] || f.Days[1] >= WeekDays) {
		return fmt.Errorf("days %d to %d are not inside the first week, days 0 to %d", f.Days[0], f.Days[1], WeekDays-1)
	}
	if f.Hours != nil && (f.Hours[0] < 0 || f.Hours[0] > 23 || f.Hours[1] < 0 || f.Hours[1] > 24) {
		return fmt.Errorf("hours %d to %d are not hours of a day, 0 to 24", f.Hours[0], f.Hours[1])
	}
	return nil
}

// sql is a condition over the columns of the first_week table.
func (f Filter) sql(d Dialect) string {
	var conds []string
	if len(f.Events) == 0 {
		conds = append(conds, "foreground")
	} else {
		conds = append(conds, "name IN ("+textList(d, f.Events)+")")
	}
	if f.Screen != "" {
		conds = append(conds, "screen = "+d.Text(f.Screen))
	}
	if f.Days != nil {
		conds = append(conds, fmt.Sprintf("n BETWEEN %d AND %d", f.Days[0], f.Days[1]))
	}
	if f.Hours != nil {
		conds = append(conds, hoursSQL(f.Hours[0], f.Hours[1]))
	}
	if f.Weekend {
		conds = append(conds, "weekday >= 5")
	}
	if f.FirstSession {
		conds = append(conds, "session = 1")
	}
	return strings.Join(conds, " AND ")
}

func hoursSQL(from, to int) string {
	if from <= to {
		return fmt.Sprintf("hour >= %d AND hour < %d", from, to)
	}
	return fmt.Sprintf("(hour >= %d OR hour < %d)", from, to)
}

func (f Filter) match(e *weekEvent) bool {
	if len(f.Events) == 0 {
		if !e.foreground {
			return false
		}
	} else if !slices.Contains(f.Events, e.Name) {
		return false
	}
	switch {
	case f.Screen != "" && e.Screen != f.Screen,
		f.Days != nil && (e.day < f.Days[0] || e.day > f.Days[1]),
		f.Hours != nil && !inHours(e.hour, f.Hours[0], f.Hours[1]),
		f.Weekend && e.weekday < 5,
		f.FirstSession && e.session != 1:
		return false
	}
	return true
}

func inHours(hour, from, to int) bool {
	if from <= to {
		return hour >= from && hour < to
	}
	return hour >= from || hour < to
}

func textList(d Dialect, items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = d.Text(s)
	}
	return strings.Join(quoted, ", ")
}
