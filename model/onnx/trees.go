package onnx

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// leastProbability bounds the mean probability of a forest off 0 and 1, as the ensemble does before it takes the log-odds.
const leastProbability = 1e-6

// trees appends the ensemble as a TreeEnsembleClassifier over the input and columns derived from it, and returns the log-odds.
func (g *graph) trees(e *tree.Ensemble) string {
	c := &classifier{width: int64(len(e.Fields())), derived: map[string]int64{}, grid: grid(e.Trees())}
	for i := range e.Trees() {
		c.tree(int64(i), &e.Trees()[i])
	}
	output := g.run(c)
	if e.Objective() != tree.LogOdds {
		output = g.over(output, g.double(float64(len(e.Trees()))))
	}
	if e.Objective() != tree.MeanProbability {
		return output
	}
	p := g.clip(output, leastProbability, 1-leastProbability)
	return g.minus(g.log(p), g.log(g.minus(g.double(1), p)))
}

// classifier holds the attributes of a TreeEnsembleClassifier: parallel lists, one entry a node, and two a leaf.
type classifier struct {
	// width is the number of columns of the input; derived columns follow it.
	width   int64
	derived map[string]int64
	zeros   []int64
	sets    []set

	trees, nodes, columns, whenTrue, whenFalse, missingTrue []int64
	modes                                                   []string
	thresholds                                              []float32
	leafTrees, leafNodes, classes                           []int64
	leafValues                                              []float32
	grid                                                    float64
}

// grid is the power of 2 whose multiples of up to 24 bits, exact in float32, hold every sum of leaf values.
func grid(trees []tree.Tree) float64 {
	bound := 0.0
	for i := range trees {
		most := 0.0
		for _, l := range trees[i].Leaves {
			most = max(most, math.Abs(l.Value))
		}
		bound += most
	}
	// bound < 2^exponent; rounding to the grid adds at most half a step a tree.
	_, exponent := math.Frexp(bound)
	return math.Ldexp(1, max(exponent+1-24, -120))
}

// set is a derived column: 1 where the code of the column is in the set, else 0.
type set struct {
	column int64
	words  []uint32
}

// zeroMissing is the derived column in which zeros are missing.
func (c *classifier) zeroMissing(column int) int64 {
	return c.derive(fmt.Sprintf("zero %d", column), func() { c.zeros = append(c.zeros, int64(column)) })
}

// member is the derived column of a category set.
func (c *classifier) member(column int, words []uint32) int64 {
	return c.derive(fmt.Sprintf("set %d %x", column, words), func() { c.sets = append(c.sets, set{int64(column), words}) })
}

// derive numbers a derived column in the order of first use. A number below 0 is a place among the sets, until placeSets knows how many
// columns stand before them.
func (c *classifier) derive(key string, add func()) int64 {
	if at, ok := c.derived[key]; ok {
		return at
	}
	zeros := len(c.zeros)
	add()
	at := c.width + int64(len(c.zeros)) - 1
	if len(c.zeros) == zeros {
		at = -int64(len(c.sets))
	}
	c.derived[key] = at
	return at
}

// tree appends one tree: its splits, then its leaves.
func (c *classifier) tree(index int64, t *tree.Tree) {
	place := func(child int32) int64 {
		if child < 0 {
			return int64(len(t.Nodes)) + int64(^child)
		}
		return int64(child)
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		left, right := place(n.Left), place(n.Right)
		if n.Categories != nil {
			// In the set is 1, which is not at most a half: the false branch.
			c.node(index, int64(i), "BRANCH_LEQ", c.member(n.Column, n.Categories), 0.5, right, left, false)
			continue
		}
		column, missingLeft := int64(n.Column), n.DefaultLeft
		switch n.Missing {
		case tree.MissingZero:
			column = c.zeroMissing(n.Column)
		case tree.MissingNone:
			// A missing value is read as 0.
			missingLeft = n.Threshold >= 0
		}
		c.node(index, int64(i), "BRANCH_LEQ", column, roundDown(n.Threshold), left, right, missingLeft)
	}
	for i, l := range t.Leaves {
		at := int64(len(t.Nodes) + i)
		c.node(index, at, "LEAF", 0, 0, 0, 0, false)
		// The runtime adds float32 values up. What it adds for class 1 lies on the grid, so that the sum is exact; the small rest is class 0.
		coarse := math.Round(l.Value/c.grid) * c.grid
		c.leafTrees, c.leafNodes = append(c.leafTrees, index, index), append(c.leafNodes, at, at)
		c.classes, c.leafValues = append(c.classes, 0, 1), append(c.leafValues, float32(l.Value-coarse), float32(coarse))
	}
}

