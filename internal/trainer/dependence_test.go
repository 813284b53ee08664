package trainer

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// below and from are parts of the values of a number column.
func below(v float64) explain.Reason {
	return explain.Reason{From: math.Inf(-1), Below: v, Level: -1}
}

func from(v float64) explain.Reason { return explain.Reason{From: v, Below: math.Inf(1), Level: -1} }

func TestReasonWords(t *testing.T) {
	meet := features.Filter{Events: []string{"meet"}}
	early, late, first := meet, features.Filter{Days: &[2]int{4, 6}}, features.Filter{Days: &[2]int{0, 0}}
	early.Days = &[2]int{0, 2}
	missing := explain.Reason{Missing: true, Level: -1}
	any := explain.Reason{Missing: true, Other: true, Level: -1}
	for _, c := range []struct {
		r    explain.Reason
		expr features.Expr
		want string
	}{
		{below(2), features.Count{Of: early}, "meet fewer than 2 times in the first 3 days"},
		{from(2), features.Count{Of: meet}, "meet at least 2 times in the first week"},
		{below(1), features.Count{Of: early}, "no meet in the first 3 days"},
		{from(1), features.Count{Of: meet}, "meet at least once in the first week"},
		{below(20), features.Count{Of: first}, "fewer than 20 things done on the first day"},
		{from(5), features.Count{Of: features.Filter{FirstSession: true}}, "at least 5 things done in the first session"},
		{below(1), features.Count{Of: features.Filter{Screen: "home"}}, "never on the screen home in the first week"},
		{from(4), features.Count{Of: features.Filter{Screen: "home"}}, "at least 4 things done on the screen home in the first week"},
		{below(3), features.Count{Of: features.Filter{Weekend: true}}, "the label below 3"},
		{below(3), features.Days{}, "fewer than 3 visit days in the first week"},
		{below(1), features.Days{Of: late}, "no visit on days 4 to 6"},
		{from(1), features.Days{Of: late}, "a visit on days 4 to 6"},
		{below(1), features.Days{Of: meet}, "no meet in the first week"},
		{from(3), features.Days{Of: meet}, "meet on at least 3 days in the first week"},
		{from(3), features.Distinct{Field: "session"}, "at least 3 sessions in the first week"},
		{below(6), features.Distinct{Field: "screen"}, "fewer than 6 different screens seen in the first week"},
		{below(9), features.Distinct{Field: "name"}, "fewer than 9 different things done in the first week"},
		{below(1), features.Since{}, "a visit on the last day of the first week"},
		{from(3), features.Since{}, "no visit in the last 3 days of the first week"},
		{below(1), features.Until{Of: meet}, "meet within an hour of the first visit"},
		{below(24), features.Until{Of: meet}, "meet within 24 hours of the first visit"},
		{from(1), features.Until{Of: meet}, "meet, but not in the first hour"},
		{from(26), features.Until{Of: meet}, "meet, but not in the first 26 hours"},
		{missing, features.Until{Of: meet}, "no meet in the first week"},
		{any, features.Until{Of: meet}, "meet at least once in the first week"},
		{missing, features.Trend{}, "the label is not known"},
		{any, features.Trend{}, "the label is known"},
		{from(-0.25), features.Trend{}, "the label at least -0.25"},
		{below(0.125), features.Share{}, "the label below 12.5 %"},
		{below(9), features.Clock{Part: "hour"}, "first visit before 9 o'clock"},
		{below(1), features.Clock{Part: "weekday"}, "first visit on a Monday"},
		{from(5), features.Clock{Part: "weekday"}, "first visit from Saturday to Sunday"},
		{from(600_000), features.Total{Param: "engaged_ms", How: "sum"}, "at least 10 minutes in the foreground in the first week"},
		{from(3), features.Total{Param: "friends", How: "last"}, "the label at least 3"},
		{explain.Reason{Level: 1}, features.Pick{Field: "channel"}, "the label is Paid Social"},
		{explain.Reason{Level: 1, Other: true}, features.Pick{Field: "channel"}, "the label is another than Paid Social"},
	} {
		if got := reasonWords(c.r, c.expr, phrase.Name("the label"), "Paid Social").String(); got != c.want {
			t.Errorf("%+v of %#v: %q, want %q", c.r, c.expr, got, c.want)
		}
	}
}

