package spend

import (
	"cmp"
	"maps"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// cell is a row on its way: whole figures, of which some will be withheld.
type cell struct {
	kind                        Kind
	name, channel               string
	spent, young                Money
	installs, claims            int64
	fresh, labelled, revisiting int64
}

func (c *cell) pay(b *bill) {
	if b.labelled {
		c.spent += b.spend
	} else {
		c.young += b.spend
	}
	c.installs, c.claims = c.installs+b.installs, c.claims+b.claims
}

func (c *cell) come(u *crowd) {
	c.fresh, c.labelled, c.revisiting = c.fresh+u.fresh, c.labelled+u.labelled, c.revisiting+u.revisiting
}

// builder makes the rows.
type builder struct {
	match  *matcher
	users  []crowd
	bought []bill
}

func newBuilder(m *matcher, users []crowd, bought []bill) *builder { return &builder{m, users, bought} }

func (b *builder) total() Row {
	c := cell{kind: Total, name: totalName}
	for i := range b.bought {
		c.pay(&b.bought[i])
	}
	for i := range b.users {
		c.come(&b.users[i])
	}
	few := c.fresh > 0 && c.fresh < SmallCell
	return c.row(few, few || c.labelled > 0 && c.labelled < SmallCell)
}

// channelRow is the row among channels of those who came so.
func (m *matcher) channelRow(c *crowd) (Kind, string) {
	if channel := m.channelOf(c); channel != "" {
		return Channel, channel
	}
	return Unattributed, unattributed
}

// campaignRow is the row among campaigns of those who came so.
func (m *matcher) campaignRow(c *crowd) (Kind, string) {
	switch group := m.campaignOf(c); {
	case group != "":
		return Campaign, group
	case m.channelOf(c) != "":
		return Elsewhere, elsewhere
	}
	return Unattributed, unattributed
}

// channels has a row for each channel of users or of spend.
func (b *builder) channels() []Row {
	cells := newCells()
	for i := range b.users {
		u := &b.users[i]
		cells.at(b.match.channelRow(u)).come(u)
	}
	for i := range b.bought {
		bought := &b.bought[i]
		if channel, _ := b.match.billed(bought); channel != "" {
			cells.at(Channel, channel).pay(bought)
		} else {
			cells.at(Unmatched, unmatched).pay(bought)
		}
	}
	return cells.rows()
}

// campaigns has a row for each ad campaign that a link or a user names.
func (b *builder) campaigns() []Row {
	cells := newCells()
	cells.at(Elsewhere, elsewhere)
	for i := range b.users {
		u := &b.users[i]
		cells.at(b.match.campaignRow(u)).come(u)
	}
	mixed := map[*cell]bool{}
	for i := range b.bought {
		bought := &b.bought[i]
		channel, known := b.match.billed(bought)
		group := b.match.group[normal(bought.campaign)]
		if _, named := cells.all[cellKey{Campaign, group}]; group == "" || !known && !named {
			cells.at(Unmatched, unmatched).pay(bought)
			continue
		}
		c := cells.at(Campaign, group)
		c.pay(bought)
		if c.channel != "" && c.channel != channel {
			mixed[c] = true
		}
		c.channel = channel
	}
	for c := range mixed {
		c.channel = ""
	}
	return cells.rows()
}

// The names of the rows that are no channel and no campaign.
const (
	unattributed = "unattributed users"
	elsewhere    = "users of no campaign with spend"
	unmatched    = "unmatched spend"
	small        = "rows of few people, together"
	totalName    = "total"
)

// Called is what the row is called: the name of a channel or a campaign, or words for what is neither.
func (r Row) Called() phrase.Phrase {
	for _, words := range []phrase.Phrase{
		phrase.Of(unattributed), phrase.Of(elsewhere), phrase.Of(unmatched), phrase.Of(small), phrase.Of(totalName),
	} {
		if r.Name == words.Format && r.Kind != Channel && r.Kind != Campaign {
			return words
		}
	}
	return phrase.Name(r.Name)
}

type cellKey struct {
	kind Kind
	name string
}

// cells are the rows of a table by what they are. What cannot be joined has its rows even where nothing is in them.
type cells struct{ all map[cellKey]*cell }

func newCells() *cells {
	c := &cells{map[cellKey]*cell{}}
	c.at(Unattributed, unattributed)
	c.at(Unmatched, unmatched)
	return c
}

func (c *cells) at(kind Kind, name string) *cell {
	k := cellKey{kind, name}
	if c.all[k] == nil {
		c.all[k] = &cell{kind: kind, name: name}
	}
	return c.all[k]
}

// order is that of the kinds in a table.
var order = []Kind{Channel, Campaign, Small, Elsewhere, Unattributed, Unmatched, Total}

// rows puts the cells in order, the most expensive first, and withholds what is of few people. They are in row Small together.
func (c *cells) rows() []Row {
	sorted := slices.SortedFunc(maps.Values(c.all), func(a, b *cell) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.kind), slices.Index(order, b.kind)),
			cmp.Compare(b.spent+b.young, a.spent+a.young), cmp.Compare(b.fresh, a.fresh), cmp.Compare(a.name, b.name))
	})
	hideNew := withhold(sorted, nil, func(c *cell) int64 { return c.fresh })
	hideLabels := withhold(sorted, hideNew, func(c *cell) int64 { return c.labelled })
	var rows []Row
	together := cell{kind: Small, name: small}
	for _, c := range sorted {
		if hideNew[c] {
			together.fresh += c.fresh
		}
		if hideLabels[c] {
			together.labelled, together.revisiting = together.labelled+c.labelled, together.revisiting+c.revisiting
		}
		rows = append(rows, c.row(hideNew[c], hideLabels[c]))
	}
	if len(hideLabels) == 0 {
		return rows
	}
	row := together.row(few(together.fresh), few(together.labelled))
	// The new users and the labelled ones may be those of different rows.
	row.TooYoung = nil
	at := slices.IndexFunc(rows, func(r Row) bool { return r.Kind != Channel && r.Kind != Campaign })
	return slices.Insert(rows, at, row)
}

