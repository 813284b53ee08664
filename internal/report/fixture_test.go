package report

import (
	"math"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// fixture is a small, complete run of a simulated app, with Korean names and small groups among the rest.
func fixture() Data {
	d := Data{Meta: Meta{
		Title: "모임 Calendar <beta>", Simulated: true, Created: "2026-03-01T09:00:00+09:00", AsOf: "2026-02-28T23:59:59+09:00",
		Zone: "Asia/Seoul", From: "2025-09-01", To: "2026-02-28", LabelWords: phrase.Of("visits on at least %d days in days %d to %d, where day 0 is the day of the first visit", 3, 7, 36),
		ModelVersion: "20260301-0900-1f3a", Seed: 7, Command: "go run ./cmd/train -sample -users 20000 -seed 7",
		Settings: []Setting{{"label.visits", phrase.Name("3")}, {"label.horizon", phrase.Name("30")}, {"models", phrase.Name("logit,gbdt,forest")}},
	}}
	d.Summary = Summary{
		Events: 1034512, Users: 20004, Days: 181, Cohort: 14210, Revisiting: 4121,
		Exclusions: []Exclusion{
			{phrase.Name("not new: first seen in the first 30 days of the log"), 3310},
			{phrase.Name("answer not known yet: day 36 is not over"), 2471},
			{phrase.Name("staff device"), 4},
			{phrase.Name("no visit in the first week"), 9},
		},
		Parts: []Part{
			{Name: "train", From: "2025-10-01", To: "2025-12-10", Users: 9000, Revisiting: 2700},
			{Name: "valid", From: "2025-12-11", To: "2025-12-28", Users: 2210, Revisiting: 620},
			{Name: "test", From: "2025-12-29", To: "2026-01-22", Users: 3000, Revisiting: 801},
		},
		Visits: []VisitBin{{0, 0, 6400, false}, {1, 1, 2200, false}, {2, 2, 1489, false}, {3, 3, 1100, true}, {4, -1, 3021, true}},
	}
	for _, visits := range []int{1, 2, 3, 5, 10} {
		for _, weeks := range []int{2, 4, 8} {
			d.Summary.Neighbours = append(d.Summary.Neighbours, Neighbour{
				Visits: visits, Weeks: weeks, Users: 15000 - 500*weeks,
				Revisiting: 1500 * weeks / (visits + weeks/2), Chosen: visits == 3 && weeks == 4,
			})
		}
	}
	d.Retention, d.Spend = fixtureRetention(), fixtureSpend()
	d.Quality = fixtureQuality()
	d.Quality.Why = phrase.Name("gbdt: the least log loss on the older users' folds (0.5030)")
	d.Quality.Gates = []Gate{{Name: phrase.Of("tells users apart"), Passed: true, Detail: phrase.Name("AUC 0.763; 0.5 is guessing")}}
	fixtureTrust(&d.Quality)
	d.Matters = fixtureMatters()
	fixtureDependence(&d.Matters)
	fixtureMoney(d.Spend)
	d.Moments, d.Segments, d.Truth, d.Retention.Curves, d.Comparison = fixtureMoments(), fixtureSegments(), fixtureTruth(), fixtureCurves(), fixtureComparison()
	d.Leakage = []Rule{
		{"window_overlap", phrase.Name("No feature window reaches into the label window."), false, phrase.Name("features end on day 6, labels start on day 7")},
		{"identifier", phrase.Name("No column tells users apart."), false, phrase.Name("41 columns looked at")},
	}
	d.DataQuality = DataQuality{
		Read: 1036011, Duplicates: 1480, DaysMissing: []string{"2025-11-03"},
		Quarantined: []Quarantined{{phrase.Name("events_20251104.json.gz"), phrase.Name("event_timestamp is missing"), 17}, {phrase.Name("events_20251201.json.gz"), phrase.Name("line is not JSON"), 2}},
	}
	return d
}

func fixtureRetention() Retention {
	r := Retention{Channels: []Channel{
		{Name: "Organic Search", Users: 4100, Revisiting: 1353},
		{Name: "Paid Social", Users: 5200, Revisiting: 1092},
		{Name: "Direct", Users: 3700, Revisiting: 1258},
		{Name: "에브리타임", Users: 1197, Revisiting: 415},
		{Name: "Email", Users: 7, Revisiting: 2},
		{Name: "SMS", Users: 6, Revisiting: 1},
	}}
	for week := range 12 {
		c := WeekCohort{Week: time.Date(2025, 10, 6+7*week, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Users: 900 + 37*week}
		for n := range 12 - week {
			c.Active = append(c.Active, int(float64(c.Users)*math.Max(0.08, 1/(1+0.9*float64(n)))))
		}
		r.Weeks = append(r.Weeks, c)
	}
	r.Weeks[3].Users, r.Weeks[3].Active = 6, []int{6, 3, 2, 1, 1, 1, 0, 0, 0}
	return r
}

func fixtureSpend() *Spend {
	row := func(name string, spend, young, users, labelled, revisiting float64) SpendRow {
		r := SpendRow{
			Name: phrase.Name(name), Plain: true, Spend: Number(spend), Young: Number(young), NewUsers: Number(users), Labelled: Number(labelled),
			Revisiting: Number(revisiting), RevisitRate: wilson(int(revisiting), int(labelled)), PerNew: Unknown(), PerRevisiting: Unknown(),
		}
		if spend > 0 {
			r.PerNew, r.PerRevisiting = Interval{spend / users, 0.9 * spend / users, 1.1 * spend / users}, Interval{spend / revisiting, 0.8 * spend / revisiting, math.NaN()}
		}
		return r
	}
	nan := Number(math.NaN())
	few := SpendRow{
		Name: phrase.Name("withheld: fewer than 10 people"), Spend: 1200, Young: 0, NewUsers: nan, Labelled: nan, Revisiting: nan, RevisitRate: Unknown(),
		PerNew: Unknown(), PerRevisiting: Unknown(),
	}
	unmatched := row("unmatched spend", 0, 0, 0, 0, 0)
	unmatched.Plain, unmatched.Spend = false, 88000.5
	return &Spend{
		Currency: "KRW", From: "2025-10-01", To: "2026-03-31", LabelledTo: "2026-02-22",
		Channels:  []SpendRow{row("instagram_feed", 637148, 165149, 113, 82, 15), row("Organic Search", 0, 0, 365, 283, 80), few, unmatched},
		Campaigns: []SpendRow{row("봄 <캠페인>", 637148, 165149, 113, 82, 15), unmatched},
		Total:     row("total", 726348.5, 165149, 478, 365, 95),
		Notes:     []phrase.Phrase{phrase.Name("Direct includes people whose app store does not tell where they came from.")},
	}
}

func fixtureQuality() Quality {
	row := func(name, kind string, auc, loss float64, seconds float64) Model {
		around := func(v, by float64) Interval { return Interval{v, v - by, v + by} }
		return Model{
			Name: name, Kind: kind, AUC: around(auc, 0.019), PRAUC: around(auc-0.25, 0.03), LogLoss: around(loss, 0.012),
			Brier: around(loss/3, 0.004), ECE: around(0.016, 0.006), LiftTop10: around(2.4, 0.2), Seconds: Number(seconds),
		}
	}
	rate := row("base rate", Baseline, 0.5, 0.5811, math.NaN())
	rate.AUC = Interval{0.5, 0.5, 0.5}
	days := row("visit days alone", Baseline, 0.701, 0.5412, 0.1)
	days.VisitDays = true
	chosen := row("gbdt", Family, 0.763, 0.5021, 4.2)
	chosen.Chosen = true
	rules := row("rules", Family, 0.655, 0.56, 11)
	rules.Note = phrase.Name("fitted on 5,000 rows")
	best := row("best possible", BestPossible, 0.774, 0.497, math.NaN())
	q := Quality{
		Rows: 3000, Revisiting: 801, Gain: Interval{0.062, 0.047, 0.078}, CalibrationKind: "isotonic", Threshold: 0.31,
		Models: []Model{rate, days, row("logit", Family, 0.755, 0.5093, 0.4), chosen, row("forest", Family, 0.751, 0.511, 6.8), rules, best},
	}
	for k := range 10 {
		p := 0.03 + 0.075*float64(k)
		q.Calibration = append(q.Calibration, Bin{
			Rows: 300, Positives: int(300 * (p + 0.02*math.Sin(float64(k)))), From: Number(p - 0.03),
			To: Number(p + 0.03), Predicted: Number(p),
		})
		share := 0.62 - 0.064*float64(k)
		q.Deciles = append(q.Deciles, Decile{
			Rows: 300, Positives: Number(300 * share), Rate: Number(share), Lift: Number(share / 0.332),
			Reached: Number(math.Min(1, 0.19*float64(k+1))),
		})
	}
	return q
}

func fixtureMatters() Matters {
	m := Matters{Rows: 3000}
	for k, f := range []string{
		"meeting_create_days", "visit_days", "friend_add_count", "days_since_last_visit", "meeting_share_kakao_count_first_week", "channel",
		"모임_생성_수", "language",
	} {
		v := 0.05 / float64((k+1)*(k+1))
		i := Importance{
			Name: f, Meaning: phrase.Name("On how many days of the first week the user did this."), AUC: Interval{v, v - 0.004, v + 0.005},
			Null: Interval{0, -0.002, 0.002},
		}
		i.Clear = i.AUC.Low > i.Null.High
		m.Importance = append(m.Importance, i)
		size := 0.6 / float64(k+1)
		m.Effects = append(m.Effects, Effect{
			Name: f, Meaning: i.Meaning, Size: Interval{size, size - 0.02, size + 0.02},
			Direction: Number([]float64{0.9, 0.8, 0.5, -0.9, 0.4, math.NaN(), 0.5, 0}[k]),
		})
	}
	m.Odds = []Odds{
		{phrase.Name("meeting_create_days"), phrase.Name("On how many days a meeting was created."), phrase.Name("1 SD of log(1+x)"), Interval{1.62, 1.5, 1.75}},
		{phrase.Name("channel = Paid Social"), phrase.Phrase{}, phrase.Name("yes against no"), Interval{0.71, math.NaN(), math.NaN()}},
	}
	return m
}

func fixtureTrust(q *Quality) {
	q.Early = Early{Name: "revisit-early"}
	for day := range 7 {
		auc, days := 0.64+0.02*float64(day), 0.5+0.03*float64(day)
		q.Early.Days = append(q.Early.Days, EarlyDay{day, Interval{auc, auc - 0.02, auc + 0.02}, Interval{days, days - 0.02, days + 0.02}})
	}
	q.ThresholdRule = phrase.Name("as many are said to revisit as do")
	q.ECEFloor = Interval{0.014, 0.007, 0.022}
	q.Trials = []Trial{
		{Family: "logit", Params: phrase.Name("C 0.1"), Rung: 2, LogLoss: 0.5101, AUC: 0.755, AUCError: 0.006, Kept: true},
		{Family: "gbdt", Params: phrase.Name("120 trees of depth 3"), Rung: 2, LogLoss: 0.503, Error: 0.001, AUC: 0.762, AUCError: 0.006, Kept: true},
		{Family: "gbdt", Params: phrase.Name("31 leaves"), Skipped: phrase.Name("the budget was spent"), LogLoss: Number(math.NaN()), AUC: Number(math.NaN())},
	}
	q.Calibrations = []CalibrationTrial{
		{Kind: "none", LogLoss: 0.504, Error: 0.0004, ECE: 0.021}, {Kind: "isotonic", LogLoss: 0.5021, ECE: 0.012, Chosen: true},
	}
	q.Drift = Drift{AUC: Interval{-0.012, -0.03, 0.006}, Gap: Interval{0.002, -0.01, 0.014}, Cohorts: []ScoredCohort{
		{From: "2025-12-29", To: "2025-12-29", Users: 1000, Revisiting: 270, Predicted: 0.262, AUC: Interval{0.77, 0.74, 0.8}, LogLoss: 0.498},
		{From: "2026-01-05", To: "2026-01-12", Users: 1600, Revisiting: 420, Predicted: 0.266, AUC: Interval{0.76, 0.73, 0.79}, LogLoss: 0.503},
		{From: "2026-01-19", To: "2026-01-19", Users: 400, Revisiting: 111, Predicted: 0.261, AUC: Interval{0.75, 0.7, 0.8}, LogLoss: 0.51},
	}}
}
