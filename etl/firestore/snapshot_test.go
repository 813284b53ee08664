package firestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/Koalajuni/Calback-Data-ML/etl/firestore"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var secret = []byte("a secret for tests")

const zone = "Asia/Seoul"

func openWarehouse(t *testing.T, path string) *warehouse.Warehouse {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb:"+path, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wh.Close() })
	return wh
}

// document is a row of the documents table.
type document struct {
	Day, User string
	TS        int64
	Name      string
	Params    string
}

func documents(t *testing.T, wh *warehouse.Warehouse) []document {
	t.Helper()
	columns, err := wh.ReadColumns(t.Context(), `SELECT CAST(day AS STRING) AS day, user_key, ts, name, params FROM documents
		ORDER BY day, user_key, ts, name, CAST(params AS STRING)`)
	if err != nil {
		t.Fatal(err)
	}
	var out []document
	for i := range columns[0].Len() {
		out = append(out, document{
			columns[0].Text[i], columns[1].Text[i], int64(columns[2].Numbers[i]), columns[3].Text[i], columns[4].Text[i],
		})
	}
	return out
}

func checksum(t *testing.T, wh *warehouse.Warehouse) string {
	t.Helper()
	sum, err := wh.Checksum(t.Context(), warehouse.Documents)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// autoID makes an id such as Firestore makes.
func autoID(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	x := uint64(n)*0x9e3779b97f4a7c15 + 0x1234567
	var b []byte
	for range 20 {
		x ^= x >> 29
		x *= 0xbf58476d1ce4e5b9
		b = append(b, letters[x>>33%62])
	}
	return string(b)
}

func friends(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = "canary-friend-" + fmt.Sprint(i)
	}
	return out
}

func userDocument(i int) map[string]any {
	return map[string]any{
		"name": fmt.Sprintf("카나리아%05d", i), "email": fmt.Sprintf("canary.%05d@example.com", i), "flag": true, "friends": friends(i % 7),
		"reqReceived": friends(i % 3), "reqSent": friends(i % 2), "photoUrl": fmt.Sprintf("https://example.com/canary-photo/%05d.jpg", i),
		"blockedUsers": friends(i % 11 / 10), "token": fmt.Sprintf("canary-token-%05d", i), "openPrivacy": i%3 == 0,
	}
}

var from = time.Date(2026, 12, 24, 9, 0, 0, 0, time.UTC)

func meetingDocument(i int, owner string) map[string]any {
	m := map[string]any{
		"owner": owner, "content": fmt.Sprintf("카나리아 회의 내용 %05d", i), "from": from, "to": from.Add(time.Duration(i%5) * 30 * time.Minute),
		"isAllDay": i%8 == 0, "MID": fmt.Sprintf("canary-mid-%05d", i), "involved": friends(i % 4), "pendingInvolved": friends(i % 2),
	}
	if i%6 == 0 {
		m["recurrenceRule"] = "FREQ=WEEKLY;COUNT=8"
	}
	return m
}

// fill writes users and twice as many meetings, and among them ids that no generator makes.
func fill(t *testing.T, d *database, users int) (ids []string) {
	t.Helper()
	docs := map[string]map[string]any{}
	for i := range users {
		id := autoID(i)
		switch i {
		case 3:
			id = "한글 아이디"
		case 4:
			id = "!first@example.com"
		case 5:
			id = "1"
		case 6:
			id = "1.5 and more"
		case 7:
			id = "~last"
		case 8:
			id = "z"
		}
		ids = append(ids, id)
		docs["userCollection/"+id] = userDocument(i)
		for k := range 2 {
			docs["meetingsCollection/"+autoID(1000000+2*i+k)] = meetingDocument(2*i+k, id)
		}
	}
	d.put(t, docs)
	return ids
}

func (d *database) snapshotOptions(t *testing.T) firestore.Options {
	return firestore.Options{
		Project: d.project, Secret: secret, Zone: zone, State: filepath.Join(t.TempDir(), "state"), PageSize: 13, Client: d.options,
		Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
	}
}

