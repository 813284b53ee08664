package spend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
)

// paid is a row with spend in whole units, all of it of days with an answer.
func paid(kind spend.Kind, name string, spent, labelled, revisiting int64) spend.Row {
	return spend.Row{
		Kind: kind, Name: name, Spend: spend.Money(spent * 1e6), SpendLabelled: spend.Money(spent * 1e6), NewUsers: &labelled,
		LabelledUsers: &labelled, RevisitingUsers: &revisiting,
	}
}

// sheet is a table of four weeks of such rows.
func sheet(rows ...spend.Row) *spend.Table {
	t := &spend.Table{Currency: "KRW", From: "2026-01-01", To: "2026-02-28", LabelledTo: "2026-01-28"}
	for _, r := range rows {
		t.Total.SpendLabelled += r.SpendLabelled
		if r.Kind == spend.Campaign {
			t.Campaigns = append(t.Campaigns, r)
		} else {
			t.Channels = append(t.Channels, r)
		}
	}
	return t
}

func said(a spend.Advice) string {
	var b strings.Builder
	for _, s := range a.Says {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// TestChancesOfTwo compares with the same integral over both gamma densities by Simpson's rule.
func TestChancesOfTwo(t *testing.T) {
	for _, c := range []struct {
		k1, s1, k2, s2 int64
		want           float64
	}{
		{20, 100, 10, 100, 0.96696},
		{10, 100, 30, 200, 0.13050},
		{5, 50, 5, 50, 0.5},
		{100, 1000, 80, 1000, 0.93209},
		{3, 10, 30, 60, 0.20144},
	} {
		got := sheet(paid(spend.Channel, "a", c.s1, 500, c.k1), paid(spend.Channel, "b", c.s2, 500, c.k2)).Advise(5).Channels
		// Four standard errors of 20,000 draws.
		if math.Abs(got[0]-c.want) > 4*math.Sqrt(c.want*(1-c.want)/20_000) || got[0]+got[1] != 1 {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestChancesOfAnyRows: they add up to 1, are there for just the rows that are compared, are the same for the same seed and nearly the same
// for another and in another order.
func TestChancesOfAnyRows(t *testing.T) {
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 8))
		var rows []spend.Row
		for i := range 2 + rng.IntN(7) {
			labelled := rng.Int64N(60)
			rows = append(rows, paid(spend.Channel, fmt.Sprint("row", i), rng.Int64N(3)*rng.Int64N(1000), labelled, rng.Int64N(labelled+1)))
		}
		table := sheet(rows...)
		a := table.Advise(seed)
		if diff := cmp.Diff(fmt.Sprint(a), fmt.Sprint(table.Advise(seed))); diff != "" {
			t.Fatalf("seed %d: the same seed gives other advice:\n%s", seed, diff)
		}
		compared, sum := 0, 0.0
		other, turned := table.Advise(seed+1000).Channels, slices.Clone(rows)
		slices.Reverse(turned)
		back := sheet(turned...).Advise(seed).Channels
		slices.Reverse(back)
		for i, chance := range a.Channels {
			if rows[i].Spend > 0 && *rows[i].LabelledUsers >= 10 {
				compared++
			} else if !math.IsNaN(chance) || strings.Contains(said(a), rows[i].Name) {
				t.Errorf("seed %d: %+v has the chance %v in\n%s", seed, rows[i], chance, said(a))
			}
			if math.IsNaN(chance) {
				continue
			}
			sum += chance
			if math.Abs(chance-other[i]) > 0.025 || math.Abs(chance-back[i]) > 0.025 {
				t.Errorf("seed %d: %v, by another seed %v, in another order %v", seed, chance, other[i], back[i])
			}
		}
		if compared > 1 && math.Abs(sum-1) > 1e-9 || compared < 2 && sum != 0 {
			t.Errorf("seed %d: the chances of %d rows add up to %v", seed, compared, sum)
		}
	}
}

func TestTheCheapestByFar(t *testing.T) {
	a := sheet(
		paid(spend.Channel, "dear", 10_000, 400, 100), paid(spend.Channel, "cheap", 1000, 400, 100), paid(spend.Channel, "medium", 4000, 400, 100),
	).Advise(1)
	if a.Channels[1] < 0.9999 {
		t.Errorf("ten times as cheap has the chance %v", a.Channels[1])
	}
	if !strings.HasPrefix(said(a), "The next budget should go to cheap first: in 100 of 100 redraws") {
		t.Error(said(a))
	}
}

// TestAdviceIsAsSureAsItSays: channels of true costs drawn at random; where one is called the cheapest, it truly is so often enough.
func TestAdviceIsAsSureAsItSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var chance, right, calls float64
	for range 150 {
		var rows []spend.Row
		cheapest, lowest := 0, math.Inf(1)
		for i := range 3 {
			mean, came := 10*math.Exp(2*rng.Float64()), int64(0)
			for x := rng.ExpFloat64(); x < mean; x += rng.ExpFloat64() {
				came++
			}
			rows = append(rows, paid(spend.Channel, fmt.Sprint(i), 1000, 1000, came))
			if 1000/mean < lowest {
				cheapest, lowest = i, 1000/mean
			}
		}
		got := sheet(rows...).Advise(1).Channels
		if best := slices.Max(got); best >= 0.8 {
			calls++
			chance += best
			if slices.Index(got, best) == cheapest {
				right++
			}
		}
	}
	// Three standard errors of so many calls.
	if calls < 50 || right/calls < chance/calls-3*math.Sqrt(0.09/calls) {
		t.Errorf("%v calls of the mean chance %.2f are right in %.2f", calls, chance/calls, right/calls)
	}
}

// TestSentences are whole, carry the figures of the rows, and say no more than the rows do.
func TestSentences(t *testing.T) {
	sure := []spend.Row{
		paid(spend.Channel, "feed", 100_000, 300, 40), paid(spend.Channel, "reels", 250_000, 300, 50), paid(spend.Channel, "none", 0, 300, 80),
		paid(spend.Unmatched, "unmatched spend", 39_000, 0, 0),
	}
	even := []spend.Row{paid(spend.Channel, "a", 900, 50, 10), paid(spend.Channel, "b", 1000, 50, 10), paid(spend.Channel, "c", 1200, 50, 10)}
	average := "These are average costs of what was spent so far, not the cost of the next person: raise a budget in steps, and look again after each.\n"
	for name, c := range map[string]struct {
		table *spend.Table
		want  string
	}{
		// 100,000 by 40 are 2,500, 250,000 by 50 are 5,000; 39,000 of 389,000 are 10 %.
		"one is sure": {sheet(sure...), `The next budget should go to feed first: in 99 of 100 redraws of the data it is the cheapest of 2 channels, at 2,500 KRW for a revisiting person.
feed brings a revisiting person for 2,500 KRW; in 99 of 100 redraws it is the cheapest.
reels brings a revisiting person for 5,000 KRW; in 0 of 100 redraws it is the cheapest.
10 % of the spend belongs to no channel and is not compared.
` + average},
		// By 400,000 draws of a script in another language the chances are 0.514, 0.339 and 0.147; of 10 times the data a has 0.771, of 13
		// times 0.804, which is 12 times the 4 weeks more.
		"nobody is sure": {sheet(even...), `The data cannot tell which of 3 channels brings revisiting people at the lowest cost: the likeliest is a, the cheapest in 51 of 100 redraws; 80 would be enough to say so.
a brings a revisiting person for 90.00 KRW; in 51 of 100 redraws it is the cheapest.
b brings a revisiting person for 100 KRW; in 34 of 100 redraws it is the cheapest.
c brings a revisiting person for 120 KRW; in 15 of 100 redraws it is the cheapest.
If the costs stay what they are, about 48 more weeks of the same spend whose people have an answer would tell.
` + average},
		"alike": {
			sheet(paid(spend.Channel, "a", 1000, 50, 10), paid(spend.Channel, "b", 1000, 50, 10)),
			"even 20 times the data would not tell",
		},
		"one alone":   {sheet(sure[0], sure[2]), "Only feed has spend and enough people with an answer, so that there is nothing to compare its cost with: 2,500 KRW for"},
		"nobody came": {sheet(paid(spend.Channel, "feed", 1000, 30, 0)), ""},
		"no spend":    {sheet(sure[2]), ""},
		"nobody yet": {
			sheet(paid(spend.Channel, "new", 10, 30, 0), paid(spend.Channel, "old", 1000, 30, 2)),
			"it may be new, which has brought nobody who revisits yet.\nnew cost 10.00 KRW and brought nobody who revisits; in ",
		},
		"campaigns, sure": {
			sheet(sure[0], sure[1], paid(spend.Campaign, "x", 100_000, 300, 50), paid(spend.Campaign, "y", 250_000, 300, 40)),
			"Of 2 campaigns, x is the cheapest in 100 of 100 redraws, at 2,000 KRW for a revisiting person.\n",
		},
		// y has 0.586 by such draws.
		"campaigns, not sure": {
			sheet(sure[0], sure[1], paid(spend.Campaign, "x", 1000, 300, 10), paid(spend.Campaign, "y", 1000, 300, 11)),
			"Of 2 campaigns none can be called the cheapest; the likeliest is y, in 59 of 100 redraws.\n",
		},
	} {
		got := said(c.table.Advise(1))
		if whole := strings.Count(c.want, "\n") > 2; whole && got != c.want || !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: %s", name, cmp.Diff(c.want, got))
		}
	}
	// Campaigns that are the channels under other names are not told again.
	got := said(sheet(sure[0], sure[1], paid(spend.Campaign, "x", 250_000, 300, 50), paid(spend.Campaign, "y", 100_000, 300, 40)).Advise(1))
	if strings.Contains(got, "campaigns") {
		t.Error(got)
	}
	table := sheet(sure...)
	if table.Currency = ""; !strings.Contains(said(table.Advise(1)), "at 2,500 for a revisiting person.") {
		t.Error(said(table.Advise(1)))
	}
}

