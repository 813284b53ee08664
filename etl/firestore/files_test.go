package firestore_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/firestore"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	data := []byte(text)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		data = b.Bytes()
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func fileOptions(taken time.Time, paths ...string) firestore.Options {
	return firestore.Options{Paths: paths, At: taken, Secret: secret, Zone: zone, MaxBad: 1, Now: at("2026-11-23T00:00:00Z")}
}

func loadFiles(t *testing.T, wh *warehouse.Warehouse, opt firestore.Options) firestore.Result {
	t.Helper()
	r, err := firestore.LoadFiles(t.Context(), wh, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const restUser = `{"name":"projects/p/databases/(default)/documents/userCollection/%s","createTime":"2026-01-01T00:00:00Z",` +
	`"updateTime":"%s","fields":{"name":{"stringValue":"카나리아"},"friends":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}},` +
	`"reqSent":{"arrayValue":{}},"blockedUsers":{"nullValue":null},"openPrivacy":{"booleanValue":true}}}` + "\n"

const restMeeting = `{"document":{"name":"projects/p/databases/(default)/documents/meetingsCollection/%s","createTime":"%s",` +
	`"fields":{"owner":{"stringValue":"%s"},"from":{"timestampValue":"2026-03-05T01:00:00.5Z"},"to":{"timestampValue":"2026-03-05T02:30:00.5Z"},` +
	`"isAllDay":{"booleanValue":false},"involved":{"arrayValue":{"values":[{"referenceValue":"x"}]}},"recurrenceRule":{"stringValue":""}}},` +
	`"readTime":"2026-03-04T12:00:00Z"}` + "\n"

func TestLoadFilesInEveryForm(t *testing.T) {
	dir := t.TempDir()
	users := write(t, dir, "userCollection.ndjson.gz", "\ufeff"+
		`{"document_id":"u1","name":"카나리아","friends":["a","b"],"reqReceived":[],"openPrivacy":false,"token":"canary"}`+"\n\n"+
		fmt.Sprintf(restUser, "u2", "2026-03-01T00:00:00Z"))
	meetings := write(t, dir, "export_meetingscollection.jsonl",
		`{"document_id":"m1","owner":"u1","from":"2026-03-01T00:00:00+09:00","to":"2026-03-01 03:00:00","created_at":"2026-03-02T00:00:00+09:00",`+
			`"isAllDay":true,"recurrenceRule":"FREQ=DAILY"}`+"\n"+
			`{"document_id":"m2","owner":"users/u2","from":{"_seconds":1772600400,"_nanoseconds":0},"createTime":{"seconds":1772514000,"nanoseconds":1500}}`+"\n"+
			`{"document_id":"m3","owner":"u1","from":1772514000000,"to":1772514000,"create_time":"2026-03-03"}`+"\n")
	rest := write(t, dir, "rest.json", fmt.Sprintf(restMeeting, "m4", "2026-03-04T11:00:00.123456Z", "u2"))
	wh := openWarehouse(t, ":memory:")
	r := loadFiles(t, wh, fileOptions(time.Time{}, users, meetings, rest))
	if !r.At.Equal(at("2026-03-04T12:00:00Z")) || r.Users != 2 || r.Meetings != 4 || r.Bad != 0 {
		t.Fatalf("result %+v", r)
	}
	key := func(id string) string { return source.UserKey(secret, id) }
	taken := r.At.UnixMicro()
	want := []document{
		{"2026-03-02", key("u1"), at("2026-03-01T15:00:00Z").UnixMicro(), "meeting_document", `{"all_day":1,"duration_hours":3,"lead_days":-1,"recurring":1}`},
		{"2026-03-03", key("u1"), at("2026-03-02T15:00:00Z").UnixMicro(), "meeting_document", `{"duration_hours":0,"lead_days":0.5833333333333334,"recurring":0}`},
		{"2026-03-03", key("u2"), 1772514000000001, "meeting_document", `{"lead_days":0.9999999999884259,"recurring":0}`},
		{"2026-03-04", key("u1"), taken, "profile_snapshot", `{"friends":2,"open_privacy":0,"requests_received":0}`},
		{
			"2026-03-04", key("u2"), at("2026-03-04T11:00:00.123456Z").UnixMicro(), "meeting_document",
			`{"all_day":0,"duration_hours":1.5,"involved":1,"lead_days":0.5833376914814815,"recurring":0}`,
		},
		{"2026-03-04", key("u2"), taken, "profile_snapshot", `{"friends":2,"open_privacy":1,"requests_sent":0}`},
	}
	slices.SortFunc(want, func(a, b document) int {
		return slices.Compare([]string{a.Day, a.User, fmt.Sprint(a.TS)}, []string{b.Day, b.User, fmt.Sprint(b.TS)})
	})
	if diff := cmp.Diff(want, documents(t, wh)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	again := loadFiles(t, wh, fileOptions(time.Time{}, rest, meetings, users))
	if again.Loaded != 0 || again.Skipped != 3 {
		t.Errorf("a second load wrote %d days", again.Loaded)
	}
}

func TestBadDocumentsGoToQuarantine(t *testing.T) {
	dir := t.TempDir()
	users := write(t, dir, "userCollection.ndjson", strings.Join([]string{
		`{"document_id":"u1","friends":{"a":1}}`, `{"name":"no id"}`, `[1]`, `{broken`, `{"document_id":"u2","openPrivacy":"perhaps"}`,
		`{"document_id":"u3"}`, `{"name":"projects/p/databases/d/documents/userCollection/u/devices/x","fields":{}}`,
	}, "\n"))
	meetings := write(t, dir, "meetingsCollection.ndjson", strings.Join([]string{
		`{"document_id":"m1","owner":"u3"}`, `{"document_id":"m2","owner":"u3","createTime":"soon"}`, `{"document_id":"m3","createTime":"2026-03-01T00:00:00Z"}`,
		`{"document_id":"m4","owner":"u3","createTime":"2026-03-05T00:00:00Z"}`, `{"owner":"u3","createTime":"2026-03-01T00:00:00Z"}`,
		`{"document_id":"m5","owner":"u3","createTime":"2026-03-01T00:00:00Z","from":"tomorrow"}`,
		`{"document_id":"m6","owner":"u3","createTime":"2026-03-01T00:00:00Z","involved":"u1"}`,
		`{"document_id":"m7","owner":"u3","createTime":"2026-03-01T00:00:00Z","content":"` + strings.Repeat("x", 5<<20) + `"}`,
		`{"document_id":"m8","owner":"u3","createTime":"2026-03-01T00:00:00Z","recurrenceRule":["x"]}`,
		`{"document_id":"m9","owner":"u3","createTime":"2026-03-01T00:00:00Z"}`,
	}, "\n"))
	wh := openWarehouse(t, ":memory:")
	r := loadFiles(t, wh, fileOptions(at("2026-03-04T00:00:00Z"), users, meetings))
	want := map[string]int64{
		"field friends is no list": 1, "no document id": 2, "not a JSON object": 2, "field openPrivacy is no true or false": 1,
		"a document of another collection": 1, "a meeting without a create time": 1, "the create time cannot be read": 1, "a meeting without an owner": 1,
		"created after the snapshot was taken": 1, "field from is no time": 1, "field involved is no list": 1,
		"longer than the limit for one record": 1, "field recurrenceRule is no text": 1,
	}
	if diff := cmp.Diff(want, r.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if rows := documents(t, wh); len(rows) != 2 {
		t.Errorf("%d rows, want u3 and m9", len(rows))
	}
	columns, err := wh.ReadColumns(t.Context(), "SELECT source, line, reason FROM quarantine WHERE reason = 'field from is no time'")
	if err != nil || columns[0].Len() != 1 || columns[0].Text[0] != "meetingsCollection.ndjson" || columns[1].Numbers[0] != 6 {
		t.Errorf("quarantine %+v, %v", columns, err)
	}
	strict := fileOptions(at("2026-03-04T00:00:00Z"), users, meetings)
	strict.MaxBad = 0
	fresh := openWarehouse(t, ":memory:")
	if _, err := firestore.LoadFiles(t.Context(), fresh, strict); !errors.Is(err, etl.ErrRefused) || len(documents(t, fresh)) != 0 {
		t.Errorf("error %v, want a refusal", err)
	}
}

// history is an app's life: what its documents were at a few instants.
type history struct {
	dir   string
	files map[int][]string
	taken []time.Time
}

// live writes the snapshots of an app in which people change, and meetings come, change and go. They are stamped late.
func live(t *testing.T, seed uint64, snapshots int, late time.Duration) history {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	h := history{dir: t.TempDir(), files: map[int][]string{}}
	type made struct {
		id, owner string
		created   time.Time
		involved  int
	}
	var there []made
	now := at("2026-03-01T09:00:00Z")
	for s := range snapshots {
		for range 10 + rng.IntN(20) {
			now = now.Add(time.Duration(1+rng.IntN(90)) * time.Minute)
			// A commit makes one or several meetings of one instant.
			for range 1 + rng.IntN(3) {
				there = append(there, made{fmt.Sprintf("m%d", len(there)*7+s*100000), fmt.Sprintf("u%d", rng.IntN(5)), now, rng.IntN(3)})
			}
		}
		var users, meetings strings.Builder
		for u := range 5 {
			fmt.Fprintf(&users, `{"document_id":"u%d","friends":[%s]}`+"\n", u, strings.TrimSuffix(strings.Repeat("1,", rng.IntN(9)), ","))
		}
		for _, m := range there {
			fmt.Fprintf(&meetings, `{"document_id":%q,"owner":%q,"createTime":%q,"involved":[%s]}`+"\n", m.id, m.owner, m.created.Format(time.RFC3339),
				strings.TrimSuffix(strings.Repeat("1,", m.involved), ","))
		}
		now = now.Add(24 * time.Hour)
		h.taken = append(h.taken, now.Add(late))
		lines := strings.SplitAfter(meetings.String(), "\n")
		half := rng.IntN(len(lines))
		h.files[s] = []string{
			write(t, h.dir, fmt.Sprintf("%d_userCollection.ndjson", s), users.String()),
			write(t, h.dir, fmt.Sprintf("%d_meetingsCollection_a.ndjson", s), strings.Join(lines[:half], "")),
			write(t, h.dir, fmt.Sprintf("%d_meetingsCollection_b.ndjson", s), strings.Join(lines[half:], "")+strings.Join(lines[:half], "")),
		}
		there = slices.DeleteFunc(there, func(made) bool { return rng.IntN(4) == 0 })
		for i := range there {
			there[i].involved += rng.IntN(2)
		}
	}
	return h
}

func TestSnapshotsInAnyOrderAndRepeatedGiveTheSameRows(t *testing.T) {
	for seed := range uint64(5) {
		h := live(t, seed, 5, 0)
		want := ""
		for plan := range 6 {
			rng := rand.New(rand.NewPCG(seed, uint64(plan)))
			order := rng.Perm(5)
			if plan == 0 {
				slices.Sort(order)
			}
			wh := openWarehouse(t, ":memory:")
			for _, s := range append(order, order[:rng.IntN(5)]...) {
				files := slices.Clone(h.files[s])
				rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
				loadFiles(t, wh, fileOptions(h.taken[s], files...))
			}
			got := checksum(t, wh)
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("seed %d, order %v: another table than in order of time", seed, order)
			}
			if err := wh.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestEveryMeetingEverSeenIsCountedOnce(t *testing.T) {
	// Meetings are made in the hour between the taking of the files and their stamp: the next files have them.
	h := live(t, 3, 6, time.Hour)
	seen := map[string]bool{}
	wh := openWarehouse(t, ":memory:")
	var before []document
	for s := range 6 {
		loadFiles(t, wh, fileOptions(h.taken[s], h.files[s]...))
		rows := documents(t, wh)
		if len(rows) < len(before)+5 || slices.ContainsFunc(before, func(r document) bool { return !slices.Contains(rows, r) }) {
			t.Fatalf("snapshot %d changed rows of the ones before it", s+1)
		}
		before = rows
		for _, f := range h.files[s][1:] {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				seen[strings.Split(line, `"`)[3]] = true
			}
		}
		meetings, profiles := 0, 0
		for _, r := range rows {
			if r.Name == "meeting_document" {
				meetings++
			} else {
				profiles++
			}
		}
		if meetings != len(seen) || profiles != 5*(s+1) {
			t.Fatalf("after %d snapshots %d meetings and %d profiles, want %d and %d", s+1, meetings, profiles, len(seen), 5*(s+1))
		}
	}
}

func TestCollectionsMayComeApart(t *testing.T) {
	h := live(t, 4, 2, 0)
	together, apart := openWarehouse(t, ":memory:"), openWarehouse(t, ":memory:")
	for s := range 2 {
		loadFiles(t, together, fileOptions(h.taken[s], h.files[s]...))
		loadFiles(t, apart, fileOptions(h.taken[s], h.files[s][0]))
		loadFiles(t, apart, fileOptions(h.taken[s], h.files[s][1:]...))
	}
	if checksum(t, together) != checksum(t, apart) {
		t.Error("loaded apart, the collections give other rows than together")
	}
}

func TestLoadFilesRefuses(t *testing.T) {
	dir := t.TempDir()
	users := write(t, dir, "userCollection.ndjson", `{"document_id":"u1"}`+"\n")
	stranger := write(t, dir, "other.ndjson", `{"document_id":"u1"}`+"\n")
	taken := at("2026-03-04T00:00:00Z")
	wh := openWarehouse(t, ":memory:")
	loadFiles(t, wh, fileOptions(taken, users))
	with := func(change func(*firestore.Options)) firestore.Options {
		opt := fileOptions(taken, users)
		change(&opt)
		return opt
	}
	for name, c := range map[string]struct {
		opt  firestore.Options
		want string
	}{
		"time":    {with(func(o *firestore.Options) { o.At = time.Time{} }), "nothing tells when"},
		"zone":    {with(func(o *firestore.Options) { o.Zone = "UTC" }), "days of two zones"},
		"no zone": {with(func(o *firestore.Options) { o.Zone = "" }), "IANA name"},
		"key":     {with(func(o *firestore.Options) { o.Secret = []byte("other") }), "another key"},
		"no key":  {with(func(o *firestore.Options) { o.Secret = nil }), "no secret"},
		"account": {with(func(o *firestore.Options) { o.Account = "uid" }), "firestore_account"},
		"field":   {with(func(o *firestore.Options) { o.Owner = "a'b" }), "owner field"},
		"mixed":   {with(func(o *firestore.Options) { o.Simulated = true }), "do not mix"},
		"name":    {with(func(o *firestore.Options) { o.Paths = []string{stranger} }), "neither the name of the file"},
		"none":    {with(func(o *firestore.Options) { o.Paths = nil }), "no files"},
		"missing": {with(func(o *firestore.Options) { o.Paths = []string{filepath.Join(dir, "gone")} }), "no file there"},
	} {
		if _, err := firestore.LoadFiles(t.Context(), wh, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestASnapshotLeavesTheDaysOfTheExtensionAlone(t *testing.T) {
	dir := t.TempDir()
	wh := openWarehouse(t, ":memory:")
	row := make([]any, len(warehouse.Documents.Columns))
	row[0], row[1], row[2], row[3] = "2026-03-02", source.UserKey(secret, "u1"), at("2026-03-02T01:00:00Z").UnixMicro(), "profile_snapshot"
	err := wh.ReplaceDays(t.Context(), []warehouse.DayLoad{{
		Table: warehouse.Documents, Day: "2026-03-02", Rows: slices.Values([][]any{row}),
		Ledger: warehouse.LedgerRow{Source: firestore.SourceChangelog, DataEnd: at("2026-03-02T15:00:00Z").UnixMicro()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	meetings := write(t, dir, "meetingsCollection.ndjson",
		`{"document_id":"m1","owner":"u1","createTime":"2026-03-02T02:00:00Z"}`+"\n"+
			`{"document_id":"m2","owner":"u1","createTime":"2026-03-03T02:00:00Z"}`+"\n")
	if _, err := firestore.LoadFiles(t.Context(), wh, fileOptions(at("2026-03-02T10:00:00Z"), meetings)); !errors.Is(err, etl.ErrRefused) {
		t.Errorf("a snapshot on a day of the extension: %v", err)
	}
	r := loadFiles(t, wh, fileOptions(at("2026-03-04T10:00:00Z"), meetings))
	rows := documents(t, wh)
	if len(rows) != 2 || rows[0].Name != "profile_snapshot" || rows[1].Day != "2026-03-03" || r.Known != 1 {
		t.Errorf("%d known, rows %+v", r.Known, rows)
	}
	replaced := fileOptions(at("2026-03-02T10:00:00Z"), meetings)
	replaced.Replace = true
	loadFiles(t, wh, replaced)
	if rows := documents(t, wh); len(rows) != 2 || rows[0].Name != "meeting_document" {
		t.Errorf("after replacing: %+v", rows)
	}
}

func TestChangelogRefusesWhatItCannotRead(t *testing.T) {
	wh := openWarehouse(t, ":memory:")
	good := firestore.ChangelogOptions{Users: "d.users_raw_changelog", Secret: secret, Zone: zone, Now: at("2026-03-04T00:00:00Z")}
	with := func(change func(*firestore.ChangelogOptions)) firestore.ChangelogOptions {
		opt := good
		change(&opt)
		return opt
	}
	for name, c := range map[string]struct {
		opt  firestore.ChangelogOptions
		want string
	}{
		"duckdb": {good, "they are in BigQuery"},
		"none":   {with(func(o *firestore.ChangelogOptions) { o.Users = "" }), "no table"},
		"latest": {with(func(o *firestore.ChangelogOptions) { o.Meetings = "m_raw_latest" }), "_raw_latest view does not tell"},
		"day":    {with(func(o *firestore.ChangelogOptions) { o.From = "yesterday" }), "from"},
		"zone":   {with(func(o *firestore.ChangelogOptions) { o.Zone = "Local" }), "IANA name"},
		"field":  {with(func(o *firestore.ChangelogOptions) { o.Account = "a.b" }), "account field"},
	} {
		if _, err := firestore.Changelog(t.Context(), wh, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