func snapshot(t *testing.T, wh *warehouse.Warehouse, opt firestore.Options) firestore.Result {
	t.Helper()
	result, err := firestore.Snapshot(t.Context(), wh, opt)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestSnapshotTakesEveryDocumentOnce(t *testing.T) {
	d := newDatabase(t)
	const users = 1000
	ids := fill(t, d, users)
	wh := openWarehouse(t, ":memory:")
	opt := d.snapshotOptions(t)
	opt.PageSize = 40
	result := snapshot(t, wh, opt)
	if result.Users != users || result.Meetings != 2*users || result.Bad != 0 || result.Rows != 3*users || !result.Consistent {
		t.Fatalf("read %d users and %d meetings, %d bad, wrote %d rows, consistent %v", result.Users, result.Meetings, result.Bad,
			result.Rows, result.Consistent)
	}
	created := d.createTimes(t)
	want := map[document]int{}
	for i, id := range ids {
		user := source.UserKey(secret, id)
		want[document{
			day(result.At), user, result.At.UnixMicro(), "profile_snapshot",
			fmt.Sprintf(`{"blocked":%d,"friends":%d,"open_privacy":%d,"requests_received":%d,"requests_sent":%d}`,
				i%11/10, i%7, b2i(i%3 == 0), i%3, i%2),
		}]++
		for k := 2 * i; k < 2*i+2; k++ {
			at := created[autoID(1000000+k)]
			params := fmt.Sprintf(`{"all_day":%d,"duration_hours":%v,"involved":%d,"lead_days":%v,"pending":%d,"recurring":%d}`, b2i(k%8 == 0),
				float64(k%5)/2, k%4, float64(from.UnixMicro()-at.UnixMicro())/86400e6, k%2, b2i(k%6 == 0))
			want[document{day(at), user, at.UnixMicro(), "meeting_document", params}]++
		}
	}
	got := map[document]int{}
	for _, r := range documents(t, wh) {
		got[r]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%.4000s", diff)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func day(at time.Time) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return at.In(loc).Format(time.DateOnly)
}

// createTimes asks for the create times of all meetings.
func (d *database) createTimes(t *testing.T) map[string]time.Time {
	t.Helper()
	out := map[string]time.Time{}
	docs := d.client.Collection("meetingsCollection").Documents(t.Context())
	defer docs.Stop()
	for {
		doc, err := docs.Next()
		if errors.Is(err, iterator.Done) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out[doc.Ref.ID] = doc.CreateTime
	}
}

// breaking ends the client's streams after so many messages, once, with the code.
func breaking(after int64, code codes.Code, also func()) grpc.DialOption {
	var seen atomic.Int64
	return grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, opts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		s, err := streamer(ctx, desc, cc, method, opts...)
		return &breakingStream{s, func() error {
			if seen.Add(1) != after {
				return nil
			}
			if also != nil {
				also()
			}
			return status.Error(code, "broken by the test")
		}}, err
	})
}

type breakingStream struct {
	grpc.ClientStream
	broken func() error
}

func (s *breakingStream) RecvMsg(m any) error {
	if err := s.broken(); err != nil {
		return err
	}
	return s.ClientStream.RecvMsg(m)
}

