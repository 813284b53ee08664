package spend_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var appOptions = sample.Options{
	Users: 3000, Days: 90, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seed: 7, Zone: "Asia/Seoul", Gzip: true,
}

// app is the simulated app in a warehouse, with its cohort made.
type app struct {
	dir  string
	wh   *warehouse.Warehouse
	plan features.Plan
}

func newApp(t *testing.T) app {
	t.Helper()
	a := app{dir: filepath.Join(t.TempDir(), "app")}
	if _, err := sample.Write(t.Context(), a.dir, appOptions, nil); err != nil {
		t.Fatal(err)
	}
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wh.Close() })
	a.wh = wh
	secret := []byte("0123456789abcdef0123456789abcdef")
	s, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(a.dir, "events")}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)
	events := etl.Options{Source: s, Zone: appOptions.Zone, Secret: secret, Now: now, Simulated: true}
	if _, err := etl.Run(t.Context(), wh, events); err != nil {
		t.Fatal(err)
	}
	if _, err := ads.Load(t.Context(), wh, ads.Options{Paths: []string{a.path("meta_ads.csv")}, Zone: appOptions.Zone, Now: now}); err != nil {
		t.Fatal(err)
	}
	if _, err := links.Load(t.Context(), wh, []string{a.path("links.csv")}); err != nil {
		t.Fatal(err)
	}
	seoul, err := time.LoadLocation(appOptions.Zone)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, seoul)
	a.plan = features.Plan{
		Zone: appOptions.Zone, Background: features.Background, Label: features.DefaultLabel(), BurnIn: 14,
		DataStart: start.UnixMicro(), AsOf: start.AddDate(0, 0, appOptions.Days).UnixMicro(),
	}
	a.make(t)
	return a
}

func (a *app) path(name string) string { return filepath.Join(a.dir, "marketing", name) }

func (a *app) make(t *testing.T) {
	t.Helper()
	for _, step := range a.plan.Cohort(features.DuckDB{}) {
		if err := a.wh.Exec(t.Context(), step.SQL); err != nil {
			t.Fatalf("make %s: %v", step.Table, err)
		}
	}
}

