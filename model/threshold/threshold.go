// Package threshold turns probabilities into yes or no by a stated rule. A rule is told as a short text, which is kept beside the
// threshold it gave:
//
//	f1           the cut at which the F1 score of the judged users is highest
//	cost:5       missing a user who revisits costs 5 times what a false alarm costs
//	top:20%      there is room for 20 % of the users
//	break-even   as many users are said to revisit as do
//	0.4          this probability
package threshold

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// The kinds of Rule.
const (
	F1        = "f1"
	Cost      = "cost"
	Capacity  = "capacity"
	BreakEven = "break-even"
	Fixed     = "fixed"
)

// Rule says how a threshold is chosen. Make one with Parse.
type Rule struct {
	// Kind is one of the constants above.
	Kind string
	// Share is the part of the users that there is room for, above 0 and at most 1, for kind capacity.
	Share float64
	// CostRatio is what missing a user who revisits costs, in false alarms, for kind cost.
	CostRatio float64
	// Value is the threshold of kind fixed.
	Value float64
}

// wanted ends the message about a rule that cannot be read.
const wanted = `give f1, cost:5 (what a miss costs in false alarms), top:20% (the share there is room for), break-even, or a probability like 0.4`

// Parse reads a rule as the package's comment writes it.
func Parse(text string) (Rule, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch {
	case text == F1 || text == BreakEven:
		return Rule{Kind: text}, nil
	case kind == "cost":
		ratio, err := strconv.ParseFloat(value, 64)
		if err != nil || !(ratio > 0 && ratio <= 1e6) {
			return Rule{}, fmt.Errorf("threshold rule %q: %q is no cost ratio; give a number above 0 and at most a million, like cost:5", text, value)
		}
		return Rule{Kind: Cost, CostRatio: ratio}, nil
	case kind == "top":
		digits, percent := strings.CutSuffix(value, "%")
		share, err := strconv.ParseFloat(digits, 64)
		// A percentage may be so small that its share is 0.
		if err != nil || !percent || !(share/100 > 0 && share <= 100) {
			return Rule{}, fmt.Errorf("threshold rule %q: %q is no share of the users; give a percentage above 0 and at most 100, like top:20%%", text, value)
		}
		return Rule{Kind: Capacity, Share: share / 100}, nil
	}
	p, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return Rule{}, fmt.Errorf("threshold rule %q is unknown; %s", text, wanted)
	case !(p > 0 && p < 1):
		return Rule{}, fmt.Errorf("threshold rule %q: a probability lies between 0 and 1; %s", text, wanted)
	}
	return Rule{Kind: Fixed, Value: p}, nil
}

// String is the text that Parse reads as r.
func (r Rule) String() string {
	switch r.Kind {
	case Cost:
		return "cost:" + number(r.CostRatio)
	case Capacity:
		// The shortest percentage that reads back as the same share.
		return "top:" + number(percent(r.Share)) + "%"
	case Fixed:
		return number(r.Value)
	}
	return r.Kind
}

// Sentence says the rule in words, for people.
func (r Rule) Sentence() phrase.Phrase {
	switch {
	case r.Kind == F1:
		return phrase.Of("where precision and recall are best together (the highest F1)")
	case r.Kind == Cost && r.CostRatio == 1:
		return phrase.Of("where missing a user who revisits costs what a false alarm costs")
	case r.Kind == Cost:
		return phrase.Of("where missing a user who revisits costs %s times what a false alarm costs", number(r.CostRatio))
	case r.Kind == Capacity:
		return phrase.Of("where the top %s %% of the users are a yes", number(percent(r.Share)))
	case r.Kind == BreakEven:
		return phrase.Of("where as many users are said to revisit as do")
	}
	return phrase.Of("set by hand")
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// percent undoes the division by 100 in Parse: of the two neighbours that rounding allows, the one with the shorter text.
func percent(share float64) float64 {
	text := strconv.FormatFloat(share*100, 'g', 15, 64)
	p, _ := strconv.ParseFloat(text, 64)
	if p/100 == share {
		return p
	}
	return share * 100
}

// At is the threshold for probabilities p and labels y of the same users: a user of that probability or more is a yes. No users give 0.5
// where the rule looks at them. Lengths that differ panic.
func (r Rule) At(p []float64, y []bool) float64 {
	if len(p) != len(y) {
		panic(fmt.Sprintf("threshold: %d probabilities for %d labels", len(p), len(y)))
	}
	switch {
	case r.Kind == Fixed:
		return r.Value
	case r.Kind == Cost:
		// A yes costs 1-p of a false alarm and saves p misses: with probabilities that can be taken at their word no user need be
		// looked at (Elkan, IJCAI 2001).
		return 1 / (1 + r.CostRatio)
	case len(p) == 0:
		return 0.5
	}
	groups := descending(p, y)
	switch r.Kind {
	case F1:
		return bestF1(groups)
	case Capacity:
		return within(groups, r.Share*float64(len(p)))
	case BreakEven:
		return breakEven(p, y)
	}
	panic(fmt.Sprintf("threshold: kind %q is unknown", r.Kind))
}

// group are the users of one probability, with all users of a higher one.
type group struct {
	p float64
	// users and positives count from the highest probability down to this one.
	users, positives float64
}

// descending groups the users from the highest probability down.
func descending(p []float64, y []bool) []group {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	var groups []group
	var users, positives float64
	for _, i := range order {
		users++
		if y[i] {
			positives++
		}
		if last := len(groups) - 1; last >= 0 && groups[last].p == p[i] {
			groups[last].users, groups[last].positives = users, positives
			continue
		}
		groups = append(groups, group{p[i], users, positives})
	}
	return groups
}

// below is the middle between a group and the next lower one, so that a later user just between falls to the nearer side.
func below(groups []group, k int) float64 {
	if k+1 == len(groups) {
		return groups[k].p
	}
	return between(groups[k].p, groups[k+1].p)
}

// between is the middle of two probabilities, and the higher one where rounding would make the lower one a yes too.
func between(high, low float64) float64 {
	if middle := (high + low) / 2; middle > low {
		return middle
	}
	return high
}

// bestF1 cuts where 2*hits/(yeses + positives) is highest, the higher cut of equals.
func bestF1(groups []group) float64 {
	positives := groups[len(groups)-1].positives
	if positives == 0 {
		return 0.5
	}
	best, at := 0.0, 0
	for k, g := range groups {
		if f := 2 * g.positives / (g.users + positives); f > best {
			best, at = f, k
		}
	}
	return below(groups, at)
}

// within cuts below as many users as there is room for. Users of one probability go together; the first group goes even where it alone is
// too large, as a rule that says no to everybody helps nobody.
func within(groups []group, room float64) float64 {
	at := 0
	for k, g := range groups {
		// A part of a billionth of a user is rounding.
		if g.users <= room*(1+1e-9) {
			at = k
		}
	}
	return below(groups, at)
}

// breakEven cuts in the middle between the last user who has a place and the first who has none, where there are as many places as
// users who revisit, so that precision equals recall but for ties.
func breakEven(p []float64, y []bool) float64 {
	positives := 0
	for _, v := range y {
		if v {
			positives++
		}
	}
	if positives == 0 || positives == len(p) {
		return 0.5
	}
	sorted := slices.Sorted(slices.Values(p))
	slices.Reverse(sorted)
	return between(sorted[positives-1], sorted[positives])
}
