package etl_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var (
	secret  = []byte("0123456789abcdef0123456789abcdef")
	loadNow = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
)

func openMemory(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// event is one line of the export: event n of a user on a day of March 2026.
func event(day, user, n int) string {
	at := time.Date(2026, 3, day, 3, 0, n, 0, time.UTC).UnixMicro()
	return fmt.Sprintf(`{"event_date":"202603%02d","event_timestamp":"%d","event_name":"e%d","user_pseudo_id":"u%d","platform":"IOS",`+
		`"event_bundle_sequence_id":"%d","event_params":[{"key":"n","value":{"int_value":"%d"}}]}`, day, at, n%5, user, n, n)
}

// put writes the files and opens them as a GA4 export.
func put(t *testing.T, files map[string][]string) source.Source {
	t.Helper()
	dir := t.TempDir()
	for name, lines := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := source.NewGA4(source.GA4Options{Paths: []string{dir}, Secret: secret, Params: []string{"n"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func options(s source.Source) etl.Options {
	return etl.Options{Source: s, Zone: "Asia/Seoul", Secret: secret, Now: loadNow, Workers: 2}
}

func load(t *testing.T, w *warehouse.Warehouse, opt etl.Options) etl.Result {
	t.Helper()
	result, err := etl.Run(t.Context(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func eventsSum(t *testing.T, w *warehouse.Warehouse) string {
	t.Helper()
	sum, err := w.Checksum(t.Context(), warehouse.Events)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// days is four days of events, as the export has them: one list a day.
func days() [][]string {
	out := make([][]string, 4)
	for d := range out {
		for user := range 12 {
			for n := range 10 {
				out[d] = append(out[d], event(d+1, user, n))
			}
		}
	}
	return out
}

// TestAnyPlanLoadsTheSameTable is promise E1: whatever way the events are spread over files, and however often and in which order the
// days are loaded, the table is the same.
func TestAnyPlanLoadsTheSameTable(t *testing.T) {
	var want string
	w := openMemory(t)
	for plan := range uint64(100) {
		rng := rand.New(rand.NewPCG(plan, 1))
		for _, table := range []string{"events", "ledger", "settings"} {
			if err := w.Exec(t.Context(), "DELETE FROM "+table); err != nil {
				t.Fatal(err)
			}
		}
		opt := options(put(t, scattered(rng)))
		opt.Workers = 1 + rng.IntN(3)
		for _, day := range visits(rng, planDays) {
			one := opt
			one.From, one.To = fmt.Sprintf("2026-03-%02d", day+1), fmt.Sprintf("2026-03-%02d", day+1)
			load(t, w, one)
		}
		sum := eventsSum(t, w)
		if plan == 0 {
			want = sum
		}
		if sum != want {
			t.Fatalf("plan %d: checksum %s, want %s", plan, sum, want)
		}
	}
	whole := openMemory(t)
	if load(t, whole, options(put(t, map[string][]string{"all.json": slices.Concat(planned()...)}))); eventsSum(t, whole) != want {
		t.Error("the plans agree on another table than one load of everything makes")
	}
}

const planDays = 3

// planned is some events of a few days, one list a day.
func planned() [][]string {
	out := days()[:planDays]
	for d := range out {
		out[d] = out[d][:40]
	}
	return out
}

// scattered are the events of the days, shuffled, some of them twice, in several files a day or in files of any days, one of which
// may be there twice.
func scattered(rng *rand.Rand) map[string][]string {
	files := map[string][]string{}
	mixed := rng.IntN(3) == 0
	for d, lines := range planned() {
		lines = append(lines, lines[rng.IntN(len(lines))], lines[rng.IntN(len(lines))])
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		parts := 1 + rng.IntN(4)
		for i, l := range lines {
			name := fmt.Sprintf("events_202603%02d-%d.json", d+1, i%parts)
			if mixed {
				name = fmt.Sprintf("part-%d.json", rng.IntN(5))
			}
			files[name] = append(files[name], l)
		}
		if rng.IntN(4) == 0 && !mixed {
			files[fmt.Sprintf("events_202603%02d-again.json", d+1)] = lines
		}
	}
	return files
}

// visits are n days in any order, each 1 to 3 times.
func visits(rng *rand.Rand, n int) []int {
	var out []int
	for day := range n {
		for range 1 + rng.IntN(3) {
			out = append(out, day)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestUnchangedDaysAreSkipped(t *testing.T) {
	w := openMemory(t)
	all := days()
	files := map[string][]string{"events_20260301.json": all[0], "events_20260302.json": all[1]}
	first := load(t, w, options(put(t, files)))
	if first.Loaded != 2 || first.Rows != 240 {
		t.Errorf("first load %+v", first)
	}
	files["events_20260302.json"] = append(all[1], event(2, 50, 1))
	files["events_20260303.json"] = all[2]
	second := load(t, w, options(put(t, files)))
	if second.Loaded != 2 || second.Skipped != 1 || second.Days[0].Skipped != "unchanged" || second.Rows != 241 {
		t.Errorf("second load %+v", second)
	}
}

func TestLedgerTellsWhatWasLoaded(t *testing.T) {
	w := openMemory(t)
	lines := append(days()[0], event(1, 0, 0), "broken", `{"event_date":"20260301","event_timestamp":"1","event_name":"a"}`)
	opt := options(put(t, map[string][]string{"events_20260301.json": lines}))
	opt.MaxBad, opt.Simulated = 0.05, true
	result := load(t, w, opt)
	rows, err := w.LedgerRows(t.Context())
	if err != nil || len(rows) != 1 {
		t.Fatalf("ledger %v, %v", rows, err)
	}
	start := time.Date(2026, 2, 28, 15, 0, 0, 0, time.UTC).UnixMicro()
	want := warehouse.LedgerRow{
		Table: "events", Day: "2026-03-01", Source: "ga4/daily", Fingerprint: rows[0].Fingerprint, Rows: 120, Duplicates: 1, Quarantined: 1,
		DataStart: start, DataEnd: start + 24*3600e6, RunID: result.RunID, LoadedAt: loadNow.UnixMicro(), Simulated: true,
	}
	if rows[0] != want {
		t.Errorf("ledger %+v, want %+v", rows[0], want)
	}
	q, err := w.ReadColumns(t.Context(), "SELECT day, source, line, reason FROM quarantine")
	if err != nil || q[0].Len() != 1 || q[1].Text[0] != "events_20260301.json" || q[2].Numbers[0] != 122 || q[3].Text[0] != source.ReasonSyntax {
		t.Errorf("quarantine %+v, %v", q, err)
	}
	if result.Excluded != 1 {
		t.Errorf("%d excluded, want 1", result.Excluded)
	}
}

func TestTooManyBadRecordsWriteNothing(t *testing.T) {
	w := openMemory(t)
	all := days()
	load(t, w, options(put(t, map[string][]string{"events_20260301.json": all[0]})))
	before := eventsSum(t, w)
	bad := options(put(t, map[string][]string{"events_20260301.json": all[1][:5], "events_20260302.json": append(all[1], "broken", "broken")}))
	if _, err := etl.Run(t.Context(), w, bad); !errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), source.ReasonSyntax) {
		t.Errorf("got %v, want a refusal with the reason", err)
	}
	if eventsSum(t, w) != before {
		t.Error("a refused load changed the table")
	}
}

func TestOtherSettingsAreRefused(t *testing.T) {
	w := openMemory(t)
	s := put(t, map[string][]string{"events_20260301.json": days()[0]})
	load(t, w, options(s))
	for name, change := range map[string]func(*etl.Options){
		"zone":      func(o *etl.Options) { o.Zone = "UTC" },
		"key_check": func(o *etl.Options) { o.Secret = []byte("another secret of 32 bytes......") },
		"simulated": func(o *etl.Options) { o.Simulated = true },
	} {
		opt := options(s)
		change(&opt)
		if _, err := etl.Run(t.Context(), w, opt); !errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	settings, err := w.Settings(t.Context())
	if err != nil || strings.Contains(fmt.Sprint(settings), string(secret)) {
		t.Errorf("settings %v, %v: the secret must not be kept", settings, err)
	}
}

func TestIntradayGivesWayToDaily(t *testing.T) {
	w := openMemory(t)
	all := days()
	load(t, w, options(put(t, map[string][]string{"events_intraday_20260301.json": all[0][:50]})))
	rows, _ := w.LedgerRows(t.Context())
	if rows[0].Source != "ga4/intraday" || rows[0].DataEnd != time.Date(2026, 3, 1, 3, 0, 9, 1000, time.UTC).UnixMicro() {
		t.Errorf("intraday ledger %+v", rows[0])
	}
	load(t, w, options(put(t, map[string][]string{"events_20260301.json": all[0]})))
	again := load(t, w, options(put(t, map[string][]string{"events_intraday_20260301.json": all[0][:50]})))
	rows, _ = w.LedgerRows(t.Context())
	if again.Skipped != 1 || rows[0].Source != "ga4/daily" || rows[0].Rows != 120 {
		t.Errorf("result %+v, ledger %+v", again, rows)
	}
}

func TestCancelledLoadCanBeFinished(t *testing.T) {
	s := put(t, map[string][]string{"events_20260301.json": days()[0], "events_20260302.json": days()[1]})
	w := openMemory(t)
	ctx, cancel := context.WithCancel(t.Context())
	opt := options(s)
	opt.Progress = func(string, int, int) { cancel() }
	if _, err := etl.Run(ctx, w, opt); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want it cancelled", err)
	}
	if result := load(t, w, options(s)); result.Rows != 240 {
		t.Errorf("the next run loaded %d rows, want 240", result.Rows)
	}
}

func TestFlatLogEndsWithItsLastEvent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte("u,t,e\na,1772323200,x\nb,1772409600,y\nb,1772409600,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := source.ParseMapping("user=u,time=t,event=e")
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.NewFlat(source.FlatOptions{Paths: []string{path}, Secret: secret, Mapping: m, TimeFormat: "unix_s", Zone: "Asia/Seoul"})
	if err != nil {
		t.Fatal(err)
	}
	w := openMemory(t)
	load(t, w, options(s))
	rows, err := w.LedgerRows(t.Context())
	if err != nil || len(rows) != 2 {
		t.Fatalf("ledger %v, %v", rows, err)
	}
	if rows[0].DataEnd != rows[1].DataStart || rows[1].DataEnd != 1772409600e6+1 || rows[1].Duplicates != 1 {
		t.Errorf("ledger %+v", rows)
	}
	opt := options(put(t, map[string][]string{"events_20260301.json": days()[0]}))
	if _, err := etl.Run(t.Context(), w, opt); !errors.Is(err, etl.ErrRefused) {
		t.Errorf("another kind of source over loaded days: %v, want a refusal", err)
	}
	opt.Replace = true
	load(t, w, opt)
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "key")
	one, made, err := etl.Secret(path)
	if err != nil || !made || len(one) != 64 {
		t.Fatalf("%d bytes, made %v, %v", len(one), made, err)
	}
	two, made, err := etl.Secret(path)
	if err != nil || made || string(one) != string(two) {
		t.Errorf("read again: made %v, equal %v, %v", made, string(one) == string(two), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}
