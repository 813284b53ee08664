package features_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at is a local time of the zone in microseconds UTC.
func at(t testing.TB, z *time.Location, local string) int64 {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05.999999", local, z)
	if err != nil {
		t.Fatal(err)
	}
	return when.UnixMicro()
}

func TestLabelOf(t *testing.T) {
	three := []string{"2026-01-12 00:00:00", "2026-01-20 09:00:00", "2026-02-10 23:59:59.999999"}
	sessions := features.Label{Visits: 3, Gap: 7, Horizon: 30, Unit: features.VisitSessions}
	for _, c := range []struct {
		name, zone, first, asOf string
		later                   []string
		label                   features.Label
		revisit, known          bool
	}{
		// Day 0 is 5 January, so day 36 is 10 February.
		{"window over", "Asia/Seoul", "2026-01-05 09:00:00", "2026-02-11 00:00:00", three, features.DefaultLabel(), true, true},
		{"one microsecond short", "Asia/Seoul", "2026-01-05 09:00:00", "2026-02-10 23:59:59.999999", three, features.DefaultLabel(), false, false},
		{"one second short", "Asia/Seoul", "2026-01-05 09:00:00", "2026-02-10 23:59:59", three[:2], features.DefaultLabel(), false, false},
		{
			"day 6 and day 37 do not count", "Asia/Seoul", "2026-01-05 09:00:00", "2026-03-01 00:00:00",
			[]string{"2026-01-11 23:59:59", "2026-01-12 00:00:00", "2026-02-10 09:00:00", "2026-02-11 00:00:00"},
			features.DefaultLabel(), false, true,
		},
		{
			"one day twice", "Asia/Seoul", "2026-01-05 09:00:00", "2026-03-01 00:00:00",
			[]string{"2026-01-12 00:00:00", "2026-01-12 23:00:00", "2026-01-13 00:00:00"},
			features.DefaultLabel(), false, true,
		},
		{"no later event", "Asia/Seoul", "2026-01-05 00:00:00", "2026-02-11 00:00:00", nil, features.DefaultLabel(), false, true},
		// Clocks change inside the window on 8 March 2026: it ends at a local midnight all the same.
		{
			"daylight saving, over", "America/New_York", "2026-02-20 23:00:00", "2026-03-29 00:00:00",
			[]string{"2026-02-27 00:00:00", "2026-03-08 03:00:00", "2026-03-28 23:59:59"},
			features.DefaultLabel(), true, true,
		},
		{
			"daylight saving, one second short", "America/New_York", "2026-02-20 23:00:00", "2026-03-28 23:59:59",
			[]string{"2026-02-27 00:00:00", "2026-03-08 03:00:00", "2026-03-28 23:59:58"},
			features.DefaultLabel(), false, false,
		},
		{
			"three sessions of one day", "Asia/Seoul", "2026-01-05 09:00:00", "2026-03-01 00:00:00",
			[]string{"2026-01-12 09:00:00", "2026-01-12 09:30:00.000001", "2026-01-12 10:01:00"},
			sessions, true, true,
		},
		{
			"two sessions, the gap is 30 minutes to the microsecond", "Asia/Seoul", "2026-01-05 09:00:00", "2026-03-01 00:00:00",
			[]string{"2026-01-12 09:00:00", "2026-01-12 09:30:00", "2026-01-12 10:01:00"},
			sessions, false, true,
		},
		{
			"a session counts where it began", "Asia/Seoul", "2026-01-05 09:00:00", "2026-03-01 00:00:00",
			[]string{"2026-01-11 23:50:00", "2026-01-12 00:10:00", "2026-01-13 09:00:00", "2026-01-14 09:00:00"},
			sessions, false, true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			// The background events must change nothing.
			events := []features.Event{{Name: "app_remove", Time: at(t, z, c.first) - 40*86400e6}}
			for _, local := range append(c.later, c.first) {
				when := at(t, z, local)
				events = append(events, features.Event{Name: "open", Time: when}, features.Event{Name: "app_remove", Time: when + 26*3600e6})
			}
			revisit, known := c.label.Of(events, z, features.Background, at(t, z, c.asOf))
			if known != c.known || known && revisit != c.revisit {
				t.Errorf("revisit %t, known %t; want %t, %t", revisit, known, c.revisit, c.known)
			}
		})
	}
}

func TestLabelOfNobody(t *testing.T) {
	events := []features.Event{{Name: "app_remove", Time: 1}, {Name: "open", Time: 5e15}}
	if revisit, known := features.DefaultLabel().Of(events, time.UTC, features.Background, 5e15); revisit || known {
		t.Errorf("a user without a visit before the as-of instant is labelled: %t, %t", revisit, known)
	}
}

func TestLabelValidate(t *testing.T) {
	for _, c := range []struct {
		label features.Label
		want  string
	}{
		{features.DefaultLabel(), ""},
		{features.Label{Visits: 40, Gap: 9, Horizon: 30, Unit: features.VisitSessions}, ""},
		{features.Label{Visits: 0, Gap: 7, Horizon: 30, Unit: features.VisitDays}, "label visits is 0"},
		{features.Label{Visits: 3, Gap: 6, Horizon: 30, Unit: features.VisitDays}, "may not begin before day 7"},
		{features.Label{Visits: 3, Gap: 7, Horizon: 0, Unit: features.VisitDays}, "label horizon is 0 days"},
		{features.Label{Visits: 3, Gap: 7, Horizon: 2, Unit: features.VisitDays}, "nobody can reach it"},
		{features.Label{Visits: 3, Gap: 7, Horizon: 30, Unit: "weeks"}, `label unit is "weeks"; it must be days or sessions`},
	} {
		if err := c.label.Validate(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: got %v, want %q", c.label, err, c.want)
		}
	}
}

func TestLabelString(t *testing.T) {
	l := features.DefaultLabel()
	if got, want := l.String(), "at least 3 visit days in days 7 to 36"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	l.Unit, l.Horizon = features.VisitSessions, 14
	if got, want := l.String(), "at least 3 sessions in days 7 to 20"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
