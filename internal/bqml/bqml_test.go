package bqml

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clock ticks a second at each look.
func clock() func() time.Time {
	t := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { t = t.Add(time.Second); return t }
}

func options() Options {
	return Options{
		Plan: features.Plan{
			Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
			DataStart: time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), AsOf: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
		},
		Set: &features.Set{
			Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
			Features: []features.Feature{
				{Name: "visit_days", Kind: features.Number, Expr: features.Days{}},
				{Name: "meetings", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{"meeting_create"}}}},
				{Name: "channel", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
				{Name: "language", Kind: features.Category, Expr: features.Pick{Field: "language"}},
			},
		},
		Now: clock(),
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestStatements holds every statement to a text that was read against BigQuery's reference of each option and function.
func TestStatements(t *testing.T) {
	o := options()
	o.Plan.Prefix = "t_"
	s := Split{FitTo: "2025-11-30", ValidFrom: "2025-12-06", ValidTo: "2025-12-20", TestFrom: "2026-01-26"}
	list, err := Statements(o, s, map[string][]string{"channel": {"Organic Search", "Kim's \\ café"}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, st := range list {
		fmt.Fprintf(&b, "-- %s %v\n%s;\n\n", st.Name, st.Columns, st.SQL)
	}
	golden(t, "statements.sql", b.String())
	if len(list) != 11 || strings.Count(b.String(), "AS `language`") > 0 {
		t.Errorf("%d statements, or a category without levels is among the columns", len(list))
	}
	for _, st := range list {
		if strings.Contains(strings.ReplaceAll(st.SQL, "ON f.user_key = l.user_key", ""), "user_key") {
			t.Errorf("%s: a user key leaves the join:\n%s", st.Name, st.SQL)
		}
		if strings.Contains(st.SQL, "labels` AS l") && !strings.Contains(st.SQL, "l.day0 BETWEEN DATE '2025-08-3") {
			t.Errorf("%s does not bound the partitions:\n%s", st.Name, st.SQL)
		}
	}
}

// TestStatementsWithoutCategories asks for no levels where there is nothing to ask for.
func TestStatementsWithoutCategories(t *testing.T) {
	o := options()
	o.Set = o.Set.Keep([]string{"visit_days", "meetings"})
	o.Families = []string{GBDT}
	list, err := Statements(o, Split{FitTo: "2025-11-30", ValidFrom: "2025-12-06", ValidTo: "2025-12-20", TestFrom: "2026-01-26"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, st := range list {
		names = append(names, st.Name)
	}
	if diff := cmp.Diff([]string{"days", "filled", "create gbdt", "evaluate gbdt", "explain gbdt", "predict gbdt"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestSplitIsTheTrainers divides random users by their rows and by counts of days: the same users must learn and judge.
func TestSplitIsTheTrainers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	good := 0
	for range 500 {
		day0, y := randomUsers(rng)
		opt := model.SplitOptions{TestShare: 0.1 + 0.5*rng.Float64(), LastDay: 36, MinPositives: 5}
		want, errWant := model.SplitByDay(day0, y, opt)
		o := Options{Split: opt, ValidShare: 0.25}
		learn, test, err := o.learnAndTest(countDays(day0, y))
		if errWant != nil {
			continue
		}
		if err != nil {
			t.Fatalf("the trainer splits, BigQuery's split does not: %v", err)
		}
		good++
		if got := count(learn).Users; got != len(want.Train) || learn[len(learn)-1].Number != day0[want.Train[len(want.Train)-1]] {
			t.Errorf("%d learn, want %d", got, len(want.Train))
		}
		if got := count(test).Users; got != len(want.Test) || test[0].Number != day0[want.Test[0]] {
			t.Errorf("%d judge, want %d", got, len(want.Test))
		}
		if purged := learn[len(learn)-1].Number+opt.LastDay < test[0].Number; want.Purged && !purged {
			t.Errorf("purged %v, want %v", purged, want.Purged)
		}
		// Told the trainer's days, the same users are found again.
		o.LastTrain, o.TestFrom = dayName(learn[len(learn)-1]), dayName(test[0])
		again, newest, err := o.learnAndTest(countDays(day0, y))
		if err != nil || count(again) != count(learn) || count(newest) != count(test) {
			t.Errorf("by its days the split differs: %v", err)
		}
	}
	if good < 200 {
		t.Errorf("only %d of 500 logs could be split", good)
	}
}

func randomUsers(rng *rand.Rand) (day0 []int, y []bool) {
	days := 5 + rng.IntN(200)
	for range 20 + rng.IntN(2000) {
		day0 = append(day0, 20000+rng.IntN(days))
		y = append(y, rng.Float64() < 0.3)
	}
	slices.Sort(day0)
	return day0, y
}

func countDays(day0 []int, y []bool) (days []Day) {
	for i, d := range day0 {
		if len(days) == 0 || days[len(days)-1].Number != d {
			days = append(days, Day{Number: d})
		}
		last := &days[len(days)-1]
		last.Users++
		if y[i] {
			last.Positives++
		}
	}
	return days
}

// TestSplitKeepsTheNewestApart checks what the days of a split promise, on random logs.
func TestSplitKeepsTheNewestApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	whole := 0
	for range 300 {
		day0, y := randomUsers(rng)
		o := options().withDefaults()
		s, err := o.splitDays(countDays(day0, y))
		if err != nil {
			continue
		}
		whole++
		if !(s.FitTo < s.ValidFrom && s.ValidFrom <= s.ValidTo && s.ValidTo < s.TestFrom) {
			t.Errorf("the days overlap: %+v", s)
		}
		var fit, valid, test int
		for _, d := range day0 {
			switch name := dayName(Day{Number: d}); {
			case name <= s.FitTo:
				fit++
			case name >= s.ValidFrom && name <= s.ValidTo:
				valid++
			case name >= s.TestFrom:
				test++
			}
		}
		if fit != s.Fit.Users || valid != s.Valid.Users || test != s.Test.Users {
			t.Errorf("%d, %d, %d users by day, the split says %+v", fit, valid, test, s)
		}
		if to, _ := dayNumber(s.FitTo); s.ValidPurged && dayName(Day{Number: to + 36}) >= s.ValidFrom {
			t.Errorf("labels of the fitted users run into the validating ones: %+v", s)
		}
	}
	if whole < 100 {
		t.Errorf("only %d of 300 logs could be split", whole)
	}
}

func TestSplitRefusals(t *testing.T) {
	few := []Day{{20000, 30, 10}, {20001, 30, 10}}
	for _, c := range []struct {
		name, want string
		days       []Day
		change     func(*Options)
	}{
		{"no users", "0 of 0 days", nil, nil},
		{"one day", "0 of 1 days", few[:1], nil},
		{"two days", "do not divide", few, nil},
		{"few positives", "5 of the 10 test users revisited; there must be at least 15", []Day{
			{20000, 90, 40}, {20001, 90, 40}, {20002, 10, 5},
		}, func(o *Options) { o.TestFrom, o.LastTrain = "2024-10-06", "2024-10-05" }},
		{"days after the data", "3 of 3 days with labelled users are before the split, 0 after it", []Day{
			{20000, 90, 40}, {20001, 90, 40}, {20002, 90, 5},
		}, func(o *Options) { o.TestFrom, o.LastTrain = "2030-01-02", "2030-01-01" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options()
			if c.change != nil {
				c.change(&o)
			}
			_, err := o.withDefaults().splitDays(c.days)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestOptionsRefused(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"no feature to learn from":                  func(o *Options) { o.Set = o.Set.Keep(nil) },
		"has the name of a column":                  func(o *Options) { o.Set.Features[0].Name = "is_validation" },
		`trains no family "forest"`:                 func(o *Options) { o.Families = []string{"forest"} },
		"both the first test day and the last":      func(o *Options) { o.TestFrom = "2026-01-01" },
		"is not before the first test day":          func(o *Options) { o.TestFrom, o.LastTrain = "2026-01-01", "2026-01-01" },
		"the share of the validating users is 1":    func(o *Options) { o.ValidShare = 1 },
		"has no clock":                              func(o *Options) { o.Now = nil },
		`dataset "a b"`:                             func(o *Options) { o.Dataset = "a b" },
		`name "Bad"`:                                func(o *Options) { o.Models = "Bad" },
		"the learning rate is 2":                    func(o *Options) { o.Params = DefaultParams(); o.Params.GBDT.Rate = 2 },
		"time zone \"\" is unknown":                 func(o *Options) { o.Plan.Zone = "" },
		"iterations are 0 and 200":                  func(o *Options) { o.Params = DefaultParams(); o.Params.Logit.Iterations = 0 },
		"a penalty is negative":                     func(o *Options) { o.Params = DefaultParams(); o.Params.GBDT.L2 = -1 },
		"trees of depth 30":                         func(o *Options) { o.Params = DefaultParams(); o.Params.GBDT.Depth = 30 },
		"the least relative progress must be above": func(o *Options) { o.Params = DefaultParams(); o.Params.Logit.Progress = 0 },
	} {
		o := options()
		change(&o)
		if _, err := Statements(o, Split{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTrainNeedsBigQuery(t *testing.T) {
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	if _, err := Train(t.Context(), wh, options()); err == nil || !strings.Contains(err.Error(), "open bigquery://PROJECT/DATASET") {
		t.Errorf("got %v, want the remedy", err)
	}
}

// TestPairsHaveTheirOwnOrder shuffles probabilities with labels: the sorted pairs must be the same pairs, in one order.
func TestPairsHaveTheirOwnOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	type pair struct {
		p float64
		y bool
	}
	pairs := []pair{{0, true}, {0, false}, {0, true}, {1, false}, {1, true}}
	for range 200 {
		pairs = append(pairs, pair{float64(rng.IntN(20)) / 20, rng.IntN(2) == 0})
	}
	var first []pair
	for range 5 {
		rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		p, y := make([]float64, len(pairs)), make([]bool, len(pairs))
		counts := map[pair]int{}
		for i, one := range pairs {
			p[i], y[i] = one.p, one.y
			counts[one]++
		}
		sortPairs(p, y)
		got := make([]pair, len(p))
		for i := range p {
			got[i] = pair{p[i], y[i]}
			counts[got[i]]--
		}
		for one, n := range counts {
			if n != 0 {
				t.Fatalf("%v is there %d times too few", one, n)
			}
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) || !slices.IsSortedFunc(got, func(a, b pair) int { return int(1000 * (a.p - b.p)) }) {
			t.Fatal("the order depends on how the rows came")
		}
	}
}

func TestRemoteFunction(t *testing.T) {
	f := RemoteFunction{
		Name: "my-project.calback.revisit", Connection: "my-project.asia-northeast3.calback",
		Endpoint: "https://calback-abc-du.a.run.app/bigquery",
	}
	o := options()
	var b strings.Builder
	for _, change := range []func(*RemoteFunction){
		func(*RemoteFunction) {},
		func(f *RemoteFunction) { f.JSON, f.FailBadRows, f.MaxRows = true, true, 200 },
	} {
		g := f
		change(&g)
		statement, err := g.SQL()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s;\n\n", statement)
	}
	query, err := f.Query(o.Plan, o.Set)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "remotefunction.sql", b.String()+query+";\n")
	for want, change := range map[string]func(*RemoteFunction){
		"the name":                        func(f *RemoteFunction) { f.Name = "revisit" },
		"the connection":                  func(f *RemoteFunction) { f.Connection = "a`b.c" },
		"must be an address":              func(f *RemoteFunction) { f.Endpoint = "http://calback/bigquery" },
		"must be an address like":         func(f *RemoteFunction) { f.Endpoint = "https://user:secret@calback/bigquery" },
		`the endpoint's path is "/"`:      func(f *RemoteFunction) { f.Endpoint = "https://calback/" },
		"20000 rows in a batch":           func(f *RemoteFunction) { f.MaxRows = 20000 },
		`the name "calback.revisit; DROP`: func(f *RemoteFunction) { f.Name = "calback.revisit; DROP TABLE x" },
	} {
		g := f
		change(&g)
		if _, err := g.SQL(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := g.Query(o.Plan, o.Set); err == nil {
			t.Errorf("the query of %+v is rendered", g)
		}
	}
}
