package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

// Format is the version of report.json. It rises when a field changes its name or meaning; new fields do not raise it.
const Format = 1

// Data is everything that the report says. Every part may be empty; the page then says that there is nothing to show.
type Data struct {
	// Format is set by the package.
	Format int `json:"format"`
	// Language is "en" or "ko".
	Language string `json:"language"`

	Meta Meta `json:"meta"`
	// Minute holds the sentences at the top of the page. They are written by the package from the rest; what is given is
	// replaced.
	Minute    []phrase.Phrase `json:"in_a_minute"`
	Summary   Summary         `json:"summary"`
	Retention Retention       `json:"retention"`
	// Spend is nil where no ads were loaded.
	Spend *Spend `json:"spend,omitempty"`
	// Moments are empty where the app has no actions of its own.
	Moments  Moments  `json:"moments"`
	Segments Segments `json:"segments"`
	// Comparison is nil where no other version was asked for.
	Comparison *Comparison `json:"comparison,omitempty"`
	// Truth are the versions whose scores can be compared with what then happened, newest first.
	Truth       []Truth     `json:"truth"`
	Quality     Quality     `json:"quality"`
	Matters     Matters     `json:"what_matters"`
	Leakage     []Rule      `json:"leakage"`
	DataQuality DataQuality `json:"data_quality"`
}

// Meta names the run.
type Meta struct {
	// Title is the app's name.
	Title string `json:"title"`
	// Simulated puts a banner on the page that no reader can miss.
	Simulated bool `json:"simulated"`
	// Created and AsOf are instants as they are to be read, by convention RFC 3339. AsOf is where the data ends.
	Created string `json:"created"`
	AsOf    string `json:"as_of"`
	// Zone is the IANA time zone in which days are counted.
	Zone string `json:"zone"`
	// From and To are the first and last day of the data, YYYY-MM-DD.
	From string `json:"from"`
	To   string `json:"to"`
	// LabelWords completes "revisiting means ...", such as "visits on at least 3 days in the 30 days after the first week".
	LabelWords phrase.Phrase `json:"label_words"`
	// ModelVersion is the version of the published artifact, empty when none was published.
	ModelVersion string `json:"model_version"`
	// NotPublished says why the run published no model, in whole sentences; empty for a published run.
	NotPublished phrase.Phrase `json:"not_published"`
	Seed         uint64        `json:"seed"`
	// Command makes the same page again.
	Command  string    `json:"command"`
	Settings []Setting `json:"settings"`
}

// Setting is one setting of the run, with its value as it would be given.
type Setting struct {
	Name  string        `json:"name"`
	Value phrase.Phrase `json:"value"`
}

// Summary is what the data holds.
type Summary struct {
	Events int64 `json:"events"`
	// Users are all people in the log, Days the days with data.
	Users int `json:"users"`
	Days  int `json:"days"`
	// Cohort are the new people whose answer is known, Revisiting those of them who revisit.
	Cohort     int `json:"cohort"`
	Revisiting int `json:"revisiting"`
	// BaseRate is Revisiting over Cohort with its 95 % interval after Wilson, set by the package.
	BaseRate   Interval    `json:"base_rate"`
	Exclusions []Exclusion `json:"exclusions"`
	// Parts are the rows for training, validation and test, in that order.
	Parts []Part `json:"parts"`
	// Visits is how many visits the cohort made in the label window, from 0 up, the last bin open.
	Visits []VisitBin `json:"visits"`
	// Neighbours are the base rates under other rules. Warnings are whole sentences on a rule that does not fit the app,
	// shown as they come: the caller keeps counts under SmallestCell out of them, as out of Quality.Skipped and the details of rules.
	Neighbours []Neighbour     `json:"neighbours"`
	Warnings   []phrase.Phrase `json:"warnings"`
}

// Exclusion is how many people a selection rule kept out, each counted under the first reason only.
type Exclusion struct {
	// Reason is read after "left out because", such as "not new: first seen in the first 30 days of the log".
	Reason phrase.Phrase `json:"reason"`
	Users  int           `json:"users"`
}

// Part is one part of the split by first day.
type Part struct {
	// Name is "train", "valid" or "test"; From and To are the first and last first days, YYYY-MM-DD.
	Name       string `json:"name"`
	From       string `json:"from"`
	To         string `json:"to"`
	Users      int    `json:"users"`
	Revisiting int    `json:"revisiting"`
	// BaseRate is set by the package.
	BaseRate Interval `json:"base_rate"`
}

// VisitBin is how many people made From to To visits in the label window. To is -1 in an open bin.
type VisitBin struct {
	From  int `json:"from"`
	To    int `json:"to"`
	Users int `json:"users"`
	// Revisits tells that the bin lies on the yes side of the rule's line.
	Revisits bool `json:"revisits"`
}

// Neighbour is the base rate under a rule of at least Visits visit days in Weeks weeks after the first week.
type Neighbour struct {
	Visits     int `json:"visits"`
	Weeks      int `json:"weeks"`
	Users      int `json:"users"`
	Revisiting int `json:"revisiting"`
	// BaseRate is set by the package.
	BaseRate Interval `json:"base_rate"`
	// Chosen marks the rule of this run, where it is one of the table's.
	Chosen bool `json:"chosen"`
}

// Retention is who came back, whatever a model makes of it.
type Retention struct {
	// Weeks are cohorts by week of first visit, oldest first.
	Weeks    []WeekCohort `json:"weeks"`
	Channels []Channel    `json:"channels"`
	// Curves begin with everybody.
	Curves []Curve `json:"curves"`
}

// WeekCohort is the people whose first day lies in one calendar week.
type WeekCohort struct {
	// Week and LastWeek are first days of weeks, YYYY-MM-DD. They differ where the package has joined small cohorts; LastWeek may
	// be left empty.
	Week     string `json:"week"`
	LastWeek string `json:"last_week"`
	Users    int    `json:"users"`
	// Active[n] is how many of them visited in their own week n (days 7n to 7n+6 after day 0), for the weeks that are over
	// for all.
	Active []int `json:"active"`
}

// Channel is the people of the cohort who came by one channel.
type Channel struct {
	Name       string `json:"name"`
	Users      int    `json:"users"`
	Revisiting int    `json:"revisiting"`
	// Rate is set by the package: Revisiting over Users, with its 95 % interval after Wilson.
	Rate Interval `json:"rate"`
}

// DataQuality is what the pipeline set aside.
type DataQuality struct {
	// Read counts the records read, Duplicates those dropped as copies.
	Read       int64 `json:"read"`
	Duplicates int64 `json:"duplicates"`
	// Quarantined are bad records by source and reason.
	Quarantined []Quarantined `json:"quarantined"`
	// DaysMissing are the days inside the data's span that hold nothing, YYYY-MM-DD.
	DaysMissing []string `json:"days_missing"`
	// DaysEmpty is how many days those are, where they were only counted and DaysMissing is empty.
	DaysEmpty int `json:"days_empty"`
}

// Quarantined is how many records of a source were refused for one reason. Neither field may hold a value of a record.
type Quarantined struct {
	Source  phrase.Phrase `json:"source"`
	Reason  phrase.Phrase `json:"reason"`
	Records int64         `json:"records"`
}