func TestSnapshotGoesOnWhereItWasCutOff(t *testing.T) {
	d := newDatabase(t)
	users := int64(400)
	fill(t, d, int(users))
	opt := d.snapshotOptions(t)
	most := 0
	for _, after := range []int64{1, 3, 40, 300, 900, 1200} {
		broken := opt
		broken.Client = emulatorOptions(breaking(after, codes.PermissionDenied, nil))
		wh := openWarehouse(t, ":memory:")
		if _, err := firestore.Snapshot(t.Context(), wh, broken); err == nil {
			t.Fatalf("cut off after %d messages: no error", after)
		}
		if rows := documents(t, wh); len(rows) != 0 {
			t.Fatalf("cut off after %d messages: %d rows were written", after, len(rows))
		}
		_, err := os.Stat(filepath.Join(opt.State, "snapshot.json"))
		begun := err == nil
		// What is written meanwhile is no part of a snapshot that has begun.
		d.put(t, map[string]map[string]any{fmt.Sprintf("userCollection/new%d", after): userDocument(int(after))})
		if !begun {
			users++
		}
		result := snapshot(t, wh, opt)
		if begun {
			users++
		}
		most = max(most, result.Resumed)
		if want := users - int64(b2i(begun)); result.Users != want || int64(len(documents(t, wh))) != want+800 {
			t.Errorf("cut off after %d messages: %d users and %d rows, want %d users", after, result.Users, len(documents(t, wh)), want)
		}
		if files, err := os.ReadDir(opt.State); err != nil || len(files) != 0 {
			t.Errorf("the state folder holds %d files after the end: %v", len(files), err)
		}
	}
	if most < 60 {
		t.Errorf("the run that was cut off last left %d parts to go on from, want more than 60", most)
	}
}

func TestSnapshotIsTheSameHoweverOftenItIsCutOff(t *testing.T) {
	d := newDatabase(t)
	fill(t, d, 200)
	opt := d.snapshotOptions(t)
	wh := openWarehouse(t, ":memory:")
	broken := opt
	for after := int64(5); ; after += 40 {
		broken.Client = emulatorOptions(breaking(after, codes.PermissionDenied, nil))
		if _, err := firestore.Snapshot(t.Context(), wh, broken); err == nil {
			break
		}
	}
	var want []document
	for _, r := range documents(t, wh) {
		r.TS = 0
		want = append(want, r)
	}
	clean := openWarehouse(t, ":memory:")
	snapshot(t, clean, opt)
	var got []document
	for _, r := range documents(t, clean) {
		r.TS = 0
		got = append(got, r)
	}
	slices.SortFunc(want, compareDocuments)
	slices.SortFunc(got, compareDocuments)
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 600 {
		t.Errorf("%d rows, cut off (-) against at once (+):\n%.2000s", len(got), diff)
	}
}

func compareDocuments(a, b document) int {
	return slices.Compare([]string{a.Day, a.User, a.Name, a.Params}, []string{b.Day, b.User, b.Name, b.Params})
}

func TestSnapshotTriesAgain(t *testing.T) {
	d := newDatabase(t)
	fill(t, d, 60)
	for _, code := range []codes.Code{codes.Unavailable, codes.Internal, codes.ResourceExhausted} {
		opt := d.snapshotOptions(t)
		opt.Client = emulatorOptions(breaking(90, code, nil))
		wh := openWarehouse(t, ":memory:")
		if r := snapshot(t, wh, opt); r.Users != 60 || r.Meetings != 120 || len(documents(t, wh)) != 180 {
			t.Errorf("%v: %d users and %d meetings", code, r.Users, r.Meetings)
		}
	}
}

func TestSnapshotStopsWhenItIsCancelled(t *testing.T) {
	d := newDatabase(t)
	fill(t, d, 20)
	ctx, cancel := context.WithCancel(t.Context())
	opt := d.snapshotOptions(t)
	opt.Client = emulatorOptions(breaking(30, codes.Canceled, cancel))
	wh := openWarehouse(t, ":memory:")
	if _, err := firestore.Snapshot(ctx, wh, opt); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// pastless makes reads at an instant fail, as a backend does that does not know them.
func pastless() grpc.DialOption {
	return grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, opts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		s, err := streamer(ctx, desc, cc, method, opts...)
		return &pastlessStream{s}, err
	})
}

type pastlessStream struct{ grpc.ClientStream }

func (s *pastlessStream) SendMsg(m any) error {
	if strings.Contains(fmt.Sprint(m), "read_time") && !strings.Contains(fmt.Sprint(m), "documents:") {
		return status.Error(codes.InvalidArgument, "no read time here")
	}
	return s.ClientStream.SendMsg(m)
}

