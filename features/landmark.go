package features

import "fmt"

// DaysKnown is the name of the feature that tells how many days after day 0 the other features have seen, 0 to 6. No other feature takes it.
const DaysKnown = "days_known"

// WithDaysKnown is the set with the feature DaysKnown after all others.
func (s *Set) WithDaysKnown() *Set {
	landmarks := *s
	landmarks.Features = append(s.Features[:len(s.Features):len(s.Features)], Feature{
		Name: DaysKnown, Label: "days known", Kind: Number, Unit: "days",
		Doc:    "How many days after the first the user could be watched: 0 at the end of the first day, 6 at the end of the first week.",
		Phrase: "watched until the end of day {v}", Expr: Known{},
	})
	return &landmarks
}

// FeaturesKnown makes the features under another table name from nothing but what is known at the end of each user's day, 0 to 6. For day
// 6 the table is that of Features.
func (p Plan) FeaturesKnown(d Dialect, s *Set, day int, table string) Step {
	return p.featuresFrom(d, s, table, fmt.Sprintf(`(
  SELECT user_key, day0, first_ts, ts, n, name, screen, engaged_ms, platform, device, language, country, app_version, channel, params,
    foreground, hour, weekday, LEAST(last_day, %d) AS last_day, session
  FROM %s WHERE known <= %d AND %s
) AS known`, day, p.table(d, "first_week"), day, p.Bound(d, "day0")))
}
