package golearn

import (
	"context"
	"fmt"
	"math"
	"reflect"

	"github.com/sjwhitworth/golearn/naive"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// BayesParams steer Bayes. Start from BayesDefaults.
type BayesParams struct {
	// Rows caps the rows that golearn sees, spread evenly over the table.
	Rows int `json:"rows"`
}

// BayesDefaults let golearn see 100,000 rows.
func BayesDefaults() BayesParams { return BayesParams{Rows: 100_000} }

// Validate reports a parameter that no fit can work with.
func (p BayesParams) Validate() error {
	if p.Rows < 2 {
		return fmt.Errorf("bayes: rows is %d; want at least 2", p.Rows)
	}
	return nil
}

// Bayes is golearn's Bernoulli naive Bayes over whether a user did a thing (the number is above 0), has a level, or has no
// value. Nothing in it is random. Weights thin out and repeat rows.
type Bayes struct {
	Params BayesParams
}

// NewBayes is a Bayes with the given parameters.
func NewBayes(p BayesParams) *Bayes { return &Bayes{Params: p} }

// Family is bayes.
func (b *Bayes) Family() string { return "bayes" }

// Fit learns from d and returns a *linear.Model with the same log-odds. Beside the errors of model.Classifier it returns one
// for invalid Params and weights, and for whatever golearn panics about.
func (b *Bayes) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	m, err := b.fit(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("fit bayes: %w", err)
	}
	return m, nil
}

func (b *Bayes) fit(ctx context.Context, d model.Data) (*linear.Model, error) {
	if err := b.Params.Validate(); err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	rows, err := sample(d, b.Params.Rows)
	if err != nil {
		return nil, err
	}
	qs := questions(d.X, rows, basic)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	nb, _, err := fitBayes(d, rows, qs)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	table, err := readBayes(nb, len(qs)+1)
	if err != nil {
		return nil, err
	}
	return table.model(d.X, rows, qs), nil
}

func fitBayes(d model.Data, rows []int, qs []question) (*naive.BernoulliNBClassifier, *grid, error) {
	nb := naive.NewBernoulliNBClassifier()
	var g *grid
	err := guard("naive Bayes", func() (err error) {
		if g, err = newGrid(d, rows, qs); err != nil {
			return err
		}
		return nb.Fit(g)
	})
	return nb, g, err
}

// bayesTable is what golearn's classifier has learnt: by class the number of rows and P(yes | class) of each attribute.
type bayesTable struct {
	rows [2]float64
	yes  [2][]float64
}

// readBayes takes the table out of the classifier's private fields: golearn itself gives out only class names.
func readBayes(nb *naive.BernoulliNBClassifier, width int) (bayesTable, error) {
	var t bayesTable
	err := guard("reading naive Bayes", func() error {
		v := reflect.ValueOf(nb).Elem()
		for c, name := range []string{stayed, returned} {
			key := reflect.ValueOf(name)
			t.rows[c] = float64(v.FieldByName("classInstances").MapIndex(key).Int())
			yes := v.FieldByName("condProb").MapIndex(key)
			if yes.Len() != width {
				return errChanged
			}
			for k := range width {
				t.yes[c] = append(t.yes[c], yes.Index(k).Float())
			}
		}
		return nil
	})
	return t, err
}

// no is log P(no | class), with golearn's own smoothing where P(yes) is 1.
func (t bayesTable) no(c, k int) float64 {
	if t.yes[c][k] == 1 {
		return -math.Log(t.rows[c] + 1)
	}
	return math.Log(1 - t.yes[c][k])
}

// model turns the products of probabilities into a sum: an unasked answer is no, and a yes adds the difference.
func (t bayesTable) model(x *model.Matrix, rows []int, qs []question) *linear.Model {
	m := &linear.Model{Fields: x.Fields(), Intercept: math.Log(t.rows[1] / t.rows[0]), Terms: make([]linear.Term, len(qs))}
	for k, q := range qs {
		no := t.no(1, k) - t.no(0, k)
		yes := math.Log(t.yes[1][k]) - math.Log(t.yes[0][k])
		term := linear.Term{Column: q.column, Kind: q.kind, Level: q.level, Scale: 1, Weight: yes - no}
		for _, i := range rows {
			term.Mean += term.Read(x.Columns[q.column].Values[i]) / float64(len(rows))
		}
		m.Intercept += no + term.Weight*term.Mean
		m.Terms[k] = term
	}
	return m
}