// TestTheCheapestWithTheYoung: of the days with an answer a is cheaper, with those whom the model expects b is.
func TestTheCheapestWithTheYoung(t *testing.T) {
	cheaper, dearer := 80.0, 2_345_678.4
	a, b := paid(spend.Channel, "a", 900, 50, 10), paid(spend.Channel, "b", 1000, 50, 10)
	a.CostPerExpectedUser, b.CostPerExpectedUser = &spend.Interval{Value: &dearer}, &spend.Interval{Value: &cheaper}
	want := "Counting also those too young for an answer, as the model expects of them, b is the cheapest: 80.00 KRW for a revisiting person.\n"
	if got := said(sheet(a, b).Advise(1)); !strings.Contains(got, want) {
		t.Error(got)
	}
	cheaper = 3e6
	if got := said(sheet(a, b).Advise(1)); !strings.Contains(got, "a is the cheapest: 2,345,678 KRW") {
		t.Error(got)
	}
	// Where it is not known of all, nothing is said.
	b.CostPerExpectedUser = nil
	if got := said(sheet(a, b).Advise(1)); strings.Contains(got, "too young") {
		t.Error(got)
	}
}

// TestRowsOfFewPeopleAreNotNamed: neither is one whose people are withheld.
func TestRowsOfFewPeopleAreNotNamed(t *testing.T) {
	withheld := paid(spend.Channel, "withheld", 10, 0, 0)
	withheld.LabelledUsers, withheld.RevisitingUsers, withheld.NewUsers = nil, nil, nil
	a := sheet(
		paid(spend.Channel, "few", 10, 9, 9), withheld, paid(spend.Channel, "a", 900, 10, 5), paid(spend.Channel, "b", 1000, 50, 10),
		paid(spend.Campaign, "few too", 10, 9, 9), paid(spend.Campaign, "x", 10, 60, 9), paid(spend.Campaign, "y", 10, 60, 9),
	).Advise(1)
	for _, name := range []string{"few", "withheld"} {
		if strings.Contains(said(a), name) {
			t.Errorf("%s is named in\n%s", name, said(a))
		}
	}
	if !math.IsNaN(a.Channels[0]) || !math.IsNaN(a.Channels[1]) || !math.IsNaN(a.Campaigns[0]) || a.Channels[2]+a.Channels[3] != 1 {
		t.Errorf("the chances are %v and %v", a.Channels, a.Campaigns)
	}
}
