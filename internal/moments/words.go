package moments

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// called are the confounders as a reader calls them.
var called = map[string]phrase.Phrase{
	"channel":               phrase.Of("channel"),
	"platform":              phrase.Of("platform"),
	"country":               phrase.Of("country"),
	"language":              phrase.Of("language"),
	"device":                phrase.Of("device"),
	"app_version":           phrase.Of("app version"),
	"first_day_events":      phrase.Of("events on the first day"),
	"first_session_events":  phrase.Of("events in the first session"),
	"visit_days":            phrase.Of("days with a visit in the first week"),
	"late_visit_days":       phrase.Of("days with a visit late in the first week"),
	"days_since_last_visit": phrase.Of("days from the last visit to the end of the first week"),
	"first_hour":            phrase.Of("hour of the first visit"),
	"first_weekday":         phrase.Of("weekday of the first visit"),
}

// heldEqual names what people were compared alike in for the adjusted effects.
func (s *search) heldEqual() (list []phrase.Phrase) {
	if s.X != nil {
		for _, c := range s.X.Columns {
			name, ok := called[c.Name]
			if !ok {
				name = phrase.Name(c.Name)
			}
			list = append(list, name)
		}
	}
	if len(s.Actions) > 1 {
		list = append(list, phrase.Of("how often they did each of the %d other actions", len(s.Actions)-1))
	}
	return list
}

// notEstimated is why a moment without an adjusted effect is unclear.
func notEstimated(most int) []phrase.Phrase {
	return []phrase.Phrase{phrase.Of("Its adjusted effect was not estimated: only those of the %d actions with most people are.", most)}
}

// notes say what a reader must know of how the figures came about.
func (s *search) notes(r *Result) (list []phrase.Phrase) {
	tried, estimated := 0, 0
	for _, f := range s.found {
		tried += len(f.tried)
		for _, c := range f.tried {
			if c.estimate != nil && c.estimate.Err == nil {
				estimated++
			}
		}
	}
	if left := len(s.Actions) - len(s.found); left > 0 {
		list = append(list, phrase.Of("%d actions are not looked at: fewer than %d people did them, or fewer than %d did not.", left,
			s.o.MinUsers, s.o.MinUsers))
	}
	if tried == 0 {
		return list
	}
	list = append(list, phrase.Of("Of each action the threshold is shown that best tells those who revisit from those who do not; the choice "+
		"does not look at the adjusted effect."))
	if none := tried - estimated; none > 0 {
		list = append(list, phrase.Of("%d of %d thresholds have no adjusted effect: at most %d are estimated, the ones shown first, and only "+
			"where there are people to compare.", none, tried, s.o.MostTreatments))
	}
	if r.Sampled > 0 && r.Sampled < r.Users {
		list = append(list, phrase.Of("The adjusted effects are estimated on %d of the %d people, spread evenly over time.", r.Sampled, r.Users))
	}
	if len(s.weeks.groups) == 0 {
		list = append(list, phrase.Of("There are too few people, or weeks, to see whether cohorts agree."))
	}
	for _, m := range r.List {
		if m.Experiment != nil {
			list = append(list, phrase.Of("The experiments assume that %d of 100 people who would not do it by themselves can be brought to do it.",
				int(math.Round(100*s.o.Nudged))))
			break
		}
	}
	return list
}
