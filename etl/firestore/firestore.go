// Package firestore turns the documents of the app's database into rows of the warehouse's documents table: the users'
// documents into profile_snapshot rows, the meetings into meeting_document rows. There are three ways in: Snapshot reads
// Firestore itself, LoadFiles reads JSON lines, and Changelog reads the tables that the Firebase extension keeps in BigQuery
// where they lie.
//
// # Point in time
//
// A document tells what is true when it is read, and nothing of any day before. So a profile_snapshot row stands at the instant
// of its snapshot, and one more snapshot adds rows of its own day only. A meeting stands at the time its document was created,
// which Firestore keeps beside the document; the field from says when the meeting takes place, often long after.
//
// # Meetings that are gone
//
// A meeting is recorded by the first snapshot after its creation, with what its document said then, and stays recorded: that it
// is changed or deleted later does not unmake that it was created. A snapshot therefore adds the meetings created since the
// snapshot before it to the rows that their days have, and leaves all others alone. The instant of that earlier snapshot is in
// the ledger, in the same transaction as its rows. Within that span the rows are united by owner and instant of creation,
// counting: Firestore gives the documents of one commit one instant, and documents of an instant can only become fewer. So a
// load that was cut off, or done twice, or comes after a later one, gives the same rows. What was deleted before the first
// snapshot was never seen and is not counted.
//
// # What passes
//
// Lengths of lists, yes or no, and spans of time. Ids become keys (see source.UserKey); names, addresses, photos, tokens,
// contents and the ids of friends are not even asked for from Firestore.
package firestore

import (
	"fmt"
	"time"

	"google.golang.org/api/option"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The names of the collections and of the owner's field, where the options do not say otherwise.
const (
	DefaultUsers    = "userCollection"
	DefaultMeetings = "meetingsCollection"
	DefaultOwner    = "owner"
)

// The kinds of source in the ledger: a day on which a snapshot of both collections was taken, at the instant data_end, or of
// the users only; a day of which only meetings are known; and a day that the extension's tables tell.
const (
	SourceSnapshot  = "firestore/snapshot"
	SourceProfiles  = "firestore/profiles"
	SourceMeetings  = "firestore/meetings"
	SourceChangelog = "firestore/changelog"
)

// Options say what to load and how.
type Options struct {
	// Project and Database name the Firestore database; "" as Database is the default one.
	Project, Database string
	// Users and Meetings are the names of the two collections; "" is DefaultUsers, DefaultMeetings.
	Users, Meetings string
	// Account is the field of a user's document that holds the account id which the events carry as user_id; "" is the document's
	// own id. Owner is the field of a meeting that holds its owner's account id; "" is DefaultOwner.
	Account, Owner string
	// Secret is the one that user ids are hashed with, the same for every load of a warehouse.
	Secret []byte
	// Zone is the IANA zone of the calendar days, the same for every load of a warehouse.
	Zone string
	// Now is the instant that the ledger notes as loaded_at. It is not the instant of the snapshot: that is Firestore's own clock's.
	Now time.Time
	// State is the folder in which Snapshot keeps what it has read so far, as keys and numbers, so that a snapshot that was cut off
	// goes on within the hour. It is made, for its owner only, and emptied at the end.
	State string
	// PageSize is how many documents Snapshot asks for at once, 0 for 500.
	PageSize int
	// Client configures the Firestore client: credentials, endpoint.
	Client []option.ClientOption
	// Paths are the files of LoadFiles: files, folders or patterns; .gz is unpacked. A file belongs to the collection that its name
	// contains, unless its records name theirs.
	Paths []string
	// At is when the files were taken out of Firestore. It may be left out where their records carry readTime.
	At time.Time
	// MaxBad is the share of bad documents above which the load is refused; 0 is 0.01, and a tenth of it is worth a warning.
	MaxBad float64
	// Replace allows days that the extension's tables told to be replaced.
	Replace bool
	// Simulated marks data that no person made. A warehouse holds either such data or real data.
	Simulated bool
	// Progress is told about the steps; nil is silent.
	Progress func(step string, done, total int)
	// Warn is told what people should know but what stops nothing; nil is silent.
	Warn func(message string)
}

// Result is what a load did.
type Result struct {
	RunID string
	// At is the instant of the snapshot.
	At time.Time
	// Consistent tells that all documents were read as of that instant. Otherwise they were read in turn, the last just before it.
	Consistent bool
	// Resumed is how many parts of the collections an earlier run, cut off, had read already.
	Resumed int
	// Users and Meetings count the documents read, the bad ones included.
	Users, Meetings int64
	// Known is how many of the meetings earlier loads had recorded.
	Known int64
	// Excluded is how many documents were left out because nobody knows when they were created: the extension's imports.
	Excluded int64
	// Bad documents could not be used; Reasons counts them by reason.
	Bad     int64
	Reasons map[string]int64
	// Duplicates is how many further copies of documents or changes were dropped.
	Duplicates int64
	// Days are the days that the load touched, Loaded of them written, with Rows rows in all, Skipped of them left as they were.
	Days            []etl.DayResult
	Loaded, Skipped int
	Rows            int64
}

const (
	defaultPage   = 500
	defaultMaxBad = 0.01
)

// withDefaults fills in what was left out, and refuses what cannot be meant.
func (o Options) withDefaults() (Options, *time.Location, error) {
	for _, d := range []struct {
		value *string
		is    string
	}{{&o.Users, DefaultUsers}, {&o.Meetings, DefaultMeetings}, {&o.Owner, DefaultOwner}} {
		if *d.value == "" {
			*d.value = d.is
		}
	}
	if o.PageSize <= 0 {
		o.PageSize = defaultPage
	}
	if o.MaxBad == 0 {
		o.MaxBad = defaultMaxBad
	}
	for what, name := range map[string]string{"account": o.Account, "owner": o.Owner} {
		if name != "" && !fieldName.MatchString(name) {
			return o, nil, fmt.Errorf("%s field %q: want the name of a document's field, of letters, digits and _", what, name)
		}
	}
	loc, err := checkCommon(o.Zone, o.Secret, o.MaxBad)
	return o, loc, err
}

// checkCommon refuses what no way in can do with.
func checkCommon(zone string, secret []byte, maxBad float64) (*time.Location, error) {
	if len(secret) == 0 {
		return nil, fmt.Errorf("no secret: user ids cannot be hashed without one")
	}
	if !(maxBad >= 0 && maxBad <= 1) {
		return nil, fmt.Errorf("max bad %v: want a share between 0 and 1", maxBad)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return nil, fmt.Errorf("time zone %q: want an IANA name such as Asia/Seoul", zone)
	}
	return loc, nil
}

func (o Options) warn(format string, args ...any) { warn(o.Warn, format, args...) }

func (o Options) progress(step string, done, total int) {
	if o.Progress != nil {
		o.Progress(step, done, total)
	}
}

func warn(to func(string), format string, args ...any) {
	if to != nil {
		to(fmt.Sprintf(format, args...))
	}
}

// table is where all of this goes.
var table = warehouse.Documents
