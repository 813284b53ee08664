package report

import (
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func TestTrustTables(t *testing.T) {
	d := fixture()
	d.Quality.Drift.Warnings = []phrase.Phrase{phrase.Name("The model decays: <sooner>.")}
	page := render(t, d)
	for _, want := range []string{
		"What was tried", "120 trees of depth 3", "0.5030 ± 0.0010", "not tried: the budget was spent", "ways to calibrate the chosen model",
		"2026-01-05 to 2026-01-12", "The model decays: &lt;sooner&gt;.", "the AUC changes by -0.012 [-0.030, &#43;0.006]", "Exact probabilities would have an ECE of",
		"(as many are said to revisit as do)", "How early a score can be trusted", "AUC by day known", "day 6", "0.640<small>0.620 to 0.660", "revisit-early",
	} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	checkNesting(t, "trust tables", page)
}

func TestNoTrustTablesWithoutFigures(t *testing.T) {
	d := fixture()
	d.Quality.Trials, d.Quality.Calibrations, d.Quality.Drift, d.Quality.ECEFloor = nil, nil, Drift{}, Interval{}
	d.Quality.Early = Early{}
	page := render(t, d)
	for _, not := range []string{"what was tried", "ways to calibrate", "week by week", "Exact probabilities", "How early"} {
		if strings.Contains(page, not) {
			t.Errorf("the page speaks of %q, of which there is nothing", not)
		}
	}
}

func TestRefusedEarlyModelIsTold(t *testing.T) {
	d := fixture()
	d.Quality.Early.Refused = phrase.Name("its AUC <may> be chance")
	page := render(t, d)
	if !strings.Contains(page, "not published: its AUC &lt;may&gt; be chance.") || strings.Contains(page, "revisit-early") {
		t.Error("the page does not say that there is no early model")
	}
}

func TestSmallCohortsAreLeftOut(t *testing.T) {
	d := fixture()
	d.Quality.Drift.Cohorts = append(d.Quality.Drift.Cohorts, ScoredCohort{From: "2026-02-02", To: "2026-02-02", Users: SmallestCell - 1})
	if page := render(t, d); strings.Contains(page, "2026-02-02") {
		t.Error("the page speaks of a cohort of too few people")
	}
}

func TestChance(t *testing.T) {
	for n, want := range map[Number]string{0: "< 0.001", 0.00049: "< 0.001", 0.0005: "0.001", 0.31: "0.310"} {
		if got := chance(n); got != want {
			t.Errorf("chance of %v is %q, want %q", n, got, want)
		}
	}
	if got := chance(Number(math.NaN())); got != dash {
		t.Errorf("an unknown chance is %q", got)
	}
}

func TestPlusMinus(t *testing.T) {
	nan := Number(math.NaN())
	for _, c := range []struct {
		n, doubt Number
		want     string
	}{{0.5, 0.01, "0.50 ± 0.01"}, {0.5, nan, "0.50"}, {0.5, 0, "0.50"}, {nan, 0.01, dash}} {
		if got := plusMinus(2, c.n, c.doubt); got != c.want {
			t.Errorf("plusMinus of %v and %v is %q, want %q", c.n, c.doubt, got, c.want)
		}
	}
}

func TestEarlyModelThatWasNotFittedIsTold(t *testing.T) {
	d := fixture()
	d.Quality.Early = Early{Name: "revisit-early", Refused: phrase.Name("3 users teach it, and it needs 200")}
	page := render(t, d)
	if !strings.Contains(page, "not published: 3 users teach it") || strings.Contains(page, "AUC by day known") {
		t.Error("the page does not say why there is no early model")
	}
}
