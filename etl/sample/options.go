// Package sample simulates a Korean calendar app whose causes of retention are known, and writes it in the real export formats.
//
// Every person, id and figure in it is invented. [Write] makes one directory:
//
//	events/events_YYYYMMDD.json.gz      GA4/Firebase BigQuery export as newline JSON, one file a day
//	firestore/userCollection.ndjson     user profiles, with canary e-mails, names and tokens that no later stage may keep
//	firestore/meetingsCollection.ndjson meetings
//	marketing/links.csv                 campaign links
//	marketing/meta_ads.csv              Meta ad spend as the Korean Ads Manager exports it
//	truth.json, truth_users.csv.gz      THE ANSWER KEY: for tests and for the best possible figures, never read by the pipeline
//
// The world runs in three steps. A person has a hidden eagerness and tastes, which drive what he does in the first week
// (life.go). The probability of revisiting is a fixed formula of those actions, the channel and a little eagerness
// (truth.go); a label is drawn from it, and the visits of days 7 to 36 are then laid out so that they agree with the label.
// Actions that are not in the formula ride along with eagerness: they look like causes and are none.
package sample

import (
	"fmt"
	"time"
)

// The rule of the label, as everywhere in this project.
const (
	firstWeek   = 7
	labelEnd    = 37
	revisitDays = 3
)

// Options sizes the simulated app. Equal options give equal bytes, whatever GOMAXPROCS.
type Options struct {
	// Users is the number of people, a tenth of whom used the app before the data begins. A few reinstall and appear twice.
	Users int
	// Days is the length of the data in calendar days; at least 45, so that some users have a whole label window.
	Days int
	// Start is the first day; only its calendar date counts.
	Start time.Time
	// Seed chooses the world.
	Seed uint64
	// Zone is the IANA name of the app's time zone, in which days begin.
	Zone string
	// Gzip compresses the event files.
	Gzip bool
}

// Defaults is an app of 20,000 people over 270 days: about one million events.
func Defaults() Options {
	return Options{
		Users: 20000, Days: 270, Start: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC),
		Seed: 1, Zone: "Asia/Seoul", Gzip: true,
	}
}

// Validate tells which option cannot be used and what to give instead.
func (o Options) Validate() error {
	switch {
	case o.Users < 50 || o.Users > 2_000_000:
		return fmt.Errorf("sample: users is %d: give 50 to 2000000", o.Users)
	case o.Days < 45 || o.Days > 1500:
		return fmt.Errorf("sample: days is %d: give 45 to 1500 (a label needs 37 days)", o.Days)
	case o.Start.Year() < 2015 || o.Start.Year() > 2100:
		return fmt.Errorf("sample: start is in the year %d: give a day of 2015 to 2100", o.Start.Year())
	case o.Zone == "":
		return fmt.Errorf("sample: zone is empty: give an IANA name such as Asia/Seoul")
	}
	if _, err := time.LoadLocation(o.Zone); err != nil {
		return fmt.Errorf("sample: zone %q is not known: give an IANA name such as Asia/Seoul: %w", o.Zone, err)
	}
	return nil
}

// Summary says what was written and how well anyone could predict it.
type Summary struct {
	// Events counts the rows of all event files, duplicates included.
	Events int
	// Users counts the pseudonymous ids of new users, old users and test devices; users without consent have none.
	Users int
	// NewUsers counts those whose first open lies in the data, Labelled those of them whose day 36 does too.
	NewUsers, Labelled int
	// Days is the number of event files.
	Days int
	// FirstDay and LastDay are YYYY-MM-DD in the zone.
	FirstDay, LastDay string
	// BaseRate is the share of labelled users who revisit.
	BaseRate float64
	// BestAUC and BestLogLoss are what the true probabilities reach on the drawn labels of the labelled users.
	BestAUC, BestLogLoss float64
	// Files are the paths written, relative to the directory, sorted.
	Files []string
}
