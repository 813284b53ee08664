package spend

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// Advice says where the next budget should go, and how sure that is.
type Advice struct {
	// Says are whole sentences, the answer first; none where no ad channel has enough people.
	Says []phrase.Phrase
	// Channels and Campaigns are the chances to have the lowest cost per revisiting user, in the order of the table's rows. They add up
	// to 1. NaN stands for rows that are not compared: without spend, or with fewer than SmallCell labelled users.
	Channels, Campaigns []float64
}

const (
	// redraws is how often the counts are drawn again: the standard error of a chance is at most 0.0035.
	redraws = 20_000
	// sure is the chance from which on one is called the cheapest.
	sure = 0.8
	// mostSaid is how many channels have a sentence of their own.
	mostSaid = 3
	// unplacedShare is the share of spend without a channel from which on it is told.
	unplacedShare = 0.05
	// mostTimes is how many times the data are imagined at most.
	mostTimes = 20
)

// rival is a row that is compared with others, on the days whose new users are labelled.
type rival struct {
	at         int
	row        *Row
	spent      float64
	revisiting float64
	chance     float64
}

// Advise compares the costs per revisiting user of the days that have an answer. The same seed gives the same advice.
//
// The users who revisit are a Poisson count of unknown mean. After k of them, with the prior of H. Jeffreys (An invariant form for the
// prior probability in estimation problems, Proceedings of the Royal Society A 186, 1946), the mean is gamma distributed with the shape
// k + 1/2 (A. Gelman et al., Bayesian Data Analysis, 2013, section 2.6). Means are drawn for all rows, again and again; the chance of a
// row is the share of the draws in which the spend by the mean is lowest (W. R. Thompson, On the likelihood that one unknown probability
// exceeds another in view of the evidence of two samples, Biometrika 25, 1933).
func (t *Table) Advise(seed uint64) Advice {
	channels, campaigns := compare(t.Channels, Channel, seed), compare(t.Campaigns, Campaign, seed)
	return Advice{
		Says: t.says(channels, campaigns, seed), Channels: inOrder(channels, len(t.Channels)), Campaigns: inOrder(campaigns, len(t.Campaigns)),
	}
}

// compare finds the rivals among the rows and their chances, the likeliest first. One alone has no chance to speak of.
func compare(rows []Row, kind Kind, seed uint64) []rival {
	var list []rival
	for i := range rows {
		r := &rows[i]
		if r.Kind == kind && r.SpendLabelled > 0 && r.LabelledUsers != nil && *r.LabelledUsers >= SmallCell {
			list = append(list, rival{i, r, r.SpendLabelled.Units(), float64(*r.RevisitingUsers), math.NaN()})
		}
	}
	if len(list) > 1 {
		for i, chance := range chances(list, 1, seed) {
			list[i].chance = chance
		}
		slices.SortStableFunc(list, func(a, b rival) int { return cmp.Compare(b.chance, a.chance) })
	}
	return list
}

// chances are those of the rivals to be the cheapest, were the same counts seen so many times.
func chances(list []rival, times float64, seed uint64) []float64 {
	src := rand.NewPCG(seed, 0x5be4d)
	won := make([]int, len(list))
	for range redraws {
		best, lowest := 0, math.Inf(1)
		for i, r := range list {
			mean := distuv.Gamma{Alpha: times * (r.revisiting + 0.5), Beta: times, Src: src}.Rand()
			if price := r.spent / mean; price < lowest {
				best, lowest = i, price
			}
		}
		won[best]++
	}
	out := make([]float64, len(list))
	for i, n := range won {
		out[i] = float64(n) / redraws
	}
	return out
}

func inOrder(list []rival, rows int) []float64 {
	out := slices.Repeat([]float64{math.NaN()}, rows)
	for _, r := range list {
		out[r.at] = r.chance
	}
	return out
}

// says puts the comparison into sentences.
func (t *Table) says(channels, campaigns []rival, seed uint64) []phrase.Phrase {
	if len(channels) == 0 || len(channels) == 1 && channels[0].revisiting == 0 {
		return nil
	}
	list := []phrase.Phrase{t.saysFirst(channels)}
	if first := channels[0]; len(channels) > 1 {
		for _, r := range channels[:min(len(channels), mostSaid)] {
			list = append(list, t.saysOne(r))
		}
		if first.chance < sure {
			list = append(list, t.saysMore(channels, seed))
		}
		list = append(list, t.saysExpected(channels)...)
	}
	list = append(list, t.saysCampaigns(channels, campaigns)...)
	return append(append(list, t.saysUnplaced()...), average)
}

// average warns of what the figures are not.
var average = phrase.Of("These are average costs of what was spent so far, not the cost of the next person: raise a budget in steps, " +
	"and look again after each.")

// saysFirst is the answer.
func (t *Table) saysFirst(list []rival) phrase.Phrase {
	first := list[0]
	switch name := first.row.Name; {
	case len(list) == 1:
		return phrase.Of("Only %s has spend and enough people with an answer, so that there is nothing to compare its cost with: "+
			"%s for a revisiting person.", name, t.price(first))
	case first.revisiting == 0:
		return phrase.Of("The data cannot tell which of %d channels brings revisiting people at the lowest cost: it may be %s, "+
			"which has brought nobody who revisits yet.", len(list), name)
	case first.chance >= sure:
		return phrase.Of("The next budget should go to %s first: in %d of 100 redraws of the data it is the cheapest of %d channels, "+
			"at %s for a revisiting person.", name, of100(first.chance), len(list), t.price(first))
	}
	return phrase.Of("The data cannot tell which of %d channels brings revisiting people at the lowest cost: the likeliest is %s, "+
		"the cheapest in %d of 100 redraws; %d would be enough to say so.", len(list), first.row.Name, of100(first.chance), of100(sure))
}

