package golearn

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/trees"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// RulesParams steer Rules. Start from RulesDefaults.
type RulesParams struct {
	// Rows caps the rows that golearn grows the tree on, spread evenly over the table. The leaves are filled from all rows.
	Rows int `json:"rows"`
	// Questions caps the questions that golearn may ask: those that tell the most of these rows when asked first.
	Questions int `json:"questions"`
	// Depth is the largest number of questions in a row, so that a person can read the tree.
	Depth int `json:"depth"`
	// Leaf is the smallest number of rows, among those golearn sees, on either side of a question.
	Leaf int `json:"leaf"`
	// Gain is the least information gain in bits that a question must bring.
	Gain float64 `json:"gain"`
	// Prior is the weight, in rows, by which a leaf's share of positives is drawn to that of all rows.
	Prior float64 `json:"prior"`
}

// RulesDefaults give a tree of at most 16 leaves, grown on 3,000 rows and 60 questions: a call of about a second.
func RulesDefaults() RulesParams {
	return RulesParams{Rows: 3_000, Questions: 60, Depth: 4, Leaf: 50, Gain: 0.002, Prior: 10}
}

// Validate reports the first parameter that no fit can work with.
func (p RulesParams) Validate() error {
	switch {
	case p.Rows < 2:
		return fmt.Errorf("rules: rows is %d; want at least 2", p.Rows)
	case p.Questions < 1:
		return fmt.Errorf("rules: questions is %d; want at least 1", p.Questions)
	case p.Depth < 1 || p.Depth > 10:
		return fmt.Errorf("rules: depth is %d; want 1 to 10", p.Depth)
	case p.Leaf < 1:
		return fmt.Errorf("rules: leaf is %d; want at least 1", p.Leaf)
	case !(p.Gain >= 0):
		return fmt.Errorf("rules: gain is %v; want at least 0", p.Gain)
	case !(p.Prior > 0):
		return fmt.Errorf("rules: prior is %v; want more than 0", p.Prior)
	}
	return nil
}

// Rules is golearn's ID3 over yes-or-no questions: did or did not, above a quartile, has a level, has no value. It gives a tree
// that people can read, see Rules.Sketch. Nothing in it is random. Weights thin out and repeat the rows that the tree is grown
// on.
type Rules struct {
	Params RulesParams
}

// NewRules is a Rules with the given parameters.
func NewRules(p RulesParams) *Rules { return &Rules{Params: p} }

// Family is rules.
func (r *Rules) Family() string { return "rules" }

// Sketch learns from d and returns the tree as questions. Its errors are those of Fit.
func (r *Rules) Sketch(ctx context.Context, d model.Data) (*Sketch, error) {
	if err := r.Params.Validate(); err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	rows, err := sample(d, r.Params.Rows)
	if err != nil {
		return nil, err
	}
	qs := telling(d, rows, questions(d.X, rows, binned), r.Params.Questions)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := r.grow(ctx, d, rows, qs)
	if err != nil {
		return nil, err
	}
	s := &Sketch{Fields: d.X.Fields(), root: read(root, qs)}
	s.fill(d, r.Params.Prior)
	return s, ctx.Err()
}

// telling keeps the most questions of the largest information gain over the rows, in the order of the columns.
func telling(d model.Data, rows []int, qs []question, most int) []question {
	if len(qs) <= most {
		return qs
	}
	gains := make([]float64, len(qs))
	for k, q := range qs {
		yes, no := map[string]int{}, map[string]int{}
		values := d.X.Columns[q.column].Values
		for _, i := range rows {
			answer, class := no, stayed
			if q.ask(values[i]) {
				answer = yes
			}
			if d.Y[i] {
				class = returned
			}
			answer[class]++
		}
		gains[k] = gain(yes, no)
	}
	order := make([]int, len(qs))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gains[b], gains[a]) })
	order = order[:most]
	slices.Sort(order)
	kept := make([]question, most)
	for i, k := range order {
		kept[i] = qs[k]
	}
	return kept
}

// binned adds the quartiles of the positive values to the basic questions of a number.
func binned(j int, c model.Column) []question {
	out := basic(j, c)
	if c.Category() {
		return out
	}
	var values []float32
	low := float32(0)
	for _, v := range c.Values {
		if v == v {
			values = append(values, v)
			low = min(low, v)
		}
	}
	if low >= 0 {
		values = slices.DeleteFunc(values, func(v float32) bool { return v == 0 })
	}
	if len(values) == 0 {
		return out
	}
	slices.Sort(values)
	for _, quarter := range []int{1, 2, 3} {
		q := question{column: j, kind: linear.Did, threshold: values[(len(values)-1)*quarter/4]}
		if !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

// grow lets golearn grow the tree.
func (r *Rules) grow(ctx context.Context, d model.Data, rows []int, qs []question) (root *trees.DecisionTreeNode, err error) {
	err = guard("ID3", func() error {
		g, err := newGrid(d, rows, qs)
		if err != nil {
			return err
		}
		root = trees.InferID3Tree(g, &chooser{ctx: ctx, params: r.Params, attributes: len(g.AllAttributes())})
		return nil
	})
	if ended := ctx.Err(); ended != nil {
		return nil, ended
	}
	return root, err
}

// chooser is the rule generator for golearn's recursion. golearn's own one takes the candidates in Go's map order, so that of
// two equal questions either may win; this one takes them in column order, and stops where a tree stops being readable.
type chooser struct {
	ctx    context.Context
	params RulesParams
	// attributes is the number of attributes at the root: each question on the way down uses up one.
	attributes int
}

// GenerateSplitRule picks the attribute of the largest information gain, or nil to make a leaf.
func (c *chooser) GenerateSplitRule(g base.FixedDataGrid) *trees.DecisionTreeRule {
	attributes := g.AllAttributes()
	if c.ctx.Err() != nil || c.attributes-len(attributes) >= c.params.Depth {
		return nil
	}
	var best base.Attribute
	most := c.params.Gain
	for _, a := range base.AttributeDifference(attributes, g.AllClassAttributes()) {
		answers := base.GetClassDistributionAfterSplit(g, a)
		yes, no := answers["1"], answers["0"]
		if min(yes[stayed]+yes[returned], no[stayed]+no[returned]) < c.params.Leaf {
			continue
		}
		if gain := gain(yes, no); gain > most {
			best, most = a, gain
		}
	}
	if best == nil {
		return nil
	}
	return &trees.DecisionTreeRule{SplitAttr: best}
}
