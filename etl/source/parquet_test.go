package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// The export as a writer of Parquet sees it.
type (
	pqValue struct {
		Text  *string  `parquet:"string_value,optional"`
		Int   *int64   `parquet:"int_value,optional"`
		Float *float64 `parquet:"double_value,optional"`
	}
	pqParam struct {
		Key   string  `parquet:"key"`
		Value pqValue `parquet:"value"`
	}
	pqDevice struct {
		Category string `parquet:"category"`
		Language string `parquet:"language"`
	}
	pqEvent struct {
		Date   string    `parquet:"event_date"`
		Time   int64     `parquet:"event_timestamp"`
		Name   string    `parquet:"event_name"`
		User   *string   `parquet:"user_pseudo_id,optional"`
		Email  string    `parquet:"user_id"`
		Device pqDevice  `parquet:"device"`
		App    pqApp     `parquet:"app_info"`
		Params []pqParam `parquet:"event_params,list"`
		Staff  []pqParam `parquet:"user_properties,list"`
	}
	pqApp struct {
		Source string `parquet:"install_source"`
	}
)

func ptr[T any](v T) *T { return &v }

func TestGA4ParquetIsReadAsJSONIs(t *testing.T) {
	events := []pqEvent{
		{Date: "20260301", Time: 1772323200000000, Name: "a", User: ptr("u1"), Email: "kim@example.com", Device: pqDevice{"mobile", "ko-kr"}, Params: []pqParam{
			{"n", pqValue{Int: ptr(int64(4))}}, {"firebase_screen", pqValue{Text: ptr("calendar")}}, {"x", pqValue{Float: ptr(1.5)}}, {"none", pqValue{}},
		}},
		{Date: "20260301", Time: 1772323201000000, Name: "b", User: ptr("u2")},
		{Date: "20260301", Time: 1772323202000000, Name: "c"},
		{
			Date: "20260301", Time: 1772323203000000, Name: "d", User: ptr("u1"), Params: []pqParam{{"ga_session_id", pqValue{Int: ptr(int64(9))}}},
			Staff: []pqParam{{"plan", pqValue{}}, {"role", pqValue{Text: ptr("qa")}}},
		},
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "events_20260301.parquet")
	if err := parquet.WriteFile(path, events); err != nil {
		t.Fatal(err)
	}
	g, err := NewGA4(GA4Options{Paths: []string{path}, Secret: testSecret, Params: []string{"n", "x"}, StaffProperty: "role"})
	if err != nil {
		t.Fatal(err)
	}
	got, bad, counts := collect(t, g)
	if len(bad) != 0 || counts.Excluded != 1 || counts.Records != 4 {
		t.Fatalf("bad %v, counts %+v", bad, counts)
	}
	want, _, _ := readAll(t, "events_20260301.json",
		`{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"a","user_pseudo_id":"u1","user_id":"kim@example.com","device":{"category":"mobile","language":"ko-kr"},"event_params":[{"key":"n","value":{"int_value":"4"}},{"key":"firebase_screen","value":{"string_value":"calendar"}},{"key":"x","value":{"double_value":1.5}},{"key":"none","value":{}}]}
{"event_date":"20260301","event_timestamp":"1772323201000000","event_name":"b","user_pseudo_id":"u2"}
{"event_date":"20260301","event_timestamp":"1772323203000000","event_name":"d","user_pseudo_id":"u1","event_params":[{"key":"ga_session_id","value":{"int_value":9}}],"user_properties":[{"key":"role","value":{"string_value":"qa"}}]}
`, "n", "x")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-JSON +Parquet):\n%s", diff)
	}
}

func TestFlatParquet(t *testing.T) {
	type logRow struct {
		User  string  `parquet:"uid"`
		At    int64   `parquet:"at"`
		What  string  `parquet:"what"`
		Price float64 `parquet:"price"`
	}
	path := filepath.Join(t.TempDir(), "log.parquet")
	if err := parquet.WriteFile(path, []logRow{{"u", 1772323200, "buy", 2e7}, {"", 1772323200, "buy", 1}}); err != nil {
		t.Fatal(err)
	}
	m, err := ParseMapping("user=uid,time=at,event=what,param.price=price")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewFlat(FlatOptions{Paths: []string{path}, Secret: testSecret, Mapping: m, TimeFormat: "unix_s", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	got, bad, counts := collect(t, s)
	if len(got) != 1 || len(bad) != 0 || counts.Excluded != 1 || got[0].Params["price"] != 2e7 || got[0].Time != 1772323200000000 {
		t.Errorf("got %+v, bad %v, counts %+v", got, bad, counts)
	}
}

func TestDamagedParquetIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events_20260301.parquet")
	if err := parquet.WriteFile(path, []pqEvent{{Date: "20260301", Time: 1772323200000000, Name: "a", User: ptr("u")}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 3, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		g, err := NewGA4(GA4Options{Paths: []string{path}, Secret: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Read(t.Context(), g.Files()[0], func(*Record, *BadRecord) bool { return true }); err == nil {
			t.Errorf("%d of %d bytes: no error", size, len(whole))
		}
	}
}
