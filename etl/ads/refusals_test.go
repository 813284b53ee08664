package ads_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
)

// refusals are inputs that cannot be used, and what the message must say.
var refusals = map[string]struct {
	files  map[string]string
	change func(*ads.Options)
	want   []string
}{
	"no day": {
		map[string]string{"a.csv": "Campaign name,Amount spent (KRW)\nx,1\n"},
		nil,
		[]string{"column of the day", "export by day", `"Campaign name"`, `"Amount spent (KRW)"`},
	},
	"no spend in the currency": {
		map[string]string{"a.csv": "Day,Amount spent (KRW)\n2026-08-01,1\n"},
		func(o *ads.Options) { o.Currency = "USD" },
		[]string{"Amount spent (USD)", `"Amount spent (KRW)"`},
	},
	"no spend": {
		map[string]string{"a.csv": "일,캠페인 이름,비용 (D7)\n2026-08-01,x,1\n"},
		nil,
		[]string{"column of the spend", `"비용 (D7)"`, "지출 금액 (KRW)"},
	},
	"headings hold an address": {
		map[string]string{"a.csv": "kim.invented@example.com,5\n"}, nil, []string{"(withheld)"},
	},
	"several days a row": {
		map[string]string{"a.csv": "보고 시작,보고 종료,캠페인 이름,지출 금액 (KRW)\n2026-08-01,2026-08-31,x,1\n"},
		nil,
		[]string{"line 2", "several days", "export by day"},
	},
	"several days a row in JSON": {
		map[string]string{"a.json": `[{"date_start":"2026-08-01","date_stop":"2026-08-02","spend":"1"}]`},
		nil,
		[]string{"row 1", "time_increment=1"},
	},
	"day or month first": {
		map[string]string{"a.csv": header + "01/08/2026,x,a,1,1\n"}, nil, []string{"01/08/2026", ads.DayFirst, ads.MonthFirst},
	},
	"day and month first": {
		map[string]string{"a.csv": header + "13/08/2026,x,a,1,1\n08/13/2026,x,a,1,1\n"},
		nil,
		[]string{"1 dates have the day first and 1 the month"},
	},
	"thousand or one and a bit": {
		map[string]string{"a.csv": "Day;Amount spent (KRW)\n2026-08-01;1.234\n"}, nil, []string{"decimal sign", "1.234"},
	},
	"two decimal signs": {
		map[string]string{"a.csv": header + "2026-08-01,x,a,1.5,1\n2026-08-02,x,a,\"1,5\",1\n"},
		nil,
		[]string{"decimal point", "decimal comma"},
	},
	"currencies in columns": {
		map[string]string{"a.csv": "Day,Amount spent (KRW),Amount spent (USD)\n2026-08-01,1,2\n"},
		nil,
		[]string{"KRW", "USD", "which currency"},
	},
	"currencies in rows": {
		map[string]string{"a.csv": "Day,Spend,Currency\n2026-08-01,1,KRW\n2026-08-02,1,USD\n"},
		nil,
		[]string{"KRW and in USD", "which currency"},
	},
	"one column twice": {
		map[string]string{"a.csv": "Day,Day,Spend\n2026-08-01,2026-08-01,1\n"}, nil, []string{`"Day" is there twice`},
	},
	"files that contradict": {
		map[string]string{"a.csv": header + "2026-08-01,x,a,1,1\n", "b.csv": header + "2026-08-01,x,a,2,1\n"},
		nil,
		[]string{"a.csv and b.csv", "1 rows", "2026-08-01", "last file"},
	},
	"levels that are not parts": {
		map[string]string{"a.csv": header + "2026-08-01,x,,1000,1\n2026-08-01,x,a,100,1\n"},
		nil,
		[]string{"campaign", "1000", "100", "one level"},
	},
	"account unnamed": {
		map[string]string{
			"a.csv": "Day,Account name,Campaign name,Spend\n2026-08-01,boat,x,5\n",
			"b.csv": "Day,Campaign name,Spend\n2026-08-01,x,5\n",
		},
		nil,
		[]string{"with and without the name of the account"},
	},
	"campaign unnamed": {
		map[string]string{"a.csv": "Day,Campaign name,Spend\n2026-08-01,x,5\n", "b.csv": "Day,Ad name,Spend\n2026-08-01,a,5\n"},
		nil,
		[]string{"with and without the name of the campaign"},
	},
	"ad set unnamed": {
		map[string]string{
			"a.csv": header + "2026-08-01,x,a,5,1\n",
			"b.csv": "Day,Campaign name,Ad set name,Spend (KRW)\n2026-08-01,x,s,5\n",
		},
		nil,
		[]string{"with and without the name of the ad set"},
	},
	"a month summed up beside its days": {
		map[string]string{"a.csv": header + "2026-08-01,x,a,5,1\n2026-08-01,Total,,50,1\n"}, nil, []string{"totals of days", "50", "5"},
	},
	"CP949": {
		map[string]string{"a.csv": "\xc0\xcf,\xc1\xf6\xc3\xe2 \xb1\xdd\xbe\xd7 (KRW)\n2026-08-01,1\n"},
		nil,
		[]string{"not UTF-8", "CSV UTF-8"},
	},
	"only totals": {map[string]string{"a.csv": header + "합계,,,5,1\n"}, nil, []string{"no row of a day"}},
	"empty":       {map[string]string{"a.csv": " \n"}, nil, []string{"empty"}},
	"an API error": {
		map[string]string{"a.json": `{"error":{"message":"(#17) User request limit reached"}}`},
		nil,
		[]string{"error of the API"},
	},
	"JSON cut": {map[string]string{"a.json": `[{"date_start":"2026-08-01"`}, nil, []string{"cut off"}},
	"JSON no spend": {
		map[string]string{"a.json": `[{"date_start":"2026-08-01","date_stop":"2026-08-01"}]`},
		nil,
		[]string{"no row has spend", `"date_stop"`},
	},
	"JSON no day": {map[string]string{"a.json": `[{"spend":"1"}]`}, nil, []string{"no row has date_start"}},
	"bad option":  {map[string]string{"a.csv": header}, func(o *ads.Options) { o.Currency = "won" }, []string{`currency "WON"`}},
	"bad zone":    {map[string]string{"a.csv": header}, func(o *ads.Options) { o.Zone = "Seoul" }, []string{`time zone "Seoul"`}},
}

func TestRefusals(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			w := openMemory(t)
			mustLoad(t, w, one(t, header+"2026-07-01,before,a,3,4\n"))
			before := table(t, w)
			opt := put(t, c.files)
			if c.change != nil {
				c.change(&opt)
			}
			_, err := ads.Load(t.Context(), w, opt)
			if err == nil || c.change == nil && !errors.Is(err, etl.ErrRefused) {
				t.Fatalf("got %v, want a refusal", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "kim.invented") {
				t.Errorf("the message has an address: %v", err)
			}
			if diff := cmp.Diff(before, table(t, w)); diff != "" {
				t.Errorf("a refused load changed the table:\n%s", diff)
			}
		})
	}
}
