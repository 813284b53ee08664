package trainer

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// noisy is a classifier that knows the first column's worth but for some noise, and counts how often it is fitted.
type noisy struct {
	noise float64
	fits  int
}

func (*noisy) Family() string { return "noisy" }

func (n *noisy) Fit(context.Context, model.Data) (model.Predictor, error) {
	n.fits++
	return &noisyModel{noise: n.noise, rng: rand.New(rand.NewPCG(uint64(n.fits), 1))}, nil
}

type noisyModel struct {
	noise float64
	rng   *rand.Rand
}

func (m *noisyModel) Score(row []float32) float64 {
	return float64(row[0]) + m.noise*m.rng.NormFloat64()
}

func (*noisyModel) Contribute([]float64, []float32) float64 { return 0 }
func (*noisyModel) Format() string                          { return "noisy" }
func (*noisyModel) MarshalBinary() ([]byte, error)          { return nil, nil }

// searchOf is a search over 3000 users whose log-odds are their only feature.
func searchOf(budget float64) *search {
	rng := rand.New(rand.NewPCG(9, 9))
	t := &Table{X: &model.Matrix{Columns: make([]model.Column, 1)}}
	for i := range 3000 {
		z := rng.NormFloat64() * 2
		t.X.Columns[0].Values = append(t.X.Columns[0].Values, float32(z))
		t.Day0, t.Y = append(t.Day0, i/10), append(t.Y, rng.Float64() < model.Sigmoid(z))
	}
	rows := span2(0, 3000)
	return &search{
		table: t, folds: [][]model.Split{model.Folds(t.Day0, rows, 3, 36), model.Folds(t.Day0, rows, 5, 36)}, budget: newBudget(budget),
		tell: func() {},
	}
}

func noisyCandidates(noises ...float64) (list []candidate, fits []*noisy) {
	for _, noise := range noises {
		c := &noisy{noise: noise}
		fits = append(fits, c)
		list = append(list, candidate{family: "noisy", params: phrase.Name(string(rune('a' + len(list)))), classifier: c, passes: 100})
	}
	return list, fits
}

func TestSearchFindsTheBestCandidate(t *testing.T) {
	list, fits := noisyCandidates(4, 0.5, 8, 0, 6)
	finalists, trials, failed, err := searchOf(60).family(t.Context(), list)
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if finalists[0].params.String() != "d" || !trials[3].Kept || len(finalists) != 3 {
		t.Errorf("%d finalists, %s first, kept: %v", len(finalists), finalists[0].params, trials[3].Kept)
	}
	// Those that came to the second rung were fitted on one fold, then on three and on five.
	for k, want := range []int{9, 9, 1, 9, 1} {
		if fits[k].fits != want || trials[k].Rung != min(want, 2) {
			t.Errorf("candidate %d was fitted %d times and came to rung %d", k, fits[k].fits, trials[k].Rung)
		}
	}
	if trials[3].LogLoss >= trials[1].LogLoss || trials[3].Error != 0 || trials[1].Error <= 0 {
		t.Errorf("trials %+v", trials)
	}
}

func TestSearchKeepsToItsBudget(t *testing.T) {
	list, fits := noisyCandidates(4, 0, 2, 1)
	finalists, trials, _, err := searchOf(0).family(t.Context(), list)
	if err != nil || len(finalists) != 1 || finalists[0].params.String() != "a" || fits[0].fits != 4 {
		t.Errorf("without a budget: %d finalists after %d fits (%v)", len(finalists), fits[0].fits, err)
	}
	for k, trial := range trials[1:] {
		if trial.Skipped.Empty() || fits[k+1].fits != 0 {
			t.Errorf("candidate %d was tried without a budget", k+1)
		}
	}
	// Enough to try each on the newest fold, and the best of them on the first repetition.
	list, fits = noisyCandidates(4, 0, 2, 1)
	finalists, _, _, err = searchOf(1.2e6/nominalSpeed).family(t.Context(), list)
	if err != nil || len(finalists) != 1 || finalists[0].params.String() != "b" || fits[1].fits != 4 || fits[0].fits != 1 {
		t.Errorf("with a small budget: %d finalists, fits %d and %d (%v)", len(finalists), fits[0].fits, fits[1].fits, err)
	}
}
