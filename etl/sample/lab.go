package sample

import "math/rand/v2"

// labPerRelease is how many devices the store's pre-launch report runs each release on; staffCount how many of the app's own
// people use debug builds.
const labPerRelease, staffCount = 4, 3

// machines makes the lives that are no users: lab devices that open a new release, tap through everything within seconds and
// never return, and staff whose debug builds send events every working day.
func machines(opt Options, cal *calendar) []life {
	rng := rand.New(rand.NewPCG(opt.Seed, mix(0)))
	var out []life
	for _, day := range cal.released {
		if day < 0 || day >= cal.days {
			continue
		}
		for range labPerRelease {
			a := newActor(rng, cal, -1)
			a.status, a.channel, a.day0 = lab, 0, day
			a.labRun()
			out = append(out, *a.life)
		}
	}
	for range staffCount {
		a := newActor(rng, cal, -1)
		a.status, a.channel, a.day0, a.lag = staff, 0, -1-rng.IntN(300), 0
		a.first = cal.moment(rng, a.day0)
		a.free, a.sessions = cal.start(0), 900
		for d := range cal.days {
			if wd := cal.date(d).Weekday(); wd != 0 && wd != 6 {
				a.visit(d, false)
			}
		}
		out = append(out, *a.life)
	}
	return out
}

// labRun does every action once, a few tenths of a second apart, at noon of the day.
func (a *actor) labRun() {
	at := a.cal.start(a.day0) + 12*3600*secondMicros + a.rng.Int64N(600*secondMicros)
	a.first, a.sessions = at, 1
	s := session{actor: a, now: at, end: a.cal.start(a.day0 + 1), id: at / secondMicros}
	s.add(firstOpen, 0, 0)
	s.add(sessionStart, 0, 0)
	s.add(screenView, 7, 900)
	for i, what := range actions {
		if k := firstAction + kind(i); k != aiChatOpen || a.releaseAt(at) >= aiChatRelease {
			s.now += 300_000
			s.add(k, what.screen, 0)
		}
	}
	s.add(userEngagement, 0, int32((s.now-at)/1000))
}
