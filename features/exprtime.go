package features

import (
	"fmt"
	"slices"
)

// Pick is the first known value of a context field in the first week, or the last. It is a category.
type Pick struct {
	Field string `json:"field"`
	Last  bool   `json:"last,omitempty"`
}

// pickFields are the context fields that describe a user rather than name one.
var pickFields = []string{"platform", "device", "language", "country", "app_version", "channel", "screen"}

func (x Pick) sql(d Dialect) string {
	return d.FirstValue("NULLIF("+x.Field+", '')", "ts", x.Last)
}

func (x Pick) eval(w *week) Value {
	best, at, found := "", int64(0), false
	for i := range w.events {
		e := &w.events[i]
		v := x.read(&e.Event)
		if v == "" {
			continue
		}
		better := !found || e.Time == at && (v < best) != x.Last && v != best
		if x.Last && e.Time > at {
			better = true
		}
		if better {
			best, at, found = v, e.Time, true
		}
	}
	if !found {
		return missing
	}
	return Value{Text: best}
}

func (x Pick) read(e *Event) string {
	switch x.Field {
	case "platform":
		return e.Platform
	case "device":
		return e.Device
	case "language":
		return e.Language
	case "country":
		return e.Country
	case "app_version":
		return e.AppVersion
	case "channel":
		return e.Channel
	}
	return e.Screen
}

func (x Pick) validate() error {
	if !slices.Contains(pickFields, x.Field) {
		return fmt.Errorf("%q is no context field; the fields are %v", x.Field, pickFields)
	}
	return nil
}

func (Pick) op() string { return "pick" }

// Since is how many days have passed since the events last happened, seen at day 6, or at the as-of day if that is earlier;
// missing where they never happened.
type Since struct {
	Of Filter `json:"of"`
}

func (x Since) sql(d Dialect) string {
	return "MAX(last_day) - MAX(CASE WHEN " + x.Of.sql(d) + " THEN n END)"
}

func (x Since) eval(w *week) Value {
	last := -1
	for i := range w.events {
		if e := &w.events[i]; x.Of.match(e) {
			last = max(last, e.day)
		}
	}
	if last < 0 {
		return missing
	}
	return number(float64(w.lastDay - last))
}

func (x Since) validate() error { return x.Of.validate() }

func (Since) op() string { return "since" }

// Until is the hours from the first visit to the first of the events; missing where they never happened.
type Until struct {
	Of Filter `json:"of"`
}

const microsPerHour = 3600e6

func (x Until) sql(d Dialect) string {
	return "(MIN(CASE WHEN " + x.Of.sql(d) + " THEN ts END) - MIN(first_ts)) / 3600e6"
}

func (x Until) eval(w *week) Value {
	for i := range w.events {
		if e := &w.events[i]; x.Of.match(e) {
			return number(float64(e.Time-w.first) / microsPerHour)
		}
	}
	return missing
}

func (x Until) validate() error { return x.Of.validate() }

func (Until) op() string { return "until" }

// Trend compares the late week (days 4-6) with the early week (days 0-2): (late-early)/(late+early), from -1, all early, to 1, all
// late; missing where neither has any of the events.
type Trend struct {
	Of Filter `json:"of"`
}

func (x Trend) halves() (early, late Filter) {
	early, late = x.Of, x.Of
	early.Days, late.Days = &[2]int{0, 2}, &[2]int{4, 6}
	return early, late
}

func (x Trend) sql(d Dialect) string {
	early, late := x.halves()
	e, l := d.CountIf(early.sql(d)), d.CountIf(late.sql(d))
	return d.Divide("("+l+" - "+e+")", "("+l+" + "+e+")")
}

func (x Trend) eval(w *week) Value {
	early, late := x.halves()
	e, l := w.count(early), w.count(late)
	if e+l == 0 {
		return missing
	}
	return number(float64(l-e) / float64(l+e))
}

func (x Trend) validate() error {
	if x.Of.Days != nil {
		return fmt.Errorf("a trend sets its own days; leave the filter's days out")
	}
	return x.Of.validate()
}

func (Trend) op() string { return "trend" }

// Clock is when the first visit was: Part is hour, 0-23, or weekday, Monday 0 to Sunday 6, both local.
type Clock struct {
	Part string `json:"part"`
}

func (x Clock) sql(Dialect) string {
	return "MIN(CASE WHEN foreground AND ts = first_ts THEN " + x.Part + " END)"
}

func (x Clock) eval(w *week) Value {
	for i := range w.events {
		if e := &w.events[i]; e.foreground {
			if x.Part == "hour" {
				return number(float64(e.hour))
			}
			return number(float64(e.weekday))
		}
	}
	return missing
}

func (x Clock) validate() error {
	if x.Part != "hour" && x.Part != "weekday" {
		return fmt.Errorf("%q is no part of the clock; use hour or weekday", x.Part)
	}
	return nil
}

func (Clock) op() string { return "clock" }

// Known is the last day of the first week that has begun, 0 to 6: how much of the week the other features have seen.
type Known struct{}

func (Known) sql(Dialect) string { return "MAX(last_day)" }

func (Known) eval(w *week) Value { return number(float64(w.lastDay)) }

func (Known) validate() error { return nil }

func (Known) op() string { return "known" }
