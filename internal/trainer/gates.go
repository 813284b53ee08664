package trainer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Refusal is the error of a run that a gate or a check ended: nothing is published, the report says why.
type Refusal struct {
	// Gate names what refused.
	Gate string
	// Reason says why in words, and what could be done; a clause without a full stop at its end.
	Reason phrase.Phrase
}

// Error is the gate and the reason.
func (r *Refusal) Error() string { return r.Gate + ": " + r.Reason.String() }

// Gate is one condition of publishing.
type Gate struct {
	Name   string        `json:"name"`
	Passed bool          `json:"passed"`
	Detail phrase.Phrase `json:"detail"`
}

// gates judges the chosen entrant on the newest users.
func gates(o Options, chosen Entrant, entrants []Entrant, b Baselines, champion *Champion, y []bool) []Gate {
	list := []Gate{skillGate(chosen.Test), betterThan(o, rateName, chosen.TestP, b.RateP, y, true)}
	for _, e := range entrants {
		if e.Family == "logit" && e.Predictor != nil && chosen.Family != "logit" {
			list = append(list, betterThan(o, logisticName, chosen.TestP, e.TestP, y, false))
		}
	}
	if champion != nil {
		list = append(list, betterThan(o, championName+champion.Version, chosen.TestP, champion.P, y, false))
	}
	return list
}

func skillGate(s metrics.Summary) Gate {
	return Gate{
		Name: skillName, Passed: s.AUC.Low > 0.5,
		Detail: phrase.Of("AUC on the newest users is %.3f, 95 %% interval %.3f to %.3f; 0.5 is guessing", s.AUC.Value, s.AUC.Low, s.AUC.High),
	}
}

// betterThan compares log loss on the same rows. strictly asks for a log loss that is smaller beyond doubt, its whole interval
// below 0; otherwise only one that is larger beyond doubt fails.
func betterThan(o Options, name string, p, other []float64, y []bool, strictly bool) Gate {
	d := metrics.PairedDifference(p, other, y, o.bootstrap()).LogLoss
	passed := d.Low <= 0
	if strictly {
		passed = d.High < 0
	}
	return Gate{Name: name, Passed: passed, Detail: phrase.Of("log loss differs by %+.4f, 95 %% interval %+.4f to %+.4f; below 0 is better",
		d.Value, d.Low, d.High)}
}

// trustGates ask what a model must be, beside being good, before anyone acts on it. fit fits the chosen model on other users.
func trustGates(ctx context.Context, o Options, fit fitting, t *Table, s model.Split, chosen *Entrant, b Baselines, d Drift) ([]Gate, error) {
	y := t.Data(s.Test).Y
	list := []Gate{
		sizeGate(t.Data(s.Train).Y, y), visitsGate(o, chosen.TestP, b.DaysP, y), stabilityGate(d.Cohorts, chosen.Test),
	}
	probed, err := probeGate(ctx, o, fit, t, s)
	return append(list, probed), err
}

// leaked is the refusal of a model that the probe found out, nil of any other. Nothing overrules it.
func leaked(list []Gate) error {
	for _, g := range list {
		if g.Name == probeName && !g.Passed {
			return &Refusal{Gate: g.Name, Reason: phrase.Of("%s. The labels reach the model by a way that is no behaviour", g.Detail)}
		}
	}
	return nil
}

// refused is the first gate that failed, nil where all passed.
func refused(list []Gate) error {
	for _, g := range list {
		if !g.Passed {
			return &Refusal{Gate: g.Name, Reason: phrase.Of("%s. Nothing was published; -publish-anyway overrules this gate", g.Detail)}
		}
	}
	return nil
}

// Champion is the model that serves now, scored on the same newest users.
type Champion struct {
	Version string
	P       []float64
}

// champion scores the published model on the newest users with its own feature set. It is nil where there is none, or where it
// answers another question: another rule, zone or source of data.
func champion(ctx context.Context, o Options, wh *warehouse.Warehouse, d features.Dialect, plan features.Plan, t *Table, s model.Split,
	simulated bool,
) (*Champion, error) {
	version, err := o.Store.Current(o.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := o.Store.Open(o.Name, version, Decoders())
	if err != nil {
		return nil, fmt.Errorf("compare with the published model: %w; move it away to publish without the comparison", err)
	}
	m := &a.Manifest
	if m.Set.Label != plan.Label || m.Set.Zone != plan.Zone || m.Simulated != simulated {
		return nil, nil
	}
	p, err := scoredBy(ctx, wh, d, plan, t, s, a)
	if err != nil {
		return nil, err
	}
	return &Champion{Version: version, P: p}, nil
}

// scoredBy are the probabilities of the newest users by another model, on its own features.
func scoredBy(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, plan features.Plan, t *Table, s model.Split, a *model.Artifact,
) ([]float64, error) {
	m := &a.Manifest
	if err := makeTables(ctx, wh, []features.Step{plan.FeaturesInto(d, &m.Set, "champion_features")}, nil); err != nil {
		return nil, err
	}
	x, err := t.readFeatures(ctx, wh, d, plan, "champion_features", &m.Set, func(j int, _ []string, _ []float32) []string { return m.Fields[j].Levels })
	if err != nil {
		return nil, err
	}
	if err := wh.Exec(ctx, "DROP TABLE IF EXISTS "+d.Table("champion_features")); err != nil {
		return nil, fmt.Errorf("drop table champion_features: %w", err)
	}
	return scoreWith(a, x.Take(s.Test)), nil
}
