package bigquery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestSpendIsGoogleSQL resolves the statements of the cost table by Google's own front end, and compares the columns with what is read.
func TestSpendIsGoogleSQL(t *testing.T) {
	a, d, plan := newAnalyser(), features.GoogleSQL{}, spendPlan()
	for _, step := range plan.Cohort(d) {
		if _, err := a.analyse(step.SQL); err != nil {
			t.Fatalf("%s: %v", step.Table, err)
		}
	}
	queries := spend.Queries(d, plan)
	for i, want := range [][]column{
		{
			{"source", "STRING"},
			{"medium", "STRING"},
			{"campaign", "STRING"},
			{"channel", "STRING"},
			{"fresh", "INT64"},
			{"labelled", "INT64"},
			{"revisiting", "INT64"},
		},
		{
			{"campaign", "STRING"},
			{"network", "STRING"},
			{"labelled", "INT64"},
			{"spend", "INT64"},
			{"installs", "INT64"},
			{"claims", "INT64"},
			{"unknown", "INT64"},
		},
		{
			{"user_key", "STRING"},
			{"source", "STRING"},
			{"medium", "STRING"},
			{"campaign", "STRING"},
			{"channel", "STRING"},
		},
	} {
		columns, err := a.analyse(queries[i])
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(columns, want) {
			t.Errorf("columns %v, want %v, of\n%s", columns, want, queries[i])
		}
	}
}

// spendPlan labels a user of January 2026 by one visit in days 7 to 13.
func spendPlan() features.Plan {
	return features.Plan{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.Label{Visits: 1, Gap: 7, Horizon: 7, Unit: features.VisitDays},
		DataStart: january(1, 0), AsOf: january(32, 0),
	}
}

// january is an hour of a day of January 2026 in Seoul, in microseconds.
func january(day, hour int) int64 {
	return time.Date(2026, 1, day, hour-9, 0, 0, 0, time.UTC).UnixMicro()
}

// TestSpendOnBigQuery loads ads and links into BigQuery and into DuckDB and gets the same costs of the same users, exactly.
func TestSpendOnBigQuery(t *testing.T) {
	var got [2]string
	for i, w := range []*warehouse.Warehouse{newWarehouse(t), duckWarehouse(t)} {
		loadSpend(t, w)
		d, err := features.DialectByName(w.Dialect())
		if err != nil {
			t.Fatal(err)
		}
		plan := spendPlan()
		for _, step := range plan.Cohort(d) {
			if err := w.Exec(t.Context(), step.SQL); err != nil {
				t.Fatalf("%s: %s: %v", w.Dialect(), step.Table, err)
			}
		}
		table, places, err := spend.ReadWithPlaces(t.Context(), w, d, plan)
		if err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
		forecast, err := places.Forecast(t.Context(), w, d, plan, func(user string) (spend.Young, bool) {
			return spend.Young{P: float64(user[len(user)-1]%4) / 4}, true
		})
		if err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
		if table.Expect(forecast); forecast.Total.People != *table.Total.TooYoung || forecast.Total.Sum == 0 {
			t.Errorf("%s: forecast of %+v", w.Dialect(), forecast.Total)
		}
		if *table.Total.NewUsers != 66 || table.Total.Spend != 4_020_500_000 || table.Total.SpendYoung != 1_010_250_000 {
			t.Errorf("%s: total %+v", w.Dialect(), table.Total)
		}
		text, err := json.MarshalIndent(table, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got[i] = string(text)
	}
	if diff := cmp.Diff(got[1], got[0]); diff != "" {
		t.Errorf("costs differ (-DuckDB +BigQuery):\n%s", diff)
	}
}

// loadSpend writes users of four traffic sources, of whom some come again, a reinstall, and what ads cost. Loading twice changes nothing.
func loadSpend(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	insert := warehouse.Statement{SQL: "INSERT INTO events (day, user_key, ts, name, account_key, source, medium, campaign, channel) VALUES "}
	event := func(user string, day int, name, account string, traffic [4]string) {
		at := time.UnixMicro(january(day, 9) + int64(len(insert.Args))).UTC()
		insert.SQL += "(CAST(? AS DATE), ?, ?, ?, NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, '')), "
		insert.Args = append(insert.Args, at.Format(time.DateOnly), user, at.UnixMicro(), name, account)
		for _, text := range traffic {
			insert.Args = append(insert.Args, text)
		}
	}
	for i, traffic := range [][4]string{
		{"ig", "paid_social", "봄_산책", ""}, {"naver", "cpc", "it's brand", ""}, {"", "", "", features.OrganicSearch}, {},
	} {
		for n := range 20 - 3*i {
			user := fmt.Sprintf("u%d-%02d", i, n)
			event(user, 3+7*i, "first_open", "", traffic)
			if n%3 == 0 {
				event(user, 11+7*i, "open", "", [4]string{"naver", "cpc", "later", ""})
			}
		}
	}
	event("first", 4, "first_open", "account", [4]string{"ig", "paid_social", "봄_산책", ""})
	event("again", 9, "first_open", "account", [4]string{"naver", "cpc", "it's brand", ""})
	for n := range 3 {
		event(fmt.Sprintf("few-%d", n), 5, "first_open", "", [4]string{"kakao", "referral", "", ""})
	}
	insert.SQL = strings.TrimSuffix(insert.SQL, ", ")
	if err := w.Transact(t.Context(), insert); err != nil {
		t.Fatalf("%s: %v", w.Dialect(), err)
	}
	dir := t.TempDir()
	put := func(name, text string) []string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{path}
	}
	table := put("links.csv", "utm_source,utm_medium,utm_campaign,channel,campaign\nig,paid_social,,Paid Social,spring\nnaver,cpc,it's brand,Paid Search,\"it's \\ brand\"\n")
	paid := put("ads.csv", "일,캠페인 이름,지출 금액 (KRW),노출,앱 설치\n2026-01-03,spring,\"2,000.25\",\"9,100\",3\n2026-01-25,spring,1010.25,,\n"+
		"2026-01-10,it's \\ brand,990,,\n2026-01-11,autumn,20,,\n2026-02-01,spring,5000,,\n")
	for range 2 {
		if _, err := links.Load(t.Context(), w, table); err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
		if _, err := ads.Load(t.Context(), w, ads.Options{Paths: paid, Now: time.UnixMicro(january(40, 0))}); err != nil {
			t.Fatalf("%s: %v", w.Dialect(), err)
		}
	}
	again, err := links.Load(t.Context(), w, table)
	if err != nil || !again.Unchanged {
		t.Errorf("%s: links again: %+v, %v", w.Dialect(), again, err)
	}
	result, err := ads.Load(t.Context(), w, ads.Options{Paths: paid, Now: time.UnixMicro(january(41, 0))})
	if err != nil || result.Skipped != 5 || result.Loaded != 0 {
		t.Errorf("%s: ads again: %+v, %v", w.Dialect(), result, err)
	}
}
