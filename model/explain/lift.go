package explain

import (
	"cmp"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Change is one action done more often than the user did it, and what the model would say then.
type Change struct {
	// Action is the event, Feature the column that counts it.
	Action  string `json:"action"`
	Feature string `json:"feature"`
	// From is the user's own value, nil where it is missing; To the new one, Sentence the new one in words.
	From     *float64 `json:"from"`
	To       float64  `json:"to"`
	Sentence string   `json:"sentence"`
	// Probability is that of the changed row, Gain by how much it lies above the user's own.
	Probability float64 `json:"probability"`
	Gain        float64 `json:"gain"`
}

const (
	// maxLevels is how many levels of one action are scored at most.
	maxLevels = 40
	// usual is the share of the training users who did an action no more often than the highest level that is tried.
	usual = 0.9
	// enough is the share of an action's best gain for which doing it still more often is not asked.
	enough = 0.9
)

// Actions are the events that the model's features are about, sorted.
func Actions(a *model.Artifact) []string {
	var actions []string
	for _, f := range a.Manifest.Set.Features {
		if f.Action != "" {
			actions = append(actions, f.Action)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// Lift tries each of the possible actions on the user of the row and gives at most n of those that raise the probability, most gain first.
// An action is tried at levels that training users had, above what the user did and up to what 90 % of them did at most, and once where
// the user never did it; of the levels the smallest is given that brings 90 % of the action's best gain. The row is not changed.
//
// It is what the model would say of a user who had such a row. It is not what would become of this user if somebody made him do it: who
// does more of something differs in other ways too. What an action causes is for the report's causal part to say, or for an experiment.
func Lift(a *model.Artifact, row []float32, possible []string, n int) []Change {
	changes := []Change{}
	if n <= 0 {
		return changes
	}
	l := lifter{a: a, row: row, base: a.Probability(row), trial: make([]float32, len(row))}
	for _, action := range slices.Compact(slices.Sorted(slices.Values(possible))) {
		if d, ok := l.find(action); ok {
			if c, ok := l.best(d); ok {
				changes = append(changes, c)
			}
		}
	}
	slices.SortStableFunc(changes, func(x, y Change) int { return cmp.Compare(y.Gain, x.Gain) })
	return changes[:min(n, len(changes))]
}

// lifter tries actions on one user.
type lifter struct {
	a    *model.Artifact
	row  []float32
	base float64
	// trial is the changed row.
	trial []float32
}

// deed is one action as the columns tell it.
type deed struct {
	action string
	// lever is the column that is set to the level, of are the events that it counts, days tells that it counts days.
	lever int
	of    features.Filter
	days  bool
	// others are the action's other columns.
	others []int
}

// find looks the action up. Its lever is the first Count of the whole week, or the first Days where no such Count is left in the set; an
// action with neither cannot be set to a level, and is not found.
func (l *lifter) find(action string) (d deed, ok bool) {
	d = deed{action: action, lever: -1}
	var columns []int
	for j, f := range l.a.Manifest.Set.Features {
		if f.Action != action || action == "" {
			continue
		}
		columns = append(columns, j)
		switch x := f.Expr.(type) {
		case features.Count:
			if whole(x.Of) && (d.lever < 0 || d.days) {
				d.lever, d.of, d.days = j, x.Of, false
			}
		case features.Days:
			if whole(x.Of) && d.lever < 0 {
				d.lever, d.of, d.days = j, x.Of, true
			}
		}
	}
	d.others = slices.DeleteFunc(columns, func(j int) bool { return j == d.lever })
	return d, d.lever >= 0
}

// best scores the levels and takes the smallest that is good enough.
func (l *lifter) best(d deed) (c Change, ok bool) {
	levels := l.levels(d)
	chances := make([]float64, len(levels))
	most := l.base
	for i, level := range levels {
		l.do(d, level)
		chances[i] = l.a.Probability(l.trial)
		if chances[i] > most {
			most = chances[i]
		}
	}
	if !(most > l.base) {
		return c, false
	}
	i := slices.IndexFunc(chances, func(p float64) bool { return p-l.base >= enough*(most-l.base) })
	m := &l.a.Manifest
	f := m.Set.Features[d.lever]
	c = Change{
		Action: d.action, Feature: f.Name, To: float64(levels[i]), Sentence: f.Say(m.Fields[d.lever].Decode(levels[i])),
		Probability: chances[i], Gain: chances[i] - l.base,
	}
	if v := l.row[d.lever]; v == v {
		from := float64(v)
		c.From = &from
	}
	return c, true
}

// levels are the whole numbers to try, rising: once for who never did it, if any training user did, and the edges of the training users'
// histogram above what the user did.
func (l *lifter) levels(d deed) []float32 {
	h := l.reference(d.lever)
	most, ok := quantile(h, usual)
	if !ok {
		return nil
	}
	var levels []float32
	if last := len(h.Edges) - 1; h.Edges[last] > 0 || h.Edges[last] == 0 && h.Counts[last+1] > 0 {
		levels = append(levels, 1)
	}
	for _, edge := range h.Edges {
		if edge <= most {
			levels = append(levels, float32(math.Floor(float64(edge))))
		}
	}
	done, limit := l.done(d), l.limit(d)
	levels = slices.DeleteFunc(levels, func(v float32) bool { return v <= done || v > limit })
	slices.Sort(levels)
	levels = slices.Compact(levels)
	kept := make([]float32, 0, maxLevels)
	for _, i := range spread(len(levels), maxLevels) {
		kept = append(kept, levels[i])
	}
	return kept
}

// done is how often the user did it for certain, also where only the column of a part of the week tells.
func (l *lifter) done(d deed) float32 {
	done := float32(0)
	if v := l.row[d.lever]; v > 0 {
		done = v
	}
	for _, j := range d.others {
		part := features.Filter{}
		switch x := l.a.Manifest.Set.Features[j].Expr.(type) {
		case features.Days:
			part = x.Of
		case features.Count:
			if !d.days {
				part = x.Of
			}
		}
		if v := l.row[j]; v > done && subset(part.Events, d.of.Events) {
			done = v
		}
	}
	return done
}

// limit is the highest level that the rest of the row allows: nothing is done on more days than are over, or than the user came on.
func (l *lifter) limit(d deed) float32 {
	if !d.days {
		return math.MaxFloat32
	}
	limit := l.lastDay() + 1
	for j, f := range l.a.Manifest.Set.Features {
		if x, ok := f.Expr.(features.Days); ok && len(x.Of.Events) == 0 && unbound(x.Of) && l.row[j] < limit {
			limit = l.row[j]
		}
	}
	return limit
}

// lastDay is the last day of the first week that the row has seen: 6, or what a model that scores earlier days was told.
func (l *lifter) lastDay() float32 {
	for j, f := range l.a.Manifest.Set.Features {
		if _, ok := f.Expr.(features.Known); ok && l.row[j] < features.WeekDays-1 {
			return max(l.row[j], 0)
		}
	}
	return features.WeekDays - 1
}

// do makes the trial row: the user's own, the lever at the level, and the action's other columns where that leaves the row possible.
func (l *lifter) do(d deed, level float32) {
	copy(l.trial, l.row)
	l.trial[d.lever] = level
	for _, j := range d.others {
		l.trial[j] = l.follow(d, j, level)
	}
}

// follow is what becomes of another column of the action. A column of all the lever's events is said to cover it.
//
//	Count   covering: at least the level; else left, 0 where missing
//	Days    covering: at least 1, at least the level where the lever counts days; else left, 0 where missing
//	Distinct   names or sessions, covering: at least 1; else left, 0 where missing
//	Total   left; a sum 0 where missing
//	Until   left; covering: the median of the training users where missing, within the days that are over
//	Since   the same
//	Share   left; the median where missing and its whole covers
//	Trend, Pick, Clock, Known   left
//
// What is left stays possible, as the action is only ever done more often: a part of the week is no more than the week. Where a column is
// missing that cannot be for somebody who did it, it gets the value of who did it outside the part, without the parameter, at a usual hour.
func (l *lifter) follow(d deed, j int, level float32) float32 {
	v := l.row[j]
	switch x := l.a.Manifest.Set.Features[j].Expr.(type) {
	case features.Count:
		return atLeast(v, level, covers(x.Of, d.of))
	case features.Days:
		if !d.days {
			level = 1
		}
		return atLeast(v, level, covers(x.Of, d.of))
	case features.Distinct:
		return atLeast(v, 1, x.Field != "screen" && covers(x.Of, d.of))
	case features.Total:
		if x.How == "sum" && v != v {
			return 0
		}
	case features.Until:
		return l.median(j, covers(x.Of, d.of), 24*(l.lastDay()+1))
	case features.Since:
		return l.median(j, covers(x.Of, d.of), l.lastDay())
	case features.Share:
		return l.median(j, covers(x.Whole, d.of), 1)
	}
	return v
}

// atLeast raises a count that covers the lever to the level. Any other count is left, and 0 where it is missing.
func atLeast(v, level float32, covering bool) float32 {
	switch {
	case covering && !(v >= level):
		return level
	case v != v:
		return 0
	}
	return v
}

// median is the user's value, or where that is missing and covers the lever the median of the training users, limit at most.
func (l *lifter) median(j int, covering bool, limit float32) float32 {
	v := l.row[j]
	if v == v || !covering {
		return v
	}
	if m, ok := quantile(l.reference(j), 0.5); ok {
		return min(m, limit)
	}
	return v
}

// reference is the training users' histogram of a column, empty where the artifact has none.
func (l *lifter) reference(j int) model.Histogram {
	if r := l.a.Manifest.Reference; j < len(r) {
		return r[j]
	}
	return model.Histogram{}
}

// quantile is the smallest edge that at least the share q of the users with a value do not exceed, the last edge where there is none.
func quantile(h model.Histogram, q float64) (edge float32, ok bool) {
	if len(h.Edges) == 0 || len(h.Counts) != len(h.Edges)+1 {
		return 0, false
	}
	known := 0
	for _, n := range h.Counts {
		known += n
	}
	below := 0
	for i, edge := range h.Edges {
		below += h.Counts[i]
		if float64(below) >= q*float64(known) {
			return edge, true
		}
	}
	return h.Edges[len(h.Edges)-1], true
}

// whole is true for a filter of named events that keeps them wherever and whenever they happen.
func whole(f features.Filter) bool { return len(f.Events) > 0 && unbound(f) }

func unbound(f features.Filter) bool {
	return f.Screen == "" && f.Days == nil && f.Hours == nil && !f.Weekend && !f.FirstSession
}

// covers is true where the filter keeps all events that the lever's keeps.
func covers(f, lever features.Filter) bool { return whole(f) && subset(lever.Events, f.Events) }

// subset is true where there are parts and each is one of all.
func subset(parts, all []string) bool {
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(e string) bool { return !slices.Contains(all, e) })
}
