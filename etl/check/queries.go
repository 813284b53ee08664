package check

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// between bounds a DATE column by two arguments.
func between(column string) string { return column + " BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)" }

func (q queries) keysUnique() Check {
	return q.make(KeysUnique,
		"a user has one row in users and in labels, and one a day in user_days; a day has one row a table in the ledger",
		"a table was written by something else than this program; make it anew",
		`SELECT COALESCE(SUM(n - 1), 0) FROM (
  SELECT COUNT(*) AS n FROM {users} WHERE `+between("day0")+` GROUP BY user_key
  UNION ALL SELECT COUNT(*) AS n FROM {labels} WHERE `+between("day0")+` GROUP BY user_key
  UNION ALL SELECT COUNT(*) AS n FROM {user_days} WHERE `+between("day")+` GROUP BY user_key, day
  UNION ALL SELECT COUNT(*) AS n FROM ledger GROUP BY table_name, day
) AS k`, []string{"{users}", "{labels}", "{user_days}", "ledger"}, q.made(3)...)
}

func (q queries) notNull() Check {
	return q.make(NotNull, "every event has a user, an instant and a name", "a reader lets incomplete records through; load the days again",
		`SELECT COUNT(*) FROM events WHERE `+between("day")+`
  AND (COALESCE(user_key, '') = '' OR ts IS NULL OR COALESCE(name, '') = '')`, []string{"events"}, q.loaded()...)
}

// acceptedValues also finds a raw id that was taken for a key: a key is 32 hexadecimal digits and nothing else.
func (q queries) acceptedValues() Check {
	flags := []any{warehouse.FlagDebug, warehouse.FlagTest, warehouse.FlagStaff}
	return q.make(AcceptedValues, "every flag is one that the program knows, and every user and account is a key of 32 hexadecimal digits",
		"something else than the readers wrote the events, perhaps with raw ids: erase the days and load them again",
		`SELECT COUNT(*) FROM events WHERE `+between("day")+`
  AND (COALESCE(flag, '') NOT IN ('', ?, ?, ?)
    OR COALESCE(user_key, '') <> '' AND (LENGTH(user_key) <> 32 OR LENGTH(TRIM(user_key, '0123456789abcdef')) > 0)
    OR COALESCE(account_key, '') <> '' AND (LENGTH(account_key) <> 32 OR LENGTH(TRIM(account_key, '0123456789abcdef')) > 0))`,
		[]string{"events"}, append(q.loaded(), flags...)...)
}

// The instants between which an event time is believed, and the longest engagement of one event: a day.
var (
	firstTime  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastTime   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	maxEngaged = int64(24 * time.Hour / time.Millisecond)
)

func (q queries) inRange() Check {
	return q.make(Range, "instants lie between 2000 and 2100, engagement within a day, counts are not negative, probabilities lie within 0 and 1",
		"a source counts in another unit; look at its days and load them again",
		`SELECT COALESCE(SUM(n), 0) FROM (
  SELECT COUNT(*) AS n FROM events WHERE `+between("day")+`
    AND (ts < ? OR ts >= ? OR engaged_ms < 0 OR engaged_ms > ? OR first_touch < 0 OR first_touch >= ?)
  UNION ALL SELECT COUNT(*) AS n FROM ledger WHERE rows_loaded < 0 OR duplicates < 0 OR quarantined < 0
  UNION ALL SELECT COUNT(*) AS n FROM scores WHERE `+between("day")+` AND (probability IS NULL OR NOT probability BETWEEN 0 AND 1)
) AS r`, []string{"events", "ledger", "scores"}, append(append(q.loaded(), firstTime, lastTime, maxEngaged, lastTime), q.loaded()...)...)
}

