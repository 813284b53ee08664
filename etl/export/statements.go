package export

import (
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Example is a day table of the export as one generation of it has them, with all the statements that a run issues for it.
type Example struct {
	// Name says which generation.
	Name string
	// Table has the columns that are read, and no others.
	Table warehouse.TableInfo
	// Day gives the rows of the day in the shape of warehouse.Events; Count one row a table and verdict.
	Day, Count warehouse.Statement
	// Steps give no rows.
	Steps []warehouse.Statement
}

// oldColumns are missing in the exports before 2023.
var oldColumns = []string{
	"collected_traffic_source", "batch_event_index", "batch_page_id", "app_info.install_source", "event_params.value.float_value",
}

// Examples are all statements that runs with the options can issue, for a daily and an intraday table of the newest export, and
// for a table of an old one. They are the ones that a run over such tables issues, for checks that run nothing.
func Examples(opt Options) []Example {
	newest, old := exampleTable("events_20260301", opt, nil), exampleTable("events_20190301", opt, oldColumns)
	intraday := exampleTable("events_intraday_20260302", opt, nil)
	return []Example{example("newest", newest, opt), example("old", old, opt), example("intraday", intraday, opt)}
}

func example(name string, info warehouse.TableInfo, opt Options) Example {
	t := newDayTable(info, opt)
	return Example{
		Name: name, Table: info, Day: dayStatement(t, opt), Count: countStatement([]dayTable{t}, opt), Steps: daySteps(t, opt, true),
	}
}

// exampleTable has the columns that are read, but the missing ones.
func exampleTable(name string, opt Options, missing []string) warehouse.TableInfo {
	info := warehouse.TableInfo{Name: name}
	records := map[string]bool{}
	for _, c := range Columns(opt) {
		if slices.ContainsFunc(missing, func(m string) bool { return underneath(c.Path, m) }) {
			continue
		}
		if record, _, nested := strings.Cut(c.Path, "."); nested && !records[record] && wantedRecord(record) {
			records[record] = true
			info.Columns = append(info.Columns, warehouse.ColumnInfo{Name: record, Type: "RECORD"})
		}
		info.Columns = append(info.Columns, warehouse.ColumnInfo{Name: c.Path, Type: c.Type, Repeated: c.Repeated})
	}
	return info
}

// wantedRecord reports whether the record is not itself in the list of columns.
func wantedRecord(path string) bool {
	return !slices.ContainsFunc(readColumns, func(c Column) bool { return c.Path == path })
}
