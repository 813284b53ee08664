package features_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func TestLinksOverrideTheRules(t *testing.T) {
	c, err := features.NewChannels([]features.Link{
		{Source: "Naver", Channel: "portal"},
		{Medium: "cpc", Channel: "bought"},
		{Campaign: "spring", Channel: "season"},
		{Source: "naver", Medium: "cpc", Channel: "portal bought"},
		{Medium: "cpc", Campaign: "spring", Channel: "season bought"},
		{Source: "naver", Campaign: "spring", Channel: "portal season"},
		{Source: " NAVER ", Medium: "CPC", Campaign: "Spring\u3000", Channel: " all three "},
		{Source: "(direct)", Channel: "paid social"},
		{Source: "un.known*", Channel: "Mobile Push Notifications"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ source, medium, campaign, want string }{
		{"naver", "", "", "portal"},
		{"naver", "referral", "summer", "portal"},
		{"google", "cpc", "", "bought"},
		{"google", "", "spring", "season"},
		{"naver", "cpc", "", "portal bought"},
		{"google", "cpc", "spring", "season bought"},
		{"naver", "", "SPRING", "portal season"},
		{"naver", "cpc ", "spring", "all three"},
		{"(direct)", "(none)", "", features.PaidSocial},
		{"UN.KNOWN*", "", "", features.MobilePush},
		{"un-knownn", "", "", features.Unassigned},
		{"google", "organic", "", features.OrganicSearch},
		{"", "", "", ""},
		{" ", "\t", "\u3000", ""},
	} {
		if got := c.Of(x.source, x.medium, x.campaign); got != x.want {
			t.Errorf("Of(%q, %q, %q) = %q, want %q", x.source, x.medium, x.campaign, got, x.want)
		}
	}
}

func TestNewChannelsRefuses(t *testing.T) {
	long := strings.Repeat("가", 41)
	good := features.Link{Source: "everytime", Channel: features.OrganicSocial}
	for name, c := range map[string]struct {
		link features.Link
		want string
	}{
		"no field":       {features.Link{Source: " ", Channel: "x"}, "source, medium and campaign are all empty"},
		"no channel":     {features.Link{Source: "a"}, "the channel is empty"},
		"blank channel":  {features.Link{Source: "a", Channel: "\u3000"}, "the channel is empty"},
		"unknown":        {features.Link{Source: "a", Channel: "Unknown"}, "says that it is unknown"},
		"too long":       {features.Link{Source: "a", Channel: long}, "has 41 characters; shorten it to at most 40"},
		"e-mail":         {features.Link{Source: "a", Channel: "mina@example.com"}, "e-mail address or a telephone number"},
		"coded e-mail":   {features.Link{Source: "a", Channel: "mina%40example.com"}, "e-mail address or a telephone number"},
		"phone":          {features.Link{Source: "a", Channel: "010-1234-5678"}, "e-mail address or a telephone number"},
		"control":        {features.Link{Source: "a", Channel: "a\x00b"}, "the channel has characters that are no text"},
		"other encoding": {features.Link{Source: "\xbf\xa1\xc5\xb8", Channel: "x"}, "the source has characters that are no text"},
		"contradiction":  {features.Link{Source: "EVERYTIME ", Channel: "campus"}, "same source, medium and campaign as link 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := features.NewChannels([]features.Link{good, c.link})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), "link 2: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %q, want link 2 and %q", err, c.want)
			}
			for _, secret := range []string{"mina", "5678"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a personal value: %q", err)
				}
			}
		})
	}
}

func TestNewChannelsTakes(t *testing.T) {
	for _, channel := range []string{strings.Repeat("가", 40), "캠퍼스 20260302", "what's new", "unassigned", "ORGANIC SEARCH"} {
		if _, err := features.NewChannels([]features.Link{{Medium: "m", Channel: channel}}); err != nil {
			t.Errorf("%q: %v", channel, err)
		}
	}
	twice := []features.Link{{Medium: "m", Channel: "a", Target: "x"}, {Medium: "M", Channel: "a", Target: "y"}}
	if _, err := features.NewChannels(twice); err != nil {
		t.Errorf("one channel, two targets: %v", err)
	}
	if c, err := features.NewChannels(nil); err != nil || c.Of("naver", "", "") != features.OrganicSearch {
		t.Errorf("without links: %v", err)
	}
}

// A team's own link says what a source is that no rule could know.
func ExampleNewChannels() {
	channels, err := features.NewChannels([]features.Link{
		{Source: "poster", Channel: "캠퍼스"},
		{Source: "instagram", Campaign: "influencer", Channel: features.Affiliates},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(channels.Of("poster", "qr", ""))
	fmt.Println(channels.Of("instagram", "social", "influencer"))
	fmt.Println(channels.Of("instagram", "social", ""))
	// Output:
	// 캠퍼스
	// Affiliates
	// Organic Social
}
