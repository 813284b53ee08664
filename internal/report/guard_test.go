package report

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSmallWeeksJoin(t *testing.T) {
	week := func(name string, users int, active ...int) WeekCohort {
		return WeekCohort{Week: name, Users: users, Active: active}
	}
	for name, c := range map[string]struct{ in, want []WeekCohort }{
		"with the next, to the shorter": {
			[]WeekCohort{week("a", 9, 9, 5, 2), week("b", 20, 20, 8)}, []WeekCohort{{"a", "b", 29, []int{29, 13}}},
		},
		"the last with the one before": {
			[]WeekCohort{week("a", 20, 20, 8), week("b", 9, 9)}, []WeekCohort{{"a", "b", 29, []int{29}}},
		},
		"ten is enough":       {[]WeekCohort{week("a", 10, 10), week("b", 10, 10)}, []WeekCohort{{"a", "a", 10, []int{10}}, {"b", "b", 10, []int{10}}}},
		"too few in all":      {[]WeekCohort{week("a", 5, 5), week("b", 4, 4)}, nil},
		"several small ones":  {[]WeekCohort{week("a", 5, 5), week("b", 4, 4), week("c", 3, 3)}, []WeekCohort{{"a", "c", 12, []int{12}}}},
		"nobody says nothing": {[]WeekCohort{week("a", 0)}, nil},
	} {
		if diff := cmp.Diff(c.want, joinWeeks(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSmallGroupsJoin(t *testing.T) {
	for name, c := range map[string]struct{ in, want []Exclusion }{
		"two small ones":                   {[]Exclusion{{phrase.Name("a"), 4}, {phrase.Name("b"), 50}, {phrase.Name("c"), 7}}, []Exclusion{{phrase.Name("b"), 50}, {phrase.Of(OtherReasons), 11}}},
		"a lone one takes the smallest":    {[]Exclusion{{phrase.Name("a"), 50}, {phrase.Name("b"), 3}, {phrase.Name("c"), 30}}, []Exclusion{{phrase.Name("a"), 50}, {phrase.Of(OtherReasons), 33}}},
		"none small":                       {[]Exclusion{{phrase.Name("a"), 10}, {phrase.Name("b"), 50}}, []Exclusion{{phrase.Name("a"), 10}, {phrase.Name("b"), 50}}},
		"too few in all":                   {[]Exclusion{{phrase.Name("a"), 3}}, nil},
		"empty ones do not count as small": {[]Exclusion{{phrase.Name("a"), 0}, {phrase.Name("b"), 50}}, []Exclusion{{phrase.Name("b"), 50}}},
	} {
		if diff := cmp.Diff(c.want, joinExclusions(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	channels := joinChannels([]Channel{{Name: "x", Users: 9, Revisiting: 1}, {Name: "y", Users: 100, Revisiting: 40}, {Name: "z", Users: 40}})
	want := []Channel{{Name: "y", Users: 100, Revisiting: 40}, {Name: OtherChannels, Users: 49, Revisiting: 1}}
	if diff := cmp.Diff(want, channels, cmpopts.IgnoreFields(Channel{}, "Rate")); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestVisitsNeverJoinAcrossTheLine(t *testing.T) {
	got := joinVisits([]VisitBin{{0, 0, 50, false}, {1, 1, 6, false}, {2, 2, 5, false}, {3, 3, 4, true}, {4, -1, 20, true}})
	want := []VisitBin{{0, 0, 50, false}, {1, 2, 11, false}, {3, -1, 24, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSmallBinsAndTenths(t *testing.T) {
	q := Quality{Rows: 95, Calibration: []Bin{{Rows: 9, Positives: 1, To: 0.1, Predicted: 0.1}, {Rows: 21, Positives: 5, From: 0.1, To: 0.4, Predicted: 0.2}}}
	for range 10 {
		q.Deciles = append(q.Deciles, Decile{Rows: 9.5, Rate: 0.3})
	}
	guardQuality(&q)
	if q.Deciles != nil {
		t.Error("tenths of fewer than 10 people are shown")
	}
	want := []Bin{{Rows: 30, Positives: 6, To: 0.4, Predicted: Number(0.17), Observed: wilson(6, 30)}}
	if diff := cmp.Diff(want, q.Calibration, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNoSmallGroupIsShown feeds random sizes around the line and looks at every group that is left.
func TestNoSmallGroupIsShown(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var d Data
		size := func() int { return rng.IntN(25) }
		d.Summary.Users, d.Summary.Cohort, d.Quality.Rows = size(), size(), size()
		for range rng.IntN(6) {
			d.Retention.Weeks = append(d.Retention.Weeks, WeekCohort{Week: "w", Users: size()})
			d.Retention.Channels = append(d.Retention.Channels, Channel{Name: "c", Users: size()})
			d.Summary.Exclusions = append(d.Summary.Exclusions, Exclusion{phrase.Name("r"), size()})
			d.Summary.Visits = append(d.Summary.Visits, VisitBin{Users: size(), Revisits: rng.IntN(2) == 0})
			d.Summary.Parts = append(d.Summary.Parts, Part{Users: size()})
			d.Summary.Neighbours = append(d.Summary.Neighbours, Neighbour{Users: size()})
			d.Quality.Calibration = append(d.Quality.Calibration, Bin{Rows: size()})
			d.Quality.Deciles = append(d.Quality.Deciles, Decile{Rows: Number(size())})
		}
		g := guard(d)
		for _, n := range peopleIn(g) {
			if n != 0 && n < SmallestCell {
				t.Fatalf("a group of %d is shown: %+v", n, g)
			}
		}
	}
}

func peopleIn(d Data) []int {
	out := []int{d.Summary.Users, d.Summary.Cohort, d.Quality.Rows}
	for _, v := range d.Retention.Weeks {
		out = append(out, v.Users)
	}
	for _, v := range d.Retention.Channels {
		out = append(out, v.Users)
	}
	for _, v := range d.Summary.Exclusions {
		out = append(out, v.Users)
	}
	for _, v := range d.Summary.Visits {
		out = append(out, v.Users)
	}
	for _, v := range d.Summary.Parts {
		out = append(out, v.Users)
	}
	for _, v := range d.Summary.Neighbours {
		out = append(out, v.Users)
	}
	for _, v := range d.Quality.Calibration {
		out = append(out, v.Rows)
	}
	for _, v := range d.Quality.Deciles {
		out = append(out, int(v.Rows))
	}
	return out
}

func TestFewPeopleLeaveNoTrace(t *testing.T) {
	d := fixture()
	d.Summary.Users, d.Summary.Cohort, d.Summary.Revisiting, d.Quality.Rows, d.Matters.Rows = 9, 8, 7, 6, 6
	d.Retention = Retention{Channels: []Channel{{Name: "lone channel", Users: 9, Revisiting: 7}}}
	page := render(t, d)
	for _, bad := range []string{"lone channel", "29.0", "meeting_create_days", "gbdt</"} {
		if strings.Contains(page, bad) {
			t.Errorf("page on 9 people contains %q", bad)
		}
	}
}
