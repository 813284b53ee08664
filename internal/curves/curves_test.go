package curves_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/curves"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

// person is a made-up user: the days of the visits, from 1 January 2026 on (day 0), and what day 0 tells.
type person struct {
	visits                     []int
	channel, platform, country string
}

var everyBreakdown = []string{"channel", "platform", "country"}

// asOf is how many days of 2026 are over.
const asOf = 60

func plan() features.Plan {
	zone := time.FixedZone("Seoul", 9*3600)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	return features.Plan{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(), DataStart: start.UnixMicro(),
		AsOf: start.AddDate(0, 0, asOf).UnixMicro(),
	}
}

func contextSet(p features.Plan) *features.Set {
	set := &features.Set{Zone: p.Zone, Background: p.Background, Label: p.Label}
	for _, name := range everyBreakdown {
		set.Features = append(set.Features, features.Feature{Name: name, Kind: features.Category, Expr: features.Pick{Field: name}})
	}
	return set
}

// load writes the events of the people and makes the tables of the plan. Each visit is a few minutes after midnight in Seoul, which is
// the day before in UTC; some have a background event on the next day, which is no visit.
func load(t *testing.T, people []person) *warehouse.Warehouse {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb:"+filepath.Join(t.TempDir(), "curves.duckdb"), warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wh.Close() })
	p := plan()
	var rows []string
	event := func(user, day int, name string, who person) {
		at := p.DataStart + int64(day)*86400e6 + int64(len(rows)%900)*1e6
		rows = append(rows, fmt.Sprintf("(DATE '%s', 'u%05d', %d, '%s', NULLIF('%s', ''), NULLIF('%s', ''), NULLIF('%s', ''))",
			time.UnixMicro(at).UTC().Format(time.DateOnly), user, at, name, who.channel, who.platform, who.country))
	}
	for user, who := range people {
		for _, day := range who.visits {
			event(user, day, "open", who)
			event(user, day, "open", who)
			event(user, day+1, features.Background[0], who)
		}
	}
	sql := []string{"INSERT INTO events (day, user_key, ts, name, channel, platform, country) VALUES " + strings.Join(rows, ", ")}
	for _, step := range append(p.Cohort(features.DuckDB{}), p.Features(features.DuckDB{}, contextSet(p))) {
		sql = append(sql, step.SQL)
	}
	for _, statement := range sql {
		if err := wh.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return wh
}

func read(t *testing.T, people []person) []curves.Curve {
	t.Helper()
	list, err := curves.Read(t.Context(), load(t, people), features.DuckDB{}, plan(), everyBreakdown)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// runs writes a curve's points as runs of days: "0:5 1-36:2" is 5 on day 0 and 2 on each of the others.
func runs(points []curves.Point) string {
	var parts []string
	for i := 0; i < len(points); {
		k := i
		for k+1 < len(points) && points[k+1].Active == points[i].Active {
			k++
		}
		days := fmt.Sprint(points[i].Day)
		if k > i {
			days += fmt.Sprintf("-%d", points[k].Day)
		}
		parts = append(parts, fmt.Sprintf("%s:%d", days, points[i].Active))
		i = k + 1
	}
	return strings.Join(parts, " ")
}

func lines(list []curves.Curve) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%s %s %v %d | %s | %s\n", c.By, c.Name, c.Rest, c.Users, runs(c.NDay), runs(c.Rolling))
	}
	return b.String()
}

func repeat(n int, who person) []person { return slices.Repeat([]person{who}, n) }

