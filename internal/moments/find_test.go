package moments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

func odds(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// planted is an app of people who differ in how eager they are. The eager scroll more and revisit more; of the actions only inviting has
// an effect of its own, a log-odds of 1. Nobody exports.
func planted(seed uint64, users int) Input {
	rng := rand.New(rand.NewPCG(seed, 1))
	in := Input{
		Actions: []string{"scroll", "invite", "export"}, Line: 3, PerWeek: 500,
		Labels: map[string]phrase.Phrase{"invite": phrase.Name("Inviting a friend")},
	}
	for range in.Actions {
		in.Counts = append(in.Counts, make([]uint8, users*days))
	}
	eager := model.Column{Field: model.Field{Name: "first_day_events"}, Values: make([]float32, users)}
	channel := model.Column{Field: model.Field{Name: "channel", Levels: []string{"paid", "organic"}}, Values: make([]float32, users)}
	for u := range users {
		x, organic := rng.NormFloat64(), rng.IntN(2)
		eager.Values[u], channel.Values[u] = float32(math.Exp(x)), float32(organic)
		z := -1.2 + 1.1*x + 0.4*float64(organic)
		if rng.Float64() < odds(1.4*x) {
			in.Counts[0][u*days+rng.IntN(3)] = uint8(1 + rng.IntN(3))
		}
		if rng.Float64() < odds(-0.5+0.6*x) {
			in.Counts[1][u*days+rng.IntN(5)] = 1
			z++
		}
		back := rng.Float64() < odds(z)
		visits := rng.IntN(3)
		if back {
			visits = 3 + rng.IntN(4)
		}
		in.Y, in.Visits = append(in.Y, back), append(in.Visits, visits)
		// From Monday, 2025-10-06 (day 20367), for 12 weeks.
		in.Day0, in.VisitDays = append(in.Day0, 20367+u*84/users), append(in.VisitDays, 1+rng.IntN(2)+int(2*odds(x)))
	}
	in.X = &model.Matrix{Columns: []model.Column{channel, eager}}
	return in
}

func find(t *testing.T, in Input, o Options) *Result {
	t.Helper()
	r, err := Find(t.Context(), in, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func said(list []phrase.Phrase) string {
	var all strings.Builder
	for _, p := range list {
		all.WriteString(p.String() + "\n")
	}
	return all.String()
}

func TestFindTellsACauseFromARider(t *testing.T) {
	r := find(t, planted(1, 6000), Defaults())
	if len(r.List) != 2 {
		t.Fatalf("moments are %+v", r.List)
	}
	cause, rider := r.List[0], r.List[1]
	if cause.Action != "invite" || cause.Verdict != causal.Cause || cause.Label.String() != "Inviting a friend" || cause.Experiment == nil {
		t.Errorf("the cause is %s, %s: %s", cause.Action, cause.Verdict, said(cause.Why))
	}
	if rider.Action != "scroll" || rider.Verdict != causal.Sign || rider.Lift.Low < 1.5 || rider.HeldEqual.Low < 0.1 || rider.Experiment != nil {
		t.Errorf("the rider is %s, %s with lift %v and %v: %s", rider.Action, rider.Verdict, rider.Lift, rider.HeldEqual, said(rider.Why))
	}
	if r.Users != 6000 || r.Sampled != 6000 || r.FDR != causal.Defaults().FDR || r.Tried != len(cause.Tried)+len(rider.Tried) {
		t.Errorf("%d users, %d sampled, %d tried, rate %v", r.Users, r.Sampled, r.Tried, r.FDR)
	}
	if !cause.Stable || len(cause.Stability) != 6 || cause.Stability[0].From != "2025-10-06" || cause.Stability[5].To != "2025-12-22" {
		t.Errorf("stability is %v, %+v", cause.Stable, cause.Stability)
	}
	for _, want := range []string{"channel", "events on the first day", "each of the 2 other actions"} {
		if !strings.Contains(said(r.Adjusted), want) {
			t.Errorf("%q is not in\n%s", want, said(r.Adjusted))
		}
	}
	for _, want := range []string{"1 actions are not looked at", "does not look at the adjusted", "20 of 100 people"} {
		if !strings.Contains(said(r.Notes), want) {
			t.Errorf("%q is not in\n%s", want, said(r.Notes))
		}
	}
}

// Figures of a cell agree with each other and with a count of the people one by one.
func TestFindCounts(t *testing.T) {
	in := planted(2, 1500)
	r := find(t, in, Defaults())
	for _, m := range r.List {
		shown := 0
		for _, f := range m.Tried {
			done, back := 0, 0
			for u := range in.Y {
				sum := 0
				for d := range f.Day + 1 {
					sum += int(in.Counts[slices.Index(in.Actions, m.Action)][u*days+d])
				}
				if sum >= f.Times {
					done++
					if in.Y[u] {
						back++
					}
				}
			}
			if f.Users != done || f.Revisiting != back || min(done, 1500-done) < 30 {
				t.Errorf("%s, %d by day %d: %d of %d, want %d of %d", m.Action, f.Times, f.Day, f.Revisiting, f.Users, back, done)
			}
			if f.Reach != metrics.Wilson(done, 1500) || f.With != metrics.Wilson(back, done) || f.Sensitivity != metrics.Wilson(back, r.Revisiting) ||
				f.NPV != metrics.Wilson(1500-done-r.Revisiting+back, 1500-done) || f.Without != metrics.Wilson(r.Revisiting-back, 1500-done) {
				t.Errorf("%s, %d by day %d: the shares are %+v", m.Action, f.Times, f.Day, f)
			}
			if f.Chosen {
				shown++
				if f != m.Figures || f.Day != 6 {
					t.Errorf("%s shows %+v, chosen is %+v", m.Action, m.Figures, f)
				}
			}
		}
		if shown != 1 {
			t.Errorf("%s has %d thresholds chosen", m.Action, shown)
		}
	}
}

// Inviting is done once by those who do it: only the days tell thresholds apart, and by day 6 nobody joins those of day 4.
func TestFindTriesTheSamePeopleOnce(t *testing.T) {
	r := find(t, planted(3, 1000), Defaults())
	i := slices.IndexFunc(r.List, func(m Moment) bool { return m.Action == "invite" })
	var got []string
	for _, f := range r.List[i].Tried {
		got = append(got, fmt.Sprintf("%d by %d", f.Times, f.Day))
	}
	if fmt.Sprint(got) != "[1 by 0 1 by 2 1 by 6]" {
		t.Errorf("tried are %v", got)
	}
	// Scrolling is over by day 2: what is tried by day 6 is not tried by day 2.
	for _, f := range r.List[1-i].Tried {
		if f.Day == 2 {
			t.Errorf("%d by day 2 are the same people as by day 6", f.Times)
		}
	}
}

// What is done after the day of a threshold changes nothing in it.
func TestThresholdsDoNotSeeLaterDays(t *testing.T) {
	in := planted(4, 800)
	before := find(t, in, Defaults())
	in.Counts[0] = slices.Clone(in.Counts[0])
	for u := range in.Y {
		in.Counts[0][u*days+6] = uint8(u % 3)
	}
	figures := func(r *Result) (list []metrics.Interval) {
		for _, m := range r.List {
			for _, f := range m.Tried {
				if m.Action == "scroll" && f.Day == 0 {
					list = append(list, f.Reach, f.Difference, f.HeldEqual, f.Adjusted)
				}
			}
		}
		return list
	}
	a, b := figures(before), figures(find(t, in, Defaults()))
	if len(a) == 0 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("by day 0 it was %v, now %v", a, b)
	}
}

func TestFindOnTinyData(t *testing.T) {
	for _, users := range []int{0, 1, 9, 10, 59, 100, 399} {
		r := find(t, planted(5, users), Defaults())
		if users < 10 && (r.Users != 0 || len(r.List)+len(r.Lines)+len(r.Notes)+len(r.Adjusted) > 0) {
			t.Errorf("%d people: %+v", users, r)
		}
		if users >= 10 && (r.Users != users || len(r.Notes) == 0 || len(r.Lines) != 3) {
			t.Errorf("%d people: %+v", users, r)
		}
		if users < 60 && len(r.List) > 0 {
			t.Errorf("%d people: 30 did it and 30 did not, %+v", users, r.List)
		}
		for _, m := range r.List {
			if len(m.Stability) > 0 || !m.Stable {
				t.Errorf("%d people have cohorts %+v", users, m.Stability)
			}
		}
	}
	in := planted(5, 300)
	in.Actions, in.Counts, in.X, in.Visits = nil, nil, nil, nil
	if r := find(t, in, Defaults()); len(r.List)+len(r.Lines)+len(r.Notes) > 0 || r.Users != 300 {
		t.Errorf("without actions: %+v", r)
	}
}

// A world where everybody revisits has no effect to estimate, and says so.
func TestFindWhereAllRevisit(t *testing.T) {
	in := planted(6, 500)
	for u := range in.Y {
		in.Y[u] = true
	}
	for _, m := range find(t, in, Defaults()).List {
		if m.Verdict != causal.Unclear || len(m.Why) == 0 || m.Experiment != nil || !math.IsNaN(m.Adjusted.Value) || m.Times != 1 {
			t.Errorf("%s is %s: %+v", m.Action, m.Verdict, m)
		}
	}
}

// With one adjusted effect allowed it is that of the first action, on people spread over all weeks; the others say that they have none.
func TestFindWithinItsBounds(t *testing.T) {
	in, o := planted(7, 1200), Defaults()
	o.MostTreatments, o.Sample = 1, 700
	r := find(t, in, o)
	if r.Sampled != 700 || r.Tried != 1 {
		t.Errorf("%d sampled, %d tried", r.Sampled, r.Tried)
	}
	tried := 0
	for _, m := range r.List {
		tried += len(m.Tried)
		if (m.Action == "scroll") == math.IsNaN(m.Adjusted.Value) {
			t.Errorf("%s has the adjusted effect %v", m.Action, m.Adjusted)
		}
		if m.Action == "invite" && (m.Verdict != causal.Unclear || !strings.Contains(said(m.Why), "not estimated")) {
			t.Errorf("invite is %s: %s", m.Verdict, said(m.Why))
		}
	}
	for _, want := range []string{fmt.Sprintf("%d of %d thresholds have no", tried-1, tried), "on 700 of the 1200 people"} {
		if !strings.Contains(said(r.Notes), want) {
			t.Errorf("%q is not in\n%s", want, said(r.Notes))
		}
	}
}

func TestSampleIsEvenOverTime(t *testing.T) {
	s := &search{Input: Input{Day0: make([]int, 1000)}, all: 1000, o: Options{Sample: 100}}
	for u := range s.Day0 {
		s.Day0[u] = (u * 7) % 10
	}
	perDay, seen := map[int]int{}, map[int]bool{}
	for _, u := range s.sample() {
		perDay[s.Day0[u]]++
		seen[u] = true
	}
	for d := range 10 {
		if perDay[d] != 10 {
			t.Errorf("day %d has %d people of the sample, want 10", d, perDay[d])
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d different people, want 100", len(seen))
	}
}

// The thresholds shown come first, in the order of the actions; then those reached by most nearly half.
func TestAskedInOrder(t *testing.T) {
	reached := func(share float64) cell { return cell{Figures: Figures{Reach: metrics.Interval{Value: share}}} }
	s := &search{o: Options{MostTreatments: 4}, found: []found{
		{action: 0, tried: []cell{reached(.9), reached(.1), reached(.3)}, shown: 1},
		{action: 2, tried: []cell{reached(.45), reached(.05)}, shown: 1},
	}}
	var got []float64
	for _, a := range s.asked() {
		got = append(got, a.cell.Reach.Value)
	}
	if !slices.Equal(got, []float64{.1, .05, .45, .3}) {
		t.Errorf("asked are %v", got)
	}
}

func TestFindWhateverTheProcessors(t *testing.T) {
	in := planted(8, 700)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first string
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		r := find(t, in, Defaults())
		if _, err := json.Marshal(r.Notes); err != nil {
			t.Error(err)
		}
		for k := range r.List {
			if r.List[k].Experiment != nil {
				r.Notes = append(r.Notes, phrase.Name(fmt.Sprint(*r.List[k].Experiment)))
				r.List[k].Experiment = nil
			}
		}
		if got := fmt.Sprintf("%+v", *r); first == "" {
			first = got
		} else if got != first {
			t.Errorf("%d processors find otherwise than one", n)
		}
	}
}

func TestFindStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var steps []int
	_, err := Find(ctx, planted(9, 400), Defaults(), func(done, of int) {
		steps = append(steps, done)
		if of != 4 {
			t.Errorf("%d steps", of)
		}
		if done == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !slices.Equal(steps, []int{1}) {
		t.Errorf("stopped after %v with %v", steps, err)
	}
	if _, err := Find(ctx, planted(9, 5), Defaults(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("few people, stopped: %v", err)
	}
	if err := (&search{all: 0, Input: Input{Visits: []int{}}}).lines(ctx, &Result{}); !errors.Is(err, context.Canceled) {
		t.Errorf("other lines, stopped: %v", err)
	}
}

func TestFindRefuses(t *testing.T) {
	for name, change := range map[string]func(*Input, *Options){
		"counts of fewer actions": func(in *Input, _ *Options) { in.Counts = in.Counts[:2] },
		"counts of fewer people":  func(in *Input, _ *Options) { in.Counts[1] = in.Counts[1][:70] },
		"fewer first days":        func(in *Input, _ *Options) { in.Day0 = in.Day0[:3] },
		"fewer visit days":        func(in *Input, _ *Options) { in.VisitDays = nil },
		"fewer visits":            func(in *Input, _ *Options) { in.Visits = in.Visits[:3] },
		"fewer rows":              func(in *Input, _ *Options) { in.X = in.X.Take([]int{1, 2}) },
		"no times":                func(_ *Input, o *Options) { o.Times = nil },
		"zero times":              func(_ *Input, o *Options) { o.Times = []int{0, 1} },
		"times not ascending":     func(_ *Input, o *Options) { o.Times = []int{2, 2} },
		"a day after the week":    func(_ *Input, o *Options) { o.Days = []int{0, 7} },
		"a group too small":       func(_ *Input, o *Options) { o.MinUsers = 9 },
		"no treatments":           func(_ *Input, o *Options) { o.MostTreatments = 0 },
		"no sample":               func(_ *Input, o *Options) { o.Sample = 0 },
		"no nudge":                func(_ *Input, o *Options) { o.Nudged = 0 },
		"no folds":                func(_ *Input, o *Options) { o.Causal.Folds = 0 },
	} {
		in, o := planted(10, 200), Defaults()
		change(&in, &o)
		if r, err := Find(t.Context(), in, o, nil); err == nil || !strings.HasPrefix(err.Error(), "find moments: ") {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

func TestVerdictsInOrder(t *testing.T) {
	moment := func(name, verdict string, adjusted, held float64) Moment {
		return Moment{Action: name, Verdict: verdict, Figures: Figures{Adjusted: metrics.Interval{Value: adjusted}, HeldEqual: metrics.Interval{Value: held}}}
	}
	nan := math.NaN()
	list := []Moment{
		moment("g", causal.Unclear, nan, nan), moment("f", causal.Unclear, nan, .1), moment("e", causal.Unclear, -.3, 0), moment("h", causal.Unclear, nan, nan),
		moment("d", causal.Sign, .01, .5), moment("c", causal.Sign, .02, .1), moment("b", causal.Cause, .05, .9), moment("a", causal.Cause, -.1, 0),
	}
	order(list)
	var got strings.Builder
	for _, m := range list {
		got.WriteString(m.Action)
	}
	if got.String() != "abcdefgh" {
		t.Errorf("the order is %s", got.String())
	}
}
