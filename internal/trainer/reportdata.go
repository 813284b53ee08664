package trainer

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/curves"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/golearn"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

const (
	// calibrationBins is the number of points in the calibration picture.
	calibrationBins = 10
	// mostOdds is how many odds ratios the report shows.
	mostOdds = 20
	// importanceRows is on how many of the newest users at most matters shuffles the columns.
	importanceRows = 3000
	// effectRows is on how many of them at most it adds up the contributions.
	effectRows = 1000
)

// reportFiles are the report's files by name.
func reportFiles(data report.Data) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range []struct {
		name  string
		write func(io.Writer, report.Data) error
	}{{report.HTMLFile, report.HTML}, {report.JSONFile, report.JSON}} {
		var b bytes.Buffer
		if err := f.write(&b, data); err != nil {
			return nil, err
		}
		files[f.name] = b.Bytes()
	}
	return files, nil
}

// reportData is made from as much as the run has found.
func (r *run) reportData() report.Data {
	return report.Data{
		Language:    r.Language,
		Meta:        r.reportMeta(),
		Summary:     r.reportSummary(),
		Retention:   r.reportRetention(),
		Moments:     reportMoments(r.Matters.Moments),
		Segments:    reportSegments(r.Matters.Segments),
		Spend:       reportSpend(r.Spend, r.Advice),
		Quality:     r.reportQuality(),
		Matters:     r.reportMatters(),
		Leakage:     r.reportLeakage(),
		DataQuality: r.reportDataQuality(),
		Truth:       reportTruth(r.CameTrue),
	}
}

func (r *run) reportMeta() report.Meta {
	return report.Meta{
		Title: r.App, Simulated: r.Source.Simulated, Created: r.Created.UTC().Format(time.RFC3339),
		AsOf: localTime(r.Plan.AsOf, r.Plan.Zone), Zone: r.Plan.Zone, From: r.Source.FirstDay, To: r.Source.LastDay,
		LabelWords: labelWords(r.Label), ModelVersion: r.Version, NotPublished: r.notPublished(), Seed: r.Seed,
		Command: r.Command, Settings: r.reportSettings(),
	}
}

// notPublished completes "NOT PUBLISHED because", empty for a published run.
func (r *run) notPublished() phrase.Phrase {
	var refusal *Refusal
	if !errors.As(r.Refused, &refusal) {
		return phrase.Phrase{}
	}
	return phrase.Of("the gate %q failed: %s.", gateWords(refusal.Gate), refusal.Reason)
}

// localTime writes an instant in microseconds UTC as RFC 3339 in the zone, in UTC where the zone is not known here.
func localTime(micros int64, zone string) string {
	at := time.UnixMicro(micros).UTC()
	if z, err := time.LoadLocation(zone); err == nil {
		at = at.In(z)
	}
	return at.Format(time.RFC3339)
}

func (r *run) reportSummary() report.Summary {
	s := report.Summary{
		Events: r.Source.Events, Users: r.Users, Days: r.Source.Days, Cohort: r.Rule.Users, Revisiting: r.Rule.Positives,
		Warnings: r.Rule.Warnings,
	}
	if !r.Split.Caveat.Empty() {
		s.Warnings = append(slices.Clone(s.Warnings), r.Split.Caveat)
	}
	for _, e := range r.Exclusions {
		s.Exclusions = append(s.Exclusions, report.Exclusion{Reason: exclusionWords(e.Reason), Users: e.Users})
	}
	s.Parts = r.reportParts()
	if r.Table != nil {
		s.Visits = visitBins(r.Table.Visits, r.Label.Visits)
	}
	for _, n := range r.Rule.Neighbours {
		s.Neighbours = append(s.Neighbours, report.Neighbour{
			Visits: n.Visits, Weeks: n.Weeks, Users: n.Users, Revisiting: int(math.Round(n.BaseRate * float64(n.Users))),
			Chosen: r.Label.Unit == features.VisitDays && n.Visits == r.Label.Visits && 7*n.Weeks == r.Label.Horizon,
		})
	}
	return s
}

// visitBins count the users by visits in the label window, one bin a number up to the line of the rule and at least mostVisits,
// the last one open. It is nil without users.
func visitBins(visits []int, line int) []report.VisitBin {
	if len(visits) == 0 {
		return nil
	}
	last := max(mostVisits, line)
	bins := make([]report.VisitBin, last+1)
	for v := range bins {
		bins[v] = report.VisitBin{From: v, To: v, Revisits: v >= line}
	}
	bins[last].To = -1
	for _, v := range visits {
		bins[min(v, last)].Users++
	}
	return bins
}

func (r *run) reportParts() []report.Part {
	if r.Table == nil {
		return nil
	}
	var parts []report.Part
	for _, p := range []struct {
		name string
		rows []int
	}{{"train", r.Split.Train}, {"test", r.Split.Test}} {
		if len(p.rows) == 0 {
			continue
		}
		part := report.Part{
			Name: p.name, From: dayName(r.Table.Day0[p.rows[0]]), To: dayName(r.Table.Day0[p.rows[len(p.rows)-1]]),
			Users: len(p.rows),
		}
		for _, i := range p.rows {
			if r.Table.Y[i] {
				part.Revisiting++
			}
		}
		parts = append(parts, part)
	}
	return parts
}

