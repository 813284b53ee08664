package trainer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func TestCohortsCoverEveryUserOnce(t *testing.T) {
	for _, n := range []int{0, 5, 60, 300, 2000} {
		table := planted(n, uint64(n))
		list := cohortScores(table.Day0, truth(table, n), table.Y, leastOfClass)
		users, positives, last := 0, 0, ""
		for _, c := range list {
			users, positives = users+c.Users, positives+c.Positives
			if min(c.Positives, c.Users-c.Positives) < leastOfClass {
				t.Errorf("of %d users the cohort of %s has %d and %d of the classes", n, c.From, c.Positives, c.Users-c.Positives)
			}
			if c.From <= last || c.To < c.From {
				t.Errorf("the cohort of %s to %s does not follow that to %s", c.From, c.To, last)
			}
			last = c.To
		}
		if len(list) > 0 && (users != n || positives != table.Positives()) {
			t.Errorf("the cohorts hold %d users and %d positives of %d and %d", users, positives, n, table.Positives())
		}
		if n >= 300 && len(list) < 2 {
			t.Errorf("%d users make %d cohorts", n, len(list))
		}
	}
}

func TestDriftOfASteadyModel(t *testing.T) {
	warned := 0
	for seed := range uint64(60) {
		table := planted(1500, seed+500)
		if d := driftOf(table.Day0, truth(table, 1500), table.Y); len(d.Warnings) > 0 {
			warned++
		}
	}
	// Two intervals of 95 %, each with one or two sides that warn: 7.5 % by chance.
	if warned > 10 {
		t.Errorf("%d of 60 steady models are warned about", warned)
	}
}

func TestDriftOfADecayingModel(t *testing.T) {
	table := planted(3000, 8)
	p := truth(table, 3000)
	for i := range p {
		// What the model sees of the signal fades, and so its probabilities come nearer to the base rate.
		fade := float64(i) / float64(len(p))
		p[i] = (1-fade)*p[i] + fade*truth(planted(3000, 9), 3000)[i%10*7]
	}
	d := driftOf(table.Day0, p, table.Y)
	if !(d.AUC.High < 0) || len(d.Warnings) == 0 || !strings.Contains(d.Warnings[0].String(), "decays") {
		t.Errorf("a model that fades: AUC %v, warnings %q", d.AUC, d.Warnings)
	}
}

func TestDriftOfTheBaseRate(t *testing.T) {
	table := planted(3000, 11)
	p := truth(table, 3000)
	for i := range p {
		p[i] = math.Max(0.01, p[i]-0.3*float64(i)/float64(len(p)))
	}
	d := driftOf(table.Day0, p, table.Y)
	if !(d.Gap.Low > 0) || !slices.ContainsFunc(d.Warnings, func(w phrase.Phrase) bool { return strings.Contains(w.String(), "probabilities drift") }) {
		t.Errorf("probabilities that fall behind: gap %v, warnings %q", d.Gap, d.Warnings)
	}
}

func TestLongLogsMakeFewCohorts(t *testing.T) {
	table := planted(40000, 12)
	if d := driftOf(table.Day0, truth(table, 40000), table.Y); len(d.Cohorts) > mostCohorts || len(d.Cohorts) < mostCohorts/2 {
		t.Errorf("%d cohorts of a long log", len(d.Cohorts))
	}
}
