package report

import "time"

// clock is an instant as people read it, to the minute and with its difference to UTC; what is no instant in RFC 3339 stays as it is.
func clock(instant string) string {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return instant
	}
	if _, offset := t.Zone(); offset == 0 {
		return t.Format("2006-01-02 15:04") + " UTC"
	}
	return t.Format("2006-01-02 15:04 (UTC-07:00)")
}
