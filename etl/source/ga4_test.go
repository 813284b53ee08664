package source

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

// line is an event of the export with the given extra columns.
func line(extra string) string {
	return `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"meeting_create","user_pseudo_id":"u1"` + extra + `}`
}

// readAll reads one GA4 file with the content.
func readAll(t *testing.T, name, content string, params ...string) ([]Record, []BadRecord, Counts) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	data := []byte(content)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		data = b.Bytes()
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := NewGA4(GA4Options{Paths: []string{path}, Secret: testSecret, Params: params, StaffProperty: "role"})
	if err != nil {
		t.Fatal(err)
	}
	return collect(t, g)
}

func collect(t *testing.T, s Source) (records []Record, bad []BadRecord, counts Counts) {
	t.Helper()
	for _, f := range s.Files() {
		c, err := s.Read(t.Context(), f, func(r *Record, b *BadRecord) bool {
			if b != nil {
				bad = append(bad, *b)
			} else {
				records = append(records, *r)
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		counts.Add(c)
	}
	return records, bad, counts
}

func TestGA4Fields(t *testing.T) {
	content := line(`,"user_first_touch_timestamp":1772300000000000,"platform":"ANDROID","stream_id":"7",
"device":{"category":"mobile","language":"ko-kr","advertising_id":"secret"},"geo":{"country":"South Korea","city":"Seoul"},
"app_info":{"version":"2.1.0"},"traffic_source":{"source":"google","medium":"cpc","name":"spring"},
"collected_traffic_source":{"manual_source":"kakao","manual_medium":"social","manual_campaign_name":"c1"},
"event_params":[{"key":"ga_session_id","value":{"int_value":"1772320000"}},{"key":"engagement_time_msec","value":{"int_value":2500}},
{"key":"firebase_screen","value":{"string_value":"calendar"}},{"key":"attendees","value":{"int_value":"4"}},
{"key":"price","value":{"double_value":1.5}},{"key":"title","value":{"string_value":"lunch with Kim"}},{"key":"other","value":{"int_value":"9"}}]`)
	records, bad, counts := readAll(t, "events_20260301.json", strings.ReplaceAll(content, "\n", "")+"\n", "attendees", "price", "title")
	if len(records) != 1 || len(bad) != 0 || counts.Records != 1 {
		t.Fatalf("%d records, bad %v, counts %+v", len(records), bad, counts)
	}
	got := records[0]
	got.Key = Key{}
	var want Record
	want.User, want.Time, want.Name, want.Screen = newBorder(testSecret).user([]byte("u1")), 1772323200000000, "meeting_create", "calendar"
	want.EngagedMS, want.FirstTouch, want.Platform, want.Device = 2500, 1772300000000000, "ANDROID", "mobile"
	want.Language, want.Country, want.AppVersion, want.Channel = "ko-kr", "South Korea", "2.1.0", "Paid Search"
	want.Params = map[string]float64{"attendees": 4, "price": 1.5}
	want.Day, want.SessionID, want.Source, want.Medium, want.Campaign = "2026-03-01", 1772320000, "kakao", "social", "c1"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if len(got.User) != 32 || strings.Contains(got.User, "u1") {
		t.Errorf("user key %q: want 32 hex digits", got.User)
	}
}

func TestGA4BadRecords(t *testing.T) {
	tests := []struct{ name, line, reason string }{
		{"no JSON", `{"event_date":`, ReasonSyntax},
		{"an array", `[1]`, ReasonSyntax},
		{"no time", `{"event_date":"20260301","event_name":"a","user_pseudo_id":"u"}`, ReasonNoTime},
		{"time in words", `{"event_date":"20260301","event_timestamp":"noon","event_name":"a","user_pseudo_id":"u"}`, ReasonNumber},
		{"time in seconds", `{"event_date":"20260301","event_timestamp":1772323200,"event_name":"a","user_pseudo_id":"u"}`, ReasonTimeRange},
		{"no name", `{"event_date":"20260301","event_timestamp":"1772323200000000","user_pseudo_id":"u"}`, ReasonNoName},
		{"personal name", `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"kim@example.com","user_pseudo_id":"u"}`, ReasonName},
		{"no date", `{"event_date":"March","event_timestamp":"1772323200000000","event_name":"a","user_pseudo_id":"u"}`, ReasonDay},
		{"other day", `{"event_date":"20260302","event_timestamp":"1772323200000000","event_name":"a","user_pseudo_id":"u"}`, ReasonOtherDay},
		{"params no list", line(`,"event_params":7`), ReasonNumber},
		{"param no number", line(`,"event_params":[{"key":"a","value":{"int_value":"x"}}]`), ReasonNumber},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, bad, counts := readAll(t, "events_20260301.json", line("")+"\n"+tt.line+"\n"+line("")+"\n")
			want := []BadRecord{{Source: "events_20260301.json", Line: 2, Day: "2026-03-01", Reason: tt.reason}}
			if diff := cmp.Diff(want, bad); diff != "" {
				t.Errorf("bad (-want +got):\n%s", diff)
			}
			if len(records) != 2 || counts.Bad != 1 || counts.Records != 3 {
				t.Errorf("%d records, counts %+v", len(records), counts)
			}
		})
	}
}

func TestGA4WithoutConsentIsExcluded(t *testing.T) {
	records, bad, counts := readAll(t, "x.json.gz", `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"a"}
{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"a","user_pseudo_id":null}
`)
	if len(records) != 0 || len(bad) != 0 || counts.Excluded != 2 {
		t.Errorf("%d records, bad %v, counts %+v", len(records), bad, counts)
	}
}

func TestPersonalTextIsBlanked(t *testing.T) {
	for _, s := range []string{"kim@example.com", "mail kim.lee@mail.example.co.kr now", "user%40example.com", "010-1234-5678", "01012345678", "+82 10-1234-5678", "+821012345678", "(415) 555-0123"} {
		if !looksPersonal(s) {
			t.Errorf("%q passes", s)
		}
	}
	for _, s := range []string{"", "calendar", "MeetingDetail_2", "2.1.0", "1.0.20240315", "2026-03-01", "@home", "screen 12345678", "1772323200000000", "a@b"} {
		if looksPersonal(s) {
			t.Errorf("%q is blanked", s)
		}
	}
	records, _, counts := readAll(t, "x.json", line(`,"geo":{"country":"kim@example.com"},"platform":"`+strings.Repeat("가", 150)+`"`))
	if records[0].Country != "" || counts.Blanked != 1 || counts.Cut != 1 || records[0].Platform != strings.Repeat("가", 100) {
		t.Errorf("record %+v, counts %+v", records[0], counts)
	}
}

func TestPageLocationLosesItsQuery(t *testing.T) {
	records, _, _ := readAll(t, "x.json", line(`,"event_params":[{"key":"page_title","value":{"string_value":"Kim's page"}},{"key":"page_location","value":{"string_value":"https://app.example.com/meet/list?token=abc#x"}}]`))
	if records[0].Screen != "/meet/list" {
		t.Errorf("screen is %q", records[0].Screen)
	}
}

func TestGA4KeyOfAnEvent(t *testing.T) {
	a, b := `{"key":"a","value":{"int_value":"1"}}`, `{"key":"b","value":{"string_value":"x"}}`
	tests := []struct {
		name, one, two string
		same           bool
	}{
		{"copies", line(""), line(""), true},
		{"order of parameters", line(`,"event_params":[` + a + `,` + b + `]`), line(`,"event_params":[` + b + `,` + a + `]`), true},
		{"other parameters", line(`,"event_params":[` + a + `]`), line(`,"event_params":[` + b + `]`), false},
		{"other bundle", line(`,"event_bundle_sequence_id":"1"`), line(`,"event_bundle_sequence_id":"2"`), false},
		{"other place in the batch", line(`,"batch_event_index":"1"`), line(`,"batch_event_index":"2"`), false},
		{"same place in the batch", line(`,"batch_event_index":"1"`), line(`,"batch_event_index":1,"event_params":[` + a + `]`), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, _, _ := readAll(t, "x.json", tt.one+"\n"+tt.two+"\n")
			if (records[0].Key == records[1].Key) != tt.same {
				t.Errorf("same key is %v, want %v", !tt.same, tt.same)
			}
		})
	}
}

