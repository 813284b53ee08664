//go:build !race

// Under the race detector arithmetic is ten times as slow; what runs at the same time here is tested under it in model/causal and
// internal/moments.

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

// TestCausesAreFound is a small form of the study in docs/BENCHMARKS.md: there the intervals cover 95 to 97 of 100, and 91 of 100 causes are found.
// Bounds leave room for the few apps that there is time for here: fewer than 85 of 100 covered would be far from chance with 45 intervals.
func TestCausesAreFound(t *testing.T) {
	s, err := measure(t.Context(), 3, 1000, sample.Planted, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.causes; c.treatments < 18 || c.covered*100 < 85*c.treatments || c.cause*100 < 75*c.treatments || c.naive*2 > c.treatments {
		t.Errorf("of %d causes %d are covered, %d found, and the raw difference covers %d", c.treatments, c.covered, c.cause, c.naive)
	}
	if i := s.idle; i.treatments < 18 || i.covered*100 < 85*i.treatments || i.cause*100 > 5*i.treatments || i.naiveClear*100 < 80*i.treatments {
		t.Errorf("of %d idle actions %d are covered, %d called causes, and %d raw differences are clear of zero", i.treatments, i.covered, i.cause, i.naiveClear)
	}
	var out bytes.Buffer
	s.print(&out)
	if text := out.String(); !strings.Contains(text, "friend_add") || strings.Contains(text, "NaN") {
		t.Errorf("printed:\n%s", text)
	}
}

func TestAnAppWithoutCausesHasNone(t *testing.T) {
	s, err := measure(t.Context(), 2, 2000, sample.Null, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if s.causes.treatments+s.weak.treatments != 0 || s.idle.treatments < 24 || s.wrong > 0 {
		t.Errorf("%d apps of %d have a cause; %d actions that do nothing, %d that do", s.wrong, s.apps, s.idle.treatments, s.causes.treatments)
	}
}

func TestUnknownWorld(t *testing.T) {
	if _, err := measure(t.Context(), 1, 1, "upside-down", func(int) {}); err == nil {
		t.Error("an unknown world is accepted")
	}
}
