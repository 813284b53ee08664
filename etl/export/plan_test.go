package export

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var seoul = func() *time.Location {
	loc, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		panic(err)
	}
	return loc
}()

// info is a table of the newest export with so many rows.
func info(name string, rows int64, opt Options) warehouse.TableInfo {
	t := exampleTable(name, opt, nil)
	t.Rows, t.Bytes, t.Modified = rows, rows*500, 1772323200000000
	return t
}

func TestOneTableADay(t *testing.T) {
	opt := testOptions()
	var infos []warehouse.TableInfo
	for _, name := range []string{
		"events_20260302", "events_20260301", "events_intraday_20260302", "events_intraday_20260303", "events_fresh_20260303", "events_20261399",
		"events_2026030", "events_20260304_copy", "events_intraday_", "events_20260304",
	} {
		infos = append(infos, info(name, 1, opt))
	}
	for _, tt := range []struct {
		from, to string
		want     []string
	}{
		{"", "", []string{"events_20260301", "events_20260302", "events_intraday_20260303", "events_20260304"}},
		{"2026-03-02", "2026-03-03", []string{"events_20260302", "events_intraday_20260303"}},
		{"2027-01-01", "", nil},
	} {
		opt.From, opt.To = tt.from, tt.to
		var got []string
		for _, table := range dayTables(infos, opt) {
			got = append(got, table.name)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", tt.from, tt.to, diff)
		}
	}
}

func TestWhichDaysAreOpen(t *testing.T) {
	opt := testOptions()
	for _, tt := range []struct {
		now  string
		open bool
	}{
		{"2026-03-01T00:00:00+09:00", true},
		{"2026-03-04T23:59:59+09:00", true},
		{"2026-03-05T00:00:00+09:00", false},
		{"2026-03-04T15:00:00Z", false},
		{"2026-03-04T14:59:59Z", true},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		opt.Now = now
		if got := opt.open("2026-03-01", seoul); got != tt.open {
			t.Errorf("at %s the first of March is open: %v, want %v", tt.now, got, tt.open)
		}
	}
}

