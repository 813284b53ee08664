package features_test

import (
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
		{"https.x.com", "referral", "", features.Referral},
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
		{"에브리타임", "커뮤니티", "", features.Unassigned},
		{"(direct)", "strange", "", features.Unassigned},
		{"(not set)", "(not set)", "", features.Unassigned},
	} {
		if got := features.ChannelOf(c.source, c.medium, c.campaign); got != c.want {
			t.Errorf("ChannelOf(%q, %q, %q) = %q, want %q", c.source, c.medium, c.campaign, got, c.want)
		}
	}
}
