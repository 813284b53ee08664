package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

// Trial is one candidate of the search for parameters, judged on older people who came after those it learnt from.
type Trial struct {
	Family string        `json:"family"`
	Params phrase.Phrase `json:"params"`
	// Rung is how far it came in the halving; 0 was not tried at all, and Skipped says why.
	Rung    int           `json:"rung"`
	Skipped phrase.Phrase `json:"skipped"`
	// LogLoss and AUC are of the folds; Error is the standard error of the log loss's difference to the family's best of the same rung.
	LogLoss Number `json:"log_loss"`
	Error   Number `json:"error"`
	AUC     Number `json:"auc"`
	// AUCError is the standard error of AUC.
	AUCError Number `json:"auc_error"`
	// Kept marks the family's winner.
	Kept bool `json:"kept"`
}

// CalibrationTrial is one way to turn scores into probabilities, judged on rows that it was not fitted on.
type CalibrationTrial struct {
	Kind    string `json:"kind"`
	LogLoss Number `json:"log_loss"`
	// Error is the standard error of the log loss's difference to the best.
	Error  Number `json:"error"`
	ECE    Number `json:"ece"`
	Chosen bool   `json:"chosen"`
}

// Drift is how the chosen model does on newer and newer people.
type Drift struct {
	Cohorts []ScoredCohort `json:"cohorts"`
	// AUC and Gap are the change in four weeks of the AUC, and of the share who revisit less the mean probability; unknown where there are too
	// few cohorts.
	AUC Interval `json:"auc_in_four_weeks"`
	Gap Interval `json:"gap_in_four_weeks"`
	// Warnings are whole sentences on what decays.
	Warnings []phrase.Phrase `json:"warnings"`
}

// ScoredCohort is the test people whose first day lies in the weeks From to To, both Mondays, YYYY-MM-DD.
type ScoredCohort struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Users      int    `json:"users"`
	Revisiting int    `json:"revisiting"`
	// BaseRate is set by the package. Predicted is the mean probability.
	BaseRate  Interval `json:"base_rate"`
	Predicted Number   `json:"predicted"`
	AUC       Interval `json:"auc"`
	LogLoss   Number   `json:"log_loss"`
}

// guardDrift leaves out cohorts of too few people, and fills in the rates.
func guardDrift(d *Drift) {
	d.Cohorts = keep(d.Cohorts, func(c *ScoredCohort) bool {
		c.BaseRate = wilson(c.Revisiting, c.Users)
		return c.Users >= SmallestCell
	})
	if d.AUC == (Interval{}) {
		d.AUC = Unknown()
	}
	if d.Gap == (Interval{}) {
		d.Gap = Unknown()
	}
}

// Early is how the model that scores on any day of the first week does, by the day known, on the newest people.
type Early struct {
	// Name is the model's name in the store. Refused says, as a clause, why it is not published; empty where it is.
	Name    string        `json:"name"`
	Refused phrase.Phrase `json:"refused"`
	Days    []EarlyDay    `json:"days"`
}

// EarlyDay is what is known at the end of a day, 0 to 6: the AUC of the model, and of the number of visit days so far alone.
type EarlyDay struct {
	Day       int      `json:"day"`
	AUC       Interval `json:"auc"`
	VisitDays Interval `json:"visit_days_auc"`
}
