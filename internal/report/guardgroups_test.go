package report

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// dice make data whose groups have sizes around the line.
type dice struct{ *rand.Rand }

func (r dice) size() int { return r.IntN(25) }

func (r dice) moments() Moments {
	m := Moments{Users: r.IntN(120), Revisiting: r.size()}
	for k := range r.IntN(5) {
		v := Moment{Action: string(rune('a' + k)), MomentFigures: MomentFigures{Times: 2, Day: 2, Users: r.IntN(m.Users + 1), Chosen: true}}
		v.Tried = append(v.Tried, v.MomentFigures)
		for _, times := range []int{1, 3} {
			for _, day := range []int{0, 6} {
				v.Tried = append(v.Tried, MomentFigures{Times: times, Day: day, Users: r.IntN(m.Users + 1)})
			}
		}
		for range r.IntN(4) {
			v.Stability = append(v.Stability, MomentCohort{Users: r.size()})
		}
		m.List = append(m.List, v)
	}
	for range r.IntN(3) {
		m.Lines = append(m.Lines, Line{Users: r.size(), Actions: []LineAction{{Action: "a"}, {Action: "b"}}})
	}
	return m
}

func (r dice) curves() []Curve {
	all := Curve{By: "all"}
	var out []Curve
	for _, by := range []string{"channel", "platform"} {
		total := 0
		for k := range r.IntN(5) {
			c := Curve{By: by, Name: string(rune('a' + k)), Users: r.size(), NDay: []CurvePoint{{Day: 1}, {Day: 2}}, Rolling: []CurvePoint{{Day: 1}}}
			out, total = append(out, c), total+c.Users
		}
		all.Users = max(all.Users, total+r.IntN(2)*r.IntN(12))
	}
	return append([]Curve{all}, out...)
}

func (r dice) segments() Segments {
	g := Segments{}
	for k := range r.IntN(6) {
		s := Segment{Name: phrase.Name(string(rune('a' + k))), Users: r.size(), Traits: []Trait{{Name: "t"}}}
		g.List, g.Users = append(g.List, s), g.Users+s.Users
	}
	return g
}

func (r dice) dependence() Dependence {
	d := Dependence{Name: "x", With: "y"}
	category := r.IntN(3) == 0
	for k := range 1 + r.IntN(7) {
		p := DependencePoint{From: Number(k), To: Number(k), Missing: k == 4}
		if category {
			p.Level = string(rune('a' + k))
		}
		low, high := p, p
		low.Users, high.Users = r.IntN(2)*r.size(), r.size()
		p.Users = low.Users + high.Users + r.IntN(2)*r.IntN(4)
		d.Points, d.Low, d.High = append(d.Points, p), append(d.Low, low), append(d.High, high)
	}
	return d
}

func (r dice) spend() *Spend {
	p := &Spend{}
	for range r.IntN(5) {
		row := SpendRow{TooYoung: Number(r.size()), Predicted: Interval{0.3, 0.2, 0.4}, PerExpected: Interval{3, 2, 4}}
		p.Channels, p.Total.TooYoung = append(p.Channels, row), p.Total.TooYoung+row.TooYoung
	}
	return p
}

func (r dice) data() Data {
	d := Data{Moments: r.moments(), Segments: r.segments(), Spend: r.spend()}
	d.Summary.Users, d.Summary.Cohort, d.Matters.Rows = 1000, 1000, 1000
	d.Retention.Curves = r.curves()
	for range r.IntN(4) {
		d.Matters.Dependence = append(d.Matters.Dependence, r.dependence())
		d.Matters.Reasons = append(d.Matters.Reasons, Reason{Users: r.size()})
		d.Truth = append(d.Truth, Truth{Users: r.size(), Revisiting: 3, Predicted: 0.3, Observed: Interval{0.3, 0.2, 0.4}})
	}
	return d
}

