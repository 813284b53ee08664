package model_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// The published mistake is that of the GA4 churn sample for BigQuery ML (GoogleCloudPlatform/analytics-componentized-patterns,
// gaming/propensity-model/bqml): users with bounced = 1 are dropped, and bounced looks at the whole history, so that all users
// dropped have churned and every user with a short first day who is kept has returned by construction.

const (
	minute = int64(time.Minute / time.Microsecond)
	hour   = 60 * minute
	day    = 24 * hour
)

// history is one user's events, oldest first.
type history []features.Event

func (h history) first() int64 { return h[0].Time }
func (h history) last() int64  { return h[len(h)-1].Time }

// before cuts the history off.
func (h history) before(instant int64) history {
	n := 0
	for n < len(h) && h[n].Time < instant {
		n++
	}
	return h[:n]
}

// firstWeek is the history up to the beginning of the user's day 7.
func (h history) firstWeek(zone *time.Location) history {
	y, m, d := time.UnixMicro(h.first()).In(zone).Date()
	return h.before(time.Date(y, m, d+features.WeekDays, 0, 0, 0, 0, zone).UnixMicro())
}

// bounced is the sample's flag: the last engagement lies at most 10 minutes after the first.
func (h history) bounced() bool { return h.last() <= h.first()+10*minute }

// churned is the sample's label: nothing after 24 hours.
func (h history) churned() bool { return h.last() < h.first()+day }

// simulate makes users over 160 days whose first-day engagement raises the chance that they return: the truth is that more is better.
func simulate(seed uint64, users int, start time.Time) []history {
	rng := rand.New(rand.NewPCG(seed, 0))
	histories := make([]history, users)
	for u := range histories {
		arrived := int64(u) * 160 * day / int64(users)
		at := start.UnixMicro() + arrived + rng.Int64N(hour)
		eager := rng.Float64()
		h := history{{Time: at, Name: "user_engagement", FirstTouch: at}}
		for moment := at; rng.Float64() < 0.55+0.4*eager; {
			moment += minute/2 + rng.Int64N(2*minute)
			h = append(h, features.Event{Time: moment, Name: "user_engagement", FirstTouch: at})
		}
		if rng.Float64() < 0.25+0.5*eager {
			for range 1 + rng.IntN(2+int(16*eager)) {
				h = append(h, features.Event{Time: at + day + rng.Int64N(50*day), Name: "user_engagement", FirstTouch: at})
			}
		}
		slices.SortFunc(h, func(a, b features.Event) int { return int(a.Time - b.Time) })
		histories[u] = h
	}
	return histories
}

func seoul(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// dayNumber is the number of days from 1970-01-01 to the local day.
func dayNumber(micros int64, zone *time.Location) int {
	y, m, d := time.UnixMicro(micros).In(zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// engagementAUC is the AUC of the engagement count of the first 24 hours for churn.
func engagementAUC(users []history) float64 {
	counts, churned := make([]float64, len(users)), make([]bool, len(users))
	for i, h := range users {
		counts[i], churned[i] = float64(len(h.before(h.first()+day))), h.churned()
	}
	return metrics.AUC(counts, churned)
}

func TestPublishedMistakeFlipsTheSign(t *testing.T) {
	all := simulate(1, 3000, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	filtered := slices.DeleteFunc(slices.Clone(all), history.bounced)
	honest, flipped := engagementAUC(all), engagementAUC(filtered)
	t.Logf("AUC of the engagement count for churn: %.3f for all %d users, %.3f for the %d kept", honest, len(all), flipped, len(filtered))
	if honest > 0.47 {
		t.Errorf("for all users the AUC is %.3f: the simulated truth is that engagement lowers churn", honest)
	}
	if flipped < 0.53 {
		t.Errorf("for the filtered users the AUC is %.3f: the published rule should turn the sign round", flipped)
	}
	for _, h := range filtered {
		if h.before(h.first()+day).bounced() && h.churned() {
			t.Fatal("a kept user with a short first day has churned; the published rule cannot keep one")
		}
	}
}

func TestPublishedMistakeFailsTheRun(t *testing.T) {
	zone := seoul(t)
	all := simulate(1, 3000, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	e := model.Evidence{
		X:     &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: "cnt_user_engagement"}}}},
		Label: features.DefaultLabel(), AsOf: dayNumber(all[len(all)-1].first(), zone) + 60, Excluded: map[string][]bool{},
	}
	for _, h := range all {
		if h.firstWeek(zone).bounced() != h.bounced() {
			e.Moved++
		}
		if h.bounced() {
			e.Excluded["bounced"] = append(e.Excluded["bounced"], !h.churned())
			continue
		}
		e.Y = append(e.Y, !h.churned())
		e.Day0 = append(e.Day0, dayNumber(h.first(), zone))
		e.X.Columns[0].Values = append(e.X.Columns[0].Values, float32(len(h.before(h.first()+day))))
	}
	findings := model.Leakage(e)
	t.Log(model.LeakageError(findings))
	for _, rule := range []string{"selection-sees-future", "selection-decides-label"} {
		if !slices.Contains(failedRules(findings), rule) {
			t.Errorf("%s passed the published mistake", rule)
		}
	}
	e.Moved, e.Excluded = -1, map[string][]bool{"bounced": e.Excluded["bounced"]}
	if model.LeakageError(model.Leakage(e)) == nil {
		t.Error("a table that was given with its excluded users must fail by the labels alone")
	}
}

// TestFirstWeekSelectionPasses selects the same users as this project does: by nothing after day 6.
func TestFirstWeekSelectionPasses(t *testing.T) {
	zone := seoul(t)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all := simulate(1, 3000, start)
	set := testSet()
	set.Features = set.Features[:2]
	set.Features[0].Expr = features.Count{Of: features.Filter{Events: []string{"user_engagement"}}}
	asOf := all[len(all)-1].first() + 60*day
	// A burn-in of 30 days stands for any rule that looks at the first visit only.
	selected := func(h history) bool { return h.first() >= start.UnixMicro()+30*day }
	e := model.Evidence{Set: &set, X: &model.Matrix{}, Label: set.Label, AsOf: dayNumber(asOf, zone), Excluded: map[string][]bool{}}
	for _, f := range set.Features {
		e.X.Columns = append(e.X.Columns, model.Column{Field: model.Field{Name: f.Name}})
	}
	for _, h := range all {
		revisit, known := set.Label.Of(h, zone, set.Background, asOf)
		if !known {
			t.Fatal("a user's label window is not over")
		}
		week := h.firstWeek(zone)
		if selected(week) != selected(h) {
			e.Moved++
		}
		if !selected(week) {
			e.Excluded["burn_in"] = append(e.Excluded["burn_in"], revisit)
			continue
		}
		row, err := set.Evaluate(week, features.WholeWeek)
		if err != nil {
			t.Fatal(err)
		}
		e.Y, e.Day0 = append(e.Y, revisit), append(e.Day0, dayNumber(h.first(), zone))
		for j, v := range row {
			e.X.Columns[j].Values = append(e.X.Columns[j].Values, e.X.Columns[j].Code(v))
		}
	}
	if err := model.LeakageError(model.Leakage(e)); err != nil {
		t.Error(err)
	}
	engagement := make([]float64, len(e.Y))
	for i, v := range e.X.Columns[0].Values {
		engagement[i] = float64(v)
	}
	if auc := metrics.AUC(engagement, e.Y); auc < 0.53 {
		t.Errorf("AUC of engagement for revisiting is %.3f: the honest selection must find that engagement raises it", auc)
	}
}
