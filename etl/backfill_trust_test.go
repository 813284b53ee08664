package etl_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestInterruptedBackfillIsTheBackfill is promise E7: a year loaded by one worker, by four, and by four that are stopped ten times, is
// the same year. The memory of a backfill is measured on the real binary, in cmd/etl.
func TestInterruptedBackfillIsTheBackfill(t *testing.T) {
	const days, stops, seed = 365, 10, 7
	s := put(t, season(days))
	serial := openMemory(t)
	opt := options(s)
	opt.Workers = 1
	if r := load(t, serial, opt); r.Loaded != days {
		t.Fatalf("%d days loaded, want %d", r.Loaded, days)
	}
	opt.Workers = 4
	parallel := openMemory(t)
	load(t, parallel, opt)
	if got, want := eventsSum(t, parallel), eventsSum(t, serial); got != want {
		t.Errorf("four workers: checksum %s, one: %s", got, want)
	}
	stopped := openMemory(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	done := 0
	for range stops {
		before := done
		done = stopAfter(t, stopped, opt, 20+rng.IntN(25))
		if done < before {
			t.Fatalf("seed %d: %d days were loaded, and then only %d", seed, before, done)
		}
	}
	if done == 0 || done == days {
		t.Fatalf("seed %d: %d of %d days after %d stops: the test wants some", seed, done, days, stops)
	}
	if r := load(t, stopped, opt); r.Loaded != days-done || r.Skipped != done {
		t.Errorf("the last run loaded %d days and left %d, want %d and %d", r.Loaded, r.Skipped, days-done, done)
	}
	if got, want := eventsSum(t, stopped), eventsSum(t, serial); got != want {
		t.Errorf("seed %d: checksum %s after %d stops, want %s", seed, got, stops, want)
	}
}

// stopAfter cancels a run after so many steps of its progress, and returns how many days are loaded then.
func stopAfter(t *testing.T, w *warehouse.Warehouse, opt etl.Options, steps int) int {
	t.Helper()
	rows, err := w.LedgerRows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The days that are loaded already are read again, which takes a step each.
	left := steps + len(rows)
	opt.Progress = func(string, int, int) {
		if left--; left == 0 {
			cancel()
		}
	}
	var run *etl.RunError
	if _, err := etl.Run(ctx, w, opt); !errors.Is(err, context.Canceled) || !errors.As(err, &run) {
		t.Fatalf("after %d steps: %v, want it stopped", steps, err)
	}
	if rows, err = w.LedgerRows(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(run.Done) > len(rows) {
		t.Errorf("the error says that %d days are done, the ledger has %d", len(run.Done), len(rows))
	}
	return len(rows)
}
