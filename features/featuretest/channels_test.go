package featuretest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestChannelEngines holds Channels.SQL in DuckDB to Channels.Of, text by text, with the team's links and without.
func TestChannelEngines(t *testing.T) {
	links, err := features.NewChannels(featuretest.ChannelLinks())
	if err != nil {
		t.Fatal(err)
	}
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cases := featuretest.ChannelCases()
	load := warehouse.DayLoad{Table: warehouse.Events, Day: "2026-03-02", Rows: slices.Values(channelRows(cases))}
	if err := w.ReplaceDays(t.Context(), []warehouse.DayLoad{load}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]features.Channels{"rules": {}, "links": links} {
		t.Run(name, func(t *testing.T) {
			query := "SELECT ts, " + c.SQL(features.DuckDB{}, "source", "medium", "campaign") + " AS channel FROM events"
			columns, err := w.ReadColumns(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			compareChannels(t, c, cases, columns)
		})
	}
}

// compareChannels expects the columns ts, the index of a case, and channel.
func compareChannels(t *testing.T, c features.Channels, cases [][3]string, columns []warehouse.ColumnData) {
	t.Helper()
	if n := columns[0].Len(); n != len(cases) {
		t.Fatalf("%d rows of %d cases came back", n, len(cases))
	}
	if slices.Contains(columns[1].Null, true) {
		t.Error("a channel is NULL")
	}
	counts := map[string]int{}
	for row, at := range columns[0].Numbers {
		x := cases[int(at)]
		want := c.Of(x[0], x[1], x[2])
		counts[want]++
		if got := columns[1].Text[row]; got != want {
			t.Errorf("%q, %q, %q: SQL says %q, Go says %q", x[0], x[1], x[2], got, want)
		}
	}
	if len(counts) < 20 {
		t.Errorf("the cases meet only %d channels: %v", len(counts), counts)
	}
}

// channelRows are events with the cases as their sources. Of the empty texts every other one is NULL.
func channelRows(cases [][3]string) [][]any {
	var rows [][]any
	for i, x := range cases {
		values := map[string]any{"day": "2026-03-02", "user_key": fmt.Sprintf("%032x", i), "ts": int64(i), "name": "first_open"}
		for j, column := range []string{"source", "medium", "campaign"} {
			if x[j] != "" || (i+j)%2 == 0 {
				values[column] = x[j]
			}
		}
		row := make([]any, len(warehouse.Events.Columns))
		for j, c := range warehouse.Events.Columns {
			row[j] = values[c.Name]
		}
		rows = append(rows, row)
	}
	return rows
}
