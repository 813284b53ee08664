package duckwh

import (
	"context"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// engine is the connector of a pool, under which the file can be changed for another.
type engine struct {
	mu        sync.Mutex
	connector *duckdb.Connector
}

// Connect implements driver.Connector.
func (e *engine) Connect(ctx context.Context) (driver.Conn, error) {
	e.mu.Lock()
	c := e.connector
	e.mu.Unlock()
	return c.Connect(ctx)
}

// Driver implements driver.Connector.
func (e *engine) Driver() driver.Driver { return duckdb.Driver{} }

// Close closes the file; the pool calls it last.
func (e *engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.connector.Close()
}

// Compact implements warehouse.Compacter. DuckDB marks deleted rows, and a checkpoint frees their blocks without clearing them; so the
// rows that are left are copied into a new file, which then takes the old one's name in one step.
func (d *db) Compact(ctx context.Context) error {
	if d.path == "" {
		return nil
	}
	if n := d.sql.Stats().InUse; n > 0 {
		return warehouse.Errorf(warehouse.Locked, "%s is in use %d times by this process; finish that first", d.path, n)
	}
	fresh := d.path + ".compact"
	if err := errors.Join(gone(fresh), gone(fresh+".wal")); err != nil {
		return err
	}
	if err := d.copyTo(ctx, fresh); err != nil {
		return errors.Join(err, gone(fresh), gone(fresh+".wal"))
	}
	// From here on the change is made to the end, cancelled or not.
	return d.exchange(context.WithoutCancel(ctx), fresh)
}

// gone removes a file that need not be there.
func gone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return warehouse.Errorf(warehouse.Unavailable, "remove %s: %w", path, err)
	}
	return nil
}

// copyTo writes all that the file holds into a new one.
func (d *db) copyTo(ctx context.Context, fresh string) error {
	var name string
	if err := d.sql.QueryRowContext(ctx, "SELECT current_database()").Scan(&name); err != nil {
		return sorted(ctx, err)
	}
	return d.raw(ctx, func(c *duckdb.Conn) error {
		exec := func(ctx context.Context, query string) error {
			_, err := c.ExecContext(ctx, query, nil)
			return err
		}
		if err := exec(ctx, "CHECKPOINT"); err != nil {
			return err
		}
		if err := exec(ctx, "ATTACH '"+strings.ReplaceAll(fresh, "'", "''")+"' AS calback_compacted"); err != nil {
			return err
		}
		copied := exec(ctx, "COPY FROM DATABASE "+quote(strings.ReplaceAll(name, `"`, `""`))+" TO calback_compacted")
		if copied == nil {
			copied = exec(ctx, "CHECKPOINT calback_compacted")
		}
		return errors.Join(copied, exec(context.WithoutCancel(ctx), "DETACH calback_compacted"))
	})
}

// exchange closes the old file, puts the fresh one in its place and opens that.
func (d *db) exchange(ctx context.Context, fresh string) error {
	d.sql.SetMaxIdleConns(-1)
	defer d.sql.SetMaxIdleConns(2)
	if err := d.engine.Close(); err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "close %s: %w", d.path, err)
	}
	moved := replaceFile(d.path, fresh)
	connector, err := duckdb.NewConnector(dsn(d.path, d.opt), setUp)
	if err != nil {
		return errors.Join(moved, openError(d.path, err))
	}
	d.engine.mu.Lock()
	d.engine.connector = connector
	d.engine.mu.Unlock()
	return errors.Join(moved, sorted(ctx, d.sql.PingContext(ctx)))
}

// replaceFile renames fresh to path and makes it last. Between the close of the old file and the rename no other process may write to
// the old one, so it is locked as DuckDB locks it.
func replaceFile(path, fresh string) error {
	unlock, err := lockFile(path)
	if err != nil {
		return errors.Join(warehouse.Errorf(warehouse.Locked, "%s was opened by another process meanwhile: %w", path, err), gone(fresh))
	}
	defer unlock()
	if _, err := os.Stat(path + ".wal"); err == nil {
		return errors.Join(warehouse.Errorf(warehouse.Conflict, "%s was written to meanwhile", path), gone(fresh))
	}
	if err := errors.Join(syncPath(fresh), os.Rename(fresh, path), syncPath(filepath.Dir(path))); err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "put the new file in place: %w", err)
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
