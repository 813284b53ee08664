// Package export reads the BigQuery export of Google Analytics 4 and Firebase where it lies: SQL turns each of its day tables
// into a day of the warehouse's events, with the same rows that the file reader of package source makes of the same events.
// Nothing but counts leaves BigQuery.
package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// DefaultOpenDays is how many days the export still changes: the current day and the three before it.
const DefaultOpenDays = 4

// Options say what to read and how.
type Options struct {
	// Dataset is the export's dataset, PROJECT.analytics_NNN, or analytics_NNN in the warehouse's own project.
	Dataset string
	// Zone is the IANA zone of the property and of the calendar days, the same for every load of a warehouse.
	Zone string
	// Secret keys the hashes of the user ids, at least 16 bytes; a digest of it is kept, so that another secret is refused.
	Secret []byte
	// From and To bound the days that are read, YYYY-MM-DD, both inclusive; "" is open.
	From, To string
	// Params are the names of the numeric event parameters that pass.
	Params []string
	// Channels assigns the acquisition channels.
	Channels features.Channels
	// StaffProperty is the user property that marks staff, "" for none.
	StaffProperty string
	// MaxBad is the share of bad records above which the load is refused; 0 is 0.01, and a tenth of it is worth a warning.
	MaxBad float64
	// Replace allows days that another kind of source loaded to be replaced.
	Replace bool
	// AcceptColumns takes it that columns of the export went away or changed their type: they read as NULL where they cannot be
	// cast.
	AcceptColumns bool
	// Simulated marks data that no person made. A warehouse holds either such data or real data.
	Simulated bool
	// OpenDays is how many days count as open, the current one included; 0 is DefaultOpenDays. A change of an older day is late,
	// which is counted.
	OpenDays int
	// Now is the instant that the ledger notes as loaded_at, and by which days are open.
	Now time.Time
	// DryRun plans only: nothing is read but the descriptions of the tables, nothing is written.
	DryRun bool
	// Progress is told about the steps; nil is silent.
	Progress func(step string, done, total int)
	// Warn is told what people should know but what stops nothing; nil is silent.
	Warn func(message string)
}

// Day is what became of one day of the export.
type Day struct {
	// Table is the day's table; its rows, bytes and instant of change are what the warehouse says of it.
	Table warehouse.TableInfo
	// Ledger is the ledger row of the load. In a dry run, and of a skipped day, it holds the day, the source and the fingerprint
	// only.
	Ledger warehouse.LedgerRow
	// Skipped tells why the day was left as it was, "" when it was loaded, or in a dry run would be.
	Skipped string
	// Open tells that the export may still change the day.
	Open bool
	// Late is how many more events than before a day has that was loaded and closed.
	Late int64
}

// Result is what a run did.
type Result struct {
	RunID string
	Days  []Day
	// Records are all rows of the tables that were read; Excluded had no user id, Bad could not be used.
	Records, Excluded, Bad int64
	// Reasons counts the bad records by reason.
	Reasons map[string]int64
	// Loaded and Skipped count days, Rows and Duplicates events.
	Loaded, Skipped  int
	Rows, Duplicates int64
	// Late is the sum of the days'.
	Late int64
	// Moved is how many good events lie on another day of Options.Zone than their event_date says.
	Moved int64
	// Vanished are days that were loaded from the export and are no longer in it. They are left as they are.
	Vanished []string
	// Added are columns that the export did not have before.
	Added []string
	// Bytes is the size of the tables that are read, which is more than what is billed: only the columns that are read are.
	Bytes int64
}

// limits are the bounds of a run.
const (
	defaultMaxBad = 0.01
	// countTables is how many tables are counted by one query.
	countTables = 30
	// manyEvents is how many events a day are near the limit of the standard export, one million.
	manyEvents = 900_000
)

type run struct {
	opt    Options
	wh     *warehouse.Warehouse
	loc    *time.Location
	loaded map[string]warehouse.LedgerRow
	known  known
	result Result
}

