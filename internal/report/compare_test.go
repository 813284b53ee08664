package report

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestDecompose is by hand: 100 of A at 20 % and 100 of B at 40 % become 50 of A at 20 % and 150 of B at 50 %, so that the rate goes from
// 30 to 42.5 %. Mix: -.25*.2 + .25*.45 = .0625. Within: 0*.375 + .1*.625 = .0625.
func TestDecompose(t *testing.T) {
	then := []Channel{{Name: "A", Users: 100, Revisiting: 20}, {Name: "B", Users: 100, Revisiting: 40}}
	now := []Channel{{Name: "A", Users: 50, Revisiting: 10}, {Name: "B", Users: 150, Revisiting: 75}}
	mix, within := decompose(now, then)
	if math.Abs(float64(mix)-.0625) > 1e-12 || math.Abs(float64(within)-.0625) > 1e-12 {
		t.Errorf("mix %v, within %v; want .0625 each", mix, within)
	}
	mix, within = decompose(append(now, Channel{Name: "new", Users: 50, Revisiting: 50}), then)
	if sum := float64(mix + within); math.Abs(sum-(135./250-.3)) > 1e-12 {
		t.Errorf("with a new channel the parts add up to %v, the change is %v", sum, 135./250-.3)
	}
	if mix, _ := decompose(nil, then); finite(float64(mix)) {
		t.Errorf("without channels the mix is %v", mix)
	}
}

func TestCompare(t *testing.T) {
	then, now := fixture(), fixture()
	now.Meta.ModelVersion, then.Meta.ModelVersion = "v2", "v1"
	now.Matters.Effects[0].Size.Value += 0.2
	now.Matters.Effects[1].Name = "brand_new"
	then.Moments = Moments{List: []Moment{{Action: "a", Verdict: Cause}, {Action: "gone", Verdict: Sign}}}
	now.Moments = Moments{List: []Moment{{Action: "a", Verdict: Unclear}, {Action: "b", Verdict: Cause}}}
	for _, list := range [][]Moment{then.Moments.List, now.Moments.List} {
		for k := range list {
			list[k].Users, list[k].Revisiting = 100, 50
		}
	}
	then.Moments.Users, now.Moments.Users = 1000, 1000
	c := Compare(now, then, Paired{AUC: Interval{.8, .79, .81}, AUCThen: Interval{.78, .77, .79}, Gain: Interval{.02, .01, .03}, Seen: true}, 3000)
	if diff := cmp.Diff([]ChangedVerdict{
		{Action: "a", Verdict: Unclear, Then: Cause},
		{Action: "b", Verdict: Cause},
		{Action: "gone", Then: Sign},
	}, c.Verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"brand_new"}, c.Added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if len(c.Moved) != 1 || c.Moved[0].Name != now.Matters.Effects[0].Name {
		t.Errorf("moved: %+v", c.Moved)
	}
	var words []string
	for _, p := range c.Why {
		words = append(words, p.String())
	}
	text := strings.Join(words, "\n")
	for _, want := range []string{
		"On the same 3,000 newest people, version v2 tells better who revisits than v1 (AUC 0.800 against 0.780, difference 0.020 (0.010 to 0.030)).",
		"may have learnt from them", "differs from the 29.0 % of before by no more than chance", "1 features came and 1 went", "The verdict on 3 actions",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

// TestCompareSentences holds which of the three verdicts each interval gives.
func TestCompareSentences(t *testing.T) {
	for want, gain := range map[string]Interval{
		"tells better":         {.02, .01, .03},
		"tells worse":          {-.02, -.03, -.01},
		"cannot be told apart": {.01, -.01, .03},
		"":                     Unknown(),
	} {
		c := Comparison{Paired: Paired{Gain: gain}}
		if got := c.modelWhy().String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("gain %v reads %q, want %q", gain, got, want)
		}
	}
	moved := Comparison{Rate: Interval{.3, .29, .31}, RateThen: Interval{.25, .24, .26}, Mix: .02, Within: .03}
	if got, want := moved.rateWhy().String(), "The share who revisit is 30.0 %, before 25.0 %: +2.0 points come of another mix of channels, "+
		"+3.0 of a change within the channels."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	moved.Mix = Number(math.NaN())
	if got, want := moved.rateWhy().String(), "The share who revisit is 30.0 %, before 25.0 %."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	same := fixture()
	if diff := cmp.Diff([]MovedFeature(nil), Compare(same, same, Paired{Gain: Unknown()}, 0).Moved, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a report against itself (-want +got):\n%s", diff)
	}
}
