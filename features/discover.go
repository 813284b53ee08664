package features

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Support is how many users of the cohort did or have something in their first week.
type Support struct {
	Name  string
	Users int
}

// Found is what discovery saw in the first weeks of the users it may look at. It holds counts only.
type Found struct {
	// Users is the number of users looked at.
	Users int
	// Events and Screens are supported by that many users.
	Events, Screens []Support
	// Versions is the users by app version, and Adopted[version][event] the users of the version who did the event.
	Versions []Support
	Adopted  map[string]map[string]int
	// Context is the users with a known value, by context field.
	Context []Support
	// Engaged is the users with any reported foreground time.
	Engaged int
}

// Discovery are the queries whose answers fill a Found. Each gives a name and a number of users; Adopted gives the version, the
// name and the users. They read the first weeks of users whose day 0 lies before Before (YYYY-MM-DD), so that what the newest users
// did cannot choose the columns.
type Discovery struct {
	Users, Events, Screens, Versions, Adopted, Context, Engaged string
}

// Discover renders the queries.
func (p Plan) Discover(d Dialect, before string) Discovery {
	from := " FROM " + p.table(d, "first_week") + " WHERE " + p.Bound(d, "day0") + " AND day0 < " + d.Day(before)
	users := "COUNT(DISTINCT user_key) AS users"
	var context []string
	for _, field := range pickFields {
		context = append(context, fmt.Sprintf("SELECT %s AS name, COUNT(DISTINCT user_key) AS users%s AND NULLIF(%s, '') IS NOT NULL",
			d.Text(field), from, field))
	}
	return Discovery{
		Users:    "SELECT 'all' AS name, " + users + from,
		Events:   "SELECT name, " + users + from + " GROUP BY name",
		Screens:  "SELECT screen AS name, " + users + from + " AND NULLIF(screen, '') IS NOT NULL GROUP BY screen",
		Versions: "SELECT app_version AS name, " + users + from + " AND NULLIF(app_version, '') IS NOT NULL GROUP BY app_version",
		Adopted: "SELECT app_version, name, " + users + from +
			" AND NULLIF(app_version, '') IS NOT NULL GROUP BY app_version, name",
		Context: strings.Join(context, "\nUNION ALL\n"),
		Engaged: "SELECT 'engaged' AS name, " + users + from + " AND engaged_ms > 0",
	}
}

// Choice bounds the default set.
type Choice struct {
	// MinUsers is the least number of users who did an event for it to become a feature. Defaults to 20.
	MinUsers int
	// MinShare is the least share of users for the same. Defaults to 0.005.
	MinShare float64
	// MaxEvents and MaxScreens bound how many get features of their own. Default to 40 and 25.
	MaxEvents, MaxScreens int
	// Params are the allowed event parameters to add up, one sum and one maximum each.
	Params []string
}

// DefaultChoice is the documented defaults.
func DefaultChoice() Choice {
	return Choice{MinUsers: 20, MinShare: 0.005, MaxEvents: 40, MaxScreens: 25}
}

// automatic are the events that the SDK sends by itself: their first time says nothing about the product.
var automatic = []string{
	"first_open", "first_visit", "session_start", "user_engagement", "screen_view", "page_view", "app_update",
	"app_remove", "app_clear_data", "os_update", "app_exception", "firebase_campaign", "notification_receive", "notification_dismiss",
}

// DefaultSet is the feature set for an app of which nothing is known but its events.
func DefaultSet(zone string, label Label, background []string, found Found, choice Choice) *Set {
	s := &Set{Zone: zone, Background: background, Label: label}
	s.Features = habits(found)
	names := newNamer(s.Features)
	for _, event := range choice.supported(found.Events, found.Users, choice.MaxEvents) {
		if event.Name == ProfileSnapshot {
			s.Features = append(s.Features, profileFeatures(names)...)
			continue
		}
		s.Features = append(s.Features, actionFeatures(names, event, found.absent(event.Name), event.Users*20 >= found.Users)...)
	}
	for _, screen := range choice.supported(found.Screens, found.Users, choice.MaxScreens) {
		s.Features = append(s.Features, Feature{
			Name: names.of("screen_" + screen.Name), Kind: Number, Unit: "times",
			Label:  "screen " + screen.Name,
			Doc:    fmt.Sprintf("How many events happened on the screen %s in the first week.", screen.Name),
			Phrase: fmt.Sprintf("{v} events on the screen %s in the first week", screen.Name),
			Expr:   Count{Of: Filter{Screen: screen.Name}},
		})
	}
	for _, param := range choice.Params {
		s.Features = append(s.Features, paramFeatures(names, param)...)
	}
	s.Features = append(s.Features, contextFeatures(found)...)
	return s
}

