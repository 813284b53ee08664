package spend_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
)

// forecast reads the table and fills in what is expected by the probabilities, by user: as a training does.
func (w *world) forecast(probabilities map[string]float64) (spend.Table, *spend.Forecast) {
	w.t.Helper()
	plan, d := w.plan(), features.DuckDB{}
	for _, step := range plan.Cohort(d) {
		w.exec(step.SQL)
	}
	table, places, err := spend.ReadWithPlaces(w.t.Context(), w.wh, d, plan)
	if err != nil {
		w.t.Fatal(err)
	}
	forecast, err := places.Forecast(w.t.Context(), w.wh, d, plan, func(user string) (spend.Young, bool) {
		p, ok := probabilities[user]
		return spend.Young{P: p}, ok
	})
	if err != nil {
		w.t.Fatal(err)
	}
	table.Expect(forecast)
	return table, forecast
}

// expectations writes what the rows expect: kind, name, too young users, share, how many, and the cost.
func expectations(rows []spend.Row) string {
	var b strings.Builder
	number := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return fmt.Sprintf("%.4g", *v)
	}
	for _, r := range rows {
		young, rate, cost := "withheld", "-", "-"
		if r.TooYoung != nil {
			young = fmt.Sprint(*r.TooYoung)
		}
		if r.Predicted != nil {
			rate = fmt.Sprintf("%s [%s, %s]", number(r.Predicted.Value), number(r.Predicted.Low), number(r.Predicted.High))
		}
		if c := r.CostPerExpectedUser; c != nil {
			cost = number(c.Value)
		}
		fmt.Fprintf(&b, "%s: %s | %s | %s | %s | %s\n", r.Kind, r.Name, young, rate, number(r.Expected), cost)
	}
	return b.String()
}

// among gives every user of the prefix the probability.
func among(all map[string]float64, prefix string, n int, p float64) {
	for i := range n {
		all[fmt.Sprintf("%s%02d", prefix, i)] = p
	}
}

