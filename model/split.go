package model

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// Split is a division of the labelled users by day 0, never at random: those before may be learnt from, those after judge.
// All indices are row numbers of a table ordered by day 0, oldest first.
type Split struct {
	// Train are the older users. With Purged, each one's label window ended before the first test user came.
	Train []int
	// Test are the newest users, untouched until the end.
	Test []int
	// Purged says whether the labels of the training users were complete before the first test user's day 0.
	Purged bool
	// Caveat says in a whole sentence what the split could not hold to; empty where all is well.
	Caveat phrase.Phrase
}

// SplitOptions bounds a split.
type SplitOptions struct {
	// TestShare is the share of the newest users that judge. Defaults to 0.3.
	TestShare float64
	// LastDay is the last day of the label window, 36 by default: a label is known on day 37.
	LastDay int
	// MinPositives is the least number of positives on either side. Defaults to 15.
	MinPositives int
}

// DefaultSplit is the documented defaults.
func DefaultSplit() SplitOptions { return SplitOptions{TestShare: 0.3, LastDay: 36, MinPositives: 15} }

// withDefaults fills in what is 0 and refuses a share that leaves one side nothing.
func (o SplitOptions) withDefaults() (SplitOptions, error) {
	def := DefaultSplit()
	o.TestShare = cmp.Or(o.TestShare, def.TestShare)
	o.LastDay = cmp.Or(o.LastDay, def.LastDay)
	o.MinPositives = cmp.Or(o.MinPositives, def.MinPositives)
	if !(o.TestShare > 0 && o.TestShare < 1) {
		return o, fmt.Errorf("the share of the test users is %v; it must lie between 0 and 1", o.TestShare)
	}
	return o, nil
}

// SplitByDay divides users whose day 0 (days since any epoch, ascending) and labels are given. The newest TestShare judge;
// users of one day are never divided. Where purging leaves too few positives the split keeps all older users, and says so. The
// error says what is missing where even that is too little.
func SplitByDay(day0 []int, y []bool, opt SplitOptions) (Split, error) {
	opt, err := opt.withDefaults()
	switch {
	case err != nil:
	case len(day0) == 0:
		err = errors.New("there are no labelled users")
	case len(y) != len(day0):
		err = fmt.Errorf("there are %d labels for %d users", len(y), len(day0))
	case !slices.IsSorted(day0):
		err = errors.New("the users are not in the order of their day 0")
	}
	if err != nil {
		return Split{}, fmt.Errorf("split by day 0: %w", err)
	}
	s, purged := cutByDay(day0, opt)
	if enough(y, purged, opt.MinPositives) {
		s.Train, s.Purged = purged, true
	} else {
		s.Caveat = phrase.Of("The log is too short to keep the training users' label windows apart from the newest users' first weeks.")
	}
	for _, side := range [][]int{s.Train, s.Test} {
		if !enough(y, side, opt.MinPositives) {
			return s, &TooFew{Test: len(side) > 0 && side[0] == s.Test[0], Users: len(side), Revisited: positives(y, side), Least: opt.MinPositives}
		}
	}
	return s, nil
}

// TooFew is the error of a split that leaves one side too few users of either answer.
type TooFew struct {
	// Test is the side of the newest users, else that of those who may be learnt from.
	Test             bool
	Users, Revisited int
	// Least is how many must have revisited, and how many not.
	Least int
}

// Error is the sentence in English.
func (e *TooFew) Error() string { return e.Says().String() }

// Says is what is missing.
func (e *TooFew) Says() phrase.Phrase {
	if e.Test {
		return phrase.Of("split by day 0: %d of the %d test users revisited; there must be at least %d who did and %d who did not",
			e.Revisited, e.Users, e.Least, e.Least)
	}
	return phrase.Of("split by day 0: %d of the %d training users revisited; there must be at least %d who did and %d who did not",
		e.Revisited, e.Users, e.Least, e.Least)
}

// cutByDay divides at a day. purged are the older users whose label window ended before that day.
func cutByDay(day0 []int, opt SplitOptions) (s Split, purged []int) {
	cut := day0[min(int(float64(len(day0))*(1-opt.TestShare)), len(day0)-1)]
	for i, day := range day0 {
		if day >= cut {
			s.Test = append(s.Test, i)
			continue
		}
		s.Train = append(s.Train, i)
		if day+opt.LastDay < cut {
			purged = append(purged, i)
		}
	}
	return s, purged
}

// Folds are expanding windows over rows in time order: each fold learns from all before its block and judges the block. The first
// 1/(count+1) of the rows is only ever learnt from, and the users of one day are never divided. gap is the number of days by
// which a learning row must precede the first judged one; a fold of which the gap would leave less than a third keeps every
// earlier row, and is not Purged.
func Folds(day0 []int, rows []int, count, gap int) []Split {
	var folds []Split
	for k := 1; k <= count; k++ {
		from, to := dayStart(day0, rows, len(rows)*k/(count+1)), dayStart(day0, rows, len(rows)*(k+1)/(count+1))
		if from == 0 || from == to {
			continue
		}
		fold := Split{Test: rows[from:to], Train: rows[:from]}
		before := 0
		for before < from && day0[rows[before]]+gap < day0[rows[from]] {
			before++
		}
		if 3*before >= from && before > 0 {
			fold.Train, fold.Purged = rows[:before], true
		}
		folds = append(folds, fold)
	}
	return folds
}

// dayStart is the place of the first row of the day on which the row at place i came; beyond the last row it is i.
func dayStart(day0, rows []int, i int) int {
	for i > 0 && i < len(rows) && day0[rows[i-1]] == day0[rows[i]] {
		i--
	}
	return i
}

func positives(y []bool, rows []int) int {
	n := 0
	for _, i := range rows {
		if y[i] {
			n++
		}
	}
	return n
}

func enough(y []bool, rows []int, least int) bool {
	n := positives(y, rows)
	return n >= least && len(rows)-n >= least && len(rows) > 0
}

// LogOdds is the inverse of Sigmoid.
func LogOdds(p float64) float64 { return math.Log(p / (1 - p)) }
