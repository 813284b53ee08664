package scorer

import (
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

const (
	// enoughUsers is the number of users from which a version is judged.
	enoughUsers = 100
	// z95 is the normal quantile of a two-sided 95 % interval.
	z95 = 1.959963984540054
	// rounding is how much the log loss of a constant probability may lie beside that of the base rate in floating point.
	rounding = 1e-9
)

// judge measures the version's users, of whom there is at least one, and compares the figures with its training's.
func judge(o *outcomes, m model.Manifest) truth.Version {
	v := truth.Version{Version: m.Version, Users: len(o.p), Status: truth.Few}
	trainedAs(&v, m)
	if v.Users < truth.SmallestCell {
		return v
	}
	v.From, v.To = slices.Min(o.day0), slices.Max(o.day0)
	v.PredictedRate = figure(mean(o.p))
	s := metrics.Evaluate(o.p, o.y, metrics.Options{Resamples: -1})
	if s.Positives < truth.SmallestCell || s.Rows-s.Positives < truth.SmallestCell {
		return v
	}
	v.Positives = &s.Positives
	half := z95 * metrics.AUCError(o.p, o.y)
	v.AUC, v.AUCLow, v.AUCHigh = figure(s.AUC.Value), figure(max(0, s.AUC.Value-half)), figure(min(1, s.AUC.Value+half))
	v.LogLoss, v.ECE, v.BaseRate = figure(s.LogLoss.Value), figure(s.ECE.Value), figure(s.BaseRate)
	switch {
	case v.Users < enoughUsers:
	case worse(v):
		v.Status = truth.Alarm
	default:
		v.Status = truth.OK
	}
	return v
}

// trainedAs takes over what the manifest says of the chosen model.
func trainedAs(v *truth.Version, m model.Manifest) {
	s, ok := m.Metrics["model"]
	if !ok {
		return
	}
	v.TrainingAUC, v.TrainingAUCLow, v.TrainingAUCHigh = figure(s.AUC.Value), figure(s.AUC.Low), figure(s.AUC.High)
	v.TrainingLogLoss, v.TrainingECE = figure(s.LogLoss.Value), figure(s.ECE.Value)
}

// worse is true where the figures, which must be there, tell that the model does not do what it did in training, or does harm.
func worse(v truth.Version) bool {
	if v.TrainingAUCLow != nil && *v.AUCHigh < *v.TrainingAUCLow {
		return true
	}
	return *v.LogLoss > entropy(*v.BaseRate)+rounding
}

// entropy is the log loss of telling everybody the base rate, which lies between 0 and 1 exclusive.
func entropy(rate float64) float64 { return -rate*math.Log(rate) - (1-rate)*math.Log1p(-rate) }

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// figure is nil for a number that there is not.
func figure(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