func (r *run) reportRetention() report.Retention {
	var out report.Retention
	for _, w := range r.Matters.Retention {
		out.Weeks = append(out.Weeks, report.WeekCohort{Week: w.Monday, Users: w.Users, Active: w.Came})
	}
	for _, c := range r.Matters.Channels {
		out.Channels = append(out.Channels, report.Channel{Name: c.Channel, Users: c.Users, Revisiting: c.Positives})
	}
	for _, c := range r.Matters.Curves {
		curve := report.Curve{By: c.By, Name: c.Name, Users: c.Users, NDay: points(c.NDay), Rolling: points(c.Rolling)}
		if c.Rest {
			curve.Name = report.OtherGroups
		}
		out.Curves = append(out.Curves, curve)
	}
	return out
}

// points leaves out day 0, on which everybody came.
func points(in []curves.Point) []report.CurvePoint {
	var out []report.CurvePoint
	for _, p := range in {
		if p.Day > 0 {
			out = append(out, report.CurvePoint{Day: p.Day, Active: p.Active})
		}
	}
	return out
}

// testLabels are the labels of the newest users; they need no features.
func (r *Result) testLabels() []bool {
	y := make([]bool, len(r.Split.Test))
	for k, i := range r.Split.Test {
		y[k] = r.Table.Y[i]
	}
	return y
}

func (r *run) reportQuality() report.Quality {
	q := report.Quality{Threshold: report.Number(math.NaN()), Gain: report.Unknown(), Caveat: r.Split.Caveat, Why: r.Why}
	for _, g := range r.Gates {
		q.Gates = append(q.Gates, report.Gate{Name: gateWords(g.Name), Passed: g.Passed, Detail: g.Detail})
	}
	if r.Chosen < 0 {
		q.Skipped = phrase.Of("the run ended before a model was chosen")
		var refusal *Refusal
		if errors.As(r.Refused, &refusal) {
			q.Skipped = phrase.Of("the gate %q ended the run before", gateWords(refusal.Gate))
		}
	}
	if len(r.Entrants) == 0 {
		return q
	}
	q.Models, q.Trials = r.reportModels(), r.reportTrials()
	q.Rows = len(r.Split.Test)
	y := r.testLabels()
	for _, v := range y {
		if v {
			q.Revisiting++
		}
	}
	if r.Chosen < 0 {
		return q
	}
	chosen := &r.Entrants[r.Chosen]
	if chosen.TestY != nil {
		// The rows come in another order than the baseline's, so that no two of them are one user's.
		y = chosen.TestY
	} else {
		q.Gain = report.Interval(metrics.PairedDifference(chosen.TestP, r.Baselines.DaysP, y, r.bootstrap()).AUC)
	}
	for _, b := range metrics.Calibration(chosen.TestP, y, calibrationBins) {
		q.Calibration = append(q.Calibration, report.Bin{
			Rows: b.Rows, Positives: b.Positives, From: report.Number(b.From),
			To: report.Number(b.To), Predicted: report.Number(b.Predicted),
		})
	}
	for _, d := range chosen.Test.Deciles {
		q.Deciles = append(q.Deciles, report.Decile{
			Rows: report.Number(d.Rows), Positives: report.Number(d.Positives),
			Rate: report.Number(d.Rate), Lift: report.Number(d.Lift), Reached: report.Number(d.Reached),
		})
	}
	q.Early = r.reportEarly()
	q.CalibrationKind, q.Threshold = chosen.Calibration.Kind, report.Number(r.Result.Threshold)
	r.reportTrust(&q, chosen)
	return q
}

// reportModels are the rows of the table of models: baselines, families in the order of simplicity, and the best possible.
func (r *run) reportModels() []report.Model {
	rate := modelRow("base rate", report.Baseline, r.Baselines.Rate)
	days := modelRow("visit days alone", report.Baseline, r.Baselines.Days)
	days.VisitDays = true
	models := []report.Model{rate, days}
	for i, e := range r.Entrants {
		if !e.fitted() {
			models = append(models, failedRow(e))
			continue
		}
		m := modelRow(e.Family, report.Family, e.Test)
		m.Chosen, m.Seconds, m.Note = i == r.Chosen, report.Number(e.Seconds), subsampleNote(e.Family, len(r.Split.Train))
		models = append(models, m)
	}
	if r.Possible != nil {
		m := modelRow("best possible", report.BestPossible, r.Possible.Summary)
		if r.Possible.Users != len(r.Split.Test) {
			m.Note = phrase.Of("on the %d users whose true probability is known", r.Possible.Users)
		}
		models = append(models, m)
	}
	return models
}

