package golearn

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sjwhitworth/golearn/trees"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Sketch is a small tree of questions with the share of users who returned at each leaf.
type Sketch struct {
	// Fields are the columns, in the order of a row.
	Fields []model.Field
	root   *branch
}

// branch is a question with two ways on, or a leaf without any.
type branch struct {
	ask     question
	yes, no *branch
	// rows and positives are by weight, over all training rows; count is the number of rows.
	rows, positives float64
	count           int
	// score is the leaf's smoothed log-odds.
	score float64
}

func (b *branch) leaf() bool { return b.yes == nil }

// read turns golearn's nodes into branches. golearn names attributes by their place among the questions, and leaves a node
// without children where it found no question.
func read(node *trees.DecisionTreeNode, qs []question) *branch {
	if node.Children == nil || node.SplitRule == nil || node.SplitRule.SplitAttr == nil {
		return &branch{}
	}
	k, err := strconv.Atoi(node.SplitRule.SplitAttr.GetName())
	yes, no := node.Children["1"], node.Children["0"]
	if err != nil || yes == nil || no == nil {
		return &branch{}
	}
	return &branch{ask: qs[k], yes: read(yes, qs), no: read(no, qs)}
}

// fill counts all training rows into the branches and sets the scores of the leaves.
func (s *Sketch) fill(d model.Data, prior float64) {
	row := make([]float32, len(s.Fields))
	for i, y := range d.Y {
		w := 1.0
		if d.W != nil {
			w = d.W[i]
		}
		d.X.Row(row, i)
		for b := s.root; ; b = b.next(row) {
			b.rows += w
			b.positives += w * float64(class(y))
			b.count++
			if b.leaf() {
				break
			}
		}
	}
	s.root.smooth(s.root.positives/s.root.rows, prior)
}

func (b *branch) next(row []float32) *branch {
	if b.ask.ask(row[b.ask.column]) {
		return b.yes
	}
	return b.no
}

func (b *branch) smooth(rate, prior float64) {
	if b.leaf() {
		yes, no := b.positives+prior*rate, b.rows-b.positives+prior*(1-rate)
		b.score = math.Log(yes) - math.Log(no)
		return
	}
	b.yes.smooth(rate, prior)
	b.no.smooth(rate, prior)
}

// Leaves is the number of leaves.
func (s *Sketch) Leaves() int { return s.root.leaves() }

func (b *branch) leaves() int {
	if b.leaf() {
		return 1
	}
	return b.yes.leaves() + b.no.leaves()
}

// String writes the tree as nested ifs with the share of users who returned and the number of rows.
func (s *Sketch) String() string {
	var text strings.Builder
	s.root.write(&text, s.Fields, "")
	return text.String()
}

func (b *branch) write(text *strings.Builder, fields []model.Field, indent string) {
	if b.leaf() {
		fmt.Fprintf(text, "%s%.1f %% return (%.0f users)\n", indent, 100*b.positives/math.Max(1e-300, b.rows), b.rows)
		return
	}
	fmt.Fprintf(text, "%sif %s:\n", indent, b.ask.text(fields))
	b.yes.write(text, fields, indent+"    ")
	fmt.Fprintf(text, "%selse:\n", indent)
	b.no.write(text, fields, indent+"    ")
}

// gain is the information in bits that a question brings about the class: the mutual information of answer and class.
func gain(yes, no map[string]int) float64 {
	table := [2][2]float64{
		{float64(no[stayed]), float64(no[returned])},
		{float64(yes[stayed]), float64(yes[returned])},
	}
	total := table[0][0] + table[0][1] + table[1][0] + table[1][1]
	sum := 0.0
	for a := range 2 {
		for c := range 2 {
			n := table[a][c]
			if n == 0 {
				continue
			}
			expected := (table[a][0] + table[a][1]) * (table[0][c] + table[1][c]) / total
			sum += n / total * math.Log2(n/expected)
		}
	}
	return sum
}
