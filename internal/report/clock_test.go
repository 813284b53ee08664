package report

import "testing"

func TestClock(t *testing.T) {
	for instant, want := range map[string]string{
		"2026-07-29T00:00:00+09:00": "2026-07-29 00:00 (UTC+09:00)",
		"2026-11-23T23:39:40Z":      "2026-11-23 23:39 UTC",
		"some day":                  "some day",
		"":                          "",
	} {
		if got := clock(instant); got != want {
			t.Errorf("%q is read as %q, want %q", instant, got, want)
		}
	}
}
