package trainer

import (
	"context"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/internal/segments"
)

// segments divides the labelled users into kinds by what they did in their first week, where that is known.
func (r *run) segments(ctx context.Context) (err error) {
	if r.week == nil {
		return nil
	}
	o := segments.Defaults()
	o.Seed = r.Seed
	r.Matters.Segments, err = segments.Find(ctx, segments.Input{
		Actions: r.week.Actions, Counts: r.week.Counts, VisitDays: r.week.VisitDays, Y: r.week.Y, Labels: r.week.Labels,
	}, o)
	return err
}

// reportSegments are the kinds as the report takes them, empty where nobody was divided.
func reportSegments(found *segments.Result) report.Segments {
	if found == nil {
		return report.Segments{}
	}
	out := report.Segments{Users: found.Users, Why: found.Why, Agreement: report.Number(found.Agreement)}
	for _, s := range found.List {
		segment := report.Segment{
			Name: s.Name, Users: s.Users, Share: report.Number(s.Share), Revisiting: s.Revisiting, Rate: report.Unknown(),
		}
		for _, t := range s.Traits {
			segment.Traits = append(segment.Traits, report.Trait{
				Name: t.Name, Label: t.Label, Mean: report.Number(t.Mean), All: report.Number(t.All),
			})
		}
		out.List = append(out.List, segment)
	}
	return out
}
