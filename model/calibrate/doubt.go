package calibrate

import "math"

// Doubt is how far a calibration fitted on so many rows may be off by chance: the covariance of the slope and the intercept of a
// straight map through the same rows. The zero Doubt is none.
type Doubt struct {
	// Slope and Intercept are variances, Both is the covariance.
	Slope     float64 `json:"slope"`
	Intercept float64 `json:"intercept"`
	Both      float64 `json:"both"`
}

// DoubtOf is the doubt in m, which was fitted on these rows: the inverse of the information that they hold on a slope and an intercept
// (as for Platt) where probabilities are as m says. w weighs the rows, nil all alike. It stands in for the doubt in maps of every kind,
// also in none, whose choice rests on the same rows. Rows that say nothing of the slope, as scores all alike, give doubt in the intercept
// alone; no rows give none.
func DoubtOf(m Map, score []float64, y []bool, w []float64) Doubt {
	mustMatch(len(score), len(y))
	w = ones(w, len(y))
	var total, mean float64
	info := make([]float64, len(score))
	for i, s := range score {
		p := m.Probability(s)
		if info[i] = w[i] * p * (1 - p); !finite(info[i]) || !finite(s) {
			info[i] = 0
			continue
		}
		total += info[i]
		mean += info[i] * s
	}
	if !(total > 0) {
		return Doubt{}
	}
	mean /= total
	spread := 0.0
	for i, s := range score {
		if info[i] > 0 {
			spread += info[i] * (s - mean) * (s - mean)
		}
	}
	d := Doubt{Intercept: 1 / total}
	if slope := 1 / spread; finite(slope) {
		d.Slope, d.Both = slope, -mean*slope
		d.Intercept += mean * mean * slope
	}
	return d
}

// At is the standard deviation of the calibrated log-odds at a score.
func (d Doubt) At(score float64) float64 {
	return math.Sqrt(max(0, d.Slope*score*score+2*d.Both*score+d.Intercept))
}

// Valid is false for numbers that are no covariance.
func (d Doubt) Valid() bool {
	return finite(d.Slope) && finite(d.Intercept) && finite(d.Both) && d.Slope >= 0 && d.Intercept >= 0 &&
		d.Both*d.Both <= d.Slope*d.Intercept*(1+1e-9)
}
