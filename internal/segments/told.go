package segments

import (
	"cmp"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

const (
	// mostTraits is how many traits are told of a kind.
	mostTraits = 5
	// marked is by how many standard deviations the mean of a kind differs from that of all for a trait to be told at all, strong for one
	// that may name it.
	marked, strong = 0.2, 0.5
)

// habit is one column of one kind.
type habit struct {
	column int
	// mean and all are means of how often; apart is the difference of the means of the logarithms, in standard deviations of all.
	mean, all, apart float64
}

// told are the kinds with their names and traits, the one with most people first.
func (s *search) told(groups []group, v *view) []Segment {
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.users, a.users) })
	var list []Segment
	var profiles []profile
	for _, g := range groups {
		habits := s.habits(g, groups, v)
		segment := Segment{Users: g.users, Share: float64(g.users) / float64(len(s.Y)), Revisiting: g.revisiting}
		for _, h := range habits[:min(len(habits), mostTraits)] {
			if math.Abs(h.apart) >= marked {
				segment.Traits = append(segment.Traits, Trait{Name: s.name(h.column), Label: s.label(h.column), Mean: h.mean, All: h.all})
			}
		}
		list, profiles = append(list, segment), append(profiles, s.profile(habits))
	}
	for k, name := range named(profiles) {
		list[k].Name = name
	}
	return list
}

// habits are the columns of a kind, the one that differs most first.
func (s *search) habits(g group, all []group, v *view) []habit {
	var out []habit
	for j, column := range s.t.columns {
		times, logs := 0, 0.0
		for _, other := range all {
			times, logs = times+other.times[j], logs+other.logs[j]
		}
		users, own := float64(len(s.Y)), float64(g.users)
		out = append(out, habit{
			column: column, mean: float64(g.times[j]) / own, all: float64(times) / users,
			apart: (g.logs[j]/own - logs/users) / v.deviation[j],
		})
	}
	slices.SortStableFunc(out, func(a, b habit) int { return cmp.Compare(math.Abs(b.apart), math.Abs(a.apart)) })
	return out
}

func (s *search) name(column int) string {
	if column == len(s.Actions) {
		return VisitDays
	}
	return s.Actions[column]
}

// label is what readers call a column.
func (s *search) label(column int) phrase.Phrase {
	if column == len(s.Actions) {
		return phrase.Of("days with a visit in the first week")
	}
	if label, ok := s.Labels[s.Actions[column]]; ok && !label.Empty() {
		return label
	}
	return phrase.Name(s.Actions[column])
}
