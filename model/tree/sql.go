package tree

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
)

var _ model.SQLCompiler = (*Ensemble)(nil)

// SQLAddends are one expression a tree, the same in every dialect. Each split asks for its smaller side and goes on with the larger one
// in the same CASE, so that a tree of n leaves nests no deeper than log2(n), however long its branches are.
func (e *Ensemble) SQLAddends(_ features.Dialect, columns []string) ([]string, error) {
	e.mustFit(len(columns))
	addends := make([]string, len(e.trees))
	for i := range e.trees {
		w := sqlWriter{fields: e.fields, columns: columns, tree: &e.trees[i]}
		w.count()
		w.branch(w.root())
		addends[i] = w.text.String()
	}
	return addends, nil
}

// SQLScore is the sum, the mean, or the log-odds of the mean, as the objective has it.
func (e *Ensemble) SQLScore(sum string) string {
	if e.objective == LogOdds {
		return sum
	}
	mean := "(" + sum + " / " + sqlexpr.Number(float64(len(e.trees))) + ")"
	if e.objective == MeanLogOdds {
		return mean
	}
	p := sqlexpr.Clamp(mean, leastProbability, 1-leastProbability)
	return "LN(" + p + " / (1e0 - " + p + "))"
}

// sqlWriter writes one tree as an expression.
type sqlWriter struct {
	fields  []model.Field
	columns []string
	tree    *Tree
	text    strings.Builder
	// below is the number of splits of each node's subtree.
	below []int
}

func (w *sqlWriter) root() int32 {
	if len(w.tree.Nodes) == 0 {
		return ^0
	}
	return 0
}

func (w *sqlWriter) count() {
	w.below = make([]int, len(w.tree.Nodes))
	w.countFrom(w.root())
}

func (w *sqlWriter) countFrom(at int32) int {
	if at < 0 {
		return 0
	}
	n := &w.tree.Nodes[at]
	w.below[at] = 1 + w.countFrom(n.Left) + w.countFrom(n.Right)
	return w.below[at]
}

func (w *sqlWriter) size(at int32) int {
	if at < 0 {
		return 0
	}
	return w.below[at]
}

// branch writes the expression of a subtree.
func (w *sqlWriter) branch(at int32) {
	open := false
	for at >= 0 {
		n := &w.tree.Nodes[at]
		left, right := w.conditions(n)
		switch {
		case left == always:
			at = n.Left
			continue
		case right == always:
			at = n.Right
			continue
		}
		if !open {
			w.text.WriteString("CASE")
			open = true
		}
		asked, small, large := left, n.Left, n.Right
		if a, b := w.size(n.Left), w.size(n.Right); b < a || b == a && len(right) < len(left) {
			asked, small, large = right, n.Right, n.Left
		}
		w.text.WriteString(" WHEN " + asked + " THEN ")
		w.branch(small)
		at = large
	}
	value := sqlexpr.Number(w.tree.Leaves[^at].Value)
	if !open {
		w.text.WriteString(value)
		return
	}
	w.text.WriteString(" ELSE " + value + " END")
}

// always is the condition that holds for every row. Where one side's is always, the other side's is not looked at.
const always = "TRUE"

// conditions are true exactly for the rows that go left, and for those that go right. Where it is not true, a condition may be NULL.
func (w *sqlWriter) conditions(n *Node) (left, right string) {
	c := w.columns[n.Column]
	if n.Categories != nil {
		if w.fields[n.Column].Category() {
			return levelConditions(c, n.Categories, len(w.fields[n.Column].Levels))
		}
		return numberSetConditions(c, n.Categories)
	}
	return thresholdConditions(c, n)
}

