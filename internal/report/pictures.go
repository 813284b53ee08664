package report

import "html/template"

// pictures are the page's drawings; one that has nothing to show is empty.
type pictures struct {
	Calibration, Deciles, Visits, Channels, Models, Importance, Effects, Early template.HTML

	MomentsPicture, MoneyPicture, SegmentsPicture, TruthPicture, DriftPicture, Gains template.HTML
}

// drawAll draws the pictures that stand once on the page; those of curves and of single features are drawn with their tables.
func drawAll(d Data, s speaker) (pictures, error) {
	var p pictures
	for _, c := range []struct {
		into *template.HTML
		draw func() (template.HTML, error)
	}{
		{&p.Calibration, func() (template.HTML, error) { return calibrationChart(d.Quality.Calibration, s) }},
		{&p.Deciles, func() (template.HTML, error) { return decileChart(d.Quality.Deciles, s) }},
		{&p.Visits, func() (template.HTML, error) { return visitsChart(d.Summary.Visits, s) }},
		{&p.Channels, func() (template.HTML, error) { return channelChart(d.Retention.Channels, d.Summary.BaseRate, s) }},
		{&p.Models, func() (template.HTML, error) { return modelChart(d.Quality.Models, s) }},
		{&p.Importance, func() (template.HTML, error) { return importanceChart(d.Matters.Importance, s) }},
		{&p.Effects, func() (template.HTML, error) { return effectChart(d.Matters.Effects, s) }},
		{&p.Early, func() (template.HTML, error) { return earlyChart(d.Quality.Early.Days, s) }},
		{&p.MomentsPicture, func() (template.HTML, error) { return momentChart(d.Moments, s) }},
		{&p.MoneyPicture, func() (template.HTML, error) { return cheapestChart(d.Spend, s) }},
		{&p.SegmentsPicture, func() (template.HTML, error) { return segmentChart(d.Segments, s) }},
		{&p.TruthPicture, func() (template.HTML, error) { return truthChart(d.Truth, s) }},
		{&p.DriftPicture, func() (template.HTML, error) { return cohortChart(d.Quality.Drift, s) }},
		{&p.Gains, func() (template.HTML, error) { return gainsChart(d.Quality.Deciles, s) }},
	} {
		picture, err := c.draw()
		if err != nil {
			return pictures{}, err
		}
		*c.into = picture
	}
	return p, nil
}
