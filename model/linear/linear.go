// Package linear is a score that adds up: an intercept and one weight a term, the form in which logistic regression and naive
// Bayes are kept, served and read.
package linear

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Format names the encoding of a linear model in an artifact: JSON of Model.
const Format = "calback-linear-1"

// Kind says how a term reads its column.
type Kind string

const (
	// Number is the value itself; a missing value counts as the column's mean, so that it adds nothing.
	Number Kind = "number"
	// Log is log(1+value) for counts and amounts of at least 0 (negative values count as 0); missing as for Number.
	Log Kind = "log"
	// Missing is 1 where the value is missing, else 0.
	Missing Kind = "missing"
	// Level is 1 where the category is Term.Level, else 0.
	Level Kind = "level"
	// Did is 1 where the value is present and above 0, else 0.
	Did Kind = "did"
)

// Term is one addend of the score: Weight * (t - Mean) / Scale, t being what Kind reads from the column.
type Term struct {
	Column int     `json:"column"`
	Kind   Kind    `json:"kind"`
	Level  int     `json:"level,omitempty"`
	Mean   float64 `json:"mean"`
	Scale  float64 `json:"scale"`
	Weight float64 `json:"weight"`
	// StdErr is the standard error of Weight, 0 where none is known.
	StdErr float64 `json:"std_err,omitempty"`
}

// Read is what the term takes from a value of its column: t in the formula of Term.
func (t *Term) Read(v float32) float64 {
	missing := v != v
	switch t.Kind {
	case Missing:
		return indicator(missing)
	case Level:
		return indicator(v == float32(t.Level))
	case Did:
		return indicator(v > 0)
	}
	if missing {
		return t.Mean
	}
	if t.Kind == Log {
		return math.Log1p(math.Max(0, float64(v)))
	}
	return float64(v)
}

// add is what the term adds to the score. The conversion forbids fused multiply-add, so that every processor gives the same bits.
func (t *Term) add(v float32) float64 {
	return float64(t.Weight * ((t.Read(v) - t.Mean) / t.Scale))
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Model is a fitted linear score. It implements model.Predictor and model.BatchScorer.
type Model struct {
	// Fields are the columns, in the order of a row.
	Fields []model.Field `json:"-"`
	// Intercept is the score at the mean of every term: that of the average user.
	Intercept float64 `json:"intercept"`
	Terms     []Term  `json:"terms"`
}

// Score is the intercept plus all terms.
func (m *Model) Score(row []float32) float64 {
	m.mustFit(len(row))
	score := m.Intercept
	for k := range m.Terms {
		t := &m.Terms[k]
		score += t.add(row[t.Column])
	}
	return score
}

// ScoreAll writes one score a row of x into dst, the same bits as Score.
func (m *Model) ScoreAll(dst []float64, x *model.Matrix) {
	m.mustFit(len(x.Columns))
	for i := range dst {
		dst[i] = m.Intercept
	}
	for k := range m.Terms {
		t := &m.Terms[k]
		for i, v := range x.Columns[t.Column].Values {
			dst[i] += t.add(v)
		}
	}
}

// Contribute writes into dst the sum of each column's terms and returns the intercept.
func (m *Model) Contribute(dst []float64, row []float32) float64 {
	m.mustFit(len(row))
	m.mustFit(len(dst))
	clear(dst)
	for k := range m.Terms {
		t := &m.Terms[k]
		dst[t.Column] += t.add(row[t.Column])
	}
	return m.Intercept
}

// Format is that of this package.
func (m *Model) Format() string { return Format }

func (m *Model) mustFit(width int) {
	if width != len(m.Fields) {
		panic(fmt.Sprintf("linear: a row of %d values for a model of %d columns", width, len(m.Fields)))
	}
}
