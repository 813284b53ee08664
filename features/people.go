package features

import (
	"fmt"
	"slices"
	"strings"
)

// The reasons for which a user is kept out of the cohort because no customer made the events. They look at the first week only.
const (
	// OnStaffList: the team's list has the user.
	OnStaffList = "on the team's list of staff and test users"
	// StaffOrDebug: the app or the export marks the user's events as staff, debug or test.
	StaffOrDebug = "marked as staff, debug or test device"
	// ManyAccounts: more accounts signed in on one device in its first week than a family has.
	ManyAccounts = "many accounts on one device"
	// Robot: a first week of many events within seconds of the first open.
	Robot = "a first week done in seconds"
)

// manyAccounts on one device are no family; robotEvents within robotSpan after a first open are no person.
const (
	manyAccounts = 5
	robotEvents  = 20
	robotSpan    = int64(10e6)
)

// NotCustomers are the reasons that keep out whoever is no customer. What such users would have done later says nothing of customers,
// so that their labels may well be all of one kind.
var NotCustomers = []string{OnStaffList, StaffOrDebug, ManyAccounts, Robot}

// Person is whom the rows of the table alias belong to, given the people table joined as p.
func Person(alias string) string { return "COALESCE(p.person, " + alias + ".user_key)" }

// people is one row a key that stands for another user: person is the install that a reinstall, or an account, belongs to.
//
// An install is joined to the first install ever that its first account was signed in on, but only where it carries that account on
// its own first day: then no event after a user's first week can change who the users are. An account's documents belong to the
// first install that it was signed in on, where that was in the install's first week. signed_in is the instant from which this is known.
func (p Plan) people(d Dialect) string {
	account := "NULLIF(account_key, '')"
	return fmt.Sprintf(`WITH installs AS (
  SELECT user_key, MIN(ts) AS first_ts, %s AS account, MIN(CASE WHEN %s IS NOT NULL THEN ts END) AS account_ts
  FROM %s
  WHERE ts < %d AND %s
  GROUP BY user_key
), logins AS (
  SELECT user_key, account, account_ts, %s AS n, FIRST_VALUE(user_key) OVER (PARTITION BY account ORDER BY account_ts, user_key) AS person
  FROM installs WHERE account IS NOT NULL
)
SELECT user_key, person, account_ts AS signed_in FROM logins WHERE n = 0 AND user_key <> person
UNION ALL
SELECT account AS user_key, person, account_ts AS signed_in FROM logins WHERE user_key = person AND n < %d`, d.FirstValue(account, "ts", false), account,
		p.events(d), p.AsOf, p.Bound(d, "day"), d.DayDiff(d.LocalDay("account_ts", p.Zone), d.LocalDay("first_ts", p.Zone)), WeekDays)
}

// log is the rows of the events table, and of the documents where asked for, as the events of persons: a subquery of user_key and the
// given columns. Nothing at or after the as-of instant is in it.
func (p Plan) log(d Dialect, documents bool, columns ...string) string {
	own := p.logOf(d, p.events(d), "LEFT JOIN", columns)
	if !documents || p.Documents == "" {
		return "(" + own + ")"
	}
	return "(" + own + "\nUNION ALL\n" + p.logOf(d, d.Table(p.Documents), "JOIN", columns) + ")"
}

// knownFrom is a column of log: the instant from which an event is known to be the person's. A document is not before the account is.
const knownFrom = "known_ts"

func (p Plan) logOf(d Dialect, table, join string, columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		if names[i] = "r." + c; c == knownFrom {
			names[i] = "GREATEST(r.ts, COALESCE(p.signed_in, r.ts)) AS " + knownFrom
		}
	}
	return fmt.Sprintf("SELECT %s AS user_key, %s\n  FROM %s AS r %s %s AS p ON p.user_key = r.user_key\n  WHERE r.ts < %d AND %s",
		Person("r"), strings.Join(names, ", "), table, join, p.table(d, "people"), p.AsOf, p.Bound(d, "r.day"))
}

// Bound is the condition that a DATE column lies within the plan's days. Every query of a partitioned table must state it. A day more
// at either end leaves room for exports whose days are of another zone.
func (p Plan) Bound(d Dialect, column string) string {
	return fmt.Sprintf("%s BETWEEN %s AND %s", column, d.Day(p.Day(p.DataStart-daysMicros(1))), d.Day(p.Day(p.AsOf+daysMicros(1))))
}

// keptOut is the expression of the users table that says why a user is in no cohort, NULL for one who is.
func (p Plan) keptOut(d Dialect) string {
	var when []string
	rule := func(cond, reason string) { when = append(when, "WHEN "+cond+" THEN "+d.Text(reason)) }
	if p.Staff != "" {
		rule("staff = 1", OnStaffList)
	}
	rule("flags > 0", StaffOrDebug)
	rule(fmt.Sprintf("accounts >= %d", manyAccounts), ManyAccounts)
	rule(fmt.Sprintf("first_open = 1 AND events >= %d AND last_ts - first_ts < %d", robotEvents, robotSpan), Robot)
	rule(fmt.Sprintf("first_touch < %d", p.DataStart), NotNewFirstTouch)
	rule(fmt.Sprintf("first_touch IS NULL AND first_open = 0 AND %s < %d", d.DayDiff("day0", d.Day(p.Day(p.DataStart))), p.BurnIn), NotNewBurnIn)
	return "CASE " + strings.Join(when, "\n    ") + " END"
}

// NotCustomer reports whether the reason keeps out someone who is no customer.
func NotCustomer(reason string) bool { return slices.Contains(NotCustomers, reason) }