// Run brings the days of the export into the events table of the warehouse, which must be BigQuery. A day whose table is as it
// was at its load is skipped. Days are loaded in order, each in one transaction with its ledger row and its bad records; when
// Run fails or is cancelled, each day is either as it was or wholly loaded, and the next run does the rest. Errors that wrap
// etl.ErrRefused come before anything is written.
func Run(ctx context.Context, wh *warehouse.Warehouse, opt Options) (Result, error) {
	opt, loc, err := opt.check()
	if err != nil {
		return Result{}, err
	}
	if wh.Dialect() != dialect.Name() {
		return Result{}, fmt.Errorf("read the export in place: the warehouse speaks %s; only BigQuery can, "+
			"other warehouses load its files", wh.Dialect())
	}
	r := &run{opt: opt, wh: wh, loc: loc, result: Result{Reasons: map[string]int64{}}}
	if err := r.plan(ctx); err != nil {
		return Result{}, fmt.Errorf("read the export: %w", err)
	}
	planned := r.planned()
	if len(planned) == 0 || opt.DryRun {
		return r.result, nil
	}
	if err := r.count(ctx, planned); err != nil {
		return r.result, fmt.Errorf("read the export: %w", err)
	}
	if err := r.load(ctx, planned); err != nil {
		return r.result, fmt.Errorf("read the export: %w", err)
	}
	return r.result, nil
}

// plan looks at the tables and decides which days are read.
func (r *run) plan(ctx context.Context) error {
	var err error
	r.loaded, err = etl.CheckShared(ctx, r.wh, r.shared())
	if err != nil {
		return err
	}
	settings, err := r.wh.Settings(ctx)
	if err != nil {
		return err
	}
	if r.known, err = readKnown(settings[knownSetting]); err != nil {
		return err
	}
	infos, err := r.wh.Tables(ctx, r.opt.Dataset, tablePrefix)
	if err != nil {
		return err
	}
	tables := dayTables(infos, r.opt)
	if len(tables) == 0 {
		r.warn("dataset %s has no day table of the export between from and to", r.opt.Dataset)
	}
	r.result.RunID = runID(tables, r.opt)
	if r.result.Days, err = planDays(tables, r.loaded, r.opt, r.loc); err != nil {
		return err
	}
	for _, d := range r.result.Days {
		if d.Skipped != "" {
			r.result.Skipped++
		} else {
			r.result.Bytes += d.Table.Bytes
		}
	}
	r.sayVanished(tables)
	return r.checkColumns()
}

func (r *run) shared() etl.Shared {
	return etl.Shared{Zone: r.opt.Zone, Secret: r.opt.Secret, Simulated: r.opt.Simulated}
}

// planned are the days to read, as positions in the result.
func (r *run) planned() []int {
	var out []int
	for i, d := range r.result.Days {
		if d.Skipped == "" {
			out = append(out, i)
		}
	}
	return out
}

func (r *run) sayVanished(tables []dayTable) {
	there := map[string]bool{}
	for _, t := range tables {
		there[t.day] = true
	}
	for _, day := range slices.Sorted(maps.Keys(r.loaded)) {
		if fromExport(r.loaded[day]) && !there[day] && r.opt.inRange(day) {
			r.result.Vanished = append(r.result.Vanished, day)
		}
	}
	if v := r.result.Vanished; len(v) > 0 {
		r.warn("%d days that were loaded are no longer in the export, %s to %s; they are left as they are", len(v), v[0], v[len(v)-1])
	}
}

// checkColumns refuses a table that lost or changed a column that is read, and says which columns are new.
func (r *run) checkColumns() error {
	var changes []change
	first := len(r.known) == 0
	for _, i := range r.planned() {
		t := newDayTable(r.result.Days[i].Table, r.opt)
		added, found := r.known.meet(t, Columns(r.opt), r.opt.AcceptColumns)
		changes = append(changes, found...)
		if !first {
			r.result.Added = append(r.result.Added, added...)
		}
	}
	if err := refuse(changes); err != nil {
		return err
	}
	if a := r.result.Added; len(a) > 0 {
		r.warn("the export has %d new columns, which are not read: %s", len(a), list(a))
	}
	return nil
}

func (r *run) warn(format string, args ...any) {
	if r.opt.Warn != nil {
		r.opt.Warn(fmt.Sprintf(format, args...))
	}
}

func (r *run) progress(step string, done, total int) {
	if r.opt.Progress != nil {
		r.opt.Progress(step, done, total)
	}
}
