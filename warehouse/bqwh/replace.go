package bqwh

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// mostDays is how many days one call may replace: each is three parameters of a statement that may have 10,000, and a partition of a job
// that may change 4,000 (cloud.google.com/bigquery/quotas).
const mostDays = 3000

// ReplaceDays implements warehouse.Driver. The rows go into Parquet files, which finds what does not fit before anything is sent; load jobs
// put the files into staging tables; one transaction takes the old days away and the new ones in, with their quarantine and ledger. Loading
// is free of charge, and nothing is streamed, so that every row can be erased at once.
func (d *db) ReplaceDays(ctx context.Context, loads []warehouse.DayLoad) (err error) {
	if len(loads) > mostDays {
		return warehouse.Errorf(warehouse.Invalid, "%d days at once: want at most %d", len(loads), mostDays)
	}
	folder, err := os.MkdirTemp("", "calback-load-")
	if err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "make a folder for the load: %w", err)
	}
	defer os.RemoveAll(folder)
	byTable := group(loads)
	parts, err := writeParts(ctx, folder, loads, byTable)
	if err != nil {
		return sorted(ctx, err)
	}
	before, err := d.ledger(ctx, byTable)
	if err != nil {
		return err
	}
	// What the ledger says now is part of what the request is: loading A, B and then A again is three requests.
	key := d.key("replace", fmt.Sprint(parts), before)
	for _, p := range parts {
		p.staging = "staging_" + key + "_" + p.table.Name
	}
	defer d.drop(ctx, parts)
	if err := d.stage(ctx, key, parts); err != nil {
		return err
	}
	statements := deleteDays(byTable)
	for _, p := range parts {
		statements = append(statements, p.insert())
	}
	return d.transact(ctx, statements, key)
}

// group is the loads by their table's name.
func group(loads []warehouse.DayLoad) map[string][]*warehouse.DayLoad {
	byTable := map[string][]*warehouse.DayLoad{}
	for i := range loads {
		name := loads[i].Table.Name
		byTable[name] = append(byTable[name], &loads[i])
	}
	return byTable
}

// part is what one table gets: a Parquet file and the staging table that it goes into.
type part struct {
	table   warehouse.Table
	path    string
	staging string
	// sum is the SHA-256 of the file, rows their number.
	sum  string
	rows int
}

// String is what the part puts into the warehouse.
func (p *part) String() string { return p.table.Name + " " + p.sum }