func (a *app) read(t *testing.T) spend.Table {
	t.Helper()
	table, err := spend.Read(t.Context(), a.wh, features.DuckDB{}, a.plan)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// sheet sums up the spend of the app's file, by campaign and in all, of days from first to last.
func (a *app) sheet(t *testing.T, first, last string) (byCampaign map[string]spend.Money, all spend.Money) {
	t.Helper()
	f, err := os.Open(a.path("meta_ads.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	byCampaign = map[string]spend.Money{}
	for _, row := range rows[1:] {
		won, err := strconv.Atoi(row[3])
		if err != nil {
			t.Fatal(err)
		}
		if row[0] >= first && row[0] <= last {
			byCampaign[row[1]] += spend.Money(won) * 1e6
			all += spend.Money(won) * 1e6
		}
	}
	return byCampaign, all
}

// count asks the warehouse for one number.
func (a *app) count(t *testing.T, query string) int64 {
	t.Helper()
	c, err := a.wh.ReadColumns(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return int64(c[0].Numbers[0])
}

// checkSums holds the rows of a table to adding up to the total, to the last person and the last millionth.
func checkSums(t *testing.T, rows []spend.Row, total spend.Row) {
	t.Helper()
	var got spend.Row
	var fresh, labelled, revisiting int64
	for _, r := range rows {
		if r.Spend != r.SpendLabelled+r.SpendYoung {
			t.Errorf("%s: %v is not %v and %v", r.Name, r.Spend, r.SpendLabelled, r.SpendYoung)
		}
		got.Spend, got.SpendLabelled, got.SpendYoung = got.Spend+r.Spend, got.SpendLabelled+r.SpendLabelled, got.SpendYoung+r.SpendYoung
		for _, people := range []struct {
			n   *int64
			sum *int64
		}{{r.NewUsers, &fresh}, {r.LabelledUsers, &labelled}, {r.RevisitingUsers, &revisiting}} {
			if people.n != nil {
				*people.sum += *people.n
			}
		}
		for _, n := range []*int64{r.NewUsers, r.LabelledUsers} {
			if n != nil && *n > 0 && *n < spend.SmallCell {
				t.Errorf("%s shows figures of %d people", r.Name, *n)
			}
		}
	}
	if got.Spend != total.Spend || got.SpendLabelled != total.SpendLabelled || got.SpendYoung != total.SpendYoung {
		t.Errorf("spend adds up to %v, %v, %v, want %v, %v, %v", got.Spend, got.SpendLabelled, got.SpendYoung, total.Spend,
			total.SpendLabelled, total.SpendYoung)
	}
	if fresh != *total.NewUsers || labelled != *total.LabelledUsers || revisiting != *total.RevisitingUsers {
		t.Errorf("people add up to %d, %d, %d, want %d, %d, %d", fresh, labelled, revisiting, *total.NewUsers, *total.LabelledUsers,
			*total.RevisitingUsers)
	}
}

func named(t *testing.T, rows []spend.Row, name string) spend.Row {
	t.Helper()
	for _, r := range rows {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no row %q", name)
	return spend.Row{}
}

// TestSimulatedApp runs the parts in order over one warehouse; the later ones take from it.
func TestSimulatedApp(t *testing.T) {
	a := newApp(t)
	t.Run("sums", func(t *testing.T) { sums(t, a) })
	t.Run("print", func(t *testing.T) { printAndJSON(t, a) })
	t.Run("as of", func(t *testing.T) { asOf(t, a) })
	t.Run("without links and ads", func(t *testing.T) { withoutLinksAndAds(t, a) })
}

func sums(t *testing.T, a app) {
	table := a.read(t)

	// 90 days from 1 January end with 31 March; the label of day 0 is known when day 36 is over: up to 23 February.
	if table.From != "2026-01-01" || table.To != "2026-03-31" || table.LabelledTo != "2026-02-23" || table.Currency != "KRW" {
		t.Errorf("%s to %s, labelled to %s, %s", table.From, table.To, table.LabelledTo, table.Currency)
	}
	byCampaign, all := a.sheet(t, "2026-01-01", "2026-03-31")
	labelledBy, labelled := a.sheet(t, "2026-01-01", "2026-02-23")
	if table.Total.Spend != all || table.Total.SpendLabelled != labelled || all == labelled || all == 0 {
		t.Errorf("total %v, labelled %v, want %v and %v", table.Total.Spend, table.Total.SpendLabelled, all, labelled)
	}
	for name, want := range map[string]*int64{
		"SELECT COUNT(*) FROM users WHERE excluded IS NULL":                      table.Total.NewUsers,
		"SELECT COUNT(*) FROM labels WHERE revisit IS NOT NULL":                  table.Total.LabelledUsers,
		"SELECT COUNT(*) FROM labels WHERE day0 <= DATE '2026-02-23'":            table.Total.LabelledUsers,
		"SELECT COUNT(*) FROM labels WHERE revisit":                              table.Total.RevisitingUsers,
		"SELECT COUNT(*) FROM labels WHERE revisit IS NULL AND day0 IS NOT NULL": table.Total.TooYoung,
	} {
		if got := a.count(t, name); got != *want || got == 0 {
			t.Errorf("%s gives %d, the table has %d", name, got, *want)
		}
	}
	checkSums(t, table.Channels, table.Total)
	checkSums(t, table.Campaigns, table.Total)

	// The app's three bought channels have links of their own names.
	for channel, campaign := range map[string]string{
		"instagram_reels": "reels_students", "instagram_feed": "feed_office", "facebook_lookalike": "lookalike_1pct",
	} {
		row, bought := named(t, table.Channels, channel), named(t, table.Campaigns, campaign)
		if row.Spend != byCampaign[campaign] || row.SpendLabelled != labelledBy[campaign] || bought.Spend != row.Spend ||
			bought.Channel != channel {
			t.Errorf("%s: %+v and %+v, want %v, labelled %v", channel, row, bought, byCampaign[campaign], labelledBy[campaign])
		}
		came := a.count(t, "SELECT COUNT(DISTINCT e.user_key) FROM events AS e JOIN users AS u ON u.user_key = e.user_key "+
			"WHERE u.excluded IS NULL AND e.day = u.day0 AND e.campaign = '"+campaign+"'")
		if came == 0 || *row.NewUsers != came || *bought.NewUsers != came {
			t.Errorf("%s: %d and %d new users, want %d", channel, *row.NewUsers, *bought.NewUsers, came)
		}
		// The simulation pays about 2,600 KRW an install, and some 2,250 KRW a day besides.
		if c := row.CostPerNewUser; math.Abs(*c.Value-row.Spend.Units()/float64(came)) > 1e-9 || *c.Value < 2600 ||
			*c.Low >= *c.Value || *c.High <= *c.Value {
			t.Errorf("%s: cost per new user %+v", channel, c)
		}
		if *row.CostPerLabelledUser.Value != row.SpendLabelled.Units()/float64(*row.LabelledUsers) ||
			*row.CostPerRevisitingUser.Value != row.SpendLabelled.Units()/float64(*row.RevisitingUsers) ||
			*row.RevisitRate.Value != float64(*row.RevisitingUsers)/float64(*row.LabelledUsers) {
			t.Errorf("%s: %+v", channel, row)
		}
	}
	// What nobody paid Meta for has users and no cost.
	if r := named(t, table.Channels, "kakao_invite"); r.Spend != 0 || *r.NewUsers == 0 || r.CostPerNewUser != nil {
		t.Errorf("invitations: %+v", r)
	}
	if r := named(t, table.Channels, "unmatched spend"); r.Spend != 0 {
		t.Errorf("unmatched: %+v", r)
	}
}

// asOf: no later day of spend, user or label is visible.
func asOf(t *testing.T, a app) {
	a.plan.AsOf = time.UnixMicro(a.plan.DataStart).AddDate(0, 0, 60).UnixMicro()
	a.make(t)
	table := a.read(t)
	if _, all := a.sheet(t, "2026-01-01", "2026-03-01"); table.Total.Spend != all || table.To != "2026-03-01" {
		t.Errorf("%v to %s, want %v", table.Total.Spend, table.To, all)
	}
	checkSums(t, table.Channels, table.Total)
	before, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"DELETE FROM events WHERE ts >= " + strconv.FormatInt(a.plan.AsOf, 10), "DELETE FROM ads WHERE day > DATE '2026-03-01'",
	} {
		if err := a.wh.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	a.make(t)
	after, err := json.Marshal(a.read(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("deleting the future changed the table:\n%s", diff)
	}
}

func withoutLinksAndAds(t *testing.T, a app) {
	if err := a.wh.Exec(t.Context(), "DELETE FROM links"); err != nil {
		t.Fatal(err)
	}
	table := a.read(t)
	checkSums(t, table.Channels, table.Total)
	checkSums(t, table.Campaigns, table.Total)
	// Campaigns that users name are joined by the name, and their channel is that of GA4's rules.
	if r := named(t, table.Campaigns, "reels_students"); r.Channel != features.PaidSocial || *r.NewUsers == 0 {
		t.Errorf("%+v", r)
	}
	if r := named(t, table.Channels, features.PaidSocial); r.Spend != table.Total.Spend {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(table.Notes[0].String(), "no marketing links") {
		t.Errorf("notes %q", table.Notes)
	}
	if err := a.wh.Exec(t.Context(), "DELETE FROM ads"); err != nil {
		t.Fatal(err)
	}
	if table = a.read(t); table.Total.Spend != 0 || len(table.Notes) != 1 || !strings.Contains(table.Notes[0].String(), "no ad spend") {
		t.Errorf("%+v", table)
	}
	checkSums(t, table.Channels, table.Total)
}

func printAndJSON(t *testing.T, a app) {
	table := a.read(t)
	var buf bytes.Buffer
	table.Print(&buf)
	for _, want := range []string{
		"ad spend (KRW)", "instagram_reels", "reels_students (instagram_reels)", "unattributed users",
		"unmatched spend", "total",
	} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("no %q in\n%s", want, buf.String())
		}
	}
	data, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	var back spend.Table
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table, back); diff != "" {
		t.Errorf("JSON and back (-want +got):\n%s", diff)
	}
}
