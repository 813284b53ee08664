package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// run runs the command in process and gives its exit code and all that it wrote.
func run(ctx context.Context, args ...string) (code int, printed string) {
	var c command
	var out bytes.Buffer
	now := func() time.Time { return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC) }
	code = cli.Run(ctx, "etl", "Loads events.", &c, args, &cli.Output{Out: &out, Err: &out},
		func(ctx context.Context, name string, out *cli.Output) error { return c.run(ctx, name, out, now) })
	return code, out.String()
}

// place is a folder with a small invented log of 3 users on 2 days, and the flags to load it.
type place struct {
	dir  string
	args []string
}

const notes = `member,at,action,page,extra
kim,2026-03-01 23:30:00,open,home,"{""words"":3}"
kim,2026-03-02 00:10:00,note_add,list,"{""words"":40}"
lee,2026-03-02 09:00:00,open,home,
park,2026-03-02 10:00:00,open,home,
park,2026-03-02 10:00:00,open,home,
`

func newPlace(t *testing.T, log string) place {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.csv"), []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	return place{dir: dir, args: []string{
		"-warehouse", "duckdb:" + filepath.Join(dir, "w.duckdb"), "load", "-source", "flat", "-in", filepath.Join(dir, "notes.csv"),
		"-time-format", "%Y-%m-%d %H:%M:%S", "-map", "user=member,time=at,event=action,screen=page,param.words=extra.words",
		"-key-file", filepath.Join(dir, "key"),
	}}
}

func (p place) load(ctx context.Context, more ...string) (int, string) {
	return run(ctx, append(p.args[:len(p.args):len(p.args)], more...)...)
}

// sum is the checksum of the events, "" where there is no warehouse.
func (p place) sum(t *testing.T) string {
	t.Helper()
	path := filepath.Join(p.dir, "w.duckdb")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	wh, err := warehouse.Open(t.Context(), "duckdb:"+path, warehouse.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	sum, err := wh.Checksum(t.Context(), warehouse.Events)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestLoadTwiceIsLoadingOnce(t *testing.T) {
	p := newPlace(t, notes)
	code, printed := p.load(t.Context())
	if code != cli.Done || !strings.Contains(printed, "2 days loaded with 4 events (1 copies dropped)") {
		t.Fatalf("exit %d\n%s", code, printed)
	}
	first := p.sum(t)
	code, printed = p.load(t.Context())
	if code != cli.Done || p.sum(t) != first || !strings.Contains(printed, "left as they were") {
		t.Errorf("the second load: exit %d\n%s", code, printed)
	}
	code, printed = run(t.Context(), "-warehouse", "duckdb:"+filepath.Join(p.dir, "w.duckdb"), "status")
	if code != cli.Done || !strings.Contains(printed, "2026-03-01") || !strings.Contains(printed, "2026-03-02") {
		t.Errorf("status: exit %d\n%s", code, printed)
	}
	if code, printed := p.load(t.Context(), "-repeats"); code != cli.Done || p.sum(t) == first {
		t.Errorf("with -repeats: exit %d\n%s", code, printed)
	}
}

func TestRefusalsAndWrongCalls(t *testing.T) {
	bad := notes + strings.Repeat("kim,noon,open,home,\n", 3)
	for _, tt := range []struct {
		name, log string
		more      []string
		code      int
		says      string
	}{
		{"another zone", notes, []string{"-zone", "UTC"}, cli.Refused, "zone"},
		{"too many bad records", bad, nil, cli.Refused, "bad"},
		{"no such column", notes, []string{"-map", "user=member,time=at,event=verb"}, cli.Failed, "verb"},
		{"no user column", notes, []string{"-map", "time=at,event=action"}, cli.Usage, "user"},
		{"no such zone", notes, []string{"-zone", "Mars/Olympus"}, cli.Usage, "Mars/Olympus"},
		{"no such file", notes, []string{"-in", "nowhere.csv"}, cli.Usage, "nowhere.csv"},
		{"unknown flag", notes, []string{"-colour"}, cli.Usage, "unknown flag"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, notes)
			if code, printed := p.load(t.Context()); code != cli.Done {
				t.Fatalf("exit %d\n%s", code, printed)
			}
			before := p.sum(t)
			if err := os.WriteFile(filepath.Join(p.dir, "notes.csv"), []byte(tt.log), 0o600); err != nil {
				t.Fatal(err)
			}
			code, printed := p.load(t.Context(), tt.more...)
			if code != tt.code || !strings.Contains(printed, tt.says) {
				t.Errorf("exit %d, want %d saying %q:\n%s", code, tt.code, tt.says, printed)
			}
			if p.sum(t) != before {
				t.Error("the events changed")
			}
		})
	}
}

