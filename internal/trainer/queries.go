package trainer

import "github.com/Koalajuni/Calback-Data-ML/features"

// Queries are all that a run asks of the plan's tables, by name and with the columns that it reads, in an order in which each finds its
// tables made: the plan's own steps first. The set is that of the features table.
func Queries(d features.Dialect, p features.Plan, set *features.Set) []Query {
	user, users := "user_key", []string{"name", "users"}
	list := []Query{
		{"users", usersQuery(d, p), users},
		{"kept out", keptOutQuery(d, p), users},
		{"unlabelled", unlabelledQuery(d, p), users},
		{"labels", labelsQuery(d, p), []string{user, "day0", "revisit", "visits"}},
		{"rules", rulesQuery(d, p), []string{"weeks", "visits", "users"}},
		{"features", featuresQuery(d, p, "features", set), append([]string{"place"}, set.Names()...)},
		{"young", youngQuery(d, p), []string{user, "day0"}},
		{"young features", placedFeatures(d, p, "features", set, tooYoung), append([]string{"place"}, set.Names()...)},
		{"channels", channelsQuery(d, p), []string{"channel", "users", "positives"}},
		{"visit days", visitDaysQuery(d, p, "2026-01-31", "2026-02-01"), []string{"visit_days", "revisit", "newest", "users"}},
	}
	early := set.WithDaysKnown()
	list = append(
		list,
		Query{"make " + earlyFeatures, p.FeaturesKnown(d, early, 0, earlyFeatures).SQL, nil},
		Query{"early features", featuresQuery(d, p, earlyFeatures, early), append([]string{"place"}, early.Names()...)},
	)
	for _, step := range cutSteps(d, p) {
		list = append(list, Query{"make " + step.Table, step.SQL, nil})
	}
	return append(list, Query{"moved", movedQuery(d, p), users})
}

// Query is one statement of a run. Columns is nil for one that makes a table.
type Query struct {
	Name, SQL string
	Columns   []string
}

func usersQuery(d features.Dialect, p features.Plan) string {
	return "SELECT 'all' AS name, COUNT(*) AS users FROM users WHERE " + p.Bound(d, "day0")
}

func keptOutQuery(d features.Dialect, p features.Plan) string {
	return "SELECT excluded AS name, COUNT(*) AS users FROM users WHERE excluded IS NOT NULL AND " + p.Bound(d, "day0") +
		" GROUP BY excluded ORDER BY 1"
}

func unlabelledQuery(d features.Dialect, p features.Plan) string {
	return `SELECT CASE WHEN week_over THEN '` + windowOpen + `' ELSE '` + weekOpen + `' END AS name,
  COUNT(*) AS users FROM labels WHERE revisit IS NULL AND ` + p.Bound(d, "day0") + " GROUP BY 1 ORDER BY 1"
}

// labelsQuery has the labelled users in the order of Table.
func labelsQuery(d features.Dialect, p features.Plan) string {
	return "SELECT user_key, " + d.DayDiff("day0", d.Day("1970-01-01")) +
		" AS day0, CASE WHEN revisit THEN 1 ELSE 0 END AS revisit, visits FROM labels AS l WHERE revisit IS NOT NULL AND " +
		p.Bound(d, "l.day0") + " ORDER BY 2, user_key"
}

func rulesQuery(d features.Dialect, p features.Plan) string {
	return "SELECT weeks, visits, users FROM (" + p.Rules(d) + ") AS r ORDER BY weeks, visits"
}

func channelsQuery(d features.Dialect, p features.Plan) string {
	return `SELECT COALESCE(f.channel, 'unknown') AS channel, COUNT(*) AS users,
  SUM(CASE WHEN l.revisit THEN 1 ELSE 0 END) AS positives
FROM labels AS l JOIN features AS f ON f.user_key = l.user_key WHERE l.revisit IS NOT NULL AND ` + p.Bound(d, "l.day0") +
		" GROUP BY 1 ORDER BY 2 DESC, 1"
}

// cutSteps select the users again from a log that ends with each user's day 6.
func cutSteps(d features.Dialect, p features.Plan) []features.Step {
	cut := p
	cut.Events, cut.Prefix = "cut_events", "cut_"
	return append([]features.Step{{Table: "cut_events", SQL: p.CutEvents(d, "cut_events")}}, cut.Selection(d)...)
}

// movedQuery counts the users whom the two selections treat differently.
func movedQuery(d features.Dialect, p features.Plan) string {
	bound := " WHERE " + p.Bound(d, "day0")
	return `SELECT 'moved' AS name, COUNT(*) AS users
FROM (SELECT * FROM users` + bound + `) AS a FULL OUTER JOIN (SELECT * FROM cut_users` + bound + `) AS b ON a.user_key = b.user_key
WHERE a.user_key IS NULL OR b.user_key IS NULL OR a.day0 <> b.day0 OR COALESCE(a.excluded, '') <> COALESCE(b.excluded, '')`
}
