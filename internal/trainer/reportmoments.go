package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// reportMoments are the moments as the report takes them, empty where none were looked for.
func reportMoments(found *moments.Result) report.Moments {
	if found == nil {
		return report.Moments{}
	}
	out := report.Moments{
		Users: found.Users, Revisiting: found.Revisiting, Sampled: found.Sampled, Tried: found.Tried, FDR: report.Number(found.FDR),
		Adjusted: found.Adjusted, Notes: found.Notes,
	}
	for _, m := range found.List {
		out.List = append(out.List, reportMoment(m))
	}
	for _, l := range found.Lines {
		line := report.Line{
			Visits: l.Visits, Chosen: l.Chosen, Users: l.Users, Revisiting: l.Revisiting, BaseRate: report.Interval(l.BaseRate),
		}
		for _, a := range l.Actions {
			line.Actions = append(line.Actions, report.LineAction{Action: a.Action, Label: a.Label, HeldEqual: report.Interval(a.HeldEqual)})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func reportMoment(m moments.Moment) report.Moment {
	out := report.Moment{
		Action: m.Action, Label: m.Label, MomentFigures: momentFigures(m.Figures), Stable: m.Stable, Verdict: m.Verdict, Why: m.Why,
	}
	for _, c := range m.Stability {
		out.Stability = append(out.Stability, report.MomentCohort{
			From: c.From, To: c.To, Users: c.Users, Difference: report.Interval(c.Difference),
		})
	}
	for _, f := range m.Tried {
		out.Tried = append(out.Tried, momentFigures(f))
	}
	if e := m.Experiment; e != nil {
		out.Experiment = &report.Experiment{
			Baseline: report.Number(e.Baseline), Effect: report.Number(e.Effect), Nudged: report.Number(e.Nudged), PerArm: e.PerArm,
			PerWeek: report.Number(e.PerWeek), Weeks: report.Number(e.Weeks),
		}
	}
	return out
}

func momentFigures(f moments.Figures) report.MomentFigures {
	return report.MomentFigures{
		Times: f.Times, Day: f.Day, Chosen: f.Chosen, Users: f.Users, Revisiting: f.Revisiting, Reach: report.Interval(f.Reach),
		With: report.Interval(f.With), Without: report.Interval(f.Without), NPV: report.Interval(f.NPV),
		Sensitivity: report.Interval(f.Sensitivity), Lift: report.Interval(f.Lift), Difference: report.Interval(f.Difference),
		HeldEqual: report.Interval(f.HeldEqual), Adjusted: report.Interval(f.Adjusted), P: report.Number(f.P), Q: report.Number(f.Q),
		Overlap: report.Number(f.Overlap), Balance: report.Number(f.Balance), EValue: report.Number(f.EValue),
		EValueLow: report.Number(f.EValueLow),
	}
}
