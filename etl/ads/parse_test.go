package ads

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		cell    string
		decimal byte
		want    string
	}{
		{"12", '.', "12"},
		{"1,234.5", '.', "1234.5"},
		{"1.234,5", ',', "1234.5"},
		{"1,234,567", '.', "1.234567e+06"},
		{"1.234.567", ',', "1.234567e+06"},
		{"12,34,567.5", '.', "1.2345675e+06"},
		{" ₩ 1 234원", '.', "1234"},
		{"$0.50", '.', "0.5"},
		{"0,5", ',', "0.5"},
		{"5.", '.', "5"},
		{"1'234.5", '.', "1234.5"},
		{"1.2E+05", '.', "120000"},
		{"−3", '.', "-3"},
		{"", '.', "unknown"},
		{"-", '.', "unknown"},
		{"—", '.', "unknown"},
		{"N/A", '.', "unknown"},
		{"1,23", '.', "error"},
		{"1.234.567", '.', "error"},
		{"1,2345", '.', "error"},
		{"NaN", '.', "error"},
		{"Inf", '.', "error"},
		{"0x10", '.', "error"},
		{"1_000", '.', "error"},
		{"1e999", '.', "error"},
		{"12%", '.', "error"},
		{"--5", '.', "error"},
	} {
		a, err := parseAmount(c.cell, c.decimal)
		got := fmt.Sprint(a.x)
		switch {
		case err != nil:
			got = "error"
		case !a.known:
			got = "unknown"
		}
		if got != c.want {
			t.Errorf("%q with %c: got %s, want %s", c.cell, c.decimal, got, c.want)
		}
	}
}

func TestDecimalSignIsFoundOut(t *testing.T) {
	for _, c := range []struct {
		cells     []string
		whole     string
		option    string
		separator rune
		want      string
	}{
		{[]string{"1,234"}, "", "", ',', "."},
		{[]string{"1.234"}, "", "", ',', "."},
		{[]string{"1.234"}, "", "", ';', "error"},
		{[]string{"1,234"}, "", "", ';', "error"},
		{[]string{"1234"}, "", "", ';', "."},
		{[]string{"1.234"}, "", ",", ';', ","},
		{[]string{"1.234"}, "9.100", "", ';', ","},
		{[]string{"1.234"}, "9,100", "", ';', "."},
		{[]string{"1.234,5", "1.234"}, "", "", ',', ","},
		{[]string{"1,234.5", "1.234"}, "", "", ';', "."},
		{[]string{"0,500"}, "", "", ',', ","},
		{[]string{"1234,567"}, "", "", ',', ","},
		{[]string{"1.234.567"}, "", "", ',', ","},
		{[]string{"1,5", "1.5"}, "", "", ',', "error"},
		{[]string{"1,5", "1.5"}, "", ".", ',', "."},
		{[]string{"-", "", "5"}, "", "", ',', "."},
	} {
		var n numbers
		for _, cell := range c.cells {
			n.look(cell, false)
		}
		n.look(c.whole, true)
		sign, err := n.sign(c.option, c.separator)
		got := string(sign)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%q, counts %q: got %s (%v), want %s", c.cells, c.whole, got, err, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	for _, c := range []struct{ cell, order, want string }{
		{"2026-08-01", "", "2026-08-01"},
		{"2026-8-1", "", "2026-08-01"},
		{"2026. 8. 1.", "", "2026-08-01"},
		{"2026.08.01", "", "2026-08-01"},
		{"2026/08/01", "", "2026-08-01"},
		{"2026년 8월 1일", "", "2026-08-01"},
		{"20260801", "", "2026-08-01"},
		{"2026-08-01 00:00:00", "", "2026-08-01"},
		{"2026-08-01T00:00:00Z", "", "2026-08-01"},
		{"01/08/2026", DayFirst, "2026-08-01"},
		{"01/08/2026", MonthFirst, "2026-01-08"},
		{"1.8.2026", MonthFirst, "2026-08-01"},
		{"Aug 1, 2026", "", "2026-08-01"},
		{"1 August 2026", "", "2026-08-01"},
		{"2028-02-29", "", "2028-02-29"},
		{"2026-02-29", "", "error"},
		{"2026-00-01", "", "error"},
		{"2026-08-01 13:00", "", "error"},
		{"01/08-2026", DayFirst, "error"},
		{"08/13/2026", DayFirst, "error"},
		{"01/08/26", DayFirst, "error"},
		{"1999-12-31", "", "error"},
		{"2101-01-01", "", "error"},
		{"46235", "", "error"},
		{"", "", "error"},
	} {
		got, err := parseDay(c.cell, c.order)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%q %s: got %s (%v), want %s", c.cell, c.order, got, err, c.want)
		}
	}
}

