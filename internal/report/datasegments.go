package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

// Segments are kinds of new people by what they do in their first week.
type Segments struct {
	// Users are the people who were divided.
	Users int       `json:"users"`
	List  []Segment `json:"list"`
	// Why says how their number was chosen.
	Why phrase.Phrase `json:"why"`
	// Agreement is how far two halves of the people give the same division: 1 is wholly, 0 is chance (adjusted Rand index).
	Agreement Number `json:"agreement"`
}

// Segment is one kind.
type Segment struct {
	// Name says what they do.
	Name       phrase.Phrase `json:"name"`
	Users      int           `json:"users"`
	Share      Number        `json:"share"`
	Revisiting int           `json:"revisiting"`
	// Rate is set by the package.
	Rate Interval `json:"rate"`
	// Traits are the features that set them apart, the strongest first.
	Traits []Trait `json:"traits"`
}

// Trait is a feature whose mean differs.
type Trait struct {
	Name  string        `json:"name"`
	Label phrase.Phrase `json:"label"`
	// Mean is of the segment, All of everybody.
	Mean Number `json:"mean"`
	All  Number `json:"all"`
}

// Dependence is how a feature moves the score over its values.
type Dependence struct {
	Name    string            `json:"name"`
	Label   phrase.Phrase     `json:"label"`
	Meaning phrase.Phrase     `json:"meaning"`
	Points  []DependencePoint `json:"points"`
	// With is the feature that changes this one's contributions most, empty where none does clearly.
	With      string        `json:"with"`
	WithLabel phrase.Phrase `json:"with_label"`
	// Split is where With is cut in two: Low are people at or under it, High those above.
	Split Number            `json:"split"`
	Low   []DependencePoint `json:"low"`
	High  []DependencePoint `json:"high"`
}

// DependencePoint is the people whose value lies from From to To, or who have a level of a category, or no value (Missing).
type DependencePoint struct {
	From    Number `json:"from"`
	To      Number `json:"to"`
	Level   string `json:"level,omitempty"`
	Missing bool   `json:"missing,omitempty"`
	// Never tells of a missing value that it means that the action was not done.
	Never bool `json:"never,omitempty"`
	Users int  `json:"users"`
	// Mean is the mean contribution in log-odds.
	Mean Interval `json:"mean"`
}

// Reason is a sentence on a part of the new people, such as "fewer than 2 meetings in the first three days".
type Reason struct {
	Words phrase.Phrase `json:"words"`
	Name  string        `json:"name"`
	Users int           `json:"users"`
	// Effect is their mean contribution in log-odds, Rate the share of them who revisit.
	Effect Number   `json:"effect"`
	Rate   Interval `json:"rate"`
}
