package tree

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Format names the encoding of an ensemble in an artifact: a LightGBM v4 text model.
//
// LogOdds is written as objective binary, and LightGBM's prediction is our probability. MeanProbability is written as
// objective regression with average_output: LightGBM predicts the mean leaf value, which is our probability. MeanLogOdds is
// LightGBM's own random forest: objective binary with average_output, the sigmoid of the mean leaf value.
const Format = "lightgbm-text"

// Format names what MarshalBinary writes.
func (e *Ensemble) Format() string { return Format }

// MarshalBinary writes the ensemble as a LightGBM v4 text model; Decode reads it back to the bit. It never fails.
func (e *Ensemble) MarshalBinary() ([]byte, error) {
	blocks := make([]string, len(e.trees))
	sizes := make([]int, len(e.trees))
	for i := range e.trees {
		blocks[i] = writeTree(i, &e.trees[i])
		sizes[i] = len(blocks[i])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=%d\n", len(e.fields)-1)
	objective, boosting := "binary sigmoid:1", "gbdt"
	if e.objective == MeanProbability {
		objective = "regression"
	}
	fmt.Fprintf(&b, "objective=%s\n", objective)
	if e.objective != LogOdds {
		b.WriteString("average_output\n")
		boosting = "rf"
	}
	writeList(&b, "feature_names", FileNames(e.fields), func(s string) string { return s })
	writeList(&b, "feature_infos", e.infos(), func(s string) string { return s })
	writeList(&b, "tree_sizes", sizes, strconv.Itoa)
	b.WriteString("\n" + strings.Join(blocks, "") + "end of trees\n")
	fmt.Fprintf(&b, "\nparameters:\n[boosting: %s]\n[objective: %s]\nend of parameters\n\npandas_categorical:null\n",
		boosting, strings.Fields(objective)[0])
	return []byte(b.String()), nil
}

// FileNames are the fields' names as the file holds them: LightGBM takes neither spaces nor JSON's own characters, which
// become _; a name that is then taken twice gets its column number.
func FileNames(fields []model.Field) []string {
	names := make([]string, len(fields))
	seen := map[string]bool{}
	for j, f := range fields {
		name := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune(`",:[]{}=`, r) {
				return '_'
			}
			return r
		}, f.Name)
		for name == "" || seen[name] {
			name += "_" + strconv.Itoa(j)
		}
		seen[name] = true
		names[j] = name
	}
	return names
}

// infos are LightGBM's feature_infos: the levels of a category, the range of the thresholds of a number, none if unused.
func (e *Ensemble) infos() []string {
	low, high := make([]float64, len(e.fields)), make([]float64, len(e.fields))
	used := make([]bool, len(e.fields))
	for i := range e.steps {
		s := &e.steps[i]
		if !used[s.column] {
			low[s.column], high[s.column] = math.Inf(1), math.Inf(-1)
		}
		used[s.column] = true
		low[s.column], high[s.column] = min(low[s.column], s.threshold), max(high[s.column], s.threshold)
	}
	infos := make([]string, len(e.fields))
	for j, f := range e.fields {
		switch {
		case !used[j]:
			infos[j] = "none"
		case f.Category():
			codes := make([]string, len(f.Levels))
			for c := range codes {
				codes[c] = strconv.Itoa(c)
			}
			infos[j] = strings.Join(codes, ":")
		default:
			infos[j] = "[" + number(low[j]) + ":" + number(high[j]) + "]"
		}
	}
	return infos
}

// number writes a float as C's %.17g does, which reads back to the bit.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 17, 64) }

// writeList writes key=a b c.
func writeList[T any](b *strings.Builder, key string, values []T, text func(T) string) {
	b.WriteString(key + "=")
	for i, v := range values {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(text(v))
	}
	b.WriteByte('\n')
}

// Bits of LightGBM's decision_type: 1 is categorical, 2 default left, and the missing type from bit 2 on.
const (
	decisionCategory    = 1
	decisionDefaultLeft = 2
	decisionMissing     = 2
)

// decision is LightGBM's decision_type of the split.
func (n *Node) decision() int {
	d := int(n.Missing) << decisionMissing
	if n.Categories != nil {
		d |= decisionCategory
	}
	if n.DefaultLeft {
		d |= decisionDefaultLeft
	}
	return d
}

// writeTree is one Tree= block.
func writeTree(index int, t *Tree) string {
	boundaries, words := []int{0}, []uint32{}
	thresholds := make([]float64, len(t.Nodes))
	for i := range t.Nodes {
		thresholds[i] = t.Nodes[i].Threshold
		if set := t.Nodes[i].Categories; set != nil {
			thresholds[i] = float64(len(boundaries) - 1)
			words = append(words, set...)
			boundaries = append(boundaries, len(words))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Tree=%d\nnum_leaves=%d\nnum_cat=%d\n", index, len(t.Leaves), len(boundaries)-1)
	node := func(key string, text func(*Node) string) {
		texts := make([]string, len(t.Nodes))
		for i := range t.Nodes {
			texts[i] = text(&t.Nodes[i])
		}
		writeList(&b, key, texts, func(s string) string { return s })
	}
	node("split_feature", func(n *Node) string { return strconv.Itoa(n.Column) })
	node("split_gain", func(n *Node) string { return number(n.Gain) })
	writeList(&b, "threshold", thresholds, number)
	node("decision_type", func(n *Node) string { return strconv.Itoa(n.decision()) })
	node("left_child", func(n *Node) string { return strconv.Itoa(int(n.Left)) })
	node("right_child", func(n *Node) string { return strconv.Itoa(int(n.Right)) })
	writeList(&b, "leaf_value", t.Leaves, func(l Leaf) string { return number(l.Value) })
	writeList(&b, "leaf_weight", t.Leaves, func(l Leaf) string { return number(l.Weight) })
	writeList(&b, "leaf_count", t.Leaves, func(l Leaf) string { return strconv.FormatInt(l.Count, 10) })
	node("internal_value", func(n *Node) string { return number(n.Value) })
	node("internal_weight", func(n *Node) string { return number(n.Weight) })
	node("internal_count", func(n *Node) string { return strconv.FormatInt(n.Count, 10) })
	if len(boundaries) > 1 {
		writeList(&b, "cat_boundaries", boundaries, strconv.Itoa)
		writeList(&b, "cat_threshold", words, func(w uint32) string { return strconv.FormatUint(uint64(w), 10) })
	}
	fmt.Fprintf(&b, "is_linear=0\nshrinkage=%s\n\n\n", number(t.Shrinkage))
	return b.String()
}
