package report

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// around is a value with an interval of the half width by.
func around(v, by float64) Interval { return Interval{v, v - by, v + by} }

// fixtureMoments has one action of each verdict. Shares and lifts hang together as on a real page; effects are made up.
func fixtureMoments() Moments {
	m := Moments{
		Users: 14210, Revisiting: 4121, Sampled: 14210, Tried: 36, FDR: 0.05,
		Adjusted: []phrase.Phrase{phrase.Name("channel"), phrase.Name("device"), phrase.Name("visit days"), phrase.Name("the other actions")},
		Notes:    []phrase.Phrase{phrase.Name("Sharing counts links sent, not links opened.")},
	}
	for _, a := range []struct {
		name, label, verdict       string
		users, with                int
		held, effect, half, q, low float64
		why                        string
		experiment                 *Experiment
	}{
		{
			"meeting_create", "모임 만들기", Cause, 3900, 1980, 0.142, 0.091, 0.021, 0.0004, 1.71, "The adjusted effect is +9.1 points and clear of zero.",
			&Experiment{Baseline: 0.29, Effect: 0.0182, Nudged: 0.2, PerArm: 9870, PerWeek: 812, Weeks: 29},
		},
		{"friend_add", "", Sign, 5200, 2100, 0.031, 0.004, 0.012, 0.71, math.NaN(), "Among people alike the difference is gone.", nil},
		{"notification_open", "", Unclear, 410, 190, 0.05, 0.06, 0.08, 0.31, 1.0, "Only 31 % of people could have gone either way.", nil},
	} {
		f := MomentFigures{
			Times: 2, Day: 2, Chosen: true, Users: a.users, Revisiting: a.with, Reach: wilson(a.users, m.Users), With: wilson(a.with, a.users),
			Without: wilson(m.Revisiting-a.with, m.Users-a.users), NPV: wilson(m.Users-a.users-m.Revisiting+a.with, m.Users-a.users),
			Sensitivity: wilson(a.with, m.Revisiting), HeldEqual: around(a.held, 0.02), Adjusted: around(a.effect, a.half),
			P: Number(a.q / 2), Q: Number(a.q), Overlap: 0.93, Balance: 0.04, EValue: Number(a.low + 0.4), EValueLow: Number(a.low),
		}
		f.Difference = around(f.With.Value-f.Without.Value, 0.02)
		f.Lift = around(f.With.Value/f.Without.Value, 0.1)
		other := f
		other.Times, other.Day, other.Chosen = 5, 6, false
		m.List = append(m.List, Moment{
			Action: a.name, Label: phrase.Name(a.label), MomentFigures: f, Verdict: a.verdict, Why: []phrase.Phrase{phrase.Name(a.why)},
			Stable: a.verdict != Unclear, Experiment: a.experiment, Tried: []MomentFigures{f, other},
			Stability: []MomentCohort{{"2025-10-06", "2025-11-17", 7000, around(0.2, 0.03)}, {"2025-11-24", "2025-12-22", 7210, around(0.21, 0.03)}},
		})
	}
	for _, visits := range []int{2, 3, 5} {
		revisiting := 5610 - 745*(visits-1)
		l := Line{Visits: visits, Chosen: visits == 3, Users: m.Users, Revisiting: revisiting, BaseRate: wilson(revisiting, m.Users)}
		for k, a := range m.List {
			l.Actions = append(l.Actions, LineAction{a.Action, a.Label, around(0.15-0.05*float64(k)-0.01*float64(visits), 0.02)})
		}
		m.Lines = append(m.Lines, l)
	}
	return m
}

func fixtureCurves() []Curve {
	var out []Curve
	for k, g := range []struct {
		by, name string
		users    int
	}{{"all", "", 14210}, {"channel", "Organic Search", 4100}, {"channel", "Paid Social", 5200}, {"platform", "ios", 8000}, {"platform", "android", 6210}, {"country", "KR", 13900}} {
		c := Curve{By: g.by, Name: g.name, Users: g.users}
		for day := 1; day <= 36; day++ {
			share := (0.5 - 0.04*float64(k)) / math.Sqrt(float64(day))
			n, r := int(share*float64(g.users)/2), int(share*float64(g.users))
			c.NDay = append(c.NDay, CurvePoint{day, n, wilson(n, g.users)})
			c.Rolling = append(c.Rolling, CurvePoint{day, r, wilson(r, g.users)})
		}
		out = append(out, c)
	}
	return out
}

