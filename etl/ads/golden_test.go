package ads_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var update = flag.Bool("update", false, "write the golden files anew")

var loadNow = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

func openMemory(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// table is the ads table as text: one line a row, NULL as a dash.
func table(t *testing.T, w *warehouse.Warehouse) string {
	t.Helper()
	var parts []string
	for _, c := range warehouse.Ads.Columns {
		parts = append(parts, "COALESCE(CAST("+c.Name+" AS STRING), '-')")
	}
	columns, err := w.ReadColumns(t.Context(), "SELECT CONCAT_WS(' | ', "+strings.Join(parts, ", ")+") AS line FROM ads ORDER BY line")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(columns[0].Text, "\n") + "\n"
}

// checkRecords holds the result to counting every record once.
func checkRecords(t *testing.T, r ads.Result) {
	t.Helper()
	if sum := r.Rows + r.Bad + r.Totals + r.Copies + r.Summed + r.Coarser + r.OtherCurrency; sum != r.Records {
		t.Errorf("%d records, but what became of them adds up to %d: %+v", r.Records, sum, r)
	}
}

func TestGolden(t *testing.T) {
	for _, name := range []string{
		"english.csv", "korean.csv", "older_korean.csv", "utf16.txt", "levels.csv", "insights.json", "insights.jsonl",
	} {
		t.Run(name, func(t *testing.T) {
			w := openMemory(t)
			r, err := ads.Load(t.Context(), w, ads.Options{Paths: []string{filepath.Join("testdata", name)}, Now: loadNow})
			if err != nil {
				t.Fatal(err)
			}
			checkRecords(t, r)
			var got bytes.Buffer
			fmt.Fprintf(&got, "records %d: rows %d, bad %d, totals %d, copies %d, summed %d, coarser %d, other currency %d; blanked %d\n",
				r.Records, r.Rows, r.Bad, r.Totals, r.Copies, r.Summed, r.Coarser, r.OtherCurrency, r.Blanked)
			fmt.Fprintf(&got, "spend %v %s\n", r.Spend, r.Currency)
			for _, message := range r.Warnings {
				fmt.Fprintln(&got, "warning:", message)
			}
			fmt.Fprint(&got, table(t, w))
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("differs from %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}
