package firestore

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// day is one calendar day of documents.
type day struct {
	name string
	rows []row
	bad  []warehouse.QuarantineRow
	// ledger is the row that the day has in the ledger, if any.
	ledger *warehouse.LedgerRow
	copies int64
}

// snapshot is what a load knows of when its documents were read.
type snapshot struct {
	// at is the instant of the snapshot, day its calendar day, both of the app's zone.
	at  int64
	day string
	// seen is the instant of the snapshot before it, whose rows of meetings created until then stand. newest tells that there is no
	// later one.
	seen   int64
	newest bool
	// users and meetings tell which of the collections it has.
	users, meetings bool
}

// overlap is how far the look at meetings goes back behind the snapshot before: files are stamped by hand, and a snapshot that
// was not taken at one instant may have missed what was created while it was taken.
const overlap = 24 * int64(3600e6)

// records reports whether the snapshot has a say on a meeting created at that instant.
func (s snapshot) records(created int64) bool {
	return created <= s.at && (s.seen == math.MinInt64 || created > s.seen-overlap)
}

// shot is true for a day on which a snapshot was taken.
func shot(l *warehouse.LedgerRow) bool {
	return l != nil && (l.Source == SourceSnapshot || l.Source == SourceProfiles)
}

// merge puts what the warehouse has of the day, and what the snapshot says of it, together. Both are sorted afterwards.
//
// Of the meetings that both have, the row of the earlier snapshot stays, being nearer to the creation. Of two snapshots of one
// day the later one's profiles stay. It gives the number of meetings that are new.
func (s snapshot) merge(d *day, had []row, hadBad []warehouse.QuarantineRow) (added int64) {
	slices.SortFunc(d.rows, row.compare)
	d.dropTwins()
	profiles, meetings := split(d.rows)
	oldProfiles, oldMeetings := split(had)
	switch {
	case d.name != s.day, shot(d.ledger) && d.ledger.DataEnd > s.at:
		profiles, d.bad = oldProfiles, hadBad
	case !s.users:
		profiles, d.bad = oldProfiles, uniteBad(hadBad, d.bad)
	case !s.meetings:
		d.bad = uniteBad(hadBad, d.bad)
	}
	first, second := oldMeetings, fresh(meetings, s.seen)
	if !s.newest {
		first, second = second, first
	}
	meetings = unite(unite(first, second), meetings)
	d.rows = slices.Concat(profiles, meetings)
	slices.SortFunc(d.rows, row.compare)
	return int64(len(meetings) - len(oldMeetings))
}

// fresh is the meetings created since.
func fresh(meetings []row, since int64) []row {
	return slices.DeleteFunc(slices.Clone(meetings), func(r row) bool { return r.micros <= since })
}

// dropTwins keeps of several documents of one account the last in canonical order.
func (d *day) dropTwins() {
	out := d.rows[:0]
	for i, r := range d.rows {
		if r.kind == profile && i+1 < len(d.rows) && r.sameThing(d.rows[i+1]) {
			d.copies++
			continue
		}
		out = append(out, r)
	}
	d.rows = out
}

// split sorts by kind.
func split(rows []row) (profiles, meetings []row) {
	for _, r := range rows {
		if r.kind == profile {
			profiles = append(profiles, r)
		} else {
			meetings = append(meetings, r)
		}
	}
	return profiles, meetings
}

// uniteBad is both without repeats.
func uniteBad(had, bad []warehouse.QuarantineRow) []warehouse.QuarantineRow {
	out := slices.Concat(had, bad)
	slices.SortFunc(out, compareBad)
	return slices.Compact(out)
}

func compareBad(a, b warehouse.QuarantineRow) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Reason, b.Reason))
}

// thing is what unite counts by.
type thing struct {
	key    key
	micros int64
}

// unite is all of first, and of second what it has of a thing more than first has, counted. Each is in canonical order.
func unite(first, second []row) []row {
	have := map[thing]int{}
	for _, r := range first {
		have[thing{r.key, r.micros}]++
	}
	out := slices.Clone(first)
	for _, r := range second {
		t := thing{r.key, r.micros}
		if have[t]--; have[t] < 0 {
			out = append(out, r)
		}
	}
	return out
}

// describe is the ledger row of a merged day.
func (s snapshot) describe(d *day, o Options, loc *time.Location, runID string) warehouse.LedgerRow {
	start, end := bounds(d.name, loc)
	l := warehouse.LedgerRow{
		Table: table.Name, Day: d.name, Source: SourceMeetings, Rows: int64(len(d.rows)), Duplicates: d.copies,
		Quarantined: int64(len(d.bad)), DataStart: start, DataEnd: end, RunID: runID, LoadedAt: o.Now.UnixMicro(), Simulated: o.Simulated,
	}
	was := shot(d.ledger)
	if was {
		l.Source, l.DataEnd = d.ledger.Source, d.ledger.DataEnd
	}
	if d.ledger != nil && d.name != s.day {
		l.Duplicates = d.ledger.Duplicates
	}
	if d.name == s.day && (!was || s.at >= l.DataEnd) {
		if !was || s.at > l.DataEnd || s.meetings {
			l.Source = s.source()
		}
		l.DataEnd = s.at
	}
	l.Fingerprint = d.fingerprint(o.settings(), l)
	return l
}

// source is the kind of the snapshot's day. One without meetings does not count when it is asked which meetings are recorded.
func (s snapshot) source() string {
	if s.meetings {
		return SourceSnapshot
	}
	return SourceProfiles
}

// bounds are the first instant of the local day and of the next, in microseconds UTC.
func bounds(name string, loc *time.Location) (start, end int64) {
	t, err := time.ParseInLocation(time.DateOnly, name, loc)
	if err != nil {
		return 0, 0
	}
	return t.UnixMicro(), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, loc).UnixMicro()
}

// dayOf is the calendar day of an instant.
func dayOf(micros int64, loc *time.Location) string {
	return time.UnixMicro(micros).In(loc).Format(time.DateOnly)
}

// fingerprint digests all that the load of the day writes and the settings that made it, but not who wrote it when.
func (d *day) fingerprint(settings string, l warehouse.LedgerRow) string {
	h := sha256.New()
	fmt.Fprintln(h, settings, l.Source, l.DataEnd)
	for _, q := range d.bad {
		fmt.Fprintln(h, q.Source, q.Line, q.Reason)
	}
	var b []byte
	for _, r := range d.rows {
		b = r.encode(b[:0])
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// load is the day as the warehouse takes it.
func (d *day) load(l warehouse.LedgerRow) warehouse.DayLoad {
	return warehouse.DayLoad{Table: table, Day: d.name, Ledger: l, Quarantine: d.bad, Rows: func(yield func([]any) bool) {
		values := make([]any, 0, len(table.Columns))
		for _, r := range d.rows {
			if !yield(r.values(values, d.name)) {
				return
			}
		}
	}}
}
