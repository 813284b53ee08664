//go:build unix

package etl_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The tests below start this test binary again as another process, on which the disk's limits fall; these tell it what to do.
const diskFile, diskInput, diskLimit = "ETL_TEST_FILE", "ETL_TEST_INPUT", "ETL_TEST_LIMIT"

// TestDiskChild is no test but the other process: it loads the input into the file and says what became of it.
func TestDiskChild(t *testing.T) {
	file := os.Getenv(diskFile)
	if file == "" {
		return
	}
	var limit uint64
	if _, err := fmt.Sscan(os.Getenv(diskLimit), &limit); err == nil {
		// A write beyond the limit then fails like one on a full disk, instead of ending the process.
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	err := loadInto(t, file, os.Getenv(diskInput))
	fmt.Printf("after %d ms: %v: %s\n", time.Since(start).Milliseconds(), warehouse.KindOf(err), strings.ReplaceAll(fmt.Sprint(err), "\n", " "))
}

func loadInto(t *testing.T, file, input string) error {
	s, err := source.NewGA4(source.GA4Options{Paths: []string{input}, Secret: secret, Params: []string{"n"}})
	if err != nil {
		return err
	}
	w, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{Threads: 1})
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = etl.Run(t.Context(), w, options(s))
	return err
}

// inputs are a folder of a few small days and one of the same days with many events.
func inputs(t *testing.T, dir string, many int) (small, large string) {
	t.Helper()
	small, large = filepath.Join(dir, "small"), filepath.Join(dir, "large")
	for folder, users := range map[string]int{small: 50, large: many} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for day := range 3 {
			name := dayAfter("2026-03-01", day)
			var lines strings.Builder
			for user := range users {
				lines.WriteString(eventOn(name, user, user) + "\n")
			}
			if err := os.WriteFile(filepath.Join(folder, "events_"+compact(name)+".json"), []byte(lines.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return small, large
}

// child runs TestDiskChild in another process and returns what it says.
func child(t *testing.T, cmd *exec.Cmd, env ...string) string {
	t.Helper()
	cmd.Args = append(cmd.Args, "-test.run=^TestDiskChild$", "-test.v=false")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said, _, _ := strings.Cut(string(out), "\n")
	t.Log(said)
	return said
}

// fileSum is the checksum of the events of a file that nobody else has open.
func fileSum(t *testing.T, file string) string {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb:"+file, warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	defer w.Close()
	return eventsSum(t, w)
}

// TestFullDisk is promise E8: a load that finds no room says so, leaves the old days, and a load with room does the rest.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	small, large := inputs(t, dir, 4000)
	file := filepath.Join(dir, "w.duckdb")
	if err := loadInto(t, file, small); err != nil {
		t.Fatal(err)
	}
	before := fileSum(t, file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []int64{0, 100 << 10} {
		said := child(t, exec.Command(os.Args[0]), diskFile+"="+file, diskInput+"="+large, diskLimit+"="+fmt.Sprint(info.Size()+more))
		if !strings.Contains(said, "unavailable") || !strings.Contains(said, "days done: none") && !strings.Contains(said, "open warehouse") {
			t.Errorf("with %d bytes more: said %q, want that there is no room and which days are done", more, said)
		}
		if got := fileSum(t, file); got != before {
			t.Errorf("with %d bytes more: the old days changed", more)
		}
	}
	if err := loadInto(t, file, large); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := fileSum(t, file); got == before {
		t.Error("with room again nothing was loaded")
	}
}

// TestFullFileSystem is the same on a small file system of its own, where the machine lets the test make one.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	small, large := inputs(t, dir, 12000)
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := mountSmall(disk, "3m"); err != nil {
		t.Logf("no file system of its own (%v): TestFullDisk alone speaks for full disks here", err)
		return
	}
	t.Cleanup(func() { unmount(disk) })
	file := filepath.Join(disk, "w.duckdb")
	if err := loadInto(t, file, small); err != nil {
		t.Fatal(err)
	}
	before := fileSum(t, file)
	said := child(t, exec.Command(os.Args[0]), diskFile+"="+file, diskInput+"="+large)
	if !strings.Contains(said, "unavailable") || !strings.Contains(said, "No space left") {
		t.Errorf("said %q, want that there is no space left", said)
	}
	if got := fileSum(t, file); got != before {
		t.Error("the old days changed")
	}
}

// TestReadOnlyFolder runs the other process as a user who may not write there, for root may write anywhere.
func TestReadOnlyFolder(t *testing.T) {
	place, err := os.MkdirTemp("", "calback-etl-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(place, "locked"), 0o755); os.RemoveAll(place) })
	locked, program := filepath.Join(place, "locked"), filepath.Join(place, "program")
	small, _ := inputs(t, place, 1)
	for _, err := range []error{os.Chmod(place, 0o755), os.Mkdir(locked, 0o755), copyFile(os.Args[0], program)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(locked, "w.duckdb")
	if err := loadInto(t, file, small); err != nil {
		t.Fatal(err)
	}
	before := fileSum(t, file)
	for _, err := range []error{os.Chmod(file, 0o444), os.Chmod(locked, 0o555)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{file, filepath.Join(locked, "new.duckdb"), filepath.Join(locked, "new", "w.duckdb")} {
		cmd := exec.Command(program)
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		cmd.Dir = place
		said := child(t, cmd, diskFile+"="+path, diskInput+"="+small)
		if !strings.Contains(said, "unavailable") || !strings.Contains(strings.ToLower(said), "permission denied") || !strings.Contains(said, filepath.Base(path)) {
			t.Errorf("%s: said %q, want that the permission is denied", filepath.Base(path), said)
		}
	}
	if got := fileSum(t, file); got != before {
		t.Error("the old days changed")
	}
}

func copyFile(from, to string) error {
	if os.Link(from, to) == nil {
		return os.Chmod(to, 0o755)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// TestClockJumps: the clock decides nothing about the rows; what it says is noted where a day is written, and a day is not written
// again because of it.
func TestClockJumps(t *testing.T) {
	w := openMemory(t)
	s := put(t, season(5))
	first := load(t, w, options(s))
	before := state(t, w)
	for _, clock := range []time.Time{time.Unix(0, 0), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), loadNow.Add(-time.Hour)} {
		opt := options(s)
		opt.Now = clock
		if r := load(t, w, opt); r.Loaded != 0 || r.Skipped != first.Loaded {
			t.Errorf("at %s: %d days loaded again", clock, r.Loaded)
		}
		if after := state(t, w); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("at %s: the tables changed", clock)
		}
	}
}
