// Package duckwh is the embedded warehouse: a DuckDB file, or a database in memory, behind the scheme "duckdb". Importing it
// registers the scheme.
package duckwh

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

func init() { warehouse.Register("duckdb", open) }

// db is an open DuckDB. It implements warehouse.Driver.
type db struct {
	sql    *sql.DB
	engine *engine
	path   string
	opt    warehouse.Options
	hold   *hold
}

// open opens the file at rest, or a database in memory that only this handle sees when rest is ":memory:".
func open(ctx context.Context, rest string, opt warehouse.Options) (warehouse.Driver, error) {
	path, err := place(rest, opt)
	if err != nil {
		return nil, err
	}
	h, err := claim(path, opt)
	if err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector(dsn(path, opt), setUp)
	if err != nil {
		h.release()
		return nil, openError(path, err)
	}
	e := &engine{connector: connector}
	d := &db{sql: sql.OpenDB(e), engine: e, path: path, opt: opt, hold: h}
	if err := d.sql.PingContext(ctx); err != nil {
		return nil, errors.Join(sorted(ctx, err), d.Close())
	}
	if err := h.announce(opt); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// place is the absolute path of the file, "" for memory. The folder is made when the file is to be written.
func place(rest string, opt warehouse.Options) (string, error) {
	if rest == ":memory:" {
		return "", nil
	}
	if rest == "" || strings.ContainsAny(rest, "?%") {
		return "", warehouse.Errorf(warehouse.Invalid, "file name %q: want a path without ? and %%, or :memory:", rest)
	}
	path, err := filepath.Abs(strings.TrimPrefix(rest, "//"))
	if err != nil {
		return "", warehouse.Errorf(warehouse.Invalid, "file name %q: %w", rest, err)
	}
	if opt.ReadOnly || opt.Existing {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return "", warehouse.Errorf(warehouse.NotFound, "%s is not there; name the warehouse, or load events into it first: %w", rest, err)
		}
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", warehouse.Errorf(warehouse.Unavailable, "make its folder: %w", err)
	}
	return path, nil
}

func dsn(path string, opt warehouse.Options) string {
	var set []string
	if opt.ReadOnly && path != "" {
		set = append(set, "access_mode=READ_ONLY")
	}
	if opt.Threads > 0 {
		set = append(set, fmt.Sprintf("threads=%d", opt.Threads))
	}
	if opt.MemoryMiB > 0 {
		set = append(set, fmt.Sprintf("memory_limit=%dMiB", opt.MemoryMiB))
	}
	if path == "" {
		path = ":memory:"
	}
	return path + "?" + strings.Join(set, "&")
}

// setUp runs on every new connection. Type names that GoogleSQL has and DuckDB lacks are made by the dialect, not here.
func setUp(c driver.ExecerContext) error {
	_, err := c.ExecContext(context.Background(), "SET TimeZone = 'UTC'", nil)
	return err
}

// Dialect implements warehouse.Driver.
func (d *db) Dialect() string { return "duckdb" }

// Close implements warehouse.Driver.
func (d *db) Close() error {
	err := d.sql.Close()
	d.hold.release()
	if err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "close %s: %w", d.path, err)
	}
	return nil
}

// Exec implements warehouse.Driver.
func (d *db) Exec(ctx context.Context, query string, args []any) error {
	_, err := d.sql.ExecContext(ctx, query, args...)
	return sorted(ctx, err)
}

// Query implements warehouse.Driver.
func (d *db) Query(ctx context.Context, query string, args []any) (warehouse.Rows, error) {
	r, err := d.sql.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // The caller reads, checks and closes them.
	if err != nil {
		return nil, sorted(ctx, err)
	}
	names, err := r.Columns()
	if err != nil {
		return nil, errors.Join(sorted(ctx, err), r.Close()) //nolint:sqlclosecheck // Only this way out closes them here.
	}
	return &rows{Rows: r, ctx: ctx, names: names}, nil
}

// rows are *sql.Rows with warehouse errors.
type rows struct {
	*sql.Rows
	ctx   context.Context
	names []string
}

func (r *rows) Columns() []string { return r.names }

func (r *rows) Scan(dest ...any) error {
	if err := r.Rows.Scan(dest...); err != nil {
		return warehouse.Errorf(warehouse.Invalid, "scan row: %w", err)
	}
	return nil
}

func (r *rows) Err() error { return sorted(r.ctx, r.Rows.Err()) }

// kinds sorts DuckDB's own error types.
var kinds = map[duckdb.ErrorType]warehouse.Kind{
	duckdb.ErrorTypeParser: warehouse.BadQuery, duckdb.ErrorTypeSyntax: warehouse.BadQuery,
	duckdb.ErrorTypeBinder: warehouse.BadQuery, duckdb.ErrorTypeConversion: warehouse.BadQuery,
	duckdb.ErrorTypeOutOfRange: warehouse.BadQuery, duckdb.ErrorTypeDivideByZero: warehouse.BadQuery,
	duckdb.ErrorTypeInvalidInput: warehouse.BadQuery, duckdb.ErrorTypeMismatchType: warehouse.BadQuery,
	duckdb.ErrorTypeNotImplemented: warehouse.BadQuery, duckdb.ErrorTypeConstraint: warehouse.BadQuery,
	duckdb.ErrorTypeParameterNotResolved: warehouse.BadQuery, duckdb.ErrorTypeExpression: warehouse.BadQuery,
	duckdb.ErrorTypeCatalog: warehouse.NotFound, duckdb.ErrorTypeInterrupt: warehouse.Canceled,
	duckdb.ErrorTypeIO: warehouse.Unavailable, duckdb.ErrorTypeOutOfMemory: warehouse.Unavailable,
	duckdb.ErrorTypePermission: warehouse.Unavailable,
}

// sorted gives err its kind. Errors that have one keep it.
func sorted(ctx context.Context, err error) error {
	var own *warehouse.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	if c := ctx.Err(); c != nil {
		return &warehouse.Error{Kind: warehouse.Canceled, Err: errors.Join(c, err)}
	}
	kind := warehouse.Internal
	var e *duckdb.Error
	if errors.As(err, &e) {
		kind = kinds[e.Type]
		switch {
		case strings.Contains(e.Msg, "read-only mode"):
			kind = warehouse.ReadOnly
		case strings.Contains(e.Msg, "Could not write file"), strings.Contains(e.Msg, "Failed to commit: IO Error"):
			// A disk that is full at COMMIT is an error of the transaction to DuckDB.
			kind = warehouse.Unavailable
		}
	}
	return &warehouse.Error{Kind: kind, Err: err}
}
