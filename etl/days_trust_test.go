package etl_test

import (
	"fmt"
	"strings"
	"time"
)

// dayAfter is the day n days after the first, YYYY-MM-DD.
func dayAfter(first string, n int) string {
	t, err := time.Parse(time.DateOnly, first)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// compact is the day as the export writes it.
func compact(day string) string { return strings.ReplaceAll(day, "-", "") }

// eventOn is one line of the export, of the day at 03:00 UTC, noon in Seoul.
func eventOn(day string, user, n int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"event_date":"%s","event_timestamp":"%d","event_name":"e%d","user_pseudo_id":"u%d","platform":"IOS",`+
		`"event_bundle_sequence_id":"%d","event_params":[{"key":"n","value":{"int_value":"%d"}}]}`,
		compact(day), at.Add(3*time.Hour+time.Duration(user)*time.Second).UnixMicro(), n%5, user, n, n)
}
