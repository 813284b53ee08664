package segments

import (
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

func made(name string, mean, apart float64) trait { return trait{phrase.Name(name), mean, apart} }

func TestNamesSayWhatTheyDo(t *testing.T) {
	for _, c := range []struct {
		name string
		p    profile
		want string
	}{
		{"nothing", profile{actions: 5, done: 0.1, visits: -1}, "next to nothing"},
		{
			"all of it",
			profile{actions: 4, times: 30, done: 3, more: []trait{made("a", 9, 2), made("b", 8, 2), made("c", 7, 1)}},
			"much of everything (about 30 actions)",
		},
		{"two things", profile{actions: 9, done: 1, more: []trait{made("a", 9, 2), made("b", 2, 1.2)}}, "many a and b"},
		{"two, one of them rare", profile{actions: 9, done: 1, more: []trait{made("a", 9, 2), made("b", 1.9, 1.2)}}, "some a and b"},
		{"one thing far before another", profile{actions: 9, done: 1, more: []trait{made("a", 9, 2), made("b", 8, 1.1)}}, "many a"},
		{"one rare thing", profile{actions: 9, done: 1, more: []trait{made("a", 0.4, 2)}}, "some a"},
		{"little", profile{actions: 9, times: 3, done: 0.5, less: []trait{made("a", 1, -1)}}, "a little of everything (about 3 actions)"},
		{"less of one thing", profile{actions: 9, done: 1, less: []trait{made("a", 1, -1)}}, "fewer a"},
		{"nothing strikes", profile{actions: 9, times: 12, done: 1}, "some of everything (about 12 actions)"},
	} {
		if got := c.p.names()[0].String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNamesAreDistinct(t *testing.T) {
	same := profile{actions: 9, done: 1, visits: 0.8, more: []trait{made("a", 9, 2), made("b", 8, 1.9)}, less: []trait{made("c", 1, -0.7)}}
	var got []string
	for _, n := range named([]profile{same, same, same, same, same, same}) {
		got = append(got, n.String())
	}
	want := []string{"many a and b", "many a", "many a, fewer c", "many a, on many days", "fewer c", "many a and b (kind 6)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	same = profile{actions: 9, times: 5, done: 1, visits: -0.1}
	got = nil
	for _, n := range named([]profile{same, same, same}) {
		got = append(got, n.String())
	}
	want = []string{"some of everything (about 5 actions)", "some of everything, on few days", "some of everything (about 5 actions) (kind 3)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
