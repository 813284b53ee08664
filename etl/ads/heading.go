package ads

import (
	"errors"
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
)

// field is what a column holds.
type field int

const (
	fieldDay field = iota
	fieldStart
	fieldStop
	fieldAccount
	fieldCampaign
	fieldAdSet
	fieldAd
	fieldNetwork
	fieldCurrency
	fieldSpend
	fieldImpressions
	fieldReach
	fieldClicks
	fieldInstalls
	fieldResults
	fieldResultType
	fields
)

// headings are the names of each field's columns, squashed; where a file has several the first named here counts. Clicks are
// those on the link, or all where there is nothing else.
var headings = [fields][]string{
	fieldDay:         {"day", "date", "일", "날짜", "일자"},
	fieldStart:       {"reportingstarts", "보고시작", "보고시작일", "datestart"},
	fieldStop:        {"reportingends", "보고종료", "보고종료일", "datestop"},
	fieldAccount:     {"accountname", "계정이름", "광고계정이름", "계정명", "account", "accountid", "계정id", "광고계정id"},
	fieldCampaign:    {"campaignname", "캠페인이름", "캠페인명", "campaign", "캠페인", "campaignid", "캠페인id"},
	fieldAdSet:       {"adsetname", "광고세트이름", "광고세트명", "adset", "광고세트", "adsetid", "광고세트id"},
	fieldAd:          {"adname", "광고이름", "광고명", "ad", "광고", "adid", "광고id"},
	fieldNetwork:     {"platform", "publisherplatform", "플랫폼", "게재플랫폼", "노출플랫폼"},
	fieldCurrency:    {"currency", "통화", "accountcurrency"},
	fieldSpend:       {"amountspent", "지출금액", "소진금액", "spend", "cost", "지출", "집행금액", "비용", "광고비"},
	fieldImpressions: {"impressions", "노출", "노출수"},
	fieldReach:       {"reach", "도달", "도달수"},
	fieldClicks:      {"linkclicks", "링크클릭", "링크클릭수", "inlinelinkclicks", "clicks(all)", "클릭(전체)", "clicks", "클릭", "클릭수"},
	fieldInstalls:    {"appinstalls", "앱설치", "앱설치수", "mobileappinstalls", "모바일앱설치"},
	fieldResults:     {"results", "결과"},
	fieldResultType:  {"resultindicator", "resulttype", "결과지표", "결과유형"},
}

// currencies are the codes of ISO 4217 that are in use.
const currencies = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
	"CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG " +
	"HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA " +
	"MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD " +
	"RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX " +
	"USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"

// isCurrency reports whether code, in capitals, is a currency's.
func isCurrency(code string) bool {
	return len(code) == 3 && !strings.Contains(code, " ") && strings.Contains(" "+currencies+" ", " "+code+" ")
}

// bracket parts a squashed heading from the currency in brackets at its end. What is in brackets otherwise belongs to the
// heading: cost (d7) is not cost.
func bracket(heading string) (base, currency string) {
	open := strings.LastIndexByte(heading, '(')
	if open < 0 || !strings.HasSuffix(heading, ")") {
		return heading, ""
	}
	if code := strings.ToUpper(heading[open+1 : len(heading)-1]); isCurrency(code) {
		return heading[:open], code
	}
	return heading, ""
}

// columns tell where each field is, -1 where the file has none, and the currency that the heading of the spend names.
type columns struct {
	at       [fields]int
	currency string
}

// errNoColumn is wrapped by the error of a file that lacks a column that every load needs.
var errNoColumn = errors.New("the file cannot be used")

// findColumns reads the headings. Of two columns of one meaning and rank the file would have to say which counts, so it is
// refused; spend in several currencies is settled by the option.
func findColumns(header []string, currency string) (columns, error) {
	c := columns{}
	rank := [fields]int{}
	for f := range c.at {
		c.at[f] = -1
	}
	for i, heading := range header {
		f, r, code := fieldOf(heading)
		if f < 0 || f == fieldSpend && currency != "" && code != "" && code != currency {
			continue
		}
		switch {
		case c.at[f] < 0 || r < rank[f]:
			c.at[f], rank[f] = i, r
			if f == fieldSpend {
				c.currency = code
			}
		case r == rank[f] && f == fieldSpend && code != c.currency:
			return c, fmt.Errorf("%w: spend is given in %s and in %s; say which currency to keep", errNoColumn, orNone(c.currency),
				orNone(code))
		case r == rank[f]:
			return c, fmt.Errorf("%w: the column %q is there twice", errNoColumn, heading)
		}
	}
	return c, c.check(header, currency)
}

// fieldOf finds the field of a heading, its rank among the field's headings and its currency; -1 when the heading is none of
// ours.
func fieldOf(heading string) (f field, rank int, currency string) {
	name := sheet.Squash(heading)
	base, code := bracket(name)
	for f := range fields {
		for rank, known := range headings[f] {
			if name == known {
				return f, rank, ""
			}
			if f == fieldSpend && code != "" && base == known {
				return f, rank, code
			}
		}
	}
	return -1, 0, ""
}

func (c *columns) check(header []string, currency string) error {
	switch {
	case c.at[fieldDay] < 0 && (c.at[fieldStart] < 0 || c.at[fieldStop] < 0):
		return fmt.Errorf("%w: it has no column of the day (Day or 일; or Reporting starts and ends); export by day. Its columns are "+
			"%s",
			errNoColumn, sheet.List(header))
	case c.at[fieldSpend] < 0 && currency != "":
		return fmt.Errorf("%w: it has no column of the spend in %s (Amount spent (%[2]s) or 지출 금액 (%[2]s)). Its columns are %[3]s", errNoColumn,
			currency, sheet.List(header))
	case c.at[fieldSpend] < 0:
		return fmt.Errorf("%w: it has no column of the spend (Amount spent (KRW) or 지출 금액 (KRW)). Its columns are %s", errNoColumn,
			sheet.List(header))
	}
	return nil
}

// recognised counts the headings that mean something, to find out how the cells are separated.
func recognised(header []string) (n int) {
	for _, h := range header {
		if f, _, _ := fieldOf(h); f >= 0 {
			n++
		}
	}
	return n
}

func orNone(currency string) string {
	if currency == "" {
		return "no named currency"
	}
	return currency
}
