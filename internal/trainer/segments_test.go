package trainer

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/internal/segments"
)

// threeSorts are people who do the first two actions, the last two, or none.
func threeSorts(users int) *moments.Input {
	rng := rand.New(rand.NewPCG(3, 3))
	in := &moments.Input{
		Actions: []string{"make", "share", "look", "search"}, Y: make([]bool, users), VisitDays: make([]int, users),
		Labels: map[string]phrase.Phrase{"make": phrase.Of("meetings made")},
	}
	for range in.Actions {
		in.Counts = append(in.Counts, make([]uint8, users*7))
	}
	for i := range users {
		sort := i % 3
		in.VisitDays[i], in.Y[i] = 1+rng.IntN(3), sort == 0
		if sort < 2 {
			in.Counts[2*sort][i*7], in.Counts[2*sort+1][i*7+1] = uint8(3+rng.IntN(5)), uint8(2+rng.IntN(4))
		}
	}
	return in
}

func TestSegmentsOfARun(t *testing.T) {
	r := &run{Options: Defaults(), Result: &Result{}}
	if err := r.segments(t.Context()); err != nil || r.Matters.Segments != nil {
		t.Fatalf("of a run without counts: %v, error %v", r.Matters.Segments, err)
	}
	r.week = threeSorts(900)
	if err := r.segments(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := reportSegments(r.Matters.Segments)
	if got.Users != 900 || len(got.List) != 3 || !(got.Agreement > 0.9) || got.Why.Empty() {
		t.Fatalf("three sorts of 300 people each: %+v", got)
	}
	makers := 0
	for _, s := range got.List {
		if s.Users != 300 || s.Revisiting != 0 && s.Revisiting != 300 {
			t.Errorf("%d people in %q, %d revisiting; a sort has 300 of whom all or none revisit", s.Users, s.Name, s.Revisiting)
		}
		if s.Revisiting == 300 {
			makers++
			if want := "many meetings made and share"; s.Name.String() != want && s.Name.String() != "many share and meetings made" {
				t.Errorf("who makes and shares is called %q, want %q", s.Name, want)
			}
		}
	}
	if makers != 1 {
		t.Errorf("%d kinds revisit, want those who make", makers)
	}
}

func TestSegmentsAreReportedFieldByField(t *testing.T) {
	if diff := cmp.Diff(report.Segments{}, reportSegments(nil)); diff != "" {
		t.Error(diff)
	}
	name, label, why := phrase.Of("many %s", phrase.Name("a")), phrase.Name("a"), phrase.Of("because")
	got := reportSegments(&segments.Result{Users: 100, Agreement: 0.9, Why: why, List: []segments.Segment{
		{Name: name, Users: 40, Share: 0.4, Revisiting: 12, Traits: []segments.Trait{{Name: "n", Label: label, Mean: 3, All: 1.5}}},
	}})
	want := report.Segments{Users: 100, Agreement: 0.9, Why: why, List: []report.Segment{
		{Name: name, Users: 40, Share: 0.4, Revisiting: 12, Rate: report.Unknown(), Traits: []report.Trait{{Name: "n", Label: label, Mean: 3, All: 1.5}}},
	}}
	if diff := cmp.Diff(want, got, cmp.Comparer(phrase.Phrase.Equal), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
}
