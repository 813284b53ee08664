package duckwh

import (
	"context"
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// types are the column types as DuckDB names them in its own catalog.
var types = map[warehouse.Type]string{
	warehouse.String: "VARCHAR", warehouse.Int64: "BIGINT", warehouse.Float64: "DOUBLE", warehouse.Bool: "BOOLEAN",
	warehouse.Date: "DATE", warehouse.NumberMap: "MAP(VARCHAR, DOUBLE)",
}

func createSQL(t warehouse.Table) string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = quote(c.Name) + " " + types[c.Type]
	}
	return "CREATE TABLE IF NOT EXISTS " + quote(t.Name) + " (" + strings.Join(columns, ", ") + ")"
}

// quote makes an SQL identifier of a name that warehouse.CheckName has passed; quoted, it may also be a keyword.
func quote(name string) string { return `"` + name + `"` }

// Create implements warehouse.Driver.
func (d *db) Create(ctx context.Context, t warehouse.Table) error {
	if _, err := d.sql.ExecContext(ctx, createSQL(t)); err != nil {
		return sorted(ctx, err)
	}
	there, err := d.columns(ctx, t.Name)
	if err != nil {
		return err
	}
	for i := range max(len(there), len(t.Columns)) {
		was, want := "nothing", "nothing"
		if i < len(there) {
			was = there[i]
		}
		if i < len(t.Columns) {
			want = t.Columns[i].Name + " " + types[t.Columns[i].Type]
		}
		if was != want {
			return warehouse.Errorf(warehouse.Conflict,
				"table %s, column %d is %s, want %s; another version of the program made it: load into a new file", t.Name, i+1, was, want)
		}
	}
	return nil
}

func (d *db) columns(ctx context.Context, table string) ([]string, error) {
	r, err := d.sql.QueryContext(ctx, `SELECT column_name || ' ' || data_type FROM duckdb_columns()
		WHERE table_name = ? AND schema_name = 'main' AND database_name = current_database() ORDER BY column_index`, table)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	defer r.Close()
	var out []string
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			return nil, sorted(ctx, err)
		}
		out = append(out, s)
	}
	return out, sorted(ctx, r.Err())
}

// Tables implements warehouse.Driver. DuckDB knows no time of change, and a dataset is a schema of the same file.
func (d *db) Tables(ctx context.Context, dataset, prefix string) ([]warehouse.TableInfo, error) {
	if dataset == "" {
		dataset = "main"
	}
	r, err := d.sql.QueryContext(ctx, `SELECT t.table_name, t.estimated_size, c.column_name, c.data_type
		FROM duckdb_tables() AS t JOIN duckdb_columns() AS c ON c.table_oid = t.table_oid AND c.database_name = t.database_name
		WHERE t.database_name = current_database() AND t.schema_name = ? AND starts_with(t.table_name, ?)
		ORDER BY t.table_name, c.column_index`, dataset, prefix)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	defer r.Close()
	var out []warehouse.TableInfo
	for r.Next() {
		var t warehouse.TableInfo
		var c warehouse.ColumnInfo
		if err := r.Scan(&t.Name, &t.Rows, &c.Name, &c.Type); err != nil {
			return nil, sorted(ctx, err)
		}
		if len(out) == 0 || out[len(out)-1].Name != t.Name {
			out = append(out, t)
		}
		c.Type, c.Repeated = strings.CutSuffix(c.Type, "[]")
		last := &out[len(out)-1]
		last.Columns = append(last.Columns, c)
	}
	return out, sorted(ctx, r.Err())
}

// Checksum implements warehouse.Driver: the count of rows, and the sum and the exclusive or of their 64-bit hashes.
func (d *db) Checksum(ctx context.Context, t warehouse.Table) (string, error) {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quote(c.Name)
	}
	hash := "hash(" + strings.Join(names, ", ") + ")"
	query := fmt.Sprintf("SELECT format('{}-{}-{}', count(*), coalesce(sum(%[1]s), 0), coalesce(bit_xor(%[1]s), 0)) FROM %[2]s",
		hash, quote(t.Name))
	var sum string
	err := d.sql.QueryRowContext(ctx, query).Scan(&sum)
	return sum, sorted(ctx, err)
}

// SaveSettings implements warehouse.Driver.
func (d *db) SaveSettings(ctx context.Context, settings map[string]string) error {
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return sorted(ctx, err)
	}
	defer tx.Rollback()
	for name, value := range settings {
		if _, err := tx.ExecContext(ctx, "DELETE FROM settings WHERE name = ?", name); err != nil {
			return sorted(ctx, err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO settings VALUES (?, ?)", name, value); err != nil {
			return sorted(ctx, err)
		}
	}
	return sorted(ctx, tx.Commit())
}
