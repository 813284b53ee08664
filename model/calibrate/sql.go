package calibrate

import (
	"math"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
)

// SQL is Probability as an SQL expression, the same in every dialect. score is the name of a column that is never NULL; the expression
// reads it more than once.
func (m Map) SQL(score string) string {
	p := sqlexpr.Sigmoid(score)
	switch m.Kind {
	case PlattKind:
		p = sqlexpr.Sigmoid("(" + sqlexpr.Number(m.A) + " * " + score + " + " + sqlexpr.Number(m.B) + ")")
	case BetaKind:
		p = sqlexpr.Sigmoid(m.betaSQL(score))
	case IsotonicKind:
		p = m.linesSQL(score)
	}
	return sqlexpr.Clamp(p, edge, 1-edge)
}

// betaSQL is the log-odds of kind beta. Of the two softplus one is written as the score plus the other.
func (m Map) betaSQL(score string) string {
	n := sqlexpr.Number
	softplus := "(GREATEST(" + score + ", 0e0) + LN(1e0 + EXP(0e0 - ABS(" + score + "))))"
	return "(" + paren(m.B-m.A) + " * " + softplus + " + " + n(m.A) + " * " + score + " + " + paren(m.C) + ")"
}

// linesSQL is interpolate: one branch for each line between two points, and the tails.
func (m Map) linesSQL(score string) string {
	n, last := sqlexpr.Number, len(m.X)-1
	tail := func(k int) string {
		return sqlexpr.Sigmoid("(" + n(math.Log(m.Y[k])-math.Log1p(-m.Y[k])) + " + " + n(m.A) + " * (" + score + " - " + paren(m.X[k]) + "))")
	}
	var b strings.Builder
	b.WriteString("CASE WHEN " + score + " <= " + n(m.X[0]) + " THEN " + tail(0))
	b.WriteString(" WHEN " + score + " >= " + n(m.X[last]) + " THEN " + tail(last))
	for k := 1; k < last; k++ {
		b.WriteString(" WHEN " + score + " <= " + n(m.X[k]) + " THEN " + m.lineSQL(k, score))
	}
	if last > 0 {
		b.WriteString(" ELSE " + m.lineSQL(last, score))
	}
	return b.String() + " END"
}

// lineSQL is the line from point k-1 to point k.
func (m Map) lineSQL(k int, score string) string {
	n := sqlexpr.Number
	return n(m.Y[k-1]) + " + (" + score + " - " + paren(m.X[k-1]) + ") / " + n(m.X[k]-m.X[k-1]) + " * " + paren(m.Y[k]-m.Y[k-1])
}

// paren writes a number that may be negative behind an operator: two minus signs begin a comment.
func paren(v float64) string { return "(" + sqlexpr.Number(v) + ")" }
