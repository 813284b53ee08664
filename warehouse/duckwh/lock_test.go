package duckwh_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

// The tests below start this test binary again as another process; roleEnv tells it what to be.
const roleEnv, fileEnv = "DUCKWH_TEST_ROLE", "DUCKWH_TEST_FILE"

const killDays, killRows = 3, 4000

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "":
		os.Exit(m.Run())
	case "hold":
		child(func(context.Context, *warehouse.Warehouse) error { select {} })
	case "replace":
		child(replaceForever)
	}
}

// child opens the warehouse, says so, and runs until it is killed.
func child(run func(context.Context, *warehouse.Warehouse) error) {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w, err := warehouse.Open(ctx, "duckdb:"+os.Getenv(fileEnv), warehouse.Options{
		Holder: "the test child", Now: func() time.Time { return now }, Threads: 1,
	})
	if err == nil {
		fmt.Println("ready")
		// A timer keeps the runtime from calling an endless wait a deadlock.
		time.AfterFunc(time.Hour, func() {})
		err = run(ctx, w)
	}
	fmt.Println("error:", err)
	os.Exit(1)
}

// replaceForever writes one version of all days after the other: every row of a day holds its version.
func replaceForever(ctx context.Context, w *warehouse.Warehouse) error {
	for version := int64(1); ; version++ {
		if err := w.ReplaceDays(ctx, versionLoads(version)); err != nil {
			return err
		}
	}
}

func versionLoads(version int64) []warehouse.DayLoad {
	loads := make([]warehouse.DayLoad, killDays)
	for i := range loads {
		day := fmt.Sprintf("2026-03-%02d", i+1)
		loads[i] = warehousetest.Day(day)
		loads[i].Ledger.Rows, loads[i].Ledger.Duplicates = killRows, version
		loads[i].Rows = func(yield func([]any) bool) {
			for range killRows {
				if !yield([]any{day, nil, version, nil, nil, nil}) {
					return
				}
			}
		}
	}
	return loads
}

// start runs the child until it says that it holds the file.
func start(t *testing.T, role, file string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, fileEnv+"="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child said %q", lines.Text())
	}
	return cmd
}

func kill(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

func TestLockNamesTheHolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.duckdb")
	cmd := start(t, "hold", file)
	for _, opt := range []warehouse.Options{{}, {ReadOnly: true}} {
		_, err := warehouse.Open(t.Context(), "duckdb:"+file, opt)
		if warehouse.KindOf(err) != warehouse.Locked {
			t.Fatalf("opening a held file: %v, want a locked error", err)
		}
		want := fmt.Sprintf("held by the test child (pid %d, since 2026-03-01T12:00:00Z)", cmd.Process.Pid)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("message %q, want %q in it", err, want)
		}
	}
	kill(cmd)
	w := openURL(t, "duckdb:"+file, warehouse.Options{Holder: "the survivor"})
	if _, err := w.LedgerRows(t.Context()); err != nil {
		t.Errorf("after the holder was killed: %v", err)
	}
}

func TestStaleNoteIsNotBelieved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.duckdb")
	start(t, "hold", file)
	if err := os.WriteFile(file+".lock", []byte(`{"pid":1,"holder":"a ghost"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{})
	if warehouse.KindOf(err) != warehouse.Locked || strings.Contains(err.Error(), "ghost") {
		t.Errorf("got %v, want a locked error that names the true holder", err)
	}
}

func TestSecondHandleInOneProcessIsRefused(t *testing.T) {
	url := "duckdb:" + filepath.Join(t.TempDir(), "a.duckdb")
	openURL(t, url, warehouse.Options{})
	if _, err := warehouse.Open(t.Context(), url, warehouse.Options{}); warehouse.KindOf(err) != warehouse.Locked {
		t.Errorf("got %v, want a locked error", err)
	}
}

func TestNoDatabaseFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.duckdb")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{}); warehouse.KindOf(err) != warehouse.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestKillTearsNoDay(t *testing.T) {
	const seed = 1
	rng := rand.New(rand.NewPCG(seed, 0))
	file := filepath.Join(t.TempDir(), "a.duckdb")
	func() {
		w, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if err := w.Create(t.Context(), warehousetest.Types); err != nil {
			t.Fatal(err)
		}
		if err := w.ReplaceDays(t.Context(), versionLoads(0)); err != nil {
			t.Fatal(err)
		}
	}()
	for round := range 10 {
		cmd := start(t, "replace", file)
		time.Sleep(time.Duration(rng.IntN(120)) * time.Millisecond)
		kill(cmd)
		checkWhole(t, file, round)
	}
}

// checkWhole opens the file after a kill: all days must hold all rows of one version, and the ledger must say so.
func checkWhole(t *testing.T, file string, round int) {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{})
	if err != nil {
		t.Fatalf("round %d: reopen: %v", round, err)
	}
	defer w.Close()
	c, err := w.ReadColumns(t.Context(), `SELECT count(*), count(DISTINCT day), min(whole), max(whole),
		(SELECT min(duplicates) FROM ledger), (SELECT max(duplicates) FROM ledger), (SELECT count(*) FROM ledger) FROM all_types`)
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	got := make([]float64, len(c))
	for i := range c {
		got[i] = c[i].Numbers[0]
	}
	version := got[2]
	want := []float64{killDays * killRows, killDays, version, version, version, version, killDays}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("round %d: torn days: %v, want %v", round, got, want)
		}
	}
}
