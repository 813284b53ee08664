package bigquery

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestChannelsInBigQuery holds Channels.SQL to Channels.Of, with the team's links and without: its GoogleSQL is resolved by
// Google's own front end and gives one text, and on the emulator it gives Go's channel for every traffic source of featuretest.
func TestChannelsInBigQuery(t *testing.T) {
	links, err := features.NewChannels(featuretest.ChannelLinks())
	if err != nil {
		t.Fatal(err)
	}
	w := newWarehouse(t)
	for name, c := range map[string]features.Channels{"rules": {}, "links": links} {
		t.Run(name, func(t *testing.T) {
			channel := c.SQL(features.GoogleSQL{}, "source", "medium", "campaign")
			checkChannelColumns(t, "SELECT ts, "+channel+" AS channel FROM events WHERE day = '2026-03-02'")
			for cases := range slices.Chunk(featuretest.ChannelCases(), 500) {
				query := "SELECT ts, " + channel + " AS channel FROM " + channelTable(cases)
				got, err := w.ReadColumns(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				compareChannels(t, c, cases, got)
			}
		})
	}
}

func checkChannelColumns(t *testing.T, query string) {
	t.Helper()
	columns, err := newAnalyser().analyse(query)
	if err != nil {
		t.Fatal(err)
	}
	if want := []column{{"ts", "INT64"}, {"channel", "STRING"}}; !slices.Equal(columns, want) {
		t.Errorf("the query's columns are %v, want %v", columns, want)
	}
}

// channelTable is a FROM clause of the cases: ts is the index of the case. Of the empty texts every other one is NULL.
func channelTable(cases [][3]string) string {
	var b strings.Builder
	b.WriteString("UNNEST(ARRAY<STRUCT<ts INT64, source STRING, medium STRING, campaign STRING>>[")
	for i, x := range cases {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "(%d", i)
		for j, text := range x {
			if text == "" && (i+j)%2 == 1 {
				b.WriteString(", NULL")
			} else {
				b.WriteString(", " + features.GoogleSQL{}.Text(text))
			}
		}
		b.WriteString(")")
	}
	return b.String() + "])"
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
	for row, at := range columns[0].Numbers {
		x := cases[int(at)]
		if got, want := columns[1].Text[row], c.Of(x[0], x[1], x[2]); got != want {
			t.Errorf("%q, %q, %q: SQL says %q, Go says %q", x[0], x[1], x[2], got, want)
		}
	}
}
