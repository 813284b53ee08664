package firestore

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fastjson"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

func testConverter(t testing.TB, account string) *converter {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return newConverter(Options{Secret: []byte("secret"), Account: account, Owner: DefaultOwner}, loc)
}

func fieldsOf(data map[string]any) func(string) any {
	return func(name string) any { return native(data[name]) }
}

func TestTimes(t *testing.T) {
	c := testConverter(t, "")
	utc := time.Date(2026, 3, 5, 1, 2, 3, 0, time.UTC).UnixMicro()
	for _, test := range []struct {
		in   any
		want int64
		ok   bool
	}{
		{nil, 0, true},
		{instant(utc), utc, true},
		{"2026-03-05T01:02:03Z", utc, true},
		{"2026-03-05 01:02:03+00:00", utc, true},
		{"2026-03-05T10:02:03+09:00", utc, true},
		{"2026-03-05T01:02:03.123456789Z", utc + 123456, true},
		{"2026-03-05T10:02:03", utc, true},
		{"2026-03-05 10:02:03.5", utc + 500000, true},
		{"2026-03-05T10:02", utc - 3e6, true},
		{"2026-03-05", utc - 36123e6, true},
		{"1772672523", utc, true},
		{"1772672523000", utc, true},
		{"2026-13-05", 0, false},
		{"2026-02-30T00:00:00Z", 0, false},
		{"soon", 0, false},
		{"12", 0, false},
		{"", 0, false},
		{list(1), 0, false},
		{opaque{}, 0, false},
	} {
		got, has, ok := micros(test.in, c.loc)
		if ok != test.ok || ok && got != test.want || has != (ok && test.in != nil) {
			t.Errorf("micros(%#v) = %d, %v, %v; want %d, %v", test.in, got, has, ok, test.want, test.ok)
		}
	}
}

func TestNativeAndJSONReduceAlike(t *testing.T) {
	at := time.Date(2026, 3, 5, 1, 2, 3, 500000000, time.UTC)
	for _, test := range []struct {
		name              string
		native            any
		flat, typed       string
		want              any
		noNative, noTyped bool
	}{
		{"nothing", nil, `null`, `{"nullValue":null}`, nil, false, false},
		{"text", "카나리아", `"카나리아"`, `{"stringValue":"카나리아"}`, "카나리아", false, false},
		{"yes", true, `true`, `{"booleanValue":true}`, "true", false, false},
		{"whole", int64(7), `7`, `{"integerValue":"7"}`, "7", false, false},
		{"real", 1.5, `1.5`, `{"doubleValue":1.5}`, "1.5", false, false},
		{"list", []any{"a", nil, 3}, `["a",null,3]`, `{"arrayValue":{"values":[{"stringValue":"a"},{"nullValue":null},{"integerValue":"3"}]}}`, list(3), false, false},
		{"empty list", []any{}, `[]`, `{"arrayValue":{}}`, list(0), false, false},
		{"time", at, `{"_seconds":1772672523,"_nanoseconds":500000000}`, `{"timestampValue":"2026-03-05T01:02:03.5Z"}`, instant(at.UnixMicro()), false, false},
		{"map", map[string]any{"a": 1}, `{"a":1}`, `{"mapValue":{"fields":{}}}`, opaque{}, false, false},
		{"time as a map", map[string]any{"seconds": int64(1), "nanoseconds": int64(2500)}, `{"seconds":1,"nanoseconds":2500}`, "", instant(1000002), false, true},
		{"bad time", nil, `{"_seconds":"x","_nanoseconds":0}`, `{"timestampValue":"x"}`, opaque{}, true, false},
		{"bytes", []byte("x"), "", `{"bytesValue":"eA=="}`, opaque{}, false, false},
	} {
		if got := native(test.native); !test.noNative && got != test.want {
			t.Errorf("%s: native %#v, want %#v", test.name, got, test.want)
		}
		if test.flat != "" {
			if got := plain(fastjson.MustParse(test.flat)); got != test.want {
				t.Errorf("%s: flat %#v, want %#v", test.name, got, test.want)
			}
		}
		if !test.noTyped {
			if got := typed(fastjson.MustParse(test.typed)); got != test.want {
				t.Errorf("%s: typed %#v, want %#v", test.name, got, test.want)
			}
		}
	}
	if got := id(native(&client.DocumentRef{ID: "u1"})); got != "u1" {
		t.Errorf("reference %q", got)
	}
}

