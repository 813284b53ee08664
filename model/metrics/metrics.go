// Package metrics measures how good scores and probabilities are on labelled rows, with bootstrap intervals.
//
// Scores and labels come as slices of one length, one place a row; other lengths are a programmer's error and panic. A figure
// that the rows cannot give, such as the AUC of one class, is NaN, and NaN is null in JSON.
package metrics

import (
	"fmt"
	"math"
)

// clamp is how near to 0 and 1 the log loss lets a probability come, as scikit-learn's log_loss did up to version 1.2.
const clamp = 1e-15

// AUC is the area under the ROC curve: the chance that a random positive scores above a random negative, ties counted half.
// It is NaN where one class is absent. Reference: Hanley and McNeil, Radiology 143 (1982).
func AUC(score []float64, y []bool) float64 {
	return newRanking(score, y, nil).measure(nil).auc
}

// PRAUC is the average precision, the sum over the distinct thresholds of (recall gained) * precision, without interpolation, as
// scikit-learn's average_precision_score. It is NaN where no row is positive.
func PRAUC(score []float64, y []bool) float64 {
	return newRanking(score, y, nil).measure(nil).prauc
}

// LogLoss is the mean negative log-likelihood in nats of the labels under the probabilities p, each clamped to
// [1e-15, 1-1e-15]. It is NaN for no rows.
func LogLoss(p []float64, y []bool) float64 {
	mustMatch(len(p), len(y))
	sum := 0.0
	for i, q := range p {
		sum += logLoss(q, y[i])
	}
	return sum / float64(len(p))
}

// Brier is the mean squared difference between the probabilities p and the labels as 0 and 1. It is NaN for no rows.
func Brier(p []float64, y []bool) float64 {
	mustMatch(len(p), len(y))
	sum := 0.0
	for i, q := range p {
		sum += squared(q, y[i])
	}
	return sum / float64(len(p))
}

func logLoss(p float64, y bool) float64 {
	p = math.Max(clamp, math.Min(1-clamp, p))
	if y {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

func squared(p float64, y bool) float64 {
	if y {
		return (1 - p) * (1 - p)
	}
	return p * p
}

func mustMatch(scores, labels int) {
	if scores != labels {
		panic(fmt.Sprintf("metrics: %d scores for %d labels", scores, labels))
	}
}