func TestIntradayOnlyWithoutDaily(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"events_20260301.json", "events_intraday_20260301.json", "events_intraday_20260302.json", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g, err := NewGA4(GA4Options{Paths: []string{dir, dir}, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range g.Files() {
		got = append(got, f.Name+" "+f.Day)
	}
	want := []string{"events_20260301.json 2026-03-01", "events_intraday_20260302.json 2026-03-02"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestLongLineIsBadAndTheNextIsRead(t *testing.T) {
	long := line(`,"x":"` + strings.Repeat("y", maxRecord) + `"`)
	records, bad, _ := readAll(t, "x.json", long+"\n"+line(""))
	if len(records) != 1 || len(bad) != 1 || bad[0].Reason != ReasonTooLong || bad[0].Line != 1 {
		t.Errorf("%d records, bad %v", len(records), bad)
	}
}

func TestAccountAndFlag(t *testing.T) {
	for _, c := range []struct {
		name, columns, account, flag string
	}{
		{"nothing", "", "", ""},
		{"account", `,"user_id":"uid-1"`, UserKey(testSecret, "uid-1"), ""},
		{"empty account", `,"user_id":""`, "", ""},
		{"debug event", `,"event_params":[{"key":"debug_event","value":{"int_value":"1"}}]`, "", "debug"},
		{"debug mode as text", `,"event_params":[{"key":"debug_mode","value":{"string_value":"1"}}]`, "", "debug"},
		{"debug off", `,"event_params":[{"key":"debug_mode","value":{"int_value":0}}]`, "", ""},
		{"debug as a float", `,"event_params":[{"key":"debug_mode","value":{"double_value":1}}]`, "", ""},
		{"staff", `,"user_properties":[{"key":"plan","value":{"string_value":"free"}},{"key":"role","value":{"string_value":"QA"}}]`, "", "staff"},
		{"staff as a number", `,"user_properties":[{"key":"role","value":{"int_value":"2"}}]`, "", "staff"},
		{"no staff", `,"user_properties":[{"key":"role","value":{"string_value":"False"}}]`, "", ""},
		{"another property", `,"user_properties":[{"key":"plan","value":{"string_value":"QA"}}]`, "", ""},
		{"side-loaded", `,"platform":"ANDROID","app_info":{"install_source":"manual_install"}`, "", "test"},
		{"from a store", `,"platform":"ANDROID","app_info":{"install_source":"com.android.vending"}`, "", ""},
		{"iOS", `,"platform":"IOS","app_info":{"install_source":"manual_install"}`, "", ""},
	} {
		path := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(path, []byte(line(c.columns)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		g, err := NewGA4(GA4Options{Paths: []string{path}, Secret: testSecret, StaffProperty: "role"})
		if err != nil {
			t.Fatal(err)
		}
		records, bad, _ := collect(t, g)
		if len(records) != 1 || records[0].Account != c.account || records[0].Flag != c.flag {
			t.Errorf("%s: records %+v, bad %v; want account %q, flag %q", c.name, records, bad, c.account, c.flag)
		}
	}
}

func FuzzGA4Line(f *testing.F) {
	for _, s := range []string{line(""), line(`,"event_params":[{"key":"a","value":{"int_value":"1"}}]`), `{"event_params":[null,{"value":[]}]}`, `{"device":[],"geo":"x"}`, "{", "\xff", `{"event_timestamp":1e400}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBorder(testSecret)
		g := &GA4{params: []string{"a"}, staff: "role"}
		d := g.decoder(b, File{Name: "f"})
		var row ga4Row
		d.deliver(&row, d.parse(data, &row), 1, func(r *Record, bad *BadRecord) bool {
			if (r == nil) == (bad == nil) {
				t.Error("want a record or a bad record")
			}
			if r != nil && (r.Day == "" || r.Name == "" || len(r.User) != 32 || r.Time < firstTime) {
				t.Errorf("incomplete record %+v", r)
			}
			return true
		})
		if b.counts.Records != 1 {
			t.Errorf("%d records counted", b.counts.Records)
		}
	})
}
