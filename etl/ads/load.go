package ads

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// kind is the source that the ledger names.
const kind = "meta"

// The settings of the warehouse that a load keeps: the currency of all amounts, and the zone of the account's days.
const (
	SettingCurrency = "ads_currency"
	SettingZone     = "ads_zone"
)

// load is one call of Load.
type load struct {
	wh       *warehouse.Warehouse
	opt      Options
	settings map[string]string
	ledger   map[string]warehouse.LedgerRow
	rows     map[string][]row
	bad      map[string][]badRow
	copies   map[string]int64
	result   Result
}

// Load reads the files and replaces the days that they hold, all at once or none. Days of which nothing changed are left as they
// are. Errors that wrap etl.ErrRefused say which check refused the input, and that nothing was written.
func Load(ctx context.Context, wh *warehouse.Warehouse, opt Options) (Result, error) {
	if err := opt.check(); err != nil {
		return Result{}, fmt.Errorf("load ads: %w", err)
	}
	l := &load{wh: wh, opt: opt, ledger: map[string]warehouse.LedgerRow{}, result: Result{Reasons: map[string]int64{}}}
	if err := l.known(ctx); err != nil {
		return Result{}, fmt.Errorf("load ads: %w", err)
	}
	reports, err := readFiles(&l.opt)
	if err == nil {
		err = l.take(reports)
	}
	if err != nil {
		return l.result, fmt.Errorf("load ads: %w: %w", etl.ErrRefused, err)
	}
	if err := ctx.Err(); err != nil {
		return l.result, fmt.Errorf("load ads: %w", err)
	}
	if err := l.write(ctx); err != nil {
		return l.result, fmt.Errorf("load ads: %w", err)
	}
	return l.result, nil
}

// known reads what the warehouse has.
func (l *load) known(ctx context.Context) (err error) {
	if l.settings, err = l.wh.Settings(ctx); err != nil {
		return err
	}
	rows, err := l.wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	events := false
	for _, r := range rows {
		if r.Table == warehouse.Ads.Name {
			l.ledger[r.Day] = r
		}
		events = events || r.Table == warehouse.Events.Name
	}
	simulated := l.settings["simulated"] == "true"
	if events && l.opt.Simulated && !simulated {
		return fmt.Errorf("%w: the warehouse holds real data; load simulated spend into a new file", etl.ErrRefused)
	}
	l.opt.Simulated = l.opt.Simulated || simulated
	return nil
}

// take makes days of the reports, or says why they cannot be used. Nothing is written here.
func (l *load) take(reports []*report) error {
	l.copies = map[string]int64{}
	for _, r := range reports {
		l.count(r)
	}
	if err := l.checkBudget(); err != nil {
		return err
	}
	if err := l.checkCurrency(reports); err != nil {
		return err
	}
	m, err := merge(reports, l.opt.LastFileWins)
	if err != nil {
		return err
	}
	l.result.Summed = m.summed
	for day, n := range m.copies {
		l.copies[day] += n
		l.result.Copies += n
	}
	f, err := keepFinest(m.rows)
	if err != nil {
		return err
	}
	l.result.Totals, l.result.Coarser = l.result.Totals+f.totals, f.coarser
	if len(f.kept) == 0 {
		return fmt.Errorf("the input holds no row of a day")
	}
	l.warn(f.warnings()...)
	l.group(f.kept, reports)
	return l.checkZone()
}

// count adds up what became of the records of a file.
func (l *load) count(r *report) {
	res := &l.result
	res.Records += r.records
	res.Bad += int64(len(r.bad))
	res.Totals += r.totals
	res.OtherCurrency += r.otherCurrency
	res.Blanked += r.blanked
	for day, n := range r.copies {
		l.copies[day] += n
		res.Copies += n
	}
	for _, b := range r.bad {
		res.Reasons[b.reason]++
	}
	l.warn(r.warnings...)
}

