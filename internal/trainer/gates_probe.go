package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

const (
	// probes is how many times the labels are shuffled.
	probes = 5
	// probeRows bounds what a probe learns from and is judged by, each.
	probeRows = 10_000
	// probeErrors is how many standard errors from guessing the mean AUC may lie.
	probeErrors = 4
)

// fitting fits the chosen model on other users.
type fitting func(context.Context, model.Data) (model.Predictor, error)

// probeGate deals the labels out anew among all users, fits the model again, and looks whether it knows the labels of the newest users, which are
// now a matter of chance. If it does, they have reached it by a way that is not behaviour: a user on both sides of the split, a label that is read
// while fitting.
func probeGate(ctx context.Context, o Options, fit fitting, t *Table, s model.Split) (Gate, error) {
	learn, judge := newest(s.Train, probeRows), newest(s.Test, probeRows)
	sum, squares, done := 0.0, 0.0, 0.0
	for k := range probes {
		auc, chance, err := probe(ctx, fit, t, learn, judge, rand.New(rand.NewPCG(o.Seed, uint64(k))))
		if errors.Is(err, model.ErrOneClass) || err == nil && math.IsNaN(auc) {
			continue
		}
		if err != nil {
			return Gate{}, fmt.Errorf("probe for leakage: %w", err)
		}
		sum, squares, done = sum+auc, squares+chance*chance, done+1
	}
	mean, doubt := sum/done, probeErrors*math.Sqrt(squares)/done
	return Gate{
		Name: probeName, Passed: math.Abs(mean-0.5) <= doubt,
		Detail: phrase.Of("fitted %d times to labels in random order, it has a mean AUC of %.3f on the newest users; chance alone gives 0.5 to within %.3f",
			int(done), mean, doubt),
	}, nil
}

// newest are the last of the rows, which come in the order of time.
func newest(rows []int, most int) []int { return rows[max(0, len(rows)-most):] }

// probe is the AUC on the newest users of one fit to shuffled labels, and the error that chance gives it.
func probe(ctx context.Context, fit fitting, t *Table, learn, judge []int, draw *rand.Rand) (auc, chance float64, err error) {
	shuffled := &Table{X: t.X, Y: make([]bool, len(t.Y))}
	for i, from := range draw.Perm(len(t.Y)) {
		shuffled.Y[i] = t.Y[from]
	}
	p, err := fit(ctx, shuffled.Data(learn))
	if err != nil {
		return 0, 0, err
	}
	held := shuffled.Data(judge)
	rarer := smallerClass(held.Y)
	return metrics.AUC(model.Scores(p, held.X), held.Y), metrics.NullAUCError(rarer, len(held.Y)-rarer), nil
}
