package report

import (
	"html/template"
	"slices"
)

// curveDays are the days of the curves' tables; the pictures and report.json have all days.
var curveDays = []int{1, 3, 7, 14, 21, 28, 36}

// curveGroup is the curves of one kind of group, such as by channel, with their table.
type curveGroup struct {
	Title   string
	Picture template.HTML
	Rows    []curveRow
}

// curveRow is one group on one day. Group and People stand in every row, so that a row can be read alone.
type curveRow struct {
	Group, People string
	Day           int
	NDay, Rolling Interval
}

// curveTitle names a kind of group.
func (s speaker) curveTitle(by string) string {
	switch by {
	case "all":
		return s.t("All new people")
	case "channel":
		return s.t("By channel")
	case "platform":
		return s.t("By platform")
	case "country":
		return s.t("By country")
	}
	return by
}

// curveGroups puts curves of one kind together, in the order of their first.
func (s speaker) curveGroups(curves []Curve) ([]curveGroup, error) {
	var kinds []string
	for _, c := range curves {
		if !slices.Contains(kinds, c.By) {
			kinds = append(kinds, c.By)
		}
	}
	var out []curveGroup
	for _, kind := range kinds {
		g := curveGroup{Title: s.curveTitle(kind)}
		alike := keep(curves, func(c *Curve) bool { return c.By == kind })
		for _, c := range alike {
			g.Rows = append(g.Rows, s.curveRows(c)...)
		}
		var err error
		if g.Picture, err = curveChart(alike, s); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

func (s speaker) curveRows(c Curve) []curveRow {
	name := s.name(c.Name)
	if c.Name == "" {
		name = s.t("All")
	}
	var out []curveRow
	for _, day := range curveDays {
		n, r := onDay(c.NDay, day), onDay(c.Rolling, day)
		if finite(n.Value) || finite(r.Value) {
			out = append(out, curveRow{Group: name, People: s.t("%s people", count(c.Users)), Day: day, NDay: n, Rolling: r})
		}
	}
	return out
}

func onDay(points []CurvePoint, day int) Interval {
	for _, p := range points {
		if p.Day == day {
			return p.Rate
		}
	}
	return Unknown()
}

// dependenceView is a feature's dependence with its picture and table.
type dependenceView struct {
	Dependence
	Picture template.HTML
	Rows    []dependenceRow
}

type dependenceRow struct {
	Group, Value string
	Users        int
	Mean         Interval
}

func (s speaker) dependences(list []Dependence) ([]dependenceView, error) {
	var out []dependenceView
	for _, d := range list {
		picture, err := dependenceChart(d, s)
		if err != nil {
			return nil, err
		}
		v := dependenceView{Dependence: d, Picture: picture}
		for _, part := range []struct {
			name   string
			points []DependencePoint
		}{
			{s.t("all"), d.Points},
			{s.t("at most the cut"), d.Low},
			{s.t("above the cut"), d.High},
		} {
			for _, p := range part.points {
				v.Rows = append(v.Rows, dependenceRow{part.name, s.value(p), p.Users, p.Mean})
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// value is how the values of a point are written.
func (s speaker) value(p DependencePoint) string {
	switch {
	case p.Missing && p.Never:
		return s.t("never")
	case p.Missing:
		return s.t("no value")
	case p.Level != "":
		return p.Level
	case p.From == p.To:
		return plain(float64(p.From))
	}
	return s.span(plain(float64(p.From)), plain(float64(p.To)))
}

// spendView is one table of the section on money. Young tells that something is known of people without an answer.
type spendView struct {
	What        string
	Rows        []spendLine
	Young, Best bool
}

// spendLine is a row with its chance to be the cheapest.
type spendLine struct {
	SpendRow
	Chance Number
}

func newSpendView(what string, rows []SpendRow, total SpendRow, best []Number) spendView {
	v := spendView{What: what}
	for k, r := range append(slices.Clone(rows), total) {
		l := spendLine{r, Number(Unknown().Value)}
		if k < len(best) && k < len(rows) {
			l.Chance = best[k]
		}
		if l.Predicted == (Interval{}) {
			// Nobody foretold anything of the row.
			l.Predicted, l.TooYoung = Unknown(), Number(Unknown().Value)
		}
		if l.PerExpected == (Interval{}) {
			l.PerExpected = Unknown()
		}
		v.Best = v.Best || finite(float64(l.Chance))
		v.Young = v.Young || l.Predicted.bounded()
		v.Rows = append(v.Rows, l)
	}
	return v
}

// moneyBrackets is the interval of a cost alone, open above where it is not bounded.
func (s speaker) moneyBrackets(i Interval) string {
	switch {
	case !finite(i.Value) || !finite(i.Low):
		return ""
	case !finite(i.High):
		return s.t("%s or more", money(i.Low))
	}
	return s.span(money(i.Low), money(i.High))
}
