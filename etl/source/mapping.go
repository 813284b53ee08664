package source

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Mapping names, for each field of an event, the column of a flat log that holds it. A value COLUMN.NAME takes NAME out of a
// JSON object in COLUMN. User, Time and Event are required.
type Mapping struct {
	User       string `yaml:"user"`
	Time       string `yaml:"time"`
	Event      string `yaml:"event"`
	Screen     string `yaml:"screen"`
	Channel    string `yaml:"channel"`
	Platform   string `yaml:"platform"`
	Device     string `yaml:"device"`
	Country    string `yaml:"country"`
	Language   string `yaml:"language"`
	AppVersion string `yaml:"app_version"`
	Source     string `yaml:"source"`
	Medium     string `yaml:"medium"`
	Campaign   string `yaml:"campaign"`
	// Account is the id of the signed-in account, by which reinstalls are joined to one person.
	Account string `yaml:"account"`
	// Session is a whole number a session.
	Session string `yaml:"session"`
	// EngagedMS is in milliseconds.
	EngagedMS string `yaml:"engaged_ms"`
	// FirstTouch has the same format as Time.
	FirstTouch string `yaml:"first_touch"`
	// Params maps the name of a numeric parameter to its column.
	Params map[string]string `yaml:"params"`
}

// fields are the columns by the name they have in a mapping.
func (m *Mapping) fields() map[string]*string {
	return map[string]*string{
		"user": &m.User, "time": &m.Time, "event": &m.Event, "screen": &m.Screen, "channel": &m.Channel, "platform": &m.Platform,
		"device": &m.Device, "country": &m.Country, "language": &m.Language, "app_version": &m.AppVersion, "source": &m.Source,
		"medium": &m.Medium, "campaign": &m.Campaign, "session": &m.Session, "engaged_ms": &m.EngagedMS, "first_touch": &m.FirstTouch,
		"account": &m.Account,
	}
}

// ParseMapping reads a mapping written in one line: user=COLUMN,time=COLUMN,event=COLUMN,screen=COLUMN,param.NAME=COLUMN,...
func ParseMapping(line string) (Mapping, error) {
	var m Mapping
	fields := m.fields()
	for part := range strings.SplitSeq(line, ",") {
		name, column, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || name == "" || column == "" {
			return m, fmt.Errorf("mapping %q: want FIELD=COLUMN", part)
		}
		if param, isParam := strings.CutPrefix(name, "param."); isParam && param != "" {
			if m.Params == nil {
				m.Params = map[string]string{}
			}
			m.Params[param] = column
			continue
		}
		field := fields[name]
		if field == nil {
			return m, fmt.Errorf("mapping %q: no such field; known: %s, param.NAME", name,
				strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		*field = column
	}
	return m, m.check()
}

// ParseMappingYAML reads a mapping file: the fields as keys, the columns as values, params as a map.
func ParseMappingYAML(text []byte) (Mapping, error) {
	var m Mapping
	if err := yaml.UnmarshalWithOptions(text, &m, yaml.Strict()); err != nil {
		return m, fmt.Errorf("read mapping: %w", err)
	}
	return m, m.check()
}

func (m *Mapping) check() error {
	if m.User == "" || m.Time == "" || m.Event == "" {
		return errors.New("mapping: user, time and event must each name a column")
	}
	return nil
}

// String is the mapping in one line with its fields in order.
func (m Mapping) String() string {
	var parts []string
	for name, column := range m.fields() {
		if *column != "" {
			parts = append(parts, name+"="+*column)
		}
	}
	for name, column := range m.Params {
		parts = append(parts, "param."+name+"="+column)
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}