func (q queries) referential() Check {
	return q.make(Referential, "every loaded day holds as many events as the ledger says, and no day is loaded without the ledger",
		"the events were changed by hand; load the days again",
		`SELECT COUNT(*) FROM (
  SELECT day, COUNT(*) AS n FROM events WHERE `+between("day")+` GROUP BY day
) AS e FULL JOIN (
  SELECT day, SUM(rows_loaded) AS n FROM ledger WHERE table_name = 'events' AND `+between("day")+` GROUP BY day
) AS l ON l.day = e.day
WHERE COALESCE(e.n, 0) <> COALESCE(l.n, 0) OR l.day IS NULL`, []string{"events", "ledger"}, append(q.loaded(), q.loaded()...)...)
}

// monotoneTime allows a day either side, because an export has the days of its property's zone. The day after an intraday export may
// begin later than that ended.
func (q queries) monotoneTime() Check {
	return q.make(MonotoneTime, "events lie within a day of their day, and the ledger's days follow each other without overlap or hole",
		"the zone of the source is not the zone of the days, or a day in between was never loaded: load it",
		fmt.Sprintf(`SELECT COALESCE(SUM(n), 0) FROM (
  SELECT COUNT(*) AS n FROM events WHERE %s AND ABS(%s) > 1
  UNION ALL SELECT COUNT(*) AS n FROM (
    SELECT source, data_start, data_end, LAG(data_end) OVER (ORDER BY day) AS before_end, LAG(source) OVER (ORDER BY day) AS before_source
    FROM ledger WHERE table_name = 'events' AND %s
  ) AS w
  WHERE data_end < data_start OR before_end > data_start
    OR before_end < data_start AND source LIKE 'ga4/%%' AND before_source = 'ga4/daily'
) AS m`, between("day"), q.d.DayDiff(q.d.LocalDay("ts", q.Zone), "day"), between("day")), []string{"events", "ledger"}, append(q.loaded(), q.loaded()...)...)
}

func (q queries) freshness() Check {
	age := q.MaxAge
	if age == 0 {
		age = defaultAge
	}
	return q.make(Freshness, fmt.Sprintf("the newest events are at most %s old, and none ends in the future", hours(age)),
		"the export or the daily job has stopped, or a clock is wrong",
		`SELECT COUNT(*) FROM (
  SELECT COALESCE(MAX(data_end), 0) AS newest FROM ledger WHERE table_name = 'events'
) AS f WHERE newest < ? OR newest > ?`, []string{"ledger"}, q.Now-age.Microseconds(), q.Now+(24*time.Hour).Microseconds())
}

func hours(d time.Duration) string { return fmt.Sprintf("%.0f hours", math.Round(d.Hours())) }

// rowCount judges the newest whole day, once the 14 days before it are loaded. Counts vary by at least the square root of their mean,
// so that a steady fortnight does not make an ordinary day suspect.
func (q queries) rowCount() Check {
	return q.make(RowCount, fmt.Sprintf("the newest day's events lie within %d standard deviations of the %d days before it, and within %.0f %% of their mean",
		maxSigma, baselineDays, maxChange*100),
		"part of the export is missing, or something multiplies events; where the app really changed so much, accept the finding",
		fmt.Sprintf(`SELECT COUNT(*) FROM (
  SELECT rows_loaded AS n, AVG(rows_loaded) OVER w AS mean, STDDEV_SAMP(rows_loaded) OVER w AS sigma, COUNT(*) OVER w AS days,
    ROW_NUMBER() OVER (ORDER BY day DESC) AS place
  FROM ledger
  WHERE table_name = 'events' AND source <> 'ga4/intraday' AND %s
  WINDOW w AS (ORDER BY day ROWS BETWEEN %d PRECEDING AND 1 PRECEDING)
) AS c
WHERE place = 1 AND days = %[2]d
  AND (ABS(n - mean) > %[3]d * CASE WHEN sigma * sigma > mean THEN sigma ELSE SQRT(mean) END OR ABS(n - mean) > %[4]v * mean)`,
			between("day"), baselineDays, maxSigma, maxChange), []string{"ledger"}, q.loaded()...)
}

