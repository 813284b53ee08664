package explain

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// normal95 is the 97.5 % quantile of the standard normal distribution.
const normal95 = 1.959963984540054

// Contributions are what each column adds to the score of each row, in log-odds: SHAP values for trees, terms for a linear model.
// They are worked out once, for all that is told of them.
type Contributions struct {
	// whole are the rows that were given, rows those that contributions are known of, steps the latter in grains.
	whole, rows, steps *model.Matrix
	grains             []float64
	// added stands row by row.
	added []float64
}

// Contribute works out the contributions over the rows of x, at most opt.Rows of them. It returns the error of a context that ends,
// and model.ErrEmpty, wrapped, without rows or columns.
func Contribute(ctx context.Context, p model.Predictor, x *model.Matrix, opt Options) (*Contributions, error) {
	if err := opt.Validate(len(x.Columns)); err != nil {
		return nil, err
	}
	if x.Rows() == 0 {
		return nil, fmt.Errorf("contributions: %w", model.ErrEmpty)
	}
	c := &Contributions{whole: x, rows: x.Take(spread(x.Rows(), opt.Rows)), grains: opt.Grains}
	c.steps = &model.Matrix{Columns: slices.Clone(c.rows.Columns)}
	for j := range c.steps.Columns {
		c.steps.Columns[j].Values = c.inSteps(j, c.rows.Columns[j].Values)
	}
	rows, width := c.rows.Rows(), len(x.Columns)
	c.added = make([]float64, rows*width)
	const part = 256
	err := each(ctx, (rows+part-1)/part, func(k int) {
		row := make([]float32, width)
		for i := k * part; i < min(rows, (k+1)*part); i++ {
			p.Contribute(c.added[i*width:(i+1)*width], c.rows.Row(row, i))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("contributions: %w", err)
	}
	return c, nil
}

// grain is the step of column j, 1 where it has none.
func (c *Contributions) grain(j int) float64 {
	if j < len(c.grains) && c.grains[j] > 0 {
		return c.grains[j]
	}
	return 1
}

// inSteps counts whole steps in values of column j, which leaves the values of a column without a grain as they are.
func (c *Contributions) inSteps(j int, values []float32) []float32 {
	if j >= len(c.grains) || c.grains[j] <= 0 {
		return values
	}
	out := make([]float32, len(values))
	for i, v := range values {
		// A value that lies on a step but for rounding is on it.
		out[i] = float32(math.Floor(float64(v)/c.grains[j] + 1e-6))
	}
	return out
}

// fromSteps is the value of column j at a number of steps, without what binary fractions add.
func (c *Contributions) fromSteps(j int, steps float64) float64 {
	if c.grain(j) == 1 {
		return steps
	}
	return math.Round(steps*c.grain(j)*1e9) / 1e9
}

// of are the contributions of column j, a row each.
func (c *Contributions) of(j int) []float64 {
	out := make([]float64, c.rows.Rows())
	for i := range out {
		out[i] = c.added[i*len(c.rows.Columns)+j]
	}
	return out
}

// average is the mean of the values at the given places with a 95 % normal interval, zero without places.
func average(values []float64, at []int) metrics.Interval {
	if len(at) == 0 {
		return metrics.Interval{}
	}
	n := float64(len(at))
	mean, square := 0.0, 0.0
	for _, i := range at {
		mean += values[i] / n
	}
	for _, i := range at {
		square += (values[i] - mean) * (values[i] - mean)
	}
	half := normal95 * math.Sqrt(square) / n
	return metrics.Interval{Value: mean, Low: mean - half, High: mean + half}
}
