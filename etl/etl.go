// Package etl is the pipeline from a source to the warehouse: checked, deduplicated days, each replaced as a whole, so that
// running twice is running once.
package etl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ErrRefused is wrapped by errors that say that a check refused the load; nothing of the refused days was written.
var ErrRefused = errors.New("refused")

// Options say what to load and how.
type Options struct {
	Source source.Source
	// Zone is the IANA zone of the calendar days, the same for every load of a warehouse.
	Zone string
	// Secret is the one that the source hashes with; a digest of it is kept, so that another secret is refused.
	Secret []byte
	// From and To bound the days that are loaded, YYYY-MM-DD, both inclusive; "" is open.
	From, To string
	// LateDays is how many days before From are read too, not to be loaded but to count what came after they were loaded for good.
	LateDays int
	// MaxBad is the share of bad records above which the load is refused; 0 is 0.01, and a tenth of it is worth a warning.
	MaxBad float64
	// Replace allows days that another kind of source loaded to be replaced.
	Replace bool
	// AcceptColumns takes it that columns of the export went away or changed their type: what cannot be read of them is left out.
	AcceptColumns bool
	// Simulated marks data that no person made. A warehouse holds either such data or real data.
	Simulated bool
	// Now is the instant that the ledger notes as loaded_at.
	Now time.Time
	// Workers is how many files are read at once, 0 for one a processor. The result does not depend on it.
	Workers int
	// Progress is told about the steps; nil is silent.
	Progress func(step string, done, total int)
	// Warn is told what people should know but what stops nothing; nil is silent.
	Warn func(message string)
}

// DayResult is what became of one day.
type DayResult struct {
	Ledger warehouse.LedgerRow
	// Skipped tells why the day was left as it was, "" when it was loaded.
	Skipped string
}

// Result is what a run did.
type Result struct {
	source.Counts
	RunID      string
	Days       []DayResult
	Loaded     int
	Skipped    int
	Rows       int64
	Duplicates int64
	// Outside is the number of records of days before From or after To.
	Outside int64
	// Late is, for each of the LateDays that has any, the number of events that its files have beyond those loaded.
	Late map[string]int64
	// Reasons counts the bad records by reason.
	Reasons map[string]int64
}

// defaultMaxBad is the share of bad records that fails a load: 1 %.
const defaultMaxBad = 0.01

// run is one call of Run.
type run struct {
	opt Options
	wh  *warehouse.Warehouse
	loc *time.Location
	// loaded are the days of events that are there; used is true as soon as any table was loaded.
	loaded map[string]warehouse.LedgerRow
	used   bool
	result Result
	saved  bool
	warned bool
	// zoneWarned is true once people know that the export's days are of another zone.
	zoneWarned bool
	// joined shows reading and writing as one step of progress, because they take turns.
	joined bool
	total  int
	done   int
	// firstClosed is the first of the LateDays.
	firstClosed string
	// known is what the loads so far have met of the export's columns, columns the setting that keeps it.
	known   known
	columns string
	// current is the days of the batch at hand, nil until it has been read.
	current []string
}

// Run loads the source into the events table of the warehouse. Days are loaded in order, in transactions of up to 30 days; when
// it fails or is cancelled, each day is either as it was or wholly loaded, the error is a *RunError that names them, and the next run
// does the rest.
//
// Memory: files of one day each are read about 256 MiB of text at a time, and need about as much. As soon as one file may hold
// several days, all input is held at once: 0.5 to 1.5 KB an event, by the number of its parameters.
func Run(ctx context.Context, wh *warehouse.Warehouse, opt Options) (Result, error) {
	r, err := newRun(ctx, wh, opt)
	if err != nil {
		return Result{}, err
	}
	all := batches(r.groups())
	r.joined = len(all) > 1
	for i, batch := range all {
		if err := r.load(ctx, batch); err != nil {
			return r.result, r.failure(err, all[i:])
		}
	}
	if r.total == 0 {
		r.warn("no file of the input has days between from and to")
	}
	return r.result, nil
}

