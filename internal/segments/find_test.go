package segments_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/segments"
)

// kind is how often people of a planted kind do each action in the first week, on average.
type kind struct {
	share float64
	often []float64
}

// planted draws people of the kinds. Each person does all by a factor of their own, which varies by eager (log scale).
func planted(users int, kinds []kind, eager float64, seed uint64) (segments.Input, []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	actions := len(kinds[0].often)
	in := segments.Input{Y: make([]bool, users), VisitDays: make([]int, users)}
	for k := range actions {
		in.Actions, in.Counts = append(in.Actions, fmt.Sprintf("action_%02d", k)), append(in.Counts, make([]uint8, users*7))
	}
	of := make([]int, users)
	for i := range users {
		mark, k := rng.Float64(), 0
		for mark -= kinds[0].share; mark > 0 && k < len(kinds)-1; mark -= kinds[k].share {
			k++
		}
		factor, done := math.Exp(eager*rng.NormFloat64()), [7]bool{true}
		for a, often := range kinds[k].often {
			for range poisson(often*factor, rng) {
				day := rng.IntN(7)
				in.Counts[a][i*7+day]++
				done[day] = true
			}
		}
		for _, came := range done {
			if came {
				in.VisitDays[i]++
			}
		}
		of[i], in.Y[i] = k, rng.IntN(3) == 0
	}
	return in, of
}

// poisson counts arrivals by their waiting times, up to 200.
func poisson(mean float64, rng *rand.Rand) (n int) {
	for t := rng.ExpFloat64(); t < mean && n < 200; t += rng.ExpFloat64() {
		n++
	}
	return n
}

func find(t testing.TB, in segments.Input) *segments.Result {
	t.Helper()
	r, err := segments.Find(t.Context(), in, segments.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// foundAgain is the adjusted Rand index of the kinds found and the planted ones. Who is in which is told by those who "revisit": the
// people of one planted kind at a time, since revisiting has no part in the division.
func foundAgain(t *testing.T, in segments.Input, of []int) float64 {
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	var together, planted, found float64
	for k := range slices.Max(of) + 1 {
		of1 := 0
		for i := range of {
			in.Y[i] = of[i] == k
			if in.Y[i] {
				of1++
			}
		}
		planted, found = planted+pairs(of1), 0
		for _, s := range find(t, in).List {
			together, found = together+pairs(s.Revisiting), found+pairs(s.Users)
		}
	}
	expected := planted * found / pairs(len(of))
	return (together - expected) / ((planted+found)/2 - expected)
}

// calendar are four kinds of a calendar app with ten actions: who plans, who answers, who looks, and who does next to nothing.
func calendar() []kind {
	return []kind{
		{0.2, []float64{6, 5, 5, 4, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3}},
		{0.25, []float64{0.5, 0.5, 0.3, 0.3, 6, 5, 4, 0.5, 0.3, 0.3}},
		{0.25, []float64{0.3, 0.3, 0.5, 0.3, 0.5, 0.3, 0.3, 6, 6, 5}},
		{0.3, []float64{0.1, 0.1, 0.1, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}},
	}
}

func TestPlantedKindsAreFoundAgain(t *testing.T) {
	three := []kind{
		{0.3, []float64{5, 5, 0.5, 0.5, 0.5, 0.5}}, {0.3, []float64{0.5, 0.5, 5, 5, 0.5, 0.5}}, {0.4, []float64{0.5, 0.5, 0.5, 0.5, 5, 5}},
	}
	six := []kind{{0.1, make([]float64, 12)}, {0.15, nil}, {0.2, nil}, {0.2, nil}, {0.2, nil}, {0.15, nil}}
	for k := 1; k < 6; k++ {
		six[k].often = slices.Repeat([]float64{0.4}, 12)
		for a := range 3 {
			six[k].often[(2*k+a)%12] = 7
		}
	}
	for _, c := range []struct {
		name  string
		users int
		kinds []kind
		eager float64
	}{
		{"four kinds", 4000, calendar(), 0},
		{"four kinds of more or less eager people", 4000, calendar(), 0.4},
		{"few people", 600, calendar(), 0.2},
		{"more people than are sampled", 24_000, calendar(), 0.3},
		{"three kinds", 3000, three, 0.2},
		{"six kinds", 5000, six, 0.2},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, of := planted(c.users, c.kinds, c.eager, 7)
			r := find(t, in)
			if len(r.List) != len(c.kinds) || !(r.Agreement > 0.8) {
				t.Fatalf("%d kinds are found of %d: agreement %.2f; %s", len(r.List), len(c.kinds), r.Agreement, r.Why)
			}
			sound(t, in, r)
			if index := foundAgain(t, in, of); index < 0.8 {
				t.Errorf("what is found agrees with what was planted at %.2f only", index)
			}
		})
	}
}

