package featuretest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// World makes random users around 2026-03-08, when New York changes its clocks.
type World struct {
	rng  *rand.Rand
	zone *time.Location
}

// NewWorld makes the same users for the same seed.
func NewWorld(seed uint64, zone *time.Location) *World {
	return &World{rng: rand.New(rand.NewPCG(seed, 1)), zone: zone}
}

var (
	eventNames = []string{
		"first_open", "session_start", "screen_view", "meeting_create", "friend_add", "회의 만들기", `it's "odd" \ name NOT`,
		"notification_receive", "app_remove", "rare",
	}
	screenNames = []string{"", "month", "설정", "it's"}
	versions    = []string{"", "1.0", "1.1", "2.0"}
)

// Day is the local midnight of a day of 2026, in microseconds UTC.
func (g *World) Day(n int) int64 { return time.Date(2026, 1, n, 0, 0, 0, 0, g.zone).UnixMicro() }

// User has up to 60 events from a day 0 in the 80 days from 20 January on.
func (g *World) User(name string) []features.Event {
	day0, version := 20+g.rng.IntN(80), versions[g.rng.IntN(len(versions))]
	at := g.Day(day0) + g.rng.Int64N(86400e6)
	touch := int64(0)
	if g.rng.IntN(3) == 0 {
		touch = g.Day(5 + g.rng.IntN(day0))
	}
	var events []features.Event
	for range 1 + g.rng.IntN(60) {
		e := g.Event(name, at, version)
		if g.rng.IntN(4) == 0 {
			e.FirstTouch = touch
		}
		events = append(events, e)
		at = g.next(at, day0)
	}
	g.rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

// Event is an event of a random name with random fields, many of them unknown.
func (g *World) Event(user string, at int64, version string) features.Event {
	e := features.Event{User: user, Time: at, Name: eventNames[g.rng.IntN(len(eventNames))], Screen: pick(g.rng, screenNames)}
	if e.Name == "first_open" && g.rng.IntN(2) == 0 {
		e.Name = "meeting_create"
	}
	if g.rng.IntN(2) == 0 {
		e.EngagedMS = g.rng.Int64N(100_000)
	}
	if g.rng.IntN(2) == 0 {
		e.Platform, e.Device = pick(g.rng, []string{"", "IOS", "ANDROID"}), pick(g.rng, []string{"", "mobile", "tablet"})
		e.Language, e.Country = pick(g.rng, []string{"", "ko-kr", "en-us"}), pick(g.rng, []string{"", "대한민국", "Côte d'Ivoire"})
		e.Channel, e.AppVersion = pick(g.rng, []string{"", features.Direct, features.PaidSocial}), version
		if g.rng.IntN(10) == 0 {
			e.AppVersion = pick(g.rng, versions)
		}
	}
	if g.rng.IntN(3) == 0 {
		e.Params = map[string]float64{"price": g.rng.NormFloat64() * 1e4}
		if g.rng.IntN(2) == 0 {
			e.Params["it's"] = float64(g.rng.IntN(9))
		}
	}
	return e
}

// next steps to the time of the user's next event: often the same instant, the edge of a session or of a local day.
func (g *World) next(at int64, day0 int) int64 {
	const minute = int64(60e6)
	edge := g.rng.Int64N(3) - 1
	switch g.rng.IntN(10) {
	case 0, 1:
		return at
	case 2:
		return at + 30*minute + edge
	case 3:
		return midnight(at, 1, g.zone) + edge
	case 4:
		return g.Day(day0+7) + edge
	case 5:
		return midnight(at, 1+g.rng.IntN(4), g.zone) + g.rng.Int64N(86400e6)
	case 6:
		return max(at-g.rng.Int64N(2*86400e6), 1)
	case 7:
		return at + g.rng.Int64N(600*minute)
	}
	return at + g.rng.Int64N(40*minute)
}

// Plan has an as-of instant on or next to a local midnight, or on or next to an event, or anywhere.
func (g *World) Plan(i int, events []features.Event) features.Plan {
	asOf := g.Day(30 + g.rng.IntN(110))
	switch i % 4 {
	case 1:
		asOf += g.rng.Int64N(3) - 1
	case 2:
		asOf = events[g.rng.IntN(len(events))].Time + g.rng.Int64N(2)
	case 3:
		asOf += g.rng.Int64N(86400e6)
	}
	label := features.Label{Visits: 1 + g.rng.IntN(3), Gap: 7 + g.rng.IntN(3), Horizon: 5 + g.rng.IntN(26), Unit: features.VisitDays}
	if g.rng.IntN(2) == 0 {
		label.Unit = features.VisitSessions
	}
	background := append(slices.Clone(features.Background), "rare")
	if g.rng.IntN(4) == 0 {
		background = nil
	}
	return features.Plan{
		Zone: g.zone.String(), Background: background, Label: label, AsOf: asOf, DataStart: g.Day(10) + g.rng.Int64N(86400e6),
		BurnIn: g.rng.IntN(40), Prefix: fmt.Sprintf("t%d_", i),
	}
}

// Set is the default set of all events, screens, parameters and contexts, and one feature for each node that it lacks.
func (g *World) Set(plan features.Plan) *features.Set {
	support := func(names ...string) (list []features.Support) {
		for _, n := range names {
			list = append(list, features.Support{Name: n, Users: 400})
		}
		return list
	}
	found := features.Found{
		Users: 400, Engaged: 400, Events: support(eventNames...), Screens: support(screenNames[1:]...), Versions: support(versions[1:]...),
		Context: support("platform", "device", "language", "country", "app_version", "channel"),
		Adopted: map[string]map[string]int{"1.0": {"meeting_create": 90}, "1.1": {"friend_add": 80}, "2.0": {"meeting_create": 90, "friend_add": 80}},
	}
	choice := features.DefaultChoice()
	choice.Params = []string{"price", "it's"}
	s := features.DefaultSet(plan.Zone, plan.Label, plan.Background, found, choice)
	extra := map[string]features.Expr{
		"x_mean":      features.Total{Param: "price", How: "mean"},
		"x_min":       features.Total{Param: "price", How: "min", Of: features.Filter{Events: eventNames[3:5]}},
		"x_last":      features.Total{Param: "price", How: "last"},
		"x_ms_last":   features.Total{Param: "engaged_ms", How: "last", Of: features.Filter{Events: eventNames[2:5]}},
		"x_ms_mean":   features.Total{Param: "engaged_ms", How: "mean", Of: features.Filter{Weekend: true}},
		"x_share":     features.Share{Part: features.Filter{Events: eventNames[3:4]}, Whole: features.Filter{Events: eventNames[3:8]}},
		"x_share_day": features.Share{Part: features.Filter{FirstSession: true}, Whole: features.Filter{Screen: "it's"}},
		"x_since":     features.Since{Of: features.Filter{Events: eventNames[5:8]}},
		"x_trend":     features.Trend{Of: features.Filter{Screen: "설정"}},
		"x_until":     features.Until{Of: features.Filter{Events: eventNames[5:8], Days: &[2]int{1, 5}, Hours: &[2]int{22, 6}}},
		"x_names":     features.Distinct{Of: features.Filter{Hours: &[2]int{0, 24}, Days: &[2]int{1, 3}}, Field: "name"},
		"x_sessions":  features.Distinct{Of: features.Filter{Screen: "month"}, Field: "session"},
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		s.Features = append(s.Features, features.Feature{Name: name, Kind: features.Number, Expr: extra[name]})
	}
	for _, field := range []string{"screen", "platform", "country"} {
		s.Features = append(s.Features, features.Feature{Name: "last_" + field, Kind: features.Category, Expr: features.Pick{Field: field, Last: true}})
	}
	return s
}

// Future has events for every user that would change the selection and most features if they were looked at.
func (g *World) Future(plan features.Plan, events []features.Event) []features.Event {
	var later []features.Event
	users := byUser(events)
	for _, user := range slices.Sorted(maps.Keys(users)) {
		own, from := users[user], plan.AsOf
		first := int64(0)
		for _, e := range own {
			if exclusion([]features.Event{e}, plan, g.zone) != NoVisit && (first == 0 || e.Time < first) {
				first = e.Time
			}
		}
		if first != 0 {
			from = min(from, midnight(first, 7, g.zone))
		}
		for i, name := range []string{"first_open", "meeting_create", "friend_add", "app_remove", "meeting_create"} {
			e := g.Event(user, from+int64(i)*g.rng.Int64N(3*86400e6), "2.0")
			e.Name, e.FirstTouch, e.AppVersion, e.EngagedMS = name, 1, "9.9", 1e9
			later = append(later, e)
		}
	}
	return later
}