// supported are the names with enough users, most users first.
func (c Choice) supported(all []Support, users, most int) []Support {
	least := max(float64(c.MinUsers), c.MinShare*float64(users))
	var kept []Support
	for _, s := range all {
		if float64(s.Users) >= least {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b Support) int { return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Name, b.Name)) })
	return kept[:min(len(kept), most)]
}

// absent lists the versions in which the event cannot have existed: with its overall rate, the chance that none of the
// version's users did it is below 1 in 1,000.
func (f Found) absent(event string) []string {
	var did, users int
	for _, v := range f.Versions {
		if n := f.Adopted[v.Name][event]; n > 0 {
			did += n
			users += v.Users
		}
	}
	if did == 0 {
		return nil
	}
	// One user more who did not do it: few users are no proof that all do.
	none := -math.Log(1 - float64(did)/float64(users+1))
	var versions []string
	for _, v := range f.Versions {
		if f.Adopted[v.Name][event] == 0 && none*float64(v.Users) > math.Log(1000) {
			versions = append(versions, v.Name)
		}
	}
	slices.Sort(versions)
	return versions
}

func habits(found Found) []Feature {
	list := []Feature{
		habit("visit_days", "days", "On how many days of the first week the user came.", "came on {v} days of the first week", Days{}),
		habit("sessions", "times", "How many sessions the first week had.", "{v} sessions in the first week", Distinct{Field: "session"}),
		habit("events", "times", "How many things the user did in the first week.", "did {v} things in the first week", Count{}),
		habit("distinct_events", "kinds", "How many different things the user did in the first week.",
			"did {v} different things in the first week", Distinct{Field: "name"}),
		habit("distinct_screens", "screens", "How many different screens the user saw in the first week.",
			"saw {v} different screens in the first week", Distinct{Field: "screen"}),
		habit("first_session_events", "times", "How deep the first session went: the things done in it.",
			"did {v} things in the first session", Count{Of: Filter{FirstSession: true}}),
		habit("first_day_events", "times", "How many things the user did on the first day.", "did {v} things on the first day",
			Count{Of: Filter{Days: &[2]int{0, 0}}}),
		habit("late_events", "times", "How many things the user did on days 4 to 6.", "did {v} things on days 4 to 6",
			Count{Of: Filter{Days: &[2]int{4, 6}}}),
		habit("late_visit_days", "days", "On how many of the days 4 to 6 the user came.", "came on {v} of the days 4 to 6",
			Days{Of: Filter{Days: &[2]int{4, 6}}}),
		habit("days_since_last_visit", "days", "How many days before the end of day 6 the last visit was.",
			"last came {v} days before the end of the first week", Since{}),
		habit("trend", "score", "Whether activity moved to the late week (1) or stayed in the early week (-1).",
			"activity trend {v} between the early (-1) and the late (1) week", Trend{}),
		habit("share_morning", "share", "The share of activity between 6 and 12 o'clock.", "{v} of the activity in the morning", hourShare(6, 12)),
		habit("share_evening", "share", "The share of activity between 18 and 22 o'clock.", "{v} of the activity in the evening", hourShare(18, 22)),
		habit("share_night", "share", "The share of activity between 22 and 6 o'clock.", "{v} of the activity at night", hourShare(22, 6)),
		habit("share_weekend", "share", "The share of activity on Saturday and Sunday.", "{v} of the activity on the weekend",
			Share{Part: Filter{Weekend: true}}),
		habit("first_hour", "hour", "The hour of the day of the first visit.", "first came at {v} o'clock", Clock{Part: "hour"}),
		habit("first_weekday", "weekday", "The weekday of the first visit, Monday 0 to Sunday 6.", "first came on weekday {v} (Monday is 0)",
			Clock{Part: "weekday"}),
	}
	if found.Engaged > 0 {
		list = append(list, habit("engaged_ms", "ms", "How long the app was in the foreground in the first week, in milliseconds.",
			"{v} minutes in the foreground in the first week", Total{Param: "engaged_ms", How: "sum"}))
	}
	return list
}

func habit(name, unit, doc, phrase string, expr Expr) Feature {
	return Feature{Name: name, Label: strings.ReplaceAll(name, "_", " "), Kind: Number, Unit: unit, Doc: doc, Phrase: phrase, Expr: expr}
}

func hourShare(from, to int) Expr { return Share{Part: Filter{Hours: &[2]int{from, to}}} }

