package moments

import (
	"time"
)

// mostCohorts is how many groups of weeks are told apart, cohortUsers how many people each has at least.
const (
	mostCohorts = 6
	cohortUsers = 200
)

// cohorts are groups of whole weeks of first days; of is the group of each user. Without two of the size there are none.
type cohorts struct {
	groups []span
	of     []uint8
}

// span is the Mondays of a group's first and last week, as days since 1970-01-01, and how many people it has.
type span struct{ from, to, users int }

// cohortsOf divides the weeks into groups of nearly as many people each.
func cohortsOf(day0 []int) cohorts {
	c := cohorts{of: make([]uint8, len(day0))}
	want := min(mostCohorts, len(day0)/cohortUsers)
	if want < 2 {
		return c
	}
	first, last := monday(day0[0]), monday(day0[0])
	for _, d := range day0 {
		first, last = min(first, monday(d)), max(last, monday(d))
	}
	weeks := make([]int, (last-first)/7+1)
	for _, d := range day0 {
		weeks[(monday(d)-first)/7]++
	}
	group := c.divide(weeks, first, len(day0), want)
	if len(c.groups) < 2 {
		c.groups = nil
		return c
	}
	for u, d := range day0 {
		c.of[u] = uint8(group[(monday(d)-first)/7])
	}
	return c
}

// divide closes a group whenever its share of the people is reached, and gives each week its group. A last group that is too small joins
// the one before.
func (c *cohorts) divide(weeks []int, first, all, want int) []int {
	group, seen, open := make([]int, len(weeks)), 0, span{from: first}
	for w, n := range weeks {
		group[w] = len(c.groups)
		seen, open.users, open.to = seen+n, open.users+n, first+7*w
		if open.users >= cohortUsers && seen*want >= (len(c.groups)+1)*all {
			c.groups, open = append(c.groups, open), span{from: first + 7*(w+1)}
		}
	}
	if open.users > 0 && len(c.groups) > 0 {
		last := &c.groups[len(c.groups)-1]
		last.to, last.users = open.to, last.users+open.users
		for w := range group {
			group[w] = min(group[w], len(c.groups)-1)
		}
	}
	return group
}

// monday is the Monday of a day's week; day 0, 1970-01-01, was a Thursday.
func monday(day int) int { return day - ((day+3)%7+7)%7 }

// stability are the differences of the groups, and whether they agree. A group in which fewer than the smallest number of people did it, or
// did not, has no difference.
func (c *cohorts) stability(byGroup []table) (list []Cohort, agree bool) {
	var known []table
	for k, g := range c.groups {
		difference := unknown
		if t := byGroup[k]; t.done >= smallest && t.not >= smallest {
			difference = t.difference()
			known = append(known, t)
		}
		list = append(list, Cohort{From: date(g.from), To: date(g.to), Users: g.users, Difference: difference})
	}
	return list, stable(known)
}

func date(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }
