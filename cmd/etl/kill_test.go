//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The days that are loaded and killed: two versions of each, which differ in every event and in how many there are.
const (
	killDays = 45
	killSeed = 2
)

func dayEvents(day, version int) int { return 60 + 7*(day%5) + 11*version }

func dayName(day int) string {
	return time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// writeVersion writes the export of the days in that version.
func writeVersion(t *testing.T, dir string, version int) string {
	t.Helper()
	folder := filepath.Join(dir, fmt.Sprintf("v%d", version))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for day := range killDays {
		var lines strings.Builder
		name := strings.ReplaceAll(dayName(day), "-", "")
		for n := range dayEvents(day, version) {
			at := time.Date(2026, 1, 1+day, 3, 0, n, 0, time.UTC).UnixMicro()
			fmt.Fprintf(&lines, `{"event_date":"%s","event_timestamp":"%d","event_name":"v%d","user_pseudo_id":"u%d","platform":"IOS"}`+"\n",
				name, at, version, n)
		}
		if err := os.WriteFile(filepath.Join(folder, "events_"+name+".json"), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// program is the real binary, and the two versions of its input.
type program struct {
	binary string
	inputs [2]string
}

func newProgram(t *testing.T) program {
	t.Helper()
	dir := t.TempDir()
	p := program{binary: filepath.Join(dir, "etl"), inputs: [2]string{writeVersion(t, dir, 0), writeVersion(t, dir, 1)}}
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", p.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return p
}

// command is the binary with the file as its warehouse.
func (p program) command(file string, args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, append([]string{"-warehouse", "duckdb:" + file}, args...)...)
	cmd.Env = append(os.Environ(), "CALBACK_KEY=0123456789abcdef0123456789abcdef")
	return cmd
}

func (p program) load(file string, version int) *exec.Cmd {
	return p.command(file, "load", "-in", p.inputs[version])
}

// loaded runs a load to its end, and tells how long it took and how much memory.
func (p program) loaded(t *testing.T, file string, version int) (took time.Duration, mib int64) {
	t.Helper()
	cmd := p.load(file, version)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("load: %v\n%s", err, out)
	}
	took = time.Since(start)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		mib = usage.Maxrss / 1024
	}
	return took, mib
}

// whole opens the file as a reader of its days does, holds every day to being wholly of one version, and tells how many days there are,
// how many of them are of the version, and how long opening took. DuckDB lets no other process look while the load runs, so that the
// reader comes between the kills.
func whole(t *testing.T, file string, version int) (days, current int, sum string, opening time.Duration) {
	t.Helper()
	start := time.Now()
	wh, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	opening = time.Since(start)
	defer wh.Close()
	columns, err := wh.ReadColumns(t.Context(), `SELECT CAST(COALESCE(l.day, e.day) AS STRING) AS day, COALESCE(l.rows_loaded, -1), COUNT(e.ts),
		COALESCE(MIN(e.name), ''), COALESCE(MAX(e.name), '') FROM ledger AS l FULL JOIN events AS e ON e.day = l.day GROUP BY 1, 2 ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	for i, day := range columns[0].Text {
		of := 0
		if columns[3].Text[i] == "v1" {
			of = 1
		}
		date, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		want := float64(dayEvents(date.YearDay()-1, of))
		if columns[1].Numbers[i] != want || columns[2].Numbers[i] != want || columns[3].Text[i] != columns[4].Text[i] {
			t.Fatalf("torn day %s: %v events of %s to %s, %v by the ledger, want %v", day, columns[2].Numbers[i], columns[3].Text[i],
				columns[4].Text[i], columns[1].Numbers[i], want)
		}
		if of == version {
			current++
		}
	}
	if sum, err = wh.Checksum(t.Context(), warehouse.Events); err != nil {
		t.Fatal(err)
	}
	return len(columns[0].Text), current, sum, opening
}

// TestRealBinary builds the command once for the tests that kill it and hold it.
func TestRealBinary(t *testing.T) {
	p := newProgram(t)
	t.Run("killed loads lose nothing", func(t *testing.T) { killed(t, p) })
	t.Run("a second process is told who holds", func(t *testing.T) { heldBack(t, p) })
}

// killed is promise E2: the binary is killed at random moments of loads that replace every day by its other version. Eight kills in the
// normal run; CALBACK_LONG=1 makes it a hundred.
func killed(t *testing.T, p program) {
	kills := 8
	if os.Getenv("CALBACK_LONG") != "" {
		kills = 100
	}
	var sums [2]string
	var took time.Duration
	for version := range sums {
		file := filepath.Join(t.TempDir(), "unkilled.duckdb")
		var mib int64
		took, mib = p.loaded(t, file, version)
		t.Logf("unkilled load of %d days: %d ms, %d MiB at the most", killDays, took.Milliseconds(), mib)
		_, _, sums[version], _ = whole(t, file, version)
	}
	file := filepath.Join(t.TempDir(), "killed.duckdb")
	rng := rand.New(rand.NewPCG(killSeed, 0))
	before, midway, late := 0, 0, 0
	var slowest time.Duration
	for done := 0; done < kills; {
		if late > 3*kills {
			t.Fatalf("seed %d: %d loads had ended before they were killed, and only %d not", killSeed, late, done)
		}
		version := (done + late) % 2
		cmd := p.load(file, version)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took))))
		// A load that has ended already cannot be killed any more, and Wait tells.
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil {
			late++
		} else {
			done++
		}
		days, current, _, opening := whole(t, file, version)
		slowest = max(slowest, opening)
		if days < before {
			t.Fatalf("seed %d, kill %d: %d days were there, and now %d", killSeed, done, before, days)
		}
		if before = days; current > 0 && current < days {
			midway++
		}
	}
	t.Logf("seed %d: %d kills, %d more that came too late, %d between two transactions; slowest reopening %d ms", killSeed, kills, late, midway, slowest.Milliseconds())
	for version := range sums {
		p.loaded(t, file, version)
		if _, _, sum, _ := whole(t, file, version); sum != sums[version] {
			t.Errorf("version %d: checksum %s after the kills, %s without", version, sum, sums[version])
		}
	}
}

// heldBack: a load that stands still holds the file, and another process says so at once.
func heldBack(t *testing.T, p program) {
	file := filepath.Join(t.TempDir(), "w.duckdb")
	holder := p.load(file, 0)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { holder.Process.Kill(); holder.Wait() })
	// The note is there once the file is locked.
	for _, err := os.Stat(file + ".lock"); err != nil && t.Context().Err() == nil; _, err = os.Stat(file + ".lock") {
		time.Sleep(time.Millisecond)
	}
	if err := holder.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	out, err := p.load(file, 1).CombinedOutput()
	t.Logf("after %d ms: %s", time.Since(start).Milliseconds(), bytes.TrimSpace(out))
	if want := fmt.Sprintf("is held by etl load (pid %d", holder.Process.Pid); err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if err := holder.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err != nil {
		t.Errorf("the holder: %v", err)
	}
	if days, _, _, _ := whole(t, file, 0); days != killDays {
		t.Errorf("%d days, want %d", days, killDays)
	}
}
