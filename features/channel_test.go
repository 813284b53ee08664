package features_test

import (
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// TestChannelOf follows the rules of GA4's default channel group, first match wins (support.google.com/analytics/answer/9756891).
func TestChannelOf(t *testing.T) {
	for _, c := range []struct{ source, medium, campaign, want string }{
		{"", "", "", ""},
		{" ", "\t", "", ""},
		{"(direct)", "(none)", "", features.Direct},
		{"(direct)", "", "", features.Direct},
		{"(direct)", "(not set)", "summer", features.Direct},
		{"", "", "summer", features.Direct},
		{"", "(none)", "", features.Direct},
		{"google", "cpc", "kr cross-network 1", features.CrossNetwork},
		// A paid medium is told before what the site is; cpm contains cp, so social and cpm are paid social, not display.
		{"coupang", "cpc", "", features.PaidShopping},
		{"google", "cpc", "spring shop", features.PaidShopping},
		{"google", "cpc", "eshop", features.PaidShopping},
		{"google", "cpc", "workshop", features.PaidSearch},
		{"naver", "cpc", "", features.PaidSearch},
		{"daum.net", "ppc", "", features.PaidSearch},
		{"instagram", "paid", "", features.PaidSocial},
		{"Instagram ", "Paid_Social", "", features.PaidSocial},
		{"facebook", "cpm", "", features.PaidSocial},
		{"kakao", "retargeting", "", features.PaidSocial},
		{"blog.naver.com", "cpc", "", features.PaidSocial},
		{"youtube", "cpv_cpm", "", features.PaidVideo},
		{"somewhere", "cpm", "", features.Display},
		{"somewhere", "banner", "", features.Display},
		{"facebook", "display", "", features.Display},
		{"somewhere", "cpa_cpi", "", features.PaidOther},
		{"somewhere", "paid", "", features.PaidOther},
		{"11st.co.kr", "referral", "", features.OrganicShop},
		{"newsletter", "email", "shopping week", features.OrganicShop},
		{"l.instagram.com", "referral", "", features.OrganicSocial},
		{"m.facebook.com", "referral", "", features.OrganicSocial},
		{"blog.naver.com", "referral", "", features.OrganicSocial},
		{"m.cafe.naver.com", "referral", "", features.OrganicSocial},
		{"t.co", "referral", "", features.OrganicSocial},
		{"chess.example/x.com.html", "referral", "", features.Referral},
		{"www.x.com/i", "referral", "", features.OrganicSocial},
		{"anything", "social-media", "", features.OrganicSocial},
		{"anything", "sm", "", features.OrganicSocial},
		{"youtu.be", "referral", "", features.OrganicVideo},
		{"anything", "short-video", "", features.OrganicVideo},
		{"naver", "organic", "", features.OrganicSearch},
		{"search.daum.net", "referral", "", features.OrganicSearch},
		{"unknown", "organic", "", features.OrganicSearch},
		{"notfacebook.com", "referral", "", features.Referral},
		{"t.company.com", "referral", "", features.Referral},
		{"x.company.com", "referral", "", features.Referral},
		{"partner", "app", "", features.Referral},
		{"partner", "link", "", features.Referral},
		{"e-mail", "", "", features.Email},
		{"crm", "e mail", "", features.Email},
		{"partner", "affiliate", "", features.Affiliates},
		{"podcast", "audio", "", features.Audio},
		{"sms", "", "", features.SMS},
		{"crm", "sms", "", features.SMS},
		{"firebase", "fcm", "", features.MobilePush},
		{"crm", "web-push", "", features.MobilePush},
		{"crm", "in-app notification", "", features.MobilePush},
		{"crm", "mobile", "", features.MobilePush},
		{"unheard-of", "커뮤니티", "", features.Unassigned},
		{"(direct)", "strange", "", features.Unassigned},
		{"(not set)", "(not set)", "", features.Unassigned},
	} {
		if got := features.ChannelOf(c.source, c.medium, c.campaign); got != c.want {
			t.Errorf("ChannelOf(%q, %q, %q) = %q, want %q", c.source, c.medium, c.campaign, got, c.want)
		}
	}
}

// TestChannelOfListedSources takes sources from all parts of Google's list, each with a paid and without a known medium.
func TestChannelOfListedSources(t *testing.T) {
	for _, c := range []struct{ paid, organic, sources string }{
		{features.PaidShopping, features.OrganicShop, "" +
			"amazon amazon.co.uk ebay.com.au etsy IGShopping mercadolibre.com.mx order.shopping.yahoo.co.jp " +
			"shop.app shopping.naver.com cr2.shopping.naver.com stripe shopzilla.com one.walmart.com checkout.shopify.com"},
		{features.PaidSocial, features.OrganicSocial, "" +
			"43things Hatena answers.yahoo.com blog.naver.com m.blog.naver.com kin.naver.com cyworld " +
			"kakaocorp.com groups.google.com google+ plus.google.com ig fb.me line.me l.messenger.com lnkd.in old.reddit.com " +
			"out.reddit.com pinterest.co.kr messages.google.com tiktok.com vk.com away.vk.com wattpad whatsapp yelp.co.uk " +
			"bit.ly t.me tinyurl.com"},
		{features.PaidVideo, features.OrganicVideo, "" +
			"youtube.com m.youtube.com music.youtube.com blog.twitch.tv player.vimeo.com netflix " +
			"help.netflix.com d.tube iqiyi.com ted.com wistia viadeo.journaldunet.com disneyplus"},
		{features.PaidSearch, features.OrganicSearch, "" +
			"google google-play play.google.com mail.google.com naver.com m.search.naver.com daum.net " +
			"bing cn.bing.com us.search.yahoo.com ask aol so.com seznam.cz yandex.com.tr " +
			"rakuten websearch.rakuten.co.jp msn.com tut.by"},
	} {
		for source := range strings.FieldsSeq(c.sources) {
			if got := features.ChannelOf(source, "cpc", ""); got != c.paid {
				t.Errorf("%s with cpc is %s, want %s", source, got, c.paid)
			}
			if got := features.ChannelOf(source, "", ""); got != c.organic {
				t.Errorf("%s is %s, want %s", source, got, c.organic)
			}
		}
	}
}

// TestChannelOfKorea has the ways in which Korean sites are spelled in practice.
func TestChannelOfKorea(t *testing.T) {
	for _, c := range []struct {
		want    string
		sources []string
	}{
		{features.OrganicSocial, []string{
			"kakao", "KakaoTalk", "kakaostory", "kakaochannel", "kakao_channel", "pf.kakao.com", "plusfriend", "open.kakao.com",
			"카카오톡", "카톡 채널",
			"naver_blog", "naver blog", "blog.naver", "cafe.naver.com", "naver-cafe", "post.naver.com", "naver_band", "band",
			"band.us", "네이버블로그",
			"네이버카페", "밴드", "cafe.daum.net", "다음카페", "pann.nate.com", "everytime", "everytime.kr", "Everytime_banner", "에브리타임",
			"에타 홍보",
			"line", "line_ads", "lin.ee", "라인", "daangn", "daangn.com", "karrot", "당근", "당근마켓", "ig", "insta", "insta_story",
			"인스타",
			"인스타그램 광고", "페북", "틱톡", "dcinside.com", "tistory.com", "meta", "fb_ads",
		}},
		{features.OrganicSearch, []string{
			"naver", "m.naver.com", "search.naver.com", "네이버", "daum",
			"m.search.daum.net", "다음", "nate", "nate.com", "zum.com", "zum",
		}},
		{features.OrganicShop, []string{
			"coupang", "coupang.com", "쿠팡", "smartstore.naver.com", "naver_shopping", "네이버쇼핑", "11st.co.kr", "gmarket.co.kr",
			"auction.co.kr",
			"musinsa", "무신사", "ssg.com", "kurly.com",
		}},
		{features.OrganicVideo, []string{
			"유튜브", "youtu.be", "chzzk.naver.com", "tv.naver.com",
			"tv.kakao.com", "tving.com", "coupangplay", "쿠팡플레이", "sooplive.co.kr",
		}},
		{features.Referral, []string{"toss", "toss.im", "토스", "cashwalk"}},
		// What only looks like one of them.
		{features.Unassigned, []string{
			"online", "온라인", "husband", "line.company.com", "tossed",
			"natecorp", "band.company.com", "naverpay", "dig", "t.co.kr",
		}},
	} {
		for _, source := range c.sources {
			if got := features.ChannelOf(source, "", ""); got != c.want {
				t.Errorf("%s is %s, want %s", source, got, c.want)
			}
		}
	}
}

// BenchmarkChannelOf has sources that a reader meets every day, and one that is in no list.
func BenchmarkChannelOf(b *testing.B) {
	for _, c := range []struct{ name, source, medium, campaign string }{
		{"direct", "(direct)", "(none)", "(direct)"},
		{"search", "google", "organic", "(organic)"},
		{"social", "instagram", "paid_social", "kr_spring_2026"},
		{"korean", "에브리타임", "커뮤니티", "신학기"},
		{"unknown", "partner.example.org", "referral", ""},
	} {
		b.Run("source="+c.name, func(b *testing.B) {
			for b.Loop() {
				features.ChannelOf(c.source, c.medium, c.campaign)
			}
		})
	}
}
