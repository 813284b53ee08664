package report

import (
	"cmp"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// speaker says the words of pictures in the language of the report. Its words are translations by English formats; the zero speaker
// says everything in English.
type speaker struct {
	words map[string]string
}

// newSpeaker speaks the language of Data.Language.
func newSpeaker(language string) speaker { return speaker{translations(language)} }

// say is a format with its arguments in the speaker's language. Formats are constants, so that their translations can be checked.
func (s speaker) say(format string, args ...any) string {
	return phrase.Phrase{Format: format, Args: args}.In(s.words)
}

// unknownGroup are people of whom the data does not tell the group.
const unknownGroup = "unknown"

// ownNames are names that this program gives, so that they can be said in other languages; the rest are the app's.
var ownNames = []string{
	OtherChannels, OtherGroups, OtherSegments, unknownGroup, "base rate", "visit days alone", "best possible", "the app", "a simulated calendar app",
}

// name is a name of a group, a level or a model.
func (s speaker) name(text string) string {
	if slices.Contains(ownNames, text) {
		return s.say(text)
	}
	return text
}

// label is what a reader calls a column or an action, its own name where there is no label.
func (s speaker) label(label phrase.Phrase, name string) string {
	return cmp.Or(label.In(s.words), name)
}
