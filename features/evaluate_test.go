package features_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// handWeek is the week that the node tests compute by hand. 2026-01-05 is a Monday, so that the 10th, day 5, is a Saturday.
//
//	day 0  09:00 open          session 1   price 2     KR
//	day 0  09:30 view   month  session 1   price -1    engaged 1500
//	day 0  12:00 push          background              IOS
//	day 1  23:50 view   week   session 2               engaged 500
//	day 2  00:10 save   month  session 2   price 3     JP
//	day 5  22:30 view   month  session 3
//	day 6  05:59 save          session 4               WEB
//	day 7  00:00 save          not in the first week   price 100
func handWeek(t testing.TB) []features.Event {
	z := zone(t, "Asia/Seoul")
	return []features.Event{
		{Time: at(t, z, "2026-01-05 09:00:00"), Name: "open", Country: "KR", Params: map[string]float64{"price": 2}},
		{Time: at(t, z, "2026-01-05 09:30:00"), Name: "view", Screen: "month", EngagedMS: 1500, Params: map[string]float64{"price": -1}},
		{Time: at(t, z, "2026-01-05 12:00:00"), Name: "push", Platform: "IOS"},
		{Time: at(t, z, "2026-01-06 23:50:00"), Name: "view", Screen: "week", EngagedMS: 500},
		{Time: at(t, z, "2026-01-07 00:10:00"), Name: "save", Screen: "month", Country: "JP", Params: map[string]float64{"price": 3}},
		{Time: at(t, z, "2026-01-10 22:30:00"), Name: "view", Screen: "month"},
		{Time: at(t, z, "2026-01-11 05:59:00"), Name: "save", Platform: "WEB"},
		{Time: at(t, z, "2026-01-12 00:00:00"), Name: "save", Country: "US", Screen: "late", Params: map[string]float64{"price": 100}},
	}
}

