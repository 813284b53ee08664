// Package check asks the warehouse whether its data can be trusted: twelve questions, each one query that counts violations and must
// answer 0.
package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The names of the checks, by which findings are reported and accepted.
const (
	KeysUnique     = "keys-unique"
	NotNull        = "not-null"
	AcceptedValues = "accepted-values"
	Range          = "range"
	Referential    = "referential"
	MonotoneTime   = "monotone-time"
	Freshness      = "freshness"
	RowCount       = "row-count"
	Visits         = "visits"
	Channel        = "channel"
	ClassBalance   = "class-balance"
	MissingRate    = "missing-rate"
)

// Names are all checks in the order in which they run.
var Names = []string{
	KeysUnique, NotNull, AcceptedValues, Range, Referential, MonotoneTime, Freshness, RowCount, Visits, Channel, ClassBalance, MissingRate,
}

// The bounds that the checks hold the data to.
const (
	// baselineDays is how many days before the judged one the row count is compared with.
	baselineDays = 14
	// maxSigma and maxChange bound its distance from their mean: standard deviations, and the share of the mean.
	maxSigma, maxChange = 3, 0.5
	// maxUnknown is the share of users of unknown channel from which the check fails.
	maxUnknown = 0.20
	// minRevisit and maxRevisit bound the share of the labelled users who revisit, both good.
	minRevisit, maxRevisit = 0.01, 0.60
	// maxMissing is how far the share of the newest users without a feature's value may lie above what the model was trained with, newestDays
	// how many days of users that are.
	maxMissing = 0.10
	newestDays = 28
	// defaultAge is how old the newest data may be.
	defaultAge = 72 * time.Hour
)

// Check is one question.
type Check struct {
	// Name is one of Names.
	Name string
	// Says is what must hold, in a sentence.
	Says string
	// Remedy is what to look at when it does not.
	Remedy string
	// SQL is one query of one row and one column: the number of violations. Its ? take Args in order.
	SQL  string
	Args []any
	// Needs are the tables it reads.
	Needs []string
}

// Bounds say which data the checks look at.
type Bounds struct {
	// From and To are the first and the last day, YYYY-MM-DD. Every query of a partitioned table stays between them.
	From, To string
	// Now is the instant, in microseconds UTC, that freshness is measured against; what lies after it has not happened.
	Now int64
	// MaxAge is how old the newest data may be; 0 is 72 hours, in which GA4 may still rewrite a day.
	MaxAge time.Duration
	// Zone is the IANA zone of the days.
	Zone string
	// Prefix is put before the names of the plan's tables, as in features.Plan.
	Prefix string
	// Missing is, for each feature of the model in use, the share of its training users without a value.
	Missing map[string]float64
}

func (b Bounds) validate() error {
	for name, day := range map[string]string{"from": b.From, "to": b.To} {
		if err := warehouse.CheckDay(day); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if b.From > b.To {
		return fmt.Errorf("from is %s, after to, %s", b.From, b.To)
	}
	if b.Prefix != "" {
		if err := warehouse.CheckName(b.Prefix); err != nil {
			return fmt.Errorf("prefix: %w", err)
		}
	}
	if _, err := time.LoadLocation(b.Zone); err != nil || b.Zone == "" || b.Zone == "Local" {
		return fmt.Errorf("time zone %q is unknown; use an IANA name such as Asia/Seoul or UTC", b.Zone)
	}
	for name, share := range b.Missing {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("missing share of feature %q is %v: want 0 to 1", name, share)
		}
	}
	return nil
}

// All are the twelve checks, in the order of Names. Their text is the same in every dialect but for the calendar day of an instant and
// the quoting of feature names.
func All(d features.Dialect, b Bounds) ([]Check, error) {
	if err := b.validate(); err != nil {
		return nil, fmt.Errorf("data checks: %w", err)
	}
	q := queries{Bounds: b, d: d}
	return []Check{
		q.keysUnique(), q.notNull(), q.acceptedValues(), q.inRange(), q.referential(), q.monotoneTime(), q.freshness(), q.rowCount(),
		q.visits(), q.channel(), q.classBalance(), q.missingRate(),
	}, nil
}

// queries builds the checks of one set of bounds.
type queries struct {
	Bounds
	d features.Dialect
}

// make fills a template: {NAME} stands for the plan's table NAME, ? for the next argument.
func (q queries) make(name, says, remedy, template string, needs []string, args ...any) Check {
	fill := strings.NewReplacer("{user_days}", q.Prefix+"user_days", "{users}", q.Prefix+"users", "{labels}", q.Prefix+"labels",
		"{features}", q.Prefix+"features")
	c := Check{Name: name, Says: says, Remedy: remedy, SQL: fill.Replace(template), Args: args}
	for _, table := range needs {
		c.Needs = append(c.Needs, fill.Replace(table))
	}
	return c
}

// loaded is the two arguments of one bound on a table that days are loaded into, made those of so many bounds on tables of the plan,
// whose days may lie a day further where an export has the days of another zone.
func (q queries) loaded() []any { return []any{q.From, q.To} }

func (q queries) made(bounds int) []any {
	var args []any
	for range bounds {
		args = append(args, shift(q.From, -1), shift(q.To, 1))
	}
	return args
}

// shift is the day so many days later. The day has been checked.
func shift(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}
