package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// columnsOf reads the one file and returns what it had.
func columnsOf(t *testing.T, path string) Columns {
	t.Helper()
	g, err := NewGA4(GA4Options{Paths: []string{path}, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	collect(t, g)
	return g.Columns(g.Files()[0])
}

func has(c Columns) map[string]ColumnCount {
	out := map[string]ColumnCount{}
	for name, n := range c.Read {
		if n.Has > 0 {
			n.Want = ""
			out[name] = n
		}
	}
	return out
}

const twoEvents = `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"a","user_pseudo_id":"u1","device":{"category":"mobile"},` +
	`"event_params":[{"key":"n","value":{"int_value":"4"}},{"key":"m","value":{"int_value":"5"}}],"items":[]}
{"event_date":20260301,"event_timestamp":"soon","event_name":"b","user_pseudo_id":null,"device":{"category":{"x":1}},"event_params":[]}
`

func TestColumnsOfJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events_20260301.json")
	if err := os.WriteFile(path, []byte(twoEvents), 0o600); err != nil {
		t.Fatal(err)
	}
	c := columnsOf(t, path)
	want := map[string]ColumnCount{
		"event_date": {Has: 2, Wrong: 1, Got: "a number"}, "event_timestamp": {Has: 2, Wrong: 1, Got: "text"}, "event_name": {Has: 2},
		"user_pseudo_id": {Has: 1}, "device": {Has: 2}, "device.category": {Has: 2, Wrong: 1, Got: "a record"}, "event_params": {Has: 2},
		"event_params.key": {Has: 1}, "event_params.value": {Has: 1},
	}
	if diff := cmp.Diff(want, has(c)); diff != "" || c.Records != 2 || len(c.Other) != 1 || !c.Other["items"] {
		t.Errorf("%d records, others %v, columns (-want +got):\n%s", c.Records, c.Other, diff)
	}
}

func TestColumnsOfParquet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events_20260301.parquet")
	type event struct {
		pqEvent
		Items string `parquet:"items"`
	}
	events := []event{
		{pqEvent: pqEvent{
			Date: "20260301", Time: 1772323200000000, Name: "a", User: ptr("u1"), Device: pqDevice{"mobile", "ko"},
			Params: []pqParam{{"n", pqValue{Int: ptr(int64(4))}}, {"m", pqValue{Int: ptr(int64(5))}}},
		}},
		{pqEvent: pqEvent{Date: "20260301", Time: 1772323200000001, Name: "b"}},
	}
	if err := parquet.WriteFile(path, events); err != nil {
		t.Fatal(err)
	}
	c := columnsOf(t, path)
	want := map[string]ColumnCount{
		"event_date": {Has: 2}, "event_timestamp": {Has: 2}, "event_name": {Has: 2}, "user_pseudo_id": {Has: 1}, "user_id": {Has: 2},
		"device": {Has: 2}, "device.category": {Has: 2}, "device.language": {Has: 2}, "app_info": {Has: 2}, "app_info.install_source": {Has: 2},
		"event_params": {Has: 1}, "event_params.key": {Has: 1}, "event_params.value": {Has: 1},
	}
	if diff := cmp.Diff(want, has(c)); diff != "" || c.Records != 2 || len(c.Other) != 1 || !c.Other["items"] {
		t.Errorf("%d records, others %v, columns (-want +got):\n%s", c.Records, c.Other, diff)
	}
}

func TestColumnsOfALongFileAreSampled(t *testing.T) {
	var s seen
	for range 1000 + 16*10 {
		s.next()
	}
	if c := s.columns(); c.Records != 1010 || len(c.Read) != len(ga4Columns) {
		t.Errorf("%d records of %d columns, want 1010 of all", c.Records, len(c.Read))
	}
}

func TestWholeNumbersInText(t *testing.T) {
	for text, want := range map[string]bool{"": true, "0": true, "-12": true, "1772323200000000": true, "-": false, "1.5": false, "2026-03-01": false, "1e3": false} {
		if got := isWhole([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
