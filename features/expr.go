package features

import (
	"fmt"
	"math"
	"slices"
)

// Expr is a node of the closed algebra: one aggregate over the events of a user's first week. The nodes are Count, Days, Distinct,
// Total, Share, Pick, Since, Until, Trend, Clock and Known.
type Expr interface {
	// sql renders the node as an aggregate over the first_week table grouped by user.
	sql(d Dialect) string
	// eval computes the node over one user's first week.
	eval(w *week) Value
	// validate reports a node that reads outside the first week or a field that does not exist.
	validate() error
	// op names the node in JSON.
	op() string
}

// Value is one feature of one user: a number, or the text of a category, or missing.
type Value struct {
	Number  float64
	Text    string
	Missing bool
}

var missing = Value{Missing: true}

func number(v float64) Value { return Value{Number: v} }

// Count is how many of the events happened.
type Count struct {
	Of Filter `json:"of"`
}

func (c Count) sql(d Dialect) string { return d.CountIf(c.Of.sql(d)) }

func (c Count) eval(w *week) Value { return number(float64(w.count(c.Of))) }

func (c Count) validate() error { return c.Of.validate() }

func (Count) op() string { return "count" }

func (w *week) count(f Filter) int {
	n := 0
	for i := range w.events {
		if f.match(&w.events[i]) {
			n++
		}
	}
	return n
}

// Days is on how many different days the events happened.
type Days struct {
	Of Filter `json:"of"`
}

// sql sets one bit a day, so that a group keeps one number and not a set of days.
func (x Days) sql(d Dialect) string {
	return "COALESCE(BIT_COUNT(BIT_OR(CASE WHEN " + x.Of.sql(d) + " THEN 1 << n END)), 0)"
}

func (x Days) eval(w *week) Value {
	var seen [WeekDays]bool
	n := 0
	for i := range w.events {
		if e := &w.events[i]; x.Of.match(e) && !seen[e.day] {
			seen[e.day] = true
			n++
		}
	}
	return number(float64(n))
}

func (x Days) validate() error { return x.Of.validate() }

func (Days) op() string { return "days" }

// Distinct is how many different values of a field the events have. Field is name, screen or session.
type Distinct struct {
	Of    Filter `json:"of"`
	Field string `json:"field"`
}

func (x Distinct) sql(d Dialect) string {
	column := x.Field
	if x.Field == "screen" {
		column = "NULLIF(screen, '')"
	}
	return "COUNT(DISTINCT CASE WHEN " + x.Of.sql(d) + " THEN " + column + " END)"
}

func (x Distinct) eval(w *week) Value {
	seen := map[string]bool{}
	for i := range w.events {
		if e := &w.events[i]; x.Of.match(e) {
			if v := x.read(e); v != "" {
				seen[v] = true
			}
		}
	}
	return number(float64(len(seen)))
}

func (x Distinct) read(e *weekEvent) string {
	switch x.Field {
	case "screen":
		return e.Screen
	case "session":
		if e.session == 0 {
			return ""
		}
		return fmt.Sprint(e.session)
	}
	return e.Name
}

func (x Distinct) validate() error {
	switch x.Field {
	case "name", "screen", "session":
		return x.Of.validate()
	}
	return fmt.Errorf("distinct values of %q cannot be counted; the fields are name, screen and session", x.Field)
}

func (Distinct) op() string { return "distinct" }

// Total aggregates a number that the events carry. Param is engaged_ms or the name of an allowed event parameter; How is sum,
// min, max, mean or last, the value that was sent last. The sum of no values is 0, the others are then missing.
type Total struct {
	Of    Filter `json:"of"`
	Param string `json:"param"`
	How   string `json:"how"`
}

func (x Total) sql(d Dialect) string {
	column := "engaged_ms"
	if x.Param != "engaged_ms" {
		column = d.Param(x.Param)
	}
	value := "CASE WHEN " + x.Of.sql(d) + " THEN " + d.Float(column) + " END"
	switch x.How {
	case "last":
		return d.FirstValue(value, "ts", true)
	case "min":
		return "MIN(" + value + ")"
	case "max":
		return "MAX(" + value + ")"
	}
	sum := "SUM(" + value + ")"
	if x.Param != "engaged_ms" {
		sum = d.Sum(value)
	}
	if x.How == "mean" {
		return d.Divide(sum, "COUNT("+value+")")
	}
	return "COALESCE(" + sum + ", 0)"
}

func (x Total) eval(w *week) Value {
	var values []float64
	last, at := 0.0, int64(math.MinInt64)
	for i := range w.events {
		if e := &w.events[i]; x.Of.match(e) {
			if v, ok := x.read(e); ok {
				values = append(values, v)
				if e.Time > at || e.Time == at && v > last {
					last, at = v, e.Time
				}
			}
		}
	}
	switch {
	case len(values) == 0 && x.How == "sum":
		return number(0)
	case len(values) == 0:
		return missing
	case x.How == "last":
		return number(last)
	case x.How == "min":
		return number(slices.Min(values))
	case x.How == "max":
		return number(slices.Max(values))
	}
	sum := total(values)
	if x.How == "mean" {
		sum /= float64(len(values))
	}
	return number(sum)
}

// total adds in the order of size, as Dialect.Sum does, so that events of one instant may come in any order.
func total(values []float64) float64 {
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}

func (x Total) read(e *weekEvent) (float64, bool) {
	if x.Param == "engaged_ms" {
		return float64(e.EngagedMS), true
	}
	v, ok := e.Params[x.Param]
	return v, ok
}

func (x Total) validate() error {
	switch x.How {
	case "sum", "min", "max", "mean", "last":
	default:
		return fmt.Errorf("%q is not an aggregate of a parameter; use sum, min, max, mean or last", x.How)
	}
	if x.Param == "" {
		return fmt.Errorf("the total names no parameter")
	}
	return x.Of.validate()
}

func (Total) op() string { return "total" }

// Share is which part of the events of Whole are also in Part, 0 to 1; missing where there are none.
type Share struct {
	Part  Filter `json:"part"`
	Whole Filter `json:"whole"`
}

func (x Share) sql(d Dialect) string {
	return d.Divide(d.CountIf("("+x.Part.sql(d)+") AND ("+x.Whole.sql(d)+")"), d.CountIf(x.Whole.sql(d)))
}

func (x Share) eval(w *week) Value {
	part, whole := 0, 0
	for i := range w.events {
		e := &w.events[i]
		if !x.Whole.match(e) {
			continue
		}
		whole++
		if x.Part.match(e) {
			part++
		}
	}
	if whole == 0 {
		return missing
	}
	return number(float64(part) / float64(whole))
}

func (x Share) validate() error {
	if err := x.Part.validate(); err != nil {
		return err
	}
	return x.Whole.validate()
}

func (Share) op() string { return "share" }
