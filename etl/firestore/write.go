package firestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The bounds of what is held and written at once. A day that has more rows than batchRows is held alone.
const (
	batchRows = 1 << 19
	batchDays = 30
)

// source of rows that can be read several times, so that only a batch of days need be held. Rows of profiles have no time yet.
type each func(take func(row) error) error

// load is one call of Snapshot or LoadFiles, once the documents are read.
type load struct {
	Options
	wh     *warehouse.Warehouse
	loc    *time.Location
	ledger map[string]warehouse.LedgerRow
	snap   snapshot
	// bad are the documents that could not be used.
	bad    []warehouse.QuarantineRow
	result Result
	saved  bool
}

// newLoad reads the ledger and refuses settings that differ from the warehouse's.
func newLoad(ctx context.Context, wh *warehouse.Warehouse, opt Options) (*load, error) {
	opt, loc, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &load{Options: opt, wh: wh, loc: loc, result: Result{Reasons: map[string]int64{}}}
	l.ledger, err = openLedger(ctx, wh, opt.shared())
	return l, err
}

// openLedger reads the days that are loaded, and holds the settings that all loads must share against the warehouse's.
func openLedger(ctx context.Context, wh *warehouse.Warehouse, shared map[string]string) (map[string]warehouse.LedgerRow, error) {
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		if err := checkSettings(ctx, wh, shared); err != nil {
			return nil, err
		}
	}
	ledger := map[string]warehouse.LedgerRow{}
	for _, r := range rows {
		if r.Table == table.Name {
			ledger[r.Day] = r
		}
	}
	return ledger, nil
}

// shared are the settings that all loads of a warehouse must share.
func (o Options) shared() map[string]string {
	return sharedSettings(o.Zone, o.Secret, o.Simulated, o.Account, o.Owner)
}

func sharedSettings(zone string, secret []byte, simulated bool, account, owner string) map[string]string {
	return map[string]string{
		"zone": zone, "key_check": source.KeyCheck(secret), "simulated": fmt.Sprint(simulated),
		"firestore_account": account, "firestore_owner": owner,
	}
}

var remedies = map[string]string{
	"zone":              "days of two zones do not add up: use the zone of the first load, or load into a new warehouse",
	"key_check":         "the same user would get another key: use the key file of the first load, or load into a new warehouse",
	"simulated":         "simulated and real data do not mix: load into a new warehouse",
	"firestore_account": "the same account would get another key: use the field of the first load, or load into a new warehouse",
	"firestore_owner":   "the same account would get another key: use the field of the first load, or load into a new warehouse",
}

func checkSettings(ctx context.Context, wh *warehouse.Warehouse, want map[string]string) error {
	was, err := wh.Settings(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if have, ok := was[name]; ok && have != want[name] {
			return fmt.Errorf("%w: the warehouse was loaded with %s %q, not %q; %s", etl.ErrRefused, name, have, want[name],
				remedies[name])
		}
	}
	return nil
}

// settings describe all that decides which rows the same documents become, the secret by a digest only.
func (o Options) settings() string {
	return fmt.Sprintf("firestore %v %q %q", o.shared(), o.Users, o.Meetings)
}

// runID is a digest of what the run was asked to do.
func runID(parts ...any) string {
	h := sha256.New()
	fmt.Fprintln(h, parts...)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// place puts the snapshot between those that the ledger knows.
func (l *load) place(at int64) {
	s := snapshot{at: at, day: dayOf(at, l.loc), seen: math.MinInt64, newest: true}
	for _, r := range l.ledger {
		switch {
		case r.Source != SourceSnapshot:
		case r.DataEnd < at:
			s.seen = max(s.seen, r.DataEnd)
		case r.DataEnd > at:
			s.newest = false
		}
	}
	l.snap = s
	l.result.At = time.UnixMicro(at).UTC()
	l.result.RunID = runID(l.settings(), at, l.Now.UnixMicro())
}

// checkBudget refuses the load when too large a share of the documents is bad.
func (l *load) checkBudget() error {
	l.result.Bad = int64(len(l.bad))
	for _, b := range l.bad {
		l.result.Reasons[b.Reason]++
	}
	return budget(l.result.Bad, l.result.Users+l.result.Meetings, l.MaxBad, l.result.Reasons, l.Warn)
}

func budget(bad, all int64, maxBad float64, reasons map[string]int64, tell func(string)) error {
	if bad == 0 {
		return nil
	}
	var parts []string
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", r, reasons[r]))
	}
	why, share := strings.Join(parts, ", "), float64(bad)/float64(all)
	if share > maxBad {
		return fmt.Errorf("%w: %d of %d documents (%.2f %%) are bad, more than %.2f %%: %s; nothing of them was written", etl.ErrRefused,
			bad, all, 100*share, 100*maxBad, why)
	}
	if share > maxBad/10 {
		warn(tell, "%d of %d documents (%.2f %%) are bad: %s", bad, all, 100*share, why)
	}
	return nil
}

