package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

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
