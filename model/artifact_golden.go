package model

import (
	"errors"
	"fmt"
	"math"
)

func (a *Artifact) checkGolden() error {
	for i, g := range a.Manifest.Golden {
		if len(g.Values) != len(a.Manifest.Fields) {
			return fmt.Errorf("golden row %d has %d values, want %d", i, len(g.Values), len(a.Manifest.Fields))
		}
		row := make([]float32, len(g.Values))
		for j, v := range g.Values {
			row[j] = float32(math.NaN())
			if v != nil {
				row[j] = *v
			}
		}
		if score := a.Predictor.Score(row); !sameBits(score, g.Score) {
			return fmt.Errorf("golden row %d scores %v, the trainer had %v", i, score, g.Score)
		}
		if p := a.Probability(row); !sameBits(p, g.Probability) {
			return fmt.Errorf("golden row %d has probability %v, the trainer had %v", i, p, g.Probability)
		}
		if err := a.checkGoldenInterval(row, g); err != nil {
			return fmt.Errorf("golden row %d: %w", i, err)
		}
	}
	return nil
}

func (a *Artifact) checkGoldenInterval(row []float32, g GoldenRow) error {
	low, high, ok := a.Interval(row)
	switch {
	case ok != (g.Low != nil && g.High != nil):
		return errors.New("it has an interval without replicas, or none with them; fit the replicas before making the golden rows")
	case ok && !(sameBits(low, *g.Low) && sameBits(high, *g.High)):
		return fmt.Errorf("its interval is %v to %v, the trainer had %v to %v", low, high, *g.Low, *g.High)
	}
	return nil
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// SetGolden makes the golden rows: one all missing, and count more whose columns are each drawn apart from the others out of
// the reference histograms, so that no row is a person's.
func (a *Artifact) SetGolden(count int) {
	m := &a.Manifest
	m.Golden = nil
	for i := -1; i < count; i++ {
		row := make([]float32, len(m.Fields))
		values := make([]*float32, len(m.Fields))
		for j := range row {
			row[j] = float32(math.NaN())
			if i < 0 {
				continue
			}
			if v, ok := m.Reference[j].pick(i + j); ok {
				row[j] = v
				values[j] = &v
			}
		}
		golden := GoldenRow{Values: values, Score: a.Predictor.Score(row), Probability: a.Probability(row)}
		if low, high, ok := a.Interval(row); ok {
			golden.Low, golden.High = &low, &high
		}
		m.Golden = append(m.Golden, golden)
	}
}
