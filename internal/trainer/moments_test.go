package trainer

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// wantPlantedMoments holds the verdicts against the simulated app's own answer: what it plants is found, what only rides along is not.
func wantPlantedMoments(t *testing.T, r *Result) {
	t.Helper()
	verdicts := map[string]string{}
	for _, m := range r.Matters.Moments.List {
		verdicts[m.Action] = m.Verdict
	}
	for _, action := range []string{"meeting_create", "friend_add", "group_time_create", "meeting_accept"} {
		if verdicts[action] != causal.Cause {
			t.Errorf("%s is a cause in the simulated app, and the verdict is %q", action, verdicts[action])
		}
	}
	for _, action := range []string{"calendar_view_month", "theme_change", "profile_edit", "tutorial_complete"} {
		if v, listed := verdicts[action]; !listed || v == causal.Cause {
			t.Errorf("%s only rides along in the simulated app, and the verdict is %q (listed: %t)", action, v, listed)
		}
	}
	for _, action := range []string{"first_open", "session_start", "notification_receive"} {
		if _, listed := verdicts[action]; listed {
			t.Errorf("%s is nothing people do, and is listed", action)
		}
	}
}

func TestPerWeekIsOfTheNewestWeeks(t *testing.T) {
	for name, c := range map[string]struct {
		day0 []int
		want float64
	}{
		"one day":                  {[]int{5, 5, 5}, 21},
		"two people a day":         {slices.Concat(everyDay(100), everyDay(100)), 14},
		"older weeks do not count": {slices.Concat(slices.Repeat([]int{0}, 1000), everyDay(100)), 7},
	} {
		slices.Sort(c.day0)
		if got := perWeek(c.day0); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v people a week, want %v", name, got, c.want)
		}
	}
}

func everyDay(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

func TestVisitDaysOfATable(t *testing.T) {
	x := &model.Matrix{Columns: []model.Column{
		{Field: model.Field{Name: "events"}, Values: []float32{9, 8}}, {Field: model.Field{Name: visitDays}, Values: []float32{3, 1}},
	}}
	if diff := cmp.Diff([]int{3, 1}, visitDaysOf(x, 2)); diff != "" {
		t.Error(diff)
	}
	x.Columns = x.Columns[:1]
	if diff := cmp.Diff([]int{1, 1}, visitDaysOf(x, 2)); diff != "" {
		t.Error(diff)
	}
}

func TestReportedMomentsAreThoseFound(t *testing.T) {
	if diff := cmp.Diff(report.Moments{}, reportMoments(nil)); diff != "" {
		t.Error(diff)
	}
	half := metrics.Interval{Value: 0.5, Low: 0.4, High: 0.6}
	f := moments.Figures{Times: 2, Day: 6, Chosen: true, Users: 30, Revisiting: 15, With: half, Adjusted: half, Q: 0.01, EValueLow: 2}
	found := &moments.Result{
		Users: 100, Revisiting: 40, Sampled: 90, Tried: 1, FDR: 0.02,
		List: []moments.Moment{{
			Action: "a", Figures: f, Tried: []moments.Figures{f}, Stable: true, Verdict: causal.Cause,
			Stability:  []moments.Cohort{{From: "2026-01-05", To: "2026-01-12", Users: 50, Difference: half}},
			Experiment: &moments.Experiment{Baseline: 0.4, Effect: 0.02, Nudged: 0.2, PerArm: 1000, PerWeek: 100, Weeks: 25},
		}},
		Lines: []moments.Line{{Visits: 2, Users: 100, Revisiting: 60, BaseRate: half, Actions: []moments.LineAction{{Action: "a", HeldEqual: half}}}},
	}
	got := reportMoments(found)
	m := got.List[0]
	want := report.MomentFigures{
		Times: 2, Day: 6, Chosen: true, Users: 30, Revisiting: 15, With: report.Interval(half), Adjusted: report.Interval(half), Q: 0.01, EValueLow: 2,
	}
	if diff := cmp.Diff(want, m.MomentFigures); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]report.MomentFigures{want}, m.Tried); diff != "" {
		t.Error(diff)
	}
	if m.Experiment == nil || m.Experiment.PerArm != 1000 || m.Experiment.Weeks != 25 || m.Stability[0].Users != 50 || !m.Stable {
		t.Errorf("the moment is %+v", m)
	}
	if l := got.Lines[0]; l.Visits != 2 || l.Revisiting != 60 || l.Actions[0].HeldEqual != report.Interval(half) {
		t.Errorf("the line is %+v", l)
	}
}
