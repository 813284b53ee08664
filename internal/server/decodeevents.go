package server

import (
	"errors"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

var eventFields = []string{
	"name", "time", "screen", "engaged_ms", "params", "first_touch", "platform", "device", "language", "country", "app_version",
	"channel", "source", "medium", "campaign",
}

// The instants that a time may lie between. A time in seconds or milliseconds, a common mistake, lies before the first.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
)

// touch is what an event may say of its traffic source instead of naming the channel.
type touch struct{ source, medium, campaign string }

// maxEvents is the most that a request may hold: an event takes many times its own size once it is read, and a body of the largest size
// can hold a hundred thousand. keptEvents is from how many on the room for them is given back.
const (
	maxEvents  = 20_000
	keptEvents = 1_000
)

// eventList reads the events of the draft.
func (d *decoder) eventList() error {
	if err := d.open(jsonpull.Array, d.at("events")); err != nil {
		return err
	}
	for i := 0; ; i++ {
		ok, err := d.r.Element(i == 0)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			break
		}
		if d.events++; d.events > maxEvents {
			return problem(TooManyEvents, "at most %d events are read in one request; send several requests", maxEvents).under(d.at("events"))
		}
		e, err := d.event(i)
		if err != nil {
			return err
		}
		d.cur.events = append(d.cur.events, e)
	}
	if len(d.cur.events) == 0 {
		return problem(EmptyEvents, "send the events of the user's first week").under(d.at("events"))
	}
	return nil
}

// event reads events[i].
func (d *decoder) event(i int) (features.Event, error) {
	var e features.Event
	var seen fieldSet
	var from touch
	at := func(steps ...any) place { return d.at(append([]any{"events", i}, steps...)...) }
	err := d.object(eventFields, at(), &seen, func(field int) error {
		return d.eventField(&e, &from, eventFields[field], at)
	})
	switch {
	case err != nil:
		return e, err
	case e.Name == "":
		return e, problem(MissingField, "the event has no name, for example session_start").under(at("name"))
	case seen&(1<<indexOf(eventFields, []byte("time"))) == 0:
		return e, problem(MissingField, "the event has no time; send RFC 3339 text or whole microseconds since 1970 UTC").under(at("time"))
	}
	if e.Channel == "" && from != (touch{}) {
		e.Channel = features.ChannelOf(from.source, from.medium, from.campaign)
	}
	return e, nil
}

// eventField reads one field of e; a null leaves it unknown.
func (d *decoder) eventField(e *features.Event, from *touch, field string, at func(...any) place) error {
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	if kind == jsonpull.Null && field != "name" && field != "time" {
		return d.syntax(d.r.Null())
	}
	text := textField(e, from, field)
	switch {
	case text != nil:
		*text, err = d.text(at(field), maxText)
	case field == "time":
		e.Time, err = d.time(at(field))
	case field == "first_touch":
		e.FirstTouch, err = d.time(at(field))
	case field == "engaged_ms":
		e.EngagedMS, err = d.milliseconds(at(field))
	case field == "params":
		e.Params, err = d.params(at(field), func(name string) place { return at("params", name) })
	}
	return err
}

// textField is where a text field of an event goes, nil for a field that is not text.
func textField(e *features.Event, from *touch, field string) *string {
	switch field {
	case "name":
		return &e.Name
	case "screen":
		return &e.Screen
	case "platform":
		return &e.Platform
	case "device":
		return &e.Device
	case "language":
		return &e.Language
	case "country":
		return &e.Country
	case "app_version":
		return &e.AppVersion
	case "channel":
		return &e.Channel
	case "source":
		return &from.source
	case "medium":
		return &from.medium
	case "campaign":
		return &from.campaign
	}
	return nil
}