func (t *Table) saysOne(r rival) phrase.Phrase {
	if r.revisiting == 0 {
		return phrase.Of("%s cost %s and brought nobody who revisits; in %d of 100 redraws it is the cheapest.", r.row.Name,
			t.amount(r.spent), of100(r.chance))
	}
	return phrase.Of("%s brings a revisiting person for %s; in %d of 100 redraws it is the cheapest.", r.row.Name, t.price(r),
		of100(r.chance))
}

// saysMore tells what it takes until one is the cheapest surely enough, if the counts grow as they are.
func (t *Table) saysMore(list []rival, seed uint64) phrase.Phrase {
	for _, times := range []float64{1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 13, 16, mostTimes} {
		if slices.Max(chances(list, times, seed)) < sure {
			continue
		}
		return phrase.Of("If the costs stay what they are, about %d more weeks of the same spend whose people have an answer would tell.",
			int(math.Ceil((times-1)*t.labelledDays()/7)))
	}
	return phrase.Of("If the costs stay what they are, even %d times the data would not tell: they are too much alike for the cost "+
		"to decide.", mostTimes)
}

// saysExpected tells which is the cheapest when those are counted who are too young for an answer, where that is known of all.
func (t *Table) saysExpected(list []rival) []phrase.Phrase {
	value := func(r rival) float64 {
		if c := r.row.CostPerExpectedUser; c != nil && c.Value != nil {
			return *c.Value
		}
		return math.NaN()
	}
	if slices.ContainsFunc(list, func(r rival) bool { return math.IsNaN(value(r)) }) {
		return nil
	}
	first := slices.MinFunc(list, func(a, b rival) int { return cmp.Compare(value(a), value(b)) })
	return []phrase.Phrase{phrase.Of("Counting also those too young for an answer, as the model expects of them, %s is the cheapest: "+
		"%s for a revisiting person.", first.row.Name, t.amount(value(first)))}
}

// saysCampaigns speaks of the campaigns where they are not the channels under other names.
func (t *Table) saysCampaigns(channels, campaigns []rival) []phrase.Phrase {
	if len(campaigns) < 2 || campaigns[0].revisiting == 0 || slices.Equal(figures(channels), figures(campaigns)) {
		return nil
	}
	first := campaigns[0]
	if first.chance >= sure {
		return []phrase.Phrase{phrase.Of("Of %d campaigns, %s is the cheapest in %d of 100 redraws, at %s for a revisiting person.",
			len(campaigns), first.row.Name, of100(first.chance), t.price(first))}
	}
	return []phrase.Phrase{phrase.Of("Of %d campaigns none can be called the cheapest; the likeliest is %s, in %d of 100 redraws.",
		len(campaigns), first.row.Name, of100(first.chance))}
}

// figures are what rivals are compared by, in an order that their names do not change.
func figures(list []rival) [][2]float64 {
	out := make([][2]float64, len(list))
	for i, r := range list {
		out[i] = [2]float64{r.spent, r.revisiting}
	}
	slices.SortFunc(out, func(a, b [2]float64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return out
}

// saysUnplaced warns of spend that no channel is held to.
func (t *Table) saysUnplaced() []phrase.Phrase {
	var unplaced Money
	for i := range t.Channels {
		if t.Channels[i].Kind == Unmatched {
			unplaced += t.Channels[i].SpendLabelled
		}
	}
	if unplaced.Units() < unplacedShare*t.Total.SpendLabelled.Units() {
		return nil
	}
	return []phrase.Phrase{phrase.Of("%d %% of the spend belongs to no channel and is not compared.",
		int(math.Round(100*unplaced.Units()/t.Total.SpendLabelled.Units())))}
}

// labelledDays is how many days have new users with an answer.
func (t *Table) labelledDays() float64 {
	first, err := time.Parse(time.DateOnly, t.From)
	last, later := time.Parse(time.DateOnly, t.LabelledTo)
	if errors.Join(err, later) != nil {
		return math.NaN()
	}
	return last.Sub(first).Hours()/24 + 1
}

// of100 is a chance in whole numbers, on the side of sure that it is on, and never 100 while it is not certain.
func of100(chance float64) int {
	n := int(math.Round(100 * chance))
	switch {
	case chance < sure:
		return min(n, int(100*sure)-1)
	case chance < 1:
		return min(n, 99)
	}
	return n
}

func (t *Table) price(r rival) phrase.Phrase { return t.amount(r.spent / r.revisiting) }

// amount writes money with its currency, in whole units from 100 up.
func (t *Table) amount(x float64) phrase.Phrase {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	if x >= 100 {
		text = thousands(strconv.FormatFloat(x, 'f', 0, 64))
	}
	return phrase.Name(strings.TrimSpace(text + " " + t.Currency))
}

// thousands parts the digits of a whole number in threes.
func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