// sound holds what is true of every result.
func sound(t *testing.T, in segments.Input, r *segments.Result) {
	t.Helper()
	if r.Users != len(in.Y) || r.Why.Empty() || len(r.List) > 6 || len(r.List) > 0 && len(r.List) < 3 {
		t.Errorf("%d people of %d in %d kinds: %q", r.Users, len(in.Y), len(r.List), r.Why)
	}
	back := 0
	for _, y := range in.Y {
		if y {
			back++
		}
	}
	users, revisiting, names := 0, 0, map[string]bool{}
	for k, s := range r.List {
		users, revisiting, names[s.Name.String()] = users+s.Users, revisiting+s.Revisiting, true
		if s.Users < 30 || s.Share != float64(s.Users)/float64(r.Users) || s.Revisiting > s.Users || len(s.Traits) > 5 {
			t.Errorf("kind %q: %d people, share %v, %d revisiting, %d traits", s.Name, s.Users, s.Share, s.Revisiting, len(s.Traits))
		}
		if k > 0 && s.Users > r.List[k-1].Users {
			t.Errorf("kind %q has more people than the one before", s.Name)
		}
		if n := len(s.Name.String()); n == 0 || n > 90 {
			t.Errorf("the name %q has %d letters", s.Name, n)
		}
	}
	if len(r.List) > 0 && (users != r.Users || revisiting != back || len(names) != len(r.List)) {
		t.Errorf("the kinds hold %d of %d people, %d of %d revisiting, under %d names", users, r.Users, revisiting, back, len(names))
	}
}

// TestWhatIsNotHiddenByHowMuch plants kinds that differ in ten of forty actions, among people who do all of it by factors of their own that
// differ by e or more as a rule: what they do must still name them. On components of their full lengths one of the three is named.
func TestWhatIsNotHiddenByHowMuch(t *testing.T) {
	kinds := calendar()
	for k := range kinds {
		for a := range kinds[k].often {
			kinds[k].often[a] /= 5
		}
		kinds[k].often = append(kinds[k].often, slices.Repeat([]float64{0.3}, 30)...)
	}
	in, _ := planted(8000, kinds, 1, 7)
	r := find(t, in)
	sound(t, in, r)
	// Whose action it is: the planners', theirs who answer, theirs who look.
	of, named := []int{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}, map[int]bool{}
	for _, s := range r.List {
		var first, second int
		if n, _ := fmt.Sscanf(s.Name.String(), "many action_%d and action_%d", &first, &second); n < 2 {
			continue
		}
		if max(first, second) > 9 || of[first] != of[second] {
			t.Errorf("no planted kind does %s", s.Name)
			continue
		}
		named[of[first]] = true
	}
	if len(named) != 3 {
		t.Errorf("%d of the three kinds that do something are named: %+v", len(named), r.List)
	}
}

func TestNoiseHasNoKinds(t *testing.T) {
	for seed := range uint64(12) {
		actions := 3 + int(seed)*2
		often := make([]float64, actions)
		for a := range often {
			often[a] = 0.2 + 0.3*float64(a%7)
		}
		users := 500 << (seed % 4)
		in, _ := planted(users, []kind{{1, often}}, 0, seed)
		for i := range in.VisitDays {
			in.VisitDays[i] = 1 + i%7
		}
		r := find(t, in)
		if len(r.List) > 0 {
			t.Errorf("seed %d: %d kinds in noise, agreement %.2f", seed, len(r.List), r.Agreement)
		}
		sound(t, in, r)
	}
}

func TestTheSameForAnyNumberOfProcessors(t *testing.T) {
	in, _ := planted(40_000, calendar(), 0.3, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first string
	for _, processors := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(processors)
		if got := fmt.Sprintf("%+v", *find(t, in)); first == "" {
			first = got
		} else if got != first {
			t.Errorf("%d processors find\n%s, one\n%s", processors, got, first)
		}
	}
}

func TestInputThatCannotBeDivided(t *testing.T) {
	full, _ := planted(600, calendar(), 0, 1)
	few, _ := planted(179, calendar(), 0, 1)
	equal, _ := planted(600, calendar(), 0, 1)
	for k := range equal.Counts {
		for i := range equal.Counts[k] {
			equal.Counts[k][i] = 255
		}
	}
	one := full
	one.Actions, one.Counts = one.Actions[:1], one.Counts[:1]
	none := full
	none.Actions, none.Counts = nil, nil
	// Twenty-nine people who do everything are fewer than a kind may hold.
	rare, _ := planted(600, []kind{{1, make([]float64, 10)}}, 0, 1)
	for k := range rare.Counts {
		for i := range 29 {
			rare.Counts[k][i*7] = 9
		}
	}
	for _, c := range []struct {
		name string
		in   segments.Input
		why  string
	}{
		{"nobody", segments.Input{}, "too few people"},
		{"few people", few, "too few people"},
		{"no actions", none, "too few actions"},
		{"one action", one, "too few actions"},
		{"all do the same", equal, "too few actions"},
		{"next to nobody does a thing", rare, "too few actions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(t, c.in)
			if len(r.List) > 0 || !strings.Contains(r.Why.String(), c.why) || !math.IsNaN(r.Agreement) {
				t.Errorf("%d kinds, agreement %v: %q", len(r.List), r.Agreement, r.Why)
			}
			sound(t, c.in, r)
		})
	}
}

