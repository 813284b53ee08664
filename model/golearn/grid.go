// Package golearn fits two families with the golearn library, Bernoulli naive Bayes and ID3, and brings the results into this
// project's own forms, so that nothing that scores needs golearn.
//
// Of golearn only the data grid, naive Bayes and ID3's recursion are used (base, naive, trees: pure Go). Its calls panic on what
// they do not like, so each is guarded and gives an error. Its tie-breaking follows Go's map order and its samplers the global
// random source: neither is used. A call cannot be interrupted; the row caps in Params keep each to about a second.
package golearn

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/sjwhitworth/golearn/base"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// question asks yes or no of one column; a missing value answers no, except to a Missing question.
type question struct {
	column int
	// kind is linear.Did for "above threshold", linear.Missing or linear.Level.
	kind      linear.Kind
	threshold float32
	level     int
}

func (q question) ask(v float32) bool {
	switch q.kind {
	case linear.Missing:
		return v != v
	case linear.Level:
		return v == float32(q.level)
	}
	return v > q.threshold
}

// text puts the question as a condition.
func (q question) text(fields []model.Field) string {
	f := fields[q.column]
	switch q.kind {
	case linear.Missing:
		return f.Name + " is missing"
	case linear.Level:
		return f.Name + " = " + f.Levels[q.level]
	}
	return f.Name + " > " + strconv.FormatFloat(float64(q.threshold), 'g', -1, 32)
}

// basic lists what can be asked without a threshold other than 0: did or did not, each level, missing.
func basic(j int, c model.Column) []question {
	missing := question{column: j, kind: linear.Missing}
	if !c.Category() {
		return []question{{column: j, kind: linear.Did}, missing}
	}
	var out []question
	for l := range c.Levels {
		out = append(out, question{column: j, kind: linear.Level, level: l})
	}
	return append(out, missing)
}

// questions keeps those of each column that not all of the given rows answer alike.
func questions(x *model.Matrix, rows []int, of func(int, model.Column) []question) []question {
	var out []question
	for j, c := range x.Columns {
		for _, q := range of(j, c) {
			yes := 0
			for _, i := range rows {
				if q.ask(c.Values[i]) {
					yes++
				}
			}
			if yes > 0 && yes < len(rows) {
				out = append(out, q)
			}
		}
	}
	return out
}

// sample picks at most limit rows, evenly spaced over the weight of all rows: a row comes up once for each point of a comb of
// equal teeth that falls into its weight. Rows without weights that fit the limit come up once each.
func sample(d model.Data, limit int) ([]int, error) {
	n := len(d.Y)
	size := min(n, limit)
	total := float64(n)
	if d.W != nil {
		total = 0
		for i, w := range d.W {
			if !(w >= 0) || math.IsInf(w, 0) {
				return nil, fmt.Errorf("the weight of row %d is %v; want a number of at least 0", i, w)
			}
			total += w
		}
	}
	rows := make([]int, 0, size)
	var classes [2]bool
	end := 0.0
	for i := range n {
		w := 1.0
		if d.W != nil {
			w = d.W[i]
		}
		end += w
		for len(rows) < size && (float64(len(rows))+0.5)*total/float64(size) < end {
			rows = append(rows, i)
			classes[class(d.Y[i])] = true
		}
	}
	if !classes[0] || !classes[1] {
		return nil, fmt.Errorf("in a sample of %d rows: %w", size, model.ErrOneClass)
	}
	return rows, nil
}

func class(y bool) int {
	if y {
		return 1
	}
	return 0
}

// grid is golearn's table of answers.
type grid struct {
	*base.DenseInstances
	// attributes[k] holds the answers to question k; golearn knows it by the name k.
	attributes []base.Attribute
}

// The names of the classes in a grid.
const (
	stayed   = "0"
	returned = "1"
)

// newGrid answers the questions for the rows of d, in one more column "always" that is yes for all: naive Bayes indexes out of
// range for a class that answers no to everything, and ID3 never asks the last attribute left.
func newGrid(d model.Data, rows []int, qs []question) (*grid, error) {
	g := &grid{DenseInstances: base.NewDenseInstances()}
	specs := make([]base.AttributeSpec, len(qs)+1)
	for k := range specs {
		name := strconv.Itoa(k)
		if k == len(qs) {
			name = "always"
		}
		g.attributes = append(g.attributes, base.NewBinaryAttribute(name))
		specs[k] = g.AddAttribute(g.attributes[k])
	}
	label := base.NewCategoricalAttribute()
	label.SetName("revisit")
	labelSpec := g.AddAttribute(label)
	if err := g.AddClassAttribute(label); err != nil {
		return nil, err
	}
	if err := g.Extend(len(rows)); err != nil {
		return nil, err
	}
	yes, no := []byte{1}, []byte{0}
	names := [2][]byte{label.GetSysValFromString(stayed), label.GetSysValFromString(returned)}
	for r, i := range rows {
		for k, q := range qs {
			answer := no
			if q.ask(d.X.Columns[q.column].Values[i]) {
				answer = yes
			}
			g.Set(specs[k], r, answer)
		}
		g.Set(specs[len(qs)], r, yes)
		g.Set(labelSpec, r, names[class(d.Y[i])])
	}
	return g, nil
}

// guard runs a golearn call and turns its panic into an error.
func guard(what string, call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("golearn: %s panicked: %v", what, r)
		}
	}()
	if err := call(); err != nil {
		return fmt.Errorf("golearn: %s: %w", what, err)
	}
	return nil
}

var errChanged = errors.New("the library's inner names changed; this package reads those of v0.0.0-20221228163002")
