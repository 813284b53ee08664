package firestore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ChangelogOptions say which tables of the Firebase extension "Stream Firestore to BigQuery" to read, and how.
type ChangelogOptions struct {
	// Users and Meetings name the tables, such as project.dataset.users_raw_changelog; "" leaves a collection out. Users may also
	// be a _raw_latest view: that is one snapshot, taken now.
	Users, Meetings string
	// Account and Owner are as in Options.
	Account, Owner string
	Secret         []byte
	Zone           string
	// From and To bound the days that are loaded, YYYY-MM-DD, both inclusive; "" is open. The day of Now is loaded as far as it is.
	From, To string
	// Now is the instant up to which changes are read, and the one that the ledger notes.
	Now time.Time
	// MaxBad, Replace, Simulated, Progress and Warn are as in Options; Replace allows days of snapshots to be replaced.
	MaxBad    float64
	Replace   bool
	Simulated bool
	Progress  func(step string, done, total int)
	Warn      func(message string)
}

// stageTable holds the rows of a run until their days are replaced.
const stageTable = "documents_stage"

// stageLayout keeps a day's rows together, so that the replacing of a day reads that day's.
var stageLayout = features.Layout{Partition: "day"}

// Changelog loads the days that the extension's tables tell, read where they lie, in one pass over them. Such tables hold every
// change, so a day is made of its own changes only:
//
//   - a profile_snapshot row for each account whose document changed, at its last change of the day; none where that was a deletion;
//   - a meeting_document row for each document created, at the commit that created it, with what it said then.
//
// The extension delivers changes at least once: copies with one event id count once, and a document's name counts from
// /documents/ on, because there are two styles of it. An import has no time, so that its documents' create times are unknown:
// they are counted as excluded.
func Changelog(ctx context.Context, wh *warehouse.Warehouse, opt ChangelogOptions) (Result, error) {
	c, err := newChanges(ctx, wh, opt)
	if err != nil {
		return Result{}, err
	}
	if err := c.imports(ctx); err != nil {
		return c.result, err
	}
	for _, s := range c.stageStatements() {
		if err := wh.Exec(ctx, s.SQL, s.Args...); err != nil {
			return c.result, fmt.Errorf("read the extension's tables: %w", err)
		}
	}
	if err := c.load(ctx); err != nil {
		return c.result, err
	}
	return c.result, wh.Exec(ctx, dropStage)
}

// dropStage is both the first and the last statement of a run: a run that was cut off leaves the table behind.
var dropStage = "DROP TABLE IF EXISTS " + dialect.Table(stageTable)

// changes is one call of Changelog.
type changes struct {
	ChangelogOptions
	wh         *warehouse.Warehouse
	loc        *time.Location
	ledger     map[string]warehouse.LedgerRow
	json       map[string]bool
	start, end int64
	result     Result
}

func newChanges(ctx context.Context, wh *warehouse.Warehouse, opt ChangelogOptions) (*changes, error) {
	opt, loc, err := opt.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("load the extension's tables: %w", err)
	}
	if wh.Dialect() != dialect.Name() {
		return nil, errors.New("load the extension's tables: they are in BigQuery and are read there: open the warehouse as " +
			"bigquery://PROJECT/DATASET")
	}
	c := &changes{ChangelogOptions: opt, wh: wh, loc: loc, json: map[string]bool{}}
	c.result = Result{Reasons: map[string]int64{}, Consistent: true}
	c.start, c.end = opt.span(loc)
	c.result.At = time.UnixMicro(c.end).UTC()
	c.result.RunID = runID(opt.settings(), opt.From, opt.To, opt.Now.UnixMicro())
	if c.ledger, err = openLedger(ctx, wh, opt.shared()); err != nil {
		return nil, err
	}
	for _, t := range []string{opt.Users, opt.Meetings} {
		if err := c.look(ctx, t); err != nil {
			return nil, fmt.Errorf("load the extension's tables: %w", err)
		}
	}
	return c, nil
}

