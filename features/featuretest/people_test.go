package featuretest_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// login is an event with the account that was signed in, and its flag.
type login struct {
	features.Event
	account, flag string
}

// at is an instant of a day of January 2026 in Seoul.
func at(day int, clock string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", fmt.Sprintf("2026-01-%02d %s", day, clock), seoul)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

var seoul = time.FixedZone("KST", 9*3600)

func visit(user string, day int, clock, account string) login {
	return login{Event: features.Event{User: user, Time: at(day, clock), Name: "open"}, account: account}
}

// peoplePlan is of January, as of its end, with the documents and the staff list.
func peoplePlan() features.Plan {
	return features.Plan{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.Label{Visits: 1, Gap: 7, Horizon: 7, Unit: features.VisitDays},
		AsOf: at(31, "00:00:00"), DataStart: at(1, "00:00:00"), Documents: "documents", Staff: "staff",
	}
}

// loadLogins puts the events, and documents, into a warehouse in memory.
func loadLogins(t *testing.T, events, documents []login) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	var loads []warehouse.DayLoad
	for table, all := range map[string][]login{"events": events, "documents": documents} {
		days := map[string][][]any{}
		for _, e := range all {
			day := time.UnixMicro(e.Time).In(seoul).Format(time.DateOnly)
			row := featuretest.EventRow(day, e.Event, true)
			row[warehouse.Events.Index("account_key")], row[warehouse.Events.Index("flag")] = e.account, e.flag
			days[day] = append(days[day], row)
		}
		target := warehouse.Events
		if table == "documents" {
			target = warehouse.Documents
		}
		for day, rows := range days {
			loads = append(loads, warehouse.DayLoad{Table: target, Day: day, Rows: slices.Values(rows)})
		}
	}
	if err := w.ReplaceDays(t.Context(), loads); err != nil {
		t.Fatal(err)
	}
	return w
}

func runSteps(ctx context.Context, t *testing.T, w *warehouse.Warehouse, steps []features.Step) {
	t.Helper()
	for _, s := range steps {
		if err := w.Exec(ctx, s.SQL); err != nil {
			t.Fatalf("make %s: %v\n%s", s.Table, err, s.SQL)
		}
	}
}

// pairs reads two columns of text.
func pairs(t *testing.T, w *warehouse.Warehouse, query string) map[string]string {
	t.Helper()
	columns, err := w.ReadColumns(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, key := range columns[0].Text {
		out[key] = columns[1].Text[i]
	}
	return out
}

func TestReinstallsAreOnePerson(t *testing.T) {
	w := loadLogins(t, []login{
		// kim installs, signs in on day 2, and reinstalls twice: signed in at once, and on the next day only.
		visit("kim-1", 2, "09:00:00", ""), visit("kim-1", 4, "09:00:00", "kim"),
		visit("kim-2", 12, "23:00:00", ""), visit("kim-2", 12, "23:30:00", "kim"),
		visit("kim-3", 14, "23:59:00", ""), visit("kim-3", 15, "00:01:00", "kim"),
		// lee signs in only on day 8: what the account's documents say of the first week is not known by its end.
		visit("lee-1", 2, "10:00:00", ""), visit("lee-1", 10, "10:00:00", "lee"),
		// park lends the phone to jung after signing in: the first account counts.
		visit("park-1", 3, "08:00:00", "park"), visit("park-1", 4, "08:00:00", "jung"),
	}, nil)
	runSteps(t.Context(), t, w, peoplePlan().Cohort(features.DuckDB{}))
	want := map[string]string{"kim": "kim-1", "kim-2": "kim-1", "park": "park-1"}
	if diff := cmp.Diff(want, pairs(t, w, "SELECT user_key, person FROM people")); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	days := map[string]string{"kim-1": "2026-01-02", "kim-3": "2026-01-14", "lee-1": "2026-01-02", "park-1": "2026-01-03"}
	if diff := cmp.Diff(days, pairs(t, w, "SELECT user_key, day0 FROM users")); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	// The reinstall on the 12th is kim's visit in the label window.
	if got := pairs(t, w, "SELECT user_key, CAST(visits AS VARCHAR) FROM labels")["kim-1"]; got != "1" {
		t.Errorf("kim has %s visits in the label window, want 1", got)
	}
}

func TestDocumentsCountFromTheirOwnTime(t *testing.T) {
	document := func(account string, day int, name string, params map[string]float64) login {
		return login{Event: features.Event{User: account, Time: at(day, "12:00:00"), Name: name, Params: params}}
	}
	w := loadLogins(t, []login{visit("kim-1", 2, "09:00:00", "kim"), visit("lee-1", 2, "10:00:00", "")}, []login{
		document("kim", 4, features.MeetingDocument, nil), document("kim", 9, features.MeetingDocument, nil),
		document("kim", 3, features.ProfileSnapshot, map[string]float64{"friends": 2}),
		document("kim", 8, features.ProfileSnapshot, map[string]float64{"friends": 5}),
		// By day 7 there are more, and nobody knows lee's account.
		document("kim", 9, features.ProfileSnapshot, map[string]float64{"friends": 90}),
		document("lee", 3, features.ProfileSnapshot, map[string]float64{"friends": 7}),
	})
	plan := peoplePlan()
	friends := features.Total{Of: features.Filter{Events: []string{features.ProfileSnapshot}}, Param: "friends", How: "last"}
	set := &features.Set{Zone: plan.Zone, Background: plan.Background, Label: plan.Label, Features: []features.Feature{
		{Name: "friends", Kind: features.Number, Expr: friends},
		{Name: "meetings", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{features.MeetingDocument}}}},
		{Name: "visit_days", Kind: features.Number, Expr: features.Days{}},
	}}
	runSteps(t.Context(), t, w, append(plan.Cohort(features.DuckDB{}), plan.Features(features.DuckDB{}, set)))
	want := map[string]string{"kim-1": "5.0/1/1", "lee-1": "-/0/1"}
	got := pairs(t, w, "SELECT user_key, COALESCE(CAST(friends AS VARCHAR), '-') || '/' || meetings || '/' || visit_days FROM features")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
}

