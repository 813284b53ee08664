package report

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
)

// advised are tables that together lead to every sentence of the advice. Names and currency are not of small letters, so that English
// can be told from them.
func advised() []*spend.Table {
	row := func(kind spend.Kind, name string, spent, revisiting int64) spend.Row {
		labelled, value := int64(300), 123.0
		return spend.Row{
			Kind: kind, Name: name, SpendLabelled: spend.Money(spent * 1e6), LabelledUsers: &labelled, RevisitingUsers: &revisiting,
			CostPerExpectedUser: &spend.Interval{Value: &value},
		}
	}
	a, b, lost := row(spend.Channel, "A", 100_000, 40), row(spend.Channel, "B", 250_000, 50), row(spend.Unmatched, "C", 60_000, 0)
	near, none := row(spend.Channel, "D", 110_000, 40), row(spend.Channel, "E", 20, 0)
	x, y, z := row(spend.Campaign, "X", 300_000, 70), row(spend.Campaign, "Y", 310_000, 70), row(spend.Campaign, "Z", 30_000, 70)
	tables := []*spend.Table{
		{Channels: []spend.Row{a, b, lost}, Campaigns: []spend.Row{x, y}},
		{Channels: []spend.Row{a, near}, Campaigns: []spend.Row{x, z}},
		{Channels: []spend.Row{a, a}},
		{Channels: []spend.Row{a, none}},
		{Channels: []spend.Row{a}},
	}
	for _, t := range tables {
		t.Currency, t.From, t.LabelledTo = "KRW", "2026-01-01", "2026-01-28"
		for _, r := range t.Channels {
			t.Total.SpendLabelled += r.SpendLabelled
		}
	}
	return tables
}

// TestTheAdviceIsSaidInKorean: every sentence has its translation, which takes the same arguments, and every translation its sentence.
func TestTheAdviceIsSaidInKorean(t *testing.T) {
	english, hangul := regexp.MustCompile(`[a-z]{2,}|%!`), regexp.MustCompile(`\p{Hangul}`)
	said := map[string]bool{}
	for _, table := range advised() {
		for _, p := range table.Advise(1).Says {
			said[p.Format] = true
			korean := p.In(koreanMoney)
			if english.MatchString(korean) || !hangul.MatchString(korean) {
				t.Errorf("%q is said as %q", p.String(), korean)
			}
			for _, figure := range regexp.MustCompile(`[0-9][0-9,.]*[0-9]|\b[A-EX-Z]\b`).FindAllString(p.String(), -1) {
				if !strings.Contains(korean, strings.TrimRight(figure, ".,")) {
					t.Errorf("%q has no %s: %q", korean, figure, p.String())
				}
			}
		}
	}
	for _, format := range slices.Sorted(maps.Keys(koreanMoney)) {
		if !said[format] {
			t.Errorf("nothing says %q", format)
		}
	}
}
