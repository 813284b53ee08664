// Package jsonpull reads a JSON text value by value, as the caller asks for it: no tree is built, nothing is reflected on, and
// every error knows its byte offset. It is strict (RFC 8259, UTF-8 only) and leaves duplicate names to the caller.
package jsonpull

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Kind is what the next value is, told by its first byte.
type Kind byte

// The kinds of a JSON value.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as a reader of an error message would.
func (k Kind) String() string {
	names := [...]string{"no value", "null", "true or false", "a number", "text", "a list", "an object"}
	return names[k]
}

// SyntaxError says where a text stops being JSON.
type SyntaxError struct {
	// Offset is the byte at which it happens, from 0.
	Offset int
	// Problem says what is wrong; it never holds the text itself.
	Problem string
}

// Error gives the problem and its offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Problem, e.Offset) }

// RangeError says that a number is well formed but not held by the type asked for.
type RangeError struct {
	// Offset is the byte at which the number begins, from 0.
	Offset int
	// Problem says what the number should have been.
	Problem string
}

// Error gives the problem and its offset.
func (e *RangeError) Error() string { return fmt.Sprintf("%s at byte %d", e.Problem, e.Offset) }

// Reader walks over one JSON text. The caller must read the value announced by Key or Element before asking for the next.
// The zero Reader is an empty text; Reset gives it another.
type Reader struct {
	buf     []byte
	pos     int
	scratch []byte
}

// Reset starts over at the beginning of text, which must not change while it is read.
func (r *Reader) Reset(text []byte) { r.buf, r.pos = text, 0 }

// Offset is the position of the next unread byte.
func (r *Reader) Offset() int { return r.pos }

// Kind looks at the next value without reading it.
func (r *Reader) Kind() (Kind, error) {
	switch c := r.peek(); {
	case c == '{':
		return Object, nil
	case c == '[':
		return Array, nil
	case c == '"':
		return String, nil
	case c == 't' || c == 'f':
		return Bool, nil
	case c == 'n':
		return Null, nil
	case c == '-' || c >= '0' && c <= '9':
		return Number, nil
	}
	return Invalid, r.unexpected("a value")
}

// Open reads the first byte of an object or a list.
func (r *Reader) Open(k Kind) error {
	want, what := byte('{'), "an object"
	if k == Array {
		want, what = '[', "a list"
	}
	if r.peek() != want {
		return r.unexpected(what)
	}
	r.pos++
	return nil
}

// Key reads the next name of an object and the colon behind it, or its end (ok is false). first says that no name was read yet.
// The name is valid until the next call of Key or Text.
func (r *Reader) Key(first bool) (name []byte, ok bool, err error) {
	ok, err = r.next('}', first)
	if !ok || err != nil {
		return nil, false, err
	}
	if r.peek() != '"' {
		return nil, false, r.unexpected("a name in quotes")
	}
	if name, err = r.Text(); err != nil {
		return nil, false, err
	}
	if r.peek() != ':' {
		return nil, false, r.unexpected("':' after a name")
	}
	r.pos++
	return name, true, nil
}

// Element moves to the next value of a list, or past its end (ok is false). first says that no value was read yet.
func (r *Reader) Element(first bool) (ok bool, err error) { return r.next(']', first) }

// next reads the comma before a further member, or the closing byte.
func (r *Reader) next(closing byte, first bool) (bool, error) {
	c := r.peek()
	if c == closing {
		r.pos++
		return false, nil
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, r.unexpected("',' or '" + string(closing) + "'")
	}
	r.pos++
	if r.peek() == closing {
		return false, r.unexpected("a further value after ','")
	}
	return true, nil
}

// End reports what follows the text, if anything does.
func (r *Reader) End() error {
	r.peek()
	if r.pos < len(r.buf) {
		return &SyntaxError{r.pos, "unexpected text after the end of the JSON value"}
	}
	return nil
}

// Null reads null.
func (r *Reader) Null() error { return r.literal("null") }

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	if r.peek() == 't' {
		return true, r.literal("true")
	}
	return false, r.literal("false")
}

func (r *Reader) literal(word string) error {
	r.peek()
	if !bytes.HasPrefix(r.buf[r.pos:], []byte(word)) {
		return r.unexpected(word)
	}
	r.pos += len(word)
	return nil
}

