package moments

import "slices"

// confounders are the features that people are compared alike in: where they came from, what they use, how eager they were on day 0
// and how often they came in the first week.
var confounders = []string{
	"channel", "platform", "country", "language", "device", "app_version", "first_day_events", "first_session_events", "visit_days",
	"late_visit_days", "days_since_last_visit", "first_hour", "first_weekday",
}

// ConfounderNames are those of the features by which people are held equal, in the order of all.
func ConfounderNames(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(confounders, name) })
}
