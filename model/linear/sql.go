package linear

import (
	"fmt"
	"math"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
)

var _ model.SQLCompiler = (*Model)(nil)

// SQLAddends are the intercept, one lookup of all its terms for a category, and one expression a term for a number.
func (m *Model) SQLAddends(d features.Dialect, columns []string) ([]string, error) {
	m.mustFit(len(columns))
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("compile linear model: %w", err)
	}
	addends := []string{sqlexpr.Number(m.Intercept)}
	byColumn := make([][]*Term, len(m.Fields))
	for k := range m.Terms {
		t := &m.Terms[k]
		byColumn[t.Column] = append(byColumn[t.Column], t)
	}
	for j, terms := range byColumn {
		switch {
		case len(terms) == 0:
		case m.Fields[j].Category():
			addends = append(addends, lookupSQL(terms, columns[j], len(m.Fields[j].Levels)))
		default:
			for _, t := range terms {
				addends = append(addends, t.sql(d, columns[j]))
			}
		}
	}
	return addends, nil
}

// SQLScore is the sum itself.
func (m *Model) SQLScore(sum string) string { return sum }

// lookupSQL adds up the terms of a category for each of its levels, and for a missing one.
func lookupSQL(terms []*Term, column string, levels int) string {
	total := func(code float32) string {
		sum := 0.0
		for _, t := range terms {
			sum += t.add(code)
		}
		return sqlexpr.Number(sum)
	}
	missing := total(float32(math.NaN()))
	var b strings.Builder
	for code := range levels {
		if value := total(float32(code)); value != missing {
			fmt.Fprintf(&b, " WHEN %d THEN %s", code, value)
		}
	}
	if b.Len() == 0 {
		return missing
	}
	return "CASE " + column + b.String() + " ELSE " + missing + " END"
}

// sql is what a term of a number column adds.
func (t *Term) sql(d features.Dialect, column string) string {
	n := sqlexpr.Number
	switch t.Kind {
	case Missing:
		return "CASE WHEN " + column + " IS NULL THEN " + n(t.add(float32(math.NaN()))) + " ELSE " + n(t.add(0)) + " END"
	case Did:
		// Above 0 as a float32: a positive number too small for one is not.
		zero, _ := sqlexpr.Bound(0)
		return "CASE WHEN " + column + " > " + n(zero) + " THEN " + n(t.add(1)) + " ELSE " + n(t.add(0)) + " END"
	}
	value := "(" + sqlexpr.Float32(d, column) + ")"
	if t.Kind == Log {
		value = "LN(1e0 + GREATEST(0e0, " + value + "))"
	}
	return "CASE WHEN " + column + " IS NULL THEN 0e0 ELSE " + n(t.Weight) + " * ((" + value + " - (" + n(t.Mean) + ")) / " + n(t.Scale) +
		") END"
}