func TestStoppedLoadLeavesWhatThereWas(t *testing.T) {
	p := newPlace(t, notes)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, printed := p.load(ctx); code != cli.Failed || !strings.Contains(printed, "stopped") {
		t.Errorf("exit %d\n%s", code, printed)
	}
	if code, printed := p.load(t.Context()); code != cli.Done {
		t.Errorf("the load after it: exit %d\n%s", code, printed)
	}
}

func TestSettingsFromAFile(t *testing.T) {
	p := newPlace(t, notes)
	file := filepath.Join(p.dir, "etl.yaml")
	text := fmt.Sprintf("warehouse: duckdb:%s\nsource: flat\nin: [%s]\ntime-format: '%%Y-%%m-%%d %%H:%%M:%%S'\n"+
		"map: user=member,time=at,event=action\nkey-file: %s\nzone: UTC\n",
		filepath.Join(p.dir, "w.duckdb"), filepath.Join(p.dir, "notes.csv"), filepath.Join(p.dir, "key"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, printed := run(t.Context(), "-config", file); code != cli.Done || !strings.Contains(printed, "4 events") {
		t.Errorf("exit %d\n%s", code, printed)
	}
}

// hostile is a line of a GA4 export with personal data in every place that could carry some.
const hostile = `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"screen_view","user_pseudo_id":"raw-pseudo-id-77",
"user_id":"raw-user-id-77","event_params":[
{"key":"firebase_screen","value":{"string_value":"canary77@example.com"}},
{"key":"page_location","value":{"string_value":"https://app.example/invite?mail=canary77@example.com&token=canarytoken77"}},
{"key":"page_title","value":{"string_value":"카나리아77 님의 약속"}},
{"key":"note","value":{"string_value":"canarytext77"}},{"key":"phone","value":{"int_value":"821012345677"}}],
"user_properties":[{"key":"email","value":{"string_value":"canary77@example.com"}},{"key":"name","value":{"string_value":"카나리아77"}}],
"device":{"category":"mobile","advertising_id":"canary-advertising-77","vendor_id":"canary-vendor-77"},
"collected_traffic_source":{"manual_source":"canary77@example.com","manual_medium":"email"},"platform":"IOS"}`

func TestPersonalDataStopsAtTheReader(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events_20260301.json")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(hostile, "\n", "")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "duckdb:" + filepath.Join(dir, "w.duckdb")
	code, printed := run(t.Context(), "-warehouse", url, "load", "-in", file, "-key-file", filepath.Join(dir, "key"), "-params", "words")
	if code != cli.Done || !strings.Contains(printed, "1 events") {
		t.Fatalf("exit %d\n%s", code, printed)
	}
	places := printed
	wh, err := warehouse.Open(t.Context(), url, warehouse.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"events", "ledger", "quarantine", "settings"} {
		columns, err := wh.ReadColumns(t.Context(), "SELECT * FROM "+name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			places += strings.Join(c.Text, "\n") + fmt.Sprint(c.Numbers)
		}
	}
	if err := wh.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "w.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	places += string(data)
	if !strings.Contains(places, "screen_view") {
		t.Fatal("the event itself is not there")
	}
	for _, canary := range []string{"canary", "카나리아", "raw-pseudo-id-77", "raw-user-id-77", "821012345677", "8.21012345677e+11"} {
		if strings.Contains(places, canary) {
			t.Errorf("%q passed the reader", canary)
		}
	}
}
