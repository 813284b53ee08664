package features

import (
	"regexp"
	"slices"
	"strings"
)

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

// The sites of each kind that a small app is likely to meet, Korean ones included. Matched as a whole domain label, so that
// m.facebook.com and l.instagram.com count and notfacebook does not.
var (
	searchSites = []string{"google", "naver", "daum", "bing", "yahoo", "duckduckgo", "baidu", "yandex", "ecosia", "nate", "zum", "brave"}
	socialSites = []string{
		"facebook", "fb", "instagram", "ig", "kakao", "kakaotalk", "kakaostory", "twitter", "x", "t", "threads", "linkedin",
		"tiktok", "reddit", "pinterest", "snapchat", "line", "band", "everytime", "discord", "telegram", "whatsapp", "tumblr", "quora",
		"vk", "wechat", "weibo", "meta", "messenger", "blind",
	}
	shoppingSites = []string{"amazon", "coupang", "ebay", "etsy", "11st", "gmarket", "auction", "shopify", "walmart", "aliexpress"}
	videoSites    = []string{"youtube", "youtu", "vimeo", "twitch", "netflix", "dailymotion", "afreecatv", "chzzk"}
	socialHosts   = []string{"blog.naver", "cafe.naver", "blog.naver.com", "cafe.naver.com", "t.co", "x.com"}
	emailNames    = []string{"email", "e-mail", "e_mail", "e mail"}
	socialMediums = []string{"social", "social-network", "social-media", "sm", "social network", "social media"}
	displayNames  = []string{"display", "banner", "expandable", "interstitial", "cpm"}

	paidMedium   = regexp.MustCompile(`^(.*cp.*|ppc|retargeting|paid.*)$`)
	shopCampaign = regexp.MustCompile(`^(.*(([^a-df-z]|^)shop|shopping).*)$`)
	videoMedium  = regexp.MustCompile(`^(.*video.*)$`)
)

// ChannelOf assigns the acquisition channel of a traffic source by the first matching rule of GA4's default channel group.
// Source, medium and campaign may be empty: where nothing at all is known the channel is unknown, "", which is not Direct.
func ChannelOf(source, medium, campaign string) string {
	source, medium, campaign = normal(source), normal(medium), normal(campaign)
	if source == "" && medium == "" && campaign == "" {
		return ""
	}
	if (source == "" || source == "(direct)") && slices.Contains([]string{"", "(none)", "(not set)"}, medium) {
		return Direct
	}
	if strings.Contains(campaign, "cross-network") {
		return CrossNetwork
	}
	if channel := paidChannel(source, medium, campaign); channel != "" {
		return channel
	}
	return unpaidChannel(source, medium, campaign)
}

func normal(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func paidChannel(source, medium, campaign string) string {
	paid := paidMedium.MatchString(medium)
	switch {
	case paid && (isSite(source, shoppingSites) || shopCampaign.MatchString(campaign)):
		return PaidShopping
	case paid && isSearch(source):
		return PaidSearch
	case paid && isSocial(source):
		return PaidSocial
	case paid && isSite(source, videoSites):
		return PaidVideo
	case slices.Contains(displayNames, medium):
		return Display
	case paid:
		return PaidOther
	}
	return ""
}

func unpaidChannel(source, medium, campaign string) string {
	switch {
	case isSite(source, shoppingSites) || shopCampaign.MatchString(campaign):
		return OrganicShop
	case isSocial(source) || slices.Contains(socialMediums, medium):
		return OrganicSocial
	case isSite(source, videoSites) || videoMedium.MatchString(medium):
		return OrganicVideo
	case isSearch(source) || medium == "organic":
		return OrganicSearch
	case slices.Contains([]string{"referral", "app", "link"}, medium):
		return Referral
	case slices.Contains(emailNames, source) || slices.Contains(emailNames, medium):
		return Email
	case medium == "affiliate":
		return Affiliates
	case medium == "audio":
		return Audio
	case source == "sms" || medium == "sms":
		return SMS
	case strings.HasSuffix(medium, "push"), strings.Contains(medium, "mobile"), strings.Contains(medium, "notification"),
		source == "firebase":
		return MobilePush
	}
	return Unassigned
}

func isSocial(source string) bool {
	return isSite(source, socialSites) || slices.Contains(socialHosts, host(source))
}

// host is the source up to its first slash, without the m. or www. in front.
func host(source string) string {
	name, _, _ := strings.Cut(source, "/")
	return strings.TrimPrefix(strings.TrimPrefix(name, "www."), "m.")
}

func isSearch(source string) bool { return isSite(source, searchSites) && !isSocial(source) }

// isSite compares the labels of a domain, or the words of a plain name, with the sites.
func isSite(source string, sites []string) bool {
	for label := range strings.FieldsFuncSeq(source, func(r rune) bool { return r == '.' || r == '/' || r == '_' || r == '-' || r == ' ' }) {
		if slices.Contains(sites, label) && (len(label) > 2 || label == source || label == "fb" || label == "ig") {
			return true
		}
	}
	return false
}
