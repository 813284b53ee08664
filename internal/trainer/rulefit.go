package trainer

import (
	"context"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// RuleFit says whether the revisit rule fits the app, and what its neighbours would give.
type RuleFit struct {
	// Users and Positives are the labelled users.
	Users, Positives int
	BaseRate         float64
	// Warnings say in plain words where the rule does not fit; nil where it does.
	Warnings []phrase.Phrase
	// Neighbours are the base rates of other rules.
	Neighbours []NeighbourRule
	// Visits counts the labelled users by visits in the label window; the last entry is that many or more.
	Visits []int
}

// NeighbourRule is the base rate of "at least Visits visits in Weeks weeks".
type NeighbourRule struct {
	Visits, Weeks int
	// Users are those whose window lies wholly in the data.
	Users    int
	BaseRate float64
}

// Where a rule's base rate or number of positives is outside these, a classifier for it is of little use.
const (
	leastRate      = 0.02
	mostRate       = 0.70
	leastPositives = 100
	mostVisits     = 10
)

// ruleFit judges the rule on the labelled users.
func ruleFit(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, t *Table) (RuleFit, error) {
	fit := RuleFit{Users: len(t.Y), Positives: t.Positives(), BaseRate: baseRate(t.Y), Visits: make([]int, mostVisits+1)}
	for _, v := range t.Visits {
		fit.Visits[min(v, mostVisits)]++
	}
	columns, err := wh.ReadColumns(ctx, rulesQuery(d, p))
	if err != nil {
		return fit, fmt.Errorf("try the neighbouring rules: %w", err)
	}
	reached := map[int]*[mostVisits + 1]int{}
	for i, weeks := range columns[0].Numbers {
		w := int(weeks)
		if reached[w] == nil {
			reached[w] = new([mostVisits + 1]int)
		}
		for v := 0; v <= min(int(columns[1].Numbers[i]), mostVisits); v++ {
			reached[w][v] += int(columns[2].Numbers[i])
		}
	}
	for weeks := 2; weeks <= 8; weeks++ {
		if reached[weeks] == nil {
			continue
		}
		for visits := 1; visits <= mostVisits; visits++ {
			fit.Neighbours = append(fit.Neighbours, NeighbourRule{
				Visits: visits, Weeks: weeks, Users: reached[weeks][0],
				BaseRate: float64(reached[weeks][visits]) / float64(reached[weeks][0]),
			})
		}
	}
	fit.warn(p.Label)
	return fit, nil
}

func (f *RuleFit) warn(l features.Label) {
	say := func(warning phrase.Phrase) { f.Warnings = append(f.Warnings, warning) }
	switch {
	case f.Users == 0:
		say(phrase.Of("No user can be labelled yet: nobody's day %d lies wholly in the data.", l.LastDay()))
		return
	case f.BaseRate < leastRate:
		say(phrase.Of("The rule does not fit this app: only %.1f %% of users reach %s; a lower or longer rule would (see the neighbouring rules).",
			100*f.BaseRate, ruleWords(l)))
	case f.BaseRate > mostRate:
		say(phrase.Of("The rule does not fit this app: %.1f %% of users reach %s; a higher rule would tell more (see the neighbouring rules).",
			100*f.BaseRate, ruleWords(l)))
	}
	switch {
	case f.Positives == 0:
		say(phrase.Of("Nobody revisits by this rule, so there is nothing to learn."))
	case f.Positives < leastPositives:
		say(phrase.Plural(f.Positives, phrase.Of("There is only 1 user who revisits; below %d every figure here is a rough guess.", leastPositives),
			phrase.Of("There are only %d users who revisit; below %d every figure here is a rough guess.", f.Positives, leastPositives)))
	}
}
