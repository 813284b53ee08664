package trainer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
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
		{Name: "model", Value: phrase.Name(r.Name)},
		{Name: "revisit rule", Value: ruleWords(r.Label)},
		{Name: "time zone", Value: phrase.Name(r.Plan.Zone)},
		{Name: "as of", Value: phrase.Name(localTime(r.Plan.AsOf, r.Plan.Zone))},
		{Name: "burn-in", Value: phrase.Of("%d days", r.BurnIn)},
		{Name: "events that make no visit", Value: phrase.Name(strings.Join(r.background(), ", "))},
		{Name: "event parameters added up", Value: nameOr(strings.Join(r.Choice.Params, ", "), phrase.Of("none"))},
		{Name: "families", Value: phrase.Name(strings.Join(inOrder(r.Families), ", "))},
		{Name: "folds", Value: phrase.Name(fmt.Sprint(r.Folds))},
		{Name: "share of the newest users that judge", Value: phrase.Name(fmt.Sprint(r.TestShare))},
		{Name: "bootstrap resamples", Value: phrase.Name(fmt.Sprint(r.Resamples))},
		{Name: "people for adjusted effects, at most", Value: phrase.Name(fmt.Sprint(r.MomentSample))},
		{Name: "threshold", Value: r.Options.Threshold.Sentence()},
		{Name: "budget of the search", Value: phrase.Of("%v seconds of a nominal machine", r.Budget)},
		{Name: "replicas", Value: phrase.Name(fmt.Sprint(r.Replicas))},
		{Name: "model for early scores", Value: yesNo(r.Options.Early && r.Engine == "")},
		{Name: "monotone features", Value: nameOr(monotoneWords(r.Monotone), phrase.Of("none"))},
		{Name: "features that may act together", Value: nameOr(togetherWords(r.Together), phrase.Of("all"))},
		{Name: "refuse a rule that does not fit", Value: yesNo(r.Strict)},
		{Name: "publish whatever the gates say", Value: yesNo(r.PublishAnyway)},
	}
	if r.Set != nil {
		value := phrase.Of("%d features, %.12s", len(r.Set.Features), r.Set.Hash())
		settings = append(settings, report.Setting{Name: "feature set", Value: value})
	}
	return settings
}

// nameOr is a list of names, or what an empty one means.
func nameOr(names string, none phrase.Phrase) phrase.Phrase {
	if names == "" {
		return none
	}
	return phrase.Name(names)
}

func yesNo(b bool) phrase.Phrase {
	if b {
		return phrase.Of("yes")
	}
	return phrase.Of("no")
}
