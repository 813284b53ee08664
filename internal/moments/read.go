package moments

import (
	"context"
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// days is how many days of the first week are counted apart.
const days = features.WeekDays

// most is where a count stops: nothing asks for more times.
const most = 255

// Read counts for each action how often each labelled user did it on each day of the first week: [action][user*7+day], saturated at
// 255, the users in order of day 0 and then of their key. users is how many there are.
func Read(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, actions []string, users int) ([][]uint8, error) {
	counts := make([][]uint8, len(actions))
	for k := range counts {
		counts[k] = make([]uint8, users*days)
	}
	if len(actions) == 0 {
		return counts, nil
	}
	err := wh.Stream(ctx, Query(d, p, actions), nil, func(batch []warehouse.ColumnData) error {
		for i, user := range batch[0].Numbers {
			action, day := batch[1].Numbers[i], batch[2].Numbers[i]
			if !(user >= 0 && int(user) < users && action >= 0 && int(action) < len(actions) && day >= 0 && day < days) {
				return fmt.Errorf("a count of action %v on day %v for the user at place %v of %d; another run is changing the tables",
					action, day, user, users)
			}
			counts[int(action)][int(user)*days+int(day)] = uint8(min(batch[3].Numbers[i], most))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the actions of the first week: %w", err)
	}
	return counts, nil
}

// Query is the statement that Read runs, for checks of the SQL: a row a labelled user, action and day on which it was done. Columns:
// place (of the user, from 0), action (of the list, from 0), day (0 to 6), times.
func Query(d features.Dialect, p features.Plan, actions []string) string {
	var which, names strings.Builder
	for k, name := range actions {
		fmt.Fprintf(&which, " WHEN %s THEN %d", d.Text(name), k)
		if k > 0 {
			names.WriteString(", ")
		}
		names.WriteString(d.Text(name))
	}
	return fmt.Sprintf(`SELECT l.place, CASE w.name%s END AS action, w.n AS day, COUNT(*) AS times
FROM (SELECT user_key, ROW_NUMBER() OVER (ORDER BY day0, user_key) - 1 AS place FROM %s WHERE revisit IS NOT NULL AND %s) AS l
JOIN %s AS w ON w.user_key = l.user_key
WHERE %s AND w.name IN (%s)
GROUP BY 1, 2, 3`, which.String(), d.Table(p.Prefix+"labels"), p.Bound(d, "day0"), d.Table(p.Prefix+"first_week"),
		p.Bound(d, "w.day0"), names.String())
}
