package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
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

func (c *command) status(ctx context.Context, out *cli.Output) (err error) {
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	settings, err := wh.Settings(ctx)
	if err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(out.Out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"table", "day", "source", "rows", "copies", "bad", "data until (UTC)", "loaded (UTC)", "simulated"})
	var events, copies, bad int64
	for _, r := range rows {
		t.AppendRow(table.Row{
			r.Table, r.Day, r.Source, r.Rows, r.Duplicates, r.Quarantined, stamp(r.DataEnd), stamp(r.LoadedAt), r.Simulated,
		})
		events, copies, bad = events+r.Rows, copies+r.Duplicates, bad+r.Quarantined
	}
	t.AppendFooter(table.Row{"", fmt.Sprintf("%d days", len(rows)), "", events, copies, bad, "zone " + settings["zone"], "", ""})
	t.Render()
	return nil
}

func stamp(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05") }