func (c *classifier) node(index, id int64, mode string, column int64, threshold float32, whenTrue, whenFalse int64, missingTrue bool) {
	c.trees, c.nodes, c.modes = append(c.trees, index), append(c.nodes, id), append(c.modes, mode)
	c.columns, c.thresholds = append(c.columns, column), append(c.thresholds, threshold)
	c.whenTrue, c.whenFalse = append(c.whenTrue, whenTrue), append(c.whenFalse, whenFalse)
	missing := int64(0)
	if missingTrue {
		missing = 1
	}
	c.missingTrue = append(c.missingTrue, missing)
}

// roundDown is the greatest float32 of at most t: float32 values are at most the one exactly where they are at most the other.
func roundDown(t float64) float32 {
	f := float32(t)
	if float64(f) > t {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

// run appends the derived columns and the classifier, and returns the sum over the trees as a table of one column of doubles.
func (g *graph) run(c *classifier) string {
	table := []string{Input}
	if len(c.zeros) > 0 {
		table = append(table, g.zerosMissing(c.zeros))
	}
	for _, sets := range c.placeSets() {
		table = append(table, g.members(sets))
	}
	input := Input
	if len(table) > 1 {
		input = g.concat(table...)
	}
	scores := fmt.Sprintf("tree_scores_%d", len(g.nodes))
	g.node("TreeEnsembleClassifier", ml, []string{input}, []string{"unused_" + scores, scores}, c.attributes())
	sums := g.cast(scores, typeDouble)
	return g.plus(g.columns(sums, 0), g.columns(sums, 1))
}

func (c *classifier) attributes() []message {
	return []message{
		intsAttribute("nodes_treeids", c.trees), intsAttribute("nodes_nodeids", c.nodes),
		intsAttribute("nodes_featureids", c.columns), textsAttribute("nodes_modes", c.modes),
		floatsAttribute("nodes_values", c.thresholds), intsAttribute("nodes_truenodeids", c.whenTrue),
		intsAttribute("nodes_falsenodeids", c.whenFalse), intsAttribute("nodes_missing_value_tracks_true", c.missingTrue),
		intsAttribute("class_treeids", c.leafTrees), intsAttribute("class_nodeids", c.leafNodes),
		intsAttribute("class_ids", c.classes), floatsAttribute("class_weights", c.leafValues),
		intsAttribute("classlabels_int64s", []int64{0, 1}), textAttribute("post_transform", "NONE"),
	}
}

// zerosMissing are the given columns with NaN for 0, by LightGBM's notion of 0.
func (g *graph) zerosMissing(columns []int64) string {
	values := g.columns(Input, columns...)
	isZero := g.not(g.less(g.floats([]float32{1e-35}), g.add("Abs", []string{values})))
	return g.where(isZero, g.floats([]float32{float32(math.NaN())}), values)
}

// placeSets gives the sets, those of one column together, and the nodes their final columns in this order.
func (c *classifier) placeSets() (byColumn [][]set) {
	places := make([]int64, len(c.sets))
	next := c.width + int64(len(c.zeros))
	for column := range c.width {
		var sets []set
		for i, s := range c.sets {
			if s.column == column {
				sets, places[i] = append(sets, s), next
				next++
			}
		}
		if len(sets) > 0 {
			byColumn = append(byColumn, sets)
		}
	}
	for i, column := range c.columns {
		if column < 0 {
			c.columns[i] = places[-column-1]
		}
	}
	return byColumn
}

// members are one column for each of the sets of a category: 1 where the code, cut off towards 0, is in the set, and 0 elsewhere and for
// missing ones. A code outside all sets reads the last row of the table, which is 0.
func (g *graph) members(sets []set) string {
	size := 0
	for _, s := range sets {
		for w, word := range s.words {
			if word != 0 {
				size = max(size, 32*w+bits.Len32(word))
			}
		}
	}
	table := make([]float32, 0, (size+1)*len(sets))
	for code := range size + 1 {
		for _, s := range sets {
			table = append(table, s.has(code))
		}
	}
	code := g.columns(Input, sets[0].column)
	outside := g.floats([]float32{float32(size)})
	within := g.add("And", []string{g.less(g.floats([]float32{-1}), code), g.less(code, outside)})
	places := g.flat(g.cast(g.where(within, code, outside), typeInt))
	return g.rows(g.floats(table, int64(size+1), int64(len(sets))), places)
}

// has is 1 for a code in the set, else 0.
func (s set) has(code int) float32 {
	if code/32 >= len(s.words) {
		return 0
	}
	return float32(s.words[code/32] >> (code % 32) & 1)
}
