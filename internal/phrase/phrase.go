// Package phrase keeps a sentence as its format and its arguments, so that it can be said in another language later.
package phrase

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Phrase is a sentence, or a part of one: a format of package fmt in English, which is also the key of its translations, and what
// goes into it. Arguments are strings (names, which no language changes), ints, float64s and other phrases. The zero Phrase says nothing.
type Phrase struct {
	Format string
	Args   []any
	// said tells that the language is settled: Format is "%s", the argument the text.
	said bool
}

// Of is the phrase of a format and its arguments. Only constant formats can be found and translated.
func Of(format string, args ...any) Phrase { return Phrase{Format: format, Args: args} }

// Name is a text that reads the same in every language.
func Name(text string) Phrase {
	if text == "" {
		return Phrase{}
	}
	return Phrase{Format: "%s", Args: []any{text}}
}

// List is its parts, joined as a sentence joins them: "a", "a and b", "a, b and c".
func List(parts ...Phrase) Phrase {
	switch len(parts) {
	case 0:
		return Phrase{}
	case 1:
		return parts[0]
	case 2:
		return Of("%s and %s", parts[0], parts[1])
	}
	return Of("%s, %s", parts[0], List(parts[1:]...))
}

// Plural is one where n is 1, many elsewhere: English words what is counted once in another way. A language that does not gives both the
// same translation.
func Plural(n int, one, many Phrase) Phrase {
	if n == 1 {
		return one
	}
	return many
}

// Empty tells that there is nothing to say.
func (p Phrase) Empty() bool { return p.Format == "" }

// String is the phrase in English.
func (p Phrase) String() string { return p.In(nil) }

// In is the phrase with its formats replaced by their translations; a format that has none stays English. Translations may take the
// arguments in another order: "%[2]s".
func (p Phrase) In(translations map[string]string) string {
	if p.Empty() {
		return ""
	}
	format := p.Format
	if t, ok := translations[format]; ok {
		format = t
	}
	if len(p.Args) == 0 {
		return strings.ReplaceAll(format, "%%", "%")
	}
	args := make([]any, len(p.Args))
	for k, a := range p.Args {
		if inner, ok := a.(Phrase); ok {
			a = inner.In(translations)
		}
		args[k] = a
	}
	return fmt.Sprintf(format, args...)
}

// Equal tells whether the two say the same in every language.
func (p Phrase) Equal(q Phrase) bool { return reflect.DeepEqual(p, q) }

// Said is the phrase as a text in the language of the translations, which is a plain string in JSON.
func (p Phrase) Said(translations map[string]string) Phrase {
	said := Name(p.In(translations))
	said.said = true
	return said
}

// form is a phrase in JSON. Arguments carry their kind, since 5 and 5.0 are one number there and two verbs here.
type form struct {
	Format string     `json:"format"`
	Args   []argument `json:"args,omitempty"`
}

type argument struct {
	Text   *string `json:"text,omitempty"`
	Int    *int64  `json:"int,omitempty"`
	Number *number `json:"number,omitempty"`
	Phrase *Phrase `json:"phrase,omitempty"`
}

// number is a float64 that is a string in JSON where it is not finite, which JSON's numbers are.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return json.Marshal(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return json.Marshal(v)
}

func (n *number) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return json.Unmarshal(data, (*float64)(n))
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", text)
	}
	*n = number(v)
	return nil
}

// MarshalJSON writes format and arguments, or the text of a phrase whose language is settled.
func (p Phrase) MarshalJSON() ([]byte, error) {
	if p.said {
		return json.Marshal(p.String())
	}
	f := form{Format: p.Format}
	for k, a := range p.Args {
		var arg argument
		switch a := a.(type) {
		case string:
			arg.Text = &a
		case int:
			n := int64(a)
			arg.Int = &n
		case int64:
			arg.Int = &a
		case float64:
			arg.Number = (*number)(&a)
		case Phrase:
			arg.Phrase = &a
		default:
			return nil, fmt.Errorf("phrase %q: argument %d is a %T; give a string, int, int64, float64 or Phrase", p.Format, k, a)
		}
		f.Args = append(f.Args, arg)
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON writes. A plain string is a phrase whose language is settled.
func (p *Phrase) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*p = Name(text).Said(nil)
		return nil
	}
	var f form
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("read a phrase: %w", err)
	}
	*p = Phrase{Format: f.Format}
	for k, a := range f.Args {
		switch {
		case a.Text != nil:
			p.Args = append(p.Args, *a.Text)
		case a.Int != nil:
			p.Args = append(p.Args, int(*a.Int))
		case a.Number != nil:
			p.Args = append(p.Args, float64(*a.Number))
		case a.Phrase != nil:
			p.Args = append(p.Args, *a.Phrase)
		default:
			return fmt.Errorf("read the phrase %q: argument %d has no value", f.Format, k)
		}
	}
	return nil
}
