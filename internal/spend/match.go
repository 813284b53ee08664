package spend

import (
	"cmp"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// matcher says which ad campaign a crowd of users came by, and which channel an ad campaign belongs to.
type matcher struct {
	byChannels features.Channels
	// targets are the ad campaigns of each link, and shapes the sets of fields that links name, the most specific first.
	targets map[traffic][]string
	shapes  []shape
	// group names the row that an ad campaign is in, by its name in the normal form.
	group map[string]string
	// standing, carrying and arriving tell what channel a campaign may be of: by the links that stand for it, by the links that carry its
	// name, and by the users that came under its name.
	standing, carrying, arriving map[string][]way
}

// traffic is a traffic source in its normal form, of which a link leaves fields empty.
type traffic struct{ source, medium, campaign string }

// shape is which fields a link names.
type shape struct{ source, medium, campaign bool }

// way is a channel that something says of a campaign, and the traffic source that it says it of.
type way struct{ source, channel string }

// normal makes names comparable, as the channel rules do.
func normal(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func newMatcher(list []features.Link, channels features.Channels, users []crowd, bought []bill) *matcher {
	m := &matcher{
		byChannels: channels, targets: map[traffic][]string{}, group: map[string]string{}, standing: map[string][]way{},
		carrying: map[string][]way{}, arriving: map[string][]way{},
	}
	for _, b := range bought {
		if name := normal(b.campaign); name != "" && (m.group[name] == "" || b.campaign < m.group[name]) {
			m.group[name] = b.campaign
		}
	}
	for i := range list {
		m.addLink(&list[i])
	}
	slices.SortFunc(m.shapes, func(a, b shape) int { return cmp.Compare(b.rank(), a.rank()) })
	for i := range users {
		name := normal(users[i].campaign)
		m.arriving[name] = append(m.arriving[name], way{normal(users[i].source), m.channelOf(&users[i])})
	}
	return m
}

// addLink notes what a link says of campaigns. Campaigns of one link are one group: its users cannot be told apart by campaign.
func (m *matcher) addLink(l *features.Link) {
	t, target := traffic{normal(l.Source), normal(l.Medium), normal(l.Campaign)}, normal(l.Target)
	w := way{t.source, m.byChannels.Of(l.Source, l.Medium, l.Campaign)}
	if target != "" {
		m.standing[target] = append(m.standing[target], w)
	} else {
		m.carrying[t.campaign] = append(m.carrying[t.campaign], w)
	}
	if s := (shape{t.source != "", t.medium != "", t.campaign != ""}); !slices.Contains(m.shapes, s) {
		m.shapes = append(m.shapes, s)
	}
	known := m.targets[t]
	if m.group[target] == "" {
		m.targets[t] = known
		return
	}
	m.targets[t] = append(known, target)
	m.merge(m.targets[t][0], target)
}

func (m *matcher) merge(a, b string) {
	was, other := m.group[a], m.group[b]
	if was == other {
		return
	}
	names := append(strings.Split(was, joint), strings.Split(other, joint)...)
	slices.Sort(names)
	both := strings.Join(names, joint)
	for name, g := range m.group {
		if g == was || g == other {
			m.group[name] = both
		}
	}
}

// joint parts the names of a group.
const joint = " + "

// rank is higher for a link that is to be tried earlier, as in features.Channels: of more fields, then with a campaign, then a source.
func (s shape) rank() (rank int) {
	for i, named := range []bool{s.medium, s.source, s.campaign} {
		if named {
			rank += 8 + 1<<i
		}
	}
	return rank
}

// of leaves the fields that the shape does not name empty.
func (s shape) of(t traffic) traffic {
	if !s.source {
		t.source = ""
	}
	if !s.medium {
		t.medium = ""
	}
	if !s.campaign {
		t.campaign = ""
	}
	return t
}

// campaignOf is the group of ad campaigns that a crowd came by, "" for none: what the most specific link that matches stands for, or
// else the campaign of the crowd's own name.
func (m *matcher) campaignOf(c *crowd) string {
	t := traffic{normal(c.source), normal(c.medium), normal(c.campaign)}
	for _, s := range m.shapes {
		targets, ok := m.targets[s.of(t)]
		if !ok {
			continue
		}
		if len(targets) > 0 {
			return m.group[targets[0]]
		}
		break
	}
	return m.group[t.campaign]
}

// channelOf is the channel of a crowd, "" when nothing is known.
func (m *matcher) channelOf(c *crowd) string {
	if channel := m.byChannels.Of(c.source, c.medium, c.campaign); channel != "" {
		return channel
	}
	return c.channel
}

// billed is the channel of what was paid: that of the links that stand for the campaign, else of those that carry its name, else
// of the users that came under its name. Where these are of several channels the network decides. It is "" where nothing, or too
// much, is known; known tells which.
func (m *matcher) billed(b *bill) (channel string, known bool) {
	name := normal(b.campaign)
	if name == "" {
		return "", false
	}
	for _, ways := range [][]way{m.standing[name], m.carrying[name], m.arriving[name]} {
		if len(ways) > 0 {
			return only(ways, b.network), true
		}
	}
	return "", false
}

// only is the one channel of the ways, or of those by the network, "" where they have several.
func only(ways []way, network string) string {
	if channel, ok := agreed(ways); ok {
		return channel
	}
	if network == "" {
		return ""
	}
	channel, _ := agreed(slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return !ofNetwork(w.source, network) }))
	return channel
}

func agreed(ways []way) (channel string, ok bool) {
	for i, w := range ways {
		if i > 0 && w.channel != channel {
			return "", false
		}
		channel = w.channel
	}
	return channel, len(ways) > 0
}

// ofNetwork is whether a traffic source is one of the ad network's.
func ofNetwork(source, network string) bool {
	short := map[string][]string{"instagram": {"ig", "insta"}, "facebook": {"fb", "meta"}}
	return strings.Contains(source, network) || slices.Contains(short[network], source)
}