func few(people int64) bool { return people > 0 && people < SmallCell }

// withhold chooses the rows whose people are too few to be shown, besides those given. Where these rows have too few together,
// one could still tell them from the total, so that the next smallest row joins them.
func withhold(list []*cell, also map[*cell]bool, people func(*cell) int64) map[*cell]bool {
	hidden := maps.Clone(also)
	if hidden == nil {
		hidden = map[*cell]bool{}
	}
	sum := int64(0)
	for _, c := range list {
		if few(people(c)) {
			hidden[c] = true
		}
		if hidden[c] {
			sum += people(c)
		}
	}
	bySize := slices.Clone(list)
	slices.SortStableFunc(bySize, func(a, b *cell) int { return cmp.Compare(people(a), people(b)) })
	for _, c := range bySize {
		if few(sum) && !hidden[c] && people(c) > 0 {
			hidden[c] = true
			sum += people(c)
		}
	}
	return hidden
}

// row shows the cell, without the new users or the labelled ones where they are withheld.
func (c *cell) row(hideNew, hideLabels bool) Row {
	r := Row{Kind: c.kind, Name: c.name, Channel: c.channel, Spend: c.spent + c.young, SpendLabelled: c.spent, SpendYoung: c.young}
	if c.claims > 0 {
		r.ClaimedInstalls = &c.installs
	}
	if !hideNew {
		r.NewUsers = &c.fresh
		if r.Spend > 0 && c.kind != Unmatched {
			r.CostPerNewUser = cost(r.Spend, c.fresh)
		}
	}
	if hideLabels {
		return r
	}
	r.LabelledUsers, r.RevisitingUsers = &c.labelled, &c.revisiting
	if !hideNew {
		young := c.fresh - c.labelled
		r.TooYoung = &young
	}
	if c.labelled > 0 {
		r.RevisitRate = share(c.revisiting, c.labelled)
	}
	if c.spent > 0 && c.kind != Unmatched {
		r.CostPerLabelledUser, r.CostPerRevisitingUser = cost(c.spent, c.labelled), cost(c.spent, c.revisiting)
	}
	return r
}

// mostNamed is how many campaigns a note names.
const mostNamed = 5

// notes say what the reader must know.
func (b *builder) notes(list []features.Link, zone phrase.Phrase) (notes []phrase.Phrase) {
	if len(b.bought) == 0 {
		return []phrase.Phrase{phrase.Of("no ad spend of these days is loaded")}
	}
	if len(list) == 0 {
		notes = append(notes, phrase.Of("no marketing links are loaded: campaigns are joined by their names alone"))
	}
	notes = append(notes, b.unmatchedNote()...)
	unknown := int64(0)
	direct := false
	for _, bought := range b.bought {
		unknown += bought.unknown
	}
	for i := range b.users {
		direct = direct || b.match.channelOf(&b.users[i]) == features.Direct
	}
	if unknown > 0 {
		notes = append(notes, phrase.Of("%d rows of ads have no spend; they count as 0", unknown))
	}
	if direct {
		notes = append(notes, phrase.Of("Direct includes users whose app store does not tell where they came from, some of them by ads: "+
			"costs per user are at most what is shown"))
	}
	if !zone.Empty() {
		notes = append(notes, zone)
	}
	return notes
}

// unmatchedNote names the campaigns that belong to no channel, the most expensive first.
func (b *builder) unmatchedNote() []phrase.Phrase {
	sums, several := map[string]Money{}, map[string]bool{}
	for i := range b.bought {
		bought := &b.bought[i]
		channel, known := b.match.billed(bought)
		if channel != "" {
			continue
		}
		name := bought.campaign
		if name == "" {
			name = "(no name)"
		}
		sums[name] += bought.spend
		several[name] = several[name] || known
	}
	names := slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b))
	})
	if len(names) == 0 {
		return nil
	}
	var campaigns phrase.Phrase
	for k, name := range names[:min(len(names), mostNamed)] {
		one := phrase.Of("%s (%s)", name, sums[name].String())
		if several[name] {
			one = phrase.Of("%s (%s, several channels)", name, sums[name].String())
		}
		if k > 0 {
			one = phrase.Of("%s, %s", campaigns, one)
		}
		campaigns = one
	}
	if len(names) > mostNamed {
		campaigns = phrase.Of("%s and %d more campaigns", campaigns, len(names)-mostNamed)
	}
	return []phrase.Phrase{phrase.Of("spend without a channel: %s; add links that name these campaigns", campaigns)}
}
