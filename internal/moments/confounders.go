package moments

import (
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// confounders are the features that people are compared alike in: where they came from, what they use, how eager they were on day 0
// and how often they came in the first week.
var confounders = []string{
	"channel", "platform", "country", "language", "device", "app_version", "first_day_events", "first_session_events", "visit_days",
	"late_visit_days", "days_since_last_visit", "first_hour", "first_weekday",
}

// Confounders are the columns of the features to hold equal, those of them that the data has, in the order of x. Values are shared.
func Confounders(x *model.Matrix) *model.Matrix {
	held := &model.Matrix{}
	for _, c := range x.Columns {
		if slices.Contains(confounders, c.Name) {
			held.Columns = append(held.Columns, c)
		}
	}
	return held
}
