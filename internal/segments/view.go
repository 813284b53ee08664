package segments

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	// clip is how many standard deviations from its mean a value may lie: a few who do one thing all day are no kind.
	clip = 3
	// mostComponents is how many principal components people are compared in at most.
	mostComponents = 8
	// shuffles is how many tables without any ties between columns the components are held against, clear by what factor they must be larger.
	shuffles, clear = 20, 1.1
	// least stands for the variance of a component that does not vary, on which everybody lies at 0.
	least = 1e-9
)

// view is how people are compared: standardised columns, turned to their leading principal components.
type view struct {
	mean, deviation []float64
	// axes are the components, one after the other, each of the length of mean. A component of the variance v is made shorter by the
	// fourth root of v: how much people do is nearly always the largest and would hide what they do, and standardised components would
	// give the smallest as much weight.
	axes []float64
	// size are the components' variances.
	size []float64
}

// standard learns the columns' means and standard deviations from the rows.
func standard(t *table, rows []int) *view {
	p := len(t.columns)
	v := &view{mean: make([]float64, p), deviation: make([]float64, p)}
	for _, i := range rows {
		for j, x := range t.row(i) {
			v.mean[j] += x
		}
	}
	for j := range v.mean {
		v.mean[j] /= float64(len(rows))
	}
	for _, i := range rows {
		for j, x := range t.row(i) {
			v.deviation[j] += (x - v.mean[j]) * (x - v.mean[j])
		}
	}
	for j := range v.deviation {
		v.deviation[j] = math.Sqrt(v.deviation[j] / float64(len(rows)))
	}
	return v
}

// scale writes a row in standard deviations from the means. A column that does not vary is 0.
func (v *view) scale(row, to []float64) {
	for j, x := range row {
		to[j] = 0
		if v.deviation[j] > 0 {
			to[j] = max(-clip, min(clip, (x-v.mean[j])/v.deviation[j]))
		}
	}
}

// place writes where a row lies on the axes; scratch is of the row's length.
func (v *view) place(row, scratch, to []float64) {
	v.scale(row, scratch)
	p := len(row)
	for c := range to {
		sum := 0.0
		for j, x := range scratch {
			sum += x * v.axes[c*p+j]
		}
		to[c] = sum
	}
}

// places are where all rows of the table lie.
func (v *view) places(t *table) []float64 {
	m, scratch := len(v.size), make([]float64, len(t.columns))
	to := make([]float64, t.rows()*m)
	for i := range t.rows() {
		v.place(t.row(i), scratch, to[i*m:(i+1)*m])
	}
	return to
}

// scaled are the rows in standard deviations, column by column.
func (v *view) scaled(t *table, rows []int) [][]float64 {
	p := len(t.columns)
	columns := make([][]float64, p)
	for j := range columns {
		columns[j] = make([]float64, len(rows))
	}
	scratch := make([]float64, p)
	for k, i := range rows {
		v.scale(t.row(i), scratch)
		for j, x := range scratch {
			columns[j][k] = x
		}
	}
	return columns
}

// products are the columns' mean products, whose eigenvectors are the principal components.
func products(columns [][]float64) *mat.SymDense {
	s := mat.NewSymDense(len(columns), nil)
	for a := range columns {
		for b := a; b < len(columns); b++ {
			sum := 0.0
			for i, x := range columns[a] {
				sum += x * columns[b][i]
			}
			s.SetSym(a, b, sum/float64(len(columns[a])))
		}
	}
	return s
}

// principal are the variances of all components, the largest first, and the axes of the first m of them.
func principal(s *mat.SymDense, m int) (size, axes []float64, err error) {
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return nil, nil, errors.New("the principal components of what people do cannot be found")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	size = e.Values(nil)
	p := len(size)
	for c := range m {
		for j := range p {
			axes = append(axes, vectors.At(j, p-1-c))
		}
	}
	slices.Reverse(size)
	return size, axes, nil
}

// viewed is the view on m components that the rows give.
func viewed(t *table, rows []int, m int) (*view, error) {
	v := standard(t, rows)
	size, axes, err := principal(products(v.scaled(t, rows)), m)
	if err != nil {
		return nil, err
	}
	v.size, v.axes = size[:m], axes
	for c, variance := range v.size {
		for j := range t.columns {
			v.axes[c*len(t.columns)+j] *= math.Pow(max(variance, least), -0.25)
		}
	}
	return v, nil
}

// components is how many components are clearly larger than in tables whose columns have nothing to do with each other: parallel
// analysis. Reference: Horn, Psychometrika 30 (1965).
func components(t *table, rng *rand.Rand) (int, error) {
	rows := everyRow(t.rows())
	columns := standard(t, rows).scaled(t, rows)
	real, _, err := principal(products(columns), 0)
	if err != nil {
		return 0, err
	}
	chance := make([]float64, len(real))
	for range shuffles {
		for _, c := range columns {
			rng.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
		}
		size, _, err := principal(products(columns), 0)
		if err != nil {
			return 0, err
		}
		for j, s := range size {
			chance[j] = max(chance[j], s)
		}
	}
	m := 0
	for m < min(len(real), mostComponents) && real[m] > clear*chance[m] {
		m++
	}
	return m, nil
}

func everyRow(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
