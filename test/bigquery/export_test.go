package bigquery

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/export"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var exportSecret = []byte("0123456789abcdef0123456789abcdef")

// exportChannels have a link of the team's own.
var exportChannels = func() features.Channels {
	c, err := features.NewChannels([]features.Link{{Source: "our-link", Medium: "qr", Channel: "Poster"}})
	if err != nil {
		panic(err)
	}
	return c
}()

var exportParams = []string{"attendees", "price", "title"}

func exportOptions(set *bigquery.Dataset) export.Options {
	return export.Options{
		Dataset: project + "." + set.DatasetID, Zone: "Asia/Seoul", Secret: exportSecret, Params: exportParams, StaffProperty: "is_staff",
		Channels: exportChannels, MaxBad: 1, Now: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC),
	}
}

// readFiles loads the extracts of a folder into DuckDB by way of the file reader.
func readFiles(t *testing.T, dir string) *warehouse.Warehouse {
	t.Helper()
	files, err := source.NewGA4(source.GA4Options{
		Paths: []string{dir}, Secret: exportSecret, Params: exportParams, StaffProperty: "is_staff", Channels: exportChannels,
	})
	if err != nil {
		t.Fatal(err)
	}
	wh := duckWarehouse(t)
	_, err = etl.Run(t.Context(), wh, etl.Options{
		Source: files, Zone: "Asia/Seoul", Secret: exportSecret, MaxBad: 1, Now: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	return wh
}

// rowsOf is what a table holds, one text a row, in order.
func rowsOf(t *testing.T, wh *warehouse.Warehouse, table warehouse.Table, columns ...string) []string {
	t.Helper()
	if columns == nil {
		for _, c := range table.Columns {
			columns = append(columns, c.Name)
		}
	}
	where := ""
	if table.Partition != "" {
		where = " WHERE " + table.Partition + " >= CAST('2000-01-01' AS DATE)"
	}
	data, err := wh.ReadColumns(t.Context(), "SELECT "+strings.Join(columns, ", ")+" FROM "+table.Name+where)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range data[0].Len() {
		var b strings.Builder
		for j, c := range data {
			switch {
			case c.Null != nil && c.Null[i], c.Type == warehouse.NumberMap && c.Text[i] == "{}":
				// BigQuery stores an array that is NULL as one that is empty.
				fmt.Fprintf(&b, "%s=NULL ", columns[j])
			case c.Text != nil:
				fmt.Fprintf(&b, "%s=%q ", columns[j], c.Text[i])
			default:
				fmt.Fprintf(&b, "%s=%v ", columns[j], c.Numbers[i])
			}
		}
		out = append(out, b.String())
	}
	slices.Sort(out)
	return out
}

// equalDays compares the events, the ledger and the quarantine of two warehouses.
func equalDays(t *testing.T, files, inPlace *warehouse.Warehouse) {
	t.Helper()
	if diff := cmp.Diff(rowsOf(t, files, warehouse.Events), rowsOf(t, inPlace, warehouse.Events)); diff != "" {
		t.Errorf("events (-files +in place):\n%s", diff)
	}
	ledger := []string{"table_name", "day", "source", "rows_loaded", "duplicates", "quarantined", "data_start", "data_end", "loaded_at", "simulated"}
	if diff := cmp.Diff(rowsOf(t, files, warehouse.Ledger, ledger...), rowsOf(t, inPlace, warehouse.Ledger, ledger...)); diff != "" {
		t.Errorf("ledger (-files +in place):\n%s", diff)
	}
	bad := []string{"table_name", "day", "REPLACE(source, '.json', '')", "reason"}
	if diff := cmp.Diff(rowsOf(t, files, warehouse.Quarantine, bad...), rowsOf(t, inPlace, warehouse.Quarantine, bad...)); diff != "" {
		t.Errorf("quarantine (-files +in place):\n%s", diff)
	}
}

// noCanary looks into every table.
func noCanary(t *testing.T, wh *warehouse.Warehouse) {
	t.Helper()
	for _, table := range warehouse.All {
		all := strings.Join(rowsOf(t, wh, table), "\n")
		for _, c := range canaries {
			if strings.Contains(all, c) {
				t.Errorf("table %s holds %q", table.Name, c)
			}
		}
	}
}

func TestExportMakesTheRowsOfTheFileReader(t *testing.T) {
	set, dir := exportDataset(t), t.TempDir()
	onDay := func(date string, events []gaEvent) (out []gaEvent) {
		for _, e := range events {
			out = append(out, altered(e, "event_date", date))
		}
		return out
	}
	newest, old := exportSchema(), exportSchema("collected_traffic_source", "is_active_user", "batch_event_index", "batch_page_id", "batch_ordering_id", "app_info")
	first := append(append(hostileEvents(), repeatedEvents()...), badEvents()...)
	second := onDay("20260302", hostileEvents()[:9])
	third := onDay("20260303", repeatedEvents())
	var before []gaEvent
	for _, e := range append(hostileEvents(), repeatedEvents()...) {
		e = altered(e, "event_date", "20260228")
		for _, c := range []string{"collected_traffic_source", "batch_event_index", "batch_page_id", "app_info"} {
			delete(e, c)
		}
		before = append(before, e)
	}
	for _, table := range []struct {
		name   string
		schema bigquery.Schema
		events []gaEvent
		file   bool
	}{
		{"events_20260228", old, before, true},
		{"events_20260301", newest, first, true},
		{"events_20260302", newest, second, true},
		{"events_intraday_20260302", newest, third, true},
		{"events_intraday_20260303", newest, third, true},
		{"events_20260304", newest, nil, true},
		{"events_fresh_20260301", newest, third, false},
		{"events_20261399", newest, nil, false},
	} {
		addTable(t, set, table.name, table.schema, table.events)
		if table.file {
			writeExport(t, dir, table.name, table.events)
		}
	}
	wh := newWarehouse(t)
	result, err := export.Run(t.Context(), wh, exportOptions(set))
	if err != nil {
		t.Fatal(err)
	}
	equalDays(t, readFiles(t, dir), wh)
	noCanary(t, wh)
	if result.Bad != 11 || result.Excluded != 2 || result.Loaded != 5 || result.Duplicates == 0 {
		t.Errorf("result %+v", result)
	}
	if !strings.Contains(strings.Join(rowsOf(t, wh, warehouse.Events, "channel"), ""), "Poster") {
		t.Error("no event has the channel of the team's link")
	}
	for _, flag := range []string{warehouse.FlagDebug, warehouse.FlagStaff, warehouse.FlagTest} {
		if !strings.Contains(strings.Join(rowsOf(t, wh, warehouse.Events, "flag"), ""), flag) {
			t.Errorf("no event has the flag %s", flag)
		}
	}
}

func TestExportOfTheSampleEqualsItsFiles(t *testing.T) {
	from, dir := filepath.Join(t.TempDir(), "sample"), t.TempDir()
	_, err := sample.Write(t.Context(), from, sample.Options{
		Users: 300, Days: 45, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seed: 3, Zone: "Asia/Seoul",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := exportDataset(t)
	for _, day := range []string{"20260103", "20260110", "20260111"} {
		data, err := os.ReadFile(filepath.Join(from, "events", "events_"+day+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var events []gaEvent
		for line := range strings.Lines(string(data)) {
			e := gaEvent{}
			d := json.NewDecoder(strings.NewReader(line))
			d.UseNumber()
			if err := d.Decode(&e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		writeExport(t, dir, "events_"+day, events)
		addTable(t, set, "events_"+day, exportSchema(), events)
	}
	wh := newWarehouse(t)
	result, err := export.Run(t.Context(), wh, exportOptions(set))
	if err != nil {
		t.Fatal(err)
	}
	equalDays(t, readFiles(t, dir), wh)
	t.Logf("%d events, %d duplicates", result.Rows, result.Duplicates)
	if result.Rows < 200 || result.Moved != 0 {
		t.Errorf("result %+v", result)
	}
}

// smallEvents are a few plain events of a day.
func smallEvents(date string, from, n int) (events []gaEvent) {
	for i := range n {
		events = append(events, altered(plainEvent(from+i, "user-small"), "event_date", date))
	}
	return events
}

// TestExportIsReadAgainOnlyWhereItChanged follows one warehouse through the runs of some days.
func TestExportIsReadAgainOnlyWhereItChanged(t *testing.T) {
	set, schema := exportDataset(t), exportSchema()
	addTable(t, set, "events_20260301", schema, smallEvents("20260301", 0, 3))
	addTable(t, set, "events_20260302", schema, smallEvents("20260302", 0, 2))
	addTable(t, set, "events_intraday_20260303", schema, smallEvents("20260303", 0, 2))
	wh, opt := newWarehouse(t), exportOptions(set)
	run := func(now string, wantLoaded ...string) export.Result {
		t.Helper()
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		opt.Now = at
		result, err := export.Run(t.Context(), wh, opt)
		if err != nil {
			t.Fatal(err)
		}
		var loaded []string
		for _, d := range result.Days {
			if d.Skipped == "" {
				loaded = append(loaded, d.Table.Name)
			}
		}
		if !slices.Equal(loaded, wantLoaded) {
			t.Errorf("at %s loaded %v, want %v", now, loaded, wantLoaded)
		}
		return result
	}
	opt.DryRun = true
	run("2026-03-03T06:00:00Z", "events_20260301", "events_20260302", "events_intraday_20260303")
	if rows := rowsOf(t, wh, warehouse.Ledger); len(rows) != 0 {
		t.Errorf("a dry run wrote %v", rows)
	}
	opt.DryRun = false
	run("2026-03-03T06:00:00Z", "events_20260301", "events_20260302", "events_intraday_20260303")

	// The intraday table is streamed into, so it is read again as long as its day is open.
	again := run("2026-03-03T07:00:00Z", "events_intraday_20260303")
	if again.Rows != 2 {
		t.Errorf("the open day has %d events, want 2", again.Rows)
	}
	// Later the daily table takes its place, a closed day gets events, and another goes away.
	addTable(t, set, "events_20260303", schema, smallEvents("20260303", 0, 4))
	addEvents(t, set, "events_20260301", schema, smallEvents("20260301", 10, 2))
	if err := set.Table("events_20260302").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := run("2026-03-09T00:00:00Z", "events_20260301", "events_20260303")
	if late.Late != 4 || !slices.Equal(late.Vanished, []string{"2026-03-02"}) {
		t.Errorf("late %d, vanished %v", late.Late, late.Vanished)
	}
	run("2026-03-09T00:00:00Z")
	want := []string{`day="2026-03-01" source="ga4/daily" rows_loaded=5 `, `day="2026-03-02" source="ga4/daily" rows_loaded=2 `, `day="2026-03-03" source="ga4/daily" rows_loaded=4 `}
	if diff := cmp.Diff(want, rowsOf(t, wh, warehouse.Ledger, "day", "source", "rows_loaded")); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	if rows := rowsOf(t, wh, warehouse.Events); len(rows) != 11 {
		t.Errorf("%d events, want 11", len(rows))
	}
	t.Run("refusals", func(t *testing.T) { refusals(t, set, wh, opt) })
}

// refusals are runs that must stop before they write.
func refusals(t *testing.T, set *bigquery.Dataset, wh *warehouse.Warehouse, opt export.Options) {
	before := rowsOf(t, wh, warehouse.Ledger)
	refused := func(what string, opt export.Options, words ...string) {
		t.Helper()
		_, err := export.Run(t.Context(), wh, opt)
		if !errors.Is(err, etl.ErrRefused) {
			t.Fatalf("%s: error %v, want a refusal", what, err)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q is not in %v", what, word, err)
			}
		}
		if diff := cmp.Diff(before, rowsOf(t, wh, warehouse.Ledger)); diff != "" {
			t.Errorf("%s wrote (-before +after):\n%s", what, diff)
		}
	}
	zone, key := opt, opt
	zone.Zone, key.Secret = "Europe/Berlin", []byte("another secret of enough bytes..")
	refused("another zone", zone, "zone")
	refused("another key", key, "key_check")

	addTable(t, set, "events_20260304", exportSchema(), append(smallEvents("20260304", 0, 10), altered(plainEvent(1, "u"), "event_name", nil, "event_date", "20260304")))
	strict := opt
	strict.MaxBad = 0.05
	refused("bad records", strict, "1 of 11", source.ReasonNoName)
	if err := set.Table("events_20260304").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}

	dropped := exportSchema("platform")
	addTable(t, set, "events_20260305", append(dropped, &bigquery.FieldSchema{Name: "platform_name", Type: bigquery.StringFieldType}), smallEvents("20260305", 0, 1))
	refused("a renamed column", opt, "events_20260305", "platform", "was STRING", "is missing", "accept")
	opt.AcceptColumns = true
	var warnings []string
	opt.Warn = func(m string) { warnings = append(warnings, m) }
	result, err := export.Run(t.Context(), wh, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(result.Added, []string{"platform_name"}) || !strings.Contains(strings.Join(warnings, "\n"), "platform_name") {
		t.Errorf("added %v, warnings %q", result.Added, warnings)
	}
	if result.Loaded != 1 || result.Rows != 1 {
		t.Errorf("accepted: %+v", result)
	}
}

// TestExportStatementsAreGoogleSQL resolves every statement, over the columns that the export of its time has.
func TestExportStatementsAreGoogleSQL(t *testing.T) {
	for _, opt := range []export.Options{
		{Dataset: "shop.analytics_1", Zone: "Asia/Seoul", Secret: exportSecret, Params: exportParams, StaffProperty: "is_staff", Channels: exportChannels},
		{Dataset: "shop.analytics_1", Zone: "America/New_York", Secret: exportSecret},
	} {
		for _, e := range export.Examples(opt) {
			a := newAnalyser()
			a.know(opt.Dataset+"."+e.Table.Name, nested(e.Table.Columns))
			for _, s := range e.Steps {
				if _, err := a.analyse(s.SQL, s.Args...); err != nil {
					t.Errorf("%s: %v", e.Name, err)
				}
			}
			columns, err := a.analyse(e.Day.SQL, e.Day.Args...)
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
			} else if diff := cmp.Diff(fmt.Sprint(columnsOf(warehouse.Events)), fmt.Sprint(columns)); diff != "" {
				t.Errorf("%s: columns (-want +got):\n%s", e.Name, diff)
			}
			counts, err := a.analyse(e.Count.SQL, e.Count.Args...)
			want := []column{{"source", "STRING"}, {"verdict", "STRING"}, {"records", "INT64"}, {"moved", "INT64"}}
			if err != nil || !slices.Equal(counts, want) {
				t.Errorf("%s: counts are %v: %v", e.Name, counts, err)
			}
		}
	}
}

// nested puts columns named by their path together to types.
func nested(columns []warehouse.ColumnInfo) (out []column) {
	for _, c := range columns {
		if !strings.Contains(c.Name, ".") {
			out = append(out, column{c.Name, nestedType(c, columns)})
		}
	}
	return out
}

func nestedType(of warehouse.ColumnInfo, columns []warehouse.ColumnInfo) string {
	text := of.Type
	var fields []string
	for _, c := range columns {
		if field, ok := strings.CutPrefix(c.Name, of.Name+"."); ok && !strings.Contains(field, ".") {
			fields = append(fields, field+" "+nestedType(c, columns))
		}
	}
	if fields != nil {
		text = "STRUCT<" + strings.Join(fields, ", ") + ">"
	}
	if of.Repeated {
		return "ARRAY<" + text + ">"
	}
	return text
}