// time reads an instant as microseconds UTC.
func (d *decoder) time(at place) (int64, error) {
	kind, err := d.r.Kind()
	if err != nil {
		return 0, d.syntax(err)
	}
	var micros int64
	switch kind {
	case jsonpull.String:
		raw, err := d.r.Text()
		if err != nil {
			return 0, d.syntax(err)
		}
		t, err := time.Parse(time.RFC3339, string(raw))
		if err != nil {
			return 0, problem(BadTime, "the text is no RFC 3339 time; write 2026-03-01T09:30:00+09:00 or 2026-03-01T00:30:00Z").under(at)
		}
		micros = t.UnixMicro()
	case jsonpull.Number:
		if micros, err = d.whole(BadTime, "send whole microseconds since 1970 UTC, without fraction or exponent", at); err != nil {
			return 0, err
		}
	default:
		return 0, problem(WrongType, "a time is RFC 3339 text or whole microseconds since 1970 UTC, got %s", kind).under(at)
	}
	if micros < earliest || micros > latest {
		return 0, problem(BadTime, "the time is not between the years 2000 and 2200; numbers are microseconds, not seconds or milliseconds").
			under(at)
	}
	return micros, nil
}

// whole reads a number without fraction or exponent.
func (d *decoder) whole(otherwise Code, remedy string, at place) (int64, error) {
	v, err := d.r.Int()
	var bounds *jsonpull.RangeError
	if errors.As(err, &bounds) {
		return 0, problem(otherwise, "%s", remedy).under(at)
	}
	return v, d.syntax(err)
}

// milliseconds reads a duration.
func (d *decoder) milliseconds(at place) (int64, error) {
	kind, err := d.r.Kind()
	if err != nil {
		return 0, d.syntax(err)
	}
	switch kind {
	case jsonpull.Number:
	case jsonpull.String:
		return 0, d.numberAsText(at)
	default:
		return 0, problem(WrongType, "expected a number, got %s", kind).under(at)
	}
	const remedy = "send whole milliseconds of at least 0, one day at most"
	v, err := d.whole(NumberRange, remedy, at)
	if err == nil && (v < 0 || v > 24*time.Hour.Milliseconds()) {
		err = problem(NumberRange, remedy).under(at)
	}
	return v, err
}

// params reads the numeric parameters of an event; null leaves one out.
func (d *decoder) params(at place, under func(name string) place) (map[string]float64, error) {
	if err := d.open(jsonpull.Object, at); err != nil {
		return nil, err
	}
	out, given := map[string]float64{}, map[string]bool{}
	for first := true; ; first = false {
		key, ok, err := d.r.Key(first)
		if err != nil {
			return nil, d.syntax(err)
		}
		if !ok {
			return out, nil
		}
		name := string(key)
		here := func() place {
			if plain(name) {
				return under(name)
			}
			return at
		}
		if given[name] {
			return nil, problem(DuplicateKey, "a parameter is given twice; give it once").under(here())
		}
		given[name] = true
		if err := d.param(out, name, here); err != nil {
			return nil, err
		}
	}
}

// param reads the value of one parameter into out.
func (d *decoder) param(out map[string]float64, name string, at func() place) error {
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	switch kind {
	case jsonpull.Null:
		return d.syntax(d.r.Null())
	case jsonpull.Number:
		out[name], err = d.float(at)
		return err
	case jsonpull.String:
		return d.numberAsText(at())
	}
	return problem(WrongType, "parameters are numbers, got %s; leave others out", kind).under(at())
}

// evaluate computes the draft's features from its events.
func (d *decoder) evaluate() (features.Row, error) {
	set := d.m.set()
	if err := set.CheckFirstWeek(d.cur.events); err != nil {
		return nil, d.eventProblem(err)
	}
	asOf := features.WholeWeek
	if d.cur.asOf != 0 {
		asOf = d.cur.asOf
	}
	row, err := set.Evaluate(d.cur.events, asOf)
	if err != nil {
		return nil, d.eventProblem(err)
	}
	return row, nil
}

// eventProblem turns what the feature set says of the events into a problem.
func (d *decoder) eventProblem(err error) error {
	var bad *features.EventError
	switch {
	case !errors.As(err, &bad):
		return err
	case bad.Index < 0:
		return problem(NoVisit, "%s", bad.Problem).under(d.at("events"))
	case bad.Field == "time":
		return problem(LateEvent, "the event's time %s", bad.Problem).under(d.at("events", bad.Index, bad.Field))
	case bad.Field != "":
		return problem(BadEvent, "%s %s", bad.Field, bad.Problem).under(d.at("events", bad.Index, bad.Field))
	}
	return problem(BadEvent, "%s", bad.Problem).under(d.at("events", bad.Index))
}