// thresholdConditions are those of goesLeft. A missing number makes every comparison NULL, so that only the side where it goes names it.
func thresholdConditions(c string, n *Node) (left, right string) {
	missingLeft := n.DefaultLeft
	if n.Missing == MissingNone {
		missingLeft = 0 <= n.Threshold
	}
	bound, side := sqlexpr.Bound(n.Threshold)
	left, right = compare(c, bound, side)
	if n.Missing == MissingZero {
		// No threshold is without zeros, so that the two sides of the band are told by its bounds.
		high, _ := sqlexpr.Bound(zeroBand)
		low, _ := sqlexpr.Bound(math.Nextafter(-zeroBand, math.Inf(-1)))
		outside := "(" + c + " > " + sqlexpr.Number(high) + " OR " + c + " <= " + sqlexpr.Number(low) + ")"
		inside := c + " <= " + sqlexpr.Number(high) + " AND " + c + " > " + sqlexpr.Number(low)
		if missingLeft {
			left, right = "("+left+") OR "+inside, right+" AND "+outside
		} else {
			left, right = left+" AND "+outside, "("+right+") OR "+inside
		}
	}
	if missingLeft {
		left = orMissing(c, left)
	} else {
		right = orMissing(c, right)
	}
	return simplify(c, left), simplify(c, right)
}

// compare is x <= bound and its opposite, both not true for NULL.
func compare(c string, bound float64, side sqlexpr.Side) (atMost, above string) {
	switch side {
	case sqlexpr.All:
		return c + " IS NOT NULL", "FALSE"
	case sqlexpr.None:
		return "FALSE", c + " IS NOT NULL"
	}
	return c + " <= " + sqlexpr.Number(bound), c + " > " + sqlexpr.Number(bound)
}

func orMissing(c, condition string) string { return condition + " OR " + c + " IS NULL" }

// simplify knows the two conditions that need no comparison.
func simplify(c, condition string) string {
	switch condition {
	case orMissing(c, c+" IS NOT NULL"):
		return always
	case orMissing(c, "FALSE"):
		return c + " IS NULL"
	}
	return condition
}

// maskBits is how many codes fit into an INT64 that is not negative, and shortList how many are better listed. DuckDB makes a join of a
// longer list, even inside a CASE.
const (
	maskBits  = 63
	shortList = 3
)

// levelConditions are those of a set of category codes: a missing code goes right. The shorter of the set and its complement is listed.
func levelConditions(c string, set []uint32, levels int) (left, right string) {
	var in, out []string
	var mask uint64
	for code := range levels {
		if code/32 < len(set) && set[code/32]>>(code%32)&1 != 0 {
			in = append(in, strconv.Itoa(code))
			mask |= 1 << (code % 64)
		} else {
			out = append(out, strconv.Itoa(code))
		}
	}
	switch {
	case len(in) == 0:
		return "FALSE", always
	case len(out) == 0:
		return c + " IS NOT NULL", c + " IS NULL"
	case levels <= maskBits && min(len(in), len(out)) > shortList:
		bit := "((" + strconv.FormatUint(mask, 10) + " >> " + c + ") & 1) = "
		return bit + "1", orMissing(c, bit+"0")
	case len(in) <= len(out):
		list := " IN (" + strings.Join(in, ",") + ")"
		return c + list, orMissing(c, c+" NOT"+list)
	}
	list := " IN (" + strings.Join(out, ",") + ")"
	return c + " NOT" + list, orMissing(c, c+list)
}

// numberSetConditions are those of a set of codes asked of a number, which LightGBM truncates towards 0: each run of codes is a range.
func numberSetConditions(c string, set []uint32) (left, right string) {
	var in, out []string
	for code := 0; code < 32*len(set); code++ {
		if set[code/32]>>(code%32)&1 == 0 {
			continue
		}
		last := code
		for last+1 < 32*len(set) && set[(last+1)/32]>>((last+1)%32)&1 != 0 {
			last++
		}
		// The codes are reached above from, exclusive, up to the number before to+1.
		from := math.Nextafter(float64(code), math.Inf(-1))
		if code == 0 {
			from = -1
		}
		below, above := boundOf(from), boundOf(math.Nextafter(float64(last+1), math.Inf(-1)))
		in = append(in, fmt.Sprintf("%s > %s AND %s <= %s", c, below, c, above))
		out = append(out, fmt.Sprintf("(%s <= %s OR %s > %s)", c, below, c, above))
		code = last
	}
	if len(in) == 0 {
		return "FALSE", always
	}
	return strings.Join(in, " OR "), orMissing(c, strings.Join(slices.Clip(out), " AND "))
}

func boundOf(t float64) string {
	bound, _ := sqlexpr.Bound(t)
	return sqlexpr.Number(bound)
}
