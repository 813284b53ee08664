package sample

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// links is the campaign link table of the invented marketing team.
func links() []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	rows := [][]string{{"link_id", "channel", "utm_source", "utm_medium", "utm_campaign", "url"}}
	for i, c := range channels {
		if c.campaign == "" {
			continue
		}
		url := fmt.Sprintf("https://example.com/get?utm_source=%s&utm_medium=%s&utm_campaign=%s", c.source, c.medium, c.campaign)
		rows = append(rows, []string{fmt.Sprintf("link-%02d", i), c.id, c.source, c.medium, c.campaign, url})
	}
	// Writing to a buffer cannot fail.
	_ = w.WriteAll(rows)
	return buf.Bytes()
}

// metaAds is the spend of the channels bought from Meta: one row a day and ad set, as the Korean Ads Manager exports it.
// Meta claims about nine in ten of the installs that really came, and counts a few that did not.
func metaAds(opt Options, cal *calendar, lives []life) []byte {
	installs := make([][]int, len(channels))
	for i := range installs {
		installs[i] = make([]int, cal.days)
	}
	for i := range lives {
		if l := &lives[i]; l.status == newcomer && l.day0 < cal.days {
			installs[l.channel][l.day0]++
		}
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 0xad5))
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	rows := [][]string{{
		"일", "캠페인 이름", "광고 세트 이름", "지출 금액 (KRW)", "노출", "도달", "링크 클릭", "결과", "앱 설치",
	}}
	for d := range cal.days {
		for i, c := range channels {
			if c.metaChannel() {
				rows = append(rows, adRow(rng, cal.date(d).Format("2006-01-02"), c, installs[i][d]))
			}
		}
	}
	_ = w.WriteAll(rows)
	return buf.Bytes()
}

// adRow invents the delivery that fits a day's installs: about 2,600 KRW an install, a click rate near one per cent.
func adRow(rng *rand.Rand, day string, c channel, installs int) []string {
	claimed := poisson(rng, 0.9*float64(installs)+0.1)
	clicks := 4*installs + rng.IntN(12)
	impressions := 90*clicks + rng.IntN(900)
	reach := impressions * (70 + rng.IntN(20)) / 100
	spend := int(2600*float64(installs)*(0.85+0.3*rng.Float64())) + 1500 + rng.IntN(1500)
	return []string{
		day, c.campaign, c.adset, strconv.Itoa(spend), strconv.Itoa(impressions), strconv.Itoa(reach),
		strconv.Itoa(clicks), strconv.Itoa(claimed), strconv.Itoa(claimed),
	}
}
