package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

const tablePrefix = "events_"

// tableName finds the day tables of the export. events_fresh_ tables hold what the daily and intraday ones hold.
var tableName = regexp.MustCompile(`^events_(intraday_)?(\d{8})$`)

// The kinds of source as the ledger has them, the same as of the export's files.
const (
	dailySource    = "ga4/daily"
	intradaySource = "ga4/intraday"
)

// fingerprintMark begins the fingerprint of a day that was read in place, which tells it from a day of the export's files.
const fingerprintMark = "export-"

// dayTable is the table of one day of the export.
type dayTable struct {
	name, day string
	intraday  bool
	info      warehouse.TableInfo
	shape     shape
	columns   []string
}

func newDayTable(info warehouse.TableInfo, opt Options) dayTable {
	m := tableName.FindStringSubmatch(info.Name)
	if m == nil {
		return dayTable{}
	}
	day, err := time.Parse("20060102", m[2])
	if err != nil {
		return dayTable{}
	}
	t := dayTable{name: info.Name, day: day.Format(time.DateOnly), intraday: m[1] != "", info: info, shape: shapeOf(info)}
	for _, c := range Columns(opt) {
		if have, ok := t.shape[c.Path]; ok {
			t.columns = append(t.columns, c.Path+" "+have.word())
		}
	}
	return t
}

// dayTables are the tables that are read, one a day in order: the daily one, or the intraday one of a day that has no daily one
// yet.
func dayTables(infos []warehouse.TableInfo, opt Options) []dayTable {
	byDay := map[string]dayTable{}
	for _, info := range infos {
		t := newDayTable(info, opt)
		if t.day == "" || !opt.inRange(t.day) {
			continue
		}
		if other, ok := byDay[t.day]; !ok || other.intraday && !t.intraday {
			byDay[t.day] = t
		}
	}
	return slices.SortedFunc(maps.Values(byDay), func(a, b dayTable) int { return cmp.Compare(a.day, b.day) })
}

func (t dayTable) kind() string {
	if t.intraday {
		return intradaySource
	}
	return dailySource
}

// fingerprint digests what the rows are made of: which table in which state, with which of the columns, under which settings.
func (t dayTable) fingerprint(opt Options) string {
	h := sha256.New()
	fmt.Fprintln(h, opt.Dataset, t.name, t.info.Rows, t.info.Bytes, t.info.Modified)
	fmt.Fprintln(h, strings.Join(t.columns, ","), opt.settings())
	return fingerprintMark + hex.EncodeToString(h.Sum(nil)[:16])
}

// open reports whether the export may still change the day: the day is one of the last OpenDays, the current one included.
func (opt Options) open(day string, loc *time.Location) bool {
	t, err := time.ParseInLocation(time.DateOnly, day, loc)
	if err != nil {
		return false
	}
	closed := time.Date(t.Year(), t.Month(), t.Day()+opt.OpenDays, 0, 0, 0, 0, loc)
	return opt.Now.Before(closed)
}

// planDays decides for each table whether it is read. It refuses a day that another kind of source loaded.
func planDays(tables []dayTable, loaded map[string]warehouse.LedgerRow, opt Options, loc *time.Location) ([]Day, error) {
	var out []Day
	for _, t := range tables {
		d := Day{Table: t.info, Open: opt.open(t.day, loc), Ledger: warehouse.LedgerRow{
			Table: warehouse.Events.Name, Day: t.day, Source: t.kind(), Fingerprint: t.fingerprint(opt),
		}}
		if was, ok := loaded[t.day]; ok {
			var err error
			if d.Skipped, err = skip(was, d, t, opt); err != nil {
				return nil, err
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// skip tells why a loaded day stays as it is, or refuses it.
func skip(was warehouse.LedgerRow, d Day, t dayTable, opt Options) (string, error) {
	kind, _, _ := strings.Cut(was.Source, "/")
	switch {
	case kind != "ga4" && !opt.Replace:
		return "", fmt.Errorf("%w: day %s was loaded from a %s source; say replace to put the export in its place",
			etl.ErrRefused, t.day, kind)
	case was.Source == dailySource && t.intraday:
		return "its daily export is loaded already", nil
	case was.Fingerprint != d.Ledger.Fingerprint:
		return "", nil
	case d.Open && (t.intraday || t.info.Modified == 0):
		// What is streamed into a table shows in its description later or not at all.
		return "", nil
	}
	return "unchanged", nil
}

// fromExport reports whether the day was read in place.
func fromExport(row warehouse.LedgerRow) bool {
	return strings.HasPrefix(row.Fingerprint, fingerprintMark)
}

// runID is a digest of what the run was asked to do.
func runID(tables []dayTable, opt Options) string {
	h := sha256.New()
	fmt.Fprintln(h, opt.settings(), opt.Dataset, opt.From, opt.To, opt.Now.UnixMicro())
	for _, t := range tables {
		fmt.Fprintln(h, t.fingerprint(opt))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// list names a few and counts the rest.
func list(names []string) string {
	const few = 10
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
