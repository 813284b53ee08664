package features

// Channel names, as Google Analytics 4 has them in its default channel group (support.google.com/analytics/answer/9756891).
const (
	Direct        = "Direct"
	CrossNetwork  = "Cross-network"
	PaidShopping  = "Paid Shopping"
	PaidSearch    = "Paid Search"
	PaidSocial    = "Paid Social"
	PaidVideo     = "Paid Video"
	Display       = "Display"
	PaidOther     = "Paid Other"
	OrganicShop   = "Organic Shopping"
	OrganicSocial = "Organic Social"
	OrganicVideo  = "Organic Video"
	OrganicSearch = "Organic Search"
	Referral      = "Referral"
	Email         = "Email"
	Affiliates    = "Affiliates"
	Audio         = "Audio"
	SMS           = "SMS"
	MobilePush    = "Mobile Push"
	Unassigned    = "Unassigned"
)

// Channels assigns acquisition channels: the team's own links first, then the rules of GA4's default channel group. The zero
// value has no links. It is safe for concurrent use. Of and SQL give the same channel for every text.
type Channels struct {
	// links has the most specific link first, in its normal form; shapes are the sets of fields that they name, in the same
	// order.
	links  []Link
	shapes []shape
	// found has the channel of the links, whose Channel and Target are left empty.
	found map[Link]string
}

// ChannelOf is the channel without any links of the team's own, see Channels.Of.
func ChannelOf(source, medium, campaign string) string {
	return Channels{}.Of(source, medium, campaign)
}

// Of is the acquisition channel of a traffic source: that of the most specific link that matches, or else that of the first
// rule that does. Case, for A to Z, and blanks at the ends make no difference. Source, medium and campaign may be empty: where
// nothing at all is known the channel is unknown, "", which is not Direct.
func (c Channels) Of(source, medium, campaign string) string {
	t := traffic{sourceField: normal(source), mediumField: normal(medium), campaignField: normal(campaign)}
	if t == (traffic{}) {
		return ""
	}
	if channel, ok := c.linked(&t); ok {
		return channel
	}
	for _, class := range classes() {
		t[class.field] = class.of(t[class.from])
	}
	for i := range rules {
		if rules[i].matches(&t) {
			return rules[i].channel
		}
	}
	return Unassigned
}
