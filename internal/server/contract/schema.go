package contract

import (
	"fmt"
	"strings"
)

// word is a part of a type in words; one with a link names a schema of the page.
type word struct{ Text, Link string }

// span is a part of a paragraph; Code is set in a fixed width.
type span struct {
	Text string
	Code bool
}

type paragraph []span

// prose splits a description into paragraphs, and each at its backquotes into text and code.
func prose(text string) (out []paragraph) {
	if text == "" {
		return nil
	}
	for _, block := range strings.Split(text, "\n\n") {
		var p paragraph
		for i, part := range strings.Split(strings.Join(strings.Fields(block), " "), "`") {
			if part != "" {
				p = append(p, span{part, i%2 == 1})
			}
		}
		out = append(out, p)
	}
	return out
}

func schemaOf(name string, schema any) schemaView {
	out := schemaView{Name: name, About: append(prose(text(schema, "description")), limits(schema)...)}
	required := map[any]bool{}
	for _, r := range items(schema, "required") {
		required[r] = true
	}
	for _, p := range members(schema, "properties") {
		out.Fields = append(out.Fields, fieldView{
			Name: key(p), Required: required[p.Key], Type: typeOf(p.Value),
			About: append(prose(text(p.Value, "description")), limits(p.Value)...),
		})
	}
	if of := items(schema, "allOf"); len(of) > 0 {
		out.Type = append([]word{{Text: "all of "}}, joined(of, " and ")...)
	} else if len(out.Fields) == 0 {
		out.Type = typeOf(schema)
	}
	return out
}

// typeOf words a schema: "list of Instance", "number or null".
func typeOf(schema any) []word {
	if ref := text(schema, "$ref"); ref != "" {
		return []word{{refName(ref), "schema-" + refName(ref)}}
	}
	if of := append(items(schema, "oneOf"), items(schema, "anyOf")...); len(of) > 0 && get(schema, "properties") == nil {
		return joined(of, " or ")
	}
	if of := items(schema, "allOf"); len(of) > 0 {
		return joined(of[:1], "")
	}
	if of := items(schema, "enum"); len(of) > 0 {
		return []word{{Text: listed(of, " or ")}}
	}
	if fixed, ok := get(schema, "const").(string); ok {
		return []word{{Text: fixed}}
	}
	names := items(schema, "type")
	if one := text(schema, "type"); one != "" {
		names = []any{one}
	}
	var out []word
	for i, name := range names {
		if i > 0 {
			out = append(out, word{Text: " or "})
		}
		out = append(out, plainType(schema, fmt.Sprint(name))...)
	}
	return out
}

// plainType words a type without alternatives.
func plainType(schema any, name string) []word {
	switch name {
	case "array":
		return append([]word{{Text: "list of "}}, typeOf(get(schema, "items"))...)
	case "object":
		if of := get(schema, "additionalProperties"); members(of) != nil {
			return append([]word{{Text: "object of "}}, typeOf(of)...)
		}
		return []word{{Text: objectOf(schema)}}
	case "string":
		if format := text(schema, "format"); format != "" {
			return []word{{Text: "text (" + format + ")"}}
		}
		return []word{{Text: "text"}}
	case "integer":
		return []word{{Text: "whole number"}}
	case "boolean":
		return []word{{Text: "true or false"}}
	}
	return []word{{Text: name}}
}

// objectOf words an object by the names of its members.
func objectOf(schema any) string {
	var names []any
	for _, p := range members(schema, "properties") {
		names = append(names, p.Key)
	}
	if len(names) == 0 {
		return "object"
	}
	return "object with " + listed(names, " and ")
}

// joined words alternatives.
func joined(schemas []any, with string) (out []word) {
	for i, s := range schemas {
		if i > 0 {
			out = append(out, word{Text: with})
		}
		out = append(out, typeOf(s)...)
	}
	return out
}

// listed words a list: a, b or c.
func listed(list []any, last string) string {
	var out strings.Builder
	for i, v := range list {
		switch {
		case i > 0 && i == len(list)-1:
			out.WriteString(last)
		case i > 0:
			out.WriteString(", ")
		}
		fmt.Fprint(&out, v)
	}
	return out.String()
}

// limits words what a schema says of sizes and defaults, as one more paragraph.
func limits(schema any) []paragraph {
	var said []string
	for _, l := range []struct{ name, words string }{
		{"minimum", "at least %v"},
		{"exclusiveMinimum", "above %v"},
		{"maximum", "at most %v"},
		{"minItems", "at least %v in the list"},
		{"maxItems", "at most %v in the list"},
		{"minProperties", "at least %v member"},
		{"maxLength", "at most %v bytes"},
		{"default", "%v if left out"},
	} {
		if v := get(schema, l.name); v != nil {
			said = append(said, fmt.Sprintf(l.words, v))
		}
	}
	if len(said) == 0 {
		return nil
	}
	words := strings.Join(said, ", ") + "."
	return []paragraph{{span{Text: strings.ToUpper(words[:1]) + words[1:]}}}
}
