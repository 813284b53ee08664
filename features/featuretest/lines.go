package featuretest

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// event reads a line of a user block: time, name and the event's fields.
func (p *parser) event(words []word) error {
	if len(words) < 2 || words[0].key != "" || words[1].key != "" || words[1].text == "" {
		return fmt.Errorf("an event is a time, a name and then fields such as screen=month")
	}
	at, err := localTime(words[0].text, p.zone)
	if err != nil {
		return err
	}
	e := features.Event{User: p.subject, Time: at, Name: words[1].text}
	for _, w := range words[2:] {
		if err := p.field(&e, w); err != nil {
			return err
		}
	}
	p.script.Events = append(p.script.Events, e)
	return nil
}

func (p *parser) field(e *features.Event, w word) error {
	var err error
	switch w.key {
	case "screen":
		e.Screen = w.text
	case "engaged_ms":
		if e.EngagedMS, err = strconv.ParseInt(w.text, 10, 64); err != nil {
			return fmt.Errorf("engaged_ms takes a whole number")
		}
	case "first_touch":
		e.FirstTouch, err = localTime(w.text, p.zone)
	case "platform":
		e.Platform = w.text
	case "device":
		e.Device = w.text
	case "language":
		e.Language = w.text
	case "country":
		e.Country = w.text
	case "app_version", "version":
		e.AppVersion = w.text
	case "channel":
		e.Channel = w.text
	default:
		return param(e, w)
	}
	return err
}

func param(e *features.Event, w word) error {
	name, ok := strings.CutPrefix(w.key, "param.")
	if !ok || name == "" {
		return fmt.Errorf("%q is no field of an event; the fields are screen, engaged_ms, first_touch, platform, device, language, "+
			"country, app_version, channel and param.NAME, each with =", cmp.Or(w.key, w.text))
	}
	v, err := finite(w.text)
	if err != nil {
		return err
	}
	if e.Params == nil {
		e.Params = map[string]float64{}
	}
	e.Params[name] = v
	return nil
}

// reasons are the words for an exclusion.
var reasons = map[string]string{"first-touch": features.NotNewFirstTouch, "burn-in": features.NotNewBurnIn, "no-visit": NoVisit}

// expectation reads a line of an expect block: what, and its value.
func (p *parser) expectation(words []word) error {
	if len(words) != 2 || words[0].key != "" || words[1].key != "" {
		return fmt.Errorf("an expectation is a name and a value, such as visit_days 2 or label no")
	}
	x := Expect{Line: p.line, User: p.subject, What: words[0].text, Feature: -1}
	value := words[1]
	switch x.What {
	case "label":
		x.Word = value.text
		if x.Word != "revisit" && x.Word != "no" && x.Word != "unlabelled" {
			return fmt.Errorf("label is revisit, no or unlabelled, not %q", x.Word)
		}
	case "excluded":
		var ok bool
		if x.Word, ok = reasons[value.text]; !ok {
			return fmt.Errorf("excluded takes first-touch, burn-in or no-visit, not %q", value.text)
		}
	default:
		var ok bool
		if x.Feature, ok = p.script.Set.Index(x.What); !ok {
			return fmt.Errorf("%q is no feature of the set; the features are %s", x.What, strings.Join(p.script.Set.Names(), ", "))
		}
		var err error
		if x.Value, err = expected(p.script.Set.Features[x.Feature].Kind, value); err != nil {
			return fmt.Errorf("%s: %w", x.What, err)
		}
	}
	p.script.Expects = append(p.script.Expects, x)
	return nil
}

func expected(kind features.Kind, w word) (features.Value, error) {
	switch {
	case w.text == "missing" && !w.quoted:
		return features.Value{Missing: true}, nil
	case kind == features.Category:
		return features.Value{Text: w.text}, nil
	}
	above, below, fraction := strings.Cut(w.text, "/")
	v, err := finite(above)
	if err != nil || !fraction {
		return features.Value{Number: v}, err
	}
	divisor, err := finite(below)
	if err != nil {
		return features.Value{}, err
	}
	if divisor == 0 {
		return features.Value{}, fmt.Errorf("the fraction divides by 0")
	}
	return features.Value{Number: v / divisor}, nil
}

func finite(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return v, nil
}
