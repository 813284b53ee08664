package logit

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// skewed is the skewness from which a column of counts is taken by its logarithm; that of an exponential variable is 2.
const skewed = 1

// design is the table that the weights multiply: one row a user, one place a term. Numbers are centred and scaled, indicators
// are 0 and 1, so that most of their places stay 0.
type design struct {
	fields []model.Field
	terms  []linear.Term
	// values holds the terms of row i from i*len(terms).
	values []float32
	y      []bool
	// weight is nil when all rows weigh 1.
	weight []float64
	total  float64
	rate   float64
}

func newDesign(d model.Data, logs bool) *design {
	x := &design{fields: d.X.Fields(), y: d.Y, weight: d.W}
	for i, y := range d.Y {
		w := x.weigh(i)
		x.total += w
		if y {
			x.rate += w
		}
	}
	x.rate /= x.total
	for j := range d.X.Columns {
		x.terms = append(x.terms, x.termsOf(j, &d.X.Columns[j], logs)...)
	}
	width := len(x.terms)
	x.values = make([]float32, width*len(d.Y))
	for k := range x.terms {
		t := &x.terms[k]
		shift := shiftOf(t)
		for i, v := range d.X.Columns[t.Column].Values {
			x.values[i*width+k] = float32((t.Read(v) - shift) / t.Scale)
		}
	}
	return x
}

func (x *design) weigh(i int) float64 {
	if x.weight == nil {
		return 1
	}
	return x.weight[i]
}

// shiftOf is what the design subtracts before it scales: the mean of numbers, nothing of indicators.
func shiftOf(t *linear.Term) float64 {
	if t.Kind == linear.Number || t.Kind == linear.Log {
		return t.Mean
	}
	return 0
}

// termsOf lists the terms of a column that vary over the rows: the number or the levels, and whether it is missing.
func (x *design) termsOf(j int, c *model.Column, logs bool) []linear.Term {
	var terms []linear.Term
	if c.Category() {
		for l := range c.Levels {
			terms = x.indicator(terms, linear.Term{Column: j, Kind: linear.Level, Level: l, Scale: 1}, c.Values)
		}
	} else {
		number := linear.Term{Column: j, Kind: linear.Number}
		m := x.moments(&number, c.Values)
		if logs && m.low >= 0 && m.high > 1 && m.skewness > skewed {
			number.Kind = linear.Log
			m = x.moments(&number, c.Values)
		}
		if m.low < m.high && m.sd > 0 {
			number.Mean, number.Scale = m.mean, m.sd
			terms = append(terms, number)
		}
	}
	return x.indicator(terms, linear.Term{Column: j, Kind: linear.Missing, Scale: 1}, c.Values)
}

// indicator appends t with its mean unless it is the same in all rows.
func (x *design) indicator(terms []linear.Term, t linear.Term, values []float32) []linear.Term {
	sum := 0.0
	for i, v := range values {
		sum += x.weigh(i) * t.Read(v)
	}
	t.Mean = sum / x.total
	if t.Mean <= 0 || t.Mean >= 1 {
		return terms
	}
	return append(terms, t)
}

// moments describe the values of a term that are present, by weight; the standard deviation divides by n.
type moments struct {
	low, high, mean, sd, skewness float64
}

func (x *design) moments(t *linear.Term, values []float32) moments {
	m := moments{low: math.Inf(1), high: math.Inf(-1)}
	var total, sum float64
	for i, v := range values {
		if w := x.weigh(i); v == v && w > 0 {
			r := t.Read(v)
			m.low, m.high = math.Min(m.low, r), math.Max(m.high, r)
			total += w
			sum += w * r
		}
	}
	if total == 0 {
		return m
	}
	m.mean = sum / total
	var second, third float64
	for i, v := range values {
		if v == v {
			r := t.Read(v) - m.mean
			second += x.weigh(i) * r * r
			third += x.weigh(i) * r * r * r
		}
	}
	m.sd = math.Sqrt(second / total)
	m.skewness = third / total / (m.sd * m.sd * m.sd)
	return m
}

// start is no effect of any term: the log-odds of the base rate as intercept, which comes last.
func (x *design) start() []float64 {
	w := make([]float64, len(x.terms)+1)
	w[len(x.terms)] = math.Log(x.rate) - math.Log1p(-x.rate)
	return w
}

// model brings weights and their standard errors into the form in which every term is centred.
func (x *design) model(w, sd []float64) *linear.Model {
	m := &linear.Model{Fields: x.fields, Intercept: w[len(x.terms)], Terms: make([]linear.Term, len(x.terms))}
	for k, t := range x.terms {
		m.Intercept += w[k] * (t.Mean - shiftOf(&t)) / t.Scale
		t.Weight, t.StdErr = w[k], sd[k]
		m.Terms[k] = t
	}
	return m
}
