package trainer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// goldenRows is how many made-up rows an artifact proves itself with.
const goldenRows = 16

// publish writes the report, and the artifact with the report beside it; a model that a gate refused goes where nobody serves from.
// Publishing is the last act, so that a run which fails or is stopped has changed nothing that serves.
func (r *run) publish(ctx context.Context) error {
	var a, early *model.Artifact
	if r.Chosen >= 0 && r.Engine == "" {
		var err error
		if a, err = r.artifact(r.Options, r.Plan, r.Set); err != nil {
			return err
		}
	}
	if a != nil && r.Refused == nil {
		var err error
		if early, err = r.Result.Early.artifact(r.Options, r.Plan); err != nil {
			return err
		}
		r.Version = a.Manifest.Version
	}
	data := r.reportData()
	files, err := reportFiles(data)
	if err != nil {
		return err
	}
	r.ReportDir = r.Reports
	if err := os.MkdirAll(r.Reports, 0o755); err != nil {
		return fmt.Errorf("make the directory of reports: %w", err)
	}
	for name, data := range files {
		if err := model.WriteFile(filepath.Join(r.Reports, name), data); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if a == nil {
		return nil
	}
	if files[RecordFile], err = r.record(data); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Refused != nil {
		r.Aside, err = r.keepAside(a, files)
		return err
	}
	if early != nil {
		if r.Result.Early.Dir, err = r.Store.Publish(early, files); err != nil {
			return err
		}
	}
	r.Dir, err = r.Store.Publish(a, files)
	return err
}

// artifact puts the chosen model together with everything needed to score, explain and distrust it.
func (r *Result) artifact(o Options, plan features.Plan, set *features.Set) (*model.Artifact, error) {
	chosen := &r.Entrants[r.Chosen]
	learn := r.Table.X.Take(r.Split.Train)
	a := &model.Artifact{Predictor: chosen.Predictor, Sure: r.Sure, Manifest: model.Manifest{
		Name: o.Name, Created: o.Created.UTC().Format(time.RFC3339), Simulated: r.Source.Simulated, Family: chosen.Family, Set: *set,
		Fields: r.Table.X.Fields(), Calibration: chosen.Calibration, Threshold: r.Threshold, ThresholdRule: o.Threshold.String(), Training: r.training(plan, o),
		Metrics: map[string]metrics.Summary{"model": chosen.Test, "visit_days": r.Baselines.Days, "base_rate": r.Baselines.Rate},
	}}
	for _, e := range r.Entrants {
		if e.Predictor != nil {
			a.Manifest.Metrics[e.Family] = e.Test
		}
	}
	for _, c := range learn.Columns {
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(c))
	}
	p := chosen.probabilities(model.Scores(chosen.Predictor, learn))
	score := model.Column{Field: model.Field{Name: "probability"}, Values: make([]float32, len(p))}
	for i, v := range p {
		score.Values[i] = float32(v)
	}
	a.Manifest.ScoreReference = model.NewHistogram(score)
	tolerance := model.ToleranceOf(r.testLabels(), chosen.TestP)
	a.Manifest.Tolerance = &tolerance
	a.SetGolden(goldenRows)
	if _, err := a.Seal(); err != nil {
		return nil, fmt.Errorf("put the artifact together: %w", err)
	}
	a.Manifest.Version = plan.Day(plan.AsOf-1) + "-" + a.Manifest.SetHash[:6] + a.Manifest.PayloadSHA256[:6]
	return a, nil
}

func (r *Result) training(plan features.Plan, o Options) model.Training {
	t, s := r.Table, r.Split
	split := "by day 0, label windows of the training users complete before the first test user came"
	if !s.Purged {
		split = "by day 0; " + clause(s.Caveat)
	}
	learn := t.Data(s.Train)
	positives := 0
	for _, y := range learn.Y {
		if y {
			positives++
		}
	}
	return model.Training{
		FirstDay0: dayName(t.Day0[s.Train[0]]), LastDay0: dayName(t.Day0[s.Train[len(s.Train)-1]]),
		TestFrom: dayName(t.Day0[s.Test[0]]), TestTo: dayName(t.Day0[s.Test[len(s.Test)-1]]),
		AsOf: time.UnixMicro(plan.AsOf).UTC().Format(time.RFC3339Nano), Rows: len(s.Train), Positives: positives, TestRows: len(s.Test),
		Split: split, Seed: o.Seed,
	}
}

// dayName writes a day number as YYYY-MM-DD.
func dayName(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }

// scoreWith are the calibrated probabilities of an artifact.
func scoreWith(a *model.Artifact, x *model.Matrix) []float64 {
	p := model.Scores(a.Predictor, x)
	for i, s := range p {
		p[i] = a.Manifest.Calibration.Probability(s)
	}
	return p
}