// Every reason of the default features has words of its own: none falls back to a label that a reader has to look up, but for shares, the
// trend and what a snapshot counts.
func TestReasonWordsOfTheDefaultSet(t *testing.T) {
	found := features.Found{
		Users: 100, Engaged: 50, Events: []features.Support{{Name: "meet", Users: 50}}, Screens: []features.Support{{Name: "home", Users: 50}},
	}
	set := features.DefaultSet("UTC", features.DefaultLabel(), nil, found, features.DefaultChoice())
	const label = "\x00"
	for _, f := range set.Features {
		fallsBack := f.Unit == "share" || f.Unit == "score"
		for _, r := range []explain.Reason{below(1), from(1), below(3), from(3)} {
			words := reasonWords(r, f.Expr, phrase.Name(label), "")
			if got := slices.Contains([]byte(words.String()), 0); got != fallsBack {
				t.Errorf("%s: %q", f.Name, words)
			}
		}
	}
}

func explainedRun() *run {
	r := &run{Result: &Result{Table: &Table{}}}
	meet := features.Filter{Events: []string{"meet"}}
	r.Set = &features.Set{Features: []features.Feature{
		{Name: "n_meet", Label: "times of meet", Doc: "Times met.", Kind: features.Number, Expr: features.Count{Of: meet}},
		{Name: "days_meet", Label: "days with meet", Doc: "Days with one.", Kind: features.Number, Expr: features.Days{Of: meet}},
		{Name: "engaged_ms", Label: "engaged ms", Kind: features.Number, Unit: "ms", Expr: features.Total{Param: "engaged_ms", How: "sum"}},
		{Name: "channel", Label: "channel", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
	}}
	r.Table.X = &model.Matrix{Columns: make([]model.Column, 4)}
	r.Table.X.Columns[3].Levels = []string{"Direct", "Paid Social"}
	return r
}

func TestReportDependence(t *testing.T) {
	r := explainedRun()
	mean := metrics.Interval{Value: 0.5, Low: 0.4, High: 0.6}
	number := explain.Point{From: 60_000, To: 120_000, Level: -1, Rows: 40, Mean: mean}
	r.Matters.Dependence = []explain.Dependence{
		{Column: 2, With: -1, Points: []explain.Point{number, {Missing: true, Level: -1, Rows: 12, Mean: mean}}},
		{
			Column: 3, With: 2, Split: 90_000, Points: []explain.Point{{Level: 1, Rows: 30, Mean: mean}},
			Low: []explain.Point{{Level: 1, Rows: 20, Mean: mean}},
		},
	}
	nan := report.Number(math.NaN())
	three := report.Interval(mean)
	want := []report.Dependence{
		{Name: "engaged_ms", Label: phrase.Of("minutes in the foreground"), Split: nan, Points: []report.DependencePoint{
			{From: 1, To: 2, Users: 40, Mean: three}, {From: nan, To: nan, Missing: true, Users: 12, Mean: three},
		}},
		{
			Name: "channel", Label: phrase.Name("channel"), With: "engaged_ms", WithLabel: phrase.Of("minutes in the foreground"), Split: 1.5,
			Points: []report.DependencePoint{{From: nan, To: nan, Level: "Paid Social", Users: 30, Mean: three}},
			Low:    []report.DependencePoint{{From: nan, To: nan, Level: "Paid Social", Users: 20, Mean: three}},
		},
	}
	same := cmp.Comparer(func(a, b report.Number) bool { return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b)) })
	if diff := cmp.Diff(want, r.reportDependence(), same); diff != "" {
		t.Errorf("dependence (-want +got):\n%s", diff)
	}
}

