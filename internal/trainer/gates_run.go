package trainer

import "context"

// gates judges the chosen model on the newest users. A model that leaks is refused whatever the flags say.
func (r *run) gates(ctx context.Context) (err error) {
	if r.Champion, err = champion(ctx, r.Options, r.wh, r.d, r.Plan, r.Table, r.Split, r.Source.Simulated); err != nil {
		return err
	}
	chosen, y := &r.Entrants[r.Chosen], r.testLabels()
	r.Gates = gates(r.Options, *chosen, r.Entrants, r.Baselines, r.Champion, y)
	r.Drift = driftOf(r.testDays(), chosen.TestP, y)
	trust, err := trustGates(ctx, r.Options, chosen.refit, r.Table, r.Split, chosen, r.Baselines, r.Drift)
	if err != nil {
		return err
	}
	r.Gates = append(r.Gates, trust...)
	if err := leaked(r.Gates); err != nil || r.PublishAnyway {
		return err
	}
	return refused(r.Gates)
}

// testDays are the newest users' days 0.
func (r *Result) testDays() []int {
	days := make([]int, len(r.Split.Test))
	for k, i := range r.Split.Test {
		days[k] = r.Table.Day0[i]
	}
	return days
}
