package features

import (
	"fmt"
	"strings"
	"time"
)

// Plan makes the tables of a training or scoring run inside the warehouse: people, user_days, users, first_week, labels and features,
// in this order. It holds all they depend on; the same plan over the same events gives the same tables.
type Plan struct {
	// Events is the table to read, "" for events. Prefix is put before the names of the tables made.
	Events, Prefix string
	// Documents is the table of what the app's database says, Staff that of users kept out; "" for none.
	Documents, Staff string
	// Zone is the app's time zone.
	Zone string
	// Background lists the events that make no visit.
	Background []string
	// Label is the revisit rule.
	Label Label
	// AsOf is the instant, in microseconds UTC, at and after which nothing is visible.
	AsOf int64
	// DataStart is the instant at which the data begins, in microseconds UTC.
	DataStart int64
	// BurnIn is how many days must lie between the data's start and day 0 of a user who is not known to be new.
	BurnIn int
}

// Step is one table to make: its name and the statement.
type Step struct {
	Table, SQL string
}

// The reasons for which a user is kept out of the cohort, as the users table has them.
const (
	// NotNewFirstTouch: the export says that the user first came before the data begins.
	NotNewFirstTouch = "first touch before the data begins"
	// NotNewBurnIn: nothing says that the user is new, and the data is too young on day 0 to tell.
	NotNewBurnIn = "first seen during the burn-in"
)

// Validate reports a plan that cannot be run.
func (p Plan) Validate() error {
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
		return fmt.Errorf("time zone %q is unknown; use an IANA name such as Asia/Seoul or UTC", p.Zone)
	}
	if p.AsOf <= p.DataStart {
		return fmt.Errorf("the as-of instant is not after the start of the data")
	}
	if p.BurnIn < 0 {
		return fmt.Errorf("burn-in is %d days; it cannot be negative", p.BurnIn)
	}
	return p.Label.Validate()
}

// Cohort are the statements that make people, user_days, users, first_week and labels.
func (p Plan) Cohort(d Dialect) []Step {
	return append(p.Selection(d), p.step(d, "first_week", byDay0, p.firstWeek(d)), p.step(d, "labels", byDay0, p.labels(d)))
}

// Selection are the statements that decide who is in the cohort, and nothing else.
func (p Plan) Selection(d Dialect) []Step {
	return []Step{
		p.step(d, "people", byUser, p.people(d)),
		p.step(d, "user_days", Layout{Partition: "day", Cluster: []string{"user_key"}}, p.userDays(d)),
		p.step(d, "users", byDay0, p.users(d)),
	}
}

// The layouts of tables of users: features has no day of its own.
var (
	byUser = Layout{Cluster: []string{"user_key"}}
	byDay0 = Layout{Partition: "day0", Cluster: []string{"user_key"}}
)

// Features is the statement that makes the features table: user_key and one column a feature, for every new user.
func (p Plan) Features(d Dialect, s *Set) Step { return p.FeaturesInto(d, s, "features") }

// FeaturesInto makes the features under another table name, to hold two sets side by side.
func (p Plan) FeaturesInto(d Dialect, s *Set, table string) Step {
	return p.featuresFrom(d, s, table, p.table(d, "first_week"))
}

func (p Plan) featuresFrom(d Dialect, s *Set, table, week string) Step {
	columns := []string{"user_key"}
	for _, f := range s.Features {
		columns = append(columns, f.sql(d)+" AS "+d.Ident(f.Name))
	}
	return p.step(d, table, byUser, "SELECT "+strings.Join(columns, ",\n  ")+
		"\nFROM "+week+"\nWHERE "+p.Bound(d, "day0")+"\nGROUP BY user_key")
}

func (f Feature) sql(d Dialect) string {
	if len(f.Absent) == 0 {
		return f.Expr.sql(d)
	}
	list := textList(d, f.Absent)
	return fmt.Sprintf("CASE WHEN %s > 0 AND %s = 0 THEN NULL ELSE %s END", d.CountIf("NULLIF(app_version, '') IN ("+list+")"),
		d.CountIf("NULLIF(app_version, '') NOT IN ("+list+")"), f.Expr.sql(d))
}

func (p Plan) step(d Dialect, name string, l Layout, query string) Step {
	return Step{Table: p.Prefix + name, SQL: d.Create(p.Prefix+name, l, query)}
}

func (p Plan) table(d Dialect, name string) string { return d.Table(p.Prefix + name) }

func (p Plan) events(d Dialect) string {
	if p.Events == "" {
		return d.Table("events")
	}
	return d.Table(p.Events)
}

// foreground is the condition that the event of that name column is a visit.
func (p Plan) foreground(d Dialect, column string) string {
	if len(p.Background) == 0 {
		return "TRUE"
	}
	return column + " NOT IN (" + textList(d, p.Background) + ")"
}

