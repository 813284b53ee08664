package moments

import (
	"errors"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Input is the labelled people and what they did, all in one order.
type Input struct {
	// Actions are the app's own events, those with most people first; Counts are as Read gives them.
	Actions []string
	Counts  [][]uint8
	// Y tells who revisits, Visits how often they came in the label window; without Visits there is no look at other lines.
	Y      []bool
	Visits []int
	// Day0 is the day of the first visit in days since 1970-01-01, VisitDays the days with a visit in the first week.
	Day0, VisitDays []int
	// X is what people are compared alike in, as Confounders gives it.
	X *model.Matrix
	// PerWeek is how many new people come in a week, Line how many visits the rule asks for.
	PerWeek float64
	Line    int
	// Labels are what readers call the actions; an action without one goes by its name.
	Labels map[string]phrase.Phrase
}

// Options bound the search. The zero value is not valid: start from Defaults.
type Options struct {
	// Times and Days are the thresholds tried, ascending: an action done at least so often by the end of the day.
	Times, Days []int
	// MinUsers is how many people must have done it, and how many not, for a threshold to be tried.
	MinUsers int
	// MostTreatments is how many thresholds get an adjusted effect, Sample on how many people at most.
	MostTreatments, Sample int
	// Nudged is the share of the people who do not do it by themselves whom an experiment is taken to bring to do it.
	Nudged float64
	// Causal are the options of the adjusted effects and their verdicts.
	Causal causal.Options
}

// Defaults are the documented defaults.
func Defaults() Options {
	return Options{
		Times: []int{1, 2, 3, 5, 10}, Days: []int{0, 2, 6}, MinUsers: 30, MostTreatments: 40, Sample: 20_000, Nudged: 0.2,
		Causal: causal.Defaults(),
	}
}

// Result is what was found.
type Result struct {
	// Users are the people looked at, of whom Revisiting revisit; the adjusted effects are of Sampled of them.
	Users, Revisiting, Sampled int
	// Tried is how many thresholds were given an adjusted effect, over all of which the share of false discoveries is held to FDR.
	Tried int
	FDR   float64
	// List has one moment an action: the causes, then the signs, then the unclear, each by the size of their effect.
	List []Moment
	// Lines are the moments under other lines than the rule's.
	Lines []Line
	// Adjusted names what people were compared alike in; Notes are whole sentences.
	Adjusted, Notes []phrase.Phrase
}

// Moment is an action at the threshold shown for it.
type Moment struct {
	Action string
	Label  phrase.Phrase
	Figures
	// Stability are the differences by weeks of the first visit, oldest first; Stable tells that they agree within chance.
	Stability []Cohort
	Stable    bool
	// Verdict is causal.Cause, Sign or Unclear; Why are its reasons.
	Verdict string
	Why     []phrase.Phrase
	// Experiment is nil where none would settle it within a year, or there is nothing to gain.
	Experiment *Experiment
	// Tried are all thresholds tried, the one shown included.
	Tried []Figures
}

// Figures are those of an action done at least Times times by the end of day Day. What is not known is NaN.
type Figures struct {
	Times, Day int
	Chosen     bool
	// Users did it, of whom Revisiting revisit.
	Users, Revisiting int
	// Reach is the share who did it, With and Without the shares who revisit among them and the others, NPV the share of the others who do
	// not revisit, Sensitivity the share of the revisiting who did it.
	Reach, With, Without, NPV, Sensitivity metrics.Interval
	// Lift is With over Without, Difference With less Without, HeldEqual that among people with as many visit days.
	Lift, Difference, HeldEqual metrics.Interval
	// Adjusted is the effect among people alike in all that is known; the figures below belong to it, as in causal.Estimate.
	Adjusted                            metrics.Interval
	P, Q                                float64
	Overlap, Balance, EValue, EValueLow float64
}

// Cohort is the difference among the people whose first day lies in the weeks From to To, both Mondays, YYYY-MM-DD.
type Cohort struct {
	From, To   string
	Users      int
	Difference metrics.Interval
}

// Experiment is the test that would confirm a moment: half of the new people are brought to do it.
type Experiment struct {
	// Baseline is the share who revisit today, Effect how much it changes if the share Nudged of the others is brought to do it.
	Baseline, Effect, Nudged float64
	// PerArm are the people needed in each half, PerWeek those who come, Weeks how long it takes until the answers are known.
	PerArm         int
	PerWeek, Weeks float64
}

// Line is the answer if revisiting meant at least Visits visits.
type Line struct {
	Visits            int
	Chosen            bool
	Users, Revisiting int
	BaseRate          metrics.Interval
	// Actions are the moments, in the order of the list.
	Actions []LineAction
}

// LineAction is one moment under another line.
type LineAction struct {
	Action    string
	Label     phrase.Phrase
	HeldEqual metrics.Interval
}

func (in Input) check() error {
	users := len(in.Y)
	if len(in.Counts) != len(in.Actions) {
		return fmt.Errorf("there are counts of %d actions for %d", len(in.Counts), len(in.Actions))
	}
	for k, c := range in.Counts {
		if len(c) != users*days {
			return fmt.Errorf("action %s has %d counts for %d people of %d days", in.Actions[k], len(c), users, days)
		}
	}
	if len(in.Day0) != users || len(in.VisitDays) != users {
		return fmt.Errorf("there are first days of %d people and visit days of %d for %d", len(in.Day0), len(in.VisitDays), users)
	}
	if in.Visits != nil && len(in.Visits) != users {
		return fmt.Errorf("there are visits of %d people for %d", len(in.Visits), users)
	}
	if in.X != nil && len(in.X.Columns) > 0 && in.X.Rows() != users {
		return fmt.Errorf("the table of what is held equal has %d rows for %d people", in.X.Rows(), users)
	}
	return nil
}

func (o Options) check() error {
	if !ascend(o.Times, 1, most) {
		return fmt.Errorf("times are %v; they must ascend within 1 to %d", o.Times, most)
	}
	if !ascend(o.Days, 0, days-1) {
		return fmt.Errorf("days are %v; they must ascend within 0 to %d", o.Days, days-1)
	}
	if o.MinUsers < smallest {
		return fmt.Errorf("the least number of people is %d; nothing is told of fewer than %d", o.MinUsers, smallest)
	}
	if o.MostTreatments < 1 || o.Sample < 1 {
		return errors.New("adjusted effects need at least one threshold and one person")
	}
	if !(o.Nudged > 0 && o.Nudged <= 1) {
		return fmt.Errorf("nudged is %v; it must be above 0 and at most 1", o.Nudged)
	}
	return nil
}

func ascend(list []int, low, high int) bool {
	for k, v := range list {
		if v < low || v > high || k > 0 && v <= list[k-1] {
			return false
		}
	}
	return len(list) > 0
}
