// Package explain says which columns a fitted model leans on: by how much worse it gets on held-out rows when a column is
// shuffled, and by how much each column moves the score. Both describe the model, not the world: what rides along with a cause
// looks like one.
package explain

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Options steer both explanations. Start from Defaults.
type Options struct {
	// Rows caps the rows that are used, spread evenly over the table.
	Rows int
	// Repeats is how often each column is shuffled.
	Repeats int
	// Resamples is the number of bootstrap samples behind each interval, Shuffles that of label orders behind each noise band.
	Resamples, Shuffles int
	// Seed makes the shuffles reproducible, for any number of processors.
	Seed uint64
	// Probability turns scores into probabilities, for the log loss; nil takes scores as log-odds.
	Probability func(score float64) float64
	// Groups are columns to be shuffled together; columns that stand in none are shuffled alone. See Correlated.
	Groups [][]int
	// Grains are the steps that values of the columns are told in, such as 1 for whole hours: Dependences and Reasons round down to them.
	// A column without one, or with 0, is told as it is.
	Grains []float64
}

// Defaults are 5,000 rows, 5 repeats, 200 resamples and 200 label orders.
func Defaults() Options {
	return Options{Rows: 5000, Repeats: 5, Resamples: 200, Shuffles: 200}
}

// Validate reports the first option that nothing can be computed with.
func (o Options) Validate(columns int) error {
	for name, v := range map[string]int{"rows": o.Rows, "repeats": o.Repeats, "resamples": o.Resamples, "shuffles": o.Shuffles} {
		if v < 1 {
			return fmt.Errorf("explain: %s is %d; want at least 1", name, v)
		}
	}
	seen := make([]bool, columns)
	for _, g := range o.Groups {
		for _, j := range g {
			if j < 0 || j >= columns {
				return fmt.Errorf("explain: a group names column %d of %d", j, columns)
			}
			if seen[j] {
				return fmt.Errorf("explain: column %d stands in two groups", j)
			}
			seen[j] = true
		}
	}
	return nil
}

// spread picks at most limit of n rows at even distances.
func spread(n, limit int) []int {
	size := min(n, limit)
	rows := make([]int, size)
	for k := range rows {
		rows[k] = (2*k + 1) * n / (2 * size)
	}
	return rows
}

// each runs do for 0..n-1 in parallel until the context ends, and returns its error.
func each(ctx context.Context, n int, do func(k int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < n && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				do(k)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// name joins the names of columns.
func name(x *model.Matrix, columns []int) string {
	text := x.Columns[columns[0]].Name
	for _, j := range columns[1:] {
		text += " + " + x.Columns[j].Name
	}
	return text
}
