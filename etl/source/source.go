// Package source reads event exports and logs, and is the border that personal data does not cross: ids leave as keyed hashes,
// columns pass by list, and a record that cannot be used is a value with its place and a reason.
package source

import (
	"context"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// Record is one event as it leaves the source.
type Record struct {
	features.Event
	// Day is the calendar day YYYY-MM-DD in the data's zone.
	Day string
	// SessionID is the session as the source numbers it, 0 when unknown.
	SessionID int64
	// Source, Medium and Campaign are what the event itself collected, "" when unknown; the channel comes from the first touch.
	Source, Medium, Campaign string
	// Account is the key of the signed-in account, Flag one of the warehouse's flags, "" when there is none.
	Account, Flag string
	// Key is equal for two records exactly when they are copies of one event.
	Key Key
}

// Key identifies an event: a digest of what the source counts as its identity.
type Key [16]byte

// BadRecord is a record that could not be used. It holds none of the record's values.
type BadRecord struct {
	// Source is the name of the file.
	Source string
	// Line counts from 1: lines of text, rows of a table.
	Line int64
	// Day is the file's day when that is known, else "".
	Day string
	// Reason is one of the Reason constants.
	Reason string
}

// The reasons for which records go to quarantine.
const (
	ReasonSyntax    = "not a JSON object"
	ReasonCSV       = "not a CSV record of the header's width"
	ReasonTooLong   = "longer than the limit for one record"
	ReasonNoTime    = "no event time"
	ReasonTime      = "event time cannot be read"
	ReasonTimeRange = "event time is before 2000 or after 2100"
	ReasonNoName    = "no event name"
	ReasonName      = "event name looks like personal data"
	ReasonDay       = "event_date is no date"
	ReasonOtherDay  = "event_date is not the day of the file"
	ReasonNumber    = "a number cannot be read"
	ReasonParams    = "the params column is no JSON object"
)

// Counts tell what happened to the records of a file.
type Counts struct {
	// Records is all of them, the bad and the excluded included.
	Records int64
	// Excluded had no user id, as the export writes them without consent.
	Excluded int64
	// Bad could not be used.
	Bad int64
	// Blanked is the number of text values left out because they look like an e-mail address or a phone number.
	Blanked int64
	// Cut is the number of text values longer than 100 characters.
	Cut int64
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Records += other.Records
	c.Excluded += other.Excluded
	c.Bad += other.Bad
	c.Blanked += other.Blanked
	c.Cut += other.Cut
}

// File is one file of a source.
type File struct {
	Path string
	// Name stands for the file in messages and in the quarantine: its last path element.
	Name string
	// Day is the day of a one-day file, YYYY-MM-DD, or "" for a file of any days.
	Day string
	// Intraday marks a file that the daily file of its day replaces.
	Intraday bool
}

// Sink takes what a file holds, in its order: a record, or why there is none. It returns false to stop. The record may be
// reused by the next call; its map of parameters is not.
type Sink func(*Record, *BadRecord) bool

// Source is a set of files in one format.
type Source interface {
	// Kind is the format in a word: ga4 or flat.
	Kind() string
	// Files lists the files in a fixed order.
	Files() []File
	// Settings describes all that decides which rows the same bytes become, the secret by a digest only.
	Settings() string
	// WholeDays reports whether a day that has data is complete, as a daily export is, and a running log is not.
	WholeDays() bool
	// Read reads one file. Its error is of the file as a whole; bad records are no errors. Safe for concurrent use.
	Read(ctx context.Context, f File, sink Sink) (Counts, error)
}
