package trainer

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// entrantOf is a family whose scores are log-odds of the truth and noise.
func entrantOf(family string, truth []float64, y []bool, noise float64, seed uint64) Entrant {
	rng := rand.New(rand.NewPCG(seed, 1))
	e := Entrant{Family: family, Model: "fitted elsewhere", Calibration: calibrate.Map{Kind: calibrate.None}, FoldY: y}
	for _, t := range truth {
		e.FoldScores = append(e.FoldScores, t+noise*rng.NormFloat64())
	}
	e.losses = lossesOf(calibrate.Platt(e.FoldScores, y), e.FoldScores, y)
	e.LogLoss = mean(e.losses)
	return e
}

func answers(n int) (truth []float64, y []bool) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range n {
		x := 1.5*rng.NormFloat64() - 1
		truth, y = append(truth, x), append(y, rng.Float64() < model.Sigmoid(x))
	}
	return truth, y
}

func TestChoosePrefersTheSimplerOfEquals(t *testing.T) {
	truth, y := answers(2000)
	const draws = 40
	for _, c := range []struct {
		name   string
		noise  [3]float64
		chosen int
		least  int
	}{
		{"all are equal", [3]float64{0.3, 0.3, 0.3}, 0, draws * 6 / 10},
		{"the last is surely better", [3]float64{1.5, 1.5, 0}, 2, draws},
		{"the last two are equal", [3]float64{1.5, 0.1, 0.1}, 1, draws * 7 / 10},
	} {
		times := 0
		for seed := range uint64(draws) {
			list := []Entrant{
				entrantOf("logit", truth, y, c.noise[0], 3*seed), entrantOf("gbdt", truth, y, c.noise[1], 3*seed+1),
				entrantOf("forest", truth, y, c.noise[2], 3*seed+2),
			}
			chosen, why, err := choose(list)
			if err != nil || !strings.HasPrefix(why.String(), list[chosen].Family+": ") {
				t.Fatalf("%s: chose %d, %q (%v)", c.name, chosen, why, err)
			}
			if chosen == c.chosen {
				times++
			}
		}
		if times < c.least {
			t.Errorf("%s: the right one was chosen %d times of %d", c.name, times, draws)
		}
	}
}

func TestChooseTakesTheBlendOnlyWhereItHelps(t *testing.T) {
	truth, y := answers(3000)
	for _, c := range []struct {
		name  string
		noise float64
		wins  bool
	}{{"better", 0, true}, {"as good", 0.8, false}, {"worse", 1.5, false}} {
		list := []Entrant{entrantOf("logit", truth, y, 0.8, 1), entrantOf(blendFamily, truth, y, c.noise, 4)}
		if chosen, why, err := choose(list); err != nil || (chosen == 1) != c.wins {
			t.Errorf("a blend that is %s: chose %d, %q (%v)", c.name, chosen, why, err)
		}
	}
	// It tells users apart as well as the truth does, and is far too sure of it.
	sure := entrantOf(blendFamily, truth, y, 0, 4)
	for i := range sure.FoldScores {
		sure.FoldScores[i] *= 4
	}
	if chosen, _, _ := choose([]Entrant{entrantOf("logit", truth, y, 0.8, 1), sure}); chosen != 0 {
		t.Error("a blend that is less calibrated was chosen")
	}
}

func TestChooseWithoutSingleLosses(t *testing.T) {
	list := []Entrant{{Family: "logit", Model: "a", LogLoss: 0.5}, {Family: "gbdt", Model: "b", LogLoss: 0.4}, {Family: "forest", Failed: phrase.Name("no"), LogLoss: math.Inf(1)}}
	if chosen, _, err := choose(list); err != nil || chosen != 1 {
		t.Errorf("chose %d (%v)", chosen, err)
	}
	if _, _, err := choose(list[2:]); err == nil || !strings.Contains(err.Error(), "no family could be fitted: no") {
		t.Errorf("of families that all failed one was chosen: %v", err)
	}
}

// Members that err apart from each other are better together; weights from a few rows are not worth their noise.
func TestWeighMembers(t *testing.T) {
	truth, y := answers(1500)
	rows := span2(0, len(y))
	member := func(noise float64, seed uint64) finalist {
		e := entrantOf("any", truth, y, noise, seed)
		return finalist{judged: judged{rows: rows, scores: e.FoldScores, y: y, losses: e.losses}}
	}
	a, b, poor := member(1, 1), member(1, 2), member(8, 3)
	weights, _, j := weigh([]finalist{a, b})
	if weights[0] != 0.5 || weights[1] != 0.5 {
		t.Errorf("equal members have the weights %v", weights)
	}
	if gain, doubt := paired(j.losses, a.losses); gain+doubt >= 0 {
		t.Errorf("together they gain %.4f ± %.4f", gain, doubt)
	}
	if weights, _, _ := weigh([]finalist{a, poor}); weights[1] > weights[0]/2 {
		t.Errorf("a member of noise has the weights %v", weights)
	}
	if list := rivals([]finalist{a, b, poor}); len(list) != 2 {
		t.Errorf("%d members are taken for rivals, want 2", len(list))
	}
	if auc := metrics.AUC(j.scores, y); auc <= metrics.AUC(a.scores, y) {
		t.Errorf("the AUC of the blend is %.3f", auc)
	}
}