// userDays is one row a user and visit day. sessions counts the sessions that began on the day.
func (p Plan) userDays(d Dialect) string {
	return fmt.Sprintf(`SELECT user_key, day, COUNT(*) AS events, SUM(starts) AS sessions, SUM(engaged_ms) AS engaged_ms,
  COUNT(DISTINCT NULLIF(screen, '')) AS screens, MIN(ts) AS first_ts, MAX(ts) AS last_ts
FROM (
  SELECT user_key, ts, screen, COALESCE(engaged_ms, 0) AS engaged_ms, %s AS day,
    CASE WHEN ts - LAG(ts) OVER (PARTITION BY user_key ORDER BY ts) <= %d THEN 0 ELSE 1 END AS starts
  FROM %s AS e
  WHERE %s
) AS visits
GROUP BY user_key, day`, d.LocalDay("ts", p.Zone), sessionGap, p.log(d, false, "ts", "name", "screen", "engaged_ms"), p.foreground(d, "name"))
}

// users is one row a user, with the reason why a user is not in the cohort. Nothing after the first week is read.
func (p Plan) users(d Dialect) string {
	staff, join := "0", ""
	if p.Staff != "" {
		staff, join = "CASE WHEN MAX(s.user_key) IS NULL THEN 0 ELSE 1 END", "\n  LEFT JOIN "+p.staff(d)+" AS s ON s.user_key = v.user_key"
	}
	foreground := p.foreground(d, "e.name")
	return fmt.Sprintf(`WITH first_visit AS (
  SELECT user_key, MIN(day) AS day0, MIN(first_ts) AS first_ts FROM %s WHERE %s GROUP BY user_key
), seen AS (
  SELECT v.user_key, v.day0, v.first_ts, MIN(NULLIF(e.first_touch, 0)) AS first_touch,
    MAX(CASE WHEN e.name IN (%s) THEN 1 ELSE 0 END) AS first_open, %s AS flags, COUNT(DISTINCT NULLIF(e.account_key, '')) AS accounts,
    %s AS events, MAX(CASE WHEN %s THEN e.ts END) AS last_ts, %s AS staff
  FROM first_visit AS v JOIN %s AS e ON e.user_key = v.user_key%s
  WHERE e.ts < v.first_ts + %d AND %s < %d
  GROUP BY v.user_key, v.day0, v.first_ts
)
SELECT user_key, day0, first_ts, first_touch, first_open, %s AS excluded
FROM seen`, p.table(d, "user_days"), p.Bound(d, "day"), textList(d, FirstOpens), d.CountIf("NULLIF(e.flag, '') IS NOT NULL"),
		d.CountIf(foreground), foreground, staff, p.log(d, false, "ts", "name", "first_touch", "account_key", "flag"), join,
		daysMicros(WeekDays+2), d.DayDiff(d.LocalDay("e.ts", p.Zone), "v.day0"), WeekDays, p.keptOut(d))
}

// firstWeek is one row an event of a new user's first week, with the columns that expressions read, and the day from which it is known.
func (p Plan) firstWeek(d Dialect) string {
	return fmt.Sprintf(`WITH placed AS (
  SELECT e.user_key, u.day0, u.first_ts, e.ts, e.name, e.screen, COALESCE(e.engaged_ms, 0) AS engaged_ms, e.platform, e.device,
    e.language, e.country, e.app_version, e.channel, e.params, %s AS foreground, %s AS n, %s AS known
  FROM %s AS e JOIN %s AS u ON u.user_key = e.user_key
  WHERE u.excluded IS NULL AND %s AND e.ts < u.first_ts + %d AND e.ts >= u.first_ts - %d
), gaps AS (
  SELECT *, CASE WHEN ts - LAG(ts) OVER (PARTITION BY user_key, foreground ORDER BY ts) <= %d THEN 0 ELSE 1 END AS starts
  FROM placed WHERE n BETWEEN 0 AND %d
)
SELECT user_key, day0, first_ts, ts, n, name, screen, engaged_ms, platform, device, language, country, app_version, channel, params,
  foreground, %s AS hour, %s AS weekday, LEAST(%d, %s) AS last_day,
  CASE WHEN foreground THEN SUM(starts) OVER (PARTITION BY user_key, foreground ORDER BY ts) END AS session, known
FROM gaps`, p.foreground(d, "e.name"), d.DayDiff(d.LocalDay("e.ts", p.Zone), "u.day0"), d.DayDiff(d.LocalDay("e."+knownFrom, p.Zone), "u.day0"),
		p.log(d, true, weekColumns...), p.table(d, "users"), p.Bound(d, "u.day0"), daysMicros(WeekDays+2), daysMicros(2), sessionGap, WeekDays-1,
		d.Hour("ts", p.Zone), d.Weekday("ts", p.Zone), WeekDays-1, d.DayDiff(d.Day(p.Day(p.AsOf-1)), "day0"))
}

// staff are the persons behind the keys on the list, each once.
func (p Plan) staff(d Dialect) string {
	return fmt.Sprintf("(SELECT DISTINCT %s AS user_key FROM %s AS r LEFT JOIN %s AS p ON p.user_key = r.user_key)", Person("r"),
		d.Table(p.Staff), p.table(d, "people"))
}