// TestNodes has its numbers counted by hand from the table above.
func TestNodes(t *testing.T) {
	number := func(v float64) features.Value { return features.Value{Number: v} }
	text := func(s string) features.Value { return features.Value{Text: s} }
	missing := features.Value{Missing: true}
	of := func(names ...string) features.Filter { return features.Filter{Events: names} }
	for _, c := range []struct {
		name string
		expr features.Expr
		want features.Value
	}{
		{"count of the foreground", features.Count{}, number(6)},
		{"count of a name", features.Count{Of: of("save")}, number(2)},
		{"count of a background name", features.Count{Of: of("push")}, number(1)},
		{"count of a screen", features.Count{Of: features.Filter{Screen: "month"}}, number(3)},
		{"count of days 1 to 2", features.Count{Of: features.Filter{Days: &[2]int{1, 2}}}, number(2)},
		{"count over midnight", features.Count{Of: features.Filter{Hours: &[2]int{22, 6}}}, number(4)},
		{"count of 9 o'clock", features.Count{Of: features.Filter{Hours: &[2]int{9, 10}}}, number(2)},
		{"count of no hour", features.Count{Of: features.Filter{Hours: &[2]int{9, 9}}}, number(0)},
		{"count of the weekend", features.Count{Of: features.Filter{Weekend: true}}, number(2)},
		{"count of the first session", features.Count{Of: features.Filter{FirstSession: true}}, number(2)},
		{"count of nothing", features.Count{Of: of("nothing")}, number(0)},
		{"days", features.Days{}, number(5)},
		{"days of a name", features.Days{Of: of("view")}, number(3)},
		{"distinct names", features.Distinct{Field: "name"}, number(3)},
		{"distinct screens", features.Distinct{Field: "screen"}, number(2)},
		{"distinct sessions", features.Distinct{Field: "session"}, number(4)},
		{"sessions with a save", features.Distinct{Field: "session", Of: of("save")}, number(2)},
		{"background has no session", features.Distinct{Field: "session", Of: of("push")}, number(0)},
		{"sum", features.Total{Param: "price", How: "sum"}, number(4)},
		{"sum of nothing", features.Total{Param: "weight", How: "sum"}, number(0)},
		{"min", features.Total{Param: "price", How: "min"}, number(-1)},
		{"max", features.Total{Param: "price", How: "max"}, number(3)},
		{"mean", features.Total{Param: "price", How: "mean"}, number(4.0 / 3)},
		{"last", features.Total{Param: "price", How: "last"}, number(3)},
		{"max of nothing", features.Total{Param: "weight", How: "max"}, missing},
		{"engaged time", features.Total{Param: "engaged_ms", How: "sum"}, number(2000)},
		{"share", features.Share{Part: of("view")}, number(0.5)},
		{"share of a part", features.Share{Part: of("save"), Whole: features.Filter{Screen: "month"}}, number(1.0 / 3)},
		{"share of nothing", features.Share{Part: of("view"), Whole: of("nothing")}, missing},
		{"first value", features.Pick{Field: "country"}, text("KR")},
		{"last value", features.Pick{Field: "country", Last: true}, text("JP")},
		{"first value of a background event", features.Pick{Field: "platform"}, text("IOS")},
		{"last value of a foreground event", features.Pick{Field: "platform", Last: true}, text("WEB")},
		{"first screen", features.Pick{Field: "screen"}, text("month")},
		{"no value", features.Pick{Field: "language"}, missing},
		{"since the last visit", features.Since{}, number(0)},
		{"since the last view", features.Since{Of: of("view")}, number(1)},
		{"since nothing", features.Since{Of: of("nothing")}, missing},
		{"until the first visit", features.Until{}, number(0)},
		// From 5 January 09:00 to 7 January 00:10 are 39 hours and 10 minutes.
		{"until a save", features.Until{Of: of("save")}, number(39 + 1.0/6)},
		{"until nothing", features.Until{Of: of("nothing")}, missing},
		// Early are the 4 events of days 0 to 2, one of them on day 2; late the 2 of days 5 and 6: (2 - 4) / 6.
		{"trend", features.Trend{}, number(-1.0 / 3)},
		{"trend of saves", features.Trend{Of: of("save")}, number(0)},
		{"trend of nothing", features.Trend{Of: of("nothing")}, missing},
		{"hour", features.Clock{Part: "hour"}, number(9)},
		{"weekday", features.Clock{Part: "weekday"}, number(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &features.Set{
				Zone: "Asia/Seoul", Background: []string{"push"}, Label: features.DefaultLabel(),
				Features: []features.Feature{{Name: "x", Expr: c.expr}},
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			row, err := s.Evaluate(handWeek(t), features.WholeWeek)
			if err != nil {
				t.Fatal(err)
			}
			got := row[0]
			if got.Missing != c.want.Missing || got.Text != c.want.Text || math.Abs(got.Number-c.want.Number) > 1e-12 {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestEvaluateAsOf(t *testing.T) {
	z := zone(t, "Asia/Seoul")
	s := &features.Set{Zone: "Asia/Seoul", Background: []string{"push"}, Features: []features.Feature{
		{Name: "n", Expr: features.Count{}}, {Name: "since", Expr: features.Since{}},
	}}
	for _, c := range []struct {
		asOf     string
		n, since float64
	}{
		{"2026-01-05 09:30:00", 1, 0},
		{"2026-01-05 09:30:00.000001", 2, 0},
		{"2026-01-06 00:00:00", 2, 0},
		{"2026-01-06 00:00:00.000001", 2, 1},
		{"2026-01-10 12:00:00", 4, 3},
		{"2026-01-11 05:59:00.000001", 6, 0},
		{"2026-02-10 00:00:00", 6, 0},
	} {
		row, err := s.Evaluate(handWeek(t), at(t, z, c.asOf))
		if err != nil {
			t.Fatal(err)
		}
		if row[0].Number != c.n || row[1].Number != c.since {
			t.Errorf("as of %s: %v events, %v days since; want %v, %v", c.asOf, row[0].Number, row[1].Number, c.n, c.since)
		}
	}
	_, err := s.Evaluate(handWeek(t), at(t, z, "2026-01-05 09:00:00"))
	var fault *features.EventError
	if !errors.As(err, &fault) || fault.Index != -1 {
		t.Errorf("as of the first visit: %v", err)
	}
}

func TestAbsentIsMissing(t *testing.T) {
	const hour = int64(3600e6)
	s := &features.Set{Zone: "UTC", Features: []features.Feature{
		{Name: "n", Absent: []string{"1.0", "1.1"}, Expr: features.Count{Of: features.Filter{Events: []string{"friend_add"}}}},
		{Name: "all", Expr: features.Count{}},
	}}
	for _, c := range []struct {
		name     string
		versions []string
		missing  bool
	}{
		{"one lacking version", []string{"1.0"}, true},
		{"two lacking versions", []string{"1.0", "1.1"}, true},
		{"lacking and unknown", []string{"", "1.0", ""}, true},
		{"updated in the week", []string{"1.0", "2.0"}, false},
		{"updated before", []string{"2.0"}, false},
		{"unknown", []string{""}, false},
		{"updated after the week", []string{"1.0", "", "", "", "", "", "", "2.0"}, true},
	} {
		var events []features.Event
		for i, v := range c.versions {
			events = append(events, features.Event{Time: 1767600000e6 + int64(i)*24*hour, Name: "open", AppVersion: v})
		}
		row, err := s.Evaluate(events, features.WholeWeek)
		if err != nil {
			t.Fatal(err)
		}
		if row[0].Missing != c.missing || row[0].Number != 0 || row[1].Missing {
			t.Errorf("%s: got %+v, want missing %t", c.name, row, c.missing)
		}
	}
}

func TestEvaluateUnknownZone(t *testing.T) {
	s := &features.Set{Zone: "Mars/Olympus"}
	if _, err := s.Evaluate(handWeek(t), features.WholeWeek); err == nil || !strings.Contains(err.Error(), "load the feature set's time zone") {
		t.Errorf("got %v", err)
	}
	if err := s.CheckFirstWeek(handWeek(t)); err == nil || !strings.Contains(err.Error(), "load the feature set's time zone") {
		t.Errorf("got %v", err)
	}
}

func TestCheckFirstWeek(t *testing.T) {
	z := zone(t, "Asia/Seoul")
	s := &features.Set{Zone: "Asia/Seoul", Background: []string{"push"}}
	open := features.Event{Name: "open", Time: at(t, z, "2026-01-05 23:59:59")}
	on := func(name, local string) features.Event { return features.Event{Name: name, Time: at(t, z, local)} }
	for _, c := range []struct {
		name   string
		events []features.Event
		want   string
	}{
		{"one event", []features.Event{open}, ""},
		{"last instant of day 6", []features.Event{on("open", "2026-01-11 23:59:59.999999"), open}, ""},
		{"background before day 0", []features.Event{on("push", "2026-01-01 00:00:00"), open}, ""},
		{"none", nil, "events: the list is empty; give the events of the user's first week"},
		{"no name", []features.Event{open, {Time: 5}}, "events[1].name: is missing or empty; give the event's name"},
		{"no time", []features.Event{{Name: "open"}}, "events[0].time: is missing or not after 1970; give an RFC 3339 time or microseconds UTC"},
		{"negative time", []features.Event{open, {Name: "open", Time: -1}}, "events[1].time: is missing or not after 1970; " +
			"give an RFC 3339 time or microseconds UTC"},
		{"no visit", []features.Event{on("push", "2026-01-05 09:00:00")}, "events: there is no visit: give at least one event that the user caused " +
			"in the foreground"},
		{"day 7", []features.Event{on("open", "2026-01-12 00:00:00"), open}, "events[0].time: is on day 7 after the first visit; " +
			"only days 0 to 6 (time zone Asia/Seoul) may be given"},
		{"background on day 9", []features.Event{open, on("push", "2026-01-14 10:00:00")}, "events[1].time: is on day 9 after the first visit; " +
			"only days 0 to 6 (time zone Asia/Seoul) may be given"},
	} {
		err := s.CheckFirstWeek(c.events)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var fault *features.EventError
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want an EventError", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, fault.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	bare := &features.EventError{Index: 3, Problem: "is no object"}
	if got := bare.Error(); got != "events[3]: is no object" {
		t.Errorf("got %q", got)
	}
}