func modelRow(name, kind string, s metrics.Summary) report.Model {
	return report.Model{
		Name: name, Kind: kind, AUC: report.Interval(s.AUC), PRAUC: report.Interval(s.PRAUC),
		LogLoss: report.Interval(s.LogLoss), Brier: report.Interval(s.Brier), ECE: report.Interval(s.ECE),
		LiftTop10: report.Interval(s.LiftTop10), Seconds: report.Number(math.NaN()),
	}
}

func failedRow(e Entrant) report.Model {
	u := report.Unknown()
	return report.Model{
		Name: e.Family, Kind: report.Family, AUC: u, PRAUC: u, LogLoss: u, Brier: u, ECE: u, LiftTop10: u,
		Seconds: report.Number(math.NaN()), Note: phrase.Of("failed: %s", e.Failed),
	}
}

// subsampleNote says where a family was fitted on fewer users than there were.
func subsampleNote(family string, learn int) phrase.Phrase {
	most := learn
	switch family {
	case "bayes":
		most = golearn.BayesDefaults().Rows
	case "rules":
		most = golearn.RulesDefaults().Rows
	}
	if most >= learn {
		return phrase.Phrase{}
	}
	return phrase.Of("fitted on %d of %d users", most, learn)
}

func (r *run) reportMatters() report.Matters {
	var out report.Matters
	for _, a := range r.Matters.Attributions {
		j, ok := r.Set.Index(a.Feature)
		if !ok {
			continue
		}
		out.Effects = append(out.Effects, report.Effect{
			Name: a.Feature, Label: r.label(j), Meaning: r.meaning(j), Size: report.Interval{Value: a.Size, Low: math.NaN(), High: math.NaN()},
			Direction: report.Number(math.NaN()), Never: report.Number(math.NaN()),
		})
	}
	if len(r.Matters.Permutation) == 0 {
		return out
	}
	out.Rows, out.EffectRows = min(len(r.Split.Test), importanceRows), min(len(r.Split.Test), effectRows)
	for _, p := range r.Matters.Permutation {
		out.Importance = append(out.Importance, r.reportImportance(p))
	}
	out.Dependence, out.Reasons = r.reportDependence(), r.reportReasons()
	for _, e := range r.Matters.Effects {
		out.Effects = append(out.Effects, report.Effect{
			Name: e.Name, Label: r.label(e.Column), Meaning: r.meaning(e.Column), Size: report.Interval(e.Size),
			Direction: report.Number(e.Direction), Never: r.never(e),
		})
	}
	odds := slices.Clone(r.Matters.Odds)
	slices.SortStableFunc(odds, func(a, b linear.OddsRatio) int {
		return cmp.Compare(math.Abs(math.Log(b.Ratio.Value)), math.Abs(math.Log(a.Ratio.Value)))
	})
	for _, o := range odds[:min(len(odds), mostOdds)] {
		out.Odds = append(out.Odds, report.Odds{Name: o.Name, Meaning: r.meaning(o.Column), Per: o.Per, Ratio: report.Interval(o.Ratio)})
	}
	return out
}

// never is the mean contribution where a timed action was never done. NaN for a feature that times none.
func (r *run) never(e explain.Effect) report.Number {
	if e.Column < len(r.Set.Features) {
		if _, timed := r.Set.Features[e.Column].Expr.(features.Until); timed {
			return report.Number(e.Missing)
		}
	}
	return report.Number(math.NaN())
}

// label names a column in a few words.
func (r *run) label(column int) phrase.Phrase {
	if column >= len(r.Set.Features) {
		return phrase.Phrase{}
	}
	f := &r.Set.Features[column]
	return featureWords(f.Label, f.Expr)
}

// meaning joins the meanings of the columns, which are those of the feature set.
func (r *run) meaning(columns ...int) phrase.Phrase {
	var out phrase.Phrase
	for _, j := range columns {
		if j >= len(r.Set.Features) {
			continue
		}
		f := &r.Set.Features[j]
		if one := featureWords(f.Doc, f.Expr); out.Empty() {
			out = one
		} else {
			out = phrase.Of("%s %s", out, one)
		}
	}
	return out
}

func (r *run) reportLeakage() []report.Rule {
	var rules []report.Rule
	for _, f := range r.Findings {
		rules = append(rules, report.Rule{Rule: f.Rule, Checks: f.Checks, Failed: f.Failed, Detail: f.Detail})
	}
	return rules
}

func (r *run) reportDataQuality() report.DataQuality {
	q := report.DataQuality{Read: r.Source.Events + r.Source.Duplicates + r.Source.Quarantined, Duplicates: r.Source.Duplicates}
	from, errFrom := time.Parse(time.DateOnly, r.Source.FirstDay)
	to, errTo := time.Parse(time.DateOnly, r.Source.LastDay)
	if errFrom == nil && errTo == nil {
		q.DaysEmpty = int(to.Sub(from).Hours()/24) + 1 - r.Source.Days
	}
	if n := r.Source.Quarantined; n > 0 {
		reason := phrase.Of("unusable records; the warehouse's table quarantine has line and reason")
		q.Quarantined = []report.Quarantined{{Source: phrase.Of("all sources"), Reason: reason, Records: n}}
	}
	return q
}
