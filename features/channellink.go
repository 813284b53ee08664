package features

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabel is the length of a team's own channel label, in characters.
const maxLabel = 40

// Link is one of the team's marketing links: what it stamps on the users who come by it, and what they are to be counted as. An
// empty Source, Medium or Campaign matches any; the others match whole, without regard to the case of A to Z and to blanks at
// the ends.
type Link struct {
	Source, Medium, Campaign string
	// Channel is a channel of GA4, or a short label of the team's own.
	Channel string
	// Target is the ad campaign that the link stands for, "" for none. It has no part in the channel.
	Target string
}

// shape is which fields of a traffic source a link names.
type shape struct{ source, medium, campaign bool }

// NewChannels puts links in front of GA4's rules. Of several links that match, the one that names the most fields decides; of
// those that name equally many, one with a campaign before one without, then one with a source. A link that names nothing, a
// channel that is empty or cannot be a label, and two links that give one traffic source different channels are errors that
// count the links from 1.
func NewChannels(links []Link) (Channels, error) {
	c := Channels{found: map[Link]string{}}
	rows := map[Link]int{}
	for i, l := range links {
		channel, err := checkLink(l)
		if err != nil {
			return Channels{}, fmt.Errorf("link %d: %w", i+1, err)
		}
		key := Link{Source: normal(l.Source), Medium: normal(l.Medium), Campaign: normal(l.Campaign)}
		first, seen := rows[key]
		switch {
		case seen && c.found[key] != channel:
			return Channels{}, fmt.Errorf("link %d: names the same source, medium and campaign as link %d, but another channel; "+
				"keep one of the two, or tell them apart by their campaign", i+1, first)
		case seen:
			continue
		}
		rows[key], c.found[key] = i+1, channel
		named := key
		named.Channel = channel
		c.links = append(c.links, named)
	}
	slices.SortStableFunc(c.links, func(a, b Link) int { return cmp.Compare(shapeOf(b).rank(), shapeOf(a).rank()) })
	for _, l := range c.links {
		if s := shapeOf(l); !slices.Contains(c.shapes, s) {
			c.shapes = append(c.shapes, s)
		}
	}
	return c, nil
}

// checkLink gives the link's channel in its spelling.
func checkLink(l Link) (string, error) {
	if normal(l.Source) == "" && normal(l.Medium) == "" && normal(l.Campaign) == "" {
		return "", fmt.Errorf("source, medium and campaign are all empty, so it would match every user; fill in at least one")
	}
	for _, f := range []struct{ name, text string }{
		{"source", l.Source}, {"medium", l.Medium}, {"campaign", l.Campaign}, {"channel", l.Channel},
	} {
		if !utf8.ValidString(f.text) || strings.ContainsFunc(strings.Trim(f.text, blanks), unicode.IsControl) {
			return "", fmt.Errorf("the %s has characters that are no text; save the table as UTF-8", f.name)
		}
	}
	return checkLabel(strings.Trim(l.Channel, blanks))
}

// checkLabel gives a channel of GA4 its own spelling and leaves a label of the team's as it is.
func checkLabel(label string) (string, error) {
	lower := normal(label)
	for _, r := range rules {
		if lower == normal(r.channel) {
			return r.channel, nil
		}
	}
	switch {
	case lower == normal(Unassigned):
		return Unassigned, nil
	case lower == "mobile push notifications":
		return MobilePush, nil
	case label == "" || lower == "unknown" || lower == "(not set)" || lower == "(none)" || lower == "null":
		return "", fmt.Errorf("the channel is empty or says that it is unknown; give one of GA4's channels, such as %s, "+
			"or a short label of your own", PaidSocial)
	case utf8.RuneCountInString(label) > maxLabel:
		return "", fmt.Errorf("the channel has %d characters; shorten it to at most %d", utf8.RuneCountInString(label), maxLabel)
	case namesPerson(label):
		return "", fmt.Errorf("the channel looks like an e-mail address or a telephone number; " +
			"give it a label that names no person")
	}
	return label, nil
}

// namesPerson is whether a label has the sign of an address, also percent-encoded, or as many digits as a telephone number. A
// date such as 20260301 has eight; a label needs none.
func namesPerson(label string) bool {
	digits := 0
	for _, r := range label {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits > 8 || strings.ContainsAny(label, "@＠") || strings.Contains(label, "%40")
}

func shapeOf(l Link) shape { return shape{l.Source != "", l.Medium != "", l.Campaign != ""} }

// rank is higher for a link that is to be tried earlier.
func (s shape) rank() int {
	rank := 0
	for i, named := range []bool{s.medium, s.source, s.campaign} {
		if named {
			rank += 8 + 1<<i
		}
	}
	return rank
}

// linked is the channel of the most specific link that matches.
func (c *Channels) linked(t *traffic) (string, bool) {
	for _, s := range c.shapes {
		var key Link
		if s.source {
			key.Source = t[sourceField]
		}
		if s.medium {
			key.Medium = t[mediumField]
		}
		if s.campaign {
			key.Campaign = t[campaignField]
		}
		if channel, ok := c.found[key]; ok {
			return channel, true
		}
	}
	return "", false
}