// TestForecastByHand: of spring 20 users have an answer, of whom 5 revisit, 12 have the probability 1/4, and of 8 the first week is still
// open: the 20 who are too young are 5 more, and 1,500 are spent on 10. The variance is 20 x 3/16, its root 1.9365, and 1.96 of that by 20
// are 0.1898. Brand has one campaign, 30 users with an answer of whom 6 revisit, and 10 of whom 1 is expected: 700 for 7.
func TestForecastByHand(t *testing.T) {
	w := newWorld(t)
	p := map[string]float64{"nobody": 0.9}
	w.users("a", 20, 5, 5, "ig", "paid_social", "spring")
	w.users("b", 12, 0, 22, "ig", "paid_social", "spring")
	among(p, "b", 12, 0.25)
	w.users("c", 8, 0, 28, "ig", "paid_social", "spring")
	w.users("d", 30, 6, 5, "naver", "cpc", "brand")
	w.users("e", 10, 0, 20, "naver", "cpc", "brand")
	among(p, "e", 10, 0.1)
	// Users who have an answer already count by it, whatever the model says.
	among(p, "d", 30, 0.99)
	w.users("f", 15, 5, 5)
	w.link("ig", "paid_social", "", "Paid Social", "spring")
	w.link("naver", "cpc", "brand", "Paid Search", "brand")
	w.ad(5, "instagram", "spring", 1000)
	w.ad(22, "instagram", "spring", 500)
	w.ad(5, "", "brand", 700)
	table, forecast := w.forecast(p)

	// 22 of 30 are scored: (12 x 1/4 + 10 x 1/10) / 22 = 0.1818, times 30 are 5.455; with 16 who do revisit 2,200 / 21.45 = 102.5.
	// The variance is 12 x 0.1875 + 10 x 0.09 + 8 x 0.1488 + 64 x s, where s is 3/4 + 1/10 less 16/22, by 21 and by 22.
	half := 1.959964 * math.Sqrt(2.25+0.9+8*0.148760+64*(0.85-16.0/22)/21/22) / 30
	total := fmt.Sprintf("total: total | 30 | 0.1818 [%.4g, %.4g] | 5.455 | 102.5\n", 4.0/22-half, 4.0/22+half)
	if diff := cmp.Diff(total, expectations([]spend.Row{table.Total})); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	want := `channel: Paid Social | 20 | 0.25 [0.06023, 0.4398] | 5 | 150
channel: Paid Search | 10 | 0.1 [0, 0.2859] | 1 | 100
unattributed: unattributed users | 0 | - | 0 | -
unmatched: unmatched spend | 0 | - | 0 | -
`
	if diff := cmp.Diff(want, expectations(table.Channels)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	wantCampaigns := strings.NewReplacer("channel: Paid Social", "campaign: spring", "channel: Paid Search", "campaign: brand",
		"unattributed: un", "elsewhere: users of no campaign with spend | 0 | - | 0 | -\nunattributed: un").Replace(want)
	if diff := cmp.Diff(wantCampaigns, expectations(table.Campaigns)); diff != "" {
		t.Errorf("campaigns (-want +got):\n%s", diff)
	}
	if e := forecast.Channels[spend.RowKey{Kind: spend.Channel, Name: "Paid Social"}]; e.People != 20 || e.Scored != 12 || e.Sum != 3 {
		t.Errorf("forecast of social %+v", e)
	}
}

// TestForecastOfFew: 4 scored people are too few, so that nothing is said of them, nor of the next smallest row.
func TestForecastOfFew(t *testing.T) {
	w := newWorld(t)
	p := map[string]float64{}
	for i, prefix := range []string{"a", "b", "c"} {
		source := []string{"ig", "naver", "kakao"}[i]
		w.users(prefix, 30, 6, 5, source, "cpc", "x"+prefix)
		young := []int{4, 12, 25}[i]
		w.users(prefix+"-", young, 0, 22, source, "cpc", "x"+prefix)
		among(p, prefix+"-", young, 0.5)
		w.link(source, "cpc", "x"+prefix, "Paid "+prefix, "x"+prefix)
		w.ad(5, "", "x"+prefix, 1000-i)
	}
	table, _ := w.forecast(p)
	want := `channel: Paid a | 4 | - | - | -
channel: Paid b | 12 | - | - | -
channel: Paid c | 25 | 0.5 [0.304, 0.696] | 12.5 | 53.95
unattributed: unattributed users | 0 | - | 0 | -
unmatched: unmatched spend | 0 | - | 0 | -
`
	if diff := cmp.Diff(want, expectations(table.Channels)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// With nobody scored there are no figures, but where nobody is too young.
	table, _ = w.forecast(nil)
	for _, r := range table.Channels[:3] {
		if r.Predicted != nil || r.Expected != nil || r.CostPerExpectedUser != nil {
			t.Errorf("%s is forecast without a model: %+v", r.Name, r)
		}
	}
}

func TestForecastErrors(t *testing.T) {
	w := newWorld(t)
	w.users("b", 12, 0, 22, "ig", "paid_social", "spring")
	plan, d := w.plan(), features.DuckDB{}
	w.read()
	_, places, err := spend.ReadWithPlaces(t.Context(), w.wh, d, plan)
	if err != nil {
		t.Fatal(err)
	}
	of := func(string) (spend.Young, bool) { return spend.Young{P: 2}, true }
	if _, err := places.Forecast(t.Context(), w.wh, d, plan, of); err == nil || !strings.Contains(err.Error(), "a probability is 2") {
		t.Errorf("a probability of 2 gives %v", err)
	}
	w.exec("DROP TABLE labels")
	if _, err := places.Forecast(t.Context(), w.wh, d, plan, of); err == nil || !strings.Contains(err.Error(), "forecast who will revisit") {
		t.Errorf("a missing table gives %v", err)
	}
}

// TestForecastOfTheSimulatedApp: the users who are too young are put into the rows as Read did, and nobody is in the output.
func TestForecastOfTheSimulatedApp(t *testing.T) {
	a := newApp(t)
	columns, err := a.wh.ReadColumns(t.Context(), "SELECT user_key FROM labels WHERE revisit IS NULL AND week_over ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	p := map[string]float64{}
	for i, user := range columns[0].Text {
		p[user] = float64(1+i%5) / 10
	}
	w := &world{t: t, wh: a.wh}
	read := func() (spend.Table, *spend.Forecast) {
		table, places, err := spend.ReadWithPlaces(t.Context(), a.wh, features.DuckDB{}, a.plan)
		if err != nil {
			w.t.Fatal(err)
		}
		f, err := places.Forecast(t.Context(), a.wh, features.DuckDB{}, a.plan, func(user string) (spend.Young, bool) {
			return spend.Young{P: p[user], Replicas: []float64{p[user] / 2, p[user], min(1, 1.5*p[user])}}, p[user] > 0
		})
		if err != nil {
			t.Fatal(err)
		}
		table.Expect(f)
		return table, f
	}
	table, forecast := read()
	if n := forecast.Total; n.People != *table.Total.TooYoung || n.Scored != int64(len(p)) || n.Scored == n.People {
		t.Errorf("%d people and %d of %d scored, %d in the table", n.People, n.Scored, len(p), *table.Total.TooYoung)
	}
	for kind, list := range map[spend.Kind][]spend.Row{spend.Channel: table.Channels, spend.Campaign: table.Campaigns} {
		placed := map[spend.Kind]map[spend.RowKey]*spend.Expected{spend.Channel: forecast.Channels, spend.Campaign: forecast.Campaigns}[kind]
		sum := 0.0
		for _, r := range list {
			e := placed[spend.RowKey{Kind: r.Kind, Name: r.Name}]
			if e == nil {
				continue
			}
			sum += e.Sum
			if r.TooYoung != nil && e.People != *r.TooYoung {
				t.Errorf("%s: %d people are forecast, %d are in the row", r.Name, e.People, *r.TooYoung)
			}
		}
		if math.Abs(sum-forecast.Total.Sum) > 1e-9 {
			t.Errorf("by %s the probabilities add up to %v, want %v", kind, sum, forecast.Total.Sum)
		}
	}
	checkExpected(t, &table, p)
	again, _ := read()
	if diff := cmp.Diff(table, again); diff != "" {
		t.Errorf("read again (-first +second):\n%s", diff)
	}
}

// checkExpected: the total's replicas lie half of it apart, no user is named, and the advice is of the same figures.
func checkExpected(t *testing.T, table *spend.Table, p map[string]float64) {
	t.Helper()
	// The sums by replica are a half, one and one and a half: their standard deviation is half the rate.
	if i := table.Total.Predicted; *i.Low > *i.Value*(1-1.959*0.5) || *i.High < *i.Value*(1+1.959*0.5) {
		t.Errorf("the total is %v [%v, %v]", *i.Value, *i.Low, *i.High)
	}
	if c := table.Total.CostPerExpectedUser; math.Abs(*c.Value*(float64(*table.Total.RevisitingUsers)+*table.Total.Expected)-
		table.Total.Spend.Units()) > 1e-6 {
		t.Errorf("the total costs %v", *c.Value)
	}
	text, err := json.Marshal([]any{table, table.Advise(1).Says})
	if err != nil {
		t.Fatal(err)
	}
	for user := range p {
		if strings.Contains(string(text), user) {
			t.Fatal("a user is named")
		}
	}
	if n := len(table.Advise(1).Says); n < 5 {
		t.Errorf("%d sentences advise", n)
	}
}
