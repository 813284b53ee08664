package report

import (
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func chosen(auc Interval) Model { return Model{Name: "gbdt", Kind: Family, Chosen: true, AUC: auc} }

func visitDays(auc Interval) Model {
	return Model{Name: "visit days", Kind: Baseline, VisitDays: true, AUC: auc}
}

func TestModelSentence(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		in   Quality
		want string
	}{
		"refused": {Quality{Skipped: phrase.Name("only 12 people revisit.")}, "No model was trained: only 12 people revisit."},
		"nothing": {Quality{}, ""},
		"no interval": {
			Quality{Models: []Model{chosen(Interval{0.7, nan, nan})}},
			"The chosen model (gbdt) has an AUC of 0.700 on the newest people, but with no interval nothing can be said of its skill.",
		},
		"no skill": {
			Quality{Models: []Model{chosen(Interval{0.53, 0.5, 0.56})}},
			"No skill was found: on the newest people the chosen model (gbdt) cannot be told from guessing (AUC 0.530, 95 % interval 0.500 to 0.560).",
		},
		"worse than chance": {
			Quality{Models: []Model{chosen(Interval{0.4, 0.35, 0.45})}},
			"The chosen model (gbdt) does worse than chance on the newest people (AUC 0.400, 95 % interval 0.350 to 0.450): it must not be used.",
		},
		"skill without a baseline": {
			Quality{Models: []Model{chosen(Interval{0.7, 0.65, 0.75})}},
			"Of a person who revisits and one who does not, the chosen model (gbdt) picks the right one 70 times in 100 on the newest people " +
				"(AUC 0.700, 95 % interval 0.650 to 0.750).",
		},
	} {
		q := c.in
		if q.Gain == (Interval{}) {
			q.Gain = Unknown()
		}
		if got := modelSentence(q).String(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestAgainstVisitDays(t *testing.T) {
	high, low := Interval{0.76, 0.74, 0.78}, Interval{0.70, 0.68, 0.72}
	for name, c := range map[string]struct {
		model, base, gain Interval
		want              string
	}{
		"apart":                         {high, low, Unknown(), ", more than counting visit days alone (AUC 0.700)"},
		"overlap":                       {Interval{0.73, 0.71, 0.75}, low, Unknown(), ", which is no clear gain over counting visit days alone (AUC 0.700)"},
		"below":                         {low, high, Unknown(), ", less than counting visit days alone (AUC 0.760)"},
		"overlap, but paired gain":      {Interval{0.73, 0.71, 0.75}, low, Interval{0.03, 0.01, 0.05}, ", more than counting visit days alone (AUC 0.700)"},
		"apart, but paired gain unsure": {high, low, Interval{0.06, -0.01, 0.1}, ", which is no clear gain over counting visit days alone (AUC 0.700)"},
		"base without interval":         {high, Interval{0.7, math.NaN(), math.NaN()}, Unknown(), ", which is no clear gain over counting visit days alone (AUC 0.700)"},
	} {
		m := chosen(c.model)
		if got := againstVisitDays(Quality{Models: []Model{visitDays(c.base), m}, Gain: c.gain}, m).String(); got != c.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestMattersSentence(t *testing.T) {
	ranked := func(name string, v float64, ok bool) Importance {
		return Importance{Name: name, AUC: Interval{Value: v}, Clear: ok}
	}
	for name, c := range map[string]struct {
		in   []Importance
		want string
	}{
		"nothing ranked": {nil, ""},
		"only noise":     {[]Importance{ranked("a", 0.1, false)}, "None of the first-week features can be told from noise"},
		"strongest first, three at most": {
			[]Importance{ranked("d", 0.01, true), ranked("a", 0.4, true), ranked("x", 0.9, false), ranked("b", 0.3, true), ranked("c", 0.2, true)},
			"leans most on a, b and c; they go along with revisiting, which does not show that they cause it.",
		},
	} {
		got := mattersSentence(Data{Matters: Matters{Importance: c.in}}).String()
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestChannelSentence(t *testing.T) {
	channel := func(name string, users, revisiting int) Channel {
		return Channel{Name: name, Users: users, Revisiting: revisiting, Rate: wilson(revisiting, users)}
	}
	for name, c := range map[string]struct {
		in   []Channel
		want string
	}{
		"one":              {[]Channel{channel("a", 100, 20)}, ""},
		"one and the rest": {[]Channel{channel("a", 100, 20), channel(OtherChannels, 100, 80)}, ""},
		"apart":            {[]Channel{channel("a", 1000, 200), channel("b", 1000, 300)}, "people from b revisit most (30.0 % of 1,000) and people from a least (20.0 % of 1,000)"},
		"chance":           {[]Channel{channel("a", 100, 20), channel("b", 100, 25)}, "do not differ by more than chance"},
		"the same":         {[]Channel{channel("a", 100, 20), channel("b", 100, 20)}, "do not differ by more than chance"},
		"nobody at all":    {[]Channel{channel("a", 100, 0), channel("b", 100, 0)}, "do not differ by more than chance"},
		// Two channels this far apart would pass alone (p = 0.02), not as the extremes of five.
		"extremes of many": {
			[]Channel{channel("a", 200, 40), channel("b", 200, 60), channel("c", 200, 50), channel("d", 200, 50), channel("e", 200, 50)},
			"do not differ by more than chance",
		},
	} {
		got := channelSentence(c.in).String()
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestCaveatSentence(t *testing.T) {
	small := Quality{Rows: 150, Revisiting: 40}
	failed := []Rule{{Rule: "identifier", Failed: true}, {Rule: "window_overlap"}}
	for name, c := range map[string]struct {
		in   Data
		want string
	}{
		"leak first":   {Data{Leakage: failed, Meta: Meta{Simulated: true}, Quality: small}, "the leakage check failed (identifier)"},
		"then warning": {Data{Summary: Summary{Warnings: []phrase.Phrase{phrase.Name("Only 1.2 % revisit.")}}, Meta: Meta{Simulated: true}}, "Take care: Only 1.2 % revisit."},
		"simulated":    {Data{Meta: Meta{Simulated: true}, Quality: small}, "All of this is simulated"},
		"few":          {Data{Quality: small}, "only 150 people"},
		"none":         {Data{Quality: Quality{Rows: 1000, Revisiting: 400}}, ""},
	} {
		got := caveatSentence(c.in).String()
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestSizeAndRateSentences(t *testing.T) {
	d := Data{Meta: Meta{From: "2026-01-01", To: "2026-02-01", LabelWords: phrase.Name("3 visit days")}}
	d.Summary = Summary{Events: 12345, Users: 2000, Cohort: 1000, BaseRate: wilson(250, 1000)}
	for _, c := range []struct{ got, want string }{
		{sizeSentence(d).String(), "The log holds 12,345 events of 2,000 people from 2026-01-01 to 2026-02-01; 1,000 of them are new and have been followed " +
			"long enough to know whether they revisit."},
		{rateSentence(d).String(), "25.0 % of these new people revisit (95 % interval 22.4 to 27.8 %): 3 visit days."},
		{sizeSentence(Data{}).String(), "The log holds fewer than 10 people, too few to say anything about."},
		{rateSentence(Data{Summary: Summary{BaseRate: Unknown()}}).String(), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(1000), "1,000"},
		{count(-1234567), "-1,234,567"},
		{decimal(2, -0.001), "0.00"},
		{decimal(2, -1.5), "-1.50"},
		{decimal(1, math.Inf(1)), dash},
		{percent(0.1234), "12.3 %"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	// The ends are the shares p from which 15 of 50 lies 1.96 standard errors away.
	w := wilson(15, 50)
	for _, p := range []float64{w.Low, w.High} {
		if z := math.Abs(0.3-p) / math.Sqrt(p*(1-p)/50); math.Abs(z-1.959963984540054) > 1e-9 || p == w.Value {
			t.Errorf("wilson(15, 50) = %v: %v is %v standard errors away", w, p, z)
		}
	}
	if w := wilson(0, 20); w.Low != 0 || w.High < 0.1 || w.High > 0.2 {
		t.Errorf("wilson(0, 20) = %v", w)
	}
}

func TestMomentsSentence(t *testing.T) {
	moment := func(name, verdict string) Moment {
		return Moment{Action: name, Verdict: verdict, MomentFigures: MomentFigures{Times: 2, Day: 6, Adjusted: Interval{0.08, 0.05, 0.11}}}
	}
	figures := " (2 or more times by day 6: +8.0 points, 95 % interval +5.0 to +11.0)"
	for name, c := range map[string]struct {
		in             []Moment
		english, korea string
	}{
		"one cause": {
			[]Moment{moment("a", Cause), moment("b", Sign)},
			"Of 2 actions of the first week, 1 is likely a cause of revisiting: a" + figures + ".",
			"첫 주 행동 2개 가운데 재방문의 원인일 가능성이 큰 것은 1개입니다: a(D6까지 2회 이상: +8.0%p, 95% 신뢰구간 +5.0 ~ +11.0).",
		},
		"two causes": {
			[]Moment{moment("a", Cause), moment("b", Cause)},
			"Of 2 actions of the first week, 2 are likely causes of revisiting: a" + figures + " and b" + figures + ".", "2개입니다: a(",
		},
		"more than are named": {
			[]Moment{moment("a", Cause), moment("b", Cause), moment("c", Cause), moment("d", Cause)},
			"Of 4 actions of the first week, 4 are likely causes of revisiting, foremost a" + figures + ", b" + figures + " and c" + figures + ".", "먼저 볼 행동",
		},
		"signs alone": {
			[]Moment{moment("a", Sign), moment("b", Unclear)},
			"Of 2 actions of the first week, none can be called a likely cause of revisiting; the first to look at as signs of it: a.",
			"첫 주 행동 2개 가운데 재방문의 원인일 가능성이 크다고 할 수 있는 것은 없습니다. 신호로 먼저 볼 만한 행동: a.",
		},
		"nothing clear": {
			[]Moment{moment("b", Unclear)}, "Of 1 actions of the first week, none can be called a likely cause of revisiting.", "없습니다.",
		},
	} {
		p := momentsSentence(Data{Moments: Moments{List: c.in}})
		if got := p.String(); got != c.english {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.english)
		}
		if got := p.In(korean); !strings.Contains(got, c.korea) {
			t.Errorf("%s: Korean %s lacks %s", name, got, c.korea)
		}
	}
}

func TestMoneySentence(t *testing.T) {
	channels := []Channel{{Name: "a", Users: 100, Revisiting: 20, Rate: wilson(20, 100)}, {Name: "b", Users: 100, Revisiting: 21, Rate: wilson(21, 100)}}
	d := Data{Retention: Retention{Channels: channels}, Spend: &Spend{}}
	if got := moneySentence(d).String(); !strings.Contains(got, "2 channels") {
		t.Errorf("without advice: %q", got)
	}
	d.Spend.Advice = []phrase.Phrase{phrase.Name("Spend it on a."), phrase.Name("Test b.")}
	if got := moneySentence(d).String(); got != "Spend it on a." {
		t.Errorf("with advice: %q", got)
	}
}

func TestMinuteIsShortAndKorean(t *testing.T) {
	d := fixture()
	d.Language = Korean
	said := guard(d).Minute
	if len(said) != 6 {
		t.Errorf("%d sentences", len(said))
	}
	for _, p := range said {
		if text := p.String(); strings.Contains(text, "%!") || strings.Contains(text, "People") {
			t.Errorf("said %q", text)
		}
	}
}

func TestCaveatsOfScoresAndCauses(t *testing.T) {
	alarm := Truth{Version: "v1", Predicted: 0.3, Observed: wilson(20, 100), Status: "alarm"}
	for want, d := range map[string]Data{
		"version v1 foretold that 30.0 % revisit, and 20.0 % did": {Truth: []Truth{{Status: "ok"}, alarm}, Meta: Meta{Simulated: true}},
		"only an experiment shows":                                {Moments: Moments{List: []Moment{{Verdict: Cause}}}, Quality: Quality{Rows: 1000, Revisiting: 400}},
	} {
		if got := caveatSentence(d).String(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
