// Package curves counts on which days after the first new people come back: everybody, and by channel, platform and country.
package curves

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	columns, err := wh.ReadColumns(ctx, Query(d, p, breakdowns))
	if err != nil {
		return nil, fmt.Errorf("count who comes back on which day: %w", err)
	}
	counts := columns[len(breakdowns):]
	list := curvesOf(All, add(counts, slices.Repeat([]string{""}, counts[0].Len())))
	for i, by := range breakdowns {
		list = append(list, curvesOf(by, add(counts, columns[i].Text))...)
	}
	return list, nil
}

// group is the counts of one group, by day: who visited on it, and who did then or later.
type group struct {
	name     string
	rest     bool
	on, from [LastDay + 1]int
}

// users are all of the group: everybody visits on day 0.
func (g *group) users() int { return g.on[0] }

// add sums up the rows of each name.
func add(counts []warehouse.ColumnData, names []string) []*group {
	found := map[string]*group{}
	for row, name := range names {
		if found[name] == nil {
			found[name] = &group{name: name}
		}
		g := found[name]
		for day := range g.on {
			g.on[day] += int(counts[day].Numbers[row])
			g.from[day] += int(counts[LastDay+1+day].Numbers[row])
		}
	}
	return slices.Collect(maps.Values(found))
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
		return cmp.Or(cmp.Compare(b.users(), a.users()), cmp.Compare(a.name, b.name))
	})
	own := 0
	for own < min(len(sorted), mostGroups) && sorted[own].users() >= SmallCell {
		own++
	}
	rest := &group{name: Other, rest: true}
	for _, g := range sorted[own:] {
		rest.add(g)
	}
	for ; own > 0 && rest.users() > 0 && rest.users() < SmallCell; own-- {
		rest.add(sorted[own-1])
	}
	shown := slices.Clone(sorted[:own])
	if rest.users() >= SmallCell {
		shown = append(shown, rest)
	}
	return shown
}

func (g *group) add(other *group) {
	for day := range g.on {
		g.on[day] += other.on[day]
		g.from[day] += other.from[day]
	}
}

func (g *group) curve(by string) Curve {
	c := Curve{By: by, Name: g.name, Rest: g.rest, Users: g.users()}
	for day := range g.on {
		c.NDay, c.Rolling = append(c.NDay, Point{day, g.on[day]}), append(c.Rolling, Point{day, g.from[day]})
	}
	return c
}
