package spend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// crowd is how many users came by one traffic source. Texts are "" where unknown.
type crowd struct {
	source, medium, campaign, channel string
	fresh, labelled, revisiting       int64
}

// bill is what one campaign cost on one network, on the days whose new users are labelled or on the later ones.
type bill struct {
	campaign, network string
	labelled          bool
	spend             Money
	// installs are those that claims rows tell; unknown counts the rows without a spend.
	installs, claims, unknown int64
}

// labelledTo is the last day 0 of which the label is known.
func labelledTo(p features.Plan) string {
	asOf, err := time.Parse(time.DateOnly, p.Day(p.AsOf))
	if err != nil {
		panic("spend: plan was not validated: " + err.Error())
	}
	return asOf.AddDate(0, 0, -p.Label.LastDay()-1).Format(time.DateOnly)
}

// Queries are the statements that Read and Forecast run of their own, for checks of the SQL.
func Queries(d features.Dialect, p features.Plan) []string {
	return []string{userQuery(d, p), adQuery(d, p), youngQuery(d, p)}
}

// nearDay0 is longer than any local day, in microseconds: what lies farther from the first visit is not of its day, which spares most
// events the look at the calendar. A difference of 0 rather than equality keeps DuckDB from joining by the calendar day of every event.
const nearDay0 = int64(2 * 86400e6)

// arrivals are the first parts of a query about how new users came, which the condition on the users table u chooses: ranked has by n = 1
// the traffic source of day 0, that of the first event that has one, and ways the channel of the first event that has one.
func arrivals(d features.Dialect, p features.Plan, condition string) string {
	table := func(name string) string { return d.Table(p.Prefix + name) }
	events := p.Events
	if events == "" {
		events = "events"
	}
	return fmt.Sprintf(`WITH arrivals AS (
  SELECT u.user_key, r.ts, NULLIF(r.channel, '') AS channel,
    COALESCE(r.source, '') AS source, COALESCE(r.medium, '') AS medium, COALESCE(r.campaign, '') AS campaign,
    CASE WHEN CONCAT(COALESCE(r.source, ''), COALESCE(r.medium, ''), COALESCE(r.campaign, '')) = '' THEN 1 ELSE 0 END AS nothing
  FROM %s AS r
  LEFT JOIN %s AS p ON p.user_key = r.user_key
  JOIN %s AS u ON u.user_key = %s
  WHERE u.excluded IS NULL AND %s AND %s AND r.ts < %d AND r.ts BETWEEN u.first_ts - %d AND u.first_ts + %d
    AND %s = 0 AND %s
), ranked AS (
  SELECT user_key, source, medium, campaign,
    ROW_NUMBER() OVER (PARTITION BY user_key ORDER BY nothing, ts, campaign DESC, source DESC, medium DESC) AS n
  FROM arrivals
), ways AS (
  SELECT user_key, %s AS channel FROM arrivals GROUP BY user_key
)`, d.Table(events), table("people"), table("users"), features.Person("r"), p.Bound(d, "r.day"), p.Bound(d, "u.day0"), p.AsOf,
		nearDay0, nearDay0, d.DayDiff(d.LocalDay("r.ts", p.Zone), "u.day0"), condition, d.FirstValue("channel", "ts", false))
}

// userQuery counts the new users by how they came. Columns: source, medium, campaign, channel, fresh, labelled, revisiting.
func userQuery(d features.Dialect, p features.Plan) string {
	return fmt.Sprintf(`%s
SELECT a.source, a.medium, a.campaign, COALESCE(w.channel, '') AS channel, COUNT(*) AS fresh,
  %s AS labelled, %s AS revisiting
FROM ranked AS a
JOIN ways AS w ON w.user_key = a.user_key
JOIN %s AS l ON l.user_key = a.user_key
WHERE a.n = 1 AND %s
GROUP BY a.source, a.medium, a.campaign, COALESCE(w.channel, '')
ORDER BY 1, 2, 3, 4`, arrivals(d, p, "TRUE"), d.CountIf("l.revisit IS NOT NULL"), d.CountIf("l.revisit"), d.Table(p.Prefix+"labels"),
		p.Bound(d, "l.day0"))
}

// adQuery adds up the ads of the plan's days, in whole millionths so that the order of the rows makes no difference. Columns:
// campaign, network, labelled (0 or 1), spend, installs, claims, unknown.
func adQuery(d features.Dialect, p features.Plan) string {
	return fmt.Sprintf(`SELECT COALESCE(campaign, '') AS campaign, COALESCE(network, '') AS network,
  CASE WHEN day <= %s THEN 1 ELSE 0 END AS labelled,
  CAST(SUM(COALESCE(CAST(ROUND(spend * %d) AS INT64), 0)) AS INT64) AS spend,
  CAST(SUM(COALESCE(installs, 0)) AS INT64) AS installs,
  COUNT(installs) AS claims, %s AS unknown
FROM %s
WHERE day BETWEEN %s AND %s
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3`, d.Day(labelledTo(p)), micros, d.CountIf("spend IS NULL"), d.Table(warehouse.Ads.Name), d.Day(p.Day(p.DataStart)),
		d.Day(p.Day(p.AsOf-1)))
}

func readUsers(ctx context.Context, wh *warehouse.Warehouse, query string) (list []crowd, err error) {
	err = each(ctx, wh, query, func(rows warehouse.Rows) error {
		var c crowd
		err := rows.Scan(&c.source, &c.medium, &c.campaign, &c.channel, &c.fresh, &c.labelled, &c.revisiting)
		list = append(list, c)
		return err
	})
	return list, err
}

func readAds(ctx context.Context, wh *warehouse.Warehouse, query string) (list []bill, err error) {
	err = each(ctx, wh, query, func(rows warehouse.Rows) error {
		var b bill
		var labelled, spend int64
		err := rows.Scan(&b.campaign, &b.network, &labelled, &spend, &b.installs, &b.claims, &b.unknown)
		b.labelled, b.spend = labelled == 1, Money(spend)
		list = append(list, b)
		return err
	})
	return list, err
}

func each(ctx context.Context, wh *warehouse.Warehouse, query string, take func(warehouse.Rows) error) (err error) {
	rows, err := wh.Query(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
