package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// reportTrust adds what lets a reader judge the choice and the figures: what was tried, how it was calibrated, how it holds up.
func (r *run) reportTrust(q *report.Quality, chosen *Entrant) {
	q.ThresholdRule = r.Options.Threshold.Sentence()
	q.ECEFloor = report.Interval(metrics.ECEFloor(chosen.TestP, r.Seed))
	for _, c := range chosen.Calibrations {
		q.Calibrations = append(q.Calibrations, report.CalibrationTrial{
			Kind: c.Kind, LogLoss: report.Number(c.LogLoss), Error: report.Number(c.Error), ECE: report.Number(c.ECE),
			Chosen: c.Kind == chosen.Calibration.Kind,
		})
	}
	q.Drift = report.Drift{AUC: report.Interval(r.Drift.AUC), Gap: report.Interval(r.Drift.Gap), Warnings: r.Drift.Warnings}
	for _, c := range r.Drift.Cohorts {
		q.Drift.Cohorts = append(q.Drift.Cohorts, report.ScoredCohort{
			From: c.From, To: c.To, Users: c.Users, Revisiting: c.Positives, Predicted: report.Number(c.Predicted),
			AUC: report.Interval(c.AUC), LogLoss: report.Number(c.LogLoss),
		})
	}
}

// reportTrials are the candidates of the search, in the order in which they were tried.
func (r *run) reportTrials() []report.Trial {
	var list []report.Trial
	for _, t := range r.Trials {
		list = append(list, report.Trial{
			Family: t.Family, Params: t.Params, Rung: t.Rung, Skipped: t.Skipped, LogLoss: report.Number(t.LogLoss), Error: report.Number(t.Error),
			AUC: report.Number(t.AUC), AUCError: report.Number(t.AUCError), Kept: t.Kept,
		})
	}
	return list
}
