package report

import (
	"fmt"
	"math"
	"slices"
)

// heat is the table of retention by cohort and week.
type heat struct {
	Weeks []int
	Rows  []heatRow
}

// newestRows is how many cohorts are seen at once: half a year. Those before fold away, so that a long log does not push the rest of the
// page out of sight.
const newestRows = 26

// Newest are the newest cohorts.
func (h heat) Newest() heat { return heat{h.Weeks, h.Rows[max(0, len(h.Rows)-newestRows):]} }

// Older are the cohorts before the newest.
func (h heat) Older() heat { return heat{h.Weeks, h.Rows[:max(0, len(h.Rows)-newestRows)]} }

type heatRow struct {
	Cohort string
	Users  int
	Cells  []cell
}

// cell is a share with the class that colours it; empty where it is not known.
type cell struct {
	Text  string
	Class string
	Title string
}

// mostWeeks keeps the heat map on the paper; report.json has all weeks.
const mostWeeks = 13

func (s speaker) heat(cohorts []WeekCohort) heat {
	longest := 0
	for _, c := range cohorts {
		longest = max(longest, len(c.Active))
	}
	longest = min(longest, mostWeeks)
	h := heat{}
	for week := range longest {
		h.Weeks = append(h.Weeks, week)
	}
	for _, c := range cohorts {
		row := heatRow{Cohort: s.days(c.Week, c.LastWeek), Users: c.Users, Cells: make([]cell, longest)}
		for week := range min(longest, len(c.Active)) {
			share := float64(c.Active[week]) / float64(c.Users)
			row.Cells[week] = shade(share, s.t("week %d: %s", week, s.people(c.Active[week], c.Users)))
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

// shade colours a share in 8 steps, finer at the low end, where retention lies.
func shade(share float64, title string) cell {
	if !finite(share) {
		return cell{}
	}
	step := int(math.Min(7, math.Floor(8*math.Sqrt(math.Max(0, share)))))
	return cell{Text: decimal(0, 100*share), Class: fmt.Sprintf("h%d", step), Title: title}
}

// ruleGrid is the table of base rates by rule: a row for each number of visits, a column for each number of weeks.
type ruleGrid struct {
	Weeks []int
	Rows  []ruleRow
}

type ruleRow struct {
	Visits int
	Cells  []ruleCell
}

type ruleCell struct {
	cell
	Chosen bool
}

func (s speaker) ruleGrid(in []Neighbour) ruleGrid {
	var g ruleGrid
	var visits []int
	for _, n := range in {
		g.Weeks, visits = append(g.Weeks, n.Weeks), append(visits, n.Visits)
	}
	slices.Sort(g.Weeks)
	slices.Sort(visits)
	g.Weeks = slices.Compact(g.Weeks)
	for _, v := range slices.Compact(visits) {
		row := ruleRow{Visits: v, Cells: make([]ruleCell, len(g.Weeks))}
		for _, n := range in {
			if n.Visits != v {
				continue
			}
			at, _ := slices.BinarySearch(g.Weeks, n.Weeks)
			row.Cells[at] = ruleCell{cell: shade(n.BaseRate.Value, s.people(n.Revisiting, n.Users)), Chosen: n.Chosen}
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
