package source

import (
	"strings"
	"testing"
	"time"
)

// checkOf counts an event every step for some days from the start, with the days that a property in its zone writes.
func checkOf(t *testing.T, app, property string, start time.Time, step time.Duration, events int) ZoneCheck {
	t.Helper()
	appZone, err := time.LoadLocation(app)
	if err != nil {
		t.Fatal(err)
	}
	propertyZone, err := time.LoadLocation(property)
	if err != nil {
		t.Fatal(err)
	}
	var z ZoneCheck
	for i := range events {
		at := start.Add(time.Duration(i) * step)
		z.Add(at.UnixMicro(), at.In(propertyZone).Format("20060102"), appZone)
	}
	return z
}

func TestZoneCheck(t *testing.T) {
	const often = 7 * time.Minute
	epoch := time.Date(1969, 12, 1, 0, 0, 0, 0, time.UTC)
	winter := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		app, property string
		start         time.Time
		step          time.Duration
		events        int
		// want are parts of the warning; none wants no warning.
		want []string
	}{
		"the same zone":       {"Asia/Seoul", "Asia/Seoul", winter, often, 2000, nil},
		"another name for it": {"Asia/Seoul", "Asia/Tokyo", winter, often, 2000, nil},
		"too few events":      {"Asia/Seoul", "UTC", winter, often, 99, nil},
		"UTC": {"Asia/Seoul", "UTC", winter, 15 * time.Minute, 960, []string{
			"the export's days are not Asia/Seoul days: 360 of 960 events (37.5 %)", "look like days of UTC (100.0 %)",
			"time zone to Asia/Seoul",
		}},
		"America": {"Asia/Seoul", "America/Los_Angeles", winter, often, 2000, []string{"look like days of UTC-08:00 (100.0 %)"}},
		"Seoul for an American app": {
			"America/Los_Angeles", "Asia/Seoul", winter, often, 2000, []string{"look like days of UTC+09:00 (100.0 %)"},
		},
		"half an hour":   {"Asia/Seoul", "Asia/Kolkata", winter, often, 2000, []string{"UTC+05:30 (100.0 %)"}},
		"three quarters": {"Asia/Seoul", "Asia/Kathmandu", winter, often, 2000, []string{"UTC+05:45 (100.0 %)"}},
		"far east":       {"Asia/Seoul", "Pacific/Kiritimati", winter, often, 2000, []string{"UTC+14:00 (100.0 %)"}},
		"far west":       {"Asia/Seoul", "Etc/GMT+12", winter, often, 2000, []string{"UTC-12:00 (100.0 %)"}},
		"one hour away":  {"Asia/Seoul", "Asia/Shanghai", winter, often, 2000, []string{"UTC+08:00 (100.0 %)"}},
		"a summer in it": {"Asia/Seoul", "America/New_York", winter, often, 75000, []string{"look like days of UTC-04:00 (98."}},
		"one time of day": {"Asia/Seoul", "America/New_York", winter, 24 * time.Hour, 200, []string{
			"an offset from UTC-12:00 to UTC-00:15 (100.0 %)",
		}},
		"before 1970 began": {"Asia/Seoul", "UTC", epoch, 15 * time.Minute, 960, []string{"days of UTC (100.0 %)"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := checkOf(t, c.app, c.property, c.start, c.step, c.events).Warning(c.app)
			if len(c.want) == 0 && got != "" {
				t.Errorf("the warning is %q, want none", got)
			}
			for _, part := range c.want {
				if !strings.Contains(got, part) {
					t.Errorf("the warning is %q, want %q in it", got, part)
				}
			}
		})
	}
}

// TestZoneCheckShare has 2 % of wrong dates on one side of the limit and on the other.
func TestZoneCheckShare(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).UnixMicro()
	for wrong, warns := range map[int]bool{19: false, 20: true} {
		var z ZoneCheck
		for i := range 1000 {
			day := "20260302"
			if i < wrong {
				day = "2026-03-03"
			}
			z.Add(noon, day, time.UTC)
		}
		if got := z.Warning("UTC"); (got != "") != warns {
			t.Errorf("with %d of 1000 wrong dates the warning is %q", wrong, got)
		}
	}
}

// TestZoneCheckNoOffset has dates that no time zone explains.
func TestZoneCheckNoOffset(t *testing.T) {
	var z ZoneCheck
	for i := range 900 {
		at := time.Date(2026, 3, 2, i%24, 0, 0, 0, time.UTC)
		z.Add(at.UnixMicro(), at.AddDate(0, 0, 5*(i%3)).Format("20060102"), time.UTC)
	}
	if got := z.Warning("UTC"); !strings.Contains(got, "the days of no one offset from UTC, of which UTC fits best (33.3 %)") {
		t.Errorf("the warning is %q", got)
	}
}

func TestZoneCheckSkipsWhatIsNoDay(t *testing.T) {
	var z ZoneCheck
	for range 200 {
		for _, day := range []string{"", "today", "20261301", "2026-02-30", "2026/03/02"} {
			z.Add(0, day, time.UTC)
		}
	}
	if z.events != 0 || z.Warning("UTC") != "" {
		t.Errorf("%d events without a day were counted", z.events)
	}
}