// actionFeatures are the features of one event: how often, on how many days, and for what the app's own users do how soon.
func actionFeatures(names *namer, event Support, absent []string, frequent bool) []Feature {
	of := Filter{Events: []string{event.Name}}
	count := Feature{
		Name: names.of("n_" + event.Name), Kind: Number, Unit: "times", Action: event.Name, Absent: absent, Expr: Count{Of: of},
		Label:  "times of " + event.Name,
		Doc:    fmt.Sprintf("How many times %s happened in the first week.", event.Name),
		Phrase: fmt.Sprintf("%s {v} times in the first week", event.Name),
	}
	days := Feature{
		Name: names.of("days_" + event.Name), Kind: Number, Unit: "days", Action: event.Name, Absent: absent, Expr: Days{Of: of},
		Label:  "days with " + event.Name,
		Doc:    fmt.Sprintf("On how many days of the first week %s happened.", event.Name),
		Phrase: fmt.Sprintf("%s on {v} days of the first week", event.Name),
	}
	list := []Feature{count, days}
	if frequent && !slices.Contains(automatic, event.Name) {
		list = append(list, Feature{
			Name: names.of("hours_to_" + event.Name), Kind: Number, Unit: "hours", Action: event.Name, Absent: absent, Expr: Until{Of: of},
			Label:   "hours until " + event.Name,
			Doc:     fmt.Sprintf("How many hours after the first visit %s first happened; unknown if it did not in the first week.", event.Name),
			Phrase:  fmt.Sprintf("%s first happened {v} hours after the first visit", event.Name),
			Unknown: fmt.Sprintf("no %s in the first week", event.Name),
		})
	}
	return list
}

// profileFields are the parameters of ProfileSnapshot, with what they count.
var profileFields = []struct{ param, label, doc, phrase string }{
	{"friends", "friends", "How many friends", "{v} friends by the end of the first week"},
	{"requests_received", "friend requests received", "How many open friend requests from others", "{v} friend requests received"},
	{"requests_sent", "friend requests sent", "How many open friend requests to others", "{v} friend requests sent"},
	{"blocked", "blocked users", "How many blocked users", "{v} users blocked"},
	{"open_privacy", "open profile", "Whether (1) or not (0) an open profile", "profile open to others: {v}"},
}

// profileFeatures are what the last snapshot within the first week said of a user. A user of whom no snapshot was taken by then is
// unknown, not 0.
func profileFeatures(names *namer) []Feature {
	var list []Feature
	for _, f := range profileFields {
		list = append(list, Feature{
			Name: names.of("profile_" + f.param), Kind: Number, Label: f.label,
			Doc:    f.doc + " the user's document had in the last snapshot taken within the first week; unknown if there is none.",
			Phrase: f.phrase, Unknown: "no snapshot of the profile in the first week",
			Expr: Total{Of: Filter{Events: []string{ProfileSnapshot}}, Param: f.param, How: "last"},
		})
	}
	return list
}

func paramFeatures(names *namer, param string) []Feature {
	return []Feature{
		{
			Name: names.of("sum_" + param), Kind: Number, Expr: Total{Param: param, How: "sum"},
			Label:  "sum of " + param,
			Doc:    fmt.Sprintf("The sum of the parameter %s over the first week.", param),
			Phrase: fmt.Sprintf("the parameter %s added up to {v} in the first week", param),
		},
		{
			Name: names.of("max_" + param), Kind: Number, Expr: Total{Param: param, How: "max"},
			Label:  "largest " + param,
			Doc:    fmt.Sprintf("The largest value of the parameter %s in the first week; unknown if it was never sent.", param),
			Phrase: fmt.Sprintf("the parameter %s was at most {v} in the first week", param),
		},
	}
}

var contextDocs = map[string]string{
	"platform": "platform", "device": "device class", "language": "device language", "country": "country",
	"app_version": "app version", "channel": "acquisition channel",
}

// contextFeatures are the fields that at least 1 user in 20 has.
func contextFeatures(found Found) []Feature {
	var list []Feature
	for _, s := range found.Context {
		doc, ok := contextDocs[s.Name]
		if !ok || s.Users*20 < found.Users {
			continue
		}
		list = append(list, Feature{
			Name: s.Name, Kind: Category, Expr: Pick{Field: s.Name},
			Label: doc, Doc: "The user's " + doc + " when first known.", Phrase: "the " + doc + " is {v}",
			Unknown: "the " + doc + " is unknown",
		})
	}
	slices.SortFunc(list, func(a, b Feature) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// namer turns event names of any script into column names, each used once.
type namer struct {
	used map[string]bool
}

func newNamer(taken []Feature) *namer {
	n := &namer{used: map[string]bool{DaysKnown: true}}
	for _, f := range taken {
		n.used[f.Name] = true
	}
	for field := range contextDocs {
		n.used[field] = true
	}
	return n
}

func (n *namer) of(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			b.WriteRune(r)
		case r < 128:
			b.WriteByte('_')
		default:
			fmt.Fprintf(&b, "u%x", r)
		}
	}
	base := b.String()[:min(b.Len(), 70)]
	for candidate, i := base, 2; ; i++ {
		if !n.used[candidate] {
			n.used[candidate] = true
			return candidate
		}
		candidate = fmt.Sprintf("%s_%d", base, i)
	}
}
