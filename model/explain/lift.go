package explain

import (
	"cmp"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Change is something that a user has not done, or not as often, and what the model would say of a user who had.
type Change struct {
	// Action is the event, Feature the column that counts it.
	Action, Feature string
	// From is how often the user has done it, nil where that is missing; To is how often the other user has.
	From *float64
	To   float64
	// Sentence says To in words.
	Sentence string
	// Probability is the other user's, Gain how far it is above this one's.
	Probability, Gain float64
}

// Actions are the events that the model counts, in order of their names: those that Lift can suggest.
func Actions(a *model.Artifact) []string {
	var actions []string
	for _, f := range a.Manifest.Set.Features {
		if _, counts := f.Expr.(features.Count); counts && f.Action != "" && !slices.Contains(actions, f.Action) {
			actions = append(actions, f.Action)
		}
	}
	slices.Sort(actions)
	return actions
}

// enough is the part of an action's best gain for which a smaller number of times is preferred: people can do something twice more, not
// forty times.
const enough = 0.9

// Lift is what of the possible actions would raise the row's probability most, at most n of them, the most gain first. For each it tries
// the levels of the reference users above the row's own, up to their 90th percentile, and gives the smallest that brings 90 % of the best
// gain. An action that would raise nothing is left out.
//
// It tells what the model would say of another user, who did more and is the same otherwise. It does not tell what doing more would
// cause: people who do something differ from those who do not.
//
// So that the other user could exist, the action's features change together:
//
//	count          the new level
//	days           at least 1, where the row has none
//	hours until    the reference users' median, where the row has none
//	anything else  stays, as do all features that are about no action or another one
func Lift(a *model.Artifact, row []float32, possible []string, n int) []Change {
	now := a.Probability(row)
	other := make([]float32, len(row))
	var changes []Change
	for _, action := range Actions(a) {
		if !slices.Contains(possible, action) {
			continue
		}
		if c, ok := raise(a, row, other, action, now); ok {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(x, y Change) int { return cmp.Compare(y.Gain, x.Gain) })
	return changes[:min(n, len(changes))]
}

// raise tries the levels of one action. other is memory for a row.
func raise(a *model.Artifact, row, other []float32, action string, now float64) (Change, bool) {
	count := slices.IndexFunc(a.Manifest.Set.Features, func(f features.Feature) bool {
		_, counts := f.Expr.(features.Count)
		return counts && f.Action == action
	})
	levels := above(reference(a, count), row[count])
	said := make([]float64, len(levels))
	for i, level := range levels {
		copy(other, row)
		did(a, other, action, level)
		said[i] = a.Probability(other)
	}
	if len(said) == 0 || slices.Max(said) <= now {
		return Change{}, false
	}
	best := slices.Max(said) - now
	i := slices.IndexFunc(said, func(p float64) bool { return p-now >= enough*best })
	f := a.Manifest.Set.Features[count]
	c := Change{
		Action: action, Feature: f.Name, To: float64(levels[i]), Probability: said[i], Gain: said[i] - now,
		Sentence: f.Say(features.Value{Number: float64(levels[i])}),
	}
	if from := float64(row[count]); from == from {
		c.From = &from
	}
	return c, true
}

// did makes row that of a user who did the action so many times.
func did(a *model.Artifact, row []float32, action string, times float32) {
	for j, f := range a.Manifest.Set.Features {
		if f.Action != action {
			continue
		}
		switch f.Expr.(type) {
		case features.Count:
			row[j] = times
		case features.Days:
			if !(row[j] >= 1) {
				row[j] = 1
			}
		case features.Until:
			if median, known := median(reference(a, j)); known && row[j] != row[j] {
				row[j] = median
			}
		}
	}
}

// reference is the histogram of column j among the training users, empty where the artifact has none.
func reference(a *model.Artifact, j int) model.Histogram {
	if j < len(a.Manifest.Reference) {
		return a.Manifest.Reference[j]
	}
	return model.Histogram{}
}

// above are the whole numbers above v that reference users reach: the edges of their bins, and 1 where v is nothing yet and anybody did
// more than nothing.
func above(h model.Histogram, v float32) []float32 {
	var levels []float32
	if !(v >= 1) && anybodyDid(h) {
		levels = append(levels, 1)
	}
	for _, edge := range h.Edges {
		if edge >= 1 && !(edge <= v) && !slices.Contains(levels, edge) {
			levels = append(levels, edge)
		}
	}
	return levels
}

// anybodyDid reports whether a reference user has a value above 0.
func anybodyDid(h model.Histogram) bool {
	for i, n := range h.Counts {
		if n > 0 && (i == len(h.Edges) && len(h.Edges) > 0 || i < len(h.Edges) && h.Edges[i] > 0) {
			return true
		}
	}
	return false
}

// median is the upper end of the bin in which the reference users' median lies; known is false where nobody has a value.
func median(h model.Histogram) (value float32, known bool) {
	total, below := 0, 0
	for _, n := range h.Counts {
		total += n
	}
	if total == 0 || len(h.Edges) == 0 {
		return 0, false
	}
	for i, n := range h.Counts {
		if below += n; 2*below >= total {
			return h.Edges[min(i, len(h.Edges)-1)], true
		}
	}
	return h.Edges[len(h.Edges)-1], true
}
