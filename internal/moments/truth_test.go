package moments

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
)

// Over 12 apps inviting is found in each. The rider, whose effect is nothing, is called a cause at most once: that more than one of 12
// is, where 2 in 100 are allowed, has a chance of 2.3 % (binomial), and the seeds are fixed.
func TestFindOverManyApps(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(12) {
		for _, m := range find(t, planted(100+seed, 4000), Defaults()).List {
			count[m.Action+" "+m.Verdict]++
		}
	}
	if count["invite cause"] != 12 || count["scroll cause"] > 1 || count["scroll sign"] < 9 {
		t.Errorf("the verdicts are %v", count)
	}
}

// Where revisiting is drawn without regard to anything, nothing is a cause or a sign that anybody should test.
func TestFindOfNothing(t *testing.T) {
	causes := 0
	for seed := range uint64(8) {
		in := planted(200+seed, 2000)
		for u := range in.Y {
			in.Y[u] = (uint64(u)*2654435761+seed*97)>>7%3 == 0
		}
		for _, m := range find(t, in, Defaults()).List {
			if m.Verdict == causal.Cause {
				causes++
			}
		}
	}
	if causes > 0 {
		t.Errorf("%d causes where there are none", causes)
	}
}

// q is that of Benjamini and Hochberg over the p of all thresholds that have one, shown or not.
func TestQIsOverAllTried(t *testing.T) {
	r := find(t, planted(11, 1500), Defaults())
	var p []float64
	for _, m := range r.List {
		for _, f := range m.Tried {
			if !math.IsNaN(f.P) {
				p = append(p, f.P)
			}
		}
	}
	if len(p) != r.Tried || len(p) < 6 {
		t.Fatalf("%d thresholds have a p, %d were tried", len(p), r.Tried)
	}
	slices.Sort(p)
	for _, m := range r.List {
		for _, f := range m.Tried {
			want := 1.0
			for k, v := range p {
				if v >= f.P {
					want = min(want, v*float64(len(p))/float64(k+1))
				}
			}
			if math.Abs(f.Q-want) > 1e-12 {
				t.Errorf("%s, %d by day %d: q of %v is %v, want %v", m.Action, f.Times, f.Day, f.P, f.Q, want)
			}
		}
	}
}

// Nothing is told of fewer than ten people, however many there are.
func TestNothingOfFewerThanTen(t *testing.T) {
	for _, users := range []int{60, 75, 130, 401, 650, 1301} {
		in := planted(uint64(users), users)
		r := find(t, in, Defaults())
		for _, m := range r.List {
			for _, f := range append(m.Tried, m.Figures) {
				if f.Users < smallest || users-f.Users < smallest {
					t.Errorf("%d people: %s, %d by day %d is of %d", users, m.Action, f.Times, f.Day, f.Users)
				}
			}
			sum := 0
			for _, c := range m.Stability {
				if sum += c.Users; c.Users < cohortUsers || c.From > c.To {
					t.Errorf("%d people: a cohort of %d from %s to %s", users, c.Users, c.From, c.To)
				}
			}
			if len(m.Stability) > 0 && sum != users {
				t.Errorf("%d people: cohorts of %d", users, sum)
			}
		}
	}
}

// At the rule's own line the figures are those of the list.
func TestTheRulesLineAgreesWithTheList(t *testing.T) {
	r := find(t, planted(12, 900), Defaults())
	for _, l := range r.Lines {
		if !l.Chosen {
			continue
		}
		if l.Visits != 3 || l.Revisiting != r.Revisiting || l.Users != r.Users || len(l.Actions) != len(r.List) {
			t.Errorf("the rule's line is %+v, of %d people %d revisit", l, r.Users, r.Revisiting)
		}
		for k, a := range l.Actions {
			if a.Action != r.List[k].Action || a.HeldEqual != r.List[k].HeldEqual {
				t.Errorf("%s has %v at the line, %v in the list", a.Action, a.HeldEqual, r.List[k].HeldEqual)
			}
		}
		return
	}
	t.Error("no line is the rule's")
}

// Everything that is held equal has a name, and a column of another name goes by its own.
func TestEveryConfounderHasAName(t *testing.T) {
	for _, name := range confounders {
		if called[name].Empty() || strings.Contains(called[name].String(), "_") {
			t.Errorf("%s is called %q", name, called[name])
		}
	}
	if len(called) != len(confounders) {
		t.Errorf("%d names of %d confounders", len(called), len(confounders))
	}
	s := &search{Input: Input{Actions: []string{"a"}, X: &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: "own_field"}}}}}}
	if got := s.heldEqual(); len(got) != 1 || got[0].String() != "own_field" {
		t.Errorf("held equal are %v", got)
	}
}

// What Read counts is what Find takes: nobody of three is enough to look at, and labels do not matter to it.
func TestFindTakesWhatReadGives(t *testing.T) {
	actions := []string{"it's", "meet"}
	counts, err := Read(t.Context(), world(t), features.DuckDB{}, plan, actions, 3)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{
		Actions: actions, Counts: counts, Y: []bool{false, true, true}, Visits: []int{0, 3, 4}, Day0: []int{20458, 20459, 20459}, VisitDays: []int{1, 2, 2},
		Labels: map[string]phrase.Phrase{"gone": phrase.Name("Gone")},
	}
	if r := find(t, in, Defaults()); r.Users != 0 || len(r.List) > 0 {
		t.Errorf("of three people: %+v", r)
	}
	// The same three 40 times over are 120 people.
	for range 39 {
		for k := range in.Counts {
			in.Counts[k] = append(in.Counts[k], counts[k][:3*days]...)
		}
		in.Y, in.Visits = append(in.Y, in.Y[:3]...), append(in.Visits, in.Visits[:3]...)
		in.Day0, in.VisitDays = append(in.Day0, in.Day0[:3]...), append(in.VisitDays, in.VisitDays[:3]...)
	}
	r := find(t, in, Defaults())
	var got []string
	for _, m := range r.List {
		for _, f := range m.Tried {
			got = append(got, fmt.Sprintf("%s %d/%d: %d of %d", m.Action, f.Times, f.Day, f.Revisiting, f.Users))
		}
	}
	slices.Sort(got)
	// The first did it's once on day 0, the second twice on day 2, the third met 255 times on day 0 and once on day 6.
	want := "[it's 1/0: 0 of 40 it's 1/6: 40 of 80 it's 2/6: 40 of 40 meet 1/6: 40 of 40]"
	if fmt.Sprint(got) != want {
		t.Errorf("tried are %v, want %s", got, want)
	}
}