func (o ChangelogOptions) withDefaults() (ChangelogOptions, *time.Location, error) {
	base, loc, err := Options{Account: o.Account, Owner: o.Owner, Secret: o.Secret, Zone: o.Zone, MaxBad: o.MaxBad}.withDefaults()
	if err != nil {
		return o, nil, err
	}
	o.Owner, o.MaxBad = base.Owner, base.MaxBad
	switch {
	case o.Users == "" && o.Meetings == "":
		return o, nil, errors.New("no table: name that of the users, that of the meetings, or both")
	case isLatest(o.Meetings):
		return o, nil, errors.New("the meetings' _raw_latest view does not tell when a meeting was created: name the _raw_changelog table")
	}
	for what, day := range map[string]string{"from": o.From, "to": o.To} {
		if day == "" {
			continue
		}
		if err := warehouse.CheckDay(day); err != nil {
			return o, nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	return o, loc, nil
}

// span bounds the instants that are read: whole days, but nothing from Now on.
func (o ChangelogOptions) span(loc *time.Location) (start, end int64) {
	start, end = known, o.Now.UnixMicro()+1
	if o.From != "" {
		from, _ := bounds(o.From, loc)
		start = max(start, from)
	}
	if o.To != "" {
		_, to := bounds(o.To, loc)
		end = min(end, to)
	}
	return start, end
}

func (o ChangelogOptions) shared() map[string]string {
	return sharedSettings(o.Zone, o.Secret, o.Simulated, o.Account, o.Owner)
}

func (o ChangelogOptions) settings() string {
	return fmt.Sprintf("changelog %v %q %q", o.shared(), o.Users, o.Meetings)
}

// tablePath is a table's name, with its dataset and project or without.
var tablePath = regexp.MustCompile(`^([a-z0-9:.-]+\.)?([A-Za-z0-9_-]+\.)?[A-Za-z0-9_-]+$`)

// extensionColumns are the columns that are read, with their types.
var extensionColumns = map[string][]string{
	"timestamp": {"TIMESTAMP"}, "event_id": {"STRING"}, "document_name": {"STRING"}, "operation": {"STRING"},
	"data": {"STRING", "JSON"},
}

// look reports a table that is not there, or has other columns than the extension gives it.
func (c *changes) look(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	if !tablePath.MatchString(name) {
		return fmt.Errorf("table %q: want a name such as project.dataset.users_raw_changelog", name)
	}
	dataset, short := "", name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		dataset, short = name[:i], name[i+1:]
	}
	infos, err := c.wh.Tables(ctx, dataset, short)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if info.Name == short {
			return c.columns(name, info)
		}
	}
	return fmt.Errorf("table %s is not there", name)
}

func (c *changes) columns(name string, info warehouse.TableInfo) error {
	have := map[string]string{}
	for _, col := range info.Columns {
		have[col.Name] = col.Type
	}
	for _, col := range slices.Sorted(maps.Keys(extensionColumns)) {
		if want := extensionColumns[col]; !slices.Contains(want, have[col]) {
			return fmt.Errorf("table %s: column %s is %q, want %s, as the extension has it", name, col, have[col],
				strings.Join(want, " or "))
		}
	}
	c.json[name] = have["data"] == "JSON"
	return nil
}

// imports counts what is left out.
func (c *changes) imports(ctx context.Context) error {
	s, ok := importsOf(c.ChangelogOptions)
	if !ok {
		return nil
	}
	columns, err := c.wh.ReadColumns(ctx, s.SQL, s.Args...)
	if err != nil {
		return fmt.Errorf("count the extension's imports: %w", err)
	}
	if c.result.Excluded = int64(columns[0].Numbers[0]); c.result.Excluded > 0 {
		warn(c.Warn, "%d documents were imported into the extension's tables, which have no time for them: they are known from "+
			"their next change on, and meetings among them are not counted", c.result.Excluded)
	}
	return nil
}

// stageStatements make the stage table.
func (c *changes) stageStatements() []warehouse.Statement {
	rows := stagedRows(c.ChangelogOptions, c.json, c.start, c.end)
	return []warehouse.Statement{{SQL: dropStage}, {SQL: dialect.Create(stageTable, stageLayout, rows.SQL), Args: rows.Args}}
}

// stagedDay is what the stage table has of a day.
type stagedDay struct {
	good, bad, copies int64
	digest            string
}

// The queries of the stage table. All rows lie after the first day that there is, which says that every partition is meant.
const (
	stageDays = `SELECT CAST(day AS STRING) AS day, COUNTIF(reason IS NULL) AS good, COUNTIF(reason IS NOT NULL) AS bad,
  SUM(copies) AS copies, COUNTIF(name = 'profile_snapshot') AS users,
  CONCAT(CAST(SUM(MOD(h, 1000000007)) AS STRING), ' ', CAST(BIT_XOR(h) AS STRING)) AS digest
FROM (
  SELECT day, name, reason, copies, FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(user_key, ts, name, params, reason))) AS h
  FROM documents_stage WHERE day >= DATE '0001-01-01'
) AS hashed
GROUP BY day ORDER BY day`
	stageReasons = `SELECT reason, COUNT(*) AS n FROM documents_stage
WHERE day >= DATE '0001-01-01' AND reason IS NOT NULL GROUP BY reason`
	clearBad  = `DELETE FROM quarantine WHERE table_name = ? AND day = CAST(? AS DATE)`
	insertBad = `INSERT INTO quarantine (table_name, day, source, line, reason)
SELECT ?, day, name, 0, reason FROM documents_stage WHERE day = CAST(? AS DATE) AND reason IS NOT NULL`
)

