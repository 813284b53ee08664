package tree

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Decode reads a LightGBM v4 text model of one binary score over the given fields, which must have the names that the file has, with the
// levels of a category in the order of its codes. A sigmoid other than 1 is multiplied into the leaves. Errors say what in the file cannot be
// used and where. Memory stays within a small multiple of the payload.
func Decode(payload []byte, fields []model.Field) (model.Predictor, error) {
	e, err := decode(string(payload), fields)
	if err != nil {
		return nil, fmt.Errorf("read LightGBM text model: %w", err)
	}
	return e, nil
}

func decode(text string, fields []model.Field) (*Ensemble, error) {
	body, tail, found := strings.Cut(text, "\nend of trees")
	if !found || !strings.Contains(tail, "\nend of parameters") {
		return nil, errors.New(`there is no line "end of trees" or "end of parameters": the file is cut off or of another kind`)
	}
	parts := strings.Split(body, "\nTree=")
	header, err := readBlock(parts[0])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	objective, slope, err := header.objective()
	if err != nil {
		return nil, err
	}
	if err := header.checkFields(fields); err != nil {
		return nil, err
	}
	trees := make([]Tree, len(parts)-1)
	for i, part := range parts[1:] {
		index, rest, _ := strings.Cut(part, "\n")
		if strings.TrimSpace(index) != strconv.Itoa(i) {
			return nil, fmt.Errorf("tree %d is numbered %.20q", i, index)
		}
		if trees[i], err = readTree(rest); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		trees[i].scale(slope)
	}
	return New(fields, objective, trees)
}

// block is the key=value lines of the header or of one tree; a line without = is a key with an empty value.
type block map[string]string

func readBlock(text string) (block, error) {
	b := block{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if _, twice := b[key]; twice {
			return nil, fmt.Errorf("%.40q stands there twice", key)
		}
		b[key] = value
	}
	return b, nil
}

// objective checks that the model is one that this package can score. slope is what the values must be multiplied with to be log-odds.
func (b block) objective() (objective Objective, slope float64, err error) {
	if _, ok := b["tree"]; !ok {
		return 0, 0, errors.New(`it does not begin with "tree"`)
	}
	for _, want := range [][2]string{{"version", "v4"}, {"num_class", "1"}, {"num_tree_per_iteration", "1"}} {
		if b[want[0]] != want[1] {
			return 0, 0, fmt.Errorf("%s is %.40q, only %s can be read", want[0], b[want[0]], want[1])
		}
	}
	_, average := b["average_output"]
	slope = 1
	text, binary := strings.CutPrefix(b["objective"], "binary sigmoid:")
	if binary {
		if slope, err = parseFloat(text); err != nil || !(slope > 0) || math.IsInf(slope, 0) {
			return 0, 0, fmt.Errorf("objective %.40q: its sigmoid is not a finite number above 0", b["objective"])
		}
	}
	switch logOdds := binary || b["objective"] == "cross_entropy"; {
	case logOdds && average:
		return MeanLogOdds, slope, nil
	case logOdds:
		return LogOdds, slope, nil
	case b["objective"] == "regression" && average:
		return MeanProbability, slope, nil
	default:
		return 0, 0, fmt.Errorf("objective %.40q (average_output %v) is not read: want binary or cross_entropy, or regression with "+
			"average_output", b["objective"], average)
	}
}

// scale multiplies the outputs.
func (t *Tree) scale(slope float64) {
	if slope == 1 {
		return
	}
	for i := range t.Nodes {
		t.Nodes[i].Value *= slope
	}
	for i := range t.Leaves {
		t.Leaves[i].Value *= slope
	}
}

// checkFields reports a file over other columns.
func (b block) checkFields(fields []model.Field) error {
	names, want := strings.Fields(b["feature_names"]), FileNames(fields)
	if len(names) != len(want) {
		return fmt.Errorf("feature_names has %d names, the model's fields are %d", len(names), len(want))
	}
	for j := range names {
		if names[j] != want[j] {
			return fmt.Errorf("feature %d is named %.60q, want %.60q", j, names[j], want[j])
		}
	}
	return nil
}

// list reads the n values of a key.
func list[T any](b block, key string, n int, parse func(string) (T, error)) ([]T, error) {
	texts := strings.Fields(b[key])
	if len(texts) != n {
		return nil, fmt.Errorf("%s has %d values, want %d", key, len(texts), n)
	}
	values := make([]T, n)
	for i, s := range texts {
		v, err := parse(s)
		if err != nil {
			return nil, fmt.Errorf("%s, value %d: %.40q is not a number of its kind", key, i, s)
		}
		values[i] = v
	}
	return values, nil
}