// TestNoFewPeopleCanBeTold throws sizes around the line, looks at every group that is left, and at every one that a reader could find
// by taking one from another.
func TestNoFewPeopleCanBeTold(t *testing.T) {
	r := dice{rand.New(rand.NewPCG(6, 10))}
	seen := map[string]int{}
	for range 3000 {
		d := r.data()
		before := asText(t, d)
		g := guardGroups(d)
		for what, sizes := range groupsIn(g) {
			for _, n := range sizes {
				seen[what]++
				if few(n) {
					t.Fatalf("%s: a group of %d\nfrom %s\nto %s", what, n, before, asText(t, g))
				}
			}
		}
		if after := asText(t, d); after != before {
			t.Fatalf("the input was changed:\n%s", cmp.Diff(before, after))
		}
		if diff := cmp.Diff(asText(t, g), asText(t, guardGroups(g))); diff != "" {
			t.Fatalf("guarding twice changes:\n%s", diff)
		}
	}
	for what := range groupsIn(Data{Spend: &Spend{}}) {
		if seen[what] < 100 {
			t.Errorf("%s: only %d groups were looked at", what, seen[what])
		}
	}
}

// groupsIn are the sizes of all groups that d shows, and of those that follow from them; empty ones count as 0.
func groupsIn(d Data) map[string][]int {
	out := map[string][]int{
		"doers": nil, "not doers": nil, "told by two thresholds": nil, "cohorts": nil, "lines": nil, "curves": nil, "in no curve": nil,
		"segments": nil, "in no segment": nil, "bins": nil, "in neither half": nil, "reasons": nil, "truth": nil,
		"foretold": nil, "foretold, hidden": nil,
	}
	add := func(what string, sizes ...int) { out[what] = append(out[what], sizes...) }
	addMoments(d, add)
	addGroups(d, add)
	addFigures(d, add)
	return out
}

func addMoments(d Data, add func(what string, sizes ...int)) {
	for _, m := range d.Moments.List {
		for k, f := range m.Tried {
			add("doers", f.Users)
			add("not doers", d.Moments.Users-f.Users)
			for _, s := range m.Tried[:k] {
				if nested(s, f) {
					add("told by two thresholds", max(s.Users-f.Users, f.Users-s.Users))
				}
			}
		}
		add("doers", m.Users)
		add("not doers", d.Moments.Users-m.Users)
		for _, c := range m.Stability {
			add("cohorts", c.Users)
		}
	}
	for _, l := range d.Moments.Lines {
		add("lines", l.Users)
	}
}

func addGroups(d Data, add func(what string, sizes ...int)) {
	left := map[string]int{}
	for _, c := range d.Retention.Curves {
		add("curves", c.Users)
		if _, ok := left[c.By]; !ok {
			left[c.By] = d.Retention.Curves[0].Users
		}
		left[c.By] -= c.Users
	}
	for _, n := range left {
		add("in no curve", n)
	}
	others := d.Segments.Users
	for _, s := range d.Segments.List {
		add("segments", s.Users)
		others -= s.Users
	}
	add("in no segment", others)
}

func addFigures(d Data, add func(what string, sizes ...int)) {
	for _, v := range d.Matters.Dependence {
		for _, p := range v.Points {
			neither := p.Users
			halves := false
			for _, half := range [][]DependencePoint{v.Low, v.High} {
				for _, h := range half {
					add("bins", h.Users)
					if sameBin(h, p) {
						neither, halves = neither-h.Users, true
					}
				}
			}
			add("bins", p.Users)
			if halves {
				add("in neither half", neither)
			}
		}
	}
	for _, v := range d.Matters.Reasons {
		add("reasons", v.Users)
	}
	for _, v := range d.Truth {
		add("truth", v.Users)
	}
	if d.Spend == nil || len(d.Spend.Channels) == 0 || !finite(float64(d.Spend.Total.TooYoung)) {
		return
	}
	for _, v := range d.Spend.Channels {
		if finite(float64(v.TooYoung)) {
			add("foretold", int(v.TooYoung))
		}
	}
	add("foretold, hidden", int(hidden(d.Spend.Channels, d.Spend.Total)))
}

