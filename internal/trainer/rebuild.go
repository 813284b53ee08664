package trainer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Rebuilding is how a report is made again.
type Rebuilding struct {
	// Store holds the model; AsOf is the instant at and after which nothing is visible, the zero time that of the artifact's training.
	Store model.Store
	AsOf  time.Time
	// Latest takes the end of the data instead.
	Latest bool
	// Against is a version to compare with, "" for none.
	Against string
	// Now is the clock by which steps are timed; Progress is told how far a step is.
	Now      func() time.Time
	Progress func(step string, done, total int)
}

// Rebuild makes the report of a published model again from its record and the warehouse. Of the data it had learnt from it is the same
// report; of newer data, all but what describes the training is of the newer.
func Rebuild(ctx context.Context, wh *warehouse.Warehouse, a *model.Artifact, rec Record, o Rebuilding) (report.Data, error) {
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		return report.Data{}, err
	}
	options, err := rec.options(a, o)
	if err != nil {
		return report.Data{}, err
	}
	r := &run{Options: options, wh: wh, d: d, Result: &Result{Chosen: -1}}
	for _, s := range []stepOf{
		{"make the cohort", r.cohort},
		{"make the features", func(ctx context.Context) error { return r.frozen(ctx, a) }},
		{"see what matters", r.matters},
		{"describe the users", r.describe},
	} {
		if err := r.step(s.name, func() error { return s.do(ctx) }); err != nil {
			return report.Data{}, err
		}
	}
	data := r.rebuilt(rec)
	if o.Against == "" {
		return data, nil
	}
	err = r.step("compare the versions", func() (err error) {
		data.Comparison, err = r.against(ctx, data, a, o.Against)
		return err
	})
	return data, err
}

// options are those of the run that made the record, as far as the report depends on them.
func (rec Record) options(a *model.Artifact, o Rebuilding) (Options, error) {
	m := &a.Manifest
	options := Defaults()
	options.Name, options.App, options.Store, options.Zone, options.Label = m.Name, rec.App, o.Store, m.Set.Zone, m.Set.Label
	options.BurnIn, options.Background, options.Choice.Params = rec.BurnIn, rec.Background, rec.Params
	options.TestShare, options.Resamples, options.Seed = rec.TestShare, rec.Resamples, m.Training.Seed
	if rec.MomentSample > 0 {
		options.MomentSample = rec.MomentSample
	}
	options.AsOf, options.Now, options.Progress = o.AsOf, o.Now, o.Progress
	if options.Progress == nil {
		options.Progress = func(string, int, int) {}
	}
	if options.AsOf.IsZero() && !o.Latest {
		learnt, err := time.Parse(time.RFC3339Nano, m.Training.AsOf)
		if err != nil {
			return options, fmt.Errorf("the manifest of %s %s says that it learnt up to %q, which is no instant: %w",
				m.Name, m.Version, m.Training.AsOf, err)
		}
		options.AsOf = learnt
	}
	created, err := time.Parse(time.RFC3339, m.Created)
	if err != nil {
		return options, fmt.Errorf("the manifest of %s %s says that it was made at %q, which is no instant: %w", m.Name, m.Version, m.Created, err)
	}
	options.Created = created
	return options, nil
}

// frozen makes the features that the model was trained on, and those that only the report counts by, and gives the model as the only
// entrant.
func (r *run) frozen(ctx context.Context, a *model.Artifact) (err error) {
	m := &a.Manifest
	if r.Found, err = discover(ctx, r.wh, r.Plan.Discover(r.d, dayName(r.Table.Day0[r.Split.Test[0]]))); err != nil {
		return err
	}
	set := m.Set
	set.Features = slices.Clone(m.Set.Features)
	for _, f := range r.wholeSet().Features {
		if _, ok := set.Index(f.Name); !ok {
			set.Features = append(set.Features, f)
		}
	}
	if err := makeTables(ctx, r.wh, []features.Step{r.Plan.Features(r.d, &set)}, nil); err != nil {
		return err
	}
	x, err := r.Table.readFeatures(ctx, r.wh, r.d, r.Plan, "features", &m.Set, func(j int, _ []string, _ []float32) []string { return m.Fields[j].Levels })
	if err != nil {
		return err
	}
	r.Set, r.Table.X = &m.Set, x
	r.Entrants, r.Chosen = []Entrant{{Family: m.Family, Predictor: a.Predictor, Calibration: m.Calibration}}, 0
	r.Version = m.Version
	return nil
}

// rebuilt puts the record's account of the training beside what the warehouse tells now.
func (r *run) rebuilt(rec Record) report.Data {
	then := rec.Report
	d := report.Data{
		Meta: then.Meta, Summary: r.reportSummary(), Retention: r.reportRetention(), Spend: reportSpend(r.Spend, r.Advice), Truth: reportTruth(r.CameTrue),
		Moments: reportMoments(r.Matters.Moments), Segments: reportSegments(r.Matters.Segments), Quality: then.Quality, Matters: r.reportMatters(), Leakage: then.Leakage, DataQuality: r.reportDataQuality(),
	}
	d.Matters.Odds = then.Matters.Odds
	d.Meta.AsOf, d.Meta.From, d.Meta.To = localTime(r.Plan.AsOf, r.Plan.Zone), r.Source.FirstDay, r.Source.LastDay
	return d
}