func TestProfile(t *testing.T) {
	data := map[string]any{
		"name": "카나리아", "friends": []any{"a", "b"}, "reqReceived": []any{}, "blockedUsers": nil, "openPrivacy": false, "uid": "accounts/7",
	}
	r, why := testConverter(t, "").profile(document{id: "u1", field: fieldsOf(data)})
	if want := map[string]float64{"friends": 2, "requests_received": 0, "open_privacy": 0}; why != fine || !cmp.Equal(r.numbers(), want) {
		t.Errorf("%v, %v; want %v", r.numbers(), why, want)
	}
	if got := fmt.Sprintf("%x", r.key); got != source.UserKey([]byte("secret"), "u1") {
		t.Errorf("key %s is not that of the readers", got)
	}
	r, why = testConverter(t, "uid").profile(document{id: "u1", field: fieldsOf(data)})
	if got := fmt.Sprintf("%x", r.key); why != fine || got != source.UserKey([]byte("secret"), "7") {
		t.Errorf("key %s of the field uid, %v", got, why)
	}
	if _, why := testConverter(t, "friends").profile(document{id: "u1", field: fieldsOf(data)}); why != noAccount {
		t.Errorf("a list as account: %v", why)
	}
	for _, field := range []string{"friends", "reqReceived", "reqSent", "blockedUsers", "openPrivacy"} {
		bad := map[string]any{field: map[string]any{}}
		if _, why := testConverter(t, "").profile(document{id: "u1", field: fieldsOf(bad)}); !strings.Contains(why.String(), "field "+field+" is no") {
			t.Errorf("%s a map: %v", field, why)
		}
	}
}

func TestMeeting(t *testing.T) {
	created := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		data map[string]any
		want map[string]float64
		why  string
	}{
		"whole": {
			map[string]any{
				"owner": "u1", "from": created.Add(36 * time.Hour), "to": created.Add(37 * time.Hour), "isAllDay": true, "involved": []any{1, 2},
				"pendingInvolved": []any{}, "recurrenceRule": "FREQ=DAILY",
			}, map[string]float64{"lead_days": 1.5, "duration_hours": 1, "all_day": 1, "involved": 2, "pending": 0, "recurring": 1}, "",
		},
		"past":      {map[string]any{"owner": "u1", "from": created.Add(-12 * time.Hour)}, map[string]float64{"lead_days": -0.5, "recurring": 0}, ""},
		"backwards": {map[string]any{"owner": "u1", "from": created, "to": created.Add(-1)}, map[string]float64{"lead_days": 0, "recurring": 0}, ""},
		"bare":      {map[string]any{"owner": "u1", "to": created}, map[string]float64{"recurring": 0}, ""},
		"no owner":  {map[string]any{}, nil, "a meeting without an owner"},
		"bad to":    {map[string]any{"owner": "u1", "to": true}, nil, "field to is no time"},
		"bad rule":  {map[string]any{"owner": "u1", "recurrenceRule": []any{}}, nil, "field recurrenceRule is no text"},
	} {
		r, why := testConverter(t, "").meeting(document{id: "m", created: created.UnixMicro(), field: fieldsOf(test.data)})
		if why.String() != test.why || why == fine && (!cmp.Equal(r.numbers(), test.want) || r.micros != created.UnixMicro()) {
			t.Errorf("%s: %v, %v; want %v, %q", name, r.numbers(), why, test.want, test.why)
		}
	}
	if _, why := testConverter(t, "").meeting(document{id: "m", field: fieldsOf(map[string]any{"owner": "u1", "from": created})}); why != noCreated {
		t.Errorf("no create time: %v", why)
	}
}

func TestRowsSurviveTheSpool(t *testing.T) {
	s, err := openSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rows := []row{
		{key: key{1, 2, 255}, micros: -5, kind: meeting, has: 63, params: [maxParams]float64{0.1, -2, 3e300, 0, 5, 6}},
		{kind: bad, has: uint8(meetingField + 5)},
		{},
	}
	err = s.write("x"+partEnd, func(w io.Writer) error {
		for _, r := range rows {
			if _, err := w.Write(r.encode(nil)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []row
	if err := s.rows("x"+partEnd, func(r row) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fmt.Sprint(rows), fmt.Sprint(got)); diff != "" {
		t.Error(diff)
	}
	if len(got[0].encode(nil)) != rowBytes {
		t.Errorf("a row has %d bytes, not %d", len(got[0].encode(nil)), rowBytes)
	}
}

func TestPartsCoverAllIDsOnce(t *testing.T) {
	for _, id := range []string{"!", "0", "1", "1a", "9", "A", "Z", "Zz", "a", "z", "zz", "~", "한글", "", "\U0001F600"} {
		n := 0
		for i := range parts {
			if p := partAt(i); id >= p.from && (p.to == "" || id < p.to) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("id %q is in %d parts", id, n)
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add(`{"document_id":"m1","owner":"u1","from":{"_seconds":1,"_nanoseconds":2},"createTime":"2026-03-05"}`)
	f.Add(`{"document":{"name":"projects/p/databases/d/documents/userCollection/u","fields":{"friends":{"arrayValue":{"values":[1]}}}},"readTime":"x"}`)
	f.Add(`{"document_id":"u","friends":[1,2],"openPrivacy":true}`)
	c := testConverter(f, "")
	f.Fuzz(func(t *testing.T, line string) {
		v, err := fastjson.Parse(line)
		if err != nil {
			return
		}
		rec, why := readRecord(v, c.loc)
		if why != fine {
			return
		}
		for _, convert := range []func(document) (row, reason){c.profile, c.meeting} {
			r, why := convert(rec.document)
			if why == fine && (r.key == key{} || r.kind == unknown) || why != fine && why.String() == "" {
				t.Errorf("row %+v, reason %q", r, why)
			}
			if back := decode(r.encode(nil)); fmt.Sprint(back) != fmt.Sprint(r) {
				t.Errorf("%+v came back as %+v", r, back)
			}
		}
	})
}
