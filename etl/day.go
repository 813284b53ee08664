package etl

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// day is one calendar day of events on its way into the warehouse.
type day struct {
	day      string
	source   string
	records  []source.Record
	bad      []source.BadRecord
	copies   int64
	intraday bool
	last     bool
}

// sort turns files into days: grouped, deduplicated and in canonical order, so that the days do not depend on how the events
// were spread over files.
func (r *run) sort(read []fileData) []*day {
	days := map[string]*day{}
	at := func(name string) *day {
		d := days[name]
		if d == nil {
			d = &day{day: name}
			days[name] = d
		}
		return d
	}
	for i := range read {
		data := &read[i]
		if !r.closed(data.file.Day) {
			r.result.Add(data.counts)
			r.result.Outside += data.outside
		}
		if data.file.Day != "" && r.inRange(data.file.Day) {
			// A day whose export is empty is a day with no events, not a day that is missing.
			at(data.file.Day)
		}
		for name, records := range data.records {
			d := at(name)
			if d.records == nil {
				d.records = records
			} else {
				d.records = append(d.records, records...)
			}
			d.intraday = d.intraday || data.file.Intraday
		}
		data.records = nil
	}
	r.placeBad(read, days)
	out := slices.SortedFunc(maps.Values(days), func(a, b *day) int { return cmp.Compare(a.day, b.day) })
	for i, d := range out {
		d.last = i == len(out)-1
		d.source = r.opt.Source.Kind()
		if d.source == "ga4" && d.intraday {
			d.source += "/intraday"
		} else if d.source == "ga4" {
			d.source += "/daily"
		}
		d.dedupe()
	}
	return out
}

// placeBad puts each bad record into the quarantine of its file's day, or of the first day when the file's is unknown.
func (r *run) placeBad(read []fileData, days map[string]*day) {
	var firstDay string
	for name := range days {
		if !r.closed(name) && (firstDay == "" || name < firstDay) {
			firstDay = name
		}
	}
	for _, data := range read {
		if r.closed(data.file.Day) {
			continue
		}
		for _, b := range data.bad {
			r.result.Reasons[b.Reason]++
			name := b.Day
			if name == "" {
				name = firstDay
			}
			if d := days[name]; d != nil {
				d.bad = append(d.bad, b)
			}
		}
	}
}

// countLate takes the closed days out of the days, and counts the events that came after they were loaded. They are told, not loaded:
// a model may have been trained on the day as it was.
func (r *run) countLate(days []*day) []*day {
	return slices.DeleteFunc(days, func(d *day) bool {
		if !r.closed(d.day) {
			return false
		}
		if was, ok := r.loaded[d.day]; ok && int64(len(d.records)) > was.Rows {
			n := int64(len(d.records)) - was.Rows
			r.result.Late[d.day] = n
			r.warn("%d events of %s came after the day was closed and are not loaded; load that day alone to take them in", n, d.day)
		}
		return true
	})
}

// dedupe sorts the day and keeps of the records with one key the first. Copies may differ in what is no part of the key; sorting
// by all fields makes the choice the same in every run.
func (d *day) dedupe() {
	slices.SortFunc(d.records, compare)
	seen := make(map[source.Key]struct{}, len(d.records))
	before := len(d.records)
	d.records = slices.DeleteFunc(d.records, func(rec source.Record) bool {
		_, copied := seen[rec.Key]
		seen[rec.Key] = struct{}{}
		return copied
	})
	d.copies = int64(before - len(d.records))
}

// compare is the canonical order of a day: user, time, name, then everything else.
func compare(a, b source.Record) int {
	return cmp.Or(
		cmp.Compare(a.User, b.User), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Screen, b.Screen),
		cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.EngagedMS, b.EngagedMS), cmp.Compare(a.FirstTouch, b.FirstTouch),
		cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Language, b.Language),
		cmp.Compare(a.Country, b.Country), cmp.Compare(a.AppVersion, b.AppVersion), cmp.Compare(a.Channel, b.Channel),
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.Campaign, b.Campaign),
		cmp.Compare(a.Account, b.Account), cmp.Compare(a.Flag, b.Flag),
		slices.Compare(a.Key[:], b.Key[:]), compareParams(a.Params, b.Params),
	)
}

