package featuretest

import (
	"fmt"
	"strconv"
	"strings"
)

// word is one word of a line. A key=value word has its key apart.
type word struct {
	key, text string
	// quoted tells "missing" from missing.
	quoted bool
}

// splitLine parts a line into words and drops the comment.
func splitLine(line string) ([]word, error) {
	var words []word
	for rest := strings.TrimLeft(line, " \t"); rest != "" && rest[0] != '#'; rest = strings.TrimLeft(rest, " \t") {
		w, after, err := nextWord(rest)
		if err != nil {
			return nil, err
		}
		words, rest = append(words, w), after
	}
	return words, nil
}

// nextWord reads one word from a text that begins with it.
func nextWord(s string) (w word, rest string, err error) {
	end := strings.IndexAny(s, " \t\"")
	if end < 0 {
		end = len(s)
	}
	head := s[:end]
	if end < len(s) && s[end] == '"' {
		if head != "" && (strings.IndexByte(head, '=') != len(head)-1 || head == "=") {
			return word{}, "", fmt.Errorf("a quote may stand only at the beginning of a word or after its =, as in screen=\"month view\"")
		}
		quoted, err := strconv.QuotedPrefix(s[end:])
		if err != nil {
			return word{}, "", fmt.Errorf("the quote is not closed, or has an unknown escape")
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return word{}, "", fmt.Errorf("read quoted word: %w", err)
		}
		rest = s[end+len(quoted):]
		if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return word{}, "", fmt.Errorf("a blank is missing after the quoted word")
		}
		return word{key: strings.TrimSuffix(head, "="), text: text, quoted: true}, rest, nil
	}
	if key, text, ok := strings.Cut(head, "="); ok && key != "" {
		return word{key: key, text: text}, s[end:], nil
	}
	return word{text: head}, s[end:], nil
}
