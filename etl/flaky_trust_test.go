package etl_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

// trustDays is more than a transaction holds, so that a run can fail between two.
const trustDays = 33

// season is so many days of a few events each, from 1 January 2026 on; how many each day has is fixed.
func season(n int) map[string][]string {
	files := map[string][]string{}
	for i := range n {
		day := dayAfter("2026-01-01", i)
		name := "events_" + compact(day) + ".json"
		for user := range 3 + i%4 {
			files[name] = append(files[name], eventOn(day, user, i))
		}
	}
	return files
}

// TestFlakyWarehouseNeverShowsPartOfADay is promise E3: 50 seeds at two rates, each retried until it is done.
func TestFlakyWarehouseNeverShowsPartOfADay(t *testing.T) {
	s := put(t, season(trustDays))
	whole := openMemory(t)
	want := load(t, whole, options(s)).Rows
	sum := eventsSum(t, whole)
	for _, p := range []float64{0.1, 0.25} {
		attempts, failures := 0, 0
		real := openMemory(t)
		for seed := range uint64(50) {
			a, f := untilDone(t, real, s, seed, p, sum)
			attempts, failures = attempts+a, failures+f
		}
		if failures == 0 {
			t.Errorf("p %v: nothing ever failed", p)
		}
		t.Logf("p %v: seeds 0 to 49, %d rows: %d attempts, %d of them failed", p, want, attempts, failures)
	}
}

// opened is a flaky driver whose tables were made on a good day.
type opened struct {
	warehouse.Driver
}

func (opened) Create(context.Context, warehouse.Table) error { return nil }

// untilDone loads through a flaky warehouse until a run says that it is done, and looks at the real one after every attempt.
func untilDone(t *testing.T, real *warehouse.Warehouse, s source.Source, seed uint64, p float64, sum string) (attempts, failures int) {
	t.Helper()
	for _, table := range []string{"events", "ledger", "settings"} {
		if err := real.Exec(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	wh, err := warehouse.With(t.Context(), opened{warehousetest.Flaky(real.Driver(), seed, p)}, warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		attempts++
		_, err := etl.Run(t.Context(), wh, options(s))
		checkWholeDays(t, real, seed, err)
		if err == nil {
			if got := eventsSum(t, real); got != sum {
				t.Fatalf("seed %d, p %v: checksum %s, want %s", seed, p, got, sum)
			}
			return attempts, failures
		}
		failures++
	}
	t.Fatalf("seed %d, p %v: not done after %d attempts", seed, p, attempts)
	return attempts, failures
}

// checkWholeDays holds what the warehouse shows to the files, and what the error says to the warehouse.
func checkWholeDays(t *testing.T, wh *warehouse.Warehouse, seed uint64, err error) {
	t.Helper()
	columns, readErr := wh.ReadColumns(t.Context(), `SELECT CAST(l.day AS STRING) AS day, l.rows_loaded, COUNT(e.day) AS n
		FROM ledger AS l FULL JOIN events AS e ON e.day = l.day GROUP BY 1, 2`)
	if readErr != nil {
		t.Fatal(readErr)
	}
	there := map[string]bool{}
	for i, day := range columns[0].Text {
		want := 0
		for n := range trustDays {
			if dayAfter("2026-01-01", n) == day {
				want = 3 + n%4
			}
		}
		if int(columns[1].Numbers[i]) != want || int(columns[2].Numbers[i]) != want {
			t.Fatalf("seed %d: day %q has %v events, %v by the ledger, %d in its file", seed, day, columns[2].Numbers[i], columns[1].Numbers[i], want)
		}
		there[day] = true
	}
	var run *etl.RunError
	if !errors.As(err, &run) {
		return
	}
	if len(run.Done)+len(run.Failed) != trustDays {
		t.Fatalf("seed %d: the error names %d days done and %d failed, want %d in all: %v", seed, len(run.Done), len(run.Failed), trustDays, err)
	}
	if i := slices.IndexFunc(run.Done, func(day string) bool { return !there[day] }); i >= 0 {
		t.Fatalf("seed %d: %s is said to be done and is not there", seed, run.Done[i])
	}
}

func TestRunErrorNamesTheDays(t *testing.T) {
	err := error(&etl.RunError{Done: []string{"2026-01-01"}, Failed: []string{"2026-01-02", "2026-01-03"}, Err: errors.New("no room")})
	if want := "no room (days done: 2026-01-01; not done: 2 from 2026-01-02 to 2026-01-03)"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if want := "days done: none; not done: none"; fmt.Sprint(&etl.RunError{Err: errors.New("x")}) != "x ("+want+")" {
		t.Errorf("want %q", want)
	}
}
