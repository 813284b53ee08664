package model

import (
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// ExclusionWords says why a user is not in the table; a reason that package features does not know stays as it is.
func ExclusionWords(reason string) phrase.Phrase {
	known := []phrase.Phrase{
		phrase.Of(features.OnStaffList), phrase.Of(features.StaffOrDebug), phrase.Of(features.ManyAccounts), phrase.Of(features.Robot),
		phrase.Of(features.NotNewFirstTouch), phrase.Of(features.NotNewBurnIn),
	}
	if at := slices.IndexFunc(known, func(p phrase.Phrase) bool { return p.Format == reason }); at >= 0 {
		return known[at]
	}
	return phrase.Name(reason)
}
