package report

import (
	"math"
	"strings"
	"testing"
)

func TestCurveGroups(t *testing.T) {
	groups, err := speaker{}.curveGroups(fixtureCurves())
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, g := range groups {
		titles = append(titles, g.Title)
		if len(g.Rows)%len(curveDays) != 0 {
			t.Errorf("%s has %d rows", g.Title, len(g.Rows))
		}
	}
	if got := strings.Join(titles, ", "); got != "All new people, By channel, By platform, By country" {
		t.Errorf("groups are %s", got)
	}
	if r := groups[0].Rows[2]; r.Group != "All" || r.People != "14,210 people" || r.Day != 7 || !r.NDay.bounded() {
		t.Errorf("the third row is %+v", r)
	}
}

func TestDependenceValues(t *testing.T) {
	nan := Number(math.NaN())
	for want, p := range map[string]DependencePoint{
		"no value": {Missing: true}, "ko": {Level: "ko", From: nan, To: nan}, "3": {From: 3, To: 3}, "0.5 to 2": {From: 0.5, To: 2},
	} {
		if got := (speaker{}).value(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSpendViewKeepsQuietOnWhatIsNotKnown(t *testing.T) {
	rows := []SpendRow{{NewUsers: 40}, {NewUsers: 60}}
	v := newSpendView("Channel", rows, SpendRow{NewUsers: 100}, nil)
	if v.Young || v.Best || len(v.Rows) != 3 {
		t.Errorf("view of no forecasts is %+v", v)
	}
	rows[0].Predicted = around(0.2, 0.1)
	v = newSpendView("Channel", rows, SpendRow{}, []Number{0.7, Number(math.NaN())})
	if !v.Young || !v.Best || v.Rows[0].Chance != 0.7 || finite(float64(v.Rows[2].Chance)) || finite(v.Rows[1].Predicted.Value) {
		t.Errorf("view of forecasts is %+v", v)
	}
}

func TestMoneyBrackets(t *testing.T) {
	nan := math.NaN()
	for want, i := range map[string]Interval{
		"": {5, nan, nan}, "4 or more": {5, 4, nan}, "4 to 6": {5, 4, 6},
	} {
		if got := (speaker{}).moneyBrackets(i); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSpeakerWritesAsTheLanguageDoes(t *testing.T) {
	en, ko := newSpeaker(English), newSpeaker(Korean)
	i := Interval{0.123, 0.1, 0.15}
	for _, c := range []struct{ got, want string }{
		{en.pctRange(i), "12.3\u00a0% (10.0 to 15.0)"},
		{ko.pctRange(i), "12.3% (10.0 ~ 15.0)"},
		{en.days("2026-01-05", "2026-01-12"), "2026-01-05 to 2026-01-12"},
		{ko.days("2026-01-05", "2026-01-05"), "2026-01-05"},
		{en.points(0.091), "+9.1"},
		{en.points(math.NaN()), dash},
		{ko.pointsBrackets(Interval{0.09, -0.01, 0.1}), "-1.0 ~ +10.0"},
		{en.pctRange(Unknown()), dash},
		{ko.word("train"), "학습"},
		{ko.word("gbdt"), "gbdt"},
		{ko.people(3, 20), "20명 중 3명"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLongLogsFoldTheirOlderCohorts(t *testing.T) {
	for _, c := range []struct{ rows, newest, older int }{{0, 0, 0}, {26, 26, 0}, {27, 26, 1}, {300, 26, 274}} {
		h := heat{Rows: make([]heatRow, c.rows)}
		for k := range h.Rows {
			h.Rows[k].Users = k
		}
		newest, older := h.Newest().Rows, h.Older().Rows
		if len(newest) != c.newest || len(older) != c.older {
			t.Errorf("of %d cohorts %d are seen and %d fold away, want %d and %d", c.rows, len(newest), len(older), c.newest, c.older)
		}
		if c.rows > 0 && newest[len(newest)-1].Users != c.rows-1 {
			t.Errorf("of %d cohorts the last seen is the one at %d", c.rows, newest[len(newest)-1].Users)
		}
	}
}

// TestNamesOfTheAppStayAsTheyAre holds that a channel or a group whose name is a word of this program's catalog is not translated.
func TestNamesOfTheAppStayAsTheyAre(t *testing.T) {
	s := newSpeaker(Korean)
	for name, want := range map[string]string{"friends": "friends", "total": "total", OtherChannels: "기타 유입 채널(합산)", unknownGroup: "알 수 없음"} {
		if got := s.name(name); got != want {
			t.Errorf("the name %q is said %q, want %q", name, got, want)
		}
	}
}
