package features

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kind says what values a feature has.
type Kind string

const (
	// Number is a count, an amount or a share.
	Number Kind = "number"
	// Category is one of a few texts.
	Category Kind = "category"
)

// Feature is one named column: what it means to a reader, and how it is computed.
type Feature struct {
	// Name is the column's name: lower case letters, digits and underscores.
	Name string `json:"name"`
	// Label names it for a picture, in a few words.
	Label string `json:"label"`
	// Doc is its meaning in one sentence.
	Doc string `json:"doc"`
	// Phrase says one user's value in words; {v} stands for the value.
	Phrase string `json:"phrase"`
	// Unknown says in words that a user has no value; empty says that the feature is unknown.
	Unknown string `json:"unknown,omitempty"`
	// Kind is number or category.
	Kind Kind `json:"kind"`
	// Unit of a number: times, days, hours, share and so on.
	Unit string `json:"unit,omitempty"`
	// Action is the event the feature is about, "" for a habit or a context field.
	Action string `json:"action,omitempty"`
	// Absent lists the app versions in which the event does not exist yet: for their users the feature is missing, not 0.
	Absent []string `json:"absent,omitempty"`
	// Expr computes it.
	Expr Expr `json:"-"`
}

// Set is an ordered list of features with all that their values depend on. It is frozen into an artifact, so that the
// server computes what the trainer did.
type Set struct {
	// Zone is the IANA name of the app's time zone, for example Asia/Seoul.
	Zone string `json:"zone"`
	// Background lists the events that make no visit.
	Background []string `json:"background"`
	// Label is the rule the model was trained for.
	Label Label `json:"label"`
	// Features are the columns.
	Features []Feature `json:"features"`
}

// Row is one value a feature, in the order of the set.
type Row []Value

// Hash identifies what the set computes: two sets with one hash have the same columns with the same values. The words that
// explain a feature do not count.
func (s *Set) Hash() string {
	bare := *s
	bare.Features = slices.Clone(s.Features)
	for i := range bare.Features {
		f := &bare.Features[i]
		f.Label, f.Doc, f.Phrase, f.Unknown, f.Unit = "", "", "", "", ""
	}
	encoded, err := json.Marshal(&bare)
	if err != nil {
		panic("features: a set always encodes: " + err.Error())
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:8])
}

// Index finds a feature by name.
func (s *Set) Index(name string) (int, bool) {
	i := slices.IndexFunc(s.Features, func(f Feature) bool { return f.Name == name })
	return i, i >= 0
}

// Names are the column names in order.
func (s *Set) Names() []string {
	names := make([]string, len(s.Features))
	for i, f := range s.Features {
		names[i] = f.Name
	}
	return names
}

// Keep is the set with only the named features, in the order of the set.
func (s *Set) Keep(names []string) *Set {
	kept := *s
	kept.Features = nil
	for _, f := range s.Features {
		if slices.Contains(names, f.Name) {
			kept.Features = append(kept.Features, f)
		}
	}
	return &kept
}

var columnName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,79}$`)

// Validate reports the first fault: an unknown zone, a bad or repeated name, an expression that looks past the first week.
func (s *Set) Validate() error {
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		return fmt.Errorf("time zone %q is unknown; use an IANA name such as Asia/Seoul or UTC", s.Zone)
	}
	if err := s.Label.Validate(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, f := range s.Features {
		switch {
		case !columnName.MatchString(f.Name):
			return fmt.Errorf("feature name %q is no column name; use lower case letters, digits and underscores", f.Name)
		case seen[f.Name]:
			return fmt.Errorf("feature %s is there twice", f.Name)
		case f.Expr == nil:
			return fmt.Errorf("feature %s has no expression", f.Name)
		}
		seen[f.Name] = true
		if err := f.Expr.validate(); err != nil {
			return fmt.Errorf("feature %s: %w", f.Name, err)
		}
	}
	return nil
}

// Say tells one user's value in words, for a reason or a report. Milliseconds are told in minutes.
func (f Feature) Say(v Value) string {
	switch {
	case v.Missing && f.Unknown != "":
		return f.Unknown
	case v.Missing:
		return f.Name + " is unknown"
	case f.Kind != Number:
		return strings.ReplaceAll(f.Phrase, "{v}", v.Text)
	}
	n := v.Number
	if f.Unit == "ms" {
		n /= 60_000
	}
	text := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
	if text == "1" {
		return plural.ReplaceAllString(strings.ReplaceAll(f.Phrase, "{v}", text), "$1")
	}
	return strings.ReplaceAll(f.Phrase, "{v}", text)
}

// plural finds what is counted once: "1 times", "1 different things".
var plural = regexp.MustCompile(`(\b1 (?:different |friend )?(?:time|day|session|thing|screen|hour|minute|event|friend|request|user))s\b`)

// MarshalJSON writes the expression under the name of its node.
func (f Feature) MarshalJSON() ([]byte, error) {
	type plain Feature
	if f.Expr == nil {
		return nil, fmt.Errorf("feature %s has no expression", f.Name)
	}
	return json.Marshal(struct {
		plain
		Expr map[string]Expr `json:"expr"`
	}{plain(f), map[string]Expr{f.Expr.op(): f.Expr}})
}

// UnmarshalJSON refuses fields that it does not know: a set that was written by a newer program must not lose half its meaning.
func (s *Set) UnmarshalJSON(data []byte) error {
	type plain Set
	var in plain
	if err := strictJSON(data, &in); err != nil {
		return fmt.Errorf("read feature set: %w", err)
	}
	*s = Set(in)
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes and refuses nodes that it does not know.
func (f *Feature) UnmarshalJSON(data []byte) error {
	type plain Feature
	var in struct {
		plain
		Expr map[string]json.RawMessage `json:"expr"`
	}
	if err := strictJSON(data, &in); err != nil {
		return err
	}
	*f = Feature(in.plain)
	if len(in.Expr) != 1 {
		return fmt.Errorf("feature %s must have one expression, has %d", f.Name, len(in.Expr))
	}
	for op, body := range in.Expr {
		expr, err := decodeExpr(op, body)
		if err != nil {
			return fmt.Errorf("feature %s: %w", f.Name, err)
		}
		f.Expr = expr
	}
	return nil
}

func decodeExpr(op string, body []byte) (Expr, error) {
	switch op {
	case "count":
		return decodeNode[Count](body)
	case "days":
		return decodeNode[Days](body)
	case "distinct":
		return decodeNode[Distinct](body)
	case "total":
		return decodeNode[Total](body)
	case "share":
		return decodeNode[Share](body)
	case "pick":
		return decodeNode[Pick](body)
	case "since":
		return decodeNode[Since](body)
	case "until":
		return decodeNode[Until](body)
	case "trend":
		return decodeNode[Trend](body)
	case "clock":
		return decodeNode[Clock](body)
	case "known":
		return decodeNode[Known](body)
	}
	return nil, fmt.Errorf("expression %q is not one of the algebra's nodes; this set was written by a newer program", op)
}

func decodeNode[T Expr](body []byte) (Expr, error) {
	var node T
	if err := strictJSON(body, &node); err != nil {
		return nil, err
	}
	return node, nil
}

func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
