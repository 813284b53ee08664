package featuretest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// NoVisit is the reason of a user who has no foreground event before the as-of instant. Such a user is in no table.
const NoVisit = "no visit"

// Result is what an engine makes of one user.
type Result struct {
	// Excluded is why the user is not in the cohort: features.NotNewFirstTouch, features.NotNewBurnIn, NoVisit, or "" for one
	// who is in it. The rest is only there for a user of the cohort.
	Excluded string
	// Row is one value a feature, in the order of the set.
	Row features.Row
	// Revisit is the label; it means nothing unless Known.
	Revisit, Known bool
}

// Engine evaluates the set and the plan's cohort over all events, any number of users in any order. It gives one Result for each user
// that has an event, by features.Event.User.
type Engine func(ctx context.Context, set *features.Set, plan features.Plan, events []features.Event) (map[string]Result, error)

// Script is one parsed script.
type Script struct {
	// Name is the file's name, for messages.
	Name string
	// Set and Plan are what the statements before the first user say.
	Set  *features.Set
	Plan features.Plan
	// Events are the events of all users in the order of the script.
	Events []features.Event
	// Expects are the expectations in the order of the script.
	Expects []Expect
}

// Expect is one line of an expect block.
type Expect struct {
	Line int
	User string
	// What is the name of a feature, or "label" or "excluded".
	What string
	// Feature is the place of the feature in the set, -1 for the others.
	Feature int
	// Value is the expected value of a feature.
	Value features.Value
	// Word is the expected label (revisit, no, unlabelled) or the reason of an exclusion.
	Word string
}

// Run runs the script on the engine. The error joins one error for each expectation that is not met, each beginning with file:line.
func (s *Script) Run(ctx context.Context, engine Engine) error {
	results, err := engine(ctx, s.Set, s.Plan, s.Events)
	if err != nil {
		return fmt.Errorf("%s: run: %w", s.Name, err)
	}
	var faults []error
	for _, x := range s.Expects {
		r, ok := results[x.User]
		if !ok {
			faults = append(faults, fmt.Errorf("%s:%d: the engine gave no result for user %s", s.Name, x.Line, x.User))
			continue
		}
		if problem := x.check(s.Set, r); problem != "" {
			faults = append(faults, fmt.Errorf("%s:%d: user %s: %s", s.Name, x.Line, x.User, problem))
		}
	}
	return errors.Join(faults...)
}

func (x Expect) check(set *features.Set, r Result) string {
	switch {
	case x.What == "excluded":
		if r.Excluded != x.Word {
			return fmt.Sprintf("excluded is %q, expected %q", r.Excluded, x.Word)
		}
		return ""
	case r.Excluded != "":
		return fmt.Sprintf("%s was expected of a user of the cohort, who is excluded: %s", x.What, r.Excluded)
	case x.What == "label":
		if got := r.label(); got != x.Word {
			return fmt.Sprintf("label is %s, expected %s", got, x.Word)
		}
		return ""
	case len(r.Row) != len(set.Features):
		return fmt.Sprintf("the row has %d values for %d features", len(r.Row), len(set.Features))
	case !Same(r.Row[x.Feature], x.Value):
		return fmt.Sprintf("%s is %s, expected %s", x.What, show(r.Row[x.Feature]), show(x.Value))
	}
	return ""
}

func (r Result) label() string {
	switch {
	case !r.Known:
		return "unlabelled"
	case r.Revisit:
		return "revisit"
	}
	return "no"
}

func show(v features.Value) string {
	switch {
	case v.Missing:
		return "missing"
	case v.Text != "":
		return fmt.Sprintf("%q", v.Text)
	}
	return fmt.Sprint(v.Number)
}

// Same is true for values that engines may give for one another: both missing, or equal texts and numbers that are equal where one
// of them is whole, and else within 1e-9 of each other, relative to the larger.
func Same(a, b features.Value) bool {
	if a.Missing || b.Missing {
		return a.Missing == b.Missing
	}
	if a.Text != b.Text {
		return false
	}
	if a.Number == b.Number {
		return true
	}
	if a.Number == math.Trunc(a.Number) && b.Number == math.Trunc(b.Number) {
		return false
	}
	return math.Abs(a.Number-b.Number) <= 1e-9*max(math.Abs(a.Number), math.Abs(b.Number))
}

// localTime reads an RFC 3339 time, or a local time of the zone that happens exactly once.
func localTime(text string, zone *time.Location) (int64, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UnixMicro(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly} {
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		wall, _ := time.Parse(layout, text)
		if !sameWall(t, wall) {
			return 0, fmt.Errorf("the local time %s does not exist in %s", text, zone)
		}
		for _, shift := range []time.Duration{-time.Hour, time.Hour} {
			if sameWall(t.Add(shift), wall) {
				return 0, fmt.Errorf("the local time %s happens twice in %s; give an offset, as in %s", text, zone, t.Format(time.RFC3339))
			}
		}
		return t.UnixMicro(), nil
	}
	return 0, fmt.Errorf("%q is no time; write 2026-01-05T09:00 or 2026-01-05T09:00:00+09:00", text)
}

func sameWall(t, wall time.Time) bool {
	const wallClock = "2006-01-02T15:04:05.999999999"
	return t.Format(wallClock) == wall.Format(wallClock)
}
