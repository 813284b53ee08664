package trainer

import (
	"context"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/sure"
)

// replicate fits the chosen model anew on learning users drawn again with replacement, so that a score can say how sure it is. The
// replicas take the winner's parameters as they are.
func (r *run) replicate(ctx context.Context) (err error) {
	if r.Replicas == 0 {
		return nil
	}
	chosen := &r.Entrants[r.Chosen]
	done, replicas := 0, r.affordable(chosen)
	r.Sure, err = sure.Fit(ctx, func(ctx context.Context, rows []int, _ uint64) (model.Predictor, error) {
		r.Progress("fit replicas", done, replicas)
		done++
		drawn := make([]int, len(rows))
		for i, row := range rows {
			drawn[i] = r.Split.Train[row]
		}
		return chosen.refit(ctx, r.Table.Data(drawn))
	}, len(r.Split.Train), replicas, r.Seed)
	if err != nil {
		return err
	}
	// The calibration was learnt from some users too.
	r.Sure.Doubt = calibrate.DoubtOf(chosen.Calibration, chosen.FoldScores, chosen.FoldY, recency(r.Table.Day0, chosen.FoldRows))
	return nil
}

// leastReplicas is how many replicas are fitted whatever they cost: fewer say nothing.
const leastReplicas = 5

// affordable is how many replicas the budget of the search would pay for once more.
func (r *run) affordable(e *Entrant) int {
	work := 1.0
	for _, c := range e.candidates {
		work += c.work(len(r.Split.Train), len(r.Table.X.Columns))
	}
	return min(r.Replicas, max(leastReplicas, int(newBudget(r.Budget).left/work)))
}

// refit fits the entrant's classifiers on other users, mixed as before.
func (e *Entrant) refit(ctx context.Context, d model.Data) (model.Predictor, error) {
	mixture, ok := e.Predictor.(*blend.Blend)
	if !ok {
		return e.candidates[0].replica().Fit(ctx, d)
	}
	var members []blend.Member
	for k, m := range mixture.Members() {
		p, err := e.candidates[k].replica().Fit(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Family, err)
		}
		members = append(members, blend.Member{Family: m.Family, Weight: m.Weight, Predictor: p})
	}
	return blend.New(members, mixture.Intercept())
}
