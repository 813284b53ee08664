package onnx

import "github.com/Koalajuni/Calback-Data-ML/model/linear"

// linear appends a score that adds up, in doubles: what each term reads, standardised, times its weight.
func (g *graph) linear(m *linear.Model) string {
	score := g.double(m.Intercept)
	if len(m.Terms) == 0 {
		// Without terms nothing has the shape of the rows yet: 0 times what the first column's missing mark is.
		missing := g.cast(g.isNaN(g.columns(Input, 0)), typeDouble)
		return g.plus(g.times(missing, g.double(0)), score)
	}
	table := g.cast(Input, typeDouble)
	kinds := []linear.Kind{linear.Number, linear.Log, linear.Missing, linear.Level, linear.Did}
	for _, kind := range kinds {
		var terms []linear.Term
		for _, t := range m.Terms {
			if t.Kind == kind {
				terms = append(terms, t)
			}
		}
		if len(terms) > 0 {
			score = g.plus(score, g.terms(table, kind, terms))
		}
	}
	return score
}

// terms appends all terms of one kind and returns their sum.
func (g *graph) terms(table string, kind linear.Kind, terms []linear.Term) string {
	n := int64(len(terms))
	columns := make([]int64, n)
	means, scales, weights, levels := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for k, t := range terms {
		columns[k], means[k], scales[k], weights[k], levels[k] = int64(t.Column), t.Mean, t.Scale, t.Weight, float64(t.Level)
	}
	values, mean := g.columns(table, columns...), g.doubles(means, 1, n)
	var read string
	switch kind {
	case linear.Missing:
		read = g.cast(g.isNaN(values), typeDouble)
	case linear.Level:
		read = g.cast(g.add("Equal", []string{values, g.doubles(levels, 1, n)}), typeDouble)
	case linear.Did:
		read = g.cast(g.less(g.double(0), values), typeDouble)
	case linear.Log:
		zero := g.double(0)
		present := g.where(g.less(zero, values), values, zero)
		read = g.where(g.isNaN(values), mean, g.log(g.plus(present, g.double(1))))
	default:
		read = g.where(g.isNaN(values), mean, values)
	}
	standard := g.over(g.minus(read, mean), g.doubles(scales, 1, n))
	return g.add("MatMul", []string{standard, g.doubles(weights, n, 1)})
}
