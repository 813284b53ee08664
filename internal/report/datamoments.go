package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

// The three verdicts on a moment.
const (
	// Cause: the adjusted effect is clear of zero after all that was tried, people alike in everything known did and did not do it, and a
	// hidden cause would have to be strong.
	Cause = "cause"
	// Sign: those who did it revisit more, or less, but not once they are compared with people alike.
	Sign = "sign"
	// Unclear: too few people, no people alike, or an interval that leaves both open.
	Unclear = "unclear"
)

// Moments are the actions of the first week that may be why people revisit.
type Moments struct {
	// Users are the labelled people looked at, Sampled those of them the adjusted effects are estimated on; Revisiting is of Users.
	Users      int `json:"users"`
	Revisiting int `json:"revisiting"`
	Sampled    int `json:"sampled"`
	// Tried is how many moments were tried, over all of which the share of false discoveries is held to FDR.
	Tried int    `json:"tried"`
	FDR   Number `json:"fdr"`
	// List has one moment an action, the causes first, then the signs, each by the size of their effect.
	List []Moment `json:"list"`
	// Lines are the same actions under other lines than the rule's.
	Lines []Line `json:"lines"`
	// Adjusted names what people were compared alike in, Notes say what a reader must know; whole sentences.
	Adjusted []phrase.Phrase `json:"adjusted_for"`
	Notes    []phrase.Phrase `json:"notes"`
}

// Moment is an action done at least Times times by the end of day Day (0 to 6), against done less often.
type Moment struct {
	// Action is the event's name, Label what a reader calls it; empty is the name.
	Action string        `json:"action"`
	Label  phrase.Phrase `json:"label"`
	MomentFigures
	// Stability are the differences by weeks of first visit, oldest first; Stable tells that they agree within chance.
	Stability []MomentCohort `json:"stability"`
	Stable    bool           `json:"stable"`
	// Verdict is Cause, Sign or Unclear; Why are its reasons, whole sentences, the weightiest first.
	Verdict string          `json:"verdict"`
	Why     []phrase.Phrase `json:"why"`
	// Experiment is nil where none would settle it within a year.
	Experiment *Experiment `json:"experiment,omitempty"`
	// Tried are all thresholds and days tried for the action, the chosen one included.
	Tried []MomentFigures `json:"tried"`
}

// MomentFigures are the figures of one threshold and day.
type MomentFigures struct {
	Times  int  `json:"times"`
	Day    int  `json:"day"`
	Chosen bool `json:"chosen"`
	// Users did it, Revisiting of them revisit; the others are Moments.Users less these.
	Users      int `json:"users"`
	Revisiting int `json:"revisiting"`
	// Reach is the share who did it; With and Without the shares who revisit (With is the PPV); NPV the share of those who did not do
	// it who do not revisit; Sensitivity the share of the revisiting who did it.
	Reach       Interval `json:"reach"`
	With        Interval `json:"with"`
	Without     Interval `json:"without"`
	NPV         Interval `json:"npv"`
	Sensitivity Interval `json:"sensitivity"`
	// Lift is With over Without; Difference With less Without; HeldEqual the same among people with as many visit days.
	Lift       Interval `json:"lift"`
	Difference Interval `json:"difference"`
	HeldEqual  Interval `json:"difference_visit_days_equal"`
	// Adjusted is the effect among people alike in all that is known, as a difference of shares; unknown where it was not estimated.
	Adjusted Interval `json:"adjusted"`
	// P is of Adjusted against no effect, Q the same after all that was tried (Benjamini and Hochberg).
	P Number `json:"p"`
	Q Number `json:"q"`
	// Overlap is the share of people whose chance of doing it is neither near 0 nor near 1; Balance the largest difference left between
	// those who did and did not, in standard deviations, after weighting.
	Overlap Number `json:"overlap"`
	Balance Number `json:"balance"`
	// EValue is how strong a hidden cause would have to be, as a risk ratio with both doing it and revisiting, to explain Adjusted away,
	// EValueLow to bring its interval to zero.
	EValue    Number `json:"e_value"`
	EValueLow Number `json:"e_value_low"`
}

// MomentCohort is the difference among the people whose first day lies in the weeks From to To, both Mondays, YYYY-MM-DD.
type MomentCohort struct {
	From       string   `json:"from"`
	To         string   `json:"to"`
	Users      int      `json:"users"`
	Difference Interval `json:"difference"`
}

// Experiment is the test that would confirm a moment: half of the new people are brought to do it.
type Experiment struct {
	// Baseline is the share of new people who revisit today, Effect the change of it that is to be found; Nudged the share of the others
	// that the test is taken to bring to do it.
	Baseline Number `json:"baseline"`
	Effect   Number `json:"effect"`
	Nudged   Number `json:"nudged"`
	// PerArm are the people needed in each half at 5 % error and 80 % power, PerWeek how many new people come, Weeks how long that takes,
	// with the time until the answers are known.
	PerArm  int    `json:"per_arm"`
	PerWeek Number `json:"new_per_week"`
	Weeks   Number `json:"weeks"`
}

// Line is the answer if revisiting meant at least Visits visits.
type Line struct {
	Visits int `json:"visits"`
	// Chosen marks the line of this run.
	Chosen     bool     `json:"chosen"`
	Users      int      `json:"users"`
	Revisiting int      `json:"revisiting"`
	BaseRate   Interval `json:"base_rate"`
	// Actions are the moments of the list, in its order, with the difference among people with as many visit days.
	Actions []LineAction `json:"actions"`
}

// LineAction is one moment under another line.
type LineAction struct {
	Action    string        `json:"action"`
	Label     phrase.Phrase `json:"label"`
	HeldEqual Interval      `json:"difference_visit_days_equal"`
}
