package featuretest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// SyntaxError is a line that cannot be read.
type SyntaxError struct {
	File string
	Line int
	// Problem says what is wrong and what to write.
	Problem string
}

// Error is file:line: problem.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem) }

// Parse reads a script. Name is the file's name for messages. A line that cannot be read is a *SyntaxError.
func Parse(name string, r io.Reader) (*Script, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read script %s: %w", name, err)
	}
	p := newParser(name)
	for i, line := range strings.Split(string(text), "\n") {
		p.line = i + 1
		if err := p.read(strings.TrimSuffix(line, "\r")); err != nil {
			return nil, &SyntaxError{File: name, Line: p.line, Problem: err.Error()}
		}
	}
	if err := p.finish(); err != nil {
		return nil, &SyntaxError{File: name, Line: p.line, Problem: err.Error()}
	}
	return p.script, nil
}

// parser holds what the statements have said so far.
type parser struct {
	script   *Script
	line     int
	zone     *time.Location
	started  bool
	hasStart bool

	known, screens, params []string
	absent                 map[string][]string
	extra                  []features.Feature

	// block is user or expect and subject the user it is about; users are those with a user block.
	block, subject string
	users          map[string]bool
}

func newParser(name string) *parser {
	return &parser{
		script: &Script{Name: name, Plan: features.Plan{
			Zone: "UTC", Background: features.Background, Label: features.DefaultLabel(), BurnIn: 30,
		}},
		zone: time.UTC, absent: map[string][]string{}, users: map[string]bool{},
	}
}

func (p *parser) read(line string) error {
	if !utf8.ValidString(line) {
		return fmt.Errorf("the line is not UTF-8")
	}
	if rest, ok := strings.CutPrefix(line, "feature "); ok {
		return p.feature(rest)
	}
	words, err := splitLine(line)
	if err != nil || len(words) == 0 {
		return err
	}
	if line[0] != ' ' && line[0] != '\t' {
		return p.statement(words)
	}
	switch p.block {
	case "user":
		return p.event(words)
	case "expect":
		return p.expectation(words)
	}
	return fmt.Errorf("an indented line belongs to a user or an expect block; there is none above")
}

func (p *parser) statement(words []word) error {
	name, rest := words[0].text, words[1:]
	p.block = ""
	switch name {
	case "user", "expect":
		return p.open(name, rest)
	case "label":
		return p.label(rest)
	}
	texts := make([]string, len(rest))
	for i, w := range rest {
		if w.key != "" {
			return fmt.Errorf("%s takes plain words, not %s=", name, w.key)
		}
		texts[i] = w.text
	}
	if p.script.Set != nil {
		return fmt.Errorf("%s must stand before the first user", name)
	}
	first := !p.started
	p.started = true
	switch name {
	case "zone":
		return p.setZone(texts, first)
	case "as-of", "data-start":
		return p.instant(name, texts)
	case "burn-in":
		return p.burnIn(texts)
	}
	return p.list(name, texts)
}

func (p *parser) setZone(texts []string, first bool) error {
	if len(texts) != 1 || !first {
		return fmt.Errorf("zone takes one name and must be the first statement")
	}
	zone, err := time.LoadLocation(texts[0])
	if err != nil || texts[0] == "" || texts[0] == "Local" {
		return fmt.Errorf("time zone %q is unknown; use an IANA name such as Asia/Seoul", texts[0])
	}
	p.zone, p.script.Plan.Zone = zone, texts[0]
	return nil
}

func (p *parser) instant(name string, texts []string) error {
	if len(texts) != 1 {
		return fmt.Errorf("%s takes one time", name)
	}
	at, err := localTime(texts[0], p.zone)
	if err != nil {
		return err
	}
	if name == "as-of" {
		p.script.Plan.AsOf = at
		return nil
	}
	p.script.Plan.DataStart, p.hasStart = at, true
	return nil
}

func (p *parser) burnIn(texts []string) error {
	if len(texts) == 1 {
		if days, err := strconv.Atoi(texts[0]); err == nil && days >= 0 && days < 10000 {
			p.script.Plan.BurnIn = days
			return nil
		}
	}
	return fmt.Errorf("burn-in takes a number of days, 0 to 9999")
}

