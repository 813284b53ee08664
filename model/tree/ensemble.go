// Package tree is the one form in which every tree model ends: flat ensembles that score, explain themselves exactly, and are
// kept on disk as LightGBM text models.
package tree

import (
	"errors"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Missing says which values a split counts as missing, as LightGBM's missing_type does.
type Missing uint8

const (
	// MissingNone counts none: NaN is read as 0.
	MissingNone Missing = iota
	// MissingZero counts zeros and NaN.
	MissingZero
	// MissingNaN counts NaN.
	MissingNaN
)

// Objective says what the leaf values are and how the trees' values become the score.
type Objective uint8

const (
	// LogOdds adds the leaf values up: boosting.
	LogOdds Objective = iota
	// MeanProbability averages probabilities; the score is the log-odds of the mean: our forest.
	MeanProbability
	// MeanLogOdds averages log-odds: LightGBM's random forest.
	MeanLogOdds
)

// Node is one split. A child of 0 or more is a node of the same tree, a negative child c is leaf ^c. The root is node 0.
type Node struct {
	// Column is the column that is asked.
	Column int
	// Threshold sends numbers of at most its value left.
	Threshold float64
	// Categories, if not nil, is the set of codes that go left, 32 to a word; all others, missing too, go right.
	Categories []uint32
	// Missing says which numbers are missing, DefaultLeft sends them left.
	Missing     Missing
	DefaultLeft bool
	// Left and Right are the children.
	Left, Right int32
	// Gain is the loss that the split saved, Value the output here, Weight the sum of hessians and Count the rows of training.
	Gain, Value, Weight float64
	Count               int64
}

// Leaf is an end: its value, and the sum of hessians and the rows of training that ended there.
type Leaf struct {
	Value, Weight float64
	Count         int64
}

// Tree is one tree: one leaf more than splits. Shrinkage is noted in the file and already in the values.
type Tree struct {
	Nodes     []Node
	Leaves    []Leaf
	Shrinkage float64
}

// The bits of step.kind; the lowest two are the Missing.
const (
	kindMissing     = 3
	kindCategory    = 4
	kindDefaultLeft = 8
)

// step is a node as scoring walks it: children are steps of the whole ensemble, or ^i for value i.
type step struct {
	threshold   float64
	left, right int32
	column      int32
	// from and to bound the words of a category set.
	from, to uint32
	kind     uint8
}

// Ensemble is a fitted tree model, made by New. It is safe for concurrent use.
type Ensemble struct {
	fields    []model.Field
	objective Objective
	trees     []Tree

	steps  []step
	words  []uint32
	values []float64
	roots  []int32
	// covers are the training rows that came by each step, leafCovers those that ended in each leaf.
	covers, leafCovers []float64
	depth              int

	// fast is made when a score is first asked for, plan when an explanation is.
	fast  lazily[scorer]
	plans lazily[[]explainer]
}

var (
	_ model.Predictor   = (*Ensemble)(nil)
	_ model.BatchScorer = (*Ensemble)(nil)
)

// New checks the trees and lays them out for scoring. It keeps the slices it is given; the caller must not change them.
// Errors name the tree, the split or leaf, and what is wrong with it.
func New(fields []model.Field, objective Objective, trees []Tree) (*Ensemble, error) {
	if objective > MeanLogOdds {
		return nil, fmt.Errorf("objective %d is not known", objective)
	}
	if len(trees) == 0 {
		return nil, errors.New("there are no trees; a constant is one tree of one leaf")
	}
	e := &Ensemble{fields: fields, objective: objective, trees: trees}
	for i := range trees {
		depth, err := trees[i].check(len(fields))
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		e.depth = max(e.depth, depth)
		e.flatten(&trees[i])
	}
	return e, nil
}

// flatten appends the tree's nodes to the steps.
func (e *Ensemble) flatten(t *Tree) {
	steps, values := int32(len(e.steps)), int32(len(e.values))
	place := func(child int32) int32 {
		if child < 0 {
			return ^(values + ^child)
		}
		return steps + child
	}
	root := ^values
	if len(t.Nodes) > 0 {
		root = steps
	}
	e.roots = append(e.roots, root)
	for i := range t.Nodes {
		n := &t.Nodes[i]
		s := step{threshold: n.Threshold, column: int32(n.Column), left: place(n.Left), right: place(n.Right), kind: uint8(n.Missing)}
		if n.DefaultLeft {
			s.kind |= kindDefaultLeft
		}
		if n.Categories != nil {
			s.kind |= kindCategory
			s.from = uint32(len(e.words))
			e.words = append(e.words, n.Categories...)
			s.to = uint32(len(e.words))
		}
		e.steps = append(e.steps, s)
	}
	for _, l := range t.Leaves {
		e.values = append(e.values, l.Value)
		e.leafCovers = append(e.leafCovers, float64(max(l.Count, 1)))
	}
	e.covers = append(e.covers, make([]float64, len(t.Nodes))...)
	e.fillCovers(root)
}

// fillCovers counts the training rows of every step below at from its leaves. A leaf that says 0 rows counts as 1, so that
// every branch has a weight.
func (e *Ensemble) fillCovers(at int32) float64 {
	if at < 0 {
		return e.leafCovers[^at]
	}
	e.covers[at] = e.fillCovers(e.steps[at].left) + e.fillCovers(e.steps[at].right)
	return e.covers[at]
}

// coverOf is the number of training rows below a child.
func (e *Ensemble) coverOf(at int32) float64 {
	if at < 0 {
		return e.leafCovers[^at]
	}
	return e.covers[at]
}

// Fields are the columns that a row must have.
func (e *Ensemble) Fields() []model.Field { return e.fields }

// Trees are the trees. They must not be changed.
func (e *Ensemble) Trees() []Tree { return e.trees }

// Objective says how the trees' values become the score.
func (e *Ensemble) Objective() Objective { return e.objective }

// Depth is the greatest number of splits between a root and a leaf.
func (e *Ensemble) Depth() int { return e.depth }

// leastProbability keeps the log-odds of an averaged probability finite.
const leastProbability = 1e-6

// mean turns a sum over the trees into the output: the sum, or the mean.
func (e *Ensemble) mean(sum float64) float64 {
	if e.objective == LogOdds {
		return sum
	}
	return sum / float64(len(e.trees))
}

// link turns the output into log-odds.
func (e *Ensemble) link(output float64) float64 {
	if e.objective != MeanProbability {
		return output
	}
	return model.LogOdds(math.Min(math.Max(output, leastProbability), 1-leastProbability))
}

// score turns a sum over the trees into the score.
func (e *Ensemble) score(sum float64) float64 { return e.link(e.mean(sum)) }
