package explain

import (
	"context"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// normal95 is the 97.5 % quantile of the standard normal distribution.
const normal95 = 1.959963984540054

// Contributions are what each column adds to the score of each row, in log-odds: SHAP values for trees, terms for a linear model.
// They are worked out once, for all that is told of them.
type Contributions struct {
	// whole are the rows that were given, rows those that contributions are known of.
	whole, rows *model.Matrix
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
	c := &Contributions{whole: x, rows: x.Take(spread(x.Rows(), opt.Rows))}
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