func (p *parser) list(name string, texts []string) error {
	switch name {
	case "background":
		p.script.Plan.Background = texts
	case "known":
		p.known = append(p.known, texts...)
	case "screens":
		p.screens = append(p.screens, texts...)
	case "params":
		p.params = append(p.params, texts...)
	case "absent":
		if len(texts) < 2 {
			return fmt.Errorf("absent takes an event and the app versions that lack it")
		}
		p.absent[texts[0]] = append(p.absent[texts[0]], texts[1:]...)
	default:
		return fmt.Errorf("%q is no statement; the statements are zone, as-of, data-start, burn-in, label, background, known, screens, "+
			"params, absent, feature, user and expect", name)
	}
	return nil
}

func (p *parser) label(words []word) error {
	if p.script.Set != nil {
		return fmt.Errorf("label must stand before the first user")
	}
	p.started = true
	l := &p.script.Plan.Label
	for _, w := range words {
		if w.key == "unit" {
			l.Unit = features.Unit(w.text)
			continue
		}
		n, err := strconv.Atoi(w.text)
		if err != nil || n > 10000 {
			return fmt.Errorf("label %s takes a number of at most 10000", w.key)
		}
		switch w.key {
		case "visits":
			l.Visits = n
		case "gap":
			l.Gap = n
		case "horizon":
			l.Horizon = n
		default:
			return fmt.Errorf("label takes visits=, gap=, horizon= and unit=")
		}
	}
	return l.Validate()
}

// feature reads a feature of the script's own: a name and the JSON of its expression.
func (p *parser) feature(line string) error {
	if p.script.Set != nil {
		return fmt.Errorf("feature must stand before the first user")
	}
	p.block, p.started = "", true
	name, expr, _ := strings.Cut(strings.TrimSpace(line), " ")
	var f features.Feature
	quoted, err := json.Marshal(name)
	if err != nil {
		return fmt.Errorf("write the feature's name: %w", err)
	}
	if !json.Valid([]byte(expr)) {
		return fmt.Errorf(`feature takes a name and a JSON expression, as in feature n {"count":{"of":{}}}`)
	}
	if err := json.Unmarshal(fmt.Appendf(nil, `{"name":%s,"expr":%s}`, quoted, expr), &f); err != nil {
		return err
	}
	f.Kind, f.Doc, f.Phrase = features.Number, "A feature of the script.", name+" is {v}"
	if _, ok := f.Expr.(features.Pick); ok {
		f.Kind = features.Category
	}
	p.extra = append(p.extra, f)
	return nil
}

func (p *parser) open(name string, words []word) error {
	if len(words) != 1 || words[0].key != "" || words[0].text == "" {
		return fmt.Errorf("%s takes one user", name)
	}
	if err := p.freeze(); err != nil {
		return err
	}
	p.block, p.subject = name, words[0].text
	if name == "user" {
		p.users[p.subject] = true
	} else if !p.users[p.subject] {
		return fmt.Errorf("user %s has no user block above", p.subject)
	}
	return nil
}

// freeze makes the set and checks the plan, once the statements about them are over.
func (p *parser) freeze() error {
	if p.script.Set != nil {
		return nil
	}
	plan := &p.script.Plan
	if plan.AsOf == 0 {
		return fmt.Errorf("as-of must be given before the first user")
	}
	if !p.hasStart {
		plan.DataStart = time.UnixMicro(plan.AsOf).AddDate(-1, 0, 0).UnixMicro()
	}
	if err := plan.Validate(); err != nil {
		return err
	}
	set := defaultSet(*plan, p.known, p.screens, p.params)
	for i, f := range set.Features {
		if versions := p.absent[f.Action]; f.Action != "" && len(versions) > 0 {
			set.Features[i].Absent = versions
		}
	}
	for _, event := range slices.Sorted(maps.Keys(p.absent)) {
		if !slices.Contains(p.known, event) {
			return fmt.Errorf("absent names the event %s, which is not a known one", event)
		}
	}
	set.Features = append(set.Features, p.extra...)
	if err := set.Validate(); err != nil {
		return err
	}
	p.script.Set = set
	return nil
}

func defaultSet(plan features.Plan, known, screens, params []string) *features.Set {
	support := func(names []string) []features.Support {
		var list []features.Support
		for _, name := range names {
			list = append(list, features.Support{Name: name, Users: 1})
		}
		return list
	}
	found := features.Found{
		Users: 1, Engaged: 1, Events: support(known), Screens: support(screens),
		Context: support([]string{"platform", "device", "language", "country", "app_version", "channel"}),
	}
	choice := features.Choice{MaxEvents: len(known), MaxScreens: len(screens), Params: params}
	return features.DefaultSet(plan.Zone, plan.Label, plan.Background, found, choice)
}

func (p *parser) finish() error {
	if p.script.Set == nil {
		return fmt.Errorf("the script has no user")
	}
	return nil
}