// weekColumns are what firstWeek reads of an event.
var weekColumns = []string{
	"ts", "name", "screen", "engaged_ms", "platform", "device", "language", "country", "app_version", "channel", "params",
	knownFrom,
}

// labels is one row a new user. revisit is NULL until the whole label window lies before the as-of instant.
func (p Plan) labels(d Dialect) string {
	one := "1"
	if p.Label.Unit == VisitSessions {
		one = "d.sessions"
	}
	visits := fmt.Sprintf("SUM(CASE WHEN %s BETWEEN %d AND %d THEN %s ELSE 0 END)", d.DayDiff("d.day", "u.day0"), p.Label.Gap, p.Label.LastDay(), one)
	age := d.DayDiff(d.Day(p.Day(p.AsOf)), "day0")
	return fmt.Sprintf(`SELECT user_key, day0, visits, CASE WHEN %s > %d THEN visits >= %d END AS revisit, %s >= %d AS week_over
FROM (
  SELECT u.user_key, u.day0, %s AS visits
  FROM %s AS u JOIN %s AS d ON d.user_key = u.user_key
  WHERE u.excluded IS NULL AND %s AND %s
  GROUP BY u.user_key, u.day0
) AS counted`, age, p.Label.LastDay(), p.Label.Visits, age, WeekDays, visits, p.table(d, "users"), p.table(d, "user_days"),
		p.Bound(d, "u.day0"), p.Bound(d, "d.day"))
}

// Rules counts users by their visits for label windows of 2 to 8 weeks, to show how the base rate moves with the rule.
// Columns: weeks, visits, users. Only users whose whole window lies before the as-of instant count.
func (p Plan) Rules(d Dialect) string {
	var parts []string
	for weeks := 2; weeks <= 8; weeks++ {
		rule := p
		rule.Label.Horizon = 7 * weeks
		parts = append(parts, fmt.Sprintf("SELECT %d AS weeks, visits, COUNT(*) AS users FROM (%s) AS w%d WHERE revisit IS NOT NULL GROUP BY visits",
			weeks, rule.labels(d), weeks))
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

// Day is the local calendar day of an instant, as YYYY-MM-DD.
func (p Plan) Day(micros int64) string {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		panic("features: plan was not validated: " + err.Error())
	}
	return time.UnixMicro(micros).In(zone).Format(time.DateOnly)
}

func daysMicros(days int) int64 { return int64(days) * 86400e6 }

// CutEvents is the statement that copies the events without those after each user's day 6. Selecting from the copy must give the same
// users: the leakage check holds the selection to that.
func (p Plan) CutEvents(d Dialect, table string) string {
	return d.Create(table, Layout{Partition: "day"}, fmt.Sprintf(`SELECT e.* FROM %s AS e LEFT JOIN %s AS p ON p.user_key = e.user_key
JOIN %s AS u ON u.user_key = %s
WHERE e.ts < %d AND %s AND %s AND %s < %d`, p.events(d), p.table(d, "people"), p.table(d, "users"), Person("e"), p.AsOf,
		p.Bound(d, "e.day"), p.Bound(d, "u.day0"), d.DayDiff(d.LocalDay("e.ts", p.Zone), "u.day0"), WeekDays))
}

// DayNumber is the local calendar day of an instant, in days since 1970-01-01.
func (p Plan) DayNumber(micros int64) int {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		panic("features: plan was not validated: " + err.Error())
	}
	day, _, _ := civilDay(micros, zone)
	return day
}

// ExcludedLabels reads, for each user kept out of the cohort whose label would be known, the reason and the label (0 or 1).
// The leakage check holds the reasons to keeping out more than one kind.
func (p Plan) ExcludedLabels(d Dialect) string {
	labels := strings.Replace(p.labels(d), "u.excluded IS NULL", "u.excluded IS NOT NULL", 1)
	return fmt.Sprintf("SELECT u.excluded AS reason, CASE WHEN l.revisit THEN 1 ELSE 0 END AS revisit FROM (%s) AS l JOIN %s AS u "+
		"ON u.user_key = l.user_key WHERE l.revisit IS NOT NULL AND %s", labels, p.table(d, "users"), p.Bound(d, "u.day0"))
}

// Retention counts new users by day 0 and by the week after it in which they came again. Columns: day0 (days since 1970-01-01), week
// (0 is the first week), users.
func (p Plan) Retention(d Dialect) string {
	return fmt.Sprintf(`SELECT %s AS day0, FLOOR(%s / 7) AS week, COUNT(DISTINCT u.user_key) AS users
FROM %s AS u JOIN %s AS v ON v.user_key = u.user_key
WHERE u.excluded IS NULL AND %s AND %s
GROUP BY 1, 2 ORDER BY 1, 2`, d.DayDiff("u.day0", d.Day("1970-01-01")), d.DayDiff("v.day", "u.day0"),
		p.table(d, "users"), p.table(d, "user_days"), p.Bound(d, "u.day0"), p.Bound(d, "v.day"))
}