func (c *changes) load(ctx context.Context) error {
	days, err := c.staged(ctx)
	if err != nil {
		return fmt.Errorf("load the extension's tables: %w", err)
	}
	if err := budget(c.result.Bad, c.result.Users+c.result.Meetings, c.MaxBad, c.result.Reasons, c.Warn); err != nil {
		return err
	}
	all := c.daysToWrite(days)
	if err := c.refuse(all); err != nil {
		return err
	}
	if len(all) > 0 {
		if err := c.wh.SaveSettings(ctx, c.shared()); err != nil {
			return fmt.Errorf("load the extension's tables: %w", err)
		}
	}
	for i, name := range all {
		if err := c.day(ctx, name, days[name]); err != nil {
			return fmt.Errorf("load the extension's tables: %w", err)
		}
		if c.Progress != nil {
			c.Progress("load", i+1, len(all))
		}
	}
	return nil
}

// staged reads what the stage table has.
func (c *changes) staged(ctx context.Context) (map[string]stagedDay, error) {
	days := map[string]stagedDay{}
	columns, err := c.wh.ReadColumns(ctx, stageDays)
	if err != nil {
		return nil, err
	}
	for i := range columns[0].Len() {
		n := func(column int) int64 { return int64(columns[column].Numbers[i]) }
		d := stagedDay{good: n(1), bad: n(2), copies: n(3), digest: columns[5].Text[i]}
		days[columns[0].Text[i]] = d
		c.result.Users += n(4)
		c.result.Meetings += d.good + d.bad - n(4)
		c.result.Bad += d.bad
	}
	if columns, err = c.wh.ReadColumns(ctx, stageReasons); err != nil {
		return nil, err
	}
	for i := range columns[0].Len() {
		c.result.Reasons[columns[0].Text[i]] = int64(columns[1].Numbers[i])
	}
	return days, nil
}

// daysToWrite are the days that the tables tell, and those that they told before and do not any more, because somebody was
// erased.
func (c *changes) daysToWrite(days map[string]stagedDay) []string {
	all := slices.Collect(maps.Keys(days))
	for name, was := range c.ledger {
		start, end := bounds(name, c.loc)
		if _, ok := days[name]; !ok && was.Source == SourceChangelog && start >= c.start && end <= c.end {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// refuse stops before anything is written when a day was loaded from a snapshot.
func (c *changes) refuse(days []string) error {
	for _, name := range days {
		if was, ok := c.ledger[name]; ok && was.Source != SourceChangelog && !c.Replace {
			return fmt.Errorf("%w: day %s was loaded from a snapshot; begin after it, or say replace to put the extension's tables "+
				"in its place", etl.ErrRefused, name)
		}
	}
	return nil
}

func (c *changes) day(ctx context.Context, name string, d stagedDay) error {
	start, end := bounds(name, c.loc)
	l := warehouse.LedgerRow{
		Table: table.Name, Day: name, Source: SourceChangelog, Rows: d.good, Duplicates: d.copies, Quarantined: d.bad, DataStart: start,
		DataEnd: min(end, c.end), RunID: c.result.RunID, LoadedAt: c.Now.UnixMicro(), Simulated: c.Simulated,
	}
	l.Fingerprint = runID(c.settings(), d, l.DataEnd)
	result := etl.DayResult{Ledger: l}
	if was, ok := c.ledger[name]; ok && was.Fingerprint == l.Fingerprint {
		result.Skipped = "unchanged"
		c.result.Skipped++
	} else if err := c.replace(ctx, l, d.bad > 0); err != nil {
		return err
	} else {
		c.result.Loaded++
		c.result.Rows += d.good
		c.result.Duplicates += d.copies
	}
	c.result.Days = append(c.result.Days, result)
	return nil
}

func (c *changes) replace(ctx context.Context, l warehouse.LedgerRow, bad bool) error {
	query, also := replaceStatements(l.Day, bad)
	return c.wh.ReplaceDay(ctx, table, l.Day, query, l, also...)
}

// replaceStatements are the query of a day's rows and what else its transaction does.
func replaceStatements(day string, bad bool) (warehouse.Statement, []warehouse.Statement) {
	columns := make([]string, len(table.Columns))
	for i, col := range table.Columns {
		columns[i] = col.Name
	}
	query := warehouse.Statement{
		SQL:  "SELECT " + strings.Join(columns, ", ") + " FROM " + stageTable + " WHERE day = CAST(? AS DATE) AND reason IS NULL",
		Args: []any{day},
	}
	also := []warehouse.Statement{{SQL: clearBad, Args: []any{table.Name, day}}}
	if bad {
		also = append(also, warehouse.Statement{SQL: insertBad, Args: []any{table.Name, day}})
	}
	return query, also
}

// Statements are all that a run with the options issues of its own making, in order, for a day that has bad documents: for
// checks that run nothing.
func Statements(opt ChangelogOptions, day string) ([]warehouse.Statement, error) {
	opt, loc, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &changes{ChangelogOptions: opt, loc: loc}
	c.start, c.end = opt.span(loc)
	var out []warehouse.Statement
	if s, ok := importsOf(opt); ok {
		out = append(out, s)
	}
	out = append(out, c.stageStatements()...)
	query, also := replaceStatements(day, true)
	out = append(out, warehouse.Statement{SQL: stageDays}, warehouse.Statement{SQL: stageReasons}, query)
	return append(append(out, also...), warehouse.Statement{SQL: dropStage}), nil
}
