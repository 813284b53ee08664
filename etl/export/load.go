package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// counts are the rows of one table by verdict.
type counts struct {
	records, excluded, good, moved int64
	reasons                        map[string]int64
}

func (c counts) bad() int64 { return c.records - c.excluded - c.good }

// count counts the rows of all tables to be read, and refuses the run when too large a share of them is bad.
func (r *run) count(ctx context.Context, planned []int) error {
	byTable := map[string]*counts{}
	done := 0
	for part := range slices.Chunk(planned, countTables) {
		var tables []dayTable
		for _, i := range part {
			tables = append(tables, newDayTable(r.result.Days[i].Table, r.opt))
		}
		if err := r.countTables(ctx, tables, byTable); err != nil {
			return fmt.Errorf("count the rows of the export: %w", err)
		}
		done += len(part)
		r.progress("count", done, len(planned))
	}
	for _, i := range planned {
		d := &r.result.Days[i]
		if c := byTable[d.Table.Name]; c != nil {
			d.Ledger.Quarantined = c.bad()
			r.add(*c)
			r.sayMany(d.Ledger.Day, c.records)
		}
	}
	if r.result.Moved > 0 {
		good := r.result.Records - r.result.Excluded - r.result.Bad
		r.warn("%d of %d events (%.2f %%) lie on another day of %s than the export says; a large share means that the property "+
			"has another time zone, and its days are kept", r.result.Moved, good, 100*float64(r.result.Moved)/float64(good), r.opt.Zone)
	}
	return r.checkBudget()
}

func (r *run) countTables(ctx context.Context, tables []dayTable, into map[string]*counts) error {
	s := countStatement(tables, r.opt)
	rows, err := r.wh.Query(ctx, s.SQL, s.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table, verdict string
		var records, moved int64
		if err := rows.Scan(&table, &verdict, &records, &moved); err != nil {
			return err
		}
		c := into[table]
		if c == nil {
			c = &counts{reasons: map[string]int64{}}
			into[table] = c
		}
		c.records += records
		c.moved += moved
		switch verdict {
		case verdictGood:
			c.good += records
		case verdictExcluded:
			c.excluded += records
		default:
			c.reasons[verdict] += records
		}
	}
	return rows.Err()
}

func (r *run) add(c counts) {
	r.result.Records += c.records
	r.result.Excluded += c.excluded
	r.result.Bad += c.bad()
	r.result.Moved += c.moved
	for reason, n := range c.reasons {
		r.result.Reasons[reason] += n
	}
}

func (r *run) sayMany(day string, records int64) {
	if records >= manyEvents {
		r.warn("day %s has %d events; the daily export of a standard property stops at 1,000,000 and drops the rest", day, records)
	}
}

func (r *run) checkBudget() error {
	bad, records := r.result.Bad, r.result.Records
	if bad == 0 {
		return nil
	}
	share := float64(bad) / float64(records)
	if share > r.opt.MaxBad {
		return fmt.Errorf("%w: %d of %d records (%.2f %%) are bad, more than %.2f %%: %s; nothing was written", etl.ErrRefused,
			bad, records, 100*share, 100*r.opt.MaxBad, r.reasons())
	}
	if share > r.opt.MaxBad/10 {
		r.warn("%d of %d records (%.2f %%) are bad: %s", bad, records, 100*share, r.reasons())
	}
	return nil
}

func (r *run) reasons() string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(r.result.Reasons)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", reason, r.result.Reasons[reason]))
	}
	return strings.Join(parts, ", ")
}

// load replaces the planned days, in order, one transaction each.
func (r *run) load(ctx context.Context, planned []int) error {
	if err := r.save(ctx); err != nil {
		return err
	}
	for n, i := range planned {
		d := &r.result.Days[i]
		t := newDayTable(d.Table, r.opt)
		bad := d.Ledger.Quarantined
		r.complete(&d.Ledger)
		query, also := dayStatement(t, r.opt), daySteps(t, r.opt, bad > 0)
		if err := r.wh.ReplaceDay(ctx, warehouse.Events, t.day, query, d.Ledger, also...); err != nil {
			return r.failure(err, planned, n)
		}
		r.progress("load", n+1, len(planned))
	}
	return r.readBack(ctx, planned)
}

// daySteps are the steps of the transaction that follow the rows and the ledger row.
func daySteps(t dayTable, opt Options, bad bool) []warehouse.Statement {
	steps := []warehouse.Statement{clearStatement(t)}
	if bad {
		steps = append(steps, quarantineStatement(t, opt))
	}
	return append(steps, ledgerStatement(t, opt))
}

// save keeps what later loads are compared with, before the first write.
func (r *run) save(ctx context.Context) error {
	if err := etl.SaveShared(ctx, r.wh, r.shared()); err != nil {
		return err
	}
	columns, err := r.known.setting()
	if err != nil {
		return err
	}
	return r.wh.SaveSettings(ctx, map[string]string{knownSetting: columns})
}

// complete fills in all of the ledger row but what only the warehouse knows once the day is in.
func (r *run) complete(l *warehouse.LedgerRow) {
	start, err := time.ParseInLocation(time.DateOnly, l.Day, r.loc)
	if err != nil {
		return
	}
	l.DataStart = start.UnixMicro()
	l.DataEnd = time.Date(start.Year(), start.Month(), start.Day()+1, 0, 0, 0, 0, r.loc).UnixMicro()
	l.RunID, l.LoadedAt, l.Simulated = r.result.RunID, r.opt.Now.UnixMicro(), r.opt.Simulated
}

// readBack reads the ledger rows of the loaded days.
func (r *run) readBack(ctx context.Context, planned []int) error {
	rows, err := r.wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	byDay := map[string]warehouse.LedgerRow{}
	for _, row := range rows {
		if row.Table == warehouse.Events.Name {
			byDay[row.Day] = row
		}
	}
	for _, i := range planned {
		d := &r.result.Days[i]
		d.Ledger = byDay[d.Ledger.Day]
		r.result.Loaded++
		r.result.Rows += d.Ledger.Rows
		r.result.Duplicates += d.Ledger.Duplicates
		if was, ok := r.loaded[d.Ledger.Day]; ok && !d.Open && fromExport(was) {
			d.Late = d.Ledger.Rows - was.Rows
			r.result.Late += d.Late
			if d.Late != 0 {
				r.warn("day %s was closed, and has %d more events now", d.Ledger.Day, d.Late)
			}
		}
	}
	return nil
}

// failure names the days that are in and those that are not.
func (r *run) failure(err error, planned []int, failed int) error {
	e := &etl.RunError{Err: err}
	for n, i := range planned {
		day := r.result.Days[i].Ledger.Day
		if n < failed {
			e.Done = append(e.Done, day)
		} else {
			e.Failed = append(e.Failed, day)
		}
	}
	return e
}
