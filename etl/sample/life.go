package sample

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// status tells the sorts of users apart; only newcomers and lab devices have their first open in the data.
type status uint8

const (
	newcomer status = iota
	veteran
	refuser
	lab
	staff
)

// life is one installation of the app: from first open to the last event. A person who reinstalls has two.
type life struct {
	status  status
	person  int
	pseudo  string
	uid     string
	channel int
	device  int
	place   int
	// first is the instant of the first open, day0 its day.
	first int64
	day0  int
	// lag is how many days after a release the user updates.
	lag int
	// probability is the true probability to revisit, revisit the label drawn from it.
	probability float64
	revisit     bool
	// week is what the formula looks at, kept for the average effects.
	week   week
	events []event
}

// event is one row to be written.
type event struct {
	at       int64
	previous int64
	session  int64
	user     int32
	engaged  int32
	number   uint16
	index    uint16
	name     kind
	screen   uint8
	release  uint8
	value    uint8
}

// actor carries what is drawn once a person and drives all visits of a life.
type actor struct {
	rng   *rand.Rand
	cal   *calendar
	eager float64
	// taste is the person's own log-rate of each action.
	taste    []float64
	pushes   bool
	sessions int
	free     int64
	world    *effects
	*life
}

// live simulates one person from his own random stream, so that the order of people does not matter.
func live(opt Options, cal *calendar, person int) []life { return liveIn(nil, opt, cal, person) }

// liveIn is live in a world of other effects, nil for the documented ones.
func liveIn(world *effects, opt Options, cal *calendar, person int) []life {
	rng := rand.New(rand.NewPCG(opt.Seed, mix(uint64(person)+1)))
	a := newActor(rng, cal, person)
	a.world = world
	a.uid = uid(opt.Seed, person)
	if rng.Float64() < 0.12 {
		a.uid = ""
	}
	switch x := rng.Float64(); {
	case x < 0.10:
		a.status = veteran
		a.veteran()
		return []life{*a.life}
	case x < 0.105:
		a.status = refuser
		a.uid = ""
	}
	a.newcomer(cal.arrival(rng))
	if a.status == newcomer && rng.Float64() < 0.02 {
		return a.reinstall()
	}
	return []life{*a.life}
}

func newActor(rng *rand.Rand, cal *calendar, person int) *actor {
	a := &actor{rng: rng, cal: cal, life: &life{person: person}}
	a.pseudo = pseudo(rng)
	weights := make([]float64, len(channels))
	for i, c := range channels {
		weights[i] = c.weight
	}
	a.channel = pick(rng, weights)
	a.eager = rng.NormFloat64() + channels[a.channel].eager
	weights = weights[:0]
	for _, d := range devices {
		weights = append(weights, d.weight)
	}
	a.device = pick(rng, weights)
	weights = weights[:0]
	for _, p := range places {
		weights = append(weights, p.weight)
	}
	a.place = pick(rng, weights)
	a.taste = make([]float64, len(actions))
	for i := range a.taste {
		a.taste[i] = 0.8 * rng.NormFloat64()
	}
	a.pushes = rng.Float64() < 0.6
	a.lag = rng.IntN(8)
	return a
}

// newcomer lives a life that begins with a first open on day0.
func (a *actor) newcomer(day0 int) {
	a.day0 = day0
	a.firstDays()
	a.week = a.observe()
	a.probability = sigmoid(a.week.logOdds())
	a.revisit = a.rng.Float64() < a.probability
	a.labelDays()
	a.tail(a.day0 + labelEnd)
	a.depart()
	a.updates()
}

// firstDays lays out days 0 to 6: the more eager, the more visit days; a visit yesterday makes one today likelier.
func (a *actor) firstDays() {
	a.visit(a.day0, true)
	yesterday := true
	for d := 1; d < firstWeek; d++ {
		logit := -1.5 + 0.55*a.eager - 0.06*float64(d)
		if yesterday {
			logit += 0.6
		}
		a.push(a.day0+d, 0.3)
		yesterday = a.rng.Float64() < sigmoid(logit)
		if yesterday {
			a.visit(a.day0+d, false)
		}
	}
}

// labelDays lays out days 7 to 36 so that the number of visit days agrees with the drawn label.
func (a *actor) labelDays() {
	count := pick(a.rng, []float64{0.62, 0.25, 0.13})
	if a.revisit {
		count = revisitDays
		for count < 22 && a.rng.Float64() < 0.60 {
			count++
		}
	}
	var chosen [labelEnd]bool
	weights := make([]float64, labelEnd)
	for d := firstWeek; d < labelEnd; d++ {
		weights[d] = math.Exp(-float64(d-firstWeek) / 40)
	}
	for range count {
		d := pick(a.rng, weights)
		chosen[d], weights[d] = true, 0
	}
	for d := firstWeek; d < labelEnd; d++ {
		a.push(a.day0+d, 0.06)
		if chosen[d] {
			a.visit(a.day0+d, false)
		}
	}
}

