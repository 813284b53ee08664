package onnx

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
)

// edge keeps probabilities strictly between 0 and 1, as the calibration map does.
const edge = 1e-12

// calibrate appends the map from log-odds to a probability.
func (g *graph) calibrate(m calibrate.Map, score string) (string, error) {
	var p string
	switch m.Kind {
	case "", calibrate.None:
		p = g.sigmoid(score)
	case calibrate.PlattKind:
		p = g.sigmoid(g.plus(g.times(score, g.double(m.A)), g.double(m.B)))
	case calibrate.BetaKind:
		p = g.beta(score, m.A, m.B, m.C)
	case calibrate.IsotonicKind:
		p = g.isotonic(m, score)
	default:
		return "", fmt.Errorf("%w: its calibration is of kind %q; none, platt, beta and isotonic can be", ErrUnsupported, m.Kind)
	}
	return g.clip(p, edge, 1-edge), nil
}

// isotonic appends the line through the map's points. The number of points below the score says on which piece it lies; piece k runs
// from point k-1 to point k, and the first and the last are the tails, which are straight in the log-odds.
func (g *graph) isotonic(m calibrate.Map, score string) string {
	last := len(m.X) - 1
	from, start, slope := make([]float64, last+2), make([]float64, last+2), make([]float64, last+2)
	tail := make([]float64, last+2)
	for k := 1; k <= last; k++ {
		from[k], start[k], slope[k] = m.X[k-1], m.Y[k-1], (m.Y[k]-m.Y[k-1])/(m.X[k]-m.X[k-1])
	}
	from[0], start[0], slope[0], tail[0] = m.X[0], logOdds(m.Y[0]), m.A, 1
	from[last+1], start[last+1], slope[last+1], tail[last+1] = m.X[last], logOdds(m.Y[last]), m.A, 1

	n := int64(len(m.X))
	below := g.cast(g.less(g.doubles(m.X, 1, n), score), typeInt)
	piece := g.add("ReduceSum", []string{below, g.indices(1)}, intAttribute("keepdims", 1))
	pick := func(values []float64) string { return g.rows(g.doubles(values, n+1), piece) }
	line := g.plus(pick(start), g.times(pick(slope), g.minus(score, pick(from))))
	return g.where(g.less(g.double(0), pick(tail)), g.sigmoid(line), line)
}

func logOdds(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// beta appends the map of logit p = a*ln s - b*ln(1-s) + c for s, the probability of the score.
func (g *graph) beta(score string, a, b, c float64) string {
	zero, one := g.double(0), g.double(1)
	// ln(1-s) is -(max(score, 0) + rest) and ln s is -(max(-score, 0) + rest), which cannot overflow.
	rest := g.log(g.plus(one, g.add("Exp", []string{g.add("Neg", []string{g.add("Abs", []string{score})})})))
	high := g.plus(g.add("Max", []string{score, zero}), rest)
	low := g.minus(high, score)
	return g.sigmoid(g.plus(g.minus(g.times(high, g.double(b)), g.times(low, g.double(a))), g.double(c)))
}