func (l *load) checkBudget() error {
	if l.result.Bad == 0 {
		return nil
	}
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(l.result.Reasons)) {
		reasons = append(reasons, fmt.Sprintf("%s (%d)", reason, l.result.Reasons[reason]))
	}
	share := float64(l.result.Bad) / float64(l.result.Records)
	message := fmt.Sprintf("%d of %d rows (%.2f %%) are bad: %s", l.result.Bad, l.result.Records, 100*share,
		strings.Join(reasons, ", "))
	if share > l.opt.MaxBad {
		return fmt.Errorf("%s; more than %.2f %%, so nothing was written", message, 100*l.opt.MaxBad)
	}
	l.warn(message)
	return nil
}

// checkCurrency refuses amounts that do not add up: of several currencies in the input, or of another one than the days that
// stay.
func (l *load) checkCurrency(reports []*report) error {
	found := currenciesOf(reports)
	if len(found) > 1 {
		for i, c := range found {
			found[i] = orNone(c)
		}
		return fmt.Errorf("the input has amounts in %s, which do not add up: say which currency to keep",
			strings.Join(found, " and in "))
	}
	if len(found) == 1 {
		l.result.Currency = found[0]
	}
	days := map[string]bool{}
	for _, r := range reports {
		for i := range r.rows {
			days[r.rows[i].day] = true
		}
	}
	was := l.settings[SettingCurrency]
	for day := range l.ledger {
		if !days[day] && was != "" && l.result.Currency != "" && was != l.result.Currency {
			return fmt.Errorf("the warehouse has ad spend in %s and this input is in %s, which do not add up: export in one currency, "+
				"or load into a new file", was, l.result.Currency)
		}
	}
	if l.result.Currency == "" && len(found) > 0 {
		l.warn("nothing in the input names the currency; say which it is, so that figures can be shown with it")
	}
	return nil
}

