package report

import (
	"fmt"
	"math"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// The figures below are made up; they are shaped as those of an app with three real causes and some that ride along.

func madeMoments() Moments {
	m := Moments{Users: 14210, Revisiting: 4121, Sampled: 14210, Tried: 96, FDR: 0.05}
	for k, v := range []struct {
		action, verdict string
		raw, even, adj  float64
		wide            float64
	}{
		{"meeting_create", Cause, 0.31, 0.16, 0.112, 0.02},
		{"friend_add", Cause, 0.26, 0.12, 0.081, 0.025},
		{"calendar_sync", Cause, 0.22, 0.10, 0.062, 0.03},
		{"theme_change", Sign, 0.18, 0.03, 0.006, 0.021},
		{"모임_초대_수락", Sign, 0.15, 0.05, -0.012, 0.03},
		{"tutorial_skip", Sign, -0.09, -0.03, -0.008, 0.02},
		{"widget_add", Unclear, 0.27, 0.2, 0.13, 0.4},
		{"meeting_share_kakao_from_the_invitation_sheet_of_a_group", Unclear, 0.05, 0.01, math.NaN(), math.NaN()},
	} {
		f := MomentFigures{
			Times: 1 + k%3, Day: []int{6, 2, 0}[k%3], Chosen: true, Users: 4000 - 300*k, Revisiting: 1900 - 200*k,
			Difference: Interval{v.raw, v.raw - 0.02, v.raw + 0.02}, HeldEqual: Interval{v.even, v.even - 0.02, v.even + 0.02},
			Adjusted: Interval{v.adj, v.adj - v.wide, v.adj + v.wide},
		}
		m.List = append(m.List, Moment{Action: v.action, MomentFigures: f, Verdict: v.verdict, Tried: []MomentFigures{f}})
	}
	m.List[0].Label = phrase.Of("meetings created")
	return m
}

func madeCurves(by string, names ...string) []Curve {
	var out []Curve
	for g, name := range names {
		c := Curve{By: by, Name: name, Users: 9000 / (g*g + 1)}
		for day := 1; day <= 36; day++ {
			base := (0.34 - 0.04*float64(g)) / math.Pow(float64(day), 0.35)
			left := (0.86 - 0.09*float64(g)) * math.Pow(1-float64(day)/38, 0.5)
			n, r := int(base*float64(c.Users)), int(math.Max(base, left)*float64(c.Users))
			c.NDay = append(c.NDay, CurvePoint{Day: day, Active: n, Rate: wilson(n, c.Users)})
			c.Rolling = append(c.Rolling, CurvePoint{Day: day, Active: r, Rate: wilson(r, c.Users)})
		}
		out = append(out, c)
	}
	return out
}

func madeSegments() Segments {
	g := Segments{Users: 14210, Agreement: 0.93}
	for _, v := range []struct {
		name              string
		users, revisiting int
	}{
		{"Planners: create and share meetings", 2840, 1720},
		{"약속을 만들고 카카오톡으로 공유하는 사람들", 3100, 1210},
		{"Lookers: open, look around and leave on the first day, with next to nothing done at all", 6900, 760},
		{"Night owls", 1370, 431},
	} {
		g.List = append(g.List, Segment{
			Name: phrase.Name(v.name), Users: v.users, Share: Number(float64(v.users) / 14210), Revisiting: v.revisiting,
			Rate: wilson(v.revisiting, v.users),
		})
	}
	return g
}

func madeDependence() Dependence {
	d := Dependence{Name: "meeting_create_count", Label: phrase.Of("meetings created"), With: "visit_days", Split: 3}
	for k, v := range [][2]float64{{0, 0}, {1, 1}, {2, 2}, {3, 4}, {5, 8}, {9, 27}} {
		mean := -0.45 + 0.5*math.Log1p(float64(k))
		point := func(m, w float64, users int) DependencePoint {
			return DependencePoint{From: Number(v[0]), To: Number(v[1]), Users: users, Mean: Interval{m, m - w, m + w}}
		}
		d.Points = append(d.Points, point(mean, 0.02+0.02*float64(k), 400-60*k))
		d.Low = append(d.Low, point(mean-0.1-0.04*float64(k), 0.05, 200-30*k))
		d.High = append(d.High, point(mean+0.08+0.05*float64(k), 0.05, 200-30*k))
	}
	d.Points = append(d.Points, DependencePoint{Missing: true, Users: 40, Mean: Interval{-0.1, -0.2, 0}})
	return d
}

func madeLevels() Dependence {
	d := Dependence{Name: "channel", With: "language", Split: 0.5}
	for k, name := range []string{"Organic Search", "Paid Social", "에브리타임", "Direct", OtherGroups} {
		m := 0.2 - 0.11*float64(k)
		point := func(m float64) DependencePoint {
			return DependencePoint{Level: name, Users: 300 - 40*k, Mean: Interval{m, m - 0.03, m + 0.03}, From: unknown, To: unknown}
		}
		d.Points, d.Low, d.High = append(d.Points, point(m)), append(d.Low, point(m-0.06)), append(d.High, point(m+0.07))
	}
	return d
}

func madeContinuous() Dependence {
	d := Dependence{Name: "minutes_between_first_and_second_visit_of_the_first_week"}
	from := 0.0
	for k := range 10 {
		to := from + 12.25*float64(1+k*k)
		m := 0.3 * math.Sin(float64(k)/2)
		d.Points = append(d.Points, DependencePoint{From: Number(from), To: Number(to), Users: 100, Mean: Interval{m, m - 0.05, m + 0.05}})
		from = to
	}
	return d
}

func madeSpend() *Spend {
	p := fixtureSpend()
	nan := Number(math.NaN())
	p.Channels = nil
	for _, name := range []string{"instagram_feed", "Paid Social", "에브리타임", "Organic Search"} {
		p.Channels = append(p.Channels, SpendRow{Name: phrase.Name(name), Plain: true})
	}
	p.Best = []Number{0.23, 0.06, 0.71, nan}
	return p
}

func madeTruth() []Truth {
	var out []Truth
	for k, v := range []struct {
		predicted float64
		seen      int
		status    string
	}{{0.281, 262, "ok"}, {0.301, 232, "alarm"}, {0.27, 279, "ok"}} {
		t := Truth{
			Version: fmt.Sprintf("2026%02d01-0900-1f3a", 5-k), From: fmt.Sprintf("2026-%02d-01", 3-k), To: fmt.Sprintf("2026-%02d-28", 3-k),
			Users: 1000, Predicted: Number(v.predicted), Observed: wilson(v.seen, 1000), Status: v.status,
		}
		out = append(out, t)
	}
	return append(out, Truth{Version: "20260101-0900-1f3a", Status: truthFew, Predicted: Number(math.NaN()), Observed: Unknown()})
}

func madeDrift() Drift {
	var d Drift
	for k := range 8 {
		date := time.Date(2025, 12, 29+7*k, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		seen, auc := 90-3*k, 0.78-0.01*float64(k)
		d.Cohorts = append(d.Cohorts, ScoredCohort{
			From: date, To: date, Users: 300, Revisiting: seen, BaseRate: wilson(seen, 300), Predicted: Number(0.29 - 0.001*float64(k)),
			AUC: Interval{auc, auc - 0.05, auc + 0.05},
		})
	}
	return d
}
