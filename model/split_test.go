package model_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// steady has perDay users on each of days days; every second one revisits.
func steady(days, perDay int) (day0 []int, y []bool) {
	for d := range days {
		for i := range perDay {
			day0, y = append(day0, 20000+d), append(y, i%2 == 0)
		}
	}
	return day0, y
}

func span(from, to int) []int {
	var rows []int
	for i := from; i < to; i++ {
		rows = append(rows, i)
	}
	return rows
}

// TestSplitPurgesExactly counts by hand: 100 days of 10 users, the newest 30 % are days 70 to 99, and a label window that ends on
// day 36 is over before day 70 for those who came on day 33 or before: 33 + 36 = 69.
func TestSplitPurgesExactly(t *testing.T) {
	day0, y := steady(100, 10)
	s, err := model.SplitByDay(day0, y, model.SplitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := model.Split{Train: span(0, 340), Test: span(700, 1000), Purged: true}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
	again, err := model.SplitByDay(day0, y, model.DefaultSplit())
	if diff := cmp.Diff(s, again); err != nil || diff != "" {
		t.Errorf("the documented defaults give another split: %v\n%s", err, diff)
	}
}

func TestSplitFallsBack(t *testing.T) {
	day0, y := steady(30, 10)
	s, err := model.SplitByDay(day0, y, model.SplitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := model.Split{
		Train: span(0, 210), Test: span(210, 300),
		Caveat: phrase.Of("The log is too short to keep the training users' label windows apart from the newest users' first weeks."),
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
}

func TestSplitRefuses(t *testing.T) {
	day0, y := steady(100, 10)
	oneDay, yes := steady(1, 100)
	none := make([]bool, len(y))
	late := slices.Clone(none)
	for i := range 700 {
		late[i] = i%2 == 0
	}
	for _, c := range []struct {
		name, want string
		day0       []int
		y          []bool
		opt        model.SplitOptions
	}{
		{"no users", "there are no labelled users", nil, nil, model.SplitOptions{}},
		{"all on one day", "0 of the 0 training users revisited", oneDay, yes, model.SplitOptions{}},
		{
			"nobody revisits", "0 of the 700 training users revisited; there must be at least 15 who did and 15 who did not",
			day0, none,
			model.SplitOptions{},
		},
		{"no late user revisits", "0 of the 300 test users revisited", day0, late, model.SplitOptions{}},
		{"too few for what is asked", "at least 400", day0, y, model.SplitOptions{MinPositives: 400}},
		{"a label is lacking", "999 labels for 1000 users", day0, y[1:], model.SplitOptions{}},
		{"not in order", "not in the order of their day 0", []int{3, 1, 2}, make([]bool, 3), model.SplitOptions{}},
		{"a share of 1", "must lie between 0 and 1", day0, y, model.SplitOptions{TestShare: 1}},
		{"a share below 0", "must lie between 0 and 1", day0, y, model.SplitOptions{TestShare: -0.1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := model.SplitByDay(c.day0, c.y, c.opt)
			checkError(t, err, "split by day 0: ")
			checkError(t, err, c.want)
		})
	}
}

// TestSplitHolds checks 500 random cohorts: no day is divided, nobody is on both sides, every older user is before every test user,
// and where the split says that it is purged, every label window of the training users ended before the first test user came.
func TestSplitHolds(t *testing.T) {
	purged, fellBack := 0, 0
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 2))
		day0, y := make([]int, 100+rng.IntN(500)), []bool{}
		length := 5 + rng.IntN(200)
		for i := range day0 {
			day0[i] = 19000 + rng.IntN(length)
			y = append(y, rng.IntN(3) == 0)
		}
		slices.Sort(day0)
		opt := model.SplitOptions{TestShare: 0.1 + 0.6*rng.Float64(), LastDay: 7 + rng.IntN(60), MinPositives: 1 + rng.IntN(10)}
		s, err := model.SplitByDay(day0, y, opt)
		if err != nil {
			continue
		}
		if s.Purged != s.Caveat.Empty() {
			t.Fatalf("seed %d: purged %v, but the caveat is %q", seed, s.Purged, s.Caveat)
		}
		first := day0[s.Test[0]]
		if s.Test[0] > 0 && day0[s.Test[0]-1] == first {
			t.Fatalf("seed %d: day %d is divided", seed, first)
		}
		if s.Test[len(s.Test)-1] != len(day0)-1 || len(s.Test) != len(day0)-s.Test[0] {
			t.Fatalf("seed %d: not all of the newest users judge", seed)
		}
		want := 0
		for _, day := range day0 {
			if day < first && (!s.Purged || day+opt.LastDay < first) {
				want++
			}
		}
		if len(s.Train) != want {
			t.Fatalf("seed %d: %d training users, want %d", seed, len(s.Train), want)
		}
		for _, i := range s.Train {
			if day0[i] >= first || (s.Purged && day0[i]+opt.LastDay >= first) {
				t.Fatalf("seed %d: the label of the user of day %d was open when the first test user came on day %d", seed, day0[i], first)
			}
		}
		if s.Purged {
			purged++
		} else {
			fellBack++
		}
	}
	if purged < 50 || fellBack < 50 {
		t.Errorf("%d purged and %d fallen back: the cohorts do not try both", purged, fellBack)
	}
}

func TestFolds(t *testing.T) {
	day0, _ := steady(120, 5)
	folds := model.Folds(day0, span(0, 600), 3, 36)
	want := []model.Split{
		// Day 30 less 36 days is before the log: every earlier row is kept, and the fold says so.
		{Train: span(0, 150), Test: span(150, 300)},
		{Train: span(0, 120), Test: span(300, 450), Purged: true},
		{Train: span(0, 270), Test: span(450, 600), Purged: true},
	}
	if diff := cmp.Diff(want, folds); diff != "" {
		t.Errorf("folds (-want +got):\n%s", diff)
	}
	if folds := model.Folds(day0[:5], span(0, 5), 3, 36); len(folds) != 0 {
		t.Errorf("one day was divided into %d folds", len(folds))
	}
	if folds := model.Folds(nil, nil, 3, 36); len(folds) != 0 {
		t.Errorf("nobody was divided into %d folds", len(folds))
	}
}

// TestFoldsHold checks 500 random cohorts as TestSplitHolds does, on any subset of the rows.
func TestFoldsHold(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 3))
		day0 := make([]int, 10+rng.IntN(300))
		length := 1 + rng.IntN(150)
		for i := range day0 {
			day0[i] = rng.IntN(length)
		}
		slices.Sort(day0)
		rows := span(rng.IntN(5), len(day0)-rng.IntN(5))
		gap := rng.IntN(50)
		judged := map[int]bool{}
		for _, f := range model.Folds(day0, rows, 1+rng.IntN(5), gap) {
			if len(f.Train) == 0 || len(f.Test) == 0 {
				t.Fatalf("seed %d: an empty fold", seed)
			}
			first := day0[f.Test[0]]
			for _, i := range f.Train {
				if day0[i] >= first || (f.Purged && day0[i]+gap >= first) {
					t.Fatalf("seed %d: a row of day %d teaches, judged from day %d on with a gap of %d", seed, day0[i], first, gap)
				}
			}
			for _, i := range f.Test {
				if judged[i] {
					t.Fatalf("seed %d: row %d judges twice", seed, i)
				}
				judged[i] = true
			}
		}
	}
}
