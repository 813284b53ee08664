package etl

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The bounds of what is held and written at once.
const (
	batchBytes = 256 << 20
	batchDays  = 30
	// unpacks is about how much larger event text is than its .gz or .parquet file.
	unpacks = 10
)

// group is all files that may hold a day; day is "" for files of any days, which then are one group.
type group struct {
	day   string
	files []source.File
	bytes int64
}

func (r *run) groups() []group {
	byDay := map[string]*group{}
	mixed := slices.ContainsFunc(r.opt.Source.Files(), func(f source.File) bool { return f.Day == "" })
	for _, f := range r.opt.Source.Files() {
		if f.Day != "" && !r.inRange(f.Day) && !r.closed(f.Day) {
			continue
		}
		key := f.Day
		if mixed {
			key = ""
		}
		g := byDay[key]
		if g == nil {
			g = &group{day: key}
			byDay[key] = g
		}
		g.files = append(g.files, f)
		g.bytes += textBytes(f.Path)
		r.total++
	}
	var out []group
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		out = append(out, *byDay[day])
	}
	return out
}

func textBytes(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".parquet") {
		return info.Size() * unpacks
	}
	return info.Size()
}

// batches joins consecutive groups up to the bounds.
func batches(groups []group) [][]group {
	var out [][]group
	var bytes int64
	for _, g := range groups {
		last := len(out) - 1
		if last < 0 || len(out[last]) == batchDays || bytes+g.bytes > batchBytes {
			out, bytes, last = append(out, nil), 0, last+1
		}
		out[last] = append(out[last], g)
		bytes += g.bytes
	}
	return out
}

// load reads, checks and writes one batch.
func (r *run) load(ctx context.Context, batch []group) error {
	r.current = nil
	read, err := r.read(ctx, batch)
	if err != nil {
		return err
	}
	if err := r.checkColumns(ctx, batch); err != nil {
		return err
	}
	r.warnZone(read)
	days := r.countLate(r.sort(read))
	for _, d := range days {
		r.current = append(r.current, d.day)
	}
	if err := r.checkBudget(); err != nil {
		return err
	}
	return r.write(ctx, days)
}

// read reads the files of a batch, several at once, and returns what they hold in the order of the files.
func (r *run) read(ctx context.Context, batch []group) ([]fileData, error) {
	var files []source.File
	for _, g := range batch {
		files = append(files, g.files...)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]fileData, len(files))
	next := make(chan int)
	var workers sync.WaitGroup
	var told sync.Mutex
	for range min(r.opt.Workers, len(files)) {
		workers.Go(func() {
			for i := range next {
				if err := r.readFile(ctx, files[i], &out[i]); err != nil {
					cancel(err)
				}
				told.Lock()
				r.done++
				r.progress("read", r.done, r.total)
				told.Unlock()
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	return out, nil
}

// fileData is what one file holds, its records by day.
type fileData struct {
	file    source.File
	records map[string][]source.Record
	bad     []source.BadRecord
	counts  source.Counts
	outside int64
	zone    source.ZoneCheck
}

func (r *run) readFile(ctx context.Context, f source.File, out *fileData) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	out.file, out.records = f, map[string][]source.Record{}
	var err error
	out.counts, err = r.opt.Source.Read(ctx, f, func(rec *source.Record, bad *source.BadRecord) bool {
		if rec != nil {
			out.zone.Add(rec.Time, rec.Day, r.loc)
		}
		switch {
		case bad != nil:
			out.bad = append(out.bad, *bad)
		case r.inRange(rec.Day), r.closed(rec.Day):
			out.records[rec.Day] = append(out.records[rec.Day], *rec)
		default:
			out.outside++
		}
		return true
	})
	return err
}

// warnZone says once that the days of the export are not those of the app.
func (r *run) warnZone(read []fileData) {
	for i := range read {
		if message := read[i].zone.Warning(r.opt.Zone); message != "" && !r.zoneWarned {
			r.zoneWarned = true
			r.warn("%s", message)
		}
	}
}

// checkBudget refuses the run when too large a share of all records so far is bad. It comes before the batch is written.
func (r *run) checkBudget() error {
	c := r.result.Counts
	if c.Bad == 0 {
		return nil
	}
	share := float64(c.Bad) / float64(c.Records)
	if share > r.opt.MaxBad {
		return fmt.Errorf("%w: %d of %d records (%.2f %%) are bad, more than %.2f %%: %s; nothing of them was written", ErrRefused,
			c.Bad, c.Records, 100*share, 100*r.opt.MaxBad, r.reasons())
	}
	if share > r.opt.MaxBad/10 && !r.warned {
		r.warned = true
		r.warn("%d of %d records (%.2f %%) are bad: %s", c.Bad, c.Records, 100*share, r.reasons())
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

// write replaces the days that changed, in transactions of at most batchDays days.
func (r *run) write(ctx context.Context, days []*day) error {
	var loads []warehouse.DayLoad
	var results []DayResult
	for i, d := range days {
		ledger := r.ledgerRow(d)
		why, err := r.skip(ledger)
		if err != nil {
			return err
		}
		results = append(results, DayResult{Ledger: ledger, Skipped: why})
		if why == "" {
			loads = append(loads, d.load(ledger))
		}
		if len(loads) == batchDays || i == len(days)-1 {
			if err := r.replace(ctx, loads); err != nil {
				return err
			}
			r.finish(results)
			loads, results = nil, nil
		}
		r.progress("write", i+1, len(days))
	}
	return nil
}

// finish counts days that are in the warehouse now.
func (r *run) finish(days []DayResult) {
	for _, d := range days {
		r.result.Days = append(r.result.Days, d)
		if d.Skipped != "" {
			r.result.Skipped++
			continue
		}
		r.result.Loaded++
		r.result.Rows += d.Ledger.Rows
		r.result.Duplicates += d.Ledger.Duplicates
	}
}

func (r *run) replace(ctx context.Context, loads []warehouse.DayLoad) error {
	if len(loads) == 0 {
		return nil
	}
	if err := r.saveSettings(ctx); err != nil {
		return fmt.Errorf("load events: %w", err)
	}
	if err := r.wh.ReplaceDays(ctx, loads); err != nil {
		return fmt.Errorf("load events: %w", err)
	}
	return nil
}

// saveSettings keeps what the later loads must share, and what is known of the columns, where that is news.
func (r *run) saveSettings(ctx context.Context) error {
	news := map[string]string{}
	if !r.saved {
		news = r.settings()
	}
	text := r.columnsText()
	if text != r.columns {
		news[columnsSetting] = text
	}
	if len(news) == 0 {
		return nil
	}
	if err := r.wh.SaveSettings(ctx, news); err != nil {
		return err
	}
	r.saved, r.columns = true, text
	return nil
}

// skip tells why a day stays as it is, or refuses it.
func (r *run) skip(row warehouse.LedgerRow) (string, error) {
	was, ok := r.loaded[row.Day]
	if !ok {
		return "", nil
	}
	if was.Fingerprint == row.Fingerprint {
		return "unchanged", nil
	}
	kind, _, _ := strings.Cut(was.Source, "/")
	if kind != r.opt.Source.Kind() && !r.opt.Replace {
		return "", fmt.Errorf("%w: day %s was loaded from a %s source; say replace to put this %s source in its place", ErrRefused,
			row.Day, kind, r.opt.Source.Kind())
	}
	if was.Source == "ga4/daily" && row.Source == "ga4/intraday" {
		return "its daily export is loaded already", nil
	}
	return "", nil
}
