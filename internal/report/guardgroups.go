package report

import (
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// guardCurves joins the small groups of each breakdown. Groups of a breakdown add up to everybody, whose curve stands on the same page:
// a small group that was only left out could be found by subtraction, so it takes others along, as joinSmall does.
func guardCurves(in []Curve) []Curve {
	var by []string
	everybody := 0
	for _, c := range in {
		if !slices.Contains(by, c.By) {
			by = append(by, c.By)
		}
		if c.By == allPeople {
			everybody += c.Users
		}
	}
	var out []Curve
	for _, name := range by {
		groups := keep(in, func(c *Curve) bool { return c.By == name && c.Users > 0 })
		out = append(out, joinCurves(groups, everybody)...)
	}
	return keep(out, func(c *Curve) bool {
		c.NDay, c.Rolling = rated(c.NDay, c.Users), rated(c.Rolling, c.Users)
		return true
	})
}

// allPeople is Curve.By of the curve of everybody.
const allPeople = "all"

// joinCurves keeps the order of the groups of one breakdown; the joined ones come last.
func joinCurves(groups []Curve, everybody int) []Curve {
	kept, rest := joinSmall(groups, func(c Curve) int { return c.Users }, joinTwo)
	out := slices.DeleteFunc(slices.Clone(groups), func(c Curve) bool {
		return !slices.ContainsFunc(kept, func(k Curve) bool { return k.Name == c.Name })
	})
	if rest != nil {
		rest.Name = OtherGroups
		out = append(out, *rest)
	}
	if len(kept) == 0 && len(groups) > 1 {
		// All of them joined are everybody once more.
		return nil
	}
	return withLeft(out, func(c Curve) int { return c.Users }, everybody)
}

// withLeft drops the smallest group where those of the total who are in no group are a few: they are then not alone.
func withLeft[T any](in []T, people func(T) int, total int) []T {
	smallest := -1
	for k, v := range in {
		total -= people(v)
		if smallest < 0 || people(v) < people(in[smallest]) {
			smallest = k
		}
	}
	if !few(total) || smallest < 0 {
		return in
	}
	return slices.Delete(slices.Clone(in), smallest, smallest+1)
}

func joinTwo(a, b Curve) Curve {
	return Curve{By: a.By, Name: OtherGroups, Users: a.Users + b.Users, NDay: addDays(a.NDay, b.NDay), Rolling: addDays(a.Rolling, b.Rolling)}
}

// addDays adds up the days that both curves have.
func addDays(a, b []CurvePoint) []CurvePoint {
	var out []CurvePoint
	for _, p := range a {
		if k := slices.IndexFunc(b, func(q CurvePoint) bool { return q.Day == p.Day }); k >= 0 {
			out = append(out, CurvePoint{Day: p.Day, Active: p.Active + b[k].Active})
		}
	}
	return out
}

func rated(in []CurvePoint, users int) []CurvePoint {
	return keep(in, func(p *CurvePoint) bool {
		p.Rate = wilson(p.Active, users)
		return true
	})
}

// OtherSegments names the small kinds of people, joined.
const OtherSegments = "Other kinds, joined"

// guardSegments joins small kinds of people. Kinds add up to all people, and the traits of all are shown beside each: what was only left
// out could be found by subtraction.
func guardSegments(g *Segments) {
	if g.Users < SmallestCell {
		*g = Segments{}
		return
	}
	filled := keep(g.List, func(s *Segment) bool { return s.Users > 0 })
	kept, rest := joinSmall(filled, func(s Segment) int { return s.Users }, func(a, b Segment) Segment {
		return Segment{Users: a.Users + b.Users, Share: a.Share + b.Share, Revisiting: a.Revisiting + b.Revisiting}
	})
	out := slices.DeleteFunc(slices.Clone(filled), func(s Segment) bool {
		return !slices.ContainsFunc(kept, func(k Segment) bool { return k.Name.Equal(s.Name) && k.Users == s.Users })
	})
	if rest != nil {
		// What sets one kind apart does not hold for several.
		rest.Name, rest.Traits = phrase.Of(OtherSegments), nil
		out = append(out, *rest)
	}
	out = withLeft(out, func(s Segment) int { return s.Users }, g.Users)
	g.List = keep(out, func(s *Segment) bool {
		s.Rate = wilson(s.Revisiting, s.Users)
		return true
	})
}

// guardTruth keeps a version that scored too few people, and says no more of it than that.
func guardTruth(in []Truth) []Truth {
	return keep(in, func(t *Truth) bool {
		if t.Users < SmallestCell {
			*t = Truth{
				Version: t.Version, From: t.From, To: t.To, Revisiting: unknown, Predicted: unknown, Observed: Unknown(), AUC: Unknown(),
				TrainingAUC: t.TrainingAUC, LogLoss: unknown, ECE: unknown, Status: truthFew,
			}
		}
		return true
	})
}
