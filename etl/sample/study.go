package sample

import (
	"fmt"
	"math/rand/v2"
)

// World says what the actions of a simulated app do.
type World string

// The worlds of a Study.
const (
	// Planted is the app as it is documented.
	Planted World = "planted"
	// Null is an app whose actions do nothing: people differ by eagerness, channel and visits alone.
	Null World = "null"
	// Drawn multiplies each cause's weight by a factor drawn from the seed: 0, a half, 1 or one and a half.
	Drawn World = "drawn"
)

// Study is the first weeks of the labelled new users of a simulated app, in memory: what the pipeline makes of its events, for measuring
// how well effects are found again. Devices of the app store, staff and second installations are left out.
type Study struct {
	Revisit []bool
	// Day0 is the day of the first visit, in days since the start of the data; VisitDays how many of the first seven days had a visit.
	Day0, VisitDays, LastDay []int
	// FirstDay counts the events of the first day.
	FirstDay                           []int
	Channel, Platform, Country, Device []string
	// Actions are the app's own, Counts[k][7*user+day] how often one was done.
	Actions []string
	Counts  [][]uint8
	lives   []life
}

// NewStudy simulates the people of an app.
func NewStudy(opt Options, world World) (*Study, error) {
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	cal, err := newCalendar(opt)
	if err != nil {
		return nil, fmt.Errorf("sample: build the calendar: %w", err)
	}
	does, err := effectsOf(world, opt.Seed)
	if err != nil {
		return nil, err
	}
	s := &Study{}
	for k := notificationOpen; k < kinds; k++ {
		if k != appRemove && k != appUpdate && k != osUpdate {
			s.Actions = append(s.Actions, names[k])
		}
	}
	s.Counts = make([][]uint8, len(s.Actions))
	for person := range opt.Users {
		l := liveIn(does, opt, cal, person)[0]
		if l.status == newcomer && l.day0+labelEnd <= cal.days {
			l.finish(cal)
			s.add(l, cal)
		}
	}
	return s, nil
}

func effectsOf(world World, seed uint64) (*effects, error) {
	does := effects{intercept: intercept, share: shareWeight}
	switch world {
	case Planted:
		return nil, nil
	case Null:
		// Without what the actions add, as many revisit by and large.
		return &effects{intercept: -2.2}, nil
	case Drawn:
		rng := rand.New(rand.NewPCG(seed, mix(0xca05e5)))
		for _, c := range causes {
			c.weight *= float64(rng.IntN(4)) / 2
			does.causes = append(does.causes, c)
		}
		does.share *= float64(rng.IntN(4)) / 2
		return &does, nil
	}
	return nil, fmt.Errorf("sample: world %q is unknown; it is %s, %s or %s", world, Planted, Null, Drawn)
}

// add takes one person's first week.
func (s *Study) add(l life, cal *calendar) {
	at := len(s.Revisit)
	for k := range s.Counts {
		s.Counts[k] = append(s.Counts[k], make([]uint8, firstWeek)...)
	}
	index := map[kind]int{}
	for k, name := range s.Actions {
		for what, other := range names {
			if other == name {
				index[kind(what)] = k
			}
		}
	}
	first := 0
	for _, e := range l.events {
		day := cal.day(e.at) - l.day0
		if day < 0 || day >= firstWeek {
			continue
		}
		if day == 0 {
			first++
		}
		if k, ok := index[e.name]; ok && s.Counts[k][at*firstWeek+day] < 255 {
			s.Counts[k][at*firstWeek+day]++
		}
	}
	d, p := devices[l.device], places[l.place]
	s.Revisit, s.Day0, s.FirstDay = append(s.Revisit, l.revisit), append(s.Day0, l.day0), append(s.FirstDay, first)
	s.VisitDays, s.LastDay = append(s.VisitDays, l.week.visits), append(s.LastDay, l.week.lastDay)
	s.Channel, s.Platform = append(s.Channel, channels[l.channel].id), append(s.Platform, d.os)
	s.Country, s.Device = append(s.Country, p.country), append(s.Device, d.category)
	s.lives = append(s.lives, l)
}

// Effect is the true average effect of doing an action at least n times, against less often, with all else equal, among the
// given people, in shares. ok is false
// where the formula of revisiting has another threshold for the action, so that the effect depends on how often it would have been done.
func (s *Study) Effect(action string, n int, among []bool) (effect float64, ok bool) {
	var what kind
	for k, name := range names {
		if name == action {
			what = kind(k)
		}
	}
	ok = true
	for _, c := range s.lives[0].week.effects().causes {
		ok = ok && (c.kind != what || c.weight == 0 || c.threshold == n)
	}
	ok = ok && (what != meetingShareKakao && what != friendAdd || n == 1)
	people := 0.0
	for i := range s.lives {
		if !among[i] {
			continue
		}
		people++
		done, not := s.lives[i].week, s.lives[i].week
		done.counts[what], not.counts[what] = max(done.counts[what], n), min(not.counts[what], n-1)
		effect += sigmoid(done.logOdds()) - sigmoid(not.logOdds())
	}
	return effect / max(people, 1), ok
}

// Thresholds are from how often on each cause works: 1 for all other actions.
func (s *Study) Thresholds() map[string]int {
	out := map[string]int{}
	for _, c := range causes {
		out[names[c.kind]] = c.threshold
	}
	return out
}
