package segments

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

const (
	// broad is the share of the actions that must all be strong for a kind to be named by how much it does rather than by what.
	broad = 0.6
	// second is the share of the first trait's difference that another must reach to be named beside it.
	second = 0.6
	// idle is the share of all people's mean number of actions at or below which a kind does next to nothing.
	idle = 0.15
	// many is from how many times a week on average an action is done often.
	many = 2
)

// profile is what a kind is named by.
type profile struct {
	// more and less are the strong actions, the strongest first.
	more, less []trait
	// actions is how many actions there are, times how often a person of the kind does any, done that as a share of how often all do.
	actions, times int
	done           float64
	// visits is the difference in visit days, in standard deviations.
	visits float64
}

type trait struct {
	label phrase.Phrase
	// mean is how often, apart by how many standard deviations of all the kind differs.
	mean, apart float64
}

func (s *search) profile(habits []habit) profile {
	var p profile
	own, all := 0.0, 0.0
	for _, h := range habits {
		if h.column == len(s.Actions) {
			p.visits = h.apart
			continue
		}
		p.actions++
		own, all = own+h.mean, all+h.all
		switch t := (trait{s.label(h.column), h.mean, h.apart}); {
		case h.apart >= strong:
			p.more = append(p.more, t)
		case h.apart <= -strong:
			p.less = append(p.less, t)
		}
	}
	p.times, p.done = int(math.Round(own)), own/all
	return p
}

// named gives each kind the first of its names that no kind before it has.
func named(profiles []profile) []phrase.Phrase {
	var out []phrase.Phrase
	taken := map[string]bool{}
	for k, p := range profiles {
		names := p.names()
		for _, n := range names {
			if !taken[n.String()] {
				out = append(out, n)
				break
			}
		}
		if len(out) == k {
			out = append(out, phrase.Of("%s (kind %d)", names[0], k+1))
		}
		taken[out[k].String()] = true
	}
	return out
}

// names are those that fit a kind, the best first.
func (p profile) names() (list []phrase.Phrase) {
	switch {
	case p.done <= idle:
		list = append(list, phrase.Of("next to nothing"))
	case float64(len(p.more)) >= broad*float64(p.actions) && len(p.more) > 2:
		list = append(list, phrase.Of("much of everything (about %d actions)", p.times),
			phrase.Of("much of everything, most of all %s", p.more[0].label))
	}
	list = append(list, p.byMore()...)
	return append(list, p.byLess()...)
}

func (p profile) byMore() (list []phrase.Phrase) {
	if len(p.more) == 0 {
		return nil
	}
	first := p.more[0]
	one := phrase.Of("some %s", first.label)
	if first.mean >= many {
		one = phrase.Of("many %s", first.label)
	}
	if len(p.more) > 1 && p.more[1].apart >= second*first.apart {
		two := phrase.Of("some %s and %s", first.label, p.more[1].label)
		if min(first.mean, p.more[1].mean) >= many {
			two = phrase.Of("many %s and %s", first.label, p.more[1].label)
		}
		list = append(list, two)
	}
	list = append(list, one)
	if len(p.less) > 0 {
		list = append(list, phrase.Of("%s, fewer %s", one, p.less[0].label))
	}
	if math.Abs(p.visits) >= marked {
		list = append(list, p.visiting(one))
	}
	return list
}

func (p profile) byLess() (list []phrase.Phrase) {
	if p.done < 1-marked {
		list = append(list, phrase.Of("a little of everything (about %d actions)", p.times))
	}
	if len(p.less) > 0 {
		list = append(list, phrase.Of("fewer %s", p.less[0].label))
	}
	if len(p.more) == 0 {
		list = append(list, phrase.Of("some of everything (about %d actions)", p.times), p.visiting(phrase.Of("some of everything")))
	}
	return list
}

func (p profile) visiting(name phrase.Phrase) phrase.Phrase {
	if p.visits < 0 {
		return phrase.Of("%s, on few days", name)
	}
	return phrase.Of("%s, on many days", name)
}

func tooFewPeople(fewest int) phrase.Phrase {
	return phrase.Of("There are too few people to divide them into kinds: fewer than %d.", fewest)
}

func tooFewActions(least int) phrase.Phrase {
	return phrase.Of("There are too few actions to divide people by: fewer than two tell at least %d people from the others.", least)
}

func unrelated() phrase.Phrase {
	return phrase.Of("There are no kinds of people: how often somebody does one thing says next to nothing of what else they do.")
}

func unstable(best float64, o Options) phrase.Phrase {
	if math.IsInf(best, -1) {
		return phrase.Of("There are no kinds of people: with %d of them or more, some would hold next to nobody.", o.Fewest)
	}
	return phrase.Of("There is no stable division into kinds: two halves of the people, divided apart, agree at %s at most, and %s is "+
		"asked for (adjusted Rand index: 1 is wholly, 0 is chance).", fmt.Sprintf("%.2f", max(0, best)), fmt.Sprintf("%.2f", o.MinAgreement))
}

// chosen says how the number of kinds came about.
func (s *search) chosen(kinds int) phrase.Phrase {
	why := phrase.Of("Between %d and %d kinds were tried and %d chosen: of the numbers on which two halves of the people agree best, the one "+
		"whose kinds lie furthest apart.", s.o.Fewest, s.o.Most, kinds)
	if s.m == 1 {
		return phrase.Of("%s %s", why, phrase.Of("They differ in how much they do rather than in what."))
	}
	return why
}