// writeParts writes a file for each table that gets rows: the loads' tables, the quarantine and the ledger.
func writeParts(ctx context.Context, folder string, loads []warehouse.DayLoad, byTable map[string][]*warehouse.DayLoad) ([]*part, error) {
	var parts []*part
	write := func(t warehouse.Table, fill func(add func([]any) error) error) error {
		p := &part{table: t, path: filepath.Join(folder, t.Name+".parquet")}
		var err error
		if p.sum, p.rows, err = writeFile(p.path, t, fill); err != nil {
			return err
		}
		if p.rows > 0 {
			parts = append(parts, p)
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		days := byTable[name]
		err := write(days[0].Table, func(add func([]any) error) error { return dayRows(ctx, days, add) })
		if err != nil {
			return nil, err
		}
	}
	err := write(warehouse.Quarantine, func(add func([]any) error) error { return quarantineRows(loads, add) })
	if err != nil {
		return nil, err
	}
	err = write(warehouse.Ledger, func(add func([]any) error) error {
		for i := range loads {
			if err := add(loads[i].Ledger.Values()); err != nil {
				return err
			}
		}
		return nil
	})
	return parts, err
}

// checkEvery is how many rows may pass between two looks at the context.
const checkEvery = 4096

func dayRows(ctx context.Context, days []*warehouse.DayLoad, add func([]any) error) error {
	n := 0
	for _, l := range days {
		if l.Rows == nil {
			continue
		}
		for row := range l.Rows {
			if err := l.CheckRow(row); err != nil {
				return err
			}
			if err := add(row); err != nil {
				return err
			}
			if n++; n%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return ctx.Err()
}

func quarantineRows(loads []warehouse.DayLoad, add func([]any) error) error {
	for _, l := range loads {
		for _, q := range l.Quarantine {
			if err := add([]any{l.Table.Name, l.Day, q.Source, q.Line, q.Reason}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ledger is what the ledger says of the days before they are replaced, as text.
func (d *db) ledger(ctx context.Context, byTable map[string][]*warehouse.DayLoad) (string, error) {
	var queries []string
	var args []any
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		places, days := dayList(byTable[name])
		queries = append(queries, "table_name = ? AND day IN ("+places+")")
		args = append(append(args, name), days...)
	}
	rows, err := d.Query(ctx, "SELECT table_name, CAST(day AS STRING), fingerprint, run_id, loaded_at FROM ledger WHERE "+
		strings.Join(queries, " OR ")+" ORDER BY 1, 2", args)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		values := make([]any, len(rows.Columns()))
		dest := make([]any, len(values))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%q\n", values)
	}
	return out.String(), rows.Err()
}

// deleteDays are the statements that take the days away, from their tables, the quarantine and the ledger. The days stand in a list, by which
// BigQuery finds the partitions without reading the others.
func deleteDays(byTable map[string][]*warehouse.DayLoad) []warehouse.Statement {
	var out []warehouse.Statement
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		days := byTable[name]
		places, args := dayList(days)
		out = append(out, warehouse.Statement{
			SQL: "DELETE FROM " + quote(name) + " WHERE " + quote(days[0].Table.Partition) + " IN (" + places + ")", Args: args,
		})
		for _, about := range []warehouse.Table{warehouse.Quarantine, warehouse.Ledger} {
			out = append(out, warehouse.Statement{
				SQL:  "DELETE FROM " + quote(about.Name) + " WHERE table_name = ? AND day IN (" + places + ")",
				Args: append([]any{name}, args...),
			})
		}
	}
	return out
}

func dayList(days []*warehouse.DayLoad) (places string, args []any) {
	for _, l := range days {
		args = append(args, l.Day)
	}
	return strings.TrimSuffix(strings.Repeat("CAST(? AS DATE), ", len(days)), ", "), args
}

// insert copies the part from its staging table.
func (p *part) insert() warehouse.Statement {
	columns := make([]string, len(p.table.Columns))
	for i, c := range p.table.Columns {
		columns[i] = quote(c.Name)
	}
	list := strings.Join(columns, ", ")
	return warehouse.Statement{SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s FROM %s", quote(p.table.Name), list, list, quote(p.staging))}
}

// stage makes the staging tables and loads the files into them.
func (d *db) stage(ctx context.Context, key string, parts []*part) error {
	sql := make([]string, len(parts))
	for i, p := range parts {
		sql[i] = createStaging(p)
	}
	if _, err := d.start(ctx, strings.Join(sql, ";\n"), nil, true, key); err != nil {
		return err
	}
	errs := make([]error, len(parts))
	var jobs sync.WaitGroup
	for i, p := range parts {
		jobs.Go(func() { errs[i] = d.load(ctx, key, p) })
	}
	jobs.Wait()
	return errors.Join(errs...)
}

var sqlTypes = map[warehouse.Type]string{
	warehouse.String: "STRING", warehouse.Int64: "INT64", warehouse.Float64: "FLOAT64", warehouse.Bool: "BOOL", warehouse.Date: "DATE",
	warehouse.NumberMap: "ARRAY<STRUCT<key STRING, value FLOAT64>>",
}

// createStaging makes a table that BigQuery drops after a day, by its own clock, should this run be killed before it does.
func createStaging(p *part) string {
	columns := make([]string, len(p.table.Columns))
	for i, c := range p.table.Columns {
		columns[i] = quote(c.Name) + " " + sqlTypes[c.Type]
	}
	return "CREATE TABLE IF NOT EXISTS " + quote(p.staging) + " (" + strings.Join(columns, ", ") + ")\n" +
		"OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), labels = [('app', 'calback'), ('job', 'staging')])"
}

// drop takes the staging tables away. One that stays is dropped by BigQuery.
func (d *db) drop(ctx context.Context, parts []*part) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	for _, p := range parts {
		_ = d.dataset.Table(p.staging).Delete(ctx)
	}
}

// load is one load job. The file can be sent again.
func (d *db) load(ctx context.Context, key string, p *part) error {
	file, err := os.Open(p.path)
	if err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "open the file to load: %w", err)
	}
	defer file.Close()
	_, err = d.do(ctx, d.key("load", key, p), true, func(ctx context.Context, id string) (*bigquery.Job, error) {
		if _, err := file.Seek(0, 0); err != nil {
			return nil, err
		}
		source := bigquery.NewReaderSource(file)
		source.SourceFormat, source.Schema = bigquery.Parquet, schema(p.table)
		loader := d.dataset.Table(p.staging).LoaderFrom(source)
		loader.WriteDisposition, loader.CreateDisposition = bigquery.WriteTruncate, bigquery.CreateNever
		loader.Labels, loader.JobID, loader.Location = d.labels("load "+p.table.Name), id, d.location
		if d.set.Endpoint != "" {
			// Emulators know no upload in pieces.
			loader.MediaOptions = []googleapi.MediaOption{googleapi.ChunkSize(0)}
		}
		return loader.Run(ctx)
	})
	return err
}
