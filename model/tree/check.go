package tree

import (
	"errors"
	"fmt"
	"math"
)

// maxDepth bounds the depth of a tree, and so what explaining one row may cost in memory.
const maxDepth = 512

// check reports the first thing that would make the tree unsafe to walk, and returns its depth.
func (t *Tree) check(columns int) (int, error) {
	if len(t.Leaves) != len(t.Nodes)+1 {
		return 0, fmt.Errorf("%d splits need %d leaves, it has %d", len(t.Nodes), len(t.Nodes)+1, len(t.Leaves))
	}
	for i := range t.Nodes {
		if err := t.Nodes[i].check(columns); err != nil {
			return 0, fmt.Errorf("split %d: %w", i, err)
		}
	}
	for i, l := range t.Leaves {
		if math.IsNaN(l.Value) || math.IsInf(l.Value, 0) {
			return 0, fmt.Errorf("leaf %d: its value is not a finite number", i)
		}
		if l.Count < 0 || l.Count > math.MaxInt32 {
			return 0, fmt.Errorf("leaf %d: %d rows are outside [0, %d]", i, l.Count, math.MaxInt32)
		}
	}
	return t.checkShape()
}

// check reports what is wrong with the split itself.
func (n *Node) check(columns int) error {
	switch {
	case n.Column < 0 || n.Column >= columns:
		return fmt.Errorf("column %d is not one of the %d columns", n.Column, columns)
	case math.IsNaN(n.Threshold):
		return errors.New("the threshold is not a number")
	case n.Missing > MissingNaN:
		return fmt.Errorf("missing type %d is not known", n.Missing)
	case n.Categories != nil && len(n.Categories) == 0:
		return errors.New("the category set is empty")
	}
	return nil
}

// checkShape reports a node or leaf that is not reached exactly once from the root, and returns the depth.
func (t *Tree) checkShape() (int, error) {
	if len(t.Nodes) == 0 {
		return 0, nil
	}
	type place struct {
		node  int32
		depth int
	}
	nodeSeen, leafSeen := make([]bool, len(t.Nodes)), make([]bool, len(t.Leaves))
	stack, deepest := []place{{0, 1}}, 0
	nodeSeen[0] = true
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if deepest = max(deepest, p.depth); deepest > maxDepth {
			return 0, fmt.Errorf("it is deeper than %d splits", maxDepth)
		}
		for _, c := range [2]int32{t.Nodes[p.node].Left, t.Nodes[p.node].Right} {
			seen, at := nodeSeen, c
			if c < 0 {
				seen, at = leafSeen, ^c
			}
			if int(at) >= len(seen) {
				return 0, fmt.Errorf("split %d: child %d does not exist", p.node, c)
			}
			if seen[at] {
				return 0, fmt.Errorf("split %d: child %d is reached twice", p.node, c)
			}
			seen[at] = true
			if c >= 0 {
				stack = append(stack, place{c, p.depth + 1})
			}
		}
	}
	// One leaf more than splits and nothing reached twice: the walk ended, so it reached k nodes and k+1 leaves.
	for i, seen := range nodeSeen {
		if !seen {
			return 0, fmt.Errorf("split %d is not reached from the root", i)
		}
	}
	return deepest, nil
}
