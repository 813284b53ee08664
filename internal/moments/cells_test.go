package moments

import (
	"math"
	"testing"
)

func tableCell(times, day int, t table) cell {
	return cell{Figures: Figures{Times: times, Day: day}, crossing: crossing{times: times, day: day, byStratum: []table{t}}}
}

// By hand: 40 of 100 did it and 30 of them revisit, as do 20 of the others: sensitivity 30/50, specificity 40/50.
func TestYoudenByHand(t *testing.T) {
	c := tableCell(1, 6, table{40, 30, 60, 20})
	if got := c.youden(); math.Abs(got-0.4) > 1e-12 {
		t.Errorf("Youden's index is %v, want 0.4", got)
	}
	for name, of := range map[string]table{"nobody revisits": {40, 0, 60, 0}, "everybody does": {40, 40, 60, 60}} {
		if c := tableCell(1, 6, of); c.youden() != 0 {
			t.Errorf("%s: %v, want 0", name, c.youden())
		}
	}
}

func TestChosen(t *testing.T) {
	weak, strong := table{40, 25, 60, 25}, table{40, 30, 60, 20}
	// The adjusted effect is not looked at.
	tempting := tableCell(3, 6, weak)
	tempting.Adjusted.Value = 1
	for name, c := range map[string]struct {
		tried []cell
		want  int
	}{
		"the best of the week":        {[]cell{tableCell(1, 6, weak), tableCell(2, 6, strong), tempting}, 1},
		"the fewest times of equals":  {[]cell{tableCell(1, 6, weak), tableCell(2, 6, strong), tableCell(3, 6, strong)}, 1},
		"earlier days do not count":   {[]cell{tableCell(1, 0, strong), tableCell(1, 6, weak)}, 1},
		"no threshold of the week":    {[]cell{tableCell(1, 0, strong), tableCell(1, 2, weak)}, 1},
		"an action that goes with no": {[]cell{tableCell(1, 6, table{60, 20, 40, 30}), tableCell(2, 6, table{50, 20, 50, 30})}, 1},
	} {
		if got := chosen(c.tried); got != c.want {
			t.Errorf("%s: chosen is %d, want %d", name, got, c.want)
		}
	}
}

// Two thresholds with equal counts are of other people: both are tried.
func TestEqualCountsAreNotTheSamePeople(t *testing.T) {
	s := &search{all: 4, o: Options{MinUsers: 2}, Input: Input{Counts: [][]uint8{make([]uint8, 4*days)}}}
	// Users 0 and 1 do it once on day 0, users 2 and 3 twice on day 3.
	s.Counts[0][0], s.Counts[0][days], s.Counts[0][2*days+3], s.Counts[0][3*days+3] = 1, 1, 2, 2
	half := []table{{done: 2, not: 2}}
	list := []crossing{{times: 1, day: 0, byStratum: half}, {times: 2, day: 6, byStratum: half}, {times: 2, day: 3, byStratum: half}}
	tried := s.distinct(0, list)
	if len(tried) != 2 || tried[0].Day != 0 || tried[1].Day != 6 {
		t.Errorf("tried are %+v", tried)
	}
}
