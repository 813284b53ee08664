package report

import (
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// t says a constant English format with its arguments.
func (s speaker) t(format string, args ...any) string { return s.tie(s.say(format, args...)) }

// phrase says a phrase.
func (s speaker) phrase(p phrase.Phrase) string { return s.tie(p.In(s.words)) }

// word says one of the words of a closed set, such as the name of a part; any other text stays as it is.
func (s speaker) word(text string) string {
	if said, ok := s.words[text]; ok {
		return said
	}
	return text
}

// tie keeps a percent sign on the line of its number, as the language writes it: Korean, the one translation, sets it close.
func (s speaker) tie(text string) string {
	if len(s.words) > 0 {
		return strings.ReplaceAll(text, " %", "%")
	}
	return strings.ReplaceAll(text, " %", "\u00a0%")
}

// span writes the two ends of a range.
func (s speaker) span(low, high string) string { return s.t("%s to %s", low, high) }

// days writes the days or weeks from one to another, one alone where they are the same.
func (s speaker) days(from, to string) string {
	if from == to || to == "" {
		return from
	}
	return s.span(from, to)
}

// pct writes a share as a percentage.
func (s speaker) pct(share float64) string { return s.tie(percent(share)) }

// brackets writes an interval alone; empty when it is not known or has no width, as for a figure that is so by definition.
func (s speaker) brackets(digits int, i Interval) string {
	if !i.bounded() || i.Low == i.High {
		return ""
	}
	return s.span(decimal(digits, i.Low), decimal(digits, i.High))
}

// pctBrackets is brackets of a share in per cent.
func (s speaker) pctBrackets(i Interval) string {
	return s.brackets(1, Interval{100 * i.Value, 100 * i.Low, 100 * i.High})
}

// pctRange writes a share with its interval.
func (s speaker) pctRange(i Interval) string {
	if !i.bounded() {
		return s.pct(i.Value)
	}
	return fmt.Sprintf("%s (%s)", s.pct(i.Value), s.span(decimal(1, 100*i.Low), decimal(1, 100*i.High)))
}

// ranged writes a value with its interval.
func (s speaker) ranged(digits int, i Interval) string {
	if !i.bounded() {
		return decimal(digits, i.Value)
	}
	return fmt.Sprintf("%s (%s)", decimal(digits, i.Value), s.span(decimal(digits, i.Low), decimal(digits, i.High)))
}

// points writes a difference of shares in percentage points, without its interval.
func (s speaker) points(v float64) string {
	if !finite(v) {
		return dash
	}
	return signedPoints(v)
}

// pointsBrackets is the interval of a difference of shares in percentage points.
func (s speaker) pointsBrackets(i Interval) string {
	if !i.bounded() || i.Low == i.High {
		return ""
	}
	return s.span(signedPoints(i.Low), signedPoints(i.High))
}

// people writes how many of how many.
func (s speaker) people(part, whole int) string { return s.t("%s of %s", count(part), count(whole)) }
