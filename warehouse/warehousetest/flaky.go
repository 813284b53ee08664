package warehousetest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Flaky is the driver on a bad day: each call fails with probability p, in one of three ways by turns of chance. It fails before it
// does anything; it runs out of time, at once or in the middle of the rows; or it does all it should and reports a failure. The same
// seed and the same calls one after another give the same failures. Close always closes.
func Flaky(driver warehouse.Driver, seed uint64, p float64) warehouse.Driver {
	return &flaky{Driver: driver, rng: rand.New(rand.NewPCG(seed, 0)), p: p}
}

type flaky struct {
	warehouse.Driver
	mu  sync.Mutex
	rng *rand.Rand
	p   float64
}

// fault is what is done to one call.
type fault int

const (
	none fault = iota
	// refuse fails before the call.
	refuse
	// expire lets the call's time run out.
	expire
	// deny reports a failure after the call has succeeded.
	deny
)

// errFlaky is the failure that every fault but a timeout reports.
var errFlaky = errors.New("the line went dead")

func dead() error { return warehouse.Errorf(warehouse.Unavailable, "%w", errFlaky) }

// draw says what happens to the next call, and after how many rows where it happens among rows.
func (f *flaky) draw() (fault, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rng.Float64() >= f.p {
		return none, 0
	}
	return refuse + fault(f.rng.IntN(3)), f.rng.IntN(200)
}

// call does the call under the fault.
func (f *flaky) call(ctx context.Context, do func(context.Context) error) error {
	kind, _ := f.draw()
	switch kind {
	case refuse:
		return dead()
	case expire:
		late, cancel := context.WithDeadline(ctx, time.Unix(0, 0))
		defer cancel()
		return do(late)
	case deny:
		if err := do(ctx); err != nil {
			return err
		}
		return dead()
	}
	return do(ctx)
}

// Exec implements warehouse.Driver.
func (f *flaky) Exec(ctx context.Context, sql string, args []any) error {
	return f.call(ctx, func(ctx context.Context) error { return f.Driver.Exec(ctx, sql, args) })
}

// Stream implements warehouse.Driver.
func (f *flaky) Stream(ctx context.Context, sql string, args []any, fn func([]warehouse.ColumnData) error) error {
	return f.call(ctx, func(ctx context.Context) error { return f.Driver.Stream(ctx, sql, args, fn) })
}

// Transact implements warehouse.Driver.
func (f *flaky) Transact(ctx context.Context, statements []warehouse.Statement) error {
	return f.call(ctx, func(ctx context.Context) error { return f.Driver.Transact(ctx, statements) })
}

// Tables implements warehouse.Driver.
func (f *flaky) Tables(ctx context.Context, dataset, prefix string) (tables []warehouse.TableInfo, err error) {
	err = f.call(ctx, func(ctx context.Context) error {
		tables, err = f.Driver.Tables(ctx, dataset, prefix)
		return err
	})
	if err != nil {
		return nil, err
	}
	return tables, nil
}

// Create implements warehouse.Driver.
func (f *flaky) Create(ctx context.Context, t warehouse.Table) error {
	return f.call(ctx, func(ctx context.Context) error { return f.Driver.Create(ctx, t) })
}

// SaveSettings implements warehouse.Driver.
func (f *flaky) SaveSettings(ctx context.Context, settings map[string]string) error {
	return f.call(ctx, func(ctx context.Context) error { return f.Driver.SaveSettings(ctx, settings) })
}

// Checksum implements warehouse.Driver.
func (f *flaky) Checksum(ctx context.Context, t warehouse.Table) (sum string, err error) {
	err = f.call(ctx, func(ctx context.Context) error {
		sum, err = f.Driver.Checksum(ctx, t)
		return err
	})
	if err != nil {
		return "", err
	}
	return sum, nil
}

// Close implements warehouse.Driver.
func (f *flaky) Close() error {
	err := f.Driver.Close()
	if kind, _ := f.draw(); err == nil && kind != none {
		return dead()
	}
	return err
}

// ReplaceDays implements warehouse.Driver. Its time runs out among the rows.
func (f *flaky) ReplaceDays(ctx context.Context, loads []warehouse.DayLoad) error {
	kind, after := f.draw()
	switch kind {
	case refuse:
		return dead()
	case expire:
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		return f.Driver.ReplaceDays(ctx, expiring(loads, after, func() { cancel(context.DeadlineExceeded) }))
	case deny:
		if err := f.Driver.ReplaceDays(ctx, loads); err != nil {
			return err
		}
		return dead()
	}
	return f.Driver.ReplaceDays(ctx, loads)
}

// expiring are the loads, whose time is up after so many rows of all of them, or when there are no more.
func expiring(loads []warehouse.DayLoad, after int, up func()) []warehouse.DayLoad {
	out := append([]warehouse.DayLoad(nil), loads...)
	n := 0
	for i, l := range out {
		out[i].Rows = expiringRows(l.Rows, func(end bool) {
			if n++; n > after || end && i == len(out)-1 {
				up()
			}
		})
	}
	return out
}

func expiringRows(rows iter.Seq[[]any], tick func(end bool)) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		if rows != nil {
			for row := range rows {
				tick(false)
				if !yield(row) {
					return
				}
			}
		}
		tick(true)
	}
}

// Query implements warehouse.Driver. Its line may also go dead between two rows.
func (f *flaky) Query(ctx context.Context, sql string, args []any) (warehouse.Rows, error) {
	kind, after := f.draw()
	if kind == refuse {
		return nil, dead()
	}
	rows, err := f.Driver.Query(ctx, sql, args)
	if err != nil || kind == none {
		return rows, err
	}
	if kind == expire {
		after = 0
	}
	return &flakyRows{Rows: rows, left: after}, nil
}

// flakyRows ends early with an error, or with one after the last row.
type flakyRows struct {
	warehouse.Rows
	left int
}

func (r *flakyRows) Next() bool {
	r.left--
	return r.left >= 0 && r.Rows.Next()
}

func (r *flakyRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return dead()
}
