package trainer

import (
	"context"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Decoders read every payload that a family can publish.
func Decoders() map[string]model.Decoder {
	return blend.With(map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode})
}

// Entrant is one family in the competition.
type Entrant struct {
	Family string
	// Params are the parameters that won the family's search, in words.
	Params phrase.Phrase
	// Failed says why the family could not be fitted, empty where it could.
	Failed phrase.Phrase
	// FoldRows, FoldScores and FoldY are the pooled out-of-time scores on the folds, the rows in the order of time.
	FoldRows   []int
	FoldScores []float64
	FoldY      []bool
	// Calibration was fitted on the fold scores; Calibrations are all maps that were tried.
	Calibration  calibrate.Map
	Calibrations []calibrate.Candidate
	// LogLoss is that of the fold scores after a Platt map: the figure that chooses. losses are those of the single rows.
	LogLoss float64
	losses  []float64
	// Predictor was fitted on all learning users. It is nil for a family that failed, and for one that lives in BigQuery.
	Predictor model.Predictor
	// candidates are what Predictor, or each member of its blend, was fitted by.
	candidates []candidate
	// Model names the model in BigQuery that was fitted there, "" for a family that was fitted here.
	Model string
	// Test is measured on the newest users; TestP are their probabilities.
	Test  metrics.Summary
	TestP []float64
	// TestY are the labels that belong to TestP where these come in an order of their own, as from BigQuery; nil elsewhere.
	TestY []bool
	// Seconds is how long fitting took, folds included.
	Seconds float64
}

// compete searches a family's parameters on the folds and fits the winner on all learning users.
func (r *run) compete(ctx context.Context, s *search, family string) (Entrant, error) {
	e := Entrant{Family: family, LogLoss: math.Inf(1)}
	start := r.Now()
	list, err := candidatesOf(r.Options, family, len(r.Split.Train))
	if err != nil {
		return e, err
	}
	// Families share the budget; what one leaves, the next may use.
	s.budget.left += newBudget(r.Budget / float64(len(r.Families))).left
	finalists, trials, failed, err := s.family(ctx, list)
	r.Trials = append(r.Trials, trials...)
	if err != nil {
		return e, err
	}
	if failed != nil {
		return e.lost(ctx, failed)
	}
	e.Params = finalists[0].params
	e.take(r, finalists[0].judged)
	if e.Predictor, err = finalists[0].classifier.Fit(ctx, r.Table.Data(r.Split.Train)); err != nil {
		return e.lost(ctx, err)
	}
	e.candidates = []candidate{finalists[0].candidate}
	e.judge(r)
	if mixed[family] {
		r.finalists = append(r.finalists, finalists[0])
	}
	e.Seconds = r.Now().Sub(start).Seconds()
	return e, nil
}

// take calibrates the entrant on what it scored out of time.
func (e *Entrant) take(r *run, j judged) {
	e.FoldRows, e.FoldScores, e.FoldY, e.losses, e.LogLoss = j.rows, j.scores, j.y, j.losses, mean(j.losses)
	e.Calibration, e.Calibrations = calibrate.Choose(j.scores, j.y, recency(r.Table.Day0, j.rows))
}

// recency weighs rows, in the order of time, by their age: base rates drift, and what came last is likest to what comes next. A row
// that is a third of the rows' span older counts half.
func recency(day0, rows []int) []float64 {
	first, last := day0[rows[0]], day0[rows[len(rows)-1]]
	halfLife := max(float64(last-first)/3, 1)
	weights := make([]float64, len(rows))
	for i, row := range rows {
		weights[i] = math.Exp2(float64(day0[row]-last) / halfLife)
	}
	return weights
}

// judge measures the fitted entrant on the newest users.
func (e *Entrant) judge(r *run) {
	e.TestP = e.probabilities(model.Scores(e.Predictor, r.Table.X.Take(r.Split.Test)))
	e.Test = metrics.Evaluate(e.TestP, r.Table.Data(r.Split.Test).Y, r.bootstrap())
}

// lost keeps a family that failed out of the competition without ending the run, unless the run itself was stopped.
func (e Entrant) lost(ctx context.Context, err error) (Entrant, error) {
	if ctx.Err() != nil {
		return e, ctx.Err()
	}
	e.Failed, e.LogLoss, e.Predictor = failure(err), math.Inf(1), nil
	return e, nil
}

// fitted is false for a family that failed.
func (e *Entrant) fitted() bool { return e.Predictor != nil || e.Model != "" }

func (e *Entrant) probabilities(scores []float64) []float64 {
	p := make([]float64, len(scores))
	for i, s := range scores {
		p[i] = e.Calibration.Probability(s)
	}
	return p
}

func (e *Entrant) foldProbabilities() []float64 { return e.probabilities(e.FoldScores) }

func (o Options) bootstrap() metrics.Options {
	return metrics.Options{Resamples: o.Resamples, Seed: o.Seed}
}

// choose takes the simplest family whose log loss on the time-ordered folds is within one standard error of the least; families come in the
// order of simplicity. The blend comes last, and is chosen only where it is better than that family by more than a standard error, and no
// less calibrated on the folds beyond what chance does. The error is a *Refusal.
func choose(entrants []Entrant) (chosen int, why phrase.Phrase, err error) {
	best := -1
	for i := range entrants {
		e := &entrants[i]
		if e.fitted() && e.Family != blendFamily && (best < 0 || e.LogLoss < entrants[best].LogLoss) {
			best = i
		}
	}
	if best < 0 {
		return 0, why, &Refusal{Gate: familyName, Reason: phrase.Of("no family could be fitted: %s", entrants[0].Failed)}
	}
	chosen = best
	why = phrase.Of("%s: the least log loss on the older users' folds (%.4f)", entrants[best].Family, entrants[best].LogLoss)
	for i := range best {
		e := &entrants[i]
		if doubt := e.doubt(&entrants[best]); e.fitted() && e.LogLoss <= entrants[best].LogLoss+doubt {
			chosen = i
			why = phrase.Of("%s: the simplest whose log loss on the older users' folds (%.4f) is within a standard error (%.4f) of the least (%.4f, %s)",
				e.Family, e.LogLoss, doubt, entrants[best].LogLoss, entrants[best].Family)
			break
		}
	}
	if i := len(entrants) - 1; entrants[i].Family == blendFamily && entrants[i].helps(&entrants[chosen]) {
		why = phrase.Of("blend: its log loss on the older users' folds (%.4f) is less than that of %s (%.4f) by more than a standard error (%.4f)",
			entrants[i].LogLoss, entrants[chosen].Family, entrants[chosen].LogLoss, entrants[i].doubt(&entrants[chosen]))
		chosen = i
	}
	return chosen, why, nil
}

// doubt is the standard error of the difference of two entrants' log losses, 0 where the single rows' losses are not known.
func (e *Entrant) doubt(other *Entrant) float64 {
	if len(e.losses) < 2 || len(e.losses) != len(other.losses) {
		return 0
	}
	_, doubt := paired(e.losses, other.losses)
	return doubt
}

// helps tells whether a blend is worth more than a family alone.
func (e *Entrant) helps(single *Entrant) bool {
	return e.fitted() && e.LogLoss+e.doubt(single) < single.LogLoss && e.foldECE() <= single.foldECE()+e.foldECEFloor()
}

// eceBins is the number of bins of the calibration error, as in metrics.Summary.
const eceBins = 10

func (e *Entrant) foldECE() float64 { return metrics.ECE(e.foldProbabilities(), e.FoldY, eceBins) }

func (e *Entrant) foldECEFloor() float64 { return metrics.ECEFloor(e.foldProbabilities(), 1).High }
