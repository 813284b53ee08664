package duckwh_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

func openURL(t *testing.T, url string, opt warehouse.Options) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), url, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestMemoryConforms(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T) *warehouse.Warehouse {
		return openURL(t, "duckdb::memory:", warehouse.Options{Threads: 2})
	})
}

func TestFileConforms(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T) *warehouse.Warehouse {
		return openURL(t, "duckdb:"+filepath.Join(t.TempDir(), "new folder", "calback.duckdb"), warehouse.Options{Threads: 2, MemoryMiB: 512})
	})
}

func TestOptionsReachTheEngine(t *testing.T) {
	w := openURL(t, "duckdb::memory:", warehouse.Options{Threads: 1, MemoryMiB: 300})
	c, err := w.ReadColumns(t.Context(), "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('TimeZone')")
	if err != nil {
		t.Fatal(err)
	}
	if c[0].Numbers[0] != 1 || !strings.HasPrefix(c[1].Text[0], "300") || c[2].Text[0] != "UTC" {
		t.Errorf("got %+v", c)
	}
}

func TestReadOnly(t *testing.T) {
	url := "duckdb:" + filepath.Join(t.TempDir(), "a.duckdb")
	if _, err := warehouse.Open(t.Context(), url, warehouse.Options{ReadOnly: true}); warehouse.KindOf(err) != warehouse.NotFound {
		t.Fatalf("opening a missing file for reading: %v", err)
	}
	w, err := warehouse.Open(t.Context(), url, warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Create(t.Context(), warehousetest.Types); err != nil {
		t.Fatal(err)
	}
	day := warehousetest.Day("2026-03-01", []any{"2026-03-01", "x", nil, nil, nil, nil})
	if err := w.ReplaceDays(t.Context(), []warehouse.DayLoad{day}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := openURL(t, url, warehouse.Options{ReadOnly: true})
	if rows, err := r.LedgerRows(t.Context()); err != nil || len(rows) != 1 {
		t.Errorf("ledger %v, %v", rows, err)
	}
	for name, err := range map[string]error{
		"replace":  r.ReplaceDays(t.Context(), []warehouse.DayLoad{day}),
		"create":   r.Create(t.Context(), warehousetest.Types),
		"settings": r.SaveSettings(t.Context(), map[string]string{"a": "b"}),
		"exec":     r.Exec(t.Context(), "DELETE FROM ledger"),
	} {
		if warehouse.KindOf(err) != warehouse.ReadOnly {
			t.Errorf("%s: %v, want a read-only error", name, err)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for _, url := range []string{"", "calback.duckdb", ":x", "duckdb:", "duckdb:a?b", "mysql:x"} {
		_, err := warehouse.Open(t.Context(), url, warehouse.Options{})
		if warehouse.KindOf(err) != warehouse.Invalid {
			t.Errorf("%q: %v, want an invalid error", url, err)
		}
	}
	_, err := warehouse.Open(t.Context(), "mysql:x", warehouse.Options{})
	if err == nil || !strings.Contains(err.Error(), "duckdb") {
		t.Errorf("%v: want the known schemes", err)
	}
}
