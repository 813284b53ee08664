package forget_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/forget"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

var (
	secret = []byte("0123456789abcdef0123456789abcdef")
	now    = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
)

func open(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func key(id string) string { return source.UserKey(secret, id) }

// keysOf are the keys of the raw ids.
func keysOf(t *testing.T, ids ...string) []string {
	t.Helper()
	keys, err := forget.ReadKeys(strings.NewReader(strings.Join(ids, "\n")), secret, false)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// use is one event on an install, on the first day unless it says another, under an account or none.
type use struct{ install, account, day string }

// house is a warehouse with the events, one document an account, one user and one score an install.
func house(t *testing.T, uses ...use) *warehouse.Warehouse {
	t.Helper()
	w := open(t)
	exec := func(sql string, args ...any) {
		if err := w.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i, u := range uses {
		account := any(nil)
		if u.account != "" {
			account = key(u.account)
		}
		if u.day == "" {
			u.day = "2026-03-01"
		}
		exec("INSERT INTO events (day, user_key, ts, name, account_key) VALUES (CAST(? AS DATE), ?, ?, 'open', ?)", u.day, key(u.install),
			int64(i), account)
	}
	exec("INSERT INTO documents (day, user_key, ts, name) SELECT DISTINCT DATE '2026-03-02', account_key, 1, 'meeting_document' FROM events " +
		"WHERE account_key IS NOT NULL")
	exec("INSERT INTO scores (day, user_key, probability) SELECT DISTINCT DATE '2026-03-09', user_key, 0.5 FROM events")
	exec("INSERT INTO staff (user_key, reason) SELECT DISTINCT user_key, 'test device' FROM events")
	exec("CREATE TABLE users AS SELECT user_key, MIN(day) AS day0 FROM events GROUP BY user_key")
	exec("CREATE TABLE people AS SELECT DISTINCT account_key AS user_key, user_key AS person FROM events WHERE account_key IS NOT NULL")
	return w
}

// left counts the rows of the table that are left by install or account.
func left(t *testing.T, w *warehouse.Warehouse, table string, ids ...string) map[string]int {
	t.Helper()
	columns, err := w.ReadColumns(t.Context(), "SELECT user_key FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, k := range columns[0].Text {
		for _, id := range ids {
			if key(id) == k {
				out[id]++
			}
		}
	}
	return out
}

func run(t *testing.T, w *warehouse.Warehouse, opt forget.Options) forget.Result {
	t.Helper()
	opt.Now = now
	r, err := forget.Run(t.Context(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhoIsForgotten(t *testing.T) {
	family := []use{
		{install: "phone", account: "ada"},
		{install: "phone"},
		{install: "new phone", account: "ada"},
		{install: "tablet", account: "ada"},
		{install: "tablet", account: "bob"},
		{install: "tablet"},
		{install: "bob's", account: "bob"},
		{install: "other"},
	}
	everywhere := []string{"phone", "new phone", "tablet", "bob's", "other", "ada", "bob"}
	for _, tt := range []struct {
		name            string
		asked           []string
		events, scores  map[string]int
		documents       map[string]int
		shared, unknown int
	}{
		{
			name: "an account", asked: []string{"ada"}, shared: 1,
			events: map[string]int{"tablet": 2, "bob's": 1, "other": 1}, scores: map[string]int{"bob's": 1, "other": 1}, documents: map[string]int{"bob": 1},
		},
		{
			name: "an install and through its only account the rest", asked: []string{"phone"}, shared: 1,
			events: map[string]int{"tablet": 2, "bob's": 1, "other": 1}, scores: map[string]int{"bob's": 1, "other": 1}, documents: map[string]int{"bob": 1},
		},
		{
			name: "a shared install and nothing through it", asked: []string{"tablet"},
			events:    map[string]int{"phone": 2, "new phone": 1, "bob's": 1, "other": 1},
			scores:    map[string]int{"phone": 1, "new phone": 1, "bob's": 1, "other": 1},
			documents: map[string]int{"ada": 1, "bob": 1},
		},
		{
			name: "the family", asked: []string{"ada", "bob"}, events: map[string]int{"other": 1}, scores: map[string]int{"other": 1},
			documents: map[string]int{},
		},
		{
			name: "an install without an account, and a stranger", asked: []string{"other", "stranger"}, unknown: 1,
			events:    map[string]int{"phone": 2, "new phone": 1, "tablet": 3, "bob's": 1},
			scores:    map[string]int{"phone": 1, "new phone": 1, "tablet": 1, "bob's": 1},
			documents: map[string]int{"ada": 1, "bob": 1},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := house(t, family...)
			r := run(t, w, forget.Options{Keys: keysOf(t, tt.asked...)})
			for table, want := range map[string]map[string]int{"events": tt.events, "scores": tt.scores, "documents": tt.documents} {
				if diff := cmp.Diff(want, left(t, w, table, everywhere...)); diff != "" {
					t.Errorf("%s left (-want +got):\n%s", table, diff)
				}
			}
			if r.Shared != tt.shared || r.Unknown != tt.unknown || r.Asked != len(tt.asked) {
				t.Errorf("%d shared, %d unknown, %d asked in %+v", r.Shared, r.Unknown, r.Asked, r)
			}
		})
	}
}

func TestManyAccountsAreNoFamily(t *testing.T) {
	var uses []use
	for i := range 5 {
		uses = append(uses, use{install: "kiosk", account: fmt.Sprintf("visitor %d", i)})
	}
	w := house(t, append(uses, use{install: "kiosk"})...)
	r := run(t, w, forget.Options{Keys: keysOf(t, "visitor 0", "visitor 1", "visitor 2", "visitor 3", "visitor 4")})
	if got := left(t, w, "events", "kiosk"); got["kiosk"] != 1 || r.Shared != 1 {
		t.Errorf("left %v, shared %d: want the event that no visitor made", got, r.Shared)
	}
}

func TestAuditTellsWhatWasErasedAndNotWho(t *testing.T) {
	w := house(t, use{install: "phone", account: "ada"}, use{install: "phone"}, use{install: "other"})
	keys := keysOf(t, "ada", "phone", "ada")
	r := run(t, w, forget.Options{Keys: keys})
	want := []forget.Erased{
		{Table: "documents", Users: 1, Rows: 1},
		{Table: "events", Users: 1, Rows: 2},
		{Table: "people", Users: 1, Rows: 1},
		{Table: "scores", Users: 1, Rows: 1},
		{Table: "staff", Users: 1, Rows: 1},
		{Table: "users", Users: 1, Rows: 1},
	}
	if diff := cmp.Diff(want, r.Tables); diff != "" || r.Rows() != 7 {
		t.Errorf("%d rows, erased (-want +got):\n%s", r.Rows(), diff)
	}
	columns, err := w.ReadColumns(t.Context(), "SELECT request, table_name, erased_at FROM erasures")
	if err != nil {
		t.Fatal(err)
	}
	for i, request := range columns[0].Text {
		if request != r.Request || columns[2].Numbers[i] != float64(now.UnixMicro()) {
			t.Errorf("row %d: request %q, want %q, at %v", i, request, r.Request, columns[2].Numbers[i])
		}
	}
	if text := fmt.Sprint(columns, r); strings.Contains(text, keys[0]) || strings.Contains(text, keys[1]) {
		t.Error("the audit or the result holds a key")
	}
	again := run(t, w, forget.Options{Keys: keys})
	if again.Request != r.Request || len(again.Tables) != len(r.Tables) || again.Unknown != 2 {
		t.Errorf("the same request at the same instant: %+v", again)
	}
	if columns, err := w.ReadColumns(t.Context(), "SELECT COUNT(*) FROM erasures"); err != nil || columns[0].Numbers[0] != 6 {
		t.Errorf("the audit grew though nothing was erased: %+v, %v", columns, err)
	}
	if tables, err := w.Tables(t.Context(), "", "erasing"); err != nil || len(tables) != 0 {
		t.Errorf("left behind: %v, %v", tables, err)
	}
}

func TestModelsToTrainAnew(t *testing.T) {
	w := house(t, use{install: "phone", account: "ada", day: "2026-03-05"}, use{install: "other", day: "2026-02-01"},
		use{install: "other", day: "2026-03-20"})
	versions := []forget.Version{
		{Model: "revisit", Version: "b", First: "2026-03-05", Last: "2026-03-31"},
		{Model: "revisit", Version: "a", First: "2026-01-01", Last: "2026-03-05"},
		{Model: "revisit", Version: "c", First: "2026-03-06", Last: "2026-03-31"},
		{Model: "revisit", Version: "d", First: "2026-01-01", Last: "2026-03-04"},
		{Model: "early", Version: "x"},
	}
	var got []string
	for _, v := range run(t, w, forget.Options{Keys: keysOf(t, "ada"), Versions: versions}).Retrain {
		got = append(got, v.Model+"/"+v.Version)
	}
	if want := []string{"early/x", "revisit/a", "revisit/b"}; !slices.Equal(got, want) {
		t.Errorf("to train anew: %v, want %v", got, want)
	}
}

// broken fails the transaction after it is done or before, as a flaky warehouse does; all else works.
type broken struct {
	warehouse.Driver
	transact warehouse.Driver
}

func (b broken) Transact(ctx context.Context, statements []warehouse.Statement) error {
	return b.transact.Transact(ctx, statements)
}

func TestFailedTransactionErasesNothingOrEverything(t *testing.T) {
	kept, gone := 0, 0
	for seed := range uint64(12) {
		w := house(t, use{install: "phone", account: "ada"}, use{install: "other"})
		driver := broken{Driver: w.Driver(), transact: warehousetest.Flaky(w.Driver(), seed, 1)}
		flaky, err := warehouse.With(t.Context(), driver, warehouse.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := forget.Run(t.Context(), flaky, forget.Options{Keys: keysOf(t, "ada"), Now: now}); err == nil {
			t.Fatalf("seed %d: no error", seed)
		}
		rows := 0
		for _, table := range []string{"events", "documents", "scores", "staff", "users"} {
			rows += left(t, w, table, "phone", "ada")["phone"] + left(t, w, table, "ada")["ada"]
		}
		switch rows {
		case 0:
			gone++
		case 5:
			kept++
		default:
			t.Errorf("seed %d: %d rows are left, want all 5 or none", seed, rows)
		}
		run(t, w, forget.Options{Keys: keysOf(t, "ada")})
		if n := left(t, w, "events", "phone")["phone"]; n != 0 {
			t.Errorf("seed %d: the next run left %d events", seed, n)
		}
	}
	if kept == 0 || gone == 0 {
		t.Errorf("%d kept, %d gone: the test wants to see both", kept, gone)
	}
}

func TestReadKeys(t *testing.T) {
	hashed := key("ada")
	keys, err := forget.ReadKeys(strings.NewReader("\ufeffada\r\n\n  bob \n"), secret, false)
	if err != nil || !slices.Equal(keys, []string{key("ada"), key("bob")}) {
		t.Errorf("keys %v, %v", keys, err)
	}
	if keys, err := forget.ReadKeys(strings.NewReader(hashed+"\n"), nil, true); err != nil || !slices.Equal(keys, []string{hashed}) {
		t.Errorf("keys %v, %v", keys, err)
	}
	_, err = forget.ReadKeys(strings.NewReader(hashed+"\nada@example.com\n"), nil, true)
	if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "ada") {
		t.Errorf("%v: want an error that names the line and not the person", err)
	}
	if _, err := forget.ReadKeys(strings.NewReader(strings.Repeat("x", 1<<20)), secret, false); err == nil {
		t.Error("a line of a megabyte was taken for an id")
	}
}

func TestWrongRequests(t *testing.T) {
	w := open(t)
	many := make([]string, 2001)
	for i := range many {
		many[i] = fmt.Sprintf("%032x", i)
	}
	for says, keys := range map[string][]string{"no user": nil, "hexadecimal": {"ada@example.com"}, "2001 users": many} {
		_, err := forget.Run(t.Context(), w, forget.Options{Keys: keys, Now: now})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "@") {
			t.Errorf("%s: %v", says, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := forget.Run(ctx, w, forget.Options{Keys: []string{key("ada")}, Now: now}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