func newRun(ctx context.Context, wh *warehouse.Warehouse, opt Options) (*run, error) {
	if opt.MaxBad == 0 {
		opt.MaxBad = defaultMaxBad
	}
	if math.IsNaN(opt.MaxBad) || opt.MaxBad < 0 || opt.MaxBad > 1 {
		return nil, fmt.Errorf("max bad %v: want a share between 0 and 1", opt.MaxBad)
	}
	for name, day := range map[string]string{"from": opt.From, "to": opt.To} {
		if day == "" {
			continue
		}
		if err := warehouse.CheckDay(day); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	loc, err := time.LoadLocation(opt.Zone)
	if err != nil || opt.Zone == "" || opt.Zone == "Local" {
		return nil, fmt.Errorf("time zone %q: want an IANA name such as Asia/Seoul", opt.Zone)
	}
	r := &run{opt: opt, wh: wh, loc: loc, loaded: map[string]warehouse.LedgerRow{}}
	r.result.Reasons, r.result.Late = map[string]int64{}, map[string]int64{}
	if first, err := time.Parse(time.DateOnly, opt.From); err == nil {
		r.firstClosed = first.AddDate(0, 0, -opt.LateDays).Format(time.DateOnly)
	}
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return nil, err
	}
	r.know(rows)
	if err := r.checkSettings(ctx); err != nil {
		return nil, err
	}
	r.result.RunID = r.runID()
	return r, nil
}

// know takes in the ledger.
func (r *run) know(rows []warehouse.LedgerRow) {
	r.used = len(rows) > 0
	for _, row := range rows {
		if row.Table == warehouse.Events.Name {
			r.loaded[row.Day] = row
		}
	}
}

// settings are what all loads of a warehouse must share.
func (r *run) settings() map[string]string {
	return map[string]string{
		"zone": r.opt.Zone, "key_check": source.KeyCheck(r.opt.Secret), "simulated": fmt.Sprint(r.opt.Simulated),
	}
}

// remedies tell what to do about a setting that differs.
var remedies = map[string]string{
	"zone":      "days of two zones do not add up: use the zone of the first load, or load into a new file",
	"key_check": "the same user would get another key: use the key file of the first load, or load into a new file",
	"simulated": "simulated and real data do not mix: load into a new file",
}

func (r *run) checkSettings(ctx context.Context) error {
	if !r.used {
		return nil
	}
	was, err := r.wh.Settings(ctx)
	if err != nil {
		return err
	}
	want := r.settings()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if was[name] != want[name] {
			return fmt.Errorf("%w: the warehouse was loaded with %s %q, not %q; %s", ErrRefused, name, was[name], want[name], remedies[name])
		}
	}
	r.saved = true
	return nil
}

// runID is a digest of what the run was asked to do.
func (r *run) runID() string {
	h := sha256.New()
	fmt.Fprintln(h, r.opt.Source.Settings(), r.opt.Zone, r.opt.From, r.opt.To, r.opt.Simulated, r.opt.Now.UnixMicro())
	for _, f := range r.opt.Source.Files() {
		fmt.Fprintln(h, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (r *run) warn(format string, args ...any) {
	if r.opt.Warn != nil {
		r.opt.Warn(fmt.Sprintf(format, args...))
	}
}

func (r *run) progress(step string, done, total int) {
	switch {
	case r.opt.Progress == nil || r.joined && step == "write":
	case r.joined:
		r.opt.Progress("load", done, total)
	default:
		r.opt.Progress(step, done, total)
	}
}

// closed reports whether the day is one of those before From that are read and not loaded.
func (r *run) closed(day string) bool {
	return r.opt.LateDays > 0 && r.opt.From != "" && day < r.opt.From && day >= r.firstClosed
}

// inRange reports whether the day is asked for.
func (r *run) inRange(day string) bool {
	return (r.opt.From == "" || day >= r.opt.From) && (r.opt.To == "" || day <= r.opt.To)
}