// TestByHand: 12 people of A visit on days 0 and 3 after the first, 10 of B on days 0, 36 and 37, of whom nothing tells the platform;
// 5 of C come once. 20 people of A whose day 36 is not over do not count: 60 days are in the data, so that day 0 may be 23 at the latest.
func TestByHand(t *testing.T) {
	people := slices.Concat(
		repeat(12, person{[]int{4, 7}, "A", "ios", "KR"}),
		repeat(10, person{[]int{23, 59}, "B", "", "KR"}),
		repeat(5, person{[]int{10}, "C", "ios", "KR"}),
		repeat(20, person{[]int{24, 25}, "A", "ios", "KR"}),
	)
	people = append(people, repeat(1, person{[]int{2, 38, 39}, "A", "ios", "KR"})...)
	// 12 + 1 of A, of whom one visits on days 36 and 37; 10 of B; C's 5 are too few, and B, the smallest that is shown, joins them.
	// The one country tells nobody apart.
	want := `all  false 28 | 0:28 1-2:0 3:12 4-35:0 36:11 | 0:28 1-3:23 4-36:11
channel A false 13 | 0:13 1-2:0 3:12 4-35:0 36:1 | 0-3:13 4-36:1
channel Other true 15 | 0:15 1-35:0 36:10 | 0:15 1-36:10
platform ios false 18 | 0:18 1-2:0 3:12 4-35:0 36:1 | 0:18 1-3:13 4-36:1
platform unknown false 10 | 0:10 1-35:0 36:10 | 0-36:10
`
	if diff := cmp.Diff(want, lines(read(t, people))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTheLargestGroups: 10 channels of 20 to 11 people, of which the last two are joined.
func TestTheLargestGroups(t *testing.T) {
	var people []person
	for k := range 10 {
		people = append(people, repeat(20-k, person{[]int{1, 1 + k}, fmt.Sprint("c", k), "ios", "KR"})...)
	}
	var got []string
	for _, c := range read(t, people)[1:] {
		got = append(got, fmt.Sprint(c.Name, " ", c.Users))
	}
	want := []string{"c0 20", "c1 19", "c2 18", "c3 17", "c4 16", "c5 15", "c6 14", "c7 13", "Other 23"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTooFewPeople(t *testing.T) {
	if list := read(t, repeat(9, person{[]int{1, 5}, "A", "ios", "KR"})); len(list) != 0 {
		t.Errorf("9 people have the curves\n%s", lines(list))
	}
	// Of 9 and 9, all would be joined: that is everybody once more.
	people := append(repeat(9, person{[]int{1, 5}, "A", "ios", "KR"}), repeat(9, person{[]int{1, 5}, "B", "ios", "KR"})...)
	if list := read(t, people); len(list) != 1 || list[0].By != curves.All || list[0].Users != 18 {
		t.Errorf("two groups of 9 have the curves\n%s", lines(list))
	}
	// Nobody's day 36 is over.
	if list := read(t, repeat(30, person{[]int{40, 41}, "A", "ios", "KR"})); len(list) != 0 {
		t.Errorf("people of 20 days have the curves\n%s", lines(list))
	}
}

// randomPeople have visits at random, more of them soon after the first, in groups of very different size.
func randomPeople(rng *rand.Rand) []person {
	skewed := func(names ...string) string { return names[int(float64(len(names))*rng.Float64()*rng.Float64())] }
	people := make([]person, 120+rng.IntN(120))
	for i := range people {
		who := &people[i]
		who.channel = skewed("", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
		who.platform, who.country = skewed("ANDROID", "IOS", "WEB"), skewed("KR", "JP", "US", "TW", "VN", "")
		first := rng.IntN(asOf)
		who.visits = []int{first}
		for day := first + 1; day < asOf; day++ {
			if rng.Float64() < 1/float64(2+day-first) {
				who.visits = append(who.visits, day)
			}
		}
	}
	return people
}

// brute counts a curve by the definitions, one person after another.
func brute(people []person, in func(person) bool) (c curves.Curve) {
	c.NDay, c.Rolling = make([]curves.Point, curves.LastDay+1), make([]curves.Point, curves.LastDay+1)
	for day := range c.NDay {
		c.NDay[day].Day, c.Rolling[day].Day = day, day
	}
	for _, who := range people {
		first := who.visits[0]
		if first+curves.LastDay >= asOf || !in(who) {
			continue
		}
		c.Users++
		for day := range c.NDay {
			on := func(visit int) bool { return visit-first == day }
			later := func(visit int) bool { return visit-first >= day && visit-first <= curves.LastDay }
			if slices.ContainsFunc(who.visits, on) {
				c.NDay[day].Active++
			}
			if slices.ContainsFunc(who.visits, later) {
				c.Rolling[day].Active++
			}
		}
	}
	return c
}

func (p person) group(by string) string {
	name := map[string]string{"channel": p.channel, "platform": p.platform, "country": p.country}[by]
	if name == "" && by != curves.All {
		return curves.Unknown
	}
	return name
}

// TestRandomPeople compares each curve with a count in Go, and holds the groups to adding up to everybody.
func TestRandomPeople(t *testing.T) {
	for seed := range uint64(4) {
		people := randomPeople(rand.New(rand.NewPCG(seed, 6)))
		list := read(t, people)
		named, sum := map[string]bool{}, map[string]int{}
		for _, c := range list {
			named[c.By+" "+c.Name] = !c.Rest
			sum[c.By] += c.Users
		}
		for _, c := range list {
			want := brute(people, func(p person) bool {
				own := named[c.By+" "+p.group(c.By)]
				return c.By == curves.All || own && p.group(c.By) == c.Name || !own && c.Rest
			})
			want.By, want.Name, want.Rest = c.By, c.Name, c.Rest
			if diff := cmp.Diff(want, c); diff != "" {
				t.Fatalf("seed %d: %s %s (-want +got):\n%s", seed, c.By, c.Name, diff)
			}
			if c.Users < curves.SmallCell || sum[c.By] != list[0].Users {
				t.Errorf("seed %d: %s %s has %d people, all of them %d of %d", seed, c.By, c.Name, c.Users, sum[c.By], list[0].Users)
			}
		}
		if len(sum) < 3 {
			t.Errorf("seed %d: only %v have curves", seed, sum)
		}
	}
}

// TestTheShapeOfCurves: a rolling curve never rises, lies on or above the other, and both begin with everybody.
func TestTheShapeOfCurves(t *testing.T) {
	for _, c := range read(t, randomPeople(rand.New(rand.NewPCG(9, 9)))) {
		if c.NDay[0].Active != c.Users || c.Rolling[0].Active != c.Users || c.NDay[curves.LastDay] != c.Rolling[curves.LastDay] {
			t.Errorf("%s %s of %d people begins with %v and ends with %v", c.By, c.Name, c.Users, c.NDay[0], c.Rolling[curves.LastDay])
		}
		for day := 1; day <= curves.LastDay; day++ {
			if c.Rolling[day].Active > c.Rolling[day-1].Active || c.NDay[day].Active > c.Rolling[day].Active {
				t.Errorf("%s %s, day %d: %v and %v", c.By, c.Name, day, c.NDay[day], c.Rolling[day])
			}
		}
	}
}

// TestLabelledPeople: with the usual rule the people of the curves are those with a label.
func TestLabelledPeople(t *testing.T) {
	wh := load(t, randomPeople(rand.New(rand.NewPCG(3, 3))))
	columns, err := wh.ReadColumns(t.Context(), "SELECT COUNT(revisit) AS n FROM labels")
	if err != nil {
		t.Fatal(err)
	}
	list, err := curves.Read(t.Context(), wh, features.DuckDB{}, plan(), nil)
	if err != nil || len(list) != 1 || list[0].Users != int(columns[0].Numbers[0]) {
		t.Errorf("%v people have labels, the curves are\n%s(%v)", columns[0].Numbers, lines(list), err)
	}
}

func TestBreakdowns(t *testing.T) {
	set := contextSet(plan())
	if got := curves.Breakdowns(set); !slices.Equal(got, everyBreakdown) {
		t.Errorf("breakdowns are %v", got)
	}
	set.Features[1].Kind = features.Number
	if got := curves.Breakdowns(set.Keep([]string{"platform", "country"})); !slices.Equal(got, []string{"country"}) {
		t.Errorf("breakdowns are %v", got)
	}
}

func TestErrorsSayWhatWasDone(t *testing.T) {
	wh := load(t, repeat(12, person{[]int{1}, "A", "ios", "KR"}))
	_, err := curves.Read(t.Context(), wh, features.DuckDB{}, plan(), []string{"channel", "nothing"})
	if err == nil || !strings.Contains(err.Error(), "count who comes back") {
		t.Errorf("a column that is not there gives %v", err)
	}
}