func TestReportReasonsAndGroups(t *testing.T) {
	r := explainedRun()
	r.Matters.Effects = []explain.Effect{{Column: 1}, {Column: 3}, {Column: 0}}
	few := below(2)
	few.Effect, few.Rows, few.Positives = metrics.Interval{Value: -0.4}, 100, 20
	paid := explain.Reason{Column: 3, Level: 1, Effect: metrics.Interval{Value: -0.2}, Rows: 50, Positives: 10}
	r.Matters.Reasons = []explain.Reason{few, paid}
	got := r.reportReasons()
	if len(got) != 2 || got[0].Words.String() != "meet fewer than 2 times in the first week" || got[0].Name != "n_meet" ||
		got[0].Users != 100 || got[0].Effect != -0.4 || got[0].Rate.Value != 0.2 || !(got[0].Rate.Low < 0.2) ||
		got[1].Words.String() != "channel is Paid Social" {
		t.Errorf("reasons %+v", got)
	}
	group := r.reportImportance(explain.Importance{Columns: []int{0, 1}, Name: "n_meet + days_meet", Clear: true})
	if group.Name != "days_meet" || group.Label.String() != "days with meet and 1 like it" || group.Meaning.String() != "Days with one." ||
		!slices.Equal(group.Members, []string{"n_meet", "days_meet"}) || !group.Clear {
		t.Errorf("a group is %+v, want it under the name of the stronger", group)
	}
	alone := r.reportImportance(explain.Importance{Columns: []int{0}, Name: "n_meet"})
	if alone.Members != nil || alone.Label.String() != "times of meet" {
		t.Errorf("a feature alone is %+v", alone)
	}
}

// Features of one action are one subject, and so is all that hangs together with one of them.
func TestSubjects(t *testing.T) {
	r := &run{Result: &Result{}}
	r.Set = &features.Set{Features: []features.Feature{
		{Name: "visit_days"},
		{Name: "n_meet", Action: "meet"},
		{Name: "hours_to_meet", Action: "meet", Unit: "hours"},
		{Name: "n_share", Action: "share"},
		{Name: "screen_meet"},
		{Name: "sessions"},
		{Name: "share_night", Unit: "share"},
	}}
	want := map[int]int{0: 2, 1: 3, 2: 3, 3: 1, 4: 3, 5: 2, 6: 1}
	seen := 0
	for _, g := range r.subjects([][]int{{0, 5}, {1, 4}}) {
		for _, j := range g {
			if seen++; len(g) != want[j] {
				t.Errorf("feature %d is in %v, want %d together", j, g, want[j])
			}
		}
	}
	if seen != 7 {
		t.Errorf("%d features in all subjects, want each of 7 once", seen)
	}
	if got := r.grains(); !slices.Equal(got, []float64{0, 0, 1, 0, 0, 0, 0.05}) {
		t.Errorf("grains %v", got)
	}
}

// wantPlantedReasons holds that most sentences are of the actions that the simulation makes causes, that creating a meeting begins to count
// at the second (etl/sample), and that the people of each revisit more where the score is raised, less where it is lowered.
func wantPlantedReasons(t *testing.T, r *Result) {
	t.Helper()
	causes := 0
	for _, v := range r.Matters.Reasons {
		f := r.Set.Features[v.Column]
		if slices.Contains([]string{"meeting_create", "friend_add", "group_time_create", "meeting_accept"}, f.Action) {
			causes++
		}
		rate := metrics.Wilson(v.Positives, v.Rows)
		if v.Effect.Value > 0 && rate.High < r.Rule.BaseRate || v.Effect.Value < 0 && rate.Low > r.Rule.BaseRate {
			t.Errorf("%s moves the score by %v, and %v of them revisit", f.Name, v.Effect, rate)
		}
		if f.Name == "n_meeting_create" && v.From != 2 && v.Below != 2 {
			t.Errorf("meetings created count from %v, below %v; want 2", v.From, v.Below)
		}
	}
	if causes < 2 || len(r.Matters.Dependence) != mostDependences {
		t.Errorf("%d of %d reasons are about a cause, of %d dependences", causes, len(r.Matters.Reasons), len(r.Matters.Dependence))
	}
}
