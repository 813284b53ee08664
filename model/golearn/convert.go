package golearn

import (
	"context"
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Fit learns from d and returns a *tree.Ensemble of the one tree that Sketch shows, its leaves in log-odds. Beside the errors of
// model.Classifier it returns one for invalid Params and weights, and for whatever golearn panics about.
func (r *Rules) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	s, err := r.Sketch(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("fit rules: %w", err)
	}
	return s.Ensemble()
}

// Ensemble is the sketch as a tree model that gives the same scores.
func (s *Sketch) Ensemble() (*tree.Ensemble, error) {
	t := tree.Tree{Shrinkage: 1}
	s.root.flatten(&t)
	e, err := tree.New(s.Fields, tree.LogOdds, []tree.Tree{t})
	if err != nil {
		return nil, fmt.Errorf("turn the rules into a tree: %w", err)
	}
	return e, nil
}

// flatten appends the branch and what is below it, parents first, and returns its place: a node, or the complement of a leaf.
func (b *branch) flatten(t *tree.Tree) int32 {
	if b.leaf() {
		t.Leaves = append(t.Leaves, tree.Leaf{Value: b.score, Weight: b.rows, Count: int64(math.Round(b.rows))})
		return ^int32(len(t.Leaves) - 1)
	}
	at := int32(len(t.Nodes))
	node := tree.Node{Column: b.ask.column, Missing: tree.MissingNaN, Weight: b.rows, Count: int64(math.Round(b.rows)), Value: b.mean()}
	yesLeft := false
	switch b.ask.kind {
	case linear.Missing:
		// Every number there is goes left, so that only missing ones go right.
		node.Threshold = math.MaxFloat32
	case linear.Level:
		yesLeft = true
		node.Categories = make([]uint32, b.ask.level/32+1)
		node.Categories[b.ask.level/32] = 1 << (b.ask.level % 32)
	default:
		node.Threshold, node.DefaultLeft = float64(b.ask.threshold), true
	}
	t.Nodes = append(t.Nodes, node)
	left, right := b.no, b.yes
	if yesLeft {
		left, right = b.yes, b.no
	}
	// Not through the slice element: flatten may move the slice.
	l, r := left.flatten(t), right.flatten(t)
	t.Nodes[at].Left, t.Nodes[at].Right = l, r
	return at
}

// mean is the mean score of the training rows below.
func (b *branch) mean() float64 {
	if b.leaf() || b.rows == 0 {
		return b.score
	}
	return (b.yes.mean()*b.yes.rows + b.no.mean()*b.no.rows) / b.rows
}
