package trainer

import (
	"errors"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Names of what can refuse a run. Reports of earlier runs and other programs know them.
const (
	fitName      = "the rule fits the app"
	learnName    = "enough users to learn from and to judge by"
	leakageName  = "leakage"
	familyName   = "some family can be fitted"
	versionsName = "versions answer the same question"
	skillName    = "tells users apart"
	rateName     = "better than the base rate"
	logisticName = "no worse than logistic regression"
	visitsName   = "no worse than visit days alone"
	stableName   = "stable over cohorts"
	sizeName     = "enough users to trust"
	// probeName names the gate whose failure is leakage, which nothing overrules.
	probeName = "learns nothing from shuffled labels"
	// championName has the version behind it.
	championName = "no worse than the published model "
)

// gateWords says a gate's name.
func gateWords(name string) phrase.Phrase {
	if version, ok := strings.CutPrefix(name, championName); ok {
		return phrase.Of(championName+"%s", version)
	}
	for _, known := range []phrase.Phrase{
		phrase.Of(fitName), phrase.Of(learnName), phrase.Of(leakageName), phrase.Of(familyName), phrase.Of(versionsName), phrase.Of(skillName),
		phrase.Of(rateName), phrase.Of(logisticName), phrase.Of(visitsName), phrase.Of(stableName), phrase.Of(sizeName), phrase.Of(probeName),
	} {
		if known.Format == name {
			return known
		}
	}
	return phrase.Name(name)
}

// Why users wait for their label.
const (
	weekOpen   = "the first week is still open"
	windowOpen = "the label window is still open"
)

// exclusionWords says why users are in no table.
func exclusionWords(reason string) phrase.Phrase {
	switch reason {
	case weekOpen:
		return phrase.Of(weekOpen)
	case windowOpen:
		return phrase.Of(windowOpen)
	}
	return model.ExclusionWords(reason)
}

// errOneDay is the error of learning users none of whom is older than the others.
var errOneDay = saidError{phrase.Of("all learning users came on one day; load more days")}

// saidError is an error that can be said in any language.
type saidError struct{ says phrase.Phrase }

// Error is the sentence in English.
func (e saidError) Error() string { return e.says.String() }

// Says is the sentence.
func (e saidError) Says() phrase.Phrase { return e.says }

// failure says an error: in any language where it is one that data alone can bring about, else in the English of the library that
// made it.
func failure(err error) phrase.Phrase {
	var known interface{ Says() phrase.Phrase }
	switch {
	case errors.As(err, &known):
		return known.Says()
	case errors.Is(err, model.ErrOneClass):
		return before(err, model.ErrOneClass, phrase.Of("there is nothing to learn: all labels are the same"))
	case errors.Is(err, model.ErrEmpty):
		return before(err, model.ErrEmpty, phrase.Of("there is nothing to fit: the table has no rows or no columns"))
	}
	return phrase.Name(err.Error())
}

// before keeps what callers put before the words of an error.
func before(err, inner error, says phrase.Phrase) phrase.Phrase {
	if place, ok := strings.CutSuffix(err.Error(), ": "+inner.Error()); ok {
		return phrase.Of("%s: %s", place, says)
	}
	return says
}

// clause is a whole sentence as a part of another one.
func clause(p phrase.Phrase) string {
	said := strings.TrimSuffix(p.String(), ".")
	if said == "" {
		return ""
	}
	return strings.ToLower(said[:1]) + said[1:]
}

// ruleWords says the rule as its String does.
func ruleWords(l features.Label) phrase.Phrase {
	if l.Unit == features.VisitSessions {
		return phrase.Of("at least %d sessions in days %d to %d", l.Visits, l.Gap, l.LastDay())
	}
	return phrase.Of("at least %d visit days in days %d to %d", l.Visits, l.Gap, l.LastDay())
}

// labelWords completes "revisiting means".
func labelWords(l features.Label) phrase.Phrase {
	what := phrase.Of("visits on at least %d days", l.Visits)
	switch {
	case l.Unit == features.VisitSessions && l.Visits == 1:
		what = phrase.Of("at least 1 session")
	case l.Unit == features.VisitSessions:
		what = phrase.Of("at least %d sessions", l.Visits)
	case l.Visits == 1:
		what = phrase.Of("a visit on at least 1 day")
	}
	return phrase.Of("%s in days %d to %d, where day 0 is the day of the first visit", what, l.Gap, l.LastDay())
}
