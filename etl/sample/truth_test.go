package sample

import (
	"math"
	"testing"
)

// A cause is causal: flipping the action alone moves the log-odds by its weight, whoever the user is.
func TestFlippingACauseMovesTheLogOddsByItsWeight(t *testing.T) {
	cal, err := newCalendar(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for person := range 300 {
		l := live(Defaults(), cal, person)[0]
		if l.status != newcomer {
			continue
		}
		w := l.week
		w.counts[meetingShareKakao] = 0
		for _, c := range causes {
			done, not := w, w
			done.counts[c.kind], not.counts[c.kind] = c.threshold, c.threshold-1
			if got := done.logOdds() - not.logOdds(); math.Abs(got-c.weight) > 1e-12 {
				t.Fatalf("%s moves the log-odds by %g, want %g", names[c.kind], got, c.weight)
			}
		}
		for _, k := range riders {
			more := w
			more.counts[k] += 5
			if more.logOdds() != w.logOdds() {
				t.Fatalf("rider %s moves the log-odds", names[k])
			}
		}
	}
}

func TestSharingCountsOnlyWithAFriend(t *testing.T) {
	w := week{visits: 1}
	alone := w
	alone.counts[meetingShareKakao] = 1
	if alone.logOdds() != w.logOdds() {
		t.Error("sharing alone moves the log-odds")
	}
	w.counts[friendAdd] = 1
	both := w
	both.counts[meetingShareKakao] = 1
	if got := both.logOdds() - w.logOdds(); math.Abs(got-shareWeight) > 1e-12 {
		t.Errorf("sharing with a friend moves the log-odds by %g, want %g", got, shareWeight)
	}
}

func TestRankAUC(t *testing.T) {
	for _, tc := range []struct {
		p    []float64
		y    []bool
		want float64
	}{
		{[]float64{.1, .2, .8, .9}, []bool{false, false, true, true}, 1},
		{[]float64{.9, .8, .2, .1}, []bool{false, false, true, true}, 0},
		{[]float64{.5, .5, .5, .5}, []bool{false, true, false, true}, .5},
		{[]float64{.1, .4, .35, .8}, []bool{false, false, true, true}, .75},
	} {
		if got := rankAUC(tc.p, tc.y); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("rankAUC(%v, %v) = %g, want %g", tc.p, tc.y, got, tc.want)
		}
	}
}
