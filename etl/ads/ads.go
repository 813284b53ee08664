// Package ads reads what advertising cost: CSV files of Meta Ads Manager, with English or Korean headings, and JSON rows of
// Meta's Insights API. Every day of the input replaces that day of the warehouse's Ads table, in one transaction.
//
// One amount of money is never counted twice. Rows that repeat others are copies, rows of a coarser level (the campaign of ads
// that have rows of their own) and total rows are left out, and each kind is counted. Where it cannot be told whether two rows
// mean the same money, the load is refused and says what to export instead.
package ads

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The orders of day and month in dates such as 01/08/2026.
const (
	DayFirst   = "day-first"
	MonthFirst = "month-first"
)

// Options say what to load and how to read what a file does not tell.
type Options struct {
	// Paths are files, folders or patterns: .csv, .tsv, .txt, .json, .jsonl, .ndjson, also as .gz.
	Paths []string
	// Zone is the IANA zone of the ad account, in which its days begin; "" when it is not known.
	Zone string
	// Currency is the ISO 4217 code of the rows to keep where the input has several, and of the amounts where it names none.
	Currency string
	// DateOrder is DayFirst or MonthFirst, for files in which no date tells; "" refuses such files.
	DateOrder string
	// Decimal is "." or ",", the decimal sign of files in which no number tells; "" takes it for a point, and refuses such files
	// where their cells are separated by semicolons, which are of countries that write a comma.
	Decimal string
	// LastFileWins lets the file whose name comes last decide where two files give different figures of one row; otherwise they
	// are refused.
	LastFileWins bool
	// MaxBad is the share of bad rows above which the load is refused; 0 is 0.01.
	MaxBad float64
	// Simulated marks figures that nobody paid. It is taken from the warehouse where that says so.
	Simulated bool
	// Now is the instant that the ledger notes as loaded_at.
	Now time.Time
	// Warn is told what people should know but what stops nothing; nil is silent. Result.Warnings has the same.
	Warn func(message string)
}

// DayResult is what became of one day.
type DayResult struct {
	Ledger warehouse.LedgerRow
	// Skipped tells why the day was left as it was, "" when it was loaded.
	Skipped string
}

// Result is what a load did. Every record read is counted once: Records = Rows + Bad + Totals + Copies + Summed + Coarser +
// OtherCurrency, where Rows includes those of days that were left as they were.
type Result struct {
	RunID string
	Days  []DayResult
	// Loaded and Skipped count days.
	Loaded, Skipped int
	// Records is all rows of the input below the headings, Rows how many the days have in the end.
	Records, Rows int64
	// Bad rows are in the quarantine.
	Bad int64
	// Totals are total rows, without a day or of rows that are there too.
	Totals int64
	// Copies repeat another row exactly.
	Copies int64
	// Summed are rows added to another one of the same name and day, from a breakdown that the table does not have.
	Summed int64
	// Coarser are rows of a level of which finer rows are there.
	Coarser int64
	// OtherCurrency are rows of a currency that Options.Currency leaves out.
	OtherCurrency int64
	// Blanked counts the names left out because they look like an e-mail address or a phone number.
	Blanked int64
	// Reasons counts the bad rows by reason.
	Reasons map[string]int64
	// Currency is the ISO 4217 code of all amounts, "" when nothing names it.
	Currency string
	// Spend is the sum of the rows, in units of the currency.
	Spend float64
	// Warnings are the messages that Options.Warn was told.
	Warnings []string
}

// The reasons for which rows go to quarantine.
const (
	ReasonCSV    = "not a CSV record of the header's width"
	ReasonJSON   = "not a JSON object"
	ReasonDay    = "the day cannot be read"
	ReasonRange  = "the day is before 2000 or after 2100"
	ReasonNumber = "a number cannot be read"
	ReasonCount  = "a count is negative or no whole number"
	ReasonSpend  = "the spend is negative"
)

const defaultMaxBad = 0.01

// check reports an option that means nothing, and fills in defaults.
func (o *Options) check() error {
	if o.MaxBad == 0 {
		o.MaxBad = defaultMaxBad
	}
	o.Currency = strings.ToUpper(strings.TrimSpace(o.Currency))
	switch {
	case math.IsNaN(o.MaxBad) || o.MaxBad < 0 || o.MaxBad > 1:
		return fmt.Errorf("max bad %v: want a share between 0 and 1", o.MaxBad)
	case o.Currency != "" && !isCurrency(o.Currency):
		return fmt.Errorf("currency %q: want an ISO 4217 code such as KRW", o.Currency)
	case o.DateOrder != "" && o.DateOrder != DayFirst && o.DateOrder != MonthFirst:
		return fmt.Errorf("date order %q: want %s or %s", o.DateOrder, DayFirst, MonthFirst)
	case o.Decimal != "" && o.Decimal != "." && o.Decimal != ",":
		return fmt.Errorf("decimal sign %q: want . or ,", o.Decimal)
	case len(o.Paths) == 0:
		return fmt.Errorf("no input: name files, folders or patterns of ad reports")
	}
	if _, err := o.location(); err != nil {
		return err
	}
	return nil
}

// location is the account's zone, UTC when it is not known.
func (o *Options) location() (*time.Location, error) {
	loc, err := time.LoadLocation(o.Zone)
	if err != nil || o.Zone == "Local" {
		return nil, fmt.Errorf("time zone %q of the ad account: want an IANA name such as Asia/Seoul", o.Zone)
	}
	return loc, nil
}