func compareParams(a, b map[string]float64) int {
	if len(a) == 0 && len(b) == 0 {
		return 0
	}
	ka, kb := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))
	if c := slices.Compare(ka, kb); c != 0 {
		return c
	}
	for _, k := range ka {
		if c := cmp.Compare(a[k], b[k]); c != 0 {
			return c
		}
	}
	return 0
}

// row is the record as a row of warehouse.Events; unknown values are NULL.
func row(dst []any, rec *source.Record) []any {
	dst = append(dst[:0], rec.Day, rec.User, rec.Time, rec.Name, orNull(rec.Screen))
	for _, n := range []int64{rec.SessionID, rec.EngagedMS, rec.FirstTouch} {
		if n == 0 {
			dst = append(dst, nil)
		} else {
			dst = append(dst, n)
		}
	}
	dst = append(dst, orNull(rec.Platform), orNull(rec.Device), orNull(rec.Language), orNull(rec.Country), orNull(rec.AppVersion),
		orNull(rec.Channel), orNull(rec.Source), orNull(rec.Medium), orNull(rec.Campaign), orNull(rec.Account), orNull(rec.Flag))
	if rec.Params == nil {
		return append(dst, nil)
	}
	return append(dst, rec.Params)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// load is the day as the warehouse takes it.
func (d *day) load(ledger warehouse.LedgerRow) warehouse.DayLoad {
	l := warehouse.DayLoad{Table: warehouse.Events, Day: d.day, Ledger: ledger, Rows: func(yield func([]any) bool) {
		values := make([]any, 0, len(warehouse.Events.Columns))
		for i := range d.records {
			if !yield(row(values, &d.records[i])) {
				return
			}
		}
	}}
	for _, b := range d.bad {
		l.Quarantine = append(l.Quarantine, warehouse.QuarantineRow{Source: b.Source, Line: b.Line, Reason: b.Reason})
	}
	return l
}

// ledgerRow describes the day.
func (r *run) ledgerRow(d *day) warehouse.LedgerRow {
	start, end := r.bounds(d.day)
	if d.intraday || d.last && !r.opt.Source.WholeDays() {
		end = start
		for i := range d.records {
			end = max(end, d.records[i].Time+1)
		}
	}
	l := warehouse.LedgerRow{
		Table: warehouse.Events.Name, Day: d.day, Source: d.source, Rows: int64(len(d.records)), Duplicates: d.copies,
		Quarantined: int64(len(d.bad)), DataStart: start, DataEnd: end, RunID: r.result.RunID, LoadedAt: r.opt.Now.UnixMicro(),
		Simulated: r.opt.Simulated,
	}
	l.Fingerprint = r.fingerprint(d, end)
	return l
}

// bounds are the first instant of the local day and of the next, in microseconds UTC.
func (r *run) bounds(name string) (start, end int64) {
	t, err := time.ParseInLocation(time.DateOnly, name, r.loc)
	if err != nil {
		return 0, 0
	}
	return t.UnixMicro(), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, r.loc).UnixMicro()
}

// fingerprint digests all that the load of the day writes and the settings that made it, but not who wrote it when. Files that
// are split or ordered otherwise but hold the same events have the same fingerprint, unless they hold bad records.
func (r *run) fingerprint(d *day, end int64) string {
	h := sha256.New()
	fmt.Fprintln(h, r.opt.Source.Settings(), r.opt.Zone, r.opt.Simulated, d.source, end, d.copies)
	for _, b := range d.bad {
		fmt.Fprintln(h, b.Source, b.Line, b.Reason)
	}
	var scratch []byte
	for i := range d.records {
		scratch = digest(h, scratch[:0], &d.records[i])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func digest(h hash.Hash, s []byte, rec *source.Record) []byte {
	for _, text := range []string{
		rec.User, rec.Name, rec.Screen, rec.Platform, rec.Device, rec.Language, rec.Country, rec.AppVersion, rec.Channel, rec.Source,
		rec.Medium, rec.Campaign, rec.Account, rec.Flag,
	} {
		s = append(append(s, text...), 0)
	}
	for _, n := range []int64{rec.Time, rec.SessionID, rec.EngagedMS, rec.FirstTouch, int64(len(rec.Params))} {
		s = fmt.Appendf(s, "%d,", n)
	}
	for _, k := range slices.Sorted(maps.Keys(rec.Params)) {
		s = fmt.Appendf(s, "%s=%b,", k, rec.Params[k])
	}
	h.Write(s)
	return s
}
