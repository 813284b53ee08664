package etl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestOtherZoneIsSaid loads a day of a property in UTC into a warehouse of days in Seoul.
func TestOtherZoneIsSaid(t *testing.T) {
	var b strings.Builder
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 240 {
		fmt.Fprintf(&b, `{"event_date":"20260301","event_timestamp":"%d","event_name":"open","user_pseudo_id":"u%d"}`+"\n",
			start.Add(time.Duration(i)*6*time.Minute).UnixMicro(), i)
	}
	path := filepath.Join(t.TempDir(), "events_20260301.json")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := []byte("a secret of more than 16 bytes")
	for zone, said := range map[string]bool{"Asia/Seoul": true, "UTC": false} {
		src, err := source.NewGA4(source.GA4Options{Paths: []string{path}, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		var warnings []string
		_, err = etl.Run(t.Context(), w, etl.Options{
			Source: src, Zone: zone, Secret: secret, Now: start, Warn: func(m string) { warnings = append(warnings, m) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(warnings, "\n"), "UTC"); got != said {
			t.Errorf("zone %s: warned %q", zone, warnings)
		}
	}
}
