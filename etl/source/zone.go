package source

import (
	"fmt"
	"time"
)

// The offsets from UTC that a property can have, in quarters of an hour: from UTC-12:00 to UTC+14:00.
const (
	quarter       = 15 * time.Minute
	firstOffset   = -12 * 4
	lastOffset    = 14 * 4
	quartersADay  = 24 * 4
	offsets       = lastOffset - firstOffset + 1
	leastEvents   = 100
	leastMismatch = 0.02
	goodFit       = 0.9
)

// ZoneCheck finds out whether the days that an export writes into its events are the calendar days of the app. GA4 cuts days in
// the reporting time zone of the property, which need not be the app's. The zero value is ready; it serves one goroutine.
type ZoneCheck struct {
	events, mismatches int64
	// changes has at each offset, counted from firstOffset, how many more events than at the offset before have the right day
	// there.
	changes [offsets + 1]int64
	// day was read last, and began at the UTC instant start.
	day   string
	start time.Time
}

// Add counts an event of that time, in microseconds since 1970 UTC, which the export has under the day, written YYYYMMDD or
// YYYY-MM-DD. A text that is no day is not counted. The zone is the app's.
func (z *ZoneCheck) Add(micros int64, day string, zone *time.Location) {
	if !z.read(day) {
		return
	}
	at := time.UnixMicro(micros)
	z.events++
	year, month, date := at.In(zone).Date()
	if !time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Equal(z.start) {
		z.mismatches++
	}
	// The day is right where start <= at + offset < start + 24 h.
	first := ceilQuarters(z.start.Sub(at)) - firstOffset
	z.changes[min(max(first, 0), offsets)]++
	z.changes[min(max(first+quartersADay, 0), offsets)]--
}

// read sets start to the beginning of the day in UTC.
func (z *ZoneCheck) read(day string) bool {
	if day == z.day {
		return day != ""
	}
	layout := "20060102"
	if len(day) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	start, err := time.Parse(layout, day)
	if err != nil {
		return false
	}
	z.day, z.start = day, start
	return true
}

func ceilQuarters(d time.Duration) int {
	n := d / quarter
	if n*quarter < d {
		n++
	}
	return int(n)
}

// Warning says in one sentence that the days are not those of the zone, how many events show it, and which days they look like.
// It is empty when fewer than 100 events were counted, or fewer than 2 % of them have another day.
func (z ZoneCheck) Warning(zone string) string {
	if z.events < leastEvents || float64(z.mismatches) < leastMismatch*float64(z.events) {
		return ""
	}
	return fmt.Sprintf("the export's days are not %s days: %d of %d events (%s) have another date; %s; visits are counted by "+
		"the time of each event and stay right, but a day of the export ends at another hour than the app's: set the property's "+
		"reporting time zone to %s, or check the zone that was given for the app",
		zone, z.mismatches, z.events, percent(z.mismatches, z.events), z.guess(), zone)
}

// guess names the offset at which most events have the right day. Where the events of the day are too few to tell, several fit
// equally; UTC is then the likeliest, because it is what an export made by hand has.
func (z ZoneCheck) guess() string {
	fits, first, last, right := int64(-1), 0, 0, int64(0)
	for i := range offsets {
		right += z.changes[i]
		switch {
		case right > fits:
			fits, first, last = right, i, i
		case right == fits && last == i-1:
			last = i
		}
	}
	first, last = first+firstOffset, last+firstOffset
	share := percent(fits, z.events)
	switch {
	case float64(fits) < goodFit*float64(z.events):
		return fmt.Sprintf("they are the days of no one offset from UTC, of which %s fits best (%s)", offsetName(first), share)
	case first <= 0 && last >= 0:
		return fmt.Sprintf("they look like days of UTC (%s)", share)
	case first == last:
		return fmt.Sprintf("they look like days of %s (%s)", offsetName(first), share)
	}
	return fmt.Sprintf("they look like days of an offset from %s to %s (%s)", offsetName(first), offsetName(last), share)
}

// offsetName writes an offset in quarters of an hour as UTC+09:00.
func offsetName(quarters int) string {
	if quarters == 0 {
		return "UTC"
	}
	sign := '+'
	if quarters < 0 {
		sign, quarters = '-', -quarters
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, quarters/4, quarters%4*15)
}

func percent(part, whole int64) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
