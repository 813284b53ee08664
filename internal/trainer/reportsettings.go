package trainer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// monotoneWords lists the features that may only rise or only fall.
func monotoneWords(directions map[string]int) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(directions)) {
		words = append(words, fmt.Sprintf("%s %+d", name, directions[name]))
	}
	return strings.Join(words, ", ")
}

func togetherWords(sets [][]string) string {
	var words []string
	for _, set := range sets {
		words = append(words, strings.Join(set, " + "))
	}
	return strings.Join(words, "; ")
}

// reportSettings are all options that the figures depend on; those that say where files lie are left out.
func (r *run) reportSettings() []report.Setting {
	settings := []report.Setting{
		{Name: "model", Value: r.Name},
		{Name: "revisit rule", Value: r.Label.String()},
		{Name: "time zone", Value: r.Plan.Zone},
		{Name: "as of", Value: localTime(r.Plan.AsOf, r.Plan.Zone)},
		{Name: "burn-in", Value: fmt.Sprintf("%d days", r.BurnIn)},
		{Name: "events that make no visit", Value: strings.Join(r.background(), ", ")},
		{Name: "event parameters added up", Value: cmp.Or(strings.Join(r.Choice.Params, ", "), "none")},
		{Name: "families", Value: strings.Join(inOrder(r.Families), ", ")},
		{Name: "folds", Value: fmt.Sprint(r.Folds)},
		{Name: "share of the newest users that judge", Value: fmt.Sprint(r.TestShare)},
		{Name: "bootstrap resamples", Value: fmt.Sprint(r.Resamples)},
		{Name: "people for adjusted effects, at most", Value: fmt.Sprint(r.MomentSample)},
		{Name: "threshold", Value: r.Options.Threshold.Sentence()},
		{Name: "budget of the search", Value: fmt.Sprintf("%v seconds of a nominal machine", r.Budget)},
		{Name: "replicas", Value: fmt.Sprint(r.Replicas)},
		{Name: "model for early scores", Value: yesNo(r.Options.Early && r.Engine == "")},
		{Name: "monotone features", Value: cmp.Or(monotoneWords(r.Monotone), "none")},
		{Name: "features that may act together", Value: cmp.Or(togetherWords(r.Together), "all")},
		{Name: "refuse a rule that does not fit", Value: yesNo(r.Strict)},
		{Name: "publish whatever the gates say", Value: yesNo(r.PublishAnyway)},
	}
	if r.Set != nil {
		value := fmt.Sprintf("%d features, %.12s", len(r.Set.Features), r.Set.Hash())
		settings = append(settings, report.Setting{Name: "feature set", Value: value})
	}
	return settings
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
