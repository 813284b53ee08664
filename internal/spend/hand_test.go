package spend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// world is a warehouse of a few users, written by hand. Days are of January 2026, UTC.
type world struct {
	t  *testing.T
	wh *warehouse.Warehouse
	n  int
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if err := w.wh.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// event is one event; the texts are source, medium, campaign, channel, account and flag, "" for NULL.
func (w *world) event(user string, day int, name string, texts ...string) {
	w.t.Helper()
	w.n++
	at := time.Date(2026, 1, day, 12, 0, w.n%60, w.n*1000, time.UTC)
	args := []any{at.Format(time.DateOnly), user, at.UnixMicro(), name}
	for i := range 6 {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		args = append(args, text)
	}
	w.exec("INSERT INTO events (day, user_key, ts, name, source, medium, campaign, channel, account_key, flag) "+
		"VALUES (CAST(? AS DATE), ?, ?, ?, "+
		"NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''))", args...)
}

// users come on a day by one traffic source, and the first few come again a week later.
func (w *world) users(prefix string, n, again, day int, texts ...string) {
	for i := range n {
		user := fmt.Sprintf("%s%02d", prefix, i)
		w.event(user, day, "first_open", texts...)
		if i < again {
			w.event(user, day+8, "open")
		}
	}
}

func (w *world) ad(day int, network, campaign string, amount any) {
	at := time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	w.exec("INSERT INTO ads (day, network, campaign, currency, spend) VALUES (CAST(? AS DATE), NULLIF(?, ''), NULLIF(?, ''), 'USD', ?)",
		at, network, campaign, amount)
}

func (w *world) link(texts ...any) {
	w.exec("INSERT INTO links (source, medium, link_campaign, channel, campaign) VALUES (?, ?, ?, ?, ?)", texts...)
}

// plan labels a user by one visit in days 7 to 13, so that on 1 February day 0 may be the 18th at the latest.
func (w *world) plan() features.Plan {
	return features.Plan{
		Zone: "UTC", Background: features.Background, Label: features.Label{Visits: 1, Gap: 7, Horizon: 7, Unit: features.VisitDays},
		DataStart: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), AsOf: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
	}
}

func (w *world) read() spend.Table {
	w.t.Helper()
	plan := w.plan()
	for _, step := range plan.Cohort(features.DuckDB{}) {
		w.exec(step.SQL)
	}
	table, err := spend.Read(w.t.Context(), w.wh, features.DuckDB{}, plan)
	if err != nil {
		w.t.Fatal(err)
	}
	checkSums(w.t, table.Channels, table.Total)
	checkSums(w.t, table.Campaigns, table.Total)
	return table
}

func newWorld(t *testing.T) *world {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wh.Close() })
	return &world{t: t, wh: wh}
}

// lines writes rows without their intervals: kind, name, spend of labelled and of later days, new, labelled and revisiting users.
func lines(rows []spend.Row) string {
	var b strings.Builder
	number := func(n *int64) string {
		if n == nil {
			return "withheld"
		}
		return fmt.Sprint(*n)
	}
	for _, r := range rows {
		name := r.Name
		if r.Channel != "" {
			name += " of " + r.Channel
		}
		fmt.Fprintf(&b, "%s: %s | %v + %v | %s | %s | %s\n", r.Kind, name, r.SpendLabelled, r.SpendYoung,
			number(r.NewUsers), number(r.LabelledUsers), number(r.RevisitingUsers))
	}
	return b.String()
}

