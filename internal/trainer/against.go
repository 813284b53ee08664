package trainer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// against compares the run's model and report with those of another version: both models score the same newest people.
func (r *run) against(ctx context.Context, now report.Data, a *model.Artifact, version string) (*report.Comparison, error) {
	other, err := r.Store.Open(r.Name, version, Decoders())
	if err != nil {
		return nil, fmt.Errorf("compare with version %s: %w", version, err)
	}
	if m := &other.Manifest; m.Set.Label != r.Label || m.Set.Zone != r.Plan.Zone {
		return nil, &Refusal{Gate: versionsName, Reason: phrase.Of(
			"version %s was trained on the rule %q in the zone %s, this one on %q in %s; compare versions of one rule and zone",
			version, m.Set.Label.String(), m.Set.Zone, r.Label.String(), r.Plan.Zone)}
	}
	then, err := ReadRecord(r.Store, r.Name, version)
	if errors.Is(err, fs.ErrNotExist) {
		then.Report.Meta.ModelVersion, err = version, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := scoredBy(ctx, r.wh, r.d, r.Plan, r.Table, r.Split, other)
	if err != nil {
		return nil, fmt.Errorf("score the newest people by version %s: %w", version, err)
	}
	y := r.testLabels()
	mine := scoreWith(a, r.Table.X.Take(r.Split.Test))
	gain := metrics.PairedDifference(mine, p, y, r.bootstrap())
	first := dayName(r.Table.Day0[r.Split.Test[0]])
	paired := report.Paired{
		AUC: report.Interval(metrics.Evaluate(mine, y, r.bootstrap()).AUC), AUCThen: report.Interval(metrics.Evaluate(p, y, r.bootstrap()).AUC),
		Gain: report.Interval(gain.AUC), Loss: report.Interval(gain.LogLoss),
		Seen: max(a.Manifest.Training.LastDay0, other.Manifest.Training.LastDay0) >= first,
	}
	return report.Compare(now, then.Report, paired, len(y)), nil
}
