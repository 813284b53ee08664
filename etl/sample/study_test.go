package sample_test

import (
	"math"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

func fewPeople() sample.Options {
	o := sample.Defaults()
	o.Users, o.Days = 1500, 120
	return o
}

// TestStudyIsTheWrittenApp holds the people in memory to those whose files are written: as many labelled, of whom as many revisit, but
// for the lab devices and the second installations, which a study leaves out.
func TestStudyIsTheWrittenApp(t *testing.T) {
	dir := t.TempDir()
	if _, err := sample.Write(t.Context(), dir, fewPeople(), nil); err != nil {
		t.Fatal(err)
	}
	users, err := sample.ReadUsers(dir)
	if err != nil {
		t.Fatal(err)
	}
	labelled, revisit := 0, 0
	for _, u := range users {
		if u.Labelled && u.Probability > 0 {
			labelled++
			if u.Revisit {
				revisit++
			}
		}
	}
	s, err := sample.NewStudy(fewPeople(), sample.Planted)
	if err != nil {
		t.Fatal(err)
	}
	back := 0
	for _, y := range s.Revisit {
		if y {
			back++
		}
	}
	if n := len(s.Revisit); n > labelled || n < labelled*96/100 || back > revisit || back < revisit*94/100 {
		t.Errorf("%d people with %d revisiting; the files have %d with %d", n, back, labelled, revisit)
	}
	for k, counts := range s.Counts {
		if len(counts) != 7*len(s.Revisit) {
			t.Errorf("%s has %d counts for %d people", s.Actions[k], len(counts), len(s.Revisit))
		}
	}
}

// TestStudyKnowsItsEffects holds the effects to the answer key: causes move the share, riders do not, in an app without causes nothing does.
func TestStudyKnowsItsEffects(t *testing.T) {
	for _, world := range []sample.World{sample.Planted, sample.Null, sample.Drawn} {
		s, err := sample.NewStudy(fewPeople(), world)
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Repeat([]bool{true}, len(s.Revisit))
		effect := func(action string, n int) float64 {
			v, ok := s.Effect(action, n, all)
			if !ok {
				t.Errorf("%s: the effect of %s is not known", world, action)
			}
			return v
		}
		if v := effect("theme_change", 1); v != 0 {
			t.Errorf("%s: a rider moves the share by %v", world, v)
		}
		friend := effect("friend_add", 1)
		switch {
		case world == sample.Null && friend != 0:
			t.Errorf("an app without causes: a friend moves the share by %v", friend)
		case world == sample.Planted && (friend < 0.1 || friend > 0.3):
			t.Errorf("a friend moves the share by %v", friend)
		}
		if _, ok := s.Effect("meeting_create", 1, all); ok && world == sample.Planted {
			t.Error("an effect is claimed for one meeting; the formula has two")
		}
	}
}

func TestStudyRefuses(t *testing.T) {
	if _, err := sample.NewStudy(fewPeople(), "another"); err == nil {
		t.Error("an unknown world is accepted")
	}
	o := fewPeople()
	o.Users = 1
	if _, err := sample.NewStudy(o, sample.Null); err == nil {
		t.Error("one user is accepted")
	}
	a, _ := sample.NewStudy(fewPeople(), sample.Drawn)
	b, _ := sample.NewStudy(fewPeople(), sample.Drawn)
	all := slices.Repeat([]bool{true}, len(a.Revisit))
	x, _ := a.Effect("meeting_accept", 1, all)
	y, _ := b.Effect("meeting_accept", 1, all)
	if math.Abs(x-y) > 0 || !slices.Equal(a.Revisit, b.Revisit) {
		t.Error("the same seed gives another world")
	}
}
