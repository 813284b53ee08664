package sample

import "math"

// week is what the formula of revisiting looks at: the first week as it was emitted, plus the eagerness nobody observes.
type week struct {
	counts  [kinds]int
	visits  int
	lastDay int
	channel int
	eager   float64
	// world is what the actions do; nil is the app as it is documented.
	world *effects
}

// effects are what the actions do in one world.
type effects struct {
	intercept, share float64
	causes           []cause
}

// planted are the effects of the app as it is documented.
var planted = effects{intercept, shareWeight, causes}

func (w week) effects() *effects {
	if w.world == nil {
		return &planted
	}
	return w.world
}

// cause is a step in the formula: at least Threshold times in the first week adds Weight to the log-odds.
type cause struct {
	kind      kind
	threshold int
	weight    float64
}

// causes are the actions that make people come back, or a little less so.
var causes = []cause{
	{friendAdd, 1, 1.1},
	{meetingCreate, 2, 1.2},
	{meetingAccept, 1, 0.85},
	{groupTimeCreate, 1, 0.9},
	{widgetAdd, 1, 0.5},
	{searchOpen, 3, -0.5},
	{notificationDismiss, 2, -0.45},
}

// riders are the actions that only go along with eagerness. Their weight is zero.
var riders = []kind{categoriesTagTap, calendarViewMonth, profileEdit, themeChange, tutorialComplete, aiChatOpen}

// The rest of the formula.
const (
	intercept = -3.4
	// visitWeight is approached as visit days grow: visitWeight*(1-exp(-(days-1)/visitScale)).
	visitWeight, visitScale = 1.1, 1.8
	// lateWeight is for a last visit on day 4 or later.
	lateWeight, lateDay = 0.4, 4
	// shareWeight is for having both shared a meeting and added a friend.
	shareWeight = 0.5
	// eagerWeight is what eagerness does besides what it makes people do.
	eagerWeight = 0.1
)

// observe collects the first week of a life from its events.
func (a *actor) observe() week {
	w := week{channel: a.channel, eager: a.eager, world: a.world}
	seen := [firstWeek]bool{}
	for _, e := range a.events {
		d := a.cal.day(e.at) - a.day0
		if d < 0 || d >= firstWeek {
			continue
		}
		w.counts[e.name]++
		if !isBackground(e.name) {
			seen[d] = true
		}
	}
	for d, on := range seen {
		if on {
			w.visits++
			w.lastDay = d
		}
	}
	return w
}

// logOdds is the formula of revisiting.
func (w week) logOdds() float64 {
	does := w.effects()
	x := does.intercept + channels[w.channel].effect + eagerWeight*w.eager
	x += visitWeight * (1 - math.Exp(-float64(w.visits-1)/visitScale))
	if w.lastDay >= lateDay {
		x += lateWeight
	}
	for _, c := range does.causes {
		if w.counts[c.kind] >= c.threshold {
			x += c.weight
		}
	}
	if w.counts[meetingShareKakao] >= 1 && w.counts[friendAdd] >= 1 {
		x += does.share
	}
	return x
}

// effect is how much doing k at least n times, against never, changes the probability with all else equal.
func (w week) effect(k kind, n int) float64 {
	done, not := w, w
	done.counts[k], not.counts[k] = max(w.counts[k], n), 0
	return sigmoid(done.logOdds()) - sigmoid(not.logOdds())
}

// through is the probability if the same week had followed an arrival by another channel.
func (w week) through(channel int) float64 {
	w.channel = channel
	return sigmoid(w.logOdds())
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
