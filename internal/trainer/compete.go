package trainer

import (
	"context"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/forest"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/golearn"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Decoders read every payload that a family can publish.
func Decoders() map[string]model.Decoder {
	return map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode}
}

// newClassifier makes a family with its documented defaults.
func newClassifier(family string, seed uint64) (model.Classifier, error) {
	switch family {
	case "logit":
		return logit.New(logit.Defaults()), nil
	case "gbdt":
		p := gbdt.Defaults()
		p.Seed = seed
		return gbdt.New(p), nil
	case "forest":
		p := forest.Defaults()
		p.Seed = seed
		return forest.New(p), nil
	case "bayes":
		return golearn.NewBayes(golearn.BayesDefaults()), nil
	case "rules":
		return golearn.NewRules(golearn.RulesDefaults()), nil
	}
	return nil, fmt.Errorf("family %q is unknown; the families are %v", family, AllFamilies)
}

// Entrant is one family in the competition.
type Entrant struct {
	Family string
	// Failed says why the family could not be fitted, "" where it could.
	Failed string
	// FoldRows, FoldScores and FoldY are the pooled out-of-time scores on the folds, the rows in the order of time.
	FoldRows   []int
	FoldScores []float64
	FoldY      []bool
	// Calibration was fitted on the fold scores, LogLoss is of the calibrated fold scores: the figure that chooses.
	Calibration calibrate.Map
	LogLoss     float64
	// Predictor was fitted on all learning users. It is nil for a family that failed, and for one that lives in BigQuery.
	Predictor model.Predictor
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

// compete fits a family on every fold and then on all learning users.
func compete(ctx context.Context, o Options, family string, t *Table, s model.Split, folds []model.Split) (Entrant, error) {
	e := Entrant{Family: family, LogLoss: math.Inf(1)}
	start := o.Now()
	classifier, err := newClassifier(family, o.Seed)
	if err != nil {
		return e, err
	}
	for _, fold := range folds {
		p, err := classifier.Fit(ctx, t.Data(fold.Train))
		if err != nil {
			return e.lost(ctx, err)
		}
		held := t.Data(fold.Test)
		e.FoldRows = append(e.FoldRows, fold.Test...)
		e.FoldScores = append(e.FoldScores, model.Scores(p, held.X)...)
		e.FoldY = append(e.FoldY, held.Y...)
	}
	e.Calibration = calibrate.Fit(e.FoldScores, e.FoldY)
	e.LogLoss = metrics.LogLoss(e.foldProbabilities(), e.FoldY)
	if e.Predictor, err = classifier.Fit(ctx, t.Data(s.Train)); err != nil {
		return e.lost(ctx, err)
	}
	e.Seconds = o.Now().Sub(start).Seconds()
	e.TestP = e.probabilities(model.Scores(e.Predictor, t.X.Take(s.Test)))
	e.Test = metrics.Evaluate(e.TestP, t.Data(s.Test).Y, o.bootstrap())
	return e, nil
}

// lost keeps a family that failed out of the competition without ending the run, unless the run itself was stopped.
func (e Entrant) lost(ctx context.Context, err error) (Entrant, error) {
	if ctx.Err() != nil {
		return e, ctx.Err()
	}
	e.Failed, e.LogLoss, e.Predictor = err.Error(), math.Inf(1), nil
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

// choose takes the family with the least log loss on the time-ordered folds; of equals the simpler one, which comes first.
func choose(entrants []Entrant) (best int, why string, err error) {
	best = -1
	for i, e := range entrants {
		if e.fitted() && (best < 0 || e.LogLoss < entrants[best].LogLoss) {
			best = i
		}
	}
	if best < 0 {
		return 0, "", fmt.Errorf("no family could be fitted: %s", entrants[0].Failed)
	}
	return best, fmt.Sprintf("%s: the least log loss on the older users' folds (%.4f)", entrants[best].Family, entrants[best].LogLoss), nil
}

// breakEven is the threshold at which as many users are said to revisit as do, so that precision equals recall.
func breakEven(p []float64, y []bool) float64 {
	positives := 0
	for _, v := range y {
		if v {
			positives++
		}
	}
	sorted := sortedDescending(p)
	if positives == 0 || positives >= len(sorted) {
		return 0.5
	}
	return (sorted[positives-1] + sorted[positives]) / 2
}
