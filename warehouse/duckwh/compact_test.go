package duckwh_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

// canaryRows are rows of which one in a hundred holds a word that stands nowhere else.
func canaryRows(day string) warehouse.DayLoad {
	var rows [][]any
	for i := range 20000 {
		word := fmt.Sprintf("plain-%x", i*7919)
		if i%100 == 0 {
			word = fmt.Sprintf("canary-%d", i)
		}
		rows = append(rows, []any{day, word, int64(i), nil, nil, nil})
	}
	return warehousetest.Day(day, rows...)
}

// inFile reports whether the bytes stand anywhere in the warehouse's files.
func inFile(t *testing.T, file, text string) bool {
	t.Helper()
	names, err := filepath.Glob(file + "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("files %v, %v", names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

func TestCompactLeavesNoBytesOfDeletedRows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.b.duckdb")
	w := openURL(t, "duckdb:"+file, warehouse.Options{Threads: 1})
	// Compressed text is not found by its bytes, and the test of the test needs to find it.
	if err := w.Exec(t.Context(), "SET GLOBAL force_compression = 'uncompressed'"); err != nil {
		t.Fatal(err)
	}
	if err := w.Create(t.Context(), warehousetest.Types); err != nil {
		t.Fatal(err)
	}
	if err := w.ReplaceDays(t.Context(), []warehouse.DayLoad{canaryRows("2026-03-01"), canaryRows("2026-03-02")}); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"CHECKPOINT", "DELETE FROM all_types WHERE text LIKE 'canary%'", "CHECKPOINT"} {
		if err := w.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if !inFile(t, file, "canary-") {
		t.Fatal("a checkpoint alone already clears the bytes: the test proves nothing")
	}
	before, err := w.Checksum(t.Context(), warehousetest.Types)
	if err != nil {
		t.Fatal(err)
	}
	if rewritten, err := w.Compact(t.Context()); err != nil || !rewritten {
		t.Fatalf("compact: %v, %v", rewritten, err)
	}
	if inFile(t, file, "canary-") {
		t.Error("the bytes of deleted rows are still there")
	}
	if !inFile(t, file, "plain-") {
		t.Error("the other rows are gone")
	}
	if after, err := w.Checksum(t.Context(), warehousetest.Types); err != nil || after != before {
		t.Errorf("checksum %s, %v, want %s", after, err, before)
	}
	if err := w.ReplaceDays(t.Context(), []warehouse.DayLoad{canaryRows("2026-03-03")}); err != nil {
		t.Errorf("writing after compaction: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := openURL(t, "duckdb:"+file, warehouse.Options{})
	if rows, err := again.LedgerRows(t.Context()); err != nil || len(rows) != 3 {
		t.Errorf("ledger after reopening: %d rows, %v, want 3", len(rows), err)
	}
	if names, _ := filepath.Glob(file + ".compact*"); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestCompactRefusesWhileRowsAreRead(t *testing.T) {
	w := openURL(t, "duckdb:"+filepath.Join(t.TempDir(), "a.duckdb"), warehouse.Options{})
	rows, err := w.Query(t.Context(), "SELECT name FROM settings")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Compact(t.Context()); warehouse.KindOf(err) != warehouse.Locked {
		t.Errorf("compacting under a reader: %v, want a locked error", err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Compact(t.Context()); err != nil {
		t.Errorf("compacting after it: %v", err)
	}
}

func TestCompactInMemoryKeepsTheRows(t *testing.T) {
	w := openURL(t, "duckdb::memory:", warehouse.Options{})
	if err := w.SaveSettings(t.Context(), map[string]string{"zone": "UTC"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := w.Settings(t.Context()); err != nil || s["zone"] != "UTC" {
		t.Errorf("settings %v, %v", s, err)
	}
}
