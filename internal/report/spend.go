package report

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// Spend is what advertising cost and whom it brought, by channel and by ad campaign. Rows of either list add up to Total.
type Spend struct {
	// Currency is an ISO 4217 code, empty when nothing names it.
	Currency string `json:"currency"`
	// From and To bound the days counted, LabelledTo is the last day whose new people have an answer; YYYY-MM-DD.
	From       string     `json:"from"`
	To         string     `json:"to"`
	LabelledTo string     `json:"labelled_to"`
	Channels   []SpendRow `json:"channels"`
	Campaigns  []SpendRow `json:"campaigns"`
	Total      SpendRow   `json:"total"`
	// Advice says where the next budget should go and how sure that is, in whole sentences; empty where nothing can be said.
	Advice []phrase.Phrase `json:"advice"`
	// Best is the chance of each channel with spend to be the cheapest by cost per revisiting person, in the order of Channels; NaN for the rest.
	Best []Number `json:"chance_to_be_cheapest"`
	// Notes say in whole sentences what a reader must know.
	Notes []phrase.Phrase `json:"notes"`
}

// SpendRow is one channel or campaign, or what could not be joined. Costs are in units of the currency; what is withheld because it
// would be about too few people is NaN.
type SpendRow struct {
	Name phrase.Phrase `json:"name"`
	// Plain is true for a channel or campaign, false for rows of what is left over.
	Plain bool   `json:"plain"`
	Spend Number `json:"spend"`
	// Young is the spend of days whose new people have no answer yet.
	Young      Number `json:"spend_too_young"`
	NewUsers   Number `json:"new_users"`
	Labelled   Number `json:"labelled_users"`
	Revisiting Number `json:"revisiting_users"`
	// RevisitRate is Revisiting over Labelled, the costs are per person, of the labelled days where they are per revisiting person.
	// TooYoung are the people without an answer yet, Predicted the share of them who will revisit by the model, with its interval;
	// PerExpected is Spend over the revisiting, known and expected.
	TooYoung      Number   `json:"too_young_users"`
	Predicted     Interval `json:"predicted_revisit_rate"`
	PerExpected   Interval `json:"cost_per_expected_revisiting_user"`
	RevisitRate   Interval `json:"revisit_rate"`
	PerNew        Interval `json:"cost_per_new_user"`
	PerRevisiting Interval `json:"cost_per_revisiting_user"`
}

// money writes an amount or a count without decimals from 100 up, with two below.
func money(v float64) string {
	switch {
	case !finite(v):
		return dash
	case v == math.Trunc(v) || math.Abs(v) >= 100:
		return count(int64(math.Round(v)))
	}
	return fmt.Sprintf("%.2f", v)
}

// moneyRange writes a cost with its interval; an end that is not bounded is left open.
func (s speaker) moneyRange(i Interval) string {
	if !finite(i.Value) {
		return dash
	}
	if brackets := s.moneyBrackets(i); brackets != "" {
		return fmt.Sprintf("%s (%s)", money(i.Value), brackets)
	}
	return money(i.Value)
}