func TestWhatIsReadAgain(t *testing.T) {
	opt := testOptions()
	daily, intraday := info("events_20260309", 10, opt), info("events_intraday_20260309", 10, opt)
	old := info("events_20260201", 10, opt)
	ledger := func(t warehouse.TableInfo, opt Options) warehouse.LedgerRow {
		table := newDayTable(t, opt)
		return warehouse.LedgerRow{Day: table.day, Source: table.kind(), Fingerprint: table.fingerprint(opt)}
	}
	changed := func(t warehouse.TableInfo, change func(*warehouse.TableInfo)) warehouse.TableInfo {
		change(&t)
		return t
	}
	other := opt
	other.Params = []string{"price"}
	blind := func(t *warehouse.TableInfo) { t.Modified = 0 }
	for _, tt := range []struct {
		name   string
		was    warehouse.LedgerRow
		is     warehouse.TableInfo
		reason string
	}{
		{"as it was", ledger(daily, opt), daily, "unchanged"},
		{"more rows", ledger(daily, opt), changed(daily, func(t *warehouse.TableInfo) { t.Rows++ }), ""},
		{"other bytes", ledger(daily, opt), changed(daily, func(t *warehouse.TableInfo) { t.Bytes++ }), ""},
		{"written anew", ledger(daily, opt), changed(daily, func(t *warehouse.TableInfo) { t.Modified++ }), ""},
		{"a closed day with late rows", ledger(old, opt), changed(old, func(t *warehouse.TableInfo) { t.Rows++ }), ""},
		{"a closed day", ledger(old, opt), old, "unchanged"},
		{"other settings", ledger(old, other), old, ""},
		{"the daily table is there", ledger(intraday, opt), daily, ""},
		{"the daily table went away", ledger(daily, opt), intraday, "its daily export is loaded already"},
		{"an open intraday day", ledger(intraday, opt), intraday, ""},
		{"an open day whose change nobody knows", ledger(changed(daily, blind), opt), changed(daily, blind), ""},
		{"a closed day whose change nobody knows", ledger(changed(old, blind), opt), changed(old, blind), "unchanged"},
		{"loaded from its file", warehouse.LedgerRow{Source: "ga4/daily", Fingerprint: "x"}, daily, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := newDayTable(tt.is, opt)
			days, err := planDays([]dayTable{table}, map[string]warehouse.LedgerRow{table.day: tt.was}, opt, seoul)
			if err != nil || len(days) != 1 || days[0].Skipped != tt.reason {
				t.Errorf("days %+v, error %v; want it skipped for %q", days, err, tt.reason)
			}
		})
	}
	flat := map[string]warehouse.LedgerRow{"2026-03-09": {Source: "flat"}}
	tables := dayTables([]warehouse.TableInfo{daily}, opt)
	if _, err := planDays(tables, flat, opt, seoul); !errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), "2026-03-09") {
		t.Errorf("a day of another source: %v", err)
	}
	opt.Replace = true
	if days, err := planDays(tables, flat, opt, seoul); err != nil || days[0].Skipped != "" {
		t.Errorf("a day to be replaced: %+v, %v", days, err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"dataset":   func(o *Options) { o.Dataset = "p.analytics_1`; DROP TABLE x" },
		"secret":    func(o *Options) { o.Secret = []byte("short") },
		"time zone": func(o *Options) { o.Zone = "Local" },
		"max bad":   func(o *Options) { o.MaxBad = 2 },
		"open days": func(o *Options) { o.OpenDays = -1 },
		"from":      func(o *Options) { o.From = "20260301" },
		"to":        func(o *Options) { o.To = "2026-02-30" },
	} {
		opt := testOptions()
		change(&opt)
		if _, _, err := opt.check(); err == nil || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
	opt, _, err := Options{Dataset: "analytics_1", Zone: "UTC", Secret: testSecret}.check()
	if err != nil || opt.MaxBad != 0.01 || opt.OpenDays != 4 {
		t.Errorf("defaults %+v, error %v", opt, err)
	}
}

// TestDrift is what becomes of a table whose columns differ from those of the day before.
func TestDrift(t *testing.T) {
	opt := testOptions()
	edit := func(name string, change func([]warehouse.ColumnInfo) []warehouse.ColumnInfo) dayTable {
		table := exampleTable(name, opt, nil)
		table.Columns = change(table.Columns)
		return newDayTable(table, opt)
	}
	set := func(path string, change func(*warehouse.ColumnInfo)) func([]warehouse.ColumnInfo) []warehouse.ColumnInfo {
		return func(cs []warehouse.ColumnInfo) []warehouse.ColumnInfo {
			for i := range cs {
				if cs[i].Name == path {
					change(&cs[i])
				}
			}
			return cs
		}
	}
	drop := func(path string) func([]warehouse.ColumnInfo) []warehouse.ColumnInfo {
		return func(cs []warehouse.ColumnInfo) (out []warehouse.ColumnInfo) {
			for _, c := range cs {
				if !underneath(c.Name, path) {
					out = append(out, c)
				}
			}
			return out
		}
	}
	for _, tt := range []struct {
		name    string
		change  func([]warehouse.ColumnInfo) []warehouse.ColumnInfo
		refused string
		added   string
	}{
		{"as it was", drop("nothing"), "", ""},
		{"added", func(cs []warehouse.ColumnInfo) []warehouse.ColumnInfo {
			return append(cs, warehouse.ColumnInfo{Name: "geo.metro", Type: "STRING"})
		}, "", "geo.metro"},
		{"dropped", drop("platform"), "column platform was STRING, is missing", ""},
		{"dropped record", drop("device"), "column device.category was STRING, is missing", ""},
		{"dropped field", drop("app_info.version"), "column app_info.version was STRING, is missing", ""},
		{"renamed", set("platform", func(c *warehouse.ColumnInfo) { c.Name = "platform_name" }), "column platform was STRING, is missing", "platform_name"},
		{"retyped", set("stream_id", func(c *warehouse.ColumnInfo) { c.Type = "INTEGER" }), "column stream_id was STRING, is INT64", ""},
		{"repeated", set("stream_id", func(c *warehouse.ColumnInfo) { c.Repeated = true }), "column stream_id was STRING, is ARRAY of STRING", ""},
		{"nested", set("user_id", func(c *warehouse.ColumnInfo) { c.Type = "RECORD" }), "column user_id was STRING, is STRUCT", ""},
		{"a needed column dropped", drop("event_timestamp"), "nothing can be read without event_timestamp", ""},
		{"reordered", func(cs []warehouse.ColumnInfo) []warehouse.ColumnInfo {
			return append(append([]warehouse.ColumnInfo(nil), cs[5:]...), cs[:5]...)
		}, "", ""},
		{"other case", set("platform", func(c *warehouse.ColumnInfo) { c.Name = "Platform" }), "", ""},
		{"the other word of a type", set("event_timestamp", func(c *warehouse.ColumnInfo) { c.Type = "INTEGER" }), "", ""},
		{"a column that is not read dropped", drop("device.vendor_id"), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := known{}
			k.meet(edit("events_20260301", func(cs []warehouse.ColumnInfo) []warehouse.ColumnInfo {
				return append(cs, warehouse.ColumnInfo{Name: "device.vendor_id", Type: "STRING"})
			}), Columns(opt), false)
			saved, err := k.setting()
			if err != nil {
				t.Fatal(err)
			}
			if k, err = readKnown(saved); err != nil {
				t.Fatal(err)
			}
			change := tt.change
			if tt.name != "a column that is not read dropped" {
				change = func(cs []warehouse.ColumnInfo) []warehouse.ColumnInfo {
					return tt.change(append(cs, warehouse.ColumnInfo{Name: "device.vendor_id", Type: "STRING"}))
				}
			}
			added, changes := k.meet(edit("events_20260302", change), Columns(opt), false)
			err = refuse(changes)
			switch {
			case tt.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.refused != "" && (!errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), tt.refused)):
				t.Errorf("error %v, want %q", err, tt.refused)
			}
			if got := strings.Join(added, ","); got != tt.added {
				t.Errorf("added %q, want %q", got, tt.added)
			}
		})
	}
}