func TestByHand(t *testing.T) {
	w := newWorld(t)
	w.users("a", 12, 4, 5, "ig", "paid_social", "spring")
	w.users("b", 11, 0, 25, "ig", "paid_social", "spring")
	w.users("c", 3, 1, 6, "naver", "cpc", "brand")
	// Their own events do not say where they came from, the export's channel does.
	w.users("d", 10, 0, 7, "", "", "", features.PaidSocial)
	w.users("e", 13, 0, 8)
	// A person who came in spring and installed again by another way.
	w.event("f1", 5, "first_open", "ig", "paid_social", "spring", "", "account")
	w.event("f2", 20, "first_open", "naver", "cpc", "brand", "", "account")
	// What is told a day later is not how the user came.
	w.event("g", 5, "first_open")
	w.event("g", 6, "open", "ig", "paid_social", "spring")
	// No customer.
	w.event("h", 5, "first_open", "ig", "paid_social", "spring", "", "", warehouse.FlagStaff)
	w.link("ig", "paid_social", "", "Paid Social", "SPRING")
	w.link("naver", "cpc", "brand", "Paid Search", "brand ads")
	w.ad(5, "instagram", "spring", 1000.25)
	w.ad(25, "instagram", "Spring", 1000.25)
	w.ad(31, "instagram", "spring", 1)
	w.ad(6, "", "brand ads", 300)
	w.ad(6, "facebook", "autumn", 77.5)
	w.ad(6, "facebook", "autumn", nil)
	w.ad(9, "", "", 5)
	// Before the data begins and at the as-of instant.
	w.ad(0, "instagram", "spring", 99)
	w.ad(32, "instagram", "spring", 99)
	table := w.read()

	if table.LabelledTo != "2026-01-18" || table.To != "2026-01-31" {
		t.Errorf("labelled to %s of %s", table.LabelledTo, table.To)
	}
	// 12 + 11 + 10 + the person of two installs = 34. The 3 are too few, so that the next smallest row, 13 + 1, is withheld with
	// them.
	wantChannels := `channel: Paid Social | 1000.25 + 1001.25 | 34 | 23 | 4
channel: Paid Search | 300 + 0 | withheld | withheld | withheld
small: rows of few people, together | 0 + 0 | 17 | 17 | 1
unattributed: unattributed users | 0 + 0 | withheld | withheld | withheld
unmatched: unmatched spend | 82.5 + 0 | 0 | 0 | 0
`
	if diff := cmp.Diff(wantChannels, lines(table.Channels)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	wantCampaigns := `campaign: Spring of Paid Social | 1000.25 + 1001.25 | 24 | 13 | 4
campaign: brand ads of Paid Search | 300 + 0 | withheld | withheld | withheld
small: rows of few people, together | 0 + 0 | 13 | 13 | 1
elsewhere: users of no campaign with spend | 0 + 0 | withheld | withheld | withheld
unattributed: unattributed users | 0 + 0 | 14 | 14 | 0
unmatched: unmatched spend | 82.5 + 0 | 0 | 0 | 0
`
	if diff := cmp.Diff(wantCampaigns, lines(table.Campaigns)); diff != "" {
		t.Errorf("campaigns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("total: total | 1382.75 + 1001.25 | 51 | 40 | 5\n", lines([]spend.Row{table.Total})); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	notes := notesOf(table)
	for _, want := range []string{"spend without a channel: autumn (77.5), (no name) (5)", "1 rows of ads have no spend"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes do not say %q:\n%s", want, notes)
		}
	}
	social := table.Channels[0]
	if *social.CostPerNewUser.Value != 2001.5/34 || *social.CostPerLabelledUser.Value != 1000.25/23 ||
		*social.CostPerRevisitingUser.Value != 1000.25/4 {
		t.Errorf("costs %+v", social)
	}
}

// TestTheNetworkDecides: one campaign runs on two networks, whose links are of different channels.
func TestTheNetworkDecides(t *testing.T) {
	w := newWorld(t)
	w.users("a", 20, 5, 5, "ig", "paid_social", "spring")
	w.users("b", 30, 5, 5, "facebook", "paid_social", "spring")
	w.link("ig", "", "spring", "Instagram", "")
	w.link("facebook", "", "spring", "Facebook", "")
	w.ad(5, "instagram", "spring", 10)
	w.ad(5, "facebook", "spring", 20)
	w.ad(5, "audience_network", "spring", 3)
	w.ad(6, "", "spring", 4)
	table := w.read()
	want := `channel: Facebook | 20 + 0 | 30 | 30 | 5
channel: Instagram | 10 + 0 | 20 | 20 | 5
unattributed: unattributed users | 0 + 0 | 0 | 0 | 0
unmatched: unmatched spend | 7 + 0 | 0 | 0 | 0
`
	if diff := cmp.Diff(want, lines(table.Channels)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff("campaign: spring | 37 + 0 | 50 | 50 | 10\n", lines(table.Campaigns[:1])); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.Contains(notesOf(table), "spring (7, several channels)") {
		t.Errorf("notes %q", table.Notes)
	}
}

// TestOneLinkOfTwoCampaigns: its users cannot be told apart, so that the campaigns are one row.
func TestOneLinkOfTwoCampaigns(t *testing.T) {
	w := newWorld(t)
	w.users("a", 20, 5, 5, "ig", "paid_social", "bio")
	w.users("b", 15, 5, 5, "ig", "paid_social", "other")
	w.link("ig", "paid_social", "bio", "Paid Social", "one")
	w.link("ig", "paid_social", "bio", "Paid Social", "two")
	w.ad(5, "instagram", "one", 10)
	w.ad(5, "instagram", "two", 20)
	table := w.read()
	want := `campaign: one + two of Paid Social | 30 + 0 | 20 | 20 | 5
elsewhere: users of no campaign with spend | 0 + 0 | 15 | 15 | 5
unattributed: unattributed users | 0 + 0 | 0 | 0 | 0
unmatched: unmatched spend | 0 + 0 | 0 | 0 | 0
`
	if diff := cmp.Diff(want, lines(table.Campaigns)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSpendThatBroughtNobody: a campaign that a link names has its row also without users, and a lower bound of its cost.
func TestSpendThatBroughtNobody(t *testing.T) {
	w := newWorld(t)
	w.users("a", 20, 0, 5, "kakao", "referral", "")
	w.link("ig", "paid_social", "", "Paid Social", "spring")
	w.ad(5, "instagram", "spring", 368.8879454113936)
	table := w.read()
	r := table.Channels[0]
	if r.Name != "Paid Social" || *r.NewUsers != 0 || r.CostPerNewUser.Value != nil || r.CostPerNewUser.High != nil ||
		*r.CostPerNewUser.Low < 99.99 || *r.CostPerNewUser.Low > 100.01 {
		t.Errorf("%+v", r)
	}
	var b strings.Builder
	table.Print(&b)
	if !strings.Contains(b.String(), "over 100.0") {
		t.Errorf("no lower bound in\n%s", b.String())
	}
}

func TestFewPeopleInAll(t *testing.T) {
	w := newWorld(t)
	w.users("a", 6, 3, 5, "ig", "paid_social", "spring")
	w.ad(5, "instagram", "spring", 10)
	plan := w.plan()
	for _, step := range plan.Cohort(features.DuckDB{}) {
		w.exec(step.SQL)
	}
	table, err := spend.Read(t.Context(), w.wh, features.DuckDB{}, plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(append(table.Channels, table.Campaigns...), table.Total) {
		if r.NewUsers != nil && *r.NewUsers != 0 || r.RevisitRate != nil || r.CostPerNewUser != nil {
			t.Errorf("%s shows figures of six people: %+v", r.Name, r)
		}
	}
}

// notesOf are the notes, a line each.
func notesOf(table spend.Table) string {
	var lines []string
	for _, n := range table.Notes {
		lines = append(lines, n.String())
	}
	return strings.Join(lines, "\n")
}

func TestRowsThatAreNoChannelHaveWords(t *testing.T) {
	for _, c := range []struct {
		row  spend.Row
		want phrase.Phrase
	}{
		{spend.Row{Kind: spend.Total, Name: "total"}, phrase.Of("total")},
		{spend.Row{Kind: spend.Unmatched, Name: "unmatched spend"}, phrase.Of("unmatched spend")},
		{spend.Row{Kind: spend.Channel, Name: "total"}, phrase.Name("total")},
		{spend.Row{Kind: spend.Campaign, Name: "100 %"}, phrase.Name("100 %")},
	} {
		if got := c.row.Called(); !got.Equal(c.want) {
			t.Errorf("%+v is called %#v, want %#v", c.row, got, c.want)
		}
	}
}
