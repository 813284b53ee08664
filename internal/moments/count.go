package moments

import (
	"context"
	"runtime"
	"sync"
)

// strata are the visit days by the end of the week, 0 to 7.
const strata = days + 1

// crossing is one threshold and day of an action: its table by stratum and by cohort group.
type crossing struct {
	times, day         int
	byStratum, byGroup []table
}

// people are what an action is counted against.
type people struct {
	back []bool
	// stratum is each user's visit days, group the cohort group, of which there are groups.
	stratum, group []uint8
	groups         int
}

// whole is the table of all.
func (c *crossing) whole() (all table) {
	for _, t := range c.byStratum {
		all.done, all.doneBack = all.done+t.done, all.doneBack+t.doneBack
		all.not, all.notBack = all.not+t.not, all.notBack+t.notBack
	}
	return all
}

// crossings counts every action at every threshold, by day and then by times, in one pass over its counts. Times and on ascend.
func crossings(ctx context.Context, counts [][]uint8, p people, times, on []int) ([][]crossing, error) {
	list := make([][]crossing, len(counts))
	next := make(chan int, len(counts))
	for k := range counts {
		next <- k
	}
	close(next)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(counts)) {
		workers.Go(func() {
			for k := range next {
				if ctx.Err() != nil {
					return
				}
				list[k] = crossingsOf(counts[k], p, times, on)
			}
		})
	}
	workers.Wait()
	return list, ctx.Err()
}

// tally counts users and those of them who revisit, by day asked, threshold reached (0 is none), stratum and group.
type tally struct{ users, back []int }

func crossingsOf(counts []uint8, p people, times, on []int) []crossing {
	levels, size := len(times)+1, len(on)*(len(times)+1)*strata*p.groups
	t := tally{make([]int, size), make([]int, size)}
	for u, back := range p.back {
		week, sum, day, level := counts[u*days:(u+1)*days], 0, 0, 0
		for d, end := range on {
			for ; day <= end; day++ {
				sum += int(week[day])
			}
			for level < len(times) && sum >= times[level] {
				level++
			}
			at := ((d*levels+level)*strata+int(p.stratum[u]))*p.groups + int(p.group[u])
			t.users[at]++
			if back {
				t.back[at]++
			}
		}
	}
	var list []crossing
	for d, end := range on {
		for level, n := range times {
			list = append(list, t.crossing(d, level+1, levels, p.groups))
			list[len(list)-1].times, list[len(list)-1].day = n, end
		}
	}
	return list
}

// crossing adds up who reached the level on the day d asked, and who did not.
func (t tally) crossing(d, level, levels, groups int) crossing {
	c := crossing{byStratum: make([]table, strata), byGroup: make([]table, groups)}
	for l := range levels {
		for s := range strata {
			for g := range groups {
				at := ((d*levels+l)*strata+s)*groups + g
				for _, to := range []*table{&c.byStratum[s], &c.byGroup[g]} {
					to.add(l >= level, t.users[at], t.back[at])
				}
			}
		}
	}
	return c
}

func (t *table) add(done bool, users, back int) {
	if done {
		t.done, t.doneBack = t.done+users, t.doneBack+back
		return
	}
	t.not, t.notBack = t.not+users, t.notBack+back
}
