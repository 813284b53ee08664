package features

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func smallFound() Found {
	return Found{
		Users:   1000,
		Events:  []Support{{"first_open", 990}, {"share", 300}, {"rare", 19}, {"meeting_create", 300}, {"seldom", 25}, {"회의 만들기", 50}, {"profile_snapshot", 500}},
		Screens: []Support{{"month view", 400}, {"월간", 40}, {"hidden", 3}},
		Versions: []Support{
			{"1.0", 200}, {"2.0", 800},
		},
		Adopted: map[string]map[string]int{"1.0": {"first_open": 198, "share": 60}, "2.0": {"first_open": 792, "share": 240, "meeting_create": 300}},
		Context: []Support{{"platform", 1000}, {"country", 49}, {"app_version", 1000}, {"channel", 50}, {"screen", 900}},
		Engaged: 800,
	}
}

// TestDefaultSetGolden pins names, units, versions and meanings. go test ./features -update writes the file anew.
func TestDefaultSetGolden(t *testing.T) {
	choice := DefaultChoice()
	choice.Params = []string{"price"}
	s := DefaultSet("Asia/Seoul", DefaultLabel(), Background, smallFound(), choice)
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range s.Features {
		fmt.Fprintf(&b, "%s | %s | %s | %s | %s | %s\n", f.Name, f.Kind, f.Unit, strings.Join(f.Absent, ","), f.Doc, f.Say(Value{Number: 2, Text: "x"}))
	}
	const file = "testdata/default_set.golden"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("default set (-want +got):\n%s", diff)
	}
}

func TestSupported(t *testing.T) {
	all := []Support{{"b", 30}, {"a", 30}, {"few", 19}, {"most", 900}, {"some", 40}}
	names := func(c Choice, users, most int) (list []string) {
		for _, s := range c.supported(all, users, most) {
			list = append(list, s.Name)
		}
		return list
	}
	for _, c := range []struct {
		users, most int
		want        []string
	}{
		{1000, 40, []string{"most", "some", "a", "b"}},
		{1000, 2, []string{"most", "some"}},
		// 0.005 of 8,000 users are 40.
		{8000, 40, []string{"most", "some"}},
		{8001, 40, []string{"most"}},
	} {
		if diff := cmp.Diff(c.want, names(DefaultChoice(), c.users, c.most)); diff != "" {
			t.Errorf("%d users, at most %d (-want +got):\n%s", c.users, c.most, diff)
		}
	}
}

func TestFoundAbsent(t *testing.T) {
	found := func(users int, did map[string]int) Found {
		f := Found{Adopted: map[string]map[string]int{}, Versions: []Support{{"2.0", 1000}, {"1.1", users}, {"1.0", users}}}
		for v, n := range did {
			f.Adopted[v] = map[string]int{"save": n}
		}
		return f
	}
	for _, c := range []struct {
		name string
		in   Found
		want []string
	}{
		// With half of 2.0's users doing it, 10 users of another version would all lack it with a chance of 1 in 1,024, 9 with 1 in 512.
		{"10 users", found(10, map[string]int{"2.0": 500}), []string{"1.0", "1.1"}},
		{"9 users", found(9, map[string]int{"2.0": 500}), nil},
		{"one did it in 1.0", found(100, map[string]int{"2.0": 500, "1.0": 1}), []string{"1.1"}},
		{"rare event", found(100, map[string]int{"2.0": 10}), nil},
		{"nobody did it", found(100, nil), nil},
		{"everybody did it", found(100, map[string]int{"2.0": 1000}), []string{"1.0", "1.1"}},
		// A single user who did it makes a rate of 1 in 2 at most.
		{"one user who did it", Found{Versions: []Support{{"2.0", 1}, {"1.0", 9}}, Adopted: map[string]map[string]int{"2.0": {"save": 1}}}, nil},
	} {
		if diff := cmp.Diff(c.want, c.in.absent("save")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestNamer(t *testing.T) {
	n := newNamer(habits(Found{Engaged: 1}))
	for _, c := range []struct{ in, want string }{
		{"n_share", "n_share"},
		{"n_Share", "n_share_2"},
		{"n_share", "n_share_3"},
		{"n_share_2", "n_share_2_2"},
		{"n_it's a test", "n_it_s_a_test"},
		{"n_회의", "n_ud68cuc758"},
		{"n_", "n_"},
		{"n_\"; drop", "n____drop"},
		{"n_\xff", "n_ufffd"},
		// The name of an event must not take a habit's or a context field's name.
		{"days_since_last_visit", "days_since_last_visit_2"},
		{"platform", "platform_2"},
		{"n_" + strings.Repeat("회", 40), "n_" + strings.Repeat("ud68c", 14)[:68]},
		{"n_" + strings.Repeat("회", 41), "n_" + strings.Repeat("ud68c", 14)[:68] + "_2"},
	} {
		if got := n.of(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		} else if !columnName.MatchString(got) {
			t.Errorf("%q is no column name", got)
		}
	}
}

// TestManyNamesStayApart gives the set events whose names differ only in what a column name cannot hold.
func TestManyNamesStayApart(t *testing.T) {
	var events []Support
	for i := range 40 {
		events = append(events, Support{Name: "열기" + strings.Repeat("!", i), Users: 100})
	}
	s := DefaultSet("UTC", DefaultLabel(), nil, Found{Users: 100, Events: events}, DefaultChoice())
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
}
