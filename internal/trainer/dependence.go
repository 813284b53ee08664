package trainer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

const (
	// alike is the rank correlation from which on features are shuffled as one: either alone would stand in for the other.
	alike = 0.9
	// mostDependences and mostReasons are how many of the strongest features the report draws, and says sentences of.
	mostDependences = 6
	mostReasons     = 6
	// msPerMinute turns times in the foreground into what people read.
	msPerMinute = 60_000
)

// contributions asks the model once what each feature adds to the scores, and tells all that the report says of it.
func (r *run) contributions(ctx context.Context, p model.Predictor, d model.Data, opt explain.Options) error {
	opt.Grains = r.grains()
	c, err := explain.Contribute(ctx, p, d.X, opt)
	if err != nil {
		return fmt.Errorf("measure what moves the score: %w", err)
	}
	subjects := r.subjects(opt.Groups)
	r.Matters.Effects = c.Effects()
	r.Matters.Dependence = c.Dependences(subjects, mostDependences)
	r.Matters.Reasons = c.Reasons(d.Y, subjects, mostReasons)
	return nil
}

// grains are the steps that readers think in: nobody plans by seconds since the first visit, and an exact share is one person's.
func (r *run) grains() []float64 {
	of := map[string]float64{"hours": 1, "ms": msPerMinute, "share": 0.05, "score": 0.25}
	out := make([]float64, len(r.Set.Features))
	for j, f := range r.Set.Features {
		out[j] = of[f.Unit]
	}
	return out
}

// subjects are the groups with the other features of their actions, so that the report tells of each action once: how often it was done
// and how soon say much the same.
func (r *run) subjects(groups [][]int) [][]int {
	of := make([]int, len(r.Set.Features))
	for j := range of {
		of[j] = j
	}
	one := func(a, b int) {
		from, to := of[a], of[b]
		for j := range of {
			if of[j] == from {
				of[j] = to
			}
		}
	}
	for _, g := range groups {
		for _, j := range g {
			one(j, g[0])
		}
	}
	for j, f := range r.Set.Features {
		if first := slices.IndexFunc(r.Set.Features, func(g features.Feature) bool { return g.Action == f.Action }); f.Action != "" {
			one(j, first)
		}
	}
	out := make([][]int, len(of))
	for j, k := range of {
		out[k] = append(out[k], j)
	}
	return out
}

// reportImportance is that of a feature, or of a group under the name of its strongest member.
func (r *run) reportImportance(p explain.Importance) report.Importance {
	first := r.strongest(p.Columns)
	out := report.Importance{
		Name: p.Name, Label: r.label(first), Meaning: r.meaning(first),
		AUC: report.Interval(p.AUC), Null: report.Interval(p.NullAUC), Clear: p.Clear,
	}
	if len(p.Columns) == 1 || first >= len(r.Set.Features) {
		return out
	}
	out.Name = r.Set.Features[first].Name
	if out.Label.Empty() {
		out.Label = phrase.Name(out.Name)
	}
	out.Label = phrase.Of("%s and %d like it", out.Label, len(p.Columns)-1)
	for _, j := range p.Columns {
		out.Members = append(out.Members, r.Set.Features[j].Name)
	}
	return out
}

// strongest is the column whose contributions are the largest.
func (r *run) strongest(columns []int) int {
	for _, e := range r.Matters.Effects {
		if slices.Contains(columns, e.Column) {
			return e.Column
		}
	}
	return columns[0]
}

func (r *run) reportDependence() []report.Dependence {
	var out []report.Dependence
	for _, d := range r.Matters.Dependence {
		v := report.Dependence{
			Name: r.Set.Features[d.Column].Name, Label: r.valueLabel(d.Column), Meaning: r.meaning(d.Column),
			Points: r.reportPoints(d.Column, d.Points), Split: report.Number(math.NaN()),
		}
		if d.With >= 0 {
			v.With, v.WithLabel = r.Set.Features[d.With].Name, r.valueLabel(d.With)
			v.Split = report.Number(d.Split / r.scale(d.With))
			v.Low, v.High = r.reportPoints(d.Column, d.Low), r.reportPoints(d.Column, d.High)
		}
		out = append(out, v)
	}
	return out
}

func (r *run) reportPoints(column int, points []explain.Point) []report.DependencePoint {
	var out []report.DependencePoint
	scale := r.scale(column)
	_, timed := r.Set.Features[column].Expr.(features.Until)
	for _, p := range points {
		v := report.DependencePoint{
			From: report.Number(p.From / scale), To: report.Number(p.To / scale), Missing: p.Missing, Never: p.Missing && timed, Users: p.Rows, Mean: report.Interval(p.Mean),
		}
		if p.Level >= 0 {
			v.Level = r.Table.X.Columns[column].Levels[p.Level]
		}
		if p.Missing || p.Level >= 0 {
			v.From, v.To = report.Number(math.NaN()), report.Number(math.NaN())
		}
		out = append(out, v)
	}
	return out
}

// scale is what a feature's values are divided by for a reader.
func (r *run) scale(column int) float64 {
	if r.Set.Features[column].Unit == "ms" {
		return msPerMinute
	}
	return 1
}

// valueLabel names a feature beside its values.
func (r *run) valueLabel(column int) phrase.Phrase {
	if t, ok := r.Set.Features[column].Expr.(features.Total); ok && t.Param == "engaged_ms" {
		return phrase.Of("minutes in the foreground")
	}
	return r.label(column)
}

func (r *run) reportReasons() []report.Reason {
	var out []report.Reason
	for _, v := range r.Matters.Reasons {
		f := r.Set.Features[v.Column]
		level := ""
		if v.Level >= 0 {
			level = r.Table.X.Columns[v.Column].Levels[v.Level]
		}
		label := r.label(v.Column)
		if label.Empty() {
			label = phrase.Name(f.Name)
		}
		out = append(out, report.Reason{
			Words: reasonWords(v, f.Expr, label, level), Name: f.Name, Users: v.Rows, Effect: report.Number(v.Effect.Value),
			Rate: report.Interval(metrics.Wilson(v.Positives, v.Rows)),
		})
	}
	return out
}
