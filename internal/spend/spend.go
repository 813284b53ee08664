// Package spend tells what advertising cost for each new user, each labelled user and each revisiting user, by channel and by ad
// campaign. It joins the Ads table to the cohort through the team's links; what cannot be joined on either side has rows of its
// own, so that every table adds up to all that was spent and to everybody who came.
package spend

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Money is an amount in millionths of the currency's unit, so that sums are exact. It is a plain number of units in JSON.
type Money int64

const micros = 1_000_000

// Units is the amount in units of the currency.
func (m Money) Units() float64 { return float64(m) / micros }

// MarshalJSON writes the amount in units, with all its digits.
func (m Money) MarshalJSON() ([]byte, error) {
	text := new(big.Rat).SetFrac64(int64(m), micros).FloatString(6)
	return []byte(strings.TrimSuffix(strings.TrimRight(text, "0"), ".")), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(data []byte) error {
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("read an amount of money: %w", err)
	}
	x, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return fmt.Errorf("read an amount of money: no number")
	}
	if x.Mul(x, big.NewRat(micros, 1)); !x.IsInt() || !x.Num().IsInt64() {
		return fmt.Errorf("read an amount of money: it has no whole number of millionths, or is too large")
	}
	*m = Money(x.Num().Int64())
	return nil
}

// String is the amount in units, with up to two decimals.
func (m Money) String() string {
	return strconv.FormatFloat(math.Round(m.Units()*100)/100, 'f', -1, 64)
}

// Kind is what a row is.
type Kind string

const (
	// Channel is a row of one channel.
	Channel Kind = "channel"
	// Campaign is a row of one ad campaign, or of several that one link stands for.
	Campaign Kind = "campaign"
	// Small is the people of all rows whose own figures are withheld.
	Small Kind = "small"
	// Elsewhere is, among campaigns, users of a known source that is no ad campaign with spend.
	Elsewhere Kind = "elsewhere"
	// Unattributed is users of whom nothing says where they came from.
	Unattributed Kind = "unattributed"
	// Unmatched is spend of ad campaigns that no link and no user names.
	Unmatched Kind = "unmatched"
	// Total is all of it.
	Total Kind = "total"
)

// Interval is a figure with its 95 % interval. A bound is nil where there is none, the value where nobody is there to share the
// cost.
type Interval struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// Row is what one channel or campaign cost and brought. Costs per user are in units of the currency.
type Row struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Channel is that of a campaign, "" where it has several or none.
	Channel string `json:"channel,omitempty"`
	// Spend is SpendLabelled, of the days whose new users are labelled, and SpendYoung, of those whose label window is still
	// open.
	Spend         Money `json:"spend"`
	SpendLabelled Money `json:"spend_labelled"`
	SpendYoung    Money `json:"spend_too_young"`
	// ClaimedInstalls is what the ad network says that it brought, nil where it says nothing.
	ClaimedInstalls *int64 `json:"claimed_installs,omitempty"`
	// The people; nil where the figure is withheld because it would be of fewer than SmallCell people. Then row Small has them.
	NewUsers        *int64 `json:"new_users"`
	LabelledUsers   *int64 `json:"labelled_users"`
	RevisitingUsers *int64 `json:"revisiting_users"`
	// TooYoung is the new users whose label window is still open.
	TooYoung *int64 `json:"too_young_users,omitempty"`
	// Predicted is the share of the users in TooYoung who will revisit by a model, and Expected how many of them; nil until Expect, and
	// where too few of them have a probability. Users without one are expected to revisit as the others of the row, so that the numbers of
	// the rows add up to the total's only about.
	Predicted *Interval `json:"predicted_revisit_rate,omitempty"`
	Expected  *float64  `json:"expected_revisiting_users,omitempty"`
	// RevisitRate is RevisitingUsers / LabelledUsers, nil without labelled users.
	RevisitRate *Interval `json:"revisit_rate,omitempty"`
	// CostPerNewUser is Spend / NewUsers, nil without spend. The others are of SpendLabelled alone, so that users and spend are
	// of the same days.
	CostPerNewUser        *Interval `json:"cost_per_new_user,omitempty"`
	CostPerLabelledUser   *Interval `json:"cost_per_labelled_user,omitempty"`
	CostPerRevisitingUser *Interval `json:"cost_per_revisiting_user,omitempty"`
	// CostPerExpectedUser is Spend / (RevisitingUsers + Expected), so of all days; nil until Expect.
	CostPerExpectedUser *Interval `json:"cost_per_expected_revisiting_user,omitempty"`
}

// Table is what advertising cost. Rows of Channels, and those of Campaigns, add up to Total.
type Table struct {
	// Currency is an ISO 4217 code, "" when no input names it.
	Currency string `json:"currency"`
	// From and To are the first and the last day, YYYY-MM-DD, of which spend and new users are counted.
	From string `json:"from"`
	To   string `json:"to"`
	// LabelledTo is the last day whose new users are labelled; before From where none is.
	LabelledTo string `json:"labelled_to"`
	// Rule is the revisit rule in words.
	Rule      string `json:"rule"`
	Channels  []Row  `json:"channels"`
	Campaigns []Row  `json:"campaigns"`
	Total     Row    `json:"total"`
	// Notes say what the reader must know to read the figures right.
	Notes []phrase.Phrase `json:"notes,omitempty"`
}

// SmallCell is the number of people below which a row's figures are withheld.
const SmallCell = 10

// Read makes the table from the warehouse, where the plan's cohort must have been made. Days after the as-of instant are not
// visible. Only counts and sums leave the warehouse.
func Read(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, plan features.Plan) (Table, error) {
	t, _, err := ReadWithPlaces(ctx, wh, d, plan)
	return t, err
}

// ReadWithPlaces is Read that also tells which rows users belong to.
func ReadWithPlaces(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, plan features.Plan) (Table, *Places, error) {
	if err := plan.Validate(); err != nil {
		return Table{}, nil, fmt.Errorf("read spend: %w", err)
	}
	list, err := links.Read(ctx, wh)
	if err != nil {
		return Table{}, nil, fmt.Errorf("read spend: %w", err)
	}
	channels, err := features.NewChannels(list)
	if err != nil {
		return Table{}, nil, fmt.Errorf("read spend: the links table: %w", err)
	}
	settings, err := wh.Settings(ctx)
	if err != nil {
		return Table{}, nil, fmt.Errorf("read spend: %w", err)
	}
	users, err := readUsers(ctx, wh, userQuery(d, plan))
	if err != nil {
		return Table{}, nil, fmt.Errorf("read spend: count new users: %w", err)
	}
	bought, err := readAds(ctx, wh, adQuery(d, plan))
	if err != nil {
		return Table{}, nil, fmt.Errorf("read spend: add up ads: %w", err)
	}
	t := Table{
		Currency: settings[ads.SettingCurrency], From: plan.Day(plan.DataStart), To: plan.Day(plan.AsOf - 1),
		LabelledTo: labelledTo(plan), Rule: plan.Label.String(),
	}
	b := newBuilder(newMatcher(list, channels, users, bought), users, bought)
	t.Total = b.total()
	t.Channels, t.Campaigns = b.channels(), b.campaigns()
	t.Notes = b.notes(list, zoneNote(settings[ads.SettingZone], plan.Zone))
	return t, &Places{b.match}, nil
}

func zoneNote(account, app string) phrase.Phrase {
	if account == "" || account == app {
		return phrase.Phrase{}
	}
	return phrase.Of("days of the ad account are those of %s, days of users those of %s: spend at a day's edge "+
		"counts for its neighbour", account, app)
}
