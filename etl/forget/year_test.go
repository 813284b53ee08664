package forget_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/forget"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// year is a file with a year of the simulated app, the tables of a training run and scores, and the raw ids of its users.
func year(t *testing.T, file string) (w *warehouse.Warehouse, ids []string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sample")
	opt := sample.Defaults()
	opt.Users, opt.Days, opt.Gzip = 800, 365, false
	if _, err := sample.Write(t.Context(), dir, opt, nil); err != nil {
		t.Fatal(err)
	}
	truth, err := sample.ReadUsers(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range truth {
		ids = append(ids, u.Pseudo)
	}
	w, err = warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	// The test looks for keys among the bytes, where compression would hide them.
	exec(t, w, "SET GLOBAL force_compression = 'uncompressed'")
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(dir, "events")}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := etl.Run(t.Context(), w, etl.Options{Source: src, Zone: opt.Zone, Secret: secret, Simulated: true, Now: now}); err != nil {
		t.Fatal(err)
	}
	derive(t, w, opt.Zone)
	return w, ids
}

// derive makes the tables that hold people besides the events.
func derive(t *testing.T, w *warehouse.Warehouse, zone string) {
	t.Helper()
	ledger, err := w.LedgerRows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan := features.Plan{
		Zone: zone, Label: features.DefaultLabel(), Documents: "documents", Staff: "staff", DataStart: ledger[0].DataStart,
		AsOf: ledger[len(ledger)-1].DataEnd, BurnIn: 30,
	}
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	exec(t, w, "INSERT INTO documents (day, user_key, ts, name) SELECT MIN(day), account_key, MIN(ts), 'profile_snapshot' FROM events "+
		"WHERE account_key IS NOT NULL GROUP BY account_key")
	exec(t, w, "INSERT INTO staff (user_key, reason) SELECT DISTINCT user_key, 'every seventh' FROM events WHERE ts % 7 = 0")
	for _, step := range plan.Cohort(features.DuckDB{}) {
		exec(t, w, step.SQL)
	}
	exec(t, w, "INSERT INTO scores (day, user_key, as_of, day0, probability) SELECT day0 + 7, user_key, 0, day0, 0.5 FROM users")
	exec(t, w, "CREATE TABLE score_2026 AS SELECT day, user_key, probability FROM scores")
	exec(t, w, "CREATE TABLE made_later AS SELECT 1 AS n, user_key AS person FROM users")
	exec(t, w, "CHECKPOINT")
}

func exec(t *testing.T, w *warehouse.Warehouse, sql string, args ...any) {
	t.Helper()
	if err := w.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// columnsOfText are all columns of text in all tables but the audit, found by DuckDB's own catalog.
func columnsOfText(t *testing.T, w *warehouse.Warehouse) [][2]string {
	t.Helper()
	columns, err := w.ReadColumns(t.Context(), "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND "+
		"database_name = current_database() AND NOT internal AND data_type = 'VARCHAR' ORDER BY 1, 2")
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]string
	for i, table := range columns[0].Text {
		out = append(out, [2]string{table, columns[1].Text[i]})
	}
	return out
}

// holding maps the columns that hold any of the keys to how many of their rows do.
func holding(t *testing.T, w *warehouse.Warehouse, keys []string) map[string]int {
	t.Helper()
	exec(t, w, "CREATE TEMP TABLE sought AS SELECT unnest(string_split(?, ',')) AS k", strings.Join(keys, ","))
	defer exec(t, w, "DROP TABLE sought")
	out := map[string]int{}
	for _, c := range columnsOfText(t, w) {
		columns, err := w.ReadColumns(t.Context(), fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s IN (SELECT k FROM sought)", c[0], c[1]))
		if err != nil {
			t.Fatal(err)
		}
		if n := int(columns[0].Numbers[0]); n > 0 {
			out[c[0]+"."+c[1]] = n
		}
	}
	return out
}

// theirs adds to the installs the accounts used on them and the other installs of these accounts, by the events.
func theirs(t *testing.T, w *warehouse.Warehouse, installs []string) []string {
	t.Helper()
	columns, err := w.ReadColumns(t.Context(), "SELECT DISTINCT user_key, account_key FROM events WHERE account_key IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, k := range installs {
		all[k] = true
	}
	for range 2 {
		for i, install := range columns[0].Text {
			if account := columns[1].Text[i]; all[install] || all[account] {
				all[install], all[account] = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// rowsOf counts the rows of every table.
func rowsOf(t *testing.T, w *warehouse.Warehouse) map[string]int64 {
	t.Helper()
	tables, err := w.Tables(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, table := range tables {
		columns, err := w.ReadColumns(t.Context(), "SELECT COUNT(*) FROM "+table.Name)
		if err != nil {
			t.Fatal(err)
		}
		out[table.Name] = int64(columns[0].Numbers[0])
	}
	return out
}

// inBytes counts the keys that stand in the file or beside it.
func inBytes(t *testing.T, file string, keys []string) int {
	t.Helper()
	names, err := filepath.Glob(file + "*")
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for _, name := range names {
		part, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, part...)
	}
	n := 0
	for _, k := range keys {
		if bytes.Contains(data, []byte(k)) {
			n++
		}
	}
	return n
}

// TestForgetAHundredUsersOfAYear is promise P2.
func TestForgetAHundredUsersOfAYear(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.duckdb")
	w, ids := year(t, file)
	ids = ids[100:200]
	keys := theirs(t, w, keysOf(t, ids...))
	before, held := rowsOf(t, w), holding(t, w, keys)
	if n := inBytes(t, file, keys); n != len(keys) || len(held) < 10 {
		t.Fatalf("before: %d of %d keys stand in the file, and in %v: the test proves nothing", n, len(keys), held)
	}
	start := time.Now()
	r := run(t, w, forget.Options{Keys: keysOf(t, ids...), Versions: []forget.Version{{Model: "revisit", Version: "1", First: "2025-11-01"}}})
	t.Logf("%d ids, %d keys, %d rows of %d tables erased in %.1f s", r.Asked, r.Keys, r.Rows(), len(r.Tables), time.Since(start).Seconds())
	if left := holding(t, w, keys); len(left) > 0 {
		t.Errorf("rows left: %v", left)
	}
	if r.Keys != len(keys) || r.Shared != 0 || r.Unknown != 0 || len(r.Retrain) != 1 || !r.Rewritten {
		t.Errorf("%d keys, want %d; result %+v", r.Keys, len(keys), r)
	}
	after := rowsOf(t, w)
	lost := map[string]int64{}
	for table, n := range before {
		if n != after[table] && table != "erasures" {
			lost[table] = n - after[table]
		}
	}
	audited := map[string]int64{}
	for _, e := range r.Tables {
		audited[e.Table] = e.Rows
	}
	if !maps.Equal(lost, audited) || after["erasures"] != int64(len(audited)) {
		t.Errorf("tables lost %v, the audit says %v", lost, audited)
	}
	for _, table := range []string{"documents", "events", "first_week", "labels", "made_later", "people", "score_2026", "scores", "staff", "user_days", "users"} {
		if audited[table] == 0 || after[table] == 0 {
			t.Errorf("table %s lost %d rows and has %d: want some of both", table, audited[table], after[table])
		}
	}
	if n := inBytes(t, file, keys); n != 0 {
		t.Errorf("%d keys still stand among the bytes of the file", n)
	}
}