func asText(t *testing.T, d Data) string {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSmallCurvesJoin(t *testing.T) {
	curve := func(name string, users, active int) Curve {
		day := []CurvePoint{{Day: 1, Active: active}}
		return Curve{By: "channel", Name: name, Users: users, NDay: day, Rolling: day}
	}
	all := curve("", 124, 40)
	all.By = "all"
	for name, c := range map[string]struct {
		in   []Curve
		want map[string]int
	}{
		"two small ones": {
			[]Curve{all, curve("a", 5, 1), curve("b", 112, 30), curve("c", 7, 9)}, map[string]int{"": 40, "b": 30, OtherGroups: 10},
		},
		"a lone one takes the smallest": {
			[]Curve{all, curve("a", 60, 10), curve("b", 60, 29), curve("c", 4, 1)}, map[string]int{"": 40, "a": 10, OtherGroups: 30},
		},
		"nothing but one is left": {[]Curve{all, curve("a", 120, 39), curve("c", 4, 1)}, map[string]int{"": 40}},
		"a few in no group":       {[]Curve{all, curve("a", 60, 10), curve("b", 59, 29)}, map[string]int{"": 40, "a": 10}},
		"none small":              {[]Curve{all, curve("a", 64, 10), curve("b", 60, 30)}, map[string]int{"": 40, "a": 10, "b": 30}},
	} {
		got := map[string]int{}
		for _, v := range guardCurves(c.in) {
			got[v.Name] = v.NDay[0].Active
			if want := wilson(v.NDay[0].Active, v.Users); v.NDay[0].Rate != want || v.Rolling[0].Rate != want {
				t.Errorf("%s: %q has the rate %v, want %v", name, v.Name, v.NDay[0].Rate, want)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSmallMomentsGo(t *testing.T) {
	figures := func(times, day, users int) MomentFigures {
		return MomentFigures{Times: times, Day: day, Users: users, Sensitivity: Interval{0.5, 0.4, 0.6}}
	}
	chosen := figures(2, 6, 50)
	tried := []MomentFigures{
		figures(1, 6, 59), chosen, figures(3, 6, 40), figures(3, 2, 31), figures(1, 0, 55), figures(5, 6, 9),
	}
	m := Moments{Users: 100, Revisiting: 9, List: []Moment{
		{Action: "a", MomentFigures: chosen, Tried: tried},
		{Action: "few do", MomentFigures: figures(1, 6, 9)},
		{Action: "few do not", MomentFigures: figures(1, 6, 91)},
	}, Lines: []Line{{Users: 100, Revisiting: 20, Actions: []LineAction{{Action: "a"}, {Action: "few do"}}}, {Users: 9}}}
	guardMoments(&m)
	if len(m.List) != 1 || finite(m.List[0].Sensitivity.Value) {
		t.Fatalf("got %+v", m.List)
	}
	// 59 and 50 are 9 apart, and so are 40 and 31; 55 by day 0 does not hold those of another threshold and day.
	var users []int
	for _, f := range m.List[0].Tried {
		users = append(users, f.Users)
	}
	if diff := cmp.Diff([]int{50, 40, 55}, users); diff != "" {
		t.Errorf("tried (-want +got):\n%s", diff)
	}
	want := []Line{{Users: 100, Revisiting: 20, BaseRate: wilson(20, 100), Actions: []LineAction{{Action: "a"}}}}
	if diff := cmp.Diff(want, m.Lines, cmp.AllowUnexported(phrase.Phrase{})); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	few := Moments{Users: 9, List: []Moment{{Action: "a"}}}
	if guardMoments(&few); few.List != nil || few.Users != 0 {
		t.Errorf("moments of 9 people: %+v", few)
	}
}

// TestPoolWeighsByPeople: (30*0.2 + 10*0.4) / 40 = 0.25; half widths 0.75*0.04 and 0.25*0.16 make 0.05 together.
func TestPoolWeighsByPeople(t *testing.T) {
	near := cmpopts.EquateApprox(0, 1e-12)
	if diff := cmp.Diff(Interval{0.25, 0.2, 0.3}, pool(Interval{0.2, 0.16, 0.24}, 30, Interval{0.4, 0.24, 0.56}, 10), near); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	known := Interval{0.2, 0.1, 0.3}
	if pool(known, 30, Unknown(), 5) != known || pool(Unknown(), 5, known, 30) != known {
		t.Error("what is not known hides what is")
	}
}

func TestDependenceIsCutAlike(t *testing.T) {
	at := func(k, users int, mean float64) DependencePoint {
		return DependencePoint{From: Number(k), To: Number(k), Users: users, Mean: Interval{mean, mean, mean}}
	}
	d := Dependence{
		Name: "x", With: "y", Split: 2,
		Points: []DependencePoint{at(0, 50, 0), at(1, 40, 1), at(2, 30, 2), {Missing: true, Users: 9}},
		Low:    []DependencePoint{at(0, 50, 0), at(1, 35, 1), at(2, 10, 2)},
		High:   []DependencePoint{at(1, 5, 1), at(2, 20, 2)},
	}
	got := guardDependence([]Dependence{d})[0]
	// 5 of bin 1 lie high: it joins bin 2, so that 25 do. Those without a value are 9.
	joined := func(users int, mean float64) DependencePoint {
		p := at(1, users, mean)
		p.To = 2
		return p
	}
	want := d
	want.Points = []DependencePoint{at(0, 50, 0), joined(70, 1+30./70)}
	want.Low, want.High = []DependencePoint{at(0, 50, 0), joined(45, 1+10./45)}, []DependencePoint{joined(25, 1.8)}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12), cmp.AllowUnexported(phrase.Phrase{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// 5 high in the last bin need two bins before it, since none is high in the one between.
	d.High = []DependencePoint{at(0, 12, 1), at(2, 5, 2)}
	d.Low, d.Points = []DependencePoint{at(0, 38, 0), at(1, 40, 1), at(2, 25, 2)}, d.Points[:3]
	if got := guardDependence([]Dependence{d})[0]; len(got.Points) != 1 || got.Low[0].Users != 103 || got.High[0].Users != 17 {
		t.Errorf("joined backwards: %+v", got)
	}
	d.High = []DependencePoint{at(7, 50, 1)}
	if got := guardDependence([]Dependence{d})[0]; got.With != "" || got.Low != nil || got.High != nil || len(got.Points) != 3 {
		t.Errorf("halves that are cut otherwise: %+v", got)
	}
	d.Points = []DependencePoint{{Missing: true, Users: 50}}
	if got := guardDependence([]Dependence{d}); got != nil {
		t.Errorf("without a value there is nothing to show: %+v", got)
	}
}

func TestSpendWithholdsTheNextSmallest(t *testing.T) {
	row := func(young Number) SpendRow {
		return SpendRow{TooYoung: young, Predicted: Interval{0.3, 0.2, 0.4}, PerExpected: Interval{5, 4, 6}}
	}
	p := &Spend{Channels: []SpendRow{row(40), row(4), row(20), row(0)}, Campaigns: []SpendRow{row(5), row(7), row(52)}, Total: row(64)}
	got := guardSpend(p)
	for what, c := range map[string]struct {
		rows []SpendRow
		want []Number
	}{"channels": {got.Channels, []Number{40, unknown, unknown, 0}}, "campaigns": {got.Campaigns, []Number{unknown, unknown, 52}}} {
		var young []Number
		for _, r := range c.rows {
			young = append(young, r.TooYoung)
			if finite(float64(r.TooYoung)) != finite(r.Predicted.Value) || finite(float64(r.TooYoung)) != finite(r.PerExpected.Value) {
				t.Errorf("%s: what is foretold of %v people is %v", what, r.TooYoung, r.Predicted)
			}
		}
		if diff := cmp.Diff(c.want, young, cmp.Comparer(sameNumber)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if p.Channels[1].TooYoung != 4 {
		t.Error("the input was changed")
	}
	small := guardSpend(&Spend{Channels: []SpendRow{row(9)}, Total: row(9)})
	if finite(float64(small.Total.TooYoung)) || finite(small.Channels[0].Predicted.Value) {
		t.Errorf("9 people in all: %+v", small)
	}
}

func sameNumber(a, b Number) bool { return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b)) }

func TestSmallSegmentsJoin(t *testing.T) {
	named := func(name string, users, revisiting int) Segment {
		return Segment{Name: phrase.Name(name), Users: users, Share: Number(users) / 100, Revisiting: revisiting, Traits: []Trait{{Name: "t"}}}
	}
	g := Segments{Users: 100, List: []Segment{named("a", 6, 1), named("b", 74, 30), named("c", 20, 5)}}
	guardSegments(&g)
	want := []Segment{
		{Name: phrase.Name("b"), Users: 74, Share: 0.74, Revisiting: 30, Rate: wilson(30, 74), Traits: []Trait{{Name: "t"}}},
		{Name: phrase.Of(OtherSegments), Users: 26, Share: 0.26, Revisiting: 6, Rate: wilson(6, 26)},
	}
	if diff := cmp.Diff(want, g.List, cmp.AllowUnexported(phrase.Phrase{}), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFewScoredSayOnlyThat(t *testing.T) {
	got := guardTruth([]Truth{{Version: "v", Users: 9, Revisiting: 2, Observed: wilson(2, 9), Status: "ok"}})[0]
	if got.Version != "v" || got.Users != 0 || finite(float64(got.Revisiting)) || finite(got.Observed.Value) || got.Status != truthFew {
		t.Errorf("got %+v", got)
	}
}
