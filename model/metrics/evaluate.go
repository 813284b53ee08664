package metrics

import (
	"encoding/json"
	"fmt"
	"math"
)

// Interval is a value with its 95 % interval. Low and High are NaN where none is known.
type Interval struct {
	Value, Low, High float64
}

// MarshalJSON writes value, low and high, NaN as null.
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireInterval{nullable(i.Value), nullable(i.Low), nullable(i.High)})
}

// UnmarshalJSON reads what MarshalJSON wrote; null and absent are NaN.
func (i *Interval) UnmarshalJSON(data []byte) error {
	var w wireInterval
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("interval: %w", err)
	}
	*i = Interval{number(w.Value), number(w.Low), number(w.High)}
	return nil
}

// String writes the value and its interval to 4 digits.
func (i Interval) String() string { return fmt.Sprintf("%.4f (%.4f to %.4f)", i.Value, i.Low, i.High) }

type wireInterval struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

func nullable(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// Summary is the quality of probabilities on labelled rows.
type Summary struct {
	Rows      int `json:"rows"`
	Positives int `json:"positives"`
	// BaseRate is the (weighted) share of positives.
	BaseRate float64  `json:"base_rate"`
	AUC      Interval `json:"auc"`
	PRAUC    Interval `json:"pr_auc"`
	LogLoss  Interval `json:"log_loss"`
	Brier    Interval `json:"brier"`
	// ECE is in 10 bins of equal size.
	ECE Interval `json:"ece"`
	// LiftTop10 is the lift of the tenth of rows with the highest probabilities.
	LiftTop10 Interval `json:"lift_top10"`
	// Deciles are counted without weights.
	Deciles []Decile `json:"deciles"`
}

// Options steer the bootstrap.
type Options struct {
	// Resamples is the number of bootstrap samples: 0 means 1000, negative none, which leaves the intervals NaN. Above 200,000
	// rows, where intervals are narrow, fewer are drawn in proportion, though at least 200.
	Resamples int
	// Seed makes the intervals reproducible; it is the same for any number of processors.
	Seed uint64
	// Weights weigh the rows; nil means 1 each.
	Weights []float64
}

// Defaults are the options that Evaluate uses where a field is zero.
func Defaults() Options { return Options{Resamples: 1000} }

// Evaluate measures the probabilities p against the labels, each figure with its 95 % percentile bootstrap interval over rows.
// All figures share the resamples. Resamples of one class are left out; intervals are NaN when fewer than half remain.
// Reference: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
func Evaluate(p []float64, y []bool, opt Options) Summary {
	r := newRanking(p, y, opt.Weights)
	point := r.measure(nil)
	draws := resample(len(p), opt, func(w []float64) figures { return r.measure(r.weigh(w)) })
	s := Summary{Rows: len(p), BaseRate: baseRate(y, opt.Weights), Deciles: Lift(p, y, 10)}
	for _, v := range y {
		if v {
			s.Positives++
		}
	}
	s.AUC = interval(point, draws, func(f figures) float64 { return f.auc })
	s.PRAUC = interval(point, draws, func(f figures) float64 { return f.prauc })
	s.LogLoss = interval(point, draws, func(f figures) float64 { return f.logLoss })
	s.Brier = interval(point, draws, func(f figures) float64 { return f.brier })
	s.ECE = interval(point, draws, func(f figures) float64 { return f.ece })
	s.LiftTop10 = interval(point, draws, func(f figures) float64 { return f.lift })
	return s
}

// Difference is how much one set of probabilities differs from another on the same rows.
type Difference struct {
	AUC     Interval `json:"auc"`
	LogLoss Interval `json:"log_loss"`
}

// PairedDifference measures AUC and log loss of a minus those of b on the same rows. Both see the same resamples, so that what
// the rows have in common cancels and the interval is that of the difference. A better a has AUC > 0 and LogLoss < 0.
func PairedDifference(a, b []float64, y []bool, opt Options) Difference {
	return MeanDifference(a, [][]float64{b}, y, opt)
}

// MeanDifference is PairedDifference against the mean figures of several others, of which there must be one at least.
func MeanDifference(a []float64, others [][]float64, y []bool, opt Options) Difference {
	first := newRanking(a, y, opt.Weights)
	rest := make([]*ranking, len(others))
	for k, b := range others {
		rest[k] = newRanking(b, y, opt.Weights)
	}
	difference := func(measure func(*ranking) figures) figures {
		// Each difference apart, so that equal figures leave exactly 0.
		var out figures
		a, share := measure(first), 1/float64(len(rest))
		for _, r := range rest {
			b := measure(r)
			out.auc += share * (a.auc - b.auc)
			out.logLoss += share * (a.logLoss - b.logLoss)
		}
		return out
	}
	draws := resample(len(a), opt, func(w []float64) figures {
		return difference(func(r *ranking) figures { return r.measure(r.gather(w)) })
	})
	point := difference(func(r *ranking) figures { return r.measure(nil) })
	return Difference{
		AUC:     interval(point, draws, func(f figures) float64 { return f.auc }),
		LogLoss: interval(point, draws, func(f figures) float64 { return f.logLoss }),
	}
}

func baseRate(y []bool, weight []float64) float64 {
	var positive, total float64
	for i, v := range y {
		w := 1.0
		if weight != nil {
			w = weight[i]
		}
		total += w
		if v {
			positive += w
		}
	}
	return positive / total
}
