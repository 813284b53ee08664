package curves

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// Queries are the statements that Read runs: that of everybody, then one a breakdown. Each has the columns name, day, active and newest.
func Queries(d features.Dialect, p features.Plan, breakdowns []string) []string {
	list := []string{query(d, p, All)}
	for _, by := range breakdowns {
		list = append(list, query(d, p, by))
	}
	return list
}

// query counts, by group and day after day 0, the people who visited on the day (active) and those of whom it is the last visit up to
// LastDay (newest): each person is once among the newest, so that these add up to the group's people. Only counts leave the warehouse.
// People are those of whom LastDay is over, which for the rule of 3 visits in days 7 to 36 is whoever has a label.
func query(d features.Dialect, p features.Plan, by string) string {
	name, join := d.Text(""), ""
	if by != All {
		name = "COALESCE(NULLIF(f." + d.Ident(by) + ", ''), " + d.Text(Unknown) + ")"
		join = "\n  LEFT JOIN " + d.Table(p.Prefix+"features") + " AS f ON f.user_key = l.user_key"
	}
	day := d.DayDiff("v.day", "l.day0")
	return fmt.Sprintf(`WITH visits AS (
  SELECT %s AS name, %s AS day, ROW_NUMBER() OVER (PARTITION BY l.user_key ORDER BY v.day DESC) AS n
  FROM %s AS l JOIN %s AS v ON v.user_key = l.user_key%s
  WHERE %s > %d AND %s BETWEEN 0 AND %d AND %s AND %s
)
SELECT name, day, COUNT(*) AS active, %s AS newest
FROM visits
GROUP BY name, day
ORDER BY name, day`, name, day, d.Table(p.Prefix+"labels"), d.Table(p.Prefix+"user_days"), join, d.DayDiff(d.Day(p.Day(p.AsOf)), "l.day0"),
		LastDay, day, LastDay, p.Bound(d, "l.day0"), p.Bound(d, "v.day"), d.CountIf("n = 1"))
}
