package curves

import (
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// Query is the statement that Read runs, for checks of the SQL. It counts, by all breakdowns together, the people who visited on each day
// after day 0, and those whose last visit up to LastDay is on that day or later. Only counts leave the warehouse. Its columns are those of
// the breakdowns, then on_0 to on_36, then from_0 to from_36.
//
// People are those of whom LastDay is over, which for the rule of 3 visits in days 7 to 36 is whoever has a label. The visits of a person
// become the bits of one number first, day 0 the lowest, so that the many rows of visits are gone through once for all breakdowns.
func Query(d features.Dialect, p features.Plan, breakdowns []string) string {
	table := func(name string) string { return d.Table(p.Prefix + name) }
	var columns, groups []string
	join := ""
	for i, by := range breakdowns {
		columns = append(columns, fmt.Sprintf("COALESCE(NULLIF(f.%s, ''), %s) AS %s", d.Ident(by), d.Text(Unknown), d.Ident(by)))
		groups = append(groups, fmt.Sprint(i+1))
		join = "\nLEFT JOIN " + table("features") + " AS f ON f.user_key = b.user_key"
	}
	for day := range LastDay + 1 {
		columns = append(columns, fmt.Sprintf("%s AS on_%d", d.CountIf(fmt.Sprintf("((bits >> %d) & 1) = 1", day)), day))
	}
	for day := range LastDay + 1 {
		columns = append(columns, fmt.Sprintf("%s AS from_%d", d.CountIf(fmt.Sprintf("(bits >> %d) > 0", day)), day))
	}
	order := ""
	if len(groups) > 0 {
		by := strings.Join(groups, ", ")
		order = "\nGROUP BY " + by + "\nORDER BY " + by
	}
	day := d.DayDiff("v.day", "l.day0")
	return fmt.Sprintf(`SELECT %s
FROM (
  SELECT l.user_key, BIT_OR(CAST(1 AS INT64) << %s) AS bits
  FROM %s AS l JOIN %s AS v ON v.user_key = l.user_key
  WHERE %s > %d AND %s BETWEEN 0 AND %d AND %s AND %s
  GROUP BY l.user_key
) AS b%s%s`, strings.Join(columns, ",\n  "), day, table("labels"), table("user_days"), d.DayDiff(d.Day(p.Day(p.AsOf)), "l.day0"), LastDay,
		day, LastDay, p.Bound(d, "l.day0"), p.Bound(d, "v.day"), join, order)
}
