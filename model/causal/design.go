package causal

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// design is the table that the models see, by rows, with zeros left out: most people do few of the things.
type design struct {
	width int
	start []int32
	at    []int32
	value []float32
	// own are the columns of each action.
	own [][]int
	// mean and sd are of every column.
	mean, sd []float64
}

// column is one column while the design is made.
type column struct {
	values []float32
}

// newDesign transforms the study's columns: actions into done at all, twice and three times at least and the logarithm of their number; numbers
// with few values into one column a value; other numbers into logarithms, their squares and whether they are known; categories into one
// column a level.
func newDesign(s Study) *design {
	d := &design{}
	columns := []column{{ones(len(s.Y))}}
	for _, c := range s.X.Columns {
		columns = append(columns, expand(c)...)
	}
	for _, c := range s.Actions.Columns {
		var own []int
		for _, e := range expandAction(c.Values) {
			own = append(own, len(columns))
			columns = append(columns, e)
		}
		d.own = append(d.own, own)
	}
	d.fill(columns, len(s.Y))
	return d
}

func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// fewValues is up to how many values a number is taken value by value; a value, and a level, needs leastOf people.
const (
	fewValues = 12
	leastOf   = 20
)

func expand(c model.Column) []column {
	if c.Category() {
		return oneHot(c.Values)
	}
	distinct := map[float32]int{}
	missing := 0
	for _, v := range c.Values {
		if v != v {
			missing++
			continue
		}
		if distinct[v]++; len(distinct) > fewValues {
			return smooth(c.Values)
		}
	}
	return oneHot(c.Values)
}

// oneHot is a column for each value with enough people, the most frequent left out, and one for missing values.
func oneHot(values []float32) []column {
	count := map[float32]int{}
	missing := 0
	for _, v := range values {
		if v != v {
			missing++
		} else {
			count[v]++
		}
	}
	var levels []float32
	for v := range count {
		levels = append(levels, v)
	}
	slices.SortFunc(levels, func(a, b float32) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	var out []column
	for k, level := range levels {
		if k == 0 && missing == 0 || count[level] < leastOf {
			continue
		}
		out = append(out, indicator(values, func(v float32) bool { return v == level }))
	}
	if missing >= leastOf && len(levels) > 0 && missing < len(values) {
		out = append(out, indicator(values, func(v float32) bool { return v != v }))
	}
	return out
}

func indicator(values []float32, is func(float32) bool) column {
	out := make([]float32, len(values))
	for i, v := range values {
		if is(v) {
			out[i] = 1
		}
	}
	return column{out}
}

// smooth is a number as a standardised logarithm and its square, missing values at the mean, with a column that tells them.
func smooth(values []float32) []column {
	log := make([]float64, len(values))
	var sum, square, n float64
	for i, v := range values {
		log[i] = math.Copysign(math.Log1p(math.Abs(float64(v))), float64(v))
		if v == v {
			sum += log[i]
			square += log[i] * log[i]
			n++
		}
	}
	if n == 0 {
		return nil
	}
	mean := sum / n
	sd := math.Sqrt(max(square/n-mean*mean, 1e-12))
	first, second := make([]float32, len(values)), make([]float32, len(values))
	missing := 0
	for i, v := range values {
		if v != v {
			missing++
			continue
		}
		z := max(-4, min(4, (log[i]-mean)/sd))
		first[i], second[i] = float32(z), float32(z*z)
	}
	out := []column{{first}, {second}}
	if missing >= leastOf {
		out = append(out, indicator(values, func(v float32) bool { return v != v }))
	}
	return out
}

func expandAction(values []float32) []column {
	var out []column
	for n := float32(1); n <= 3; n++ {
		c := indicator(values, func(v float32) bool { return v >= n })
		if sum := total(c.values); sum >= leastOf && sum <= float64(len(values)-leastOf) {
			out = append(out, c)
		}
	}
	more := make([]float32, len(values))
	for i, v := range values {
		if v > 3 {
			more[i] = float32(math.Log(float64(v) / 3))
		}
	}
	if total(more) >= leastOf {
		out = append(out, column{more})
	}
	return out
}

func total(values []float32) (sum float64) {
	for _, v := range values {
		sum += float64(v)
	}
	return sum
}

// fill lays the columns out by rows.
func (d *design) fill(columns []column, rows int) {
	d.width = len(columns)
	d.mean, d.sd = make([]float64, d.width), make([]float64, d.width)
	for j, c := range columns {
		var square float64
		for _, v := range c.values {
			square += float64(v) * float64(v)
		}
		n := float64(rows)
		d.mean[j] = total(c.values) / n
		d.sd[j] = math.Sqrt(max(square/n-d.mean[j]*d.mean[j], 0))
	}
	d.start = make([]int32, rows+1)
	for i := range rows {
		for j, c := range columns {
			if v := c.values[i]; v != 0 {
				d.at, d.value = append(d.at, int32(j)), append(d.value, v)
			}
		}
		d.start[i+1] = int32(len(d.at))
	}
}

// dot is the score of row i.
func (d *design) dot(w []float64, i int) (sum float64) {
	for k := d.start[i]; k < d.start[i+1]; k++ {
		sum += w[d.at[k]] * float64(d.value[k])
	}
	return sum
}

// add adds a times row i to g.
func (d *design) add(g []float64, a float64, i int) {
	for k := d.start[i]; k < d.start[i+1]; k++ {
		g[d.at[k]] += a * float64(d.value[k])
	}
}

// foldsOf gives each person a fold, evenly and in an order drawn from the seed.
func foldsOf(n int, o Options) []int {
	rng := rand.New(rand.NewPCG(o.Seed, 0x5eed))
	fold := make([]int, n)
	for i, p := range rng.Perm(n) {
		fold[p] = i % o.Folds
	}
	return fold
}