// visits compares the labels with the table they were counted from. Day 0 is a visit too, but not one of the label's.
func (q queries) visits() Check {
	return q.make(Visits, "no label counts more visits than its user made, and only users have labels",
		"the plan's tables are of different runs; make them anew",
		`SELECT COUNT(*) FROM (
  SELECT user_key, visits FROM {labels} WHERE `+between("day0")+`
) AS l LEFT JOIN (
  SELECT user_key, COUNT(*) AS days, SUM(sessions) AS sessions FROM {user_days} WHERE `+between("day")+` GROUP BY user_key
) AS v ON v.user_key = l.user_key LEFT JOIN (
  SELECT user_key FROM {users} WHERE `+between("day0")+` AND excluded IS NULL
) AS u ON u.user_key = l.user_key
WHERE u.user_key IS NULL OR v.user_key IS NULL OR l.visits IS NULL OR l.visits < 0
  OR l.visits + 1 > CASE WHEN v.sessions > v.days THEN v.sessions ELSE v.days END`,
		[]string{"{labels}", "{user_days}", "{users}"}, q.made(3)...)
}

func (q queries) channel() Check {
	return q.make(Channel, fmt.Sprintf("fewer than %.0f %% of the users have no known channel", maxUnknown*100),
		"links lack their UTM parameters, or the link table lacks them; where the source has no channels at all, accept the finding",
		fmt.Sprintf(`SELECT COUNT(*) FROM (
  SELECT COUNT(*) AS users, SUM(CASE WHEN known = 0 THEN 1 ELSE 0 END) AS lost FROM (
    SELECT user_key, MAX(CASE WHEN COALESCE(channel, '') IN ('', '%s') THEN 0 ELSE 1 END) AS known
    FROM events WHERE %s AND COALESCE(flag, '') = '' GROUP BY user_key
  ) AS c
) AS s WHERE users > 0 AND lost >= %v * users`, features.Unassigned, between("day"), maxUnknown), []string{"events"}, q.loaded()...)
}

func (q queries) classBalance() Check {
	return q.make(ClassBalance, fmt.Sprintf("of the labelled users, %.0f to %.0f %% revisit", minRevisit*100, maxRevisit*100),
		"the label rule does not fit the app, or the events of returning users are missing",
		fmt.Sprintf(`SELECT COUNT(*) FROM (
  SELECT COUNT(*) AS users, SUM(CASE WHEN revisit THEN 1 ELSE 0 END) AS back FROM {labels} WHERE %s AND revisit IS NOT NULL
) AS b WHERE users > 0 AND (back < %v * users OR back > %v * users)`, between("day0"), minRevisit, maxRevisit),
		[]string{"{labels}"}, q.made(1)...)
}

// missingRate looks at the newest users whose first week is over: a feature that comes with a new version is missing for ever fewer, and
// one that breaks is missing for the newest first. The share of few users may lie further off by chance, by three standard deviations.
func (q queries) missingRate() Check {
	var parts []string
	var args []any
	for _, name := range slices.Sorted(maps.Keys(q.Missing)) {
		parts = append(parts, fmt.Sprintf("CASE WHEN %s - ? > %v + 1.5 / SQRT(COUNT(*)) THEN 1 ELSE 0 END",
			q.d.Divide(q.d.CountIf("f."+q.d.Ident(name)+" IS NULL"), "COUNT(*)"), maxMissing))
		args = append(args, q.Missing[name])
	}
	sum := "0"
	if len(parts) > 0 {
		sum = strings.Join(parts, "\n  + ")
	}
	return q.make(MissingRate, fmt.Sprintf("no feature is missing for more of the last %d days' users than of those the model was trained on, by %.0f points "+
		"and what chance may do", newestDays, maxMissing*100),
		"an event or a parameter was renamed, or an app version stopped sending it; train anew if that is meant",
		"SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE "+sum+" END\nFROM (SELECT user_key FROM {labels} WHERE "+between("day0")+
			" AND week_over) AS l\nLEFT JOIN {features} AS f ON f.user_key = l.user_key",
		[]string{"{features}", "{labels}"}, append(args, shift(q.To, -newestDays-features.WeekDays), shift(q.To, 1))...)
}
