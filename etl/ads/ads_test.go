package ads_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// put writes files into a new folder and names it.
func put(t *testing.T, files map[string]string) ads.Options {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ads.Options{Paths: []string{dir}, Now: loadNow}
}

func one(t *testing.T, text string) ads.Options {
	t.Helper()
	return put(t, map[string]string{"ads.csv": text})
}

func mustLoad(t *testing.T, w *warehouse.Warehouse, opt ads.Options) ads.Result {
	t.Helper()
	r, err := ads.Load(t.Context(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	checkRecords(t, r)
	return r
}

const header = "Day,Campaign name,Ad name,Amount spent (KRW),Impressions\n"

// TestOptionsSettle loads what is refused without the option that settles it.
func TestOptionsSettle(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		change func(*ads.Options)
		want   string
	}{
		"day first": {
			map[string]string{"a.csv": header + "02/08/2026,x,a,1,1\n"},
			func(o *ads.Options) { o.DateOrder = ads.DayFirst },
			"2026-08-02 | - | - | x | - | a | KRW | 1.0 | 1 | - | - | - | - | -\n",
		},
		"month first": {
			map[string]string{"a.csv": header + "02/08/2026,x,a,1,1\n"},
			func(o *ads.Options) { o.DateOrder = ads.MonthFirst },
			"2026-02-08 | - | - | x | - | a | KRW | 1.0 | 1 | - | - | - | - | -\n",
		},
		"decimal comma": {
			map[string]string{"a.csv": "Day;Spend (KRW)\n2026-08-01;1.234\n"},
			func(o *ads.Options) { o.Decimal = "," },
			"2026-08-01 | - | - | - | - | - | KRW | 1234.0 | - | - | - | - | - | -\n",
		},
		"decimal point": {
			map[string]string{"a.csv": "Day;Spend (KRW)\n2026-08-01;1.234\n"},
			func(o *ads.Options) { o.Decimal = "." },
			"2026-08-01 | - | - | - | - | - | KRW | 1.234 | - | - | - | - | - | -\n",
		},
		"one of two columns": {
			map[string]string{"a.csv": "Day,Amount spent (KRW),Amount spent (USD)\n2026-08-01,1,2\n"},
			func(o *ads.Options) { o.Currency = "usd" },
			"2026-08-01 | - | - | - | - | - | USD | 2.0 | - | - | - | - | - | -\n",
		},
		"rows of one currency": {
			map[string]string{"a.csv": "Day,Spend,Currency\n2026-08-01,1,KRW\n2026-08-02,1,USD\n"},
			func(o *ads.Options) { o.Currency = "KRW" },
			"2026-08-01 | - | - | - | - | - | KRW | 1.0 | - | - | - | - | - | -\n",
		},
		"a currency for amounts without one": {
			map[string]string{"a.csv": "Day,Spend\n2026-08-01,1\n"},
			func(o *ads.Options) { o.Currency = "KRW" },
			"2026-08-01 | - | - | - | - | - | KRW | 1.0 | - | - | - | - | - | -\n",
		},
		"the last file": {
			map[string]string{"a.csv": header + "2026-08-01,x,a,1,1\n2026-08-01,x,b,7,1\n", "b.csv": header + "2026-08-01,x,a,2,1\n"},
			func(o *ads.Options) { o.LastFileWins = true },
			"2026-08-01 | - | - | x | - | a | KRW | 2.0 | 1 | - | - | - | - | -\n" +
				"2026-08-01 | - | - | x | - | b | KRW | 7.0 | 1 | - | - | - | - | -\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := openMemory(t)
			opt := put(t, c.files)
			c.change(&opt)
			mustLoad(t, w, opt)
			if diff := cmp.Diff(c.want, table(t, w)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLoadedTwiceIsLoadedOnce(t *testing.T) {
	w := openMemory(t)
	rows := []string{"2026-08-01,x,a,10,100\n", "2026-08-01,x,b,20,200\n", "2026-08-02,y,a,30,300\n"}
	opt := put(t, map[string]string{"a.csv": header + rows[0] + rows[1] + rows[2] + "2026-08-03,x,a,1,1\n"})
	first := mustLoad(t, w, opt)
	if first.Loaded != 3 || first.Skipped != 0 || first.Spend != 61 {
		t.Errorf("first %+v", first)
	}
	before := table(t, w)
	opt.Now = loadNow.AddDate(0, 0, 1)
	if again := mustLoad(t, w, opt); again.Loaded != 0 || again.Skipped != 3 || again.Days[0].Skipped != "unchanged" {
		t.Errorf("again %+v", again)
	}
	// The same rows in another order over two files, and a day that changed.
	opt = put(t, map[string]string{"a.csv": header + rows[1], "b.csv": header + rows[2] + rows[0] + "2026-08-03,x,a,2,1\n"})
	if split := mustLoad(t, w, opt); split.Loaded != 1 || split.Skipped != 2 {
		t.Errorf("split %+v", split)
	}
	want := strings.Replace(before, "KRW | 1.0 | 1 |", "KRW | 2.0 | 1 |", 1)
	if diff := cmp.Diff(want, table(t, w)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	ledger, err := w.LedgerRows(t.Context())
	if err != nil || len(ledger) != 3 || ledger[0].Table != "ads" || ledger[0].Source != "meta" || ledger[0].Rows != 2 ||
		ledger[0].LoadedAt != loadNow.UnixMicro() || ledger[2].LoadedAt != loadNow.UnixMicro() {
		t.Errorf("ledger %+v, %v", ledger, err)
	}
}

func TestFilesOfOneDayAreMerged(t *testing.T) {
	w := openMemory(t)
	r := mustLoad(t, w, put(t, map[string]string{
		"a.csv": header + "2026-08-01,x,a,10,100\n2026-08-01,x,b,20,200\n2026-08-01,x,b,20,200\n",
		"b.csv": header + "2026-08-01,x,b,20,200\n2026-08-01,y,c,5,50\n",
		"c.csv": "Day,Campaign name,Ad name,Amount spent (KRW),Link clicks\n2026-08-01,x,b,20,9\n",
	}))
	if r.Rows != 3 || r.Copies != 3 || r.Spend != 35 {
		t.Errorf("%+v", r)
	}
	want := "2026-08-01 | - | - | x | - | a | KRW | 10.0 | 100 | - | - | - | - | -\n" +
		"2026-08-01 | - | - | x | - | b | KRW | 20.0 | 200 | - | 9 | - | - | -\n" +
		"2026-08-01 | - | - | y | - | c | KRW | 5.0 | 50 | - | - | - | - | -\n"
	if diff := cmp.Diff(want, table(t, w)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	ledger, err := w.LedgerRows(t.Context())
	if err != nil || ledger[0].Duplicates != 3 {
		t.Errorf("ledger %+v, %v", ledger, err)
	}
}

// TestBreakdownIsSummed: rows of one ad that differ only in a column that the table does not have are parts. People may be in
// several.
func TestBreakdownIsSummed(t *testing.T) {
	w := openMemory(t)
	r := mustLoad(t, w, one(t, "Day,Campaign name,Age,Spend (KRW),Reach,Link clicks\n"+
		"2026-08-01,x,18-24,10,100,1\n2026-08-01,x,25-34,10,100,1\n2026-08-01,x,35-44,5,,\n2026-08-01,y,18-24,1,9,\n"))
	if r.Summed != 2 || r.Copies != 0 {
		t.Errorf("%+v", r)
	}
	want := "2026-08-01 | - | - | x | - | - | KRW | 25.0 | - | - | 2 | - | - | -\n" +
		"2026-08-01 | - | - | y | - | - | KRW | 1.0 | - | 9 | - | - | - | -\n"
	if diff := cmp.Diff(want, table(t, w)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLevels: no money is counted at two levels, also where the levels come in separate files or only some days have the finer
// one.
func TestLevels(t *testing.T) {
	w := openMemory(t)
	r := mustLoad(t, w, put(t, map[string]string{
		"campaigns.csv": "Day,Campaign name,Amount spent (KRW)\n2026-08-01,x,100\n2026-08-01,y,40\n2026-08-02,x,70\n" +
			"2026-08-01,,140\n2026-08-02,,70\n",
		"platforms.csv": "Day,Campaign name,Platform,Amount spent (KRW)\n2026-08-01,y,Instagram,30\n2026-08-01,y,Facebook,10\n",
		"ads.csv":       header + "2026-08-01,x,a,60,1\n2026-08-01,x,b,40,1\n",
	}))
	if r.Spend != 210 || r.Coarser != 2 || r.Totals != 2 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
	want := "2026-08-01 | - | - | x | - | a | KRW | 60.0 | 1 | - | - | - | - | -\n" +
		"2026-08-01 | - | - | x | - | b | KRW | 40.0 | 1 | - | - | - | - | -\n" +
		"2026-08-01 | - | facebook | y | - | - | KRW | 10.0 | - | - | - | - | - | -\n" +
		"2026-08-01 | - | instagram | y | - | - | KRW | 30.0 | - | - | - | - | - | -\n" +
		"2026-08-02 | - | - | x | - | - | KRW | 70.0 | - | - | - | - | - | -\n"
	if diff := cmp.Diff(want, table(t, w)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWithheldNamesKeepTheirSpend: two ads named after addresses are two ads, not the ad set and not one another's copy.
func TestWithheldNamesKeepTheirSpend(t *testing.T) {
	w := openMemory(t)
	r := mustLoad(t, w, one(t, header+"2026-08-01,x,write kim.invented@example.com,10,1\n2026-08-01,x,call 010-0000-1234,5,2\n"+
		"2026-08-01,x,c,1,1\n"))
	if r.Spend != 16 || r.Blanked != 2 || r.Summed != 1 || r.Coarser != 0 {
		t.Errorf("%+v", r)
	}
	if got := table(t, w); strings.Contains(got, "kim") || strings.Contains(got, "1234") {
		t.Errorf("a person's data passed:\n%s", got)
	}
}

func TestBadRowsAreQuarantined(t *testing.T) {
	w := openMemory(t)
	text := header + "2026-08-02,x,a,1,1\n2026-08-03,x,b,1,1\n" + "2026-13-01,x,c,1,1\n" +
		"2026-08-02,x,d,kim,1\n" + "2026-08-02,x,e,1,1.5\n" +
		"2026-08-02,x,f,-1,1\n" + "1999-08-02,x,g,1,1\n" + "2026-08-02,x\n" + "2026-08-02,x,\"h,1,1\n2026-08-02,x,i,1,1\n"
	opt := one(t, text)
	if r, err := ads.Load(t.Context(), w, opt); !errors.Is(err, etl.ErrRefused) ||
		!strings.Contains(err.Error(), "8 of 10 rows (80.00 %)") {
		t.Fatalf("got %v, %+v, want a refusal", err, r)
	}
	opt.MaxBad = 0.9
	r := mustLoad(t, w, opt)
	want := map[string]int64{
		ads.ReasonDay: 1, ads.ReasonNumber: 1, ads.ReasonCount: 1, ads.ReasonSpend: 1, ads.ReasonRange: 1, ads.ReasonCSV: 3,
	}
	if diff := cmp.Diff(want, r.Reasons); diff != "" || r.Rows != 2 || len(r.Warnings) != 1 {
		t.Errorf("reasons -want +got:\n%s%+v", diff, r)
	}
	q, err := w.ReadColumns(t.Context(), "SELECT CONCAT_WS(' ', table_name, day, source, line, reason) "+
		"AS line FROM quarantine ORDER BY day, line")
	if err != nil || len(q[0].Text) != 8 || q[0].Text[0] != "ads 2026-08-02 ads.csv 10 "+ads.ReasonCSV ||
		strings.Contains(strings.Join(q[0].Text, ""), "kim") {
		t.Errorf("quarantine %q, %v", q[0].Text, err)
	}
}

func TestCurrencyOfTheWarehouse(t *testing.T) {
	w := openMemory(t)
	mustLoad(t, w, one(t, "Day,Spend (KRW)\n2026-08-01,1\n2026-08-02,1\n"))
	settings, err := w.Settings(t.Context())
	if err != nil || settings[ads.SettingCurrency] != "KRW" {
		t.Errorf("settings %v, %v", settings, err)
	}
	if _, err := ads.Load(t.Context(), w, one(t, "Day,Spend (USD)\n2026-08-02,1\n")); !errors.Is(err, etl.ErrRefused) ||
		!strings.Contains(err.Error(), "USD") {
		t.Errorf("got %v, want a refusal", err)
	}
	mustLoad(t, w, one(t, "Day,Spend (USD)\n2026-08-01,1\n2026-08-02,1\n"))
	if settings, err = w.Settings(t.Context()); err != nil || settings[ads.SettingCurrency] != "USD" {
		t.Errorf("settings after all days were replaced: %v, %v", settings, err)
	}
	if r := mustLoad(t, w, one(t, "Day,Spend\n2026-08-01,1\n")); len(r.Warnings) != 1 || r.Currency != "" {
		t.Errorf("amounts without a currency: %+v", r)
	}
}

func TestZonesAreCompared(t *testing.T) {
	for _, c := range []struct {
		zone string
		want string
	}{
		{"America/Los_Angeles", "2026-08-01 begins 16h0m0s later there"},
		{"Pacific/Auckland", "2026-08-01 begins 3h0m0s earlier there"},
		{"Asia/Tokyo", ""},
		{"Asia/Seoul", ""},
		{"", ""},
	} {
		w := openMemory(t)
		if err := w.SaveSettings(t.Context(), map[string]string{"zone": "Asia/Seoul"}); err != nil {
			t.Fatal(err)
		}
		var told []string
		opt := one(t, header+"2026-08-01,x,a,1,1\n")
		opt.Zone, opt.Warn = c.zone, func(m string) { told = append(told, m) }
		r := mustLoad(t, w, opt)
		if got := strings.Join(r.Warnings, "; "); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%q: warned %q, want %q", c.zone, got, c.want)
		}
		if diff := cmp.Diff(r.Warnings, told); diff != "" {
			t.Errorf("%q: told otherwise:\n%s", c.zone, diff)
		}
	}
}

func TestTotalThatDoesNotFitIsTold(t *testing.T) {
	w := openMemory(t)
	r := mustLoad(t, w, one(t, header+"2026-08-01,x,a,10,1\n,,,100,1\n"))
	if r.Totals != 1 || len(r.Warnings) != 1 ||
		!strings.Contains(r.Warnings[0], "the total row says 100, but its rows add up to 10") {
		t.Errorf("%+v", r)
	}
}

func TestPagesThatAreMissingAreTold(t *testing.T) {
	w := openMemory(t)
	page := `{"data":[{"date_start":"2026-08-01","date_stop":"2026-08-01","spend":"1","campaign_name":"x"}]` +
		`,"paging":{"next":"https://example.com/2"}}`
	r := mustLoad(t, w, put(t, map[string]string{"a.json": page}))
	if !strings.Contains(strings.Join(r.Warnings, ";"), "another page") {
		t.Errorf("%+v", r)
	}
	last := `{"data":[{"date_start":"2026-08-02","date_stop":"2026-08-02","spend":"1","campaign_name":"x"}]}`
	r = mustLoad(t, w, put(t, map[string]string{"a.jsonl": page + "\n" + last + "\n"}))
	if r.Rows != 2 || strings.Contains(strings.Join(r.Warnings, ";"), "another page") {
		t.Errorf("%+v", r)
	}
}

func TestSimulatedIsInherited(t *testing.T) {
	w := openMemory(t)
	if err := w.SaveSettings(t.Context(), map[string]string{"simulated": "true"}); err != nil {
		t.Fatal(err)
	}
	mustLoad(t, w, one(t, header+"2026-08-01,x,a,1,1\n"))
	if ledger, err := w.LedgerRows(t.Context()); err != nil || !ledger[0].Simulated {
		t.Errorf("ledger %+v, %v", ledger, err)
	}
}