// currenciesOf lists the currencies of the rows in order, "" for those that name none.
func currenciesOf(reports []*report) []string {
	found := map[string]bool{}
	for _, r := range reports {
		for i := range r.rows {
			found[r.rows[i].currency] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// group parts rows and bad rows into days. A bad row without a day goes to the first day of the input.
func (l *load) group(rows []row, reports []*report) {
	l.rows, l.bad = map[string][]row{}, map[string][]badRow{}
	for _, r := range rows {
		l.rows[r.day] = append(l.rows[r.day], r)
		l.result.Spend += r.spend.x
	}
	l.result.Rows = int64(len(rows))
	for _, report := range reports {
		for _, b := range report.bad {
			day := b.day
			if l.rows[day] == nil {
				day = rows[0].day
			}
			l.bad[day] = append(l.bad[day], b)
		}
	}
}

// checkZone warns where the account's days are not the app's.
func (l *load) checkZone() error {
	app := l.settings["zone"]
	if l.opt.Zone == "" || app == "" || l.opt.Zone == app {
		return nil
	}
	account, err := l.opt.location()
	if err != nil {
		return err
	}
	loc, err := time.LoadLocation(app)
	if err != nil {
		return fmt.Errorf("time zone %q of the warehouse: %w", app, err)
	}
	for _, day := range slices.Sorted(maps.Keys(l.rows)) {
		ours, _ := bounds(day, loc)
		theirs, _ := bounds(day, account)
		if ours == theirs {
			continue
		}
		l.warn(fmt.Sprintf("the ad account's days are those of %s, the app's those of %s: %s begins %s %s there. What a day of the "+
			"account cost is spread over two days of the app, so that daily figures shift; sums over weeks hardly do",
			l.opt.Zone, app, day, time.Duration(max(ours-theirs, theirs-ours))*time.Microsecond, laterOrEarlier(theirs > ours)))
		return nil
	}
	return nil
}

func laterOrEarlier(later bool) string {
	if later {
		return "later"
	}
	return "earlier"
}

func (l *load) warn(messages ...string) {
	l.result.Warnings = append(l.result.Warnings, messages...)
	if l.opt.Warn != nil {
		for _, m := range messages {
			l.opt.Warn(m)
		}
	}
}

// write replaces the days that changed, in one transaction.
func (l *load) write(ctx context.Context) error {
	l.result.RunID = l.runID()
	zone := l.opt.Zone
	if zone == "" {
		zone = l.settings["zone"]
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return fmt.Errorf("time zone %q: %w", zone, err)
	}
	var loads []warehouse.DayLoad
	for _, day := range slices.Sorted(maps.Keys(l.rows)) {
		d := l.dayLoad(day, loc)
		result := DayResult{Ledger: d.Ledger}
		if was, ok := l.ledger[day]; ok && was.Fingerprint == d.Ledger.Fingerprint {
			result.Skipped = "unchanged"
			l.result.Skipped++
		} else {
			loads = append(loads, d)
			l.result.Loaded++
		}
		l.result.Days = append(l.result.Days, result)
	}
	if len(loads) == 0 {
		return nil
	}
	if err := l.saveSettings(ctx); err != nil {
		return err
	}
	return l.wh.ReplaceDays(ctx, loads)
}

func (l *load) saveSettings(ctx context.Context) error {
	settings := map[string]string{}
	if l.result.Currency != "" {
		settings[SettingCurrency] = l.result.Currency
	}
	if l.opt.Zone != "" {
		settings[SettingZone] = l.opt.Zone
	}
	if len(settings) == 0 {
		return nil
	}
	return l.wh.SaveSettings(ctx, settings)
}

// dayLoad is a day as the warehouse takes it.
func (l *load) dayLoad(day string, loc *time.Location) warehouse.DayLoad {
	rows := l.rows[day]
	start, end := bounds(day, loc)
	d := warehouse.DayLoad{
		Table: warehouse.Ads, Day: day, Rows: func(yield func([]any) bool) {
			for i := range rows {
				if !yield(rows[i].values()) {
					return
				}
			}
		},
		Ledger: warehouse.LedgerRow{
			Table: warehouse.Ads.Name, Day: day, Source: kind, Rows: int64(len(rows)), Duplicates: l.copies[day],
			Quarantined: int64(len(l.bad[day])), DataStart: start, DataEnd: end, RunID: l.result.RunID,
			LoadedAt: l.opt.Now.UnixMicro(), Simulated: l.opt.Simulated,
		},
	}
	for _, b := range l.bad[day] {
		d.Quarantine = append(d.Quarantine, warehouse.QuarantineRow{Source: b.file, Line: b.line, Reason: b.reason})
	}
	d.Ledger.Fingerprint = l.fingerprint(&d)
	return d
}

// fingerprint digests what the load of a day writes, but not who wrote it when.
func (l *load) fingerprint(d *warehouse.DayLoad) string {
	h := sha256.New()
	fmt.Fprintf(h, "meta 1 %d %d %d %v\n", d.Ledger.DataStart, d.Ledger.DataEnd, d.Ledger.Duplicates, d.Ledger.Simulated)
	for row := range d.Rows {
		fmt.Fprintf(h, "%#v\n", row)
	}
	for _, q := range d.Quarantine {
		fmt.Fprintf(h, "%#v\n", q)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// runID digests what the run was asked to do and what it read.
func (l *load) runID() string {
	h := sha256.New()
	fmt.Fprintln(h, kind, l.opt.Zone, l.opt.Currency, l.opt.Now.UnixMicro())
	for _, day := range slices.Sorted(maps.Keys(l.rows)) {
		for i := range l.rows[day] {
			fmt.Fprintf(h, "%#v\n", l.rows[day][i].values())
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// bounds are the first instant of the local day and of the next, in microseconds UTC.
func bounds(day string, loc *time.Location) (start, end int64) {
	t, err := time.ParseInLocation(time.DateOnly, day, loc)
	if err != nil {
		return 0, 0
	}
	return t.UnixMicro(), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, loc).UnixMicro()
}
