package featuretest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// mediums and campaigns meet every rule of the channels from both sides.
var (
	mediums = []string{
		"", "(none)", "(not set)", "organic", "referral", "app", "link", "cpc", "CPC", "ppc", "ppc2", "xcpx", "cp", "cpm",
		"cpv", "retargeting",
		"retargeting2", "paid", "Paid_Social", "unpaid", "paid video", "display", "banner", "expandable", "interstitial",
		"native", "social",
		"social-network", "social-media", "sm", "social network", "Social Media", "socials", "video", "short-video", "VIDEO ad",
		"email",
		"e-mail", "e_mail", "e mail", "emails", "affiliate", "affiliates", "audio", "audio2", "sms", "lms", "push", "web-push",
		"pushed",
		"mobile", "in-app notification", "커뮤니티", "카드뉴스", "none", "null", `o'rganic`, `cpc\`, "cpc\nx", "x\ncpc",
	}
	campaigns = []string{
		"", "(not set)", "(direct)", "summer", "kr cross-network 1", "Cross-Network", "crossnetwork", "shop", "eshop",
		"workshop", "e-shop",
		"shopping week", "eshopping", "Spring SHOP", "SHIP", "photoshop", "fshop", "봄 shop", "쇼핑", "신학기", "a\nshop", "shop\nb",
		`it's "50%" off \ [a-z]+(`, "120210000000000000",
	}
	// strange holds what a pattern, a literal or a change of case could trip over.
	strange = []string{
		"", " ", "\t\n", "\u3000", "\u00a0", "(direct)", "(DIRECT)", " (direct) ", "(not set)", "(data not available)",
		"direct", "x", "X", "t", "t.co",
		"x.com", "www.x.com/i", "t.company.com", "x.company.com", "https://x.com", "http://m.facebook.com:443/a?b#c",
		"notfacebook.com",
		"facebook.evil.example", "facebookexchange", "fb", "fb_ad", "line", "LINE", "line_ads", "line.company.com", "online",
		"온라인", "라인",
		"band", "band.us", "husband", "naver band", "naver_blog", "naver-cafe", "naver.blog", "naverpay", "m.naver.com",
		"blog.naver.com/a.b",
		"kakao", "KakaoTalk", "kakao_tv", "tv.kakao.com", "kakaotv", "pf.kakao.com/_abc", "plusfriend", "plus_friend",
		"everytime.kr",
		"Everytime", "에브리타임", "에타 홍보", "인스타그램", "insta_story", "IG", "ig.me", "big", "네이버블로그", "네이버", "다음카페", "다음",
		"구글", "당근마켓", "daangn", "toss", "토스뱅크", "toss.im", "tossed", "nate", "pann.nate.com", "nate.com", "natecorp.com", "zum",
		"zum.com",
		"coupang", "쿠팡플레이", "coupangplay", "youtube", "youtu.be", "yt", "유튜브", "google+", "google shopping", "google-play",
		"play.google.com",
		"ＩＮＳＴＡ", "İnstagram", "ınstagram", "facebooK", "facebook", "ΣΊΓΜΑΣ", "Straße", "éline", "lineé", "line가", "가line", "'",
		`\`, `\\`, `\'`,
		`'; DROP TABLE events; --`, `"line"`, "`line`", "{line}", "%", "_", "$1", "$", "^", ".*", "[a-z", "(", "a|b", "?", "@",
		"@param", "line\n",
		"a\nfacebook.com", "facebook\\", "😀", "카카오톡😀", "e\u0301", "\u200b", "\ufeffnaver", "naver\u2028", "sms", "firebase",
		"email", "e mail",
		"newsletter", "partner", "null", "NULL",
	}
)

// ChannelCases are some thousand traffic sources (source, medium, campaign), always the same: every source that the channel
// rules name with media and campaigns that meet every rule, in several spellings, and texts on which the engines could differ.
// A warehouse under test should hold some of the empty texts as NULL.
func ChannelCases() [][3]string {
	rng := rand.New(rand.NewPCG(9756891, 3))
	var cases [][3]string
	for _, source := range features.ListedSources() {
		cases = append(cases,
			[3]string{source, pick(rng, mediums), pick(rng, campaigns)},
			[3]string{respell(rng, source), pick(rng, mediums), respell(rng, pick(rng, campaigns))})
	}
	for _, source := range strange {
		cases = append(cases, [3]string{source, "", ""}, [3]string{source, "referral", ""}, [3]string{source, "cpc", ""})
		for range 4 {
			cases = append(cases, [3]string{source, pick(rng, mediums), pick(rng, campaigns)})
		}
	}
	for i, medium := range mediums {
		for _, source := range []string{"", "(direct)", "unheard-of", "naver", "coupang", "facebook", "vimeo", "toss"} {
			cases = append(cases,
				[3]string{source, respell(rng, medium), ""}, [3]string{source, medium, campaigns[i%len(campaigns)]})
		}
	}
	for _, campaign := range append(campaigns, strange...) {
		cases = append(cases, [3]string{"", "", campaign}, [3]string{"unheard-of", pick(rng, mediums), campaign})
	}
	return cases
}

// ChannelLinks are links that match many of the ChannelCases, some of them one and the same case. Their texts hold what must be
// quoted.
func ChannelLinks() []features.Link {
	links := []features.Link{
		{Source: "partner", Channel: "제휴 카드"},
		{Source: " Everytime ", Medium: "Banner", Channel: features.PaidSocial, Target: "에타 3월"},
		{Source: "everytime", Channel: "캠퍼스"},
		{Medium: "lms", Channel: features.SMS},
		{Campaign: "SUMMER", Channel: "Summer's push"},
		{Source: "naver", Medium: "cpc", Campaign: "summer", Channel: `back\slash "quoted"`},
		{Medium: "cpc", Campaign: "summer", Channel: "paid search", Target: "summer"},
		{Source: "'", Channel: "quote"},
		{Source: `\`, Channel: "backslash"},
		{Source: "İnstagram", Channel: "dotted"},
		{Source: "a\u00a0b", Channel: "inner blank"},
		{Medium: "(none)", Channel: "none"},
		{Source: "(direct)", Medium: "(none)", Channel: features.Direct},
		{Source: `'; drop table events; --`, Channel: "'; DROP TABLE events; --"},
	}
	for i := range 50 {
		campaign, channel := fmt.Sprint("week ", i), fmt.Sprint("week ", i%7)
		links = append(links, features.Link{Source: "partner", Medium: "referral", Campaign: campaign, Channel: channel})
	}
	return links
}

// respell changes what must make no difference, and sometimes what may.
func respell(rng *rand.Rand, text string) string {
	switch rng.IntN(6) {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return "  " + text + "\t"
	case 2:
		return "\u3000" + text + "\u00a0\u2028"
	case 3:
		return text + pick(rng, []string{"_ads", " 광고", ".kr", "/path", "x", "-1", "'", `\`})
	case 4:
		return pick(rng, []string{"www.", "m.", "https://", "x", "광고", "my-", "'", `\`}) + text
	}
	letters := []rune(text)
	if len(letters) == 0 {
		return text
	}
	at := rng.IntN(len(letters))
	return string(slices.Concat(letters[:at], []rune(strings.ToUpper(string(letters[at]))), letters[at+1:]))
}

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }
