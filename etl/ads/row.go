package ads

import (
	"cmp"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

// amount is a number that may be unknown, count a whole one. The zero value is unknown.
type amount struct {
	x     float64
	known bool
}

type count struct {
	n     int64
	known bool
}

// The levels of a row: the finest thing that it names.
const (
	levelAccount = iota
	levelCampaign
	levelAdSet
	levelAd
	levels
)

var levelNames = [levels]string{"account", "campaign", "ad set", "ad"}

// withheld stands for a name that looks like personal data, so that the row keeps its level. It leaves as NULL.
const withheld = "\x00"

// row is one row of a report: of a day, the thing at the end of the path, and a network.
type row struct {
	day string
	// path names the account, campaign, ad set and ad, "" where unknown or finer than the row.
	path               [levels]string
	network, currency  string
	resultType         string
	spend, results     amount
	impressions, reach count
	clicks, installs   count
	total              bool
	file               int
	line               int64
}

// level is that of the finest name.
func (r *row) level() int {
	for l := levelAd; l > levelAccount; l-- {
		if r.path[l] != "" {
			return l
		}
	}
	return levelAccount
}

// gap is whether a level above the row's own has no name, so that it cannot be told what the row is a part of.
func (r *row) gap() bool {
	for l := levelCampaign; l < r.level(); l++ {
		if r.path[l] == "" {
			return true
		}
	}
	return false
}

// key is what a row is of.
type key struct {
	day     string
	path    [levels]string
	network string
}

func (r *row) key() key { return key{r.day, r.path, r.network} }

// name cleans a name for the path.
func (r *row) name(level int, raw string, blanked *int64) {
	text, gone := source.CleanText(raw)
	if gone {
		*blanked++
		text = withheld
	}
	r.path[level] = text
}

// compareRows is the canonical order of rows: what they are of, then their figures.
func compareRows(a, b *row) int {
	return cmp.Or(
		cmp.Compare(a.day, b.day), slices.Compare(a.path[:], b.path[:]), cmp.Compare(a.network, b.network),
		cmp.Compare(a.currency, b.currency), compareAmounts(a.spend, b.spend), compareCounts(a.impressions, b.impressions),
		compareCounts(a.reach, b.reach), compareCounts(a.clicks, b.clicks), compareCounts(a.installs, b.installs),
		compareAmounts(a.results, b.results), cmp.Compare(a.resultType, b.resultType),
	)
}

func compareAmounts(a, b amount) int {
	return cmp.Or(compareBools(a.known, b.known), cmp.Compare(a.x, b.x))
}

func compareCounts(a, b count) int {
	return cmp.Or(compareBools(a.known, b.known), cmp.Compare(a.n, b.n))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// add sums the row with one of the same key that is another part of the same thing. The reach of parts does not add up, as people
// may be in several; nor do results of different types.
func (r *row) add(b *row) {
	r.spend = addAmounts(r.spend, b.spend)
	r.impressions, r.clicks = addCounts(r.impressions, b.impressions), addCounts(r.clicks, b.clicks)
	r.installs = addCounts(r.installs, b.installs)
	r.reach = count{}
	if r.resultType != b.resultType {
		r.results, r.resultType = amount{}, ""
		return
	}
	r.results = addAmounts(r.results, b.results)
}

// addAmounts and addCounts take a part that is not known for one that the report left out: the sum is of the parts that it has.
func addAmounts(a, b amount) amount { return amount{a.x + b.x, a.known || b.known} }

func addCounts(a, b count) count { return count{a.n + b.n, a.known || b.known} }

// fill takes over what the row does not know from another report of the same thing, and is false where the two contradict.
func (r *row) fill(b *row) bool {
	ok := fillAmount(&r.spend, b.spend) && fillCount(&r.impressions, b.impressions) && fillCount(&r.reach, b.reach) &&
		fillCount(&r.clicks, b.clicks) && fillCount(&r.installs, b.installs) && fillAmount(&r.results, b.results)
	if r.resultType == "" {
		r.resultType = b.resultType
	}
	return ok && (b.resultType == "" || r.resultType == b.resultType)
}

func fillAmount(a *amount, b amount) bool {
	if !a.known {
		*a = b
	}
	return !b.known || a.x == b.x
}

func fillCount(a *count, b count) bool {
	if !a.known {
		*a = b
	}
	return !b.known || a.n == b.n
}

// values is the row as a row of warehouse.Ads.
func (r *row) values() []any {
	names := make([]any, levels)
	for l, name := range r.path {
		if name != "" && name != withheld {
			names[l] = name
		}
	}
	return []any{
		r.day, names[levelAccount], text(r.network), names[levelCampaign], names[levelAdSet], names[levelAd], text(r.currency),
		r.spend.value(), r.impressions.value(), r.reach.value(), r.clicks.value(), r.installs.value(), r.results.value(),
		text(r.resultType),
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (a amount) value() any {
	if !a.known {
		return nil
	}
	return a.x
}

func (c count) value() any {
	if !c.known {
		return nil
	}
	return c.n
}

// networks are the names of Meta's placements as its API has them, by the names that its tables show.
var networks = map[string]string{
	"페이스북": "facebook", "인스타그램": "instagram", "메신저": "messenger", "오디언스네트워크": "audience_network",
	"audiencenetwork": "audience_network", "쓰레드": "threads", "스레드": "threads",
}

// networkOf is the network of a platform cell.
func networkOf(cell string) string {
	name, _ := source.CleanText(strings.ToLower(cell))
	if known, ok := networks[sheet.Squash(name)]; ok {
		return known
	}
	return strings.ReplaceAll(name, " ", "_")
}

// installTypes are the result types that are installs of the app, as the API and the tables name them.
var installTypes = []string{
	"omni_app_install", "mobile_app_install", "app_install", "앱 설치", "app installs", "mobile app installs", "모바일 앱 설치",
}

// setResultType notes what the results are; installs that have no column of their own are the results where those are installs.
func (r *row) setResultType(cell string) {
	cell = strings.TrimPrefix(strings.TrimSpace(cell), "actions:")
	r.resultType, _ = source.CleanText(cell)
	if r.installs.known || !slices.Contains(installTypes, strings.ToLower(r.resultType)) {
		return
	}
	// Results may be fractions, which are no installs.
	if c, err := r.results.toCount(); err == nil {
		r.installs = c
	}
}