func fixtureSegments() Segments {
	s := Segments{Users: 14210, Why: phrase.Name("Four kinds agree best between the two halves."), Agreement: 0.83}
	for k, name := range []string{"Planners", "Guests by link", "One-day visitors", "Browsers"} {
		users, revisiting := []int{2600, 3900, 5010, 2700}[k], []int{1600, 1210, 501, 810}[k]
		s.List = append(s.List, Segment{
			Name: phrase.Name(name), Users: users, Share: Number(float64(users) / 14210), Revisiting: revisiting, Rate: wilson(revisiting, users),
			Traits: []Trait{{"meeting_create_days", phrase.Name("days with a new meeting"), Number(3 - 0.7*float64(k)), 1.1}, {"visit_days", phrase.Phrase{}, Number(5 - float64(k)), 2.9}},
		})
	}
	return s
}

func fixtureTruth() []Truth {
	return []Truth{
		{
			Version: "20260201-0900-77ab", From: "2025-12-29", To: "2026-01-22", Users: 3000, Revisiting: 801, Predicted: 0.262, Observed: wilson(801, 3000),
			AUC: around(0.757, 0.02), TrainingAUC: around(0.763, 0.019), LogLoss: 0.504, ECE: 0.014, Status: "ok",
		},
		{
			Version: "20260101-0900-09cd", From: "2025-12-01", To: "2025-12-28", Users: 60, Revisiting: 18, Predicted: 0.29, Observed: wilson(18, 60),
			AUC: Unknown(), TrainingAUC: around(0.76, 0.02), LogLoss: Number(math.NaN()), ECE: Number(math.NaN()), Status: "few",
		},
	}
}

func fixtureDependence(m *Matters) {
	points := func(shift float64) []DependencePoint {
		var out []DependencePoint
		for k, from := range []float64{0, 1, 2, 4} {
			out = append(out, DependencePoint{
				From: Number(from), To: Number([]float64{0, 1, 3, 7}[k]), Users: 900 - 200*k, Mean: around(-0.4+0.35*float64(k)+shift, 0.05),
			})
		}
		return out
	}
	m.Dependence = []Dependence{{
		Name: "meeting_create_days", Label: phrase.Name("days with a new meeting"), Meaning: phrase.Name("On how many days a meeting was created."),
		Points: points(0), With: "channel_paid", WithLabel: phrase.Name("from an ad"), Split: 0.5, Low: part(points(0.1), 0.6), High: part(points(-0.1), 0.4),
	}, {
		Name: "language", Points: []DependencePoint{
			{Level: "ko", Users: 2500, Mean: around(0.05, 0.02), From: Number(math.NaN()), To: Number(math.NaN())},
			{Missing: true, Users: 90, Mean: around(-0.2, 0.1), From: Number(math.NaN()), To: Number(math.NaN())},
		},
	}}
	m.Reasons = []Reason{
		{Words: phrase.Name("a meeting on 4 days or more"), Name: "meeting_create_days", Users: 300, Effect: 0.66, Rate: wilson(190, 300)},
		{Words: phrase.Name("no meeting in the first three days"), Name: "meeting_create_days", Users: 900, Effect: -0.41, Rate: wilson(110, 900)},
	}
	m.Importance[2].Members = []string{"friend_add_count", "friend_add_days"}
	m.Importance[2].Label = phrase.Name("adding friends")
}

func fixtureComparison() *Comparison {
	return &Comparison{
		Version: "20260301-0900-1f3a", Against: "20260201-0900-77ab", Users: 3000,
		Why:      []phrase.Phrase{phrase.Of("%d features came and %d went.", 2, 1)},
		Moved:    []MovedFeature{{"meeting_create_days", phrase.Phrase{}, 0.6, 0.51}, {"language", phrase.Phrase{}, 0.07, Number(math.NaN())}},
		Verdicts: []ChangedVerdict{{"friend_add", phrase.Phrase{}, Sign, Unclear}},
	}
}

// fixtureMoney adds what is expected of the people without an answer to the spend of the fixture.
func fixtureMoney(s *Spend) {
	s.Advice = []phrase.Phrase{phrase.Name("instagram_feed brings a revisiting person for the least, KRW 42,477; the data are 74 % sure of it."), phrase.Name("A test with a tenth of the budget would settle it.")}
	s.Best = []Number{0.74, Number(math.NaN()), Number(math.NaN()), Number(math.NaN())}
	for k := range s.Channels {
		r := &s.Channels[k]
		r.TooYoung, r.Predicted, r.PerExpected = Number(math.NaN()), Unknown(), Unknown()
		if r.Plain && finite(float64(r.NewUsers)) {
			r.TooYoung, r.Predicted = r.NewUsers-r.Labelled, around(0.21+0.04*float64(k), 0.05)
		}
	}
	s.Channels[0].PerExpected = around(28961, 4200)
}

// part is the points with a share of their people.
func part(points []DependencePoint, share float64) []DependencePoint {
	for k := range points {
		points[k].Users = int(math.Round(share * float64(points[k].Users)))
	}
	return points
}
