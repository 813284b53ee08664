package model

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
)

// Replicas are refits of a model on its users drawn again with replacement. How far they scatter tells how much of a score hangs on which
// users happened to be there to learn from. They are safe for concurrent use. Package sure fits them.
type Replicas struct {
	// Doubt is that in the calibration which the intervals go through. The zero Doubt takes it as known.
	Doubt   calibrate.Doubt
	members []Predictor
	// reach is how many standard deviations of the replicas' scores an interval reaches to either side.
	reach float64
}

// NewReplicas takes the refits, of which there must be two or more.
func NewReplicas(members []Predictor) (*Replicas, error) {
	if len(members) < fewestReplicas || len(members) > mostReplicas {
		return nil, replicaCountError(len(members))
	}
	return &Replicas{members: members, reach: studentQuantile95(len(members) - 1)}, nil
}

// Members are the refits; they must not be changed.
func (r *Replicas) Members() []Predictor { return r.members }

// Interval is where the probability of a row lies with 90 % confidence: score is the model's own for the row and m its calibration. The
// scatter of the log-odds is taken as normal around the model's own score, with Student's quantile for the number of replicas, and the
// ends go through m; the doubt in m comes on top, as independent of it. low <= m.Probability(score) <= high. It covers the chance in who
// was learnt from. It does not cover what the family cannot express, nor an app that changes.
func (r *Replicas) Interval(row []float32, score float64, m calibrate.Map) (low, high float64) {
	half := r.reach * r.Scatter(row)
	if !(half < widest) {
		half = widest
	}
	low, high = m.Probability(score-half), m.Probability(score+half)
	doubt := normalQuantile95 * r.Doubt.At(score)
	if !(doubt > 0) {
		return low, high
	}
	at := logOdds(m.Probability(score))
	below, above := math.Hypot(at-logOdds(low), doubt), math.Hypot(logOdds(high)-at, doubt)
	return min(low, Sigmoid(at-below)), max(high, Sigmoid(at+above))
}

func logOdds(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// widest bounds how far an interval reaches, so that replicas of infinite scores leave it wide and not undefined.
const widest = 1e300

// Scatter is the standard deviation of the replicas' scores of a row, in log-odds.
func (r *Replicas) Scatter(row []float32) float64 {
	var mean, squares float64
	for k, p := range r.members {
		s := p.Score(row)
		d := s - mean
		mean += d / float64(k+1)
		squares += d * (s - mean)
	}
	return math.Sqrt(squares / float64(len(r.members)-1))
}
