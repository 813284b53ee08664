package bqwh

import (
	"context"

	"cloud.google.com/go/bigquery"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The on-demand price of queries in USD a TiB, and the least that a query bills for each table that it reads, in bytes
// (cloud.google.com/bigquery/pricing). Bytes are billed by whole MiB. What a query needs not read, such as the rows of an empty table, is
// not billed.
const (
	usdPerTiB   = 6.25
	leastBilled = 10 * mebibyte
	mebibyte    = 1 << 20
	gibibyte    = 1 << 30
	tebibyte    = 1 << 40
)

// price is what BigQuery bills at the least for a query that processes so many bytes of so many tables.
func price(job string, processed int64, tables int) warehouse.Cost {
	billed := int64(0)
	if processed > 0 {
		billed = max((processed+mebibyte-1)/mebibyte*mebibyte, leastBilled*int64(max(tables, 1)))
	}
	return warehouse.Cost{Job: job, Bytes: billed, USD: float64(billed) / tebibyte * usdPerTiB}
}

// priced asks BigQuery what a statement would read, and Options.Cost whether it may. Asking is free, and finds what is wrong with the
// statement before anything is paid. A warehouse that is open for reading refuses what does more than read.
func (d *db) priced(ctx context.Context, sql string, args []any) error {
	q, err := d.query(sql, args)
	if err != nil {
		return err
	}
	q.DryRun = true
	bounded, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	job, err := q.Run(bounded)
	if err != nil {
		return sorted(ctx, err)
	}
	processed, tables := int64(0), 0
	if s := job.LastStatus().Statistics; s != nil {
		processed = s.TotalBytesProcessed
		if details, ok := s.Details.(*bigquery.QueryStatistics); ok {
			tables = len(details.ReferencedTables)
			if t := details.StatementType; d.opt.ReadOnly && t != "" && t != "SELECT" {
				return warehouse.Errorf(warehouse.ReadOnly, "a %s statement in a warehouse opened for reading", t)
			}
		}
	}
	if d.opt.Cost == nil {
		return nil
	}
	return d.opt.Cost(price(purpose(sql), processed, tables))
}