func TestCurrencyBracket(t *testing.T) {
	for heading, want := range map[string]string{
		"지출 금액 (KRW)":        "9 KRW",
		"Amount spent (krw)": "9 KRW",
		"AMOUNT  SPENT[USD]": "9 USD",
		"소진 금액（KRW）":         "9 KRW",
		"Cost":               "9 ",
		"비용 (D7)":            "-1 ",
		"Cost (CPC)":         "-1 ",
		"Clicks (all)":       "12 ",
		"클릭(전체)":             "12 ",
		"Impressions (KRW)":  "-1 ",
		"Ad Set Name":        "5 ",
		"adset_name":         "5 ",
	} {
		f, _, currency := fieldOf(heading)
		if got := fmt.Sprint(int(f), " ", currency); got != want {
			t.Errorf("%q: got field %s, want %s", heading, got, want)
		}
	}
}

// TestHeadingsMeanOneThing: no heading stands for two fields.
func TestHeadingsMeanOneThing(t *testing.T) {
	of := map[string]field{}
	for f := range fields {
		for _, name := range headings[f] {
			if was, ok := of[name]; ok || sheet.Squash(name) != name {
				t.Errorf("%q is of the fields %d and %d, or not squashed", name, was, f)
			}
			of[name] = f
		}
	}
}

// checkReport holds what any input gives to what the warehouse and the sums rely on.
func checkReport(t *testing.T, data []byte) {
	t.Helper()
	opt := Options{Paths: []string{"x"}, DateOrder: DayFirst, Decimal: "."}
	data, err := sheet.Decode(data)
	if err != nil {
		return
	}
	r, err := parse("fuzz", 0, data, &opt)
	if err != nil || len(currenciesOf([]*report{r})) > 1 {
		return
	}
	copies := int64(0)
	for _, n := range r.copies {
		copies += n
	}
	if sum := int64(len(r.rows)+len(r.bad)) + r.totals + r.otherCurrency + copies; sum != r.records {
		t.Fatalf("%d records, but what became of them adds up to %d", r.records, sum)
	}
	for i := range r.rows {
		checkRow(t, &r.rows[i])
	}
	m, err := merge([]*report{r}, false)
	if err != nil {
		t.Fatalf("one file contradicts itself: %v", err)
	}
	f, err := keepFinest(m.rows)
	if err != nil {
		return
	}
	if sum := int64(len(f.kept)) + f.totals + f.coarser + m.summed; sum != int64(len(r.rows)) {
		t.Fatalf("%d rows, but what became of them adds up to %d", len(r.rows), sum)
	}
}

// addressOfTheSeeds is an address, so it has somebody before the @: the bare domain names nobody.
var addressOfTheSeeds = regexp.MustCompile(`[^\s@]@example\.com`)

func checkRow(t *testing.T, r *row) {
	t.Helper()
	if _, err := time.Parse(time.DateOnly, r.day); err != nil {
		t.Fatalf("day %q", r.day)
	}
	for _, name := range append(r.path[:], r.network, r.resultType) {
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 || addressOfTheSeeds.MatchString(name) {
			t.Fatalf("name %q", name)
		}
	}
	for _, a := range []amount{r.spend, r.results} {
		if math.IsNaN(a.x) || math.IsInf(a.x, 0) || !a.known && a.x != 0 {
			t.Fatalf("amount %+v", a)
		}
	}
	for _, c := range []count{r.impressions, r.reach, r.clicks, r.installs} {
		if c.n < 0 || !c.known && c.n != 0 {
			t.Fatalf("count %+v", c)
		}
	}
	if r.spend.x < 0 || r.currency != "" && !isCurrency(r.currency) {
		t.Fatalf("spend %v in %q", r.spend, r.currency)
	}
}

func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		paths, err := filepath.Glob(filepath.Join("testdata", p))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds %s: %v", p, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

func FuzzCSV(f *testing.F) {
	seeds(f, "*.csv", "*.txt")
	f.Add([]byte("일;지출 금액 (KRW);결과\n2026. 8. 1.;₩1.234,5;\"a\n"))
	f.Add([]byte("Day,Campaign name,Spend\n2026-08-01,@example.com,5\n"))
	f.Add([]byte("Day,Spend\n01/02/2026,1e5\nTotal,3\n,,\n"))
	f.Fuzz(func(t *testing.T, data []byte) { checkReport(t, data) })
}

func FuzzInsights(f *testing.F) {
	seeds(f, "*.json", "*.jsonl")
	f.Add([]byte(`[{"date_start":"2026-08-01","date_stop":"2026-08-01","spend":1e3,"actions":[` +
		`{"action_type":"app_install","value":"x"}]},null,[]]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if start := bytes.TrimSpace(data); len(start) == 0 || start[0] != '[' && start[0] != '{' {
			data = append([]byte("["), data...)
		}
		checkReport(t, data)
	})
}