func TestOlderTablesMayLackNewerColumns(t *testing.T) {
	opt, k := testOptions(), known{}
	for _, day := range []string{"20260305", "20240101", "20240102", "20260306"} {
		var missing []string
		if strings.HasPrefix(day, "2024") {
			missing = oldColumns
		}
		if _, changes := k.meet(newDayTable(exampleTable("events_"+day, opt, missing), opt), Columns(opt), false); changes != nil {
			t.Errorf("%s: %v", day, changes)
		}
	}
	if got := k["batch_event_index"].Since; got != "2026-03-05" {
		t.Errorf("batch_event_index is known since %s", got)
	}
}

func TestAcceptedColumnsStayAccepted(t *testing.T) {
	opt, k := testOptions(), known{}
	whole := func(day string) dayTable { return newDayTable(exampleTable("events_"+day, opt, nil), opt) }
	lacks := func(day string) dayTable {
		return newDayTable(exampleTable("events_"+day, opt, []string{"platform"}), opt)
	}
	retyped := whole("20260311")
	retyped.shape["stream_id"] = Column{Path: "stream_id", Type: "INT64"}
	k.meet(whole("20260309"), Columns(opt), false)
	for _, table := range []dayTable{lacks("20260310"), retyped} {
		if _, changes := k.meet(table, Columns(opt), true); changes != nil {
			t.Fatal(changes)
		}
	}
	// The open days before are read again, and days after come.
	for _, table := range []dayTable{whole("20260308"), whole("20260309"), lacks("20260310"), retyped, lacks("20260312")} {
		if _, changes := k.meet(table, Columns(opt), false); changes != nil {
			t.Errorf("%s: %v", table.day, changes)
		}
	}
	if _, changes := k.meet(lacks("20260309"), Columns(opt), false); len(changes) != 1 {
		t.Errorf("a day before the accepted one lacks the column: %v", changes)
	}
	sql := dayStatement(retyped, opt).SQL + dayStatement(lacks("20260310"), opt).SQL
	for _, want := range []string{"SAFE_CAST(stream_id AS STRING)", "CAST(NULL AS STRING) AS raw_platform"} {
		if !strings.Contains(sql, want) {
			t.Errorf("%s is not in the statement", want)
		}
	}
}

func TestBudget(t *testing.T) {
	for _, tt := range []struct {
		bad, records int64
		refused      bool
		warned       int
	}{{0, 0, false, 0}, {0, 100, false, 0}, {1, 2000, false, 0}, {1, 1000, false, 0}, {2, 1000, false, 1}, {10, 1000, false, 1}, {11, 1000, true, 0}} {
		warned := 0
		opt := testOptions()
		opt.Warn = func(string) { warned++ }
		r := &run{opt: opt, result: Result{Bad: tt.bad, Records: tt.records, Reasons: map[string]int64{"no event name": tt.bad}}}
		err := r.checkBudget()
		if errors.Is(err, etl.ErrRefused) != tt.refused || warned != tt.warned {
			t.Errorf("%d of %d: error %v, %d warnings", tt.bad, tt.records, err, warned)
		}
	}
}

func TestManyEventsAreSaid(t *testing.T) {
	var said []string
	opt := testOptions()
	opt.Warn = func(m string) { said = append(said, m) }
	r := &run{opt: opt}
	r.sayMany("2026-03-01", 899_999)
	r.sayMany("2026-03-02", 900_000)
	if len(said) != 1 || !strings.Contains(said[0], "2026-03-02") || !strings.Contains(said[0], fmt.Sprint(900_000)) {
		t.Errorf("said %q", said)
	}
}