func TestWhoIsNoCustomerIsKeptOut(t *testing.T) {
	var events []login
	add := func(user string, more ...login) {
		open := visit(user, 3, "09:00:00", "")
		open.Name = "first_open"
		events = append(append(events, open), more...)
	}
	add("customer", visit("customer", 3, "09:00:05", ""))
	debug := visit("debug", 3, "09:00:05", "")
	debug.flag = warehouse.FlagDebug
	add("debug", debug)
	// Flagged after the first week only: whether to keep the user out may not depend on it.
	later := visit("later", 20, "09:00:00", "")
	later.flag = warehouse.FlagDebug
	add("later", later)
	for i := range 5 {
		add(fmt.Sprintf("tester-%d", i))
		events = append(events, visit("tester", 4, fmt.Sprintf("09:00:%02d", i), fmt.Sprintf("account-%d", i)))
	}
	for i := range 25 {
		events = append(events, visit("robot", 3, fmt.Sprintf("09:00:%02d", i/5), ""), visit("eager", 3, fmt.Sprintf("09:%02d:00", i), ""))
	}
	add("robot")
	add("eager")
	add("staff")
	add("boss", visit("boss", 3, "10:00:00", "boss-account"))
	w := loadLogins(t, events, nil)
	for _, key := range []string{"staff", "boss-account", "boss"} {
		if err := w.Exec(t.Context(), "INSERT INTO staff VALUES (?, 'team')", key); err != nil {
			t.Fatal(err)
		}
	}
	runSteps(t.Context(), t, w, peoplePlan().Cohort(features.DuckDB{}))
	want := map[string]string{
		"debug": features.StaffOrDebug, "tester": features.ManyAccounts, "robot": features.Robot, "staff": features.OnStaffList,
		"boss": features.OnStaffList,
	}
	if diff := cmp.Diff(want, pairs(t, w, "SELECT user_key, excluded FROM users WHERE excluded IS NOT NULL")); diff != "" {
		t.Errorf("kept out (-want +got):\n%s", diff)
	}
}

// TestPeopleSeeNoFuture selects among random installs and accounts, and again with everything after each user's day 6 taken away: the
// same users, for all that accounts and reinstalls overlap.
func TestPeopleSeeNoFuture(t *testing.T) {
	const seed, worlds = 7, 40
	t.Logf("seed %d, %d worlds", seed, worlds)
	rng := rand.New(rand.NewPCG(seed, 0))
	joined := 0
	for range worlds {
		var events []login
		for i := range 12 {
			user, first := fmt.Sprintf("install-%02d", i), 1+rng.IntN(14)
			for range 1 + rng.IntN(6) {
				account := ""
				if rng.IntN(2) == 0 {
					account = fmt.Sprintf("account-%d", rng.IntN(4))
				}
				events = append(events, visit(user, first+rng.IntN(16), fmt.Sprintf("%02d:00:00", rng.IntN(24)), account))
			}
		}
		w := loadLogins(t, events, nil)
		plan := peoplePlan()
		runSteps(t.Context(), t, w, plan.Cohort(features.DuckDB{}))
		joined += len(pairs(t, w, "SELECT user_key, person FROM people WHERE user_key LIKE 'install%'"))
		cut := plan
		cut.Events, cut.Prefix = "cut_events", "cut_"
		runSteps(t.Context(), t, w, []features.Step{{Table: "cut_events", SQL: plan.CutEvents(features.DuckDB{}, "cut_events")}})
		runSteps(t.Context(), t, w, cut.Selection(features.DuckDB{}))
		all, left := pairs(t, w, "SELECT user_key, day0 FROM users"), pairs(t, w, "SELECT user_key, day0 FROM cut_users")
		if diff := cmp.Diff(all, left); diff != "" {
			t.Fatalf("%d users; the future selects (-all +cut):\n%s\nevents: %v", len(all), diff, slices.Sorted(maps.Keys(all)))
		}
	}
	if joined < worlds {
		t.Errorf("only %d reinstalls in %d worlds: the test looks at too few", joined, worlds)
	}
}
