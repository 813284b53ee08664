package bqwh

import (
	"regexp"
	"strings"
)

// tokens are the parts of GoogleSQL text that may hold anything without meaning it (strings, quoted names, comments), and the single
// characters that places and orders look for. Prefixes of strings (r, b) need no care: in a raw string too a backslash keeps its quote
// from ending it.
var tokens = regexp.MustCompile(`(?s)'''(?:\\.|.)*?'''|"""(?:\\.|.)*?"""|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|` +
	"`[^`]*`" + `|--[^\n]*|#[^\n]*|/\*.*?\*/|\?|[()]|\w+`)

// places counts the positional parameters of a statement.
func places(sql string) int {
	n := 0
	for _, token := range tokens.FindAllString(sql, -1) {
		if token == "?" {
			n++
		}
	}
	return n
}

// ordered is whether the result of a statement has an order: an ORDER BY outside of all brackets.
func ordered(sql string) bool {
	depth, before := 0, ""
	for _, token := range tokens.FindAllString(sql, -1) {
		switch token {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 && strings.EqualFold(before, "order") && strings.EqualFold(token, "by") {
			return true
		}
		before = token
	}
	return false
}

var (
	makes   = regexp.MustCompile("(?is)^CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:TEMP(?:ORARY)?\\s+)?(?:[A-Z]+\\s+)*?(TABLE|VIEW|MODEL|FUNCTION)\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?`?([\\w.\\-]+)")
	changes = regexp.MustCompile("(?is)^(INSERT|DELETE|UPDATE|MERGE|DROP|ALTER|TRUNCATE)\\s+(?:INTO\\s+|FROM\\s+|TABLE\\s+|VIEW\\s+|MODEL\\s+)?(?:IF\\s+EXISTS\\s+)?`?([\\w.\\-]+)")
	reads   = regexp.MustCompile("(?is)\\bFROM\\s+`?([\\w.\\-*]+)")
	leading = regexp.MustCompile(`(?s)^(?:\s+|--[^\n]*\n|#[^\n]*\n|/\*.*?\*/)*`)
)

// begin is the first statement of a script that is one transaction.
const begin = "BEGIN TRANSACTION;\n"

// purpose names a statement by what it does to which table: create features, insert events, select ledger.
func purpose(sql string) string {
	sql = sql[len(leading.FindString(sql)):]
	if first, ok := strings.CutPrefix(sql, begin); ok {
		return "transact " + purpose(first)
	}
	if m := makes.FindStringSubmatch(sql); m != nil {
		return "create " + last(m[2])
	}
	if m := changes.FindStringSubmatch(sql); m != nil {
		return strings.ToLower(m[1]) + " " + last(m[2])
	}
	if m := reads.FindStringSubmatch(sql); m != nil {
		return "select " + last(m[1])
	}
	return "select"
}

// last is the table of a dotted name.
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// labelMaximum is how long the value of a label may be.
const labelMaximum = 63

// label keeps of a text what the value of a label may hold.
func label(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(text))
	return text[:min(len(text), labelMaximum)]
}

// quote makes an identifier of a name that warehouse.CheckName has passed; quoted, it may also be a keyword.
func quote(name string) string { return "`" + name + "`" }
