package features

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// traffic is what is known of where a user came from: the three texts, in their normal form, and the class of each.
type traffic [6]string

// field is an index into traffic.
type field int

const (
	sourceField field = iota
	mediumField
	campaignField
	siteField
	mannerField
	themeField
)

// The classes of a source (siteField): what kind of site it is. GA4 knows the first four; partner is an app of many services that
// sends users on, which Korea has and GA4 does not know.
const (
	shopSite    = "shop"
	videoSite   = "video"
	socialSite  = "social"
	searchSite  = "search"
	partnerSite = "partner"
)

// The classes of a medium (mannerField) and of a campaign (themeField).
const (
	paidManner  = "paid"
	videoManner = "video"
	pushManner  = "push"
	crossTheme  = "cross-network"
	shopTheme   = "shop"
)

// class sorts the texts of one field by the first test that holds. The class of any other text is "".
type class struct {
	field, from field
	tests       []test
	// known has the class of every text in the lists of the tests, and of the frequent texts.
	known map[string]string
}

// test gives its class to the texts in a list, or to those in which an RE2 pattern is found.
type test struct {
	class   string
	list    []string
	pattern *regexp.Regexp
	// needs are literals one of which is in every text that the pattern matches; nil where there are none. They only save time.
	needs []string
}

// classes are made at first use. First come what most users have, which has no class, and the lists, and then the patterns,
// which take longer. The patterns of media stand in the order of the rules that use them: a medium that is paid never gets as
// far as the rules on video and push.
var classes = sync.OnceValue(func() []class {
	return []class{
		newClass(siteField, sourceField, frequentSources(), siteTests()),
		newClass(mannerField, mediumField, frequentMedia, []test{
			{list: []string{"", "(none)", "(not set)", "organic", "referral"}},
			{
				paidManner, nil, regexp.MustCompile(`^(.*cp.*|ppc|retargeting|paid.*)$`),
				[]string{"cp", "ppc", "retargeting", "paid"},
			},
			{videoManner, nil, regexp.MustCompile(`^(.*video.*)$`), []string{"video"}},
			{pushManner, nil, regexp.MustCompile(`push$|mobile|notification`), []string{"push", "mobile", "notification"}},
		}),
		newClass(themeField, campaignField, nil, []test{
			{list: []string{"", "(not set)", "(direct)", "(organic)", "(referral)"}},
			{crossTheme, nil, regexp.MustCompile(`cross-network`), []string{"cross-network"}},
			{shopTheme, nil, regexp.MustCompile(`^(.*(([^a-df-z]|^)shop|shopping).*)$`), []string{"shop"}},
		}),
	}
})

var frequentMedia = []string{"cpc", "cpm", "ppc", "paid", "paid_social", "paidsocial", "paid-social"}

func newClass(of, from field, frequent []string, tests []test) class {
	c := class{field: of, from: from, tests: tests, known: map[string]string{}}
	for _, t := range tests {
		for _, text := range t.list {
			if _, ok := c.known[text]; !ok {
				c.known[text] = t.class
			}
		}
	}
	for _, text := range frequent {
		c.known[text] = c.of(text)
	}
	return c
}

func (c *class) of(text string) string {
	if name, ok := c.known[text]; ok {
		return name
	}
	for i := range c.tests {
		if c.tests[i].finds(text) {
			return c.tests[i].class
		}
	}
	return ""
}

func (t *test) finds(text string) bool {
	if t.pattern == nil {
		return false
	}
	holds := func(literal string) bool { return strings.Contains(text, literal) }
	if t.needs != nil && !slices.ContainsFunc(t.needs, holds) {
		return false
	}
	return t.pattern.MatchString(text)
}

// rule gives its channel where one of the alternatives holds.
type rule struct {
	channel string
	anyOf   []conjunction
}

// conjunction holds where all its conditions do.
type conjunction []condition

// condition is that the field has one of the values.
type condition struct {
	field field
	in    []string
}

var emailNames = []string{"email", "e-mail", "e_mail", "e mail"}

// rules are those of GA4's default channel group, in its order: the first that matches decides. The last is ours, for partner
// apps that say nothing of the medium.
var rules = []rule{
	{Direct, either(all(is(sourceField, "", "(direct)"), is(mediumField, "", "(none)", "(not set)")))},
	{CrossNetwork, either(all(is(themeField, crossTheme)))},
	{PaidShopping, either(all(paid, is(siteField, shopSite)), all(paid, is(themeField, shopTheme)))},
	{PaidSearch, either(all(paid, is(siteField, searchSite)))},
	{PaidSocial, either(all(paid, is(siteField, socialSite)))},
	{PaidVideo, either(all(paid, is(siteField, videoSite)))},
	{Display, either(all(is(mediumField, "display", "banner", "expandable", "interstitial", "cpm")))},
	{PaidOther, either(all(paid))},
	{OrganicShop, either(all(is(siteField, shopSite)), all(is(themeField, shopTheme)))},
	{OrganicSocial, either(all(is(siteField, socialSite)),
		all(is(mediumField, "social", "social-network", "social-media", "sm", "social network", "social media")))},
	{OrganicVideo, either(all(is(siteField, videoSite)), all(is(mannerField, videoManner)))},
	{OrganicSearch, either(all(is(siteField, searchSite)), all(is(mediumField, "organic")))},
	{Referral, either(all(is(mediumField, "referral", "app", "link")))},
	{Email, either(all(is(sourceField, emailNames...)), all(is(mediumField, emailNames...)))},
	{Affiliates, either(all(is(mediumField, "affiliate")))},
	{Audio, either(all(is(mediumField, "audio")))},
	{SMS, either(all(is(sourceField, "sms")), all(is(mediumField, "sms")))},
	{MobilePush, either(all(is(mannerField, pushManner)), all(is(sourceField, "firebase")))},
	{Referral, either(all(is(siteField, partnerSite)))},
}

var paid = is(mannerField, paidManner)

func is(f field, in ...string) condition { return condition{field: f, in: in} }

func all(conditions ...condition) conjunction { return conditions }

func either(alternatives ...conjunction) []conjunction { return alternatives }

func (r *rule) matches(t *traffic) bool {
	return slices.ContainsFunc(r.anyOf, func(all conjunction) bool {
		for _, c := range all {
			if !slices.Contains(c.in, t[c.field]) {
				return false
			}
		}
		return true
	})
}

// blanks are the characters that Unicode calls white space. They are spelled out because every engine trims others by itself.
const blanks = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
	"\u2028\u2029\u202f\u205f\u3000"

const (
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
)

// normal trims blanks and lowers A to Z. Only those: the engines do not agree on what is lower case beyond them (a dotted
// capital I, a last sigma), and no name in the lists has such a letter.
func normal(s string) string {
	s = strings.Trim(s, blanks)
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return strings.Map(lowerASCII, s)
		}
	}
	return s
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