func TestSnapshotWithoutThePast(t *testing.T) {
	d := newDatabase(t)
	fill(t, d, 40)
	opt := d.snapshotOptions(t)
	opt.Client = emulatorOptions(pastless())
	var warned []string
	opt.Warn = func(message string) { warned = append(warned, message) }
	wh := openWarehouse(t, ":memory:")
	r := snapshot(t, wh, opt)
	if r.Consistent || len(warned) != 1 || !strings.Contains(warned[0], "as of one instant") || r.Rows != 120 {
		t.Errorf("consistent %v, warned %q, %d rows", r.Consistent, warned, r.Rows)
	}
	for _, row := range documents(t, wh) {
		if row.Name == "meeting_document" && row.TS >= r.At.UnixMicro() {
			t.Fatal("a meeting is younger than the snapshot that saw it")
		}
	}
}

func TestALaterSnapshotChangesNoEarlierRow(t *testing.T) {
	d := newDatabase(t)
	ids := fill(t, d, 30)
	opt := d.snapshotOptions(t)
	wh := openWarehouse(t, ":memory:")
	first := snapshot(t, wh, opt)
	meetings := func() (rows []document) {
		for _, r := range documents(t, wh) {
			if r.Name == "meeting_document" {
				rows = append(rows, r)
			}
		}
		return rows
	}
	before := meetings()
	changed := meetingDocument(1, ids[0])
	changed["involved"] = friends(99)
	d.put(t, map[string]map[string]any{
		"meetingsCollection/" + autoID(1000001): changed, "userCollection/" + ids[0]: userDocument(6),
		"meetingsCollection/young": meetingDocument(7, ids[2]),
	})
	d.remove(t, "meetingsCollection/"+autoID(1000005))
	second := snapshot(t, wh, opt)
	after := meetings()
	if len(after) != len(before)+1 {
		t.Fatalf("%d meetings, want %d and one more", len(after), len(before))
	}
	for _, r := range before {
		if !slices.Contains(after, r) {
			t.Errorf("the meeting of %s is gone or changed", r.Day)
		}
	}
	if second.Known != 59 || !second.At.After(first.At) {
		t.Errorf("%d meetings were known, want 59", second.Known)
	}
	for _, r := range documents(t, wh) {
		if r.Name == "profile_snapshot" && r.TS != second.At.UnixMicro() {
			t.Fatal("a snapshot of the same day left rows of the one before")
		}
	}
}

func TestNothingPersonalPasses(t *testing.T) {
	d := newDatabase(t)
	ids := fill(t, d, 300)
	dir := t.TempDir()
	path := filepath.Join(dir, "calback.duckdb")
	wh := openWarehouse(t, path)
	opt := d.snapshotOptions(t)
	opt.State = filepath.Join(dir, "state")
	broken := opt
	broken.Client = emulatorOptions(breaking(700, codes.PermissionDenied, nil))
	_, err := firestore.Snapshot(t.Context(), wh, broken)
	if err == nil {
		t.Fatal("the snapshot was not cut off")
	}
	needles := []string{"canary", "카나리아", "example.com", "FREQ=WEEKLY"}
	for _, id := range ids {
		if len(id) > 4 {
			needles = append(needles, id)
		}
	}
	if text := err.Error(); slices.ContainsFunc(needles, func(n string) bool { return strings.Contains(text, n) }) {
		t.Error("the error tells something personal")
	}
	search(t, filepath.Join(dir, "state"), needles, 20)
	snapshot(t, wh, opt)
	if err := wh.Close(); err != nil {
		t.Fatal(err)
	}
	search(t, dir, needles, 1)
}

// search looks for the needles in every file, of which there must be some.
func search(t *testing.T, dir string, needles []string, atLeast int) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if strings.Contains(path, "state") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v", e.Name(), info.Mode())
		}
		for _, n := range needles {
			if bytes.Contains(data, []byte(n)) {
				t.Errorf("%s holds %q", e.Name(), n)
			}
		}
		return nil
	})
	if err != nil || files < atLeast {
		t.Errorf("searched %d files: %v", files, err)
	}
}