// optional reads as list does, and gives zeros where the key is not there: LightGBM leaves some out of one-leaf trees.
func optional[T any](b block, key string, n int, parse func(string) (T, error)) ([]T, error) {
	if b[key] == "" {
		return make([]T, n), nil
	}
	return list(b, key, n, parse)
}

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
func parseInt(s string) (int64, error)     { return strconv.ParseInt(s, 10, 32) }
func parseWord(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err
}

// readTree reads what follows a Tree= line.
func readTree(text string) (Tree, error) {
	b, err := readBlock(text)
	if err != nil {
		return Tree{}, err
	}
	if linear := b["is_linear"]; linear != "" && linear != "0" {
		return Tree{}, errors.New("linear leaves are not read")
	}
	t := Tree{Shrinkage: 1}
	if s := b["shrinkage"]; s != "" {
		if t.Shrinkage, err = parseFloat(s); err != nil {
			return Tree{}, fmt.Errorf("shrinkage %.40q is not a number", s)
		}
	}
	if err := t.readLeaves(b); err != nil {
		return Tree{}, err
	}
	if len(t.Leaves) == 1 {
		return t, nil
	}
	return t, t.readNodes(b)
}

// readLeaves reads the leaves; their number is bounded by the values the file really has.
func (t *Tree) readLeaves(b block) error {
	n := len(strings.Fields(b["leaf_value"]))
	if b["num_leaves"] != strconv.Itoa(n) || n == 0 {
		return fmt.Errorf("num_leaves is %.40q, leaf_value has %d values", b["num_leaves"], n)
	}
	values, err := list(b, "leaf_value", n, parseFloat)
	if err != nil {
		return err
	}
	weights, err := optional(b, "leaf_weight", n, parseFloat)
	if err != nil {
		return err
	}
	counts, err := optional(b, "leaf_count", n, parseInt)
	if err != nil {
		return err
	}
	t.Leaves = make([]Leaf, n)
	for i := range t.Leaves {
		t.Leaves[i] = Leaf{Value: values[i], Weight: weights[i], Count: counts[i]}
	}
	return nil
}

// readNodes reads the splits.
func (t *Tree) readNodes(b block) error {
	n := len(t.Leaves) - 1
	t.Nodes = make([]Node, n)
	floats := []struct {
		key string
		set func(*Node, float64)
	}{
		{"split_gain", func(n *Node, v float64) { n.Gain = v }},
		{"threshold", func(n *Node, v float64) { n.Threshold = v }},
		{"internal_value", func(n *Node, v float64) { n.Value = v }},
		{"internal_weight", func(n *Node, v float64) { n.Weight = v }},
	}
	for _, f := range floats {
		values, err := list(b, f.key, n, parseFloat)
		if err != nil {
			return err
		}
		for i, v := range values {
			f.set(&t.Nodes[i], v)
		}
	}
	integers := []struct {
		key string
		set func(*Node, int64)
	}{
		{"split_feature", func(n *Node, v int64) { n.Column = int(v) }},
		{"left_child", func(n *Node, v int64) { n.Left = int32(v) }},
		{"right_child", func(n *Node, v int64) { n.Right = int32(v) }},
		{"internal_count", func(n *Node, v int64) { n.Count = v }},
	}
	for _, f := range integers {
		values, err := list(b, f.key, n, parseInt)
		if err != nil {
			return err
		}
		for i, v := range values {
			f.set(&t.Nodes[i], v)
		}
	}
	return t.readDecisions(b)
}

// readDecisions reads decision_type and the category sets.
func (t *Tree) readDecisions(b block) error {
	kinds, err := list(b, "decision_type", len(t.Nodes), parseInt)
	if err != nil {
		return err
	}
	words, err := list(b, "cat_threshold", len(strings.Fields(b["cat_threshold"])), parseWord)
	if err != nil {
		return err
	}
	bounds, err := list(b, "cat_boundaries", len(strings.Fields(b["cat_boundaries"])), parseInt)
	if err != nil {
		return err
	}
	used := make([]bool, len(bounds))
	for i, kind := range kinds {
		n := &t.Nodes[i]
		if kind < 0 || kind > 15 {
			return fmt.Errorf("decision_type, value %d: %d is not known", i, kind)
		}
		n.Missing, n.DefaultLeft = Missing(kind>>decisionMissing), kind&decisionDefaultLeft != 0
		if kind&decisionCategory == 0 {
			continue
		}
		at := int(n.Threshold)
		if float64(at) != n.Threshold || at < 0 || at+1 >= len(bounds) || used[at] {
			return fmt.Errorf("split %d: category set %s does not exist or is used twice", i, number(n.Threshold))
		}
		used[at] = true
		from, to := bounds[at], bounds[at+1]
		if from < 0 || from >= to || to > int64(len(words)) {
			return fmt.Errorf("category set %d: words %d to %d are outside the %d words", at, from, to, len(words))
		}
		n.Categories, n.Threshold = words[from:to:to], 0
	}
	return nil
}
