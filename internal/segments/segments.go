// Package segments finds three to six kinds of new people by what they do in their first week.
package segments

import (
	"errors"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// days is how many days of the first week the counts tell apart.
const days = 7

// most is where a count of one day stops.
const most = 255

// Input is people and what they did, all in one order.
type Input struct {
	// Actions are the app's own events; Counts[k][user*7+day] is how often action k was done, saturated at 255.
	Actions []string
	Counts  [][]uint8
	// VisitDays are the days with a visit in the first week.
	VisitDays []int
	// Y tells who revisits. It has no part in the division.
	Y []bool
	// Labels are what readers call the actions; an action without one goes by its name.
	Labels map[string]phrase.Phrase
}

// Options bound the search. The zero value is not valid: start from Defaults.
type Options struct {
	// Fewest and Most are the numbers of kinds tried.
	Fewest, Most int
	// Sample is on how many people at most the kinds are learnt; everybody is assigned to one afterwards.
	Sample int
	// Starts is from how many random starts k-means begins, Splits how often the people are halved to see whether halves agree.
	Starts, Splits int
	// MinAgreement is the adjusted Rand index of halves below which no division is told.
	MinAgreement float64
	// MinShare and MinUsers are the least share and number of the sampled people in a kind, and those who must do an action for it to count.
	MinShare float64
	MinUsers int
	// Seed is of everything random.
	Seed uint64
}

// Defaults are the documented defaults.
func Defaults() Options {
	return Options{Fewest: 3, Most: 6, Sample: 20_000, Starts: 6, Splits: 3, MinAgreement: 0.6, MinShare: 0.02, MinUsers: 30}
}

// Result is the kinds found.
type Result struct {
	// Users are the people who were divided.
	Users int
	// List has the kinds, the one with most people first. It is empty where no division is stable.
	List []Segment
	// Why says how their number was chosen, or why there are none. Its parts are whole sentences.
	Why phrase.Phrase
	// Agreement is the mean adjusted Rand index of halves divided apart, NaN where they were not.
	Agreement float64
}

// Segment is one kind.
type Segment struct {
	// Name says what they do; no two kinds have one name.
	Name phrase.Phrase
	// Users are its people, Share of all, of whom Revisiting revisit.
	Users      int
	Share      float64
	Revisiting int
	// Traits set them apart, the strongest first.
	Traits []Trait
}

// VisitDays is the name of the trait that is no action: the days with a visit.
const VisitDays = "visit_days"

// Trait is a habit whose mean differs.
type Trait struct {
	Name  string
	Label phrase.Phrase
	// Mean is how often the kind does it in the first week, All how often everybody does.
	Mean, All float64
}

func (in Input) check() error {
	users := len(in.Y)
	if len(in.Counts) != len(in.Actions) {
		return fmt.Errorf("there are counts of %d actions for %d", len(in.Counts), len(in.Actions))
	}
	for k, c := range in.Counts {
		if len(c) != users*days {
			return fmt.Errorf("action %s has %d counts for %d people of %d days", in.Actions[k], len(c), users, days)
		}
	}
	if len(in.VisitDays) != users {
		return fmt.Errorf("there are visit days of %d people for %d", len(in.VisitDays), users)
	}
	for _, v := range in.VisitDays {
		if v < 0 || v > days {
			return fmt.Errorf("somebody has %d visit days in a week", v)
		}
	}
	return nil
}

func (o Options) check() error {
	if !(2 <= o.Fewest && o.Fewest <= o.Most && o.Most <= 20) {
		return fmt.Errorf("%d to %d kinds are asked for; they must ascend within 2 to 20", o.Fewest, o.Most)
	}
	if o.Sample < 1 || o.Starts < 1 || o.Splits < 1 {
		return errors.New("at least one person, start and split are needed")
	}
	if o.MinUsers < smallest {
		return fmt.Errorf("the least number of people is %d; nothing is told of fewer than %d", o.MinUsers, smallest)
	}
	if !(o.MinShare >= 0 && o.MinShare < 1) || !(o.MinAgreement >= 0 && o.MinAgreement <= 1) {
		return fmt.Errorf("the least share is %v and the least agreement %v; they lie within 0 and 1", o.MinShare, o.MinAgreement)
	}
	return nil
}

// smallest is the size of the smallest group that anything is told of.
const smallest = 10
