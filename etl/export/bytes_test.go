package export

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

func TestBytesOfAnEventByHand(t *testing.T) {
	line := `{"event_date":"20260301","event_timestamp":"1772323200000000","event_name":"open","user_pseudo_id":"u1","user_id":null,
"device":{"category":"mobile","advertising_id":"not read"},"geo":{"city":"not read","country":"대한민국"},"event_params":[
{"key":"price","value":{"double_value":1.5}},{"key":"n","value":{"int_value":"4"}},{"key":"s","value":{"string_value":"가"}}],
"user_properties":[{"key":"is_staff","value":{"int_value":"1"}}],"event_value_in_usd":3.5}`
	opt := testOptions()
	opt.StaffProperty = ""
	b, err := MeasureBytes(strings.NewReader(line), opt)
	if err != nil {
		t.Fatal(err)
	}
	// event_date 2+8, event_timestamp 8, event_name 2+4, user_pseudo_id 2+2.
	judged := int64(10 + 8 + 6 + 4)
	// device.category 2+6, geo.country 2+12; the keys 7, 3 and 3; the values 8, 8 and 2+3.
	read := judged + 8 + 14 + 13 + 21
	if b != (Bytes{Events: 1, Read: read, Judged: judged}) {
		t.Errorf("bytes %+v, want %d read and %d judged", b, read, judged)
	}
	if got, want := b.Billed(), read+2*judged+8; got != want || b.PerMillion() != want*1_000_000 {
		t.Errorf("billed %d, a million %d, want %d", got, b.PerMillion(), want)
	}
	opt.StaffProperty = "is_staff"
	with, err := MeasureBytes(strings.NewReader(line), opt)
	if err != nil || with.Read != read+10+8 {
		t.Errorf("with the user's properties %d: %v, want %d", with.Read, err, read+18)
	}
	if (Bytes{}).PerMillion() != 0 {
		t.Error("no events bill something")
	}
	if _, err := MeasureBytes(strings.NewReader("{"), opt); err == nil {
		t.Error("half an event was measured")
	}
}

func TestStoredBytes(t *testing.T) {
	row := make([]any, 20)
	row[0], row[1], row[2], row[3] = "2026-03-01", strings.Repeat("f", 32), int64(1), "open"
	row[19] = map[string]float64{"price": 1}
	if got, want := StoredBytes(row), int64(8+34+8+6+7+8); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// TestBytesOfTheSample measures real rows of the export. The figure is the one that the documentation gives.
func TestBytesOfTheSample(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sample")
	_, err := sample.Write(t.Context(), dir, sample.Options{
		Users: 300, Days: 45, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seed: 3, Zone: "Asia/Seoul",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var all bytes.Buffer
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	b, err := MeasureBytes(&all, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%d events: %d bytes read, %d judged, %.2f GB billed a million", b.Events, b.Read/b.Events, b.Judged/b.Events,
		float64(b.PerMillion())/1e9)
	if want := "11757 events: 329 bytes read, 67 judged, 0.47 GB billed a million"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
