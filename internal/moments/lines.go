package moments

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// otherLines are how many visits revisiting might ask for besides the rule's.
var otherLines = []int{2, 5}

// lines tells what the moments would look like under other lines.
func (s *search) lines(ctx context.Context, r *Result) error {
	if s.Visits == nil {
		return nil
	}
	visits := slices.Compact(slices.Sorted(slices.Values(append([]int{s.Line}, otherLines...))))
	for _, n := range visits {
		l := Line{Visits: n, Chosen: n == s.Line, Users: s.all}
		for _, v := range s.Visits {
			if v >= n {
				l.Revisiting++
			}
		}
		l.BaseRate = metrics.Wilson(l.Revisiting, l.Users)
		for _, m := range r.List {
			l.Actions = append(l.Actions, LineAction{Action: m.Action, Label: m.Label})
		}
		r.Lines = append(r.Lines, l)
	}
	next := make(chan int, len(r.List))
	for k := range r.List {
		next <- k
	}
	close(next)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for k := range next {
				if ctx.Err() != nil {
					return
				}
				for i, d := range s.underLines(r.List[k], visits) {
					r.Lines[i].Actions[k].HeldEqual = d
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("look at other lines: %w", err)
	}
	return nil
}

// underLines are a moment's differences among people with as many visit days, one a line.
func (s *search) underLines(m Moment, visits []int) []metrics.Interval {
	k, t := slices.Index(s.Actions, m.Action), threshold{m.Times, m.Day}
	tables := make([][strata]table, len(visits))
	for u := range s.all {
		done, stratum := s.did(k, u, t), max(0, min(s.VisitDays[u], days))
		for i, n := range visits {
			back := 0
			if s.Visits[u] >= n {
				back = 1
			}
			tables[i][stratum].add(done, 1, back)
		}
	}
	list := make([]metrics.Interval, len(visits))
	for i := range tables {
		list[i] = heldEqual(tables[i][:])
	}
	return list
}
