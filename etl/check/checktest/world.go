package checktest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/check"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The size of the world: 40 users in four groups of ten, of which one comes on each of 16 days.
const (
	days, users, groups = 16, 40, 4
	dayMicros           = int64(86400e6)
)

// world is a small warehouse in which every check answers 0. Its rows are SQL literals, which both dialects read alike.
type world struct {
	events   []event
	ledger   []day
	users    []user
	userDays []userDay
	labels   []label
	// missing is how many of the users have no value of the feature opens, featureless how many more have no row of features at all;
	// probability is the one of a score.
	missing     int
	featureless int
	probability string
	// without are tables that are not made.
	without map[string]bool
	options check.Options
}

type event struct{ day, user, ts, name, engaged, flag, account, channel string }

type day struct {
	day, source      string
	rows, start, end int64
}

type user struct{ user, day0, excluded string }

type userDay struct {
	user, day string
	sessions  int
}

type label struct {
	user, day0, revisit string
	visits              int
	young               bool
}

// dayOf is day n of March 2026, startOf its first microsecond in UTC, the zone of the world.
func dayOf(n int) string { return fmt.Sprintf("2026-03-%02d", n) }

func startOf(n int) int64 { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC).UnixMicro() }

func key(n int) string { return fmt.Sprintf("%032x", n+1) }

func text(s string) string { return "'" + s + "'" }

// now is an hour after the last day ended.
func now() int64 { return startOf(days+1) + dayMicros/24 }

func newWorld() *world {
	w := &world{probability: "0.5", without: map[string]bool{}, options: check.Options{Bounds: check.Bounds{
		From: dayOf(1), To: dayOf(days), Now: now(), Zone: "UTC", Missing: map[string]float64{"opens": 0},
	}}}
	for n := 1; n <= days; n++ {
		w.ledger = append(w.ledger, day{day: dayOf(n), source: "ga4/daily", rows: users / groups, start: startOf(n), end: startOf(n + 1)})
		for u := n % groups; u < users; u += groups {
			w.events = append(w.events, event{
				day: dayOf(n), user: text(key(u)), ts: fmt.Sprint(startOf(n) + int64(u)*1e6), name: "'open'", engaged: "10", flag: "NULL",
				account: "NULL", channel: "'Referral'",
			})
			w.userDays = append(w.userDays, userDay{user: key(u), day: dayOf(n), sessions: 1})
		}
	}
	for u := range users {
		day0 := dayOf((u-1+groups)%groups + 1)
		w.users = append(w.users, user{user: key(u), day0: day0, excluded: "NULL"})
		w.labels = append(w.labels, label{user: key(u), day0: day0, visits: days/groups - 1, revisit: fmt.Sprint(u%2 == 0)})
	}
	return w
}

// plan are the tables that a training run makes, as far as the checks read them.
var plan = []warehouse.Table{
	{Name: "users", Partition: "day0", Columns: []warehouse.Column{
		{Name: "user_key", Type: warehouse.String}, {Name: "day0", Type: warehouse.Date}, {Name: "excluded", Type: warehouse.String},
	}},
	{Name: "user_days", Partition: "day", Columns: []warehouse.Column{
		{Name: "user_key", Type: warehouse.String}, {Name: "day", Type: warehouse.Date}, {Name: "sessions", Type: warehouse.Int64},
	}},
	{Name: "labels", Partition: "day0", Columns: []warehouse.Column{
		{Name: "user_key", Type: warehouse.String},
		{Name: "day0", Type: warehouse.Date},
		{Name: "visits", Type: warehouse.Int64},
		{Name: "revisit", Type: warehouse.Bool},
		{Name: "week_over", Type: warehouse.Bool},
	}},
	{Name: "features", Columns: []warehouse.Column{
		{Name: "user_key", Type: warehouse.String}, {Name: "opens", Type: warehouse.Int64},
	}},
}

// write puts the world into an empty warehouse.
func (w *world) write(ctx context.Context, wh *warehouse.Warehouse) error {
	for _, t := range plan {
		if w.without[t.Name] {
			continue
		}
		if err := wh.Create(ctx, t); err != nil {
			return err
		}
	}
	var statements []warehouse.Statement
	insert := func(table, columns string, rows []string) {
		if len(rows) > 0 && !w.without[table] {
			statements = append(statements, warehouse.Statement{
				SQL: "INSERT INTO " + table + " (" + columns + ") VALUES\n" + strings.Join(rows, ",\n"),
			})
		}
	}
	insert("events", "day, user_key, ts, name, engaged_ms, flag, account_key, channel", literals(w.events, func(e event) string {
		return fmt.Sprintf("(DATE '%s', %s, %s, %s, %s, %s, %s, %s)", e.day, e.user, e.ts, e.name, e.engaged, e.flag, e.account, e.channel)
	}))
	insert("ledger", "table_name, day, source, fingerprint, rows_loaded, duplicates, quarantined, data_start, data_end, run_id, loaded_at, simulated",
		literals(w.ledger, func(d day) string {
			return fmt.Sprintf("('events', DATE '%s', '%s', 'f', %d, 0, 0, %d, %d, 'run', 0, FALSE)", d.day, d.source, d.rows, d.start, d.end)
		}))
	insert("users", "user_key, day0, excluded", literals(w.users, func(u user) string {
		return fmt.Sprintf("('%s', DATE '%s', %s)", u.user, u.day0, u.excluded)
	}))
	insert("user_days", "user_key, day, sessions", literals(w.userDays, func(u userDay) string {
		return fmt.Sprintf("('%s', DATE '%s', %d)", u.user, u.day, u.sessions)
	}))
	insert("labels", "user_key, day0, visits, revisit, week_over", literals(w.labels, func(l label) string {
		return fmt.Sprintf("('%s', DATE '%s', %d, %s, %t)", l.user, l.day0, l.visits, l.revisit, !l.young)
	}))
	insert("features", "user_key, opens", w.features())
	insert("scores", "day, user_key, as_of, day0, days_known, probability, model, version", []string{
		fmt.Sprintf("(DATE '%s', '%s', 0, DATE '%s', 7, %s, 'm', '1')", dayOf(days), key(0), dayOf(1), w.probability),
	})
	return wh.Transact(ctx, statements...)
}

func literals[T any](rows []T, literal func(T) string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = literal(r)
	}
	return out
}

func (w *world) features() []string {
	var rows []string
	for u := range users - w.featureless {
		value := "1"
		if u < w.missing {
			value = "NULL"
		}
		rows = append(rows, fmt.Sprintf("('%s', %s)", key(u), value))
	}
	return rows
}