// Float reads a number. One that a float64 cannot hold is a *RangeError.
func (r *Reader) Float() (float64, error) {
	if v, ok := r.short(); ok {
		return v, nil
	}
	text, start, err := r.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, &RangeError{start, "the number is too large"}
	}
	return v, nil
}

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// short reads a number of at most 15 digits without an exponent, as most are. Its digits and its power of ten are exact, so that one
// division rounds correctly (Clinger, "How to Read Floating Point Numbers Accurately", 1990). Of any other text it reads nothing.
func (r *Reader) short() (float64, bool) {
	r.peek()
	buf := r.buf[r.pos:]
	i := 0
	negative := len(buf) > 0 && buf[0] == '-'
	if negative {
		i++
	}
	first := i
	var digits uint64
	for ; i < len(buf) && buf[i]-'0' <= 9 && i-first <= 15; i++ {
		digits = digits*10 + uint64(buf[i]-'0')
	}
	whole := i - first
	if whole == 0 || whole > 1 && buf[first] == '0' {
		return 0, false
	}
	fraction := 0
	if i < len(buf) && buf[i] == '.' {
		for i++; i < len(buf) && buf[i]-'0' <= 9 && whole+fraction <= 15; i++ {
			digits = digits*10 + uint64(buf[i]-'0')
			fraction++
		}
		if fraction == 0 {
			return 0, false
		}
	}
	if whole+fraction > 15 || i < len(buf) && (buf[i]|0x20 == 'e' || buf[i]-'0' <= 9) {
		return 0, false
	}
	r.pos += i
	v := float64(digits)
	if fraction > 0 {
		v /= tens[fraction]
	}
	if negative {
		v = -v
	}
	return v, true
}

// Int reads a number written without fraction or exponent. Another one, or one that an int64 cannot hold, is a *RangeError.
func (r *Reader) Int() (int64, error) {
	text, start, err := r.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, &RangeError{start, "the number is not a whole number of 64 bits"}
	}
	return v, nil
}

// number finds the end of a number by the grammar of RFC 8259, section 6.
func (r *Reader) number() (text []byte, start int, err error) {
	r.peek()
	start = r.pos
	if r.at('-') {
		r.pos++
	}
	if r.at('0') {
		r.pos++
	} else if !r.digits() {
		return nil, start, r.unexpected("a number")
	}
	if r.at('.') {
		r.pos++
		if !r.digits() {
			return nil, start, r.unexpected("a digit after '.'")
		}
	}
	if r.at('e') || r.at('E') {
		r.pos++
		if r.at('+') || r.at('-') {
			r.pos++
		}
		if !r.digits() {
			return nil, start, r.unexpected("a digit in the exponent")
		}
	}
	return r.buf[start:r.pos], start, nil
}

func (r *Reader) at(c byte) bool { return r.pos < len(r.buf) && r.buf[r.pos] == c }

// digits skips digits and says whether there was one.
func (r *Reader) digits() bool {
	start := r.pos
	for r.pos < len(r.buf) && r.buf[r.pos] >= '0' && r.buf[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}

// peek skips white space and gives the next byte, 0 at the end.
func (r *Reader) peek() byte {
	for r.pos < len(r.buf) {
		switch c := r.buf[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) unexpected(want string) error {
	if r.pos >= len(r.buf) {
		return &SyntaxError{r.pos, "the text ends where " + want + " should be"}
	}
	return &SyntaxError{r.pos, "unexpected character where " + want + " should be"}
}

// Text reads a string without its quotes, its escapes resolved. It is valid until the next call of Key or Text.
func (r *Reader) Text() ([]byte, error) {
	if r.peek() != '"' {
		return nil, r.unexpected("text in quotes")
	}
	r.pos++
	start, ascii := r.pos, true
	for i, c := range r.buf[start:] {
		if !special[c] {
			continue
		}
		r.pos = start + i
		switch {
		case c == '"':
			text := r.buf[start:r.pos]
			if !ascii && !utf8.Valid(text) {
				return nil, &SyntaxError{start, "text that is not UTF-8"}
			}
			r.pos++
			return text, nil
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return nil, &SyntaxError{r.pos, "unescaped control character in text"}
		}
		ascii = false
	}
	r.pos = len(r.buf)
	return nil, &SyntaxError{r.pos, "text without closing quote"}
}

// special are the bytes at which the reading of a text has to look closer: its end, an escape, what may not stand there, and what is not
// ASCII.
var special = func() (table [256]bool) {
	for c := range table {
		table[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return table
}()

// Member reads the next name of an object and the colon behind it if they are the given text, `"name":`, without white space. Otherwise
// it reads nothing. It saves looking at the name of a member that is known to be likely.
func (r *Reader) Member(first bool, quoted string) bool {
	at := r.pos
	if !first {
		if !r.at(',') {
			return false
		}
		at++
	}
	if end := at + len(quoted); end > len(r.buf) || string(r.buf[at:end]) != quoted {
		return false
	}
	r.pos = at + len(quoted)
	return true
}
