package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/export"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// summary says in a few lines what a load did.
func summary(w io.Writer, r etl.Result) {
	fmt.Fprintf(w, "%d records read: %d bad, %d without a user id, %d outside the asked days\n", r.Records, r.Bad, r.Excluded, r.Outside)
	if r.Blanked+r.Cut > 0 {
		fmt.Fprintf(w, "%d values looked like an e-mail address or phone number and were left out; %d were cut to 100 characters\n", r.Blanked, r.Cut)
	}
	fmt.Fprintf(w, "%d days loaded with %d events (%d copies dropped)\n", r.Loaded, r.Rows, r.Duplicates)
	reasons := map[string]int{}
	for _, d := range r.Days {
		if d.Skipped != "" {
			reasons[d.Skipped]++
		}
	}
	for _, why := range []string{"unchanged", "its daily export is loaded already"} {
		if n := reasons[why]; n > 0 {
			fmt.Fprintf(w, "%d days left as they were: %s\n", n, why)
		}
	}
}

// status shows the ledger. A day of the export is open until three whole days have passed after it: until then its events may change.
func (s *session) status(ctx context.Context) error {
	rows, err := s.wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	settings, err := s.wh.Settings(ctx)
	if err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(s.out.Out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"table", "day", "source", "rows", "copies", "bad", "data until (UTC)", "loaded (UTC)", "", "simulated"})
	var events, copies, bad int64
	for _, r := range rows {
		t.AppendRow(table.Row{
			r.Table, r.Day, r.Source, r.Rows, r.Duplicates, r.Quarantined, stamp(r.DataEnd), stamp(r.LoadedAt), s.state(r), r.Simulated,
		})
		events, copies, bad = events+r.Rows, copies+r.Duplicates, bad+r.Quarantined
	}
	t.AppendFooter(table.Row{"", fmt.Sprintf("%d days", len(rows)), "", events, copies, bad, "zone " + settings["zone"], "", "", ""})
	t.Render()
	return nil
}

// openFor is how long after the end of a day its export may change.
const openFor = 3 * 24 * time.Hour

func (s *session) state(r warehouse.LedgerRow) string {
	if strings.HasPrefix(r.Source, "ga4/") && s.now().Sub(time.UnixMicro(r.DataEnd)) < openFor {
		return "open"
	}
	return "closed"
}

// exportSummary says what reading the export in place did, or would do.
func exportSummary(w io.Writer, r export.Result, dry bool) {
	if dry {
		for _, d := range r.Days {
			what := "would be read"
			if d.Skipped != "" {
				what = "stays as it is: " + d.Skipped
			}
			fmt.Fprintf(w, "%s  %-28s %10d rows  %s\n", d.Ledger.Day, d.Table.Name, d.Table.Rows, what)
		}
		fmt.Fprintf(w, "%d days would be read; their tables have %d bytes, of which the columns read are billed\n", len(r.Days)-r.Skipped, r.Bytes)
		return
	}
	fmt.Fprintf(w, "%d records of the export: %d bad, %d without a user id\n", r.Records, r.Bad, r.Excluded)
	fmt.Fprintf(w, "%d days loaded with %d events (%d copies dropped), %d left as they were\n", r.Loaded, r.Rows, r.Duplicates, r.Skipped)
	if r.Late > 0 {
		fmt.Fprintf(w, "%d events came after their day was closed\n", r.Late)
	}
	if len(r.Vanished) > 0 {
		fmt.Fprintf(w, "%d days are no longer in the export and stay as they were loaded: %s\n", len(r.Vanished), strings.Join(r.Vanished, ", "))
	}
	if len(r.Added) > 0 {
		fmt.Fprintf(w, "new columns of the export, not read: %s\n", strings.Join(r.Added, ", "))
	}
}

func stamp(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05") }