// write replaces the days that changed, in transactions of at most batchDays days, oldest first and the snapshot's own day
// last: a run that is cut off has recorded whole days, and its snapshot does not count yet.
func (l *load) write(ctx context.Context, rows each) error {
	if err := l.checkBudget(); err != nil {
		return err
	}
	l.snap.users, l.snap.meetings = l.result.Users > 0, l.result.Meetings > 0
	if was, ok := l.ledger[l.snap.day]; ok && was.Source == SourceChangelog && !l.Replace {
		return fmt.Errorf("%w: day %s was loaded from the extension's tables; say replace to put this snapshot in its place", etl.ErrRefused,
			l.snap.day)
	}
	counts, err := l.count(rows)
	if err != nil {
		return err
	}
	done := 0
	for _, days := range batches(counts) {
		if err := l.writeBatch(ctx, days, rows); err != nil {
			return err
		}
		done += len(days)
		l.progress("write", done, len(counts))
	}
	return nil
}

// dayFor is the day on which a row is written, "" for a meeting that is recorded already, or is younger than the snapshot. A
// day that the extension's tables told stays as it is: they know more than a snapshot.
func (l *load) dayFor(r row) string {
	if r.kind == profile {
		return l.snap.day
	}
	if !l.snap.records(r.micros) {
		return ""
	}
	day := dayOf(r.micros, l.loc)
	if was, ok := l.ledger[day]; ok && was.Source == SourceChangelog && !l.Replace {
		return ""
	}
	return day
}

// count is how many rows each day may get; the day of the snapshot is always among them. All meetings count as known until they
// prove to be new.
func (l *load) count(rows each) (map[string]int, error) {
	counts := map[string]int{l.snap.day: 0}
	err := rows(func(r row) error {
		if day := l.dayFor(r); day != "" {
			counts[day]++
		}
		if r.kind == meeting {
			l.result.Known++
		}
		return nil
	})
	return counts, err
}

// batches groups the days in order.
func batches(counts map[string]int) [][]string {
	var out [][]string
	rows := 0
	for _, day := range slices.Sorted(maps.Keys(counts)) {
		last := len(out) - 1
		if last < 0 || len(out[last]) == batchDays || rows+counts[day] > batchRows {
			out, rows, last = append(out, nil), 0, last+1
		}
		out[last] = append(out[last], day)
		rows += counts[day]
	}
	return out
}

func (l *load) writeBatch(ctx context.Context, names []string, rows each) error {
	days := map[string]*day{}
	var again []string
	for _, name := range names {
		d := &day{name: name}
		days[name] = d
		if was, ok := l.ledger[name]; ok && was.Source != SourceChangelog {
			d.ledger = &was
			again = append(again, name)
		}
		if name == l.snap.day {
			d.bad = l.bad
		}
	}
	if err := l.collect(rows, days); err != nil {
		return err
	}
	old, err := readKept(ctx, l.wh, again)
	if err != nil {
		return err
	}
	var loads []warehouse.DayLoad
	for _, name := range names {
		d := days[name]
		l.result.Known -= l.snap.merge(d, sorted(old.rows[name]), old.bad[name])
		if row, why := l.decide(d); why == "" {
			loads = append(loads, d.load(row))
		}
	}
	return l.replace(ctx, loads)
}

func sorted(rows []row) []row {
	slices.SortFunc(rows, row.compare)
	return rows
}

// collect gives the days their rows.
func (l *load) collect(rows each, days map[string]*day) error {
	return rows(func(r row) error {
		if d := days[l.dayFor(r)]; d != nil {
			if r.kind == profile {
				r.micros = l.snap.at
			}
			d.rows = append(d.rows, r)
		}
		return nil
	})
}

// decide notes what becomes of a merged day, and why it is left alone.
func (l *load) decide(d *day) (warehouse.LedgerRow, string) {
	row := l.snap.describe(d, l.Options, l.loc, l.result.RunID)
	why := ""
	if d.ledger != nil && d.ledger.Fingerprint == row.Fingerprint {
		why = "unchanged"
	}
	l.result.Days = append(l.result.Days, etl.DayResult{Ledger: row, Skipped: why})
	if why != "" {
		l.result.Skipped++
		return row, why
	}
	l.result.Loaded++
	l.result.Rows += row.Rows
	l.result.Duplicates += d.copies
	return row, ""
}

func (l *load) replace(ctx context.Context, loads []warehouse.DayLoad) error {
	if len(loads) == 0 {
		return nil
	}
	if !l.saved {
		if err := l.wh.SaveSettings(ctx, l.shared()); err != nil {
			return fmt.Errorf("load documents: %w", err)
		}
		l.saved = true
	}
	if err := l.wh.ReplaceDays(ctx, loads); err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	return nil
}
