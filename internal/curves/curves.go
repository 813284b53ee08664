// Package curves counts on which days after the first new people come back: everybody, and by channel, platform and country.
package curves

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

const (
	// LastDay is the last day that curves follow, day 0 being that of the first visit.
	LastDay = 36
	// SmallCell is the number of people below which a group has no curve of its own.
	SmallCell = 10
	// mostGroups is how many groups of a breakdown have a curve of their own at most.
	mostGroups = 8
)

// The names of a curve that are not those of the data.
const (
	// All is By of the curve of everybody.
	All = "all"
	// Other is the name of what is left of a breakdown: small groups, and those beyond the largest.
	Other = "Other"
	// Unknown is the name of people of whom the data does not tell the group.
	Unknown = "unknown"
)

// Curve is how one group of new people comes back, day by day. All of them are people whose day LastDay is over.
type Curve struct {
	// By is All, or the feature that tells the groups apart: channel, platform or country.
	By string
	// Name is the group's name, "" for everybody.
	Name string
	// Rest is true for the groups that are joined as Other, whatever else may be called that.
	Rest  bool
	Users int
	// NDay counts who visited on just that day, Rolling who visited on that day or a later one up to LastDay; from day 0, on which
	// everybody visited, to LastDay.
	NDay, Rolling []Point
}

// Point is how many people were active on one day after the first, or from then on.
type Point struct{ Day, Active int }

// Breakdowns are the features by which the set can tell groups apart.
func Breakdowns(set *features.Set) []string {
	var list []string
	for _, by := range []string{"channel", "platform", "country"} {
		if i, ok := set.Index(by); ok && set.Features[i].Kind == features.Category {
			list = append(list, by)
		}
	}
	return list
}

// Read counts the curves of everybody and of the groups of each breakdown, the largest group first and Other last. The plan's cohort must
// have been made, and its features table with a column for each breakdown. There are no curves of fewer than SmallCell people, and none
// of a breakdown that tells no groups apart.
func Read(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, breakdowns []string) ([]Curve, error) {
	var list []Curve
	for i, sql := range Queries(d, p, breakdowns) {
		by := All
		if i > 0 {
			by = breakdowns[i-1]
		}
		groups, err := read(ctx, wh, sql)
		if err != nil {
			return nil, fmt.Errorf("count who comes back on which day, by %s: %w", by, err)
		}
		list = append(list, curvesOf(by, groups)...)
	}
	return list, nil
}

// group is the counts of one group, by day.
type group struct {
	name           string
	rest           bool
	users          int
	active, newest [LastDay + 1]int
}

func read(ctx context.Context, wh *warehouse.Warehouse, sql string) ([]*group, error) {
	columns, err := wh.ReadColumns(ctx, sql)
	if err != nil {
		return nil, err
	}
	var list []*group
	for i, name := range columns[0].Text {
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, &group{name: name})
		}
		g, day := list[len(list)-1], int(columns[1].Numbers[i])
		g.active[day], g.newest[day] = int(columns[2].Numbers[i]), int(columns[3].Numbers[i])
		g.users += g.newest[day]
	}
	return list, nil
}

// curvesOf turns counts into curves.
func curvesOf(by string, groups []*group) []Curve {
	shown := largest(groups)
	if by != All && len(shown) < 2 {
		return nil
	}
	list := make([]Curve, len(shown))
	for i, g := range shown {
		list[i] = g.curve(by)
	}
	return list
}

// largest are the groups of enough people, at most mostGroups, and the others joined. Where these have too few people together they could
// be found by taking the groups shown from everybody, so that the smallest group shown joins them.
func largest(groups []*group) []*group {
	sorted := slices.SortedFunc(slices.Values(groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.users, a.users), cmp.Compare(a.name, b.name))
	})
	own := 0
	for own < min(len(sorted), mostGroups) && sorted[own].users >= SmallCell {
		own++
	}
	rest := &group{name: Other, rest: true}
	for _, g := range sorted[own:] {
		rest.add(g)
	}
	for ; own > 0 && rest.users > 0 && rest.users < SmallCell; own-- {
		rest.add(sorted[own-1])
	}
	shown := slices.Clone(sorted[:own])
	if rest.users >= SmallCell {
		shown = append(shown, rest)
	}
	return shown
}

func (g *group) add(other *group) {
	g.users += other.users
	for day := range g.active {
		g.active[day] += other.active[day]
		g.newest[day] += other.newest[day]
	}
}

// curve adds up the people from their last visits backwards: whoever visited on a day or later has the last visit then or later.
func (g *group) curve(by string) Curve {
	c := Curve{By: by, Name: g.name, Rest: g.rest, Users: g.users, NDay: make([]Point, LastDay+1), Rolling: make([]Point, LastDay+1)}
	later := 0
	for day := LastDay; day >= 0; day-- {
		later += g.newest[day]
		c.NDay[day], c.Rolling[day] = Point{day, g.active[day]}, Point{day, later}
	}
	return c
}
