package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const flatMap = "user=uid,time=at,event=what,screen=page,country=extra.land,session=sid,param.n=extra.deep.n,param.m=m"

func flatSource(t *testing.T, content, mapping, format, zone string) *Flat {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ParseMapping(mapping)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewFlat(FlatOptions{Paths: []string{path}, Secret: testSecret, Mapping: m, TimeFormat: format, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFlatFields(t *testing.T) {
	content := "\ufeffm,uid,at,what,page,sid,extra\n" +
		`3.5,kim,2026-03-01 23:30:00,note_add,"list, all",42,"{""land"":""KR"",""deep"":{""n"":7}}"` + "\n" +
		`,kim,2026-03-02 00:10:00,note_add,,,` + "\n"
	records, bad, counts := collect(t, flatSource(t, content, flatMap, "%Y-%m-%d %H:%M:%S", "Asia/Seoul"))
	if len(records) != 2 || len(bad) != 0 || counts.Records != 2 {
		t.Fatalf("%d records, bad %v, counts %+v", len(records), bad, counts)
	}
	got := records[0]
	got.Key = Key{}
	var want Record
	want.User, want.Time, want.Name, want.Screen = newBorder(testSecret).user([]byte("kim")), 1772375400000000, "note_add", "list, all"
	want.Country, want.SessionID, want.Day, want.Params = "KR", 42, "2026-03-01", map[string]float64{"n": 7, "m": 3.5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if r := records[1]; r.Day != "2026-03-02" || r.Params != nil || r.Country != "" {
		t.Errorf("second record %+v", r)
	}
}

func TestFlatBadRecords(t *testing.T) {
	header := "uid,at,what,page,sid,extra,m\n"
	tests := []struct {
		name, row, reason string
		line              int64
	}{
		{"no time", "u,,a,,,,", ReasonNoTime, 2},
		{"time in words", "u,noon,a,,,,", ReasonTime, 2},
		{"time out of range", "u,5,a,,,,", ReasonTimeRange, 2},
		{"no event", "u,1772375400, ,,,,", ReasonNoName, 2},
		{"personal event", "u,1772375400,kim@example.com,,,,", ReasonName, 2},
		{"too few cells", "u,1772375400", ReasonCSV, 2},
		{"too many cells", "u,1772375400,a,,,,,,", ReasonCSV, 2},
		{"stray quote", `u,1772375400,a"b,,,,`, ReasonCSV, 2},
		{"parameter no number", "u,1772375400,a,,,,many", ReasonNumber, 2},
		{"parameter infinite", "u,1772375400,a,,,,Inf", ReasonNumber, 2},
		{"session no number", "u,1772375400,a,,x,,", ReasonNumber, 2},
		{"JSON column broken", "u,1772375400,a,,,{x,", ReasonParams, 2},
		{"JSON column a list", "u,1772375400,a,,,[],", ReasonParams, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := flatSource(t, header+tt.row+"\nu,1772375400,a,,,,\n", flatMap, "unix_s", "UTC")
			records, bad, _ := collect(t, s)
			if diff := cmp.Diff([]BadRecord{{Source: "log.csv", Line: tt.line, Reason: tt.reason}}, bad); diff != "" {
				t.Errorf("bad (-want +got):\n%s", diff)
			}
			if len(records) != 1 {
				t.Errorf("%d good records, want 1", len(records))
			}
		})
	}
}

func TestFlatKeyIgnoresColumnOrder(t *testing.T) {
	one, _, _ := collect(t, flatSource(t, "uid,at,what\nu,1772375400,a\nu,1772375400,a\nu,1772375401,a\n", "user=uid,time=at,event=what", "unix_s", "UTC"))
	two, _, _ := collect(t, flatSource(t, "what,uid,at\na,u,1772375400\n", "user=uid,time=at,event=what", "unix_s", "UTC"))
	if one[0].Key != one[1].Key || one[0].Key == one[2].Key || one[0].Key != two[0].Key {
		t.Errorf("keys %x, %x, %x, %x", one[0].Key, one[1].Key, one[2].Key, two[0].Key)
	}
}

func TestTimeFormats(t *testing.T) {
	const want = 1772375400000000
	for format, s := range map[string]string{
		"unix_s": "1772375400", "unix_ms": "1772375400000", "unix_us": "1772375400000000", "rfc3339": "2026-03-01T23:30:00+09:00",
		"%d/%m/%Y %H:%M": "01/03/2026 23:30", "2006-01-02 15:04:05": "2026-03-01 23:30:00", "%Y-%m-%dT%H:%M:%S.%f": "2026-03-01T23:30:00.000000",
	} {
		loc := flatSource(t, "a\n", "user=a,time=a,event=a", "unix_s", "Asia/Seoul").loc
		parse, err := newTimeParser(format, loc)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if got, ok := parse(s); !ok || got != want {
			t.Errorf("%s: %q is %d, %v, want %d", format, s, got, ok, want)
		}
	}
	for _, format := range []string{"", "tomorrow", "%Q", "%Y %", "15:04"} {
		if _, err := newTimeParser(format, time.UTC); err == nil {
			t.Errorf("format %q is taken", format)
		}
	}
}

func TestMappings(t *testing.T) {
	line, err := ParseMapping(flatMap)
	if err != nil {
		t.Fatal(err)
	}
	file, err := ParseMappingYAML([]byte("user: uid\ntime: at\nevent: what\nscreen: page\ncountry: extra.land\nsession: sid\nparams:\n  n: extra.deep.n\n  m: m\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(line, file); diff != "" {
		t.Errorf("inline and file differ:\n%s", diff)
	}
	for _, bad := range []string{"", "user=a", "user=a,time=b,event", "user=a,time=b,event=c,nonsense=d", "user=a,time=b,event=c,param.=d"} {
		if _, err := ParseMapping(bad); err == nil {
			t.Errorf("mapping %q is taken", bad)
		}
	}
	if _, err := ParseMappingYAML([]byte("user: a\ntime: b\nevent: c\nnonsense: d\n")); err == nil {
		t.Error("an unknown key is taken")
	}
}

func TestMissingColumnNamesTheOthers(t *testing.T) {
	s := flatSource(t, "uid,at,what\nu,1,a\n", "user=uid,time=at,event=what,screen=page", "unix_s", "UTC")
	_, err := s.Read(t.Context(), s.Files()[0], func(*Record, *BadRecord) bool { return true })
	if err == nil || !strings.Contains(err.Error(), "screen=page") || !strings.Contains(err.Error(), "uid, at, what") {
		t.Errorf("got %v", err)
	}
}

func FuzzFlatCSV(f *testing.F) {
	for _, s := range []string{"u,1772375400,a,p,1,\"{\"\"land\"\":1}\",2\n", "\"", "u,1e300,a,,,,\n", "u,,\x00,,,,\n,,,,,,\n", "u,1772375400,a,,,null,\n"} {
		f.Add(s)
	}
	m, err := ParseMapping(flatMap)
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		f.Fatal(err)
	}
	s, err := NewFlat(FlatOptions{Paths: []string{path}, Secret: testSecret, Mapping: m, TimeFormat: "unix_s", Zone: "Asia/Seoul"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		b := newBorder(testSecret)
		n := int64(0)
		in := strings.NewReader("uid,at,what,page,sid,extra,m\n" + rows)
		err := s.readCSV(t.Context(), in, s.files[0], b, func(r *Record, _ *BadRecord) bool {
			n++
			if r != nil && (r.Day == "" || r.Name == "" || len(r.User) != 32) {
				t.Errorf("incomplete record %+v", r)
			}
			return true
		})
		if err != nil || n+b.counts.Excluded != b.counts.Records {
			t.Errorf("%v; %d delivered, counts %+v", err, n, b.counts)
		}
	})
}
