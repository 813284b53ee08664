// Package warehouse is where the days of events, their ledger and the tables made from them live: one concrete Warehouse over
// a small Driver interface, opened by URL.
package warehouse

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options tune how a warehouse is opened. The zero value opens for writing with the driver's own limits.
type Options struct {
	// ReadOnly opens without the right to write; several processes may do so at once while none writes.
	ReadOnly bool
	// Existing refuses a file that is not there instead of making one.
	Existing bool
	// Threads is the number of threads of an embedded engine, 0 for its default.
	Threads int
	// MemoryMiB caps the memory of an embedded engine in MiB; beyond it spills to disk. 0 is its default.
	MemoryMiB int
	// Holder names the program in the message that another process gets while this one holds the file.
	Holder string
	// Now is the clock for the "since" of that message; nil leaves it out.
	Now func() time.Time
	// RunID names the run in the jobs of a warehouse that keeps them: the same run tried again issues the same jobs.
	RunID string
	// Cost is told what a query will read, before it runs, where the warehouse charges for it; nil is silent. An error of it stops the
	// query, unpaid.
	Cost func(Cost) error
}

// Cost is what a query will read and about what that costs.
type Cost struct {
	// Job says what the query is for.
	Job string
	// Bytes is what the warehouse bills at the least, USD the price of that at the on-demand rate.
	Bytes int64
	USD   float64
}

// Rows is a running result, in the manner of database/sql: Next, Scan, then Err; Close ends it early.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
	Columns() []string
}

// Driver is what one kind of warehouse must do. Its methods may be called from several goroutines at once, its errors are *Error.
type Driver interface {
	// Dialect is the SQL it speaks: "duckdb" or "googlesql".
	Dialect() string
	// Exec runs statements without a result.
	Exec(ctx context.Context, sql string, args []any) error
	// Query runs one statement with a result.
	Query(ctx context.Context, sql string, args []any) (Rows, error)
	// Stream does what Warehouse.Stream promises. A result without rows gives one batch without rows, which names the columns.
	Stream(ctx context.Context, sql string, args []any, fn func(batch []ColumnData) error) error
	// Transact does what Warehouse.Transact promises.
	Transact(ctx context.Context, statements []Statement) error
	// Tables does what Warehouse.Tables promises.
	Tables(ctx context.Context, dataset, prefix string) ([]TableInfo, error)
	// Create makes the table unless it is there, and fails with Conflict when it is there with other columns.
	Create(ctx context.Context, t Table) error
	// ReplaceDays does what Warehouse.ReplaceDays promises, for loads already checked.
	ReplaceDays(ctx context.Context, loads []DayLoad) error
	// SaveSettings inserts or replaces rows of the Settings table, all or none.
	SaveSettings(ctx context.Context, settings map[string]string) error
	// Checksum digests the rows of the table as a multiset, so that their order does not matter.
	Checksum(ctx context.Context, t Table) (string, error)
	// Close frees the warehouse for other processes.
	Close() error
}

// Opener opens the warehouse that the rest of the URL, after "scheme:", names.
type Opener func(ctx context.Context, rest string, opt Options) (Driver, error)

var registry = struct {
	sync.Mutex
	openers map[string]Opener
}{openers: map[string]Opener{}}

// Register makes a driver known by its URL scheme; drivers do it when they are imported. A scheme twice panics.
func Register(scheme string, open Opener) {
	registry.Lock()
	defer registry.Unlock()
	if _, ok := registry.openers[scheme]; ok {
		panic("warehouse: scheme " + scheme + " is registered twice")
	}
	registry.openers[scheme] = open
}

// Schemes lists the registered URL schemes in order.
func Schemes() []string {
	registry.Lock()
	defer registry.Unlock()
	return slices.Sorted(maps.Keys(registry.openers))
}

// Warehouse is an open warehouse. It is safe for concurrent use.
type Warehouse struct {
	driver   Driver
	readOnly bool
}

// Open opens a warehouse by URL, such as duckdb:data/calback.duckdb or duckdb::memory:. Unless it is opened read-only, the
// tables All are made when they are missing.
func Open(ctx context.Context, rawURL string, opt Options) (*Warehouse, error) {
	scheme, rest, ok := strings.Cut(rawURL, ":")
	if !ok || scheme == "" {
		return nil, Errorf(Invalid, "open warehouse %q: want SCHEME:PLACE, such as duckdb:data/calback.duckdb", rawURL)
	}
	registry.Lock()
	open := registry.openers[scheme]
	registry.Unlock()
	if open == nil {
		return nil, Errorf(Invalid, "open warehouse %q: no driver for scheme %q; known: %s", rawURL, scheme,
			strings.Join(Schemes(), ", "))
	}
	d, err := open(ctx, rest, opt)
	if err != nil {
		return nil, wrap("open warehouse "+rawURL, err)
	}
	w := &Warehouse{driver: d, readOnly: opt.ReadOnly}
	if opt.ReadOnly {
		return w, nil
	}
	if err := w.Create(ctx, All...); err != nil {
		return nil, errors.Join(wrap("open warehouse "+rawURL, err), d.Close())
	}
	return w, nil
}

// Close frees the warehouse for other processes.
func (w *Warehouse) Close() error { return wrap("close warehouse", w.driver.Close()) }

// Dialect is the SQL that the warehouse speaks: "duckdb" or "googlesql".
func (w *Warehouse) Dialect() string { return w.driver.Dialect() }

// Create makes the tables that are missing. A table that is there with other columns is a Conflict.
func (w *Warehouse) Create(ctx context.Context, tables ...Table) error {
	if err := w.writable(); err != nil {
		return wrap("create tables", err)
	}
	for _, t := range tables {
		if err := t.Check(); err != nil {
			return wrap("create table", err)
		}
		if err := w.driver.Create(ctx, t); err != nil {
			return wrap("create table "+t.Name, err)
		}
	}
	return nil
}

// Exec runs SQL that gives no result. Values are bound to ? in order.
func (w *Warehouse) Exec(ctx context.Context, sql string, args ...any) error {
	return wrap("run statement", w.driver.Exec(ctx, sql, args))
}

// Query runs one SQL statement; the caller closes the rows. Values are bound to ? in order.
func (w *Warehouse) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	rows, err := w.driver.Query(ctx, sql, args)
	return rows, wrap("run query", err)
}

// ReadColumns reads the whole result of one SQL statement into memory, column by column: the fast way for large results.
func (w *Warehouse) ReadColumns(ctx context.Context, sql string, args ...any) ([]ColumnData, error) {
	var all []ColumnData
	err := w.driver.Stream(ctx, sql, args, func(batch []ColumnData) error {
		if all == nil {
			all = make([]ColumnData, len(batch))
		}
		for i := range batch {
			all[i].append(&batch[i])
		}
		return nil
	})
	if err != nil {
		return nil, wrap("read columns", err)
	}
	return all, nil
}

// Checksum digests the rows of the table regardless of their order: equal rows, equal checksum. It compares warehouses of one
// kind and one version of its engine.
func (w *Warehouse) Checksum(ctx context.Context, t Table) (string, error) {
	if err := t.Check(); err != nil {
		return "", wrap("checksum", err)
	}
	sum, err := w.driver.Checksum(ctx, t)
	return sum, wrap("checksum of "+t.Name, err)
}

func (w *Warehouse) writable() error {
	if w.readOnly {
		return Errorf(ReadOnly, "the warehouse was opened read-only")
	}
	return nil
}