// tail lays out the days from the given one to the end of the data with a decaying chance of a visit.
func (a *actor) tail(from int) {
	level := 0.006
	if a.revisit {
		level = 0.06 * math.Exp(0.2*a.eager)
	}
	for d := from; d < a.cal.days; d++ {
		if a.rng.Float64() < level*math.Exp(-float64(d-from)/60) {
			a.visit(d, false)
		}
	}
}

// veteran lives the part inside the data of someone who came before it began.
func (a *actor) veteran() {
	a.day0 = -1 - a.rng.IntN(before-10)
	a.first = a.cal.moment(a.rng, a.day0)
	a.free = a.cal.start(0)
	a.sessions = 5 + a.rng.IntN(60)
	a.revisit = a.rng.Float64() < 0.6
	for d := range a.cal.days {
		level := 0.01
		if a.revisit {
			level = 0.05 * math.Exp(0.3*a.eager) * math.Exp(-float64(d)/150)
		}
		if a.rng.Float64() < level {
			a.visit(d, false)
		}
	}
	a.updates()
}

// reinstall ends the first life some time after its label window and begins a second with a new pseudonymous id.
func (a *actor) reinstall() []life {
	from := a.day0 + labelEnd + 3 + a.rng.IntN(40)
	if from >= a.cal.days-1 {
		return []life{*a.life}
	}
	first := *a.life
	kept := first.events[:0:0]
	for _, e := range first.events {
		if e.at < a.cal.start(from) && e.name != appRemove {
			kept = append(kept, e)
		}
	}
	first.events = kept
	a.life = &life{
		person: first.person, pseudo: pseudo(a.rng), uid: first.uid, channel: 0, device: first.device,
		place: first.place, lag: first.lag,
	}
	a.sessions, a.free = 0, 0
	a.newcomer(from)
	return []life{first, *a.life}
}

// depart removes the app from some Android phones whose owners never come back after the label window's visits.
func (a *actor) depart() {
	last := a.events[len(a.events)-1]
	if a.revisit || devices[a.device].os != "ANDROID" || a.rng.Float64() > 0.45 {
		return
	}
	day := max(a.cal.day(last.at)+1, a.day0+firstWeek) + a.rng.IntN(20)
	if day < a.cal.days {
		a.emit(appRemove, a.cal.moment(a.rng, day))
	}
}

// updates adds the app_update and os_update events that a phone does by itself at night, within a month after a visit.
func (a *actor) updates() {
	last := a.first
	if n := len(a.events); n > 0 {
		last = a.events[n-1].at
		if a.events[n-1].name == appRemove {
			return
		}
	}
	night := func(day int) int64 { return a.cal.start(day) + 7200*secondMicros + a.rng.Int64N(9000*secondMicros) }
	for r := 1; r < len(releases); r++ {
		day := a.cal.released[r] + a.lag
		if day > max(a.day0, 0) && day < a.cal.days && a.cal.start(day) < last+30*86400*secondMicros {
			a.emit(appUpdate, night(day))
		}
	}
	if day := a.day0 + 1 + a.rng.IntN(120); day >= 0 && day < a.cal.days && a.rng.Float64() < 0.05 {
		a.emit(osUpdate, night(day))
	}
}

// finish puts the events of a life in order of time, cuts what lies beyond the data, and notes when each last happened.
func (l *life) finish(cal *calendar) {
	slices.SortStableFunc(l.events, func(x, y event) int { return cmp.Compare(x.at, y.at) })
	n := sort.Search(len(l.events), func(i int) bool { return l.events[i].at >= cal.end() })
	l.events = slices.Clip(l.events[:n])
	var last [kinds]int64
	for i := range l.events {
		e := &l.events[i]
		e.previous, last[e.name] = last[e.name], e.at
	}
}

// mix spreads a counter over 64 bits (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func pseudo(rng *rand.Rand) string { return fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()) }

// uid is the account id of a person, 28 characters as Firebase Authentication gives them.
func uid(seed uint64, person int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var out [28]byte
	x := mix(seed*0x9e3779b9 + uint64(person))
	for i := range out {
		x = mix(x)
		out[i] = letters[x%uint64(len(letters))]
	}
	return string(out[:])
}
