package sample

import (
	"math"
	"slices"
)

// visit lays out the sessions of one visit day.
func (a *actor) visit(day int, opening bool) {
	starts := 1 + min(poisson(a.rng, 0.22*math.Exp(0.25*a.eager)), 5)
	moments := make([]int64, starts)
	for i := range moments {
		moments[i] = a.cal.moment(a.rng, day)
	}
	slices.Sort(moments)
	for i, at := range moments {
		at = max(at, a.free)
		if at >= a.cal.start(day+1) {
			// The earlier session of this day reached midnight: there is no room for another.
			return
		}
		a.open(day, at, opening && i == 0)
	}
}

// open lays out one session from its start; what would happen after midnight does not, so that visit days stay as drawn.
func (a *actor) open(day int, at int64, opening bool) {
	s := session{actor: a, now: at, end: a.cal.start(day + 1)}
	a.sessions++
	s.id = at / secondMicros
	switch {
	case opening:
		a.first = at
		s.add(firstOpen, 0, 0)
		if channels[a.channel].campaign != "" {
			s.add(firebaseCampaign, 7, 0)
		}
	case a.pushes && a.rng.Float64() < 0.2:
		a.receiveBefore(at, day)
		s.add(notificationOpen, 0, 0)
	}
	s.add(sessionStart, 0, 0)
	if opening {
		s.view(7)
		if a.rng.Float64() < sigmoid(0.5+0.5*a.eager) {
			s.wait(40)
			s.add(tutorialComplete, 7, 0)
		}
	}
	s.view(0)
	s.act(a.cal.release(day))
	s.wait(25)
	s.add(userEngagement, 0, int32(min((s.now-at)/1000, 3_600_000)))
	a.free = s.now + 1800*secondMicros
}

// session appends the events of one session.
type session struct {
	*actor
	now, end int64
	id       int64
	index    uint16
}

// wait lets some time pass: exponential with the given mean in seconds, at least a second.
func (s *session) wait(mean float64) {
	s.now += secondMicros + int64(mean*s.rng.ExpFloat64()*float64(secondMicros))
}

// add appends an event unless midnight has passed.
func (s *session) add(k kind, screen uint8, engaged int32) {
	if s.now >= s.end {
		s.now = s.end
		return
	}
	s.emit(k, s.now)
	e := &s.events[len(s.events)-1]
	e.session, e.index, e.screen, e.engaged = s.id, s.index, screen, engaged
	if k == meetingCreate {
		e.value = uint8(1 + s.rng.IntN(6))
	}
	s.index++
	s.now += 1000 + s.rng.Int64N(90_000)
}

// view shows a screen.
func (s *session) view(screen uint8) {
	s.wait(4)
	s.add(screenView, screen, int32(500+s.rng.IntN(9000)))
}

// act draws how often each action happens in this session and does them in the order of the table. Most of the screens
// are sheets over the calendar that report no screen_view.
func (s *session) act(out int) {
	screen := uint8(0)
	for i, what := range actions {
		k := firstAction + kind(i)
		count := min(poisson(s.rng, what.base*math.Exp(what.load*s.eager+s.taste[i])), 12)
		if k == aiChatOpen && min(out, s.releaseAt(s.now)) < aiChatRelease {
			continue
		}
		for range count {
			if what.screen != screen {
				screen = what.screen
				if s.rng.IntN(3) == 0 {
					s.view(screen)
				}
			}
			s.wait(12)
			s.add(k, screen, 0)
		}
	}
}

// push delivers a notification on some days, whether or not the user comes; some are swiped away.
func (a *actor) push(day int, chance float64) {
	if !a.pushes || a.rng.Float64() >= chance {
		return
	}
	at := a.cal.start(day) + (9*3600+a.rng.Int64N(11*3600))*secondMicros
	a.emit(notificationReceive, at)
	if a.rng.Float64() < 0.35 {
		a.emit(notificationDismiss, at+secondMicros+a.rng.Int64N(1800*secondMicros))
	}
}

// receiveBefore delivers the notification that a session was opened from, if that was on the same day.
func (a *actor) receiveBefore(at int64, day int) {
	received := at - (3+a.rng.Int64N(600))*secondMicros
	if received >= a.cal.start(day) {
		a.emit(notificationReceive, received)
	}
}

// releaseAt is the release installed at an instant: the one of the first open, or a later one after the user's lag.
func (a *actor) releaseAt(at int64) int {
	return max(a.cal.release(max(a.day0, -before)), a.cal.release(a.cal.day(at)-a.lag))
}

// emit appends an event outside or inside a session.
func (a *actor) emit(k kind, at int64) {
	a.events = append(a.events, event{
		at: at, name: k, number: uint16(min(a.sessions, 60000)), release: uint8(a.releaseAt(at)),
	})
}
