package report

import "github.com/Koalajuni/Calback-Data-ML/internal/phrase"

// Kinds of rows in the table of models.
const (
	// Baseline needs no training, or next to none: the base rate, the number of visit days.
	Baseline = "baseline"
	// Family is a trained model.
	Family = "family"
	// BestPossible is the score by the true probabilities, which only a simulation knows.
	BestPossible = "best_possible"
)

// Quality is how well the models foretell revisits, on the newest people.
type Quality struct {
	// Skipped says why there is no model, as a clause after "No model was trained:"; empty when there is one.
	Skipped phrase.Phrase `json:"skipped"`
	// Rows and Revisiting are the test rows that all figures here are measured on.
	Rows       int     `json:"rows"`
	Revisiting int     `json:"revisiting"`
	Models     []Model `json:"models"`
	// Gain is the AUC of the chosen model less that of the visit-days baseline on the same rows, with its paired interval.
	// Where it is not known (zero, or Low NaN) the two intervals are compared instead.
	Gain Interval `json:"gain"`
	// Calibration are bins of the chosen model's probabilities, lowest first; Deciles tenths of the rows, highest first.
	Calibration []Bin    `json:"calibration"`
	Deciles     []Decile `json:"deciles"`
	// CalibrationKind is "none", "platt", "beta" or "isotonic". At Threshold and above the answer is yes.
	CalibrationKind string `json:"calibration_kind"`
	// Why says why this model was chosen, Caveat what the split into learning and judging people could not hold to; either may be
	// empty. Gates are the conditions of publishing.
	Why       phrase.Phrase `json:"why"`
	Caveat    phrase.Phrase `json:"caveat"`
	Gates     []Gate        `json:"gates"`
	Threshold Number        `json:"threshold"`
	// ThresholdRule says in words how the threshold was chosen.
	ThresholdRule phrase.Phrase `json:"threshold_rule"`
	// ECEFloor is the ECE that exact probabilities would have on as many people: the mean, and the range that holds 95 %.
	ECEFloor Interval `json:"ece_floor"`
	// Trials are the candidates of the search for parameters, Calibrations the ways to calibrate the chosen model.
	Trials       []Trial            `json:"trials"`
	Calibrations []CalibrationTrial `json:"calibrations"`
	Drift        Drift              `json:"drift"`
	// Early is without days where no such model was fitted.
	Early Early `json:"early"`
}

// Gate is one condition of publishing.
type Gate struct {
	Name   phrase.Phrase `json:"name"`
	Passed bool          `json:"passed"`
	Detail phrase.Phrase `json:"detail"`
}

// Model is one row of the table of models, measured on the test rows.
type Model struct {
	// Name is as in the settings: "logit", "gbdt"; for baselines words: "visit days alone".
	Name string `json:"name"`
	// Kind is Baseline, Family or BestPossible. The visit-days baseline also has VisitDays set.
	Kind      string `json:"kind"`
	VisitDays bool   `json:"visit_days"`
	Chosen    bool   `json:"chosen"`
	// LogLoss is in nats. LiftTop10 is the lift of the highest tenth.
	AUC       Interval `json:"auc"`
	PRAUC     Interval `json:"pr_auc"`
	LogLoss   Interval `json:"log_loss"`
	Brier     Interval `json:"brier"`
	ECE       Interval `json:"ece"`
	LiftTop10 Interval `json:"lift_top10"`
	// Seconds is the time of fitting, NaN where nothing is fitted.
	Seconds Number `json:"seconds"`
	// Note says what a reader must know of this row alone, such as that it was fitted on a part of the rows.
	Note phrase.Phrase `json:"note"`
}

// Bin is the rows with calibrated probabilities from From to To.
type Bin struct {
	Rows      int    `json:"rows"`
	Positives int    `json:"positives"`
	From      Number `json:"from"`
	To        Number `json:"to"`
	// Predicted is the mean probability.
	Predicted Number `json:"predicted"`
	// Observed is set by the package: the share of positives with its 95 % interval after Wilson.
	Observed Interval `json:"observed"`
}

// Decile is one tenth of the rows by falling probability. Rows and Positives are not whole where ties are shared out.
type Decile struct {
	Rows      Number `json:"rows"`
	Positives Number `json:"positives"`
	// Rate is the share of positives, Lift that share over the share in all rows, Reached the share of all positives in this
	// tenth and those above it.
	Rate    Number `json:"rate"`
	Lift    Number `json:"lift"`
	Reached Number `json:"reached"`
}

// Matters is what the chosen model looks at.
type Matters struct {
	// Importance is the fall in AUC when a feature, or a group of correlated ones, is shuffled; largest first.
	Importance []Importance `json:"importance"`
	// Effects are the mean absolute SHAP values, largest first.
	Effects []Effect `json:"effects"`
	// Odds are the odds ratios of the logistic regression.
	Odds []Odds `json:"odds_ratios"`
	// Dependence are the strongest features, Reasons what sets most people apart from the average, in sentences.
	Dependence []Dependence `json:"dependence"`
	Reasons    []Reason     `json:"reasons"`
	// Rows is how many test rows Importance is measured on, EffectRows how many Effects are.
	Rows       int `json:"rows"`
	EffectRows int `json:"effect_rows"`
}

// Importance is the permutation importance of a feature or a group of features.
type Importance struct {
	// Name is the column, Label names it in a few words for the pictures; empty is the column.
	Name  string        `json:"name"`
	Label phrase.Phrase `json:"label"`
	// Meaning is the feature's one-sentence meaning.
	Meaning phrase.Phrase `json:"meaning"`
	// Members are the columns of a group that hang together and are shuffled as one; empty for a column alone.
	Members []string `json:"members"`
	AUC     Interval `json:"auc"`
	// Null is what labels in random order give: the mean and the band that holds 95 % of them.
	Null Interval `json:"null"`
	// Clear tells that AUC's interval lies above 0 and above the band.
	Clear bool `json:"clear"`
}

// Effect is the size of a feature's contributions to the score.
type Effect struct {
	Name    string        `json:"name"`
	Label   phrase.Phrase `json:"label"`
	Meaning phrase.Phrase `json:"meaning"`
	// Size is the mean absolute SHAP value in log-odds.
	Size Interval `json:"size"`
	// Direction is from -1 (more of it lowers the score) to 1 (more of it raises it); NaN or 0 where there is none.
	Direction Number `json:"direction"`
	// Never is the mean contribution where the action was never done, for a feature that times an action; NaN for all others.
	Never Number `json:"never"`
}

// Odds is by how much a term multiplies the odds of revisiting with the other terms held equal.
type Odds struct {
	Name    phrase.Phrase `json:"name"`
	Meaning phrase.Phrase `json:"meaning"`
	// Per is the step that the ratio belongs to, such as "1 SD".
	Per   phrase.Phrase `json:"per"`
	Ratio Interval      `json:"ratio"`
}

// Rule is one leakage rule and what it found.
type Rule struct {
	// Rule is the rule's name, Checks what it looks for in one sentence.
	Rule   string        `json:"rule"`
	Checks phrase.Phrase `json:"checks"`
	Failed bool          `json:"failed"`
	Detail phrase.Phrase `json:"detail"`
}
