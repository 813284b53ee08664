package moments

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// eight are 8 people, 4 with one visit day and 4 with two, half of whom did it on day 1.
func eight(line int) *search {
	s := &search{all: 8, Input: Input{
		Actions: []string{"meet"}, Counts: [][]uint8{make([]uint8, 8*days)}, Line: line,
		VisitDays: []int{1, 1, 1, 1, 2, 2, 2, 2},
		Visits:    []int{2, 5, 0, 4, 3, 1, 5, 0},
	}}
	for _, u := range []int{0, 1, 4, 5} {
		s.Counts[0][u*days+1] = 1
	}
	return s
}

// By hand. At least 2 visits: of one visit day 2 of 2 with and 1 of 2 without, of two 1 of 2 and 1 of 2: (0.5 + 0)/2 = 0.25. At least
// 3: 1 of 2 and 1 of 2, 1 of 2 and 1 of 2: 0. At least 5: 1 of 2 and 0 of 2, 0 of 2 and 1 of 2: (0.5 - 0.5)/2 = 0.
func TestLinesByHand(t *testing.T) {
	r := &Result{List: []Moment{{Action: "meet", Label: phrase.Name("Meeting"), Figures: Figures{Times: 1, Day: 6}}}}
	if err := eight(3).lines(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(r.Lines) != 3 {
		t.Fatalf("lines are %+v", r.Lines)
	}
	for k, want := range []struct {
		visits, revisiting int
		chosen             bool
		held               float64
	}{{2, 5, false, 0.25}, {3, 4, true, 0}, {5, 2, false, 0}} {
		l := r.Lines[k]
		if l.Visits != want.visits || l.Users != 8 || l.Revisiting != want.revisiting || l.Chosen != want.chosen ||
			l.BaseRate != metrics.Wilson(want.revisiting, 8) {
			t.Errorf("line %+v, want %+v", l, want)
		}
		if len(l.Actions) != 1 || l.Actions[0].Action != "meet" || l.Actions[0].Label.String() != "Meeting" || l.Actions[0].HeldEqual.Value != want.held {
			t.Errorf("at %d visits the actions are %+v, want %v", l.Visits, l.Actions, want.held)
		}
	}
}

func TestLinesAreDistinctAndAscend(t *testing.T) {
	for line, want := range map[int][]int{1: {1, 2, 5}, 2: {2, 5}, 4: {2, 4, 5}, 5: {2, 5}, 8: {2, 5, 8}} {
		r := &Result{}
		if err := eight(line).lines(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, l := range r.Lines {
			got = append(got, l.Visits)
			if l.Chosen != (l.Visits == line) {
				t.Errorf("line %d: %+v", line, l)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("line %d: %v, want %v", line, got, want)
		}
		for k := range got {
			if got[k] != want[k] {
				t.Errorf("line %d: %v, want %v", line, got, want)
			}
		}
	}
}