// TestTwoSortsOfPeople has fewer kinds than are told: some do everything, the others nothing, all alike within.
func TestTwoSortsOfPeople(t *testing.T) {
	in, _ := planted(900, []kind{{1, make([]float64, 6)}}, 0, 1)
	for k := range in.Counts {
		for i := range 300 {
			in.Counts[k][i*7] = 4
		}
	}
	r := find(t, in)
	if len(r.List) > 0 || !strings.Contains(r.Why.String(), "with 3 of them or more") {
		t.Errorf("%d kinds: %q", len(r.List), r.Why)
	}
}

func TestInputThatIsRefused(t *testing.T) {
	in, _ := planted(300, calendar(), 0, 1)
	for name, change := range map[string]func(*segments.Input, *segments.Options){
		"counts of 9 actions":  func(in *segments.Input, _ *segments.Options) { in.Counts = in.Counts[1:] },
		"has 2093 counts":      func(in *segments.Input, _ *segments.Options) { in.Counts[3] = in.Counts[3][7:] },
		"visit days of 299":    func(in *segments.Input, _ *segments.Options) { in.VisitDays = in.VisitDays[1:] },
		"has 8 visit days":     func(in *segments.Input, _ *segments.Options) { in.VisitDays[9] = 8 },
		"has -1 visit days":    func(in *segments.Input, _ *segments.Options) { in.VisitDays[9] = -1 },
		"4 to 3 kinds":         func(_ *segments.Input, o *segments.Options) { o.Fewest, o.Most = 4, 3 },
		"at least one person":  func(_ *segments.Input, o *segments.Options) { o.Sample = 0 },
		"fewer than 10":        func(_ *segments.Input, o *segments.Options) { o.MinUsers = 9 },
		"agreement NaN":        func(_ *segments.Input, o *segments.Options) { o.MinAgreement = math.NaN() },
		"the least share is 1": func(_ *segments.Input, o *segments.Options) { o.MinShare = 1 },
	} {
		in, o := in, segments.Defaults()
		in.Counts, in.VisitDays = slices.Clone(in.Counts), slices.Clone(in.VisitDays)
		change(&in, &o)
		if _, err := segments.Find(t.Context(), in, o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}

func TestStopsWhenTold(t *testing.T) {
	in, _ := planted(900, calendar(), 0, 1)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := segments.Find(ctx, in, segments.Defaults()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTraitsAreMeans(t *testing.T) {
	in, of := planted(4000, calendar(), 0, 7)
	in.Labels = map[string]phrase.Phrase{"action_00": phrase.Of("meetings made")}
	told := 0
	for i := range in.Y {
		// The planners: who revisits tells which kind they are.
		in.Y[i] = of[i] == 0
	}
	for _, s := range find(t, in).List {
		if s.Revisiting*2 < s.Users {
			continue
		}
		for _, trait := range s.Traits {
			if trait.Name != "action_00" {
				continue
			}
			told++
			// 6 times a planner; of all 0.2*6 + 0.25*0.5 + 0.25*0.3 + 0.3*0.1 = 1.43. The kinds found are not quite the planted ones.
			if math.Abs(trait.Mean-6) > 0.3 || math.Abs(trait.All-1.43) > 0.1 || trait.Label.String() != "meetings made" {
				t.Errorf("%s: %.2f, all %.2f", trait.Label, trait.Mean, trait.All)
			}
		}
		if want := "many "; !strings.HasPrefix(s.Name.String(), want) {
			t.Errorf("the planners are called %q", s.Name)
		}
	}
	if told != 1 {
		t.Errorf("the trait is told %d times", told)
	}
}

// BenchmarkFind is of a million people and 40 actions, the size for which the report must not wait.
func BenchmarkFind(b *testing.B) {
	kinds := calendar()
	for k := range kinds {
		kinds[k].often = slices.Repeat(kinds[k].often, 4)
	}
	in, _ := planted(100_000, kinds, 0.3, 1)
	for k := range in.Counts {
		in.Counts[k] = slices.Repeat(in.Counts[k], 10)
	}
	in.VisitDays, in.Y = slices.Repeat(in.VisitDays, 10), slices.Repeat(in.Y, 10)
	b.ReportAllocs()
	for b.Loop() {
		find(b, in)
	}
}
