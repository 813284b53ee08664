// Package sure tells how sure a score is: it fits replicas of a model on its users drawn again with replacement, and the scatter of their
// scores gives an interval (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
package sure

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// DefaultReplicas is enough that the width of an interval is itself known to about a sixth.
const DefaultReplicas = 20

// Replicas are the refits, which the artifact keeps; see model.Replicas for what their interval covers and what not.
type Replicas = model.Replicas

// redraws is how often a draw of users that nothing can be learnt from is drawn again.
const redraws = 20

// Fit refits a model on n users drawn again with replacement, so many times. fit is given the drawn users, by number and in their own
// order, some several times and some never, and a seed; where users have several rows each, it must take all rows of a drawn user. The
// same seed gives the same replicas. A draw of one class only is drawn again.
func Fit(
	ctx context.Context, fit func(ctx context.Context, rows []int, seed uint64) (model.Predictor, error), n, replicas int, seed uint64,
) (*Replicas, error) {
	if n <= 0 {
		return nil, fmt.Errorf("fit replicas: %w", model.ErrEmpty)
	}
	if err := model.CheckReplicaCount(replicas); err != nil {
		return nil, fmt.Errorf("fit replicas: %w", err)
	}
	members := make([]model.Predictor, 0, replicas)
	for k := range replicas {
		p, err := replica(ctx, fit, n, rand.New(rand.NewPCG(seed, uint64(k))))
		if err != nil {
			return nil, fmt.Errorf("fit replica %d of %d: %w", k+1, replicas, err)
		}
		members = append(members, p)
	}
	r, err := model.NewReplicas(members)
	if err != nil {
		return nil, fmt.Errorf("fit replicas: %w", err)
	}
	return r, nil
}

func replica(
	ctx context.Context, fit func(context.Context, []int, uint64) (model.Predictor, error), n int, rng *rand.Rand,
) (p model.Predictor, err error) {
	for range redraws {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p, err = fit(ctx, draw(rng, n), rng.Uint64()); !errors.Is(err, model.ErrOneClass) {
			return p, err
		}
	}
	return nil, err
}

// draw takes n of n users with replacement. They stay in the order of time, as families hold out the newest.
func draw(rng *rand.Rand, n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = rng.IntN(n)
	}
	slices.Sort(rows)
	return rows
}
