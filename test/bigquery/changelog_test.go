package bigquery

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/firestore"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// extension is the columns of the extension's tables.
var extension = []column{
	{"timestamp", "TIMESTAMP"},
	{"event_id", "STRING"},
	{"document_name", "STRING"},
	{"operation", "STRING"},
	{"data", "STRING"},
	{"old_data", "STRING"},
	{"document_id", "STRING"},
}

func changelogOptions() firestore.ChangelogOptions {
	return firestore.ChangelogOptions{
		Users: "users_raw_changelog", Meetings: "meetings_raw_changelog", Secret: []byte("a secret for tests"), Zone: "Asia/Seoul",
		Now: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), MaxBad: 1,
	}
}

func TestChangelogStatementsResolve(t *testing.T) {
	latest, accounts, one := changelogOptions(), changelogOptions(), changelogOptions()
	latest.Users = "users_raw_latest"
	accounts.Account, accounts.Owner, accounts.Zone = "uid", "creator", "America/New_York"
	one.Users = ""
	for name, opt := range map[string]firestore.ChangelogOptions{
		"changes": changelogOptions(), "latest": latest, "accounts": accounts, "meetings only": one,
	} {
		statements, err := firestore.Statements(opt, "2026-03-01")
		if err != nil {
			t.Fatal(err)
		}
		a := newAnalyser()
		for _, table := range []string{"users_raw_changelog", "users_raw_latest", "meetings_raw_changelog"} {
			a.know(table, extension)
		}
		rows := 0
		for _, s := range statements {
			got, err := a.analyse(s.SQL, s.Args...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := columnsOf(warehouse.Documents)
			if strings.HasPrefix(s.SQL, "CREATE") {
				want = append(want, column{"reason", "STRING"}, column{"copies", "INT64"})
			} else if !strings.HasPrefix(s.SQL, "SELECT day, user_key") {
				continue
			}
			rows++
			if !slices.Equal(got, want) {
				t.Errorf("%s: columns %v, want %v", name, got, want)
			}
		}
		if rows != 2 {
			t.Errorf("%s: %d statements give rows, want 2", name, rows)
		}
	}
}

// docChange is a row of one of the extension's tables.
type docChange struct {
	at              time.Time
	event, document string
	operation       string
	data            any
}

// fillExtension makes the table and its rows. Values that are text are put in as they are.
func fillExtension(t *testing.T, w *warehouse.Warehouse, table string, changes []docChange) {
	t.Helper()
	columns := make([]string, len(extension))
	for i, c := range extension {
		columns[i] = c.name + " " + c.typ
	}
	if err := w.Exec(t.Context(), "CREATE TABLE "+table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		t.Fatal(err)
	}
	for some := range slices.Chunk(changes, 50) {
		var rows []string
		var args []any
		for _, c := range some {
			data := "CAST(NULL AS STRING)"
			args = append(args, c.at.UTC().Format(time.RFC3339Nano), c.event, c.document, c.operation)
			if c.data != nil {
				data = "?"
				args = append(args, asJSON(t, c.data))
			}
			rows = append(rows, "(CAST(? AS TIMESTAMP), ?, ?, ?, "+data+", CAST(NULL AS STRING), CAST(NULL AS STRING))")
		}
		if err := w.Exec(t.Context(), "INSERT INTO "+table+" VALUES "+strings.Join(rows, ", "), args...); err != nil {
			t.Fatal(err)
		}
	}
}

func asJSON(t *testing.T, data any) string {
	t.Helper()
	if s, ok := data.(string); ok {
		return s
	}
	b, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documentRow is a row of the documents table.
type documentRow struct {
	Day, User string
	TS        int64
	Name      string
	Params    string
}

func documentRows(t *testing.T, w *warehouse.Warehouse, name string) []documentRow {
	t.Helper()
	columns, err := w.ReadColumns(t.Context(), `SELECT CAST(day AS STRING) AS day, user_key, ts, name, params FROM documents
		WHERE day >= CAST('2000-01-01' AS DATE) AND name = ?`, name)
	if err != nil {
		t.Fatal(err)
	}
	out := []documentRow{}
	for i := range columns[0].Len() {
		out = append(out, documentRow{
			columns[0].Text[i], columns[1].Text[i], int64(columns[2].Numbers[i]), columns[3].Text[i], columns[4].Text[i],
		})
	}
	slices.SortFunc(out, func(a, b documentRow) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

func friendList(n int) []string { return slices.Repeat([]string{"canary-friend"}, n) }

type docFields = map[string]any

// meetingForms are what meetings' documents may look like, the odd ones among them. Bad ones come last. Where a path leads
// through a list or a broken text the emulator fails, and BigQuery gives NULL: those forms are left to the tests of the
// converter.
var meetingForms = []docFields{
	{"from": docFields{"_seconds": 1772600400, "_nanoseconds": 500000000}, "to": docFields{"_seconds": 1772604000, "_nanoseconds": 999}},
	{"from": docFields{"seconds": 1772600400, "nanoseconds": 1500}, "to": docFields{"seconds": 1772690400, "nanoseconds": 0}, "isAllDay": true},
	{"from": "2026-03-05T01:02:03Z", "to": "2026-03-05T02:02:03.123Z", "involved": friendList(3), "pendingInvolved": friendList(1)},
	// No more than six digits of a second: the emulator loses a group at the end of a replacement, as the cutting of more needs it.
	{"from": "2026-03-05T01:02:03.123456Z", "to": "2026-03-05T10:02:03.5+09:00", "recurrenceRule": "FREQ=WEEKLY", "content": "카나리아"},
	{"from": "2026-03-05 10:02:03", "to": "2026-03-05T11:02", "isAllDay": false, "involved": []string{}},
	{"from": "2026-03-05", "to": "2026-03-06 00:00:00.000", "recurrenceRule": ""},
	// As text, because the emulator's JSON_VALUE writes large numbers with an exponent, which BigQuery does not.
	{"from": "1772600400000", "to": "1772604000"},
	{"from": "2026-01-05T01:02:03+09:00", "to": "2026-01-04T01:02:03-05:30"},
	{"from": nil, "to": "2026-03-05", "isAllDay": nil, "involved": nil, "recurrenceRule": nil},
	{"isAllDay": "true", "recurrenceRule": 7, "owner": "userCollection/u3"},
	{"from": "tomorrow"},
	{"to": "later"},
	{"involved": "u1"},
	{"pendingInvolved": docFields{"a": 1}},
	{"isAllDay": "perhaps"},
	{"recurrenceRule": friendList(1)},
	{"owner": ""},
	{"owner": nil},
	{"owner": docFields{"id": "u1"}},
	{"from": 12},
}

var userForms = []docFields{
	{"friends": friendList(4), "reqReceived": friendList(2), "reqSent": []string{}, "blockedUsers": friendList(1), "openPrivacy": true, "name": "카나리아", "uid": "a1"},
	{"friends": []string{}, "openPrivacy": false, "uid": "accounts/a2"},
	{"friends": nil, "email": "canary@example.com", "uid": "a3"},
	{"openPrivacy": "false", "uid": 4},
	{"friends": docFields{"a": true}, "uid": "a5"},
	{"reqSent": "u1", "uid": "a6"},
	{"openPrivacy": friendList(1), "uid": "a7"},
}

func TestChangelogMakesTheRowsThatFilesMake(t *testing.T) {
	for _, account := range []string{"", "uid"} {
		t.Run("account="+account, func(t *testing.T) { changelogAgainstFiles(t, account) })
	}
}

func changelogAgainstFiles(t *testing.T, account string) {
	at := time.Date(2026, 3, 4, 15, 30, 0, 123456000, time.UTC)
	var users, meetings []docChange
	var userLines, meetingLines []string
	for i, f := range userForms {
		id := fmt.Sprintf("사용자%d", i)
		users = append(users, docChange{at, fmt.Sprintf("user%d", i), "projects/p/databases/(default)/documents/userCollection/" + id, "UPDATE", f})
		userLines = append(userLines, fileLine(t, f, id, time.Time{}))
	}
	for i, f := range meetingForms {
		id := fmt.Sprintf("m%d", i)
		created := at.Add(-time.Duration(i) * 7 * time.Hour)
		if _, ok := f["owner"]; !ok {
			f = maps.Clone(f)
			f["owner"] = fmt.Sprintf("u%d", i%4)
		}
		meetings = append(meetings, docChange{created, id, "projects/p/databases/(default)/documents/meetingsCollection/" + id, "CREATE", f})
		meetingLines = append(meetingLines, fileLine(t, f, id, created))
	}
	meetings = append(meetings, docChange{at, "broken", "documents/meetingsCollection/x", "CREATE", nil})
	w := newWarehouse(t)
	fillExtension(t, w, "users_raw_changelog", users)
	fillExtension(t, w, "meetings_raw_changelog", meetings)
	opt := changelogOptions()
	opt.Account = account
	got, err := firestore.Changelog(t.Context(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, lines := range map[string][]string{"userCollection.ndjson": userLines, "meetingsCollection.ndjson": append(meetingLines, "null")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	duck := duckWarehouse(t)
	want, err := firestore.LoadFiles(t.Context(), duck, firestore.Options{
		Paths: []string{dir}, At: at, Secret: opt.Secret, Zone: opt.Zone, MaxBad: 1, Account: account,
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Reasons, got.Reasons); diff != "" {
		t.Errorf("account %q: reasons (-Go +SQL):\n%s", account, diff)
	}
	for _, name := range []string{"profile_snapshot", "meeting_document"} {
		rows := documentRows(t, duck, name)
		if diff := cmp.Diff(rows, documentRows(t, w, name)); diff != "" || len(rows) < 4 {
			t.Errorf("account %q: %d rows of %s (-Go +SQL):\n%s", account, len(rows), name, diff)
		}
	}
	again, err := firestore.Changelog(t.Context(), w, opt)
	if err != nil || again.Loaded != 0 || again.Skipped != got.Loaded {
		t.Errorf("account %q: a second run loaded %d days: %v", account, again.Loaded, err)
	}
}

// fileLine is a document as a line of a file.
func fileLine(t *testing.T, f docFields, id string, created time.Time) string {
	t.Helper()
	flat := docFields{"document_id": id}
	for k, v := range f {
		flat[k] = v
	}
	if !created.IsZero() {
		flat["createTime"] = created.Format(time.RFC3339Nano)
	}
	return asJSON(t, flat)
}

func TestChangelogCountsEachChangeOnce(t *testing.T) {
	w := newWarehouse(t)
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	user := func(id string) string { return "projects/p/databases/(default)/documents/userCollection/" + id }
	fillExtension(t, w, "users_raw_changelog", []docChange{
		{time.Unix(0, 0), "", user("old"), "IMPORT", docFields{"friends": friendList(9)}},
		{at(1, 1), "a", user("u1"), "CREATE", docFields{"friends": friendList(1)}},
		{at(1, 2), "b", user("u1"), "UPDATE", docFields{"friends": friendList(2)}},
		{at(1, 2), "b", "//firestore.googleapis.com/" + user("u1"), "UPDATE", docFields{"friends": friendList(2)}},
		{at(1, 3), "c", user("u2"), "CREATE", docFields{"friends": friendList(3)}},
		{at(1, 4), "d", user("u2"), "DELETE", nil},
		// 15 o'clock is midnight in Seoul.
		{at(1, 15), "e", user("u1"), "UPDATE", docFields{"friends": friendList(4)}},
		{at(9, 23), "f", user("u1"), "UPDATE", docFields{"friends": friendList(5)}},
		{at(20, 0), "g", user("u1"), "UPDATE", docFields{"friends": friendList(6)}},
	})
	meeting := func(id string) string { return "projects/p/databases/(default)/documents/meetingsCollection/" + id }
	fillExtension(t, w, "meetings_raw_changelog", []docChange{
		{time.Unix(0, 0), "", meeting("old"), "IMPORT", docFields{"owner": "u1"}},
		{at(1, 5), "m", meeting("m1"), "CREATE", docFields{"owner": "u1", "involved": friendList(1)}},
		{at(1, 5), "m", meeting("m1"), "CREATE", docFields{"owner": "u1", "involved": friendList(1)}},
		{at(1, 5), "n", meeting("m2"), "CREATE", docFields{"owner": "u1", "involved": friendList(1)}},
		{at(1, 6), "o", meeting("m1"), "UPDATE", docFields{"owner": "u1", "involved": friendList(7)}},
		{at(1, 7), "p", meeting("m2"), "DELETE", nil},
	})
	var warned []string
	opt := changelogOptions()
	opt.Warn = func(message string) { warned = append(warned, message) }
	r, err := firestore.Changelog(t.Context(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	if r.Excluded != 2 || len(warned) != 1 || r.Duplicates != 2 || r.Rows != 5 || r.Loaded != 3 || r.Bad != 0 {
		t.Errorf("result %+v, warnings %q", r, warned)
	}
	key := source.UserKey(opt.Secret, "u1")
	want := []documentRow{
		{"2026-03-01", key, at(1, 2).UnixMicro(), "profile_snapshot", `{"friends":2}`},
		{"2026-03-02", key, at(1, 15).UnixMicro(), "profile_snapshot", `{"friends":4}`},
		{"2026-03-10", key, at(9, 23).UnixMicro(), "profile_snapshot", `{"friends":5}`},
	}
	if diff := cmp.Diff(want, documentRows(t, w, "profile_snapshot")); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	m := documentRow{"2026-03-01", key, at(1, 5).UnixMicro(), "meeting_document", `{"involved":1,"recurring":0}`}
	if diff := cmp.Diff([]documentRow{m, m}, documentRows(t, w, "meeting_document")); diff != "" {
		t.Errorf("meetings (-want +got):\n%s", diff)
	}
	// A day that was loaded is told apart from one that changed; a later day does not touch it.
	if err := w.Exec(t.Context(), "DELETE FROM users_raw_changelog WHERE event_id = 'e'"); err != nil {
		t.Fatal(err)
	}
	r, err = firestore.Changelog(t.Context(), w, opt)
	if err != nil || r.Loaded != 1 || r.Skipped != 2 || len(documentRows(t, w, "profile_snapshot")) != 2 {
		t.Errorf("after a change was erased: %+v, %v", r, err)
	}
}

func TestChangelogTakesTheLatestStatesAsASnapshotOfNow(t *testing.T) {
	w := newWarehouse(t)
	user := "projects/p/databases/(default)/documents/userCollection/"
	fillExtension(t, w, "users_raw_latest", []docChange{
		{time.Unix(0, 0), "", user + "u1", "IMPORT", docFields{"friends": friendList(1)}},
		{time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), "a", user + "u2", "UPDATE", docFields{"friends": friendList(2)}},
	})
	opt := changelogOptions()
	opt.Users, opt.Meetings = "users_raw_latest", ""
	if _, err := firestore.Changelog(t.Context(), w, opt); err != nil {
		t.Fatal(err)
	}
	rows := documentRows(t, w, "profile_snapshot")
	if len(rows) != 2 || rows[0].TS != opt.Now.UnixMicro() || rows[1].TS != opt.Now.UnixMicro() || rows[0].Day != "2026-03-10" {
		t.Errorf("rows %+v", rows)
	}
	opt.Users = "users_raw_changelog"
	if _, err := firestore.Changelog(t.Context(), w, opt); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("a table that is not there: %v", err)
	}
	if err := w.Exec(t.Context(), "CREATE TABLE users_raw_changelog (timestamp TIMESTAMP, event_id STRING, data STRING)"); err != nil {
		t.Fatal(err)
	}
	if _, err := firestore.Changelog(t.Context(), w, opt); err == nil || !strings.Contains(err.Error(), "column document_name") {
		t.Errorf("a table of other columns: %v", err)
	}
}
