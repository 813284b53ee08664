package explain

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Effect is how much a column moves the score, from the contributions of Predictor.Contribute: SHAP values for trees, terms
// for a linear model.
type Effect struct {
	Column int    `json:"column"`
	Name   string `json:"name"`
	// Size is the mean |contribution| in log-odds over the rows, with a 95 % normal interval over rows.
	Size metrics.Interval `json:"size"`
	// Direction is the correlation between value and contribution where the value is present, from -1 (more of it lowers the
	// score) to 1. It is 0 for a category and where either does not vary.
	Direction float64 `json:"direction"`
	// Levels holds the mean contribution at each level of a category, NaN-free: 0 where no row has it.
	Levels []float64 `json:"levels,omitempty"`
	// Missing is the mean contribution where the value is missing, 0 where none is.
	Missing float64 `json:"missing"`
}

// Effects summarises the contributions over the rows of x, at most opt.Rows of them, the largest first. It returns the error of
// a context that ends, and model.ErrEmpty, wrapped, without rows or columns.
func Effects(ctx context.Context, p model.Predictor, x *model.Matrix, opt Options) ([]Effect, error) {
	c, err := Contribute(ctx, p, x, opt)
	if err != nil {
		return nil, err
	}
	return c.Effects(), nil
}

// Effects are those of all columns, the largest first.
func (c *Contributions) Effects() []Effect {
	width := len(c.rows.Columns)
	out := make([]Effect, width)
	for j := range out {
		out[j] = effect(j, c.rows.Columns[j], c.added, width)
	}
	slices.SortStableFunc(out, func(a, b Effect) int { return cmp.Compare(b.Size.Value, a.Size.Value) })
	return out
}

// effect reads column j out of the contributions, which stand row by row.
func effect(j int, c model.Column, added []float64, width int) Effect {
	e := Effect{Column: j, Name: c.Name, Levels: make([]float64, len(c.Levels))}
	if !c.Category() {
		e.Levels = nil
	}
	rows := make([]float64, len(c.Levels))
	var sum, square, missing float64
	var values, moves []float64
	for i, v := range c.Values {
		a := added[i*width+j]
		sum += math.Abs(a)
		square += a * a
		switch {
		case v != v:
			e.Missing += a
			missing++
		case c.Category():
			e.Levels[int(v)] += a
			rows[int(v)]++
		default:
			values, moves = append(values, float64(v)), append(moves, a)
		}
	}
	n := float64(len(c.Values))
	mean := sum / n
	half := normal95 * math.Sqrt(math.Max(0, square/n-mean*mean)/n)
	e.Size = metrics.Interval{Value: mean, Low: math.Max(0, mean-half), High: mean + half}
	e.Direction = correlation(values, moves)
	e.Missing /= math.Max(1, missing)
	for l := range e.Levels {
		e.Levels[l] /= math.Max(1, rows[l])
	}
	return e
}

// correlation is Pearson's, 0 where either side does not vary.
func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var ma, mb float64
	for i := range a {
		ma += a[i] / n
		mb += b[i] / n
	}
	var aa, bb, ab float64
	for i := range a {
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
		ab += (a[i] - ma) * (b[i] - mb)
	}
	// Rounding leaves a constant a variance of about n times its square times 1e-32.
	if aa <= 1e-24*n*ma*ma || bb <= 1e-24*n*mb*mb || aa == 0 || bb == 0 {
		return 0
	}
	return math.Max(-1, math.Min(1, ab/math.Sqrt(aa*bb)))
}

// Correlated groups the number columns of x that hang together: each member has a rank correlation of at least threshold in
// absolute value with another one of the group, missing values counting as the middle rank. Columns alone are left out. At most
// rows rows are looked at.
func Correlated(x *model.Matrix, threshold float64, rows int) [][]int {
	x = x.Take(spread(x.Rows(), rows))
	ranks := make([][]float64, len(x.Columns))
	for j, c := range x.Columns {
		if !c.Category() {
			ranks[j] = columnRanks(c.Values)
		}
	}
	group := make([]int, len(ranks))
	for j := range group {
		group[j] = j
		for k := range j {
			if ranks[j] == nil || ranks[k] == nil || math.Abs(correlation(ranks[j], ranks[k])) < threshold {
				continue
			}
			from, to := group[k], group[j]
			for l := range j + 1 {
				if group[l] == from {
					group[l] = to
				}
			}
		}
	}
	var out [][]int
	for j := range group {
		var members []int
		for k, g := range group {
			if g == group[j] {
				members = append(members, k)
			}
		}
		if len(members) > 1 && members[0] == j {
			out = append(out, members)
		}
	}
	return out
}

func columnRanks(values []float32) []float64 {
	var present []float64
	for _, v := range values {
		if v == v {
			present = append(present, float64(v))
		}
	}
	ranks := midranks(present)
	out := make([]float64, len(values))
	k := 0
	for i, v := range values {
		out[i] = float64(len(present)) / 2
		if v == v {
			out[i] = ranks[k]
			k++
		}
	}
	return out
}
