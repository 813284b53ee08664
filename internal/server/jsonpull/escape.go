package jsonpull

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escaped reads on from the first escape of a text that began at start, copying into the scratch buffer.
func (r *Reader) escaped(start int) ([]byte, error) {
	out := append(r.scratch[:0], r.buf[start:r.pos]...)
	for r.pos < len(r.buf) {
		c := r.buf[r.pos]
		switch {
		case c == '"':
			r.pos++
			r.scratch = out
			if !utf8.Valid(out) {
				return nil, &SyntaxError{start, "text that is not UTF-8"}
			}
			return out, nil
		case c < ' ':
			return nil, &SyntaxError{r.pos, "unescaped control character in text"}
		case c != '\\':
			out = append(out, c)
			r.pos++
		default:
			var err error
			if out, err = r.escape(out); err != nil {
				return nil, err
			}
		}
	}
	return nil, &SyntaxError{r.pos, "text without closing quote"}
}

// escape resolves the escape at pos and appends what it stands for.
func (r *Reader) escape(out []byte) ([]byte, error) {
	if r.pos+1 >= len(r.buf) {
		return nil, &SyntaxError{len(r.buf), "text without closing quote"}
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := r.buf[r.pos+1]
	for i := range len(from) {
		if from[i] == c {
			r.pos += 2
			return append(out, to[i]), nil
		}
	}
	if c != 'u' {
		return nil, &SyntaxError{r.pos, "unknown escape in text"}
	}
	first, ok := r.hex4(r.pos)
	if !ok {
		return nil, &SyntaxError{r.pos, `\u without four hexadecimal digits`}
	}
	r.pos += 6
	if utf16.IsSurrogate(first) {
		second, ok := r.hex4(r.pos)
		if pair := utf16.DecodeRune(first, second); ok && pair != utf8.RuneError {
			r.pos += 6
			return utf8.AppendRune(out, pair), nil
		}
		first = utf8.RuneError
	}
	return utf8.AppendRune(out, first), nil
}

// hex4 reads the code unit of a \uXXXX at position at.
func (r *Reader) hex4(at int) (rune, bool) {
	if at+6 > len(r.buf) || r.buf[at] != '\\' || r.buf[at+1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(r.buf[at+2:at+6]), 16, 16)
	return rune(v), err == nil
}
