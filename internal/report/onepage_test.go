package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"strings"
	"testing"
)

// onePageText is the text of the sheet in a language; the test fails where it is not well formed.
func onePageOf(t *testing.T, d Data) string {
	t.Helper()
	var page bytes.Buffer
	if err := OnePage(&page, d); err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(bytes.NewReader(page.Bytes()))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return html.UnescapeString(page.String())
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnePage(t *testing.T) {
	d := fixture()
	d.Moments = Moments{Users: 1000, Revisiting: 300}
	for k := range 9 {
		m := Moment{Action: "action_" + string(rune('a'+k)), Verdict: []string{Cause, Sign, Unclear}[k/3]}
		m.MomentFigures = MomentFigures{
			Times: 2, Day: 6, Chosen: true, Users: 400, Revisiting: 200, Reach: Interval{.4, .37, .43}, With: Interval{.5, .45, .55},
			Without: Interval{.17, .14, .2}, Adjusted: Interval{.08, .05, .11},
		}
		m.Tried = []MomentFigures{m.MomentFigures}
		if k == 0 {
			m.Experiment = &Experiment{Baseline: .3, Effect: .02, PerArm: 8190, PerWeek: 800, Weeks: 27}
		}
		d.Moments.List = append(d.Moments.List, m)
	}
	page := onePageOf(t, d)
	for _, want := range []string{
		`<html lang="en">`, "SIMULATED DATA", "likely a cause", "a sign, not a cause", "+8.0 (+5.0 to +11.0)", "3 more actions", "8,190 new people in each half, about 27 weeks",
		"instagram_feed", "모임 Calendar <beta>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the sheet", want)
		}
	}
	for _, bad := range []string{"<script", "http://", "https://", "%!", "action_g"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is on the sheet", bad)
		}
	}
}

// TestOnePageOfLittle holds that a run that found nothing has a sheet too.
func TestOnePageOfLittle(t *testing.T) {
	page := onePageOf(t, Data{Meta: Meta{Title: "little"}, Language: Korean})
	if !strings.Contains(page, `<html lang="ko">`) || strings.Contains(page, "<table") {
		t.Error("the sheet of an empty report shows tables, or no language")
	}
}
