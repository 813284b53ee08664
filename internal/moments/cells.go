package moments

import (
	"math"
	"reflect"

	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// cell is a threshold tried.
type cell struct {
	Figures
	crossing
	// estimate is nil where none was asked for.
	estimate *causal.Estimate
}

// distinct are the thresholds of action k that enough people reached and enough did not, by day and then by times. Of those that the same
// people reached one is kept: that of the later day, which is the week's, and of these that of fewer times.
func (s *search) distinct(k int, list []crossing) []cell {
	drop := make([]bool, len(list))
	for i, c := range list {
		all := c.whole()
		drop[i] = min(all.done, all.not) < s.o.MinUsers
	}
	for i := range list {
		for j := range list {
			if i == j || drop[i] || drop[j] || !reflect.DeepEqual(list[i].byStratum, list[j].byStratum) {
				continue
			}
			better := list[j].day > list[i].day || list[j].day == list[i].day && list[j].times < list[i].times
			drop[i] = better && s.same(k, list[i], list[j])
		}
	}
	var tried []cell
	for i, c := range list {
		if !drop[i] {
			tried = append(tried, cell{crossing: c, Figures: c.figures()})
		}
	}
	return tried
}

// same tells that the same people reached both thresholds of an action.
func (s *search) same(k int, a, b crossing) bool {
	for u := range s.all {
		if s.did(k, u, a.crossed()) != s.did(k, u, b.crossed()) {
			return false
		}
	}
	return true
}

// threshold is an action done at least times times by the end of day.
type threshold struct{ times, day int }

func (c *crossing) crossed() threshold { return threshold{c.times, c.day} }

// did tells whether the user at place u did action k as often by the end of the day; later days do not count.
func (s *search) did(k, u int, t threshold) bool {
	sum := 0
	for _, n := range s.Counts[k][u*days : u*days+t.day+1] {
		sum += int(n)
	}
	return sum >= t.times
}

// figures are those that are counted; the adjusted ones are unknown.
func (c *crossing) figures() Figures {
	all := c.whole()
	users, back, nan := all.done+all.not, all.doneBack+all.notBack, math.NaN()
	f := Figures{
		Times: c.times, Day: c.day, Users: all.done, Revisiting: all.doneBack,
		Reach: metrics.Wilson(all.done, users), With: metrics.Wilson(all.doneBack, all.done), Without: metrics.Wilson(all.notBack, all.not),
		NPV: metrics.Wilson(all.not-all.notBack, all.not), Sensitivity: unknown,
		Lift: all.lift(), Difference: all.difference(), HeldEqual: heldEqual(c.byStratum),
		Adjusted: unknown, P: nan, Q: nan, Overlap: nan, Balance: nan, EValue: nan, EValueLow: nan,
	}
	if back > 0 {
		f.Sensitivity = metrics.Wilson(all.doneBack, back)
	}
	return f
}

// chosen is the index of the threshold that is shown for an action: of those of the whole week the one that tells best who revisits, the
// fewest times where several do. Where the whole week has none, because nearly everybody does it by then, the last day that has one stands
// for it. The rule does not look at the adjusted effects, so that the effect shown is not the largest of many by choice, and its interval
// and q hold.
func chosen(tried []cell) int {
	last := tried[len(tried)-1].Day
	best, most := -1, 0.0
	for i := range tried {
		if tried[i].Day != last {
			continue
		}
		if j := tried[i].youden(); best < 0 || j > most+1e-12 {
			best, most = i, j
		}
	}
	return best
}

// youden is sensitivity plus specificity less one (W. J. Youden, Index for rating diagnostic tests, Cancer 3, 1950); 0 where everybody or
// nobody revisits.
func (c *cell) youden() float64 {
	all := c.whole()
	back, away := all.doneBack+all.notBack, all.done-all.doneBack+all.not-all.notBack
	if back == 0 || away == 0 {
		return 0
	}
	return float64(all.doneBack)/float64(back) - float64(all.done-all.doneBack)/float64(away)
}
