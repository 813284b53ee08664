// Package model holds what every revisit classifier shares: the feature matrix, the two interfaces, splits by time, the
// leakage rules, and the artifact that a trained model is published as.
package model

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"math"
)

// Data is a labelled table: X has one row a user, Y says who revisited, and W weighs the rows (nil: all 1).
// Rows are ordered by day 0, oldest first, so that a family may hold out the newest for early stopping.
type Data struct {
	X *Matrix
	Y []bool
	W []float64
}

// Check reports a table that no family can fit: ragged, empty, or of one class only.
func (d Data) Check() error {
	if err := d.X.Check(); err != nil {
		return err
	}
	rows := d.X.Rows()
	if rows == 0 || len(d.X.Columns) == 0 {
		return ErrEmpty
	}
	if len(d.Y) != rows {
		return fmt.Errorf("labels have %d rows, features %d", len(d.Y), rows)
	}
	if d.W != nil && len(d.W) != rows {
		return fmt.Errorf("weights have %d rows, features %d", len(d.W), rows)
	}
	positives := 0
	for _, y := range d.Y {
		if y {
			positives++
		}
	}
	if positives == 0 || positives == rows {
		return ErrOneClass
	}
	return nil
}

// Take copies the given rows into a new table.
func (d Data) Take(rows []int) Data {
	out := Data{X: d.X.Take(rows), Y: make([]bool, len(rows))}
	for k, i := range rows {
		out.Y[k] = d.Y[i]
	}
	if d.W != nil {
		out.W = make([]float64, len(rows))
		for k, i := range rows {
			out.W[k] = d.W[i]
		}
	}
	return out
}

// ErrEmpty is returned by Fit for a table without rows or columns.
var ErrEmpty = errors.New("there is nothing to fit: the table has no rows or no columns")

// ErrOneClass is returned by Fit when all labels are alike.
var ErrOneClass = errors.New("there is nothing to learn: all labels are the same")

// Classifier is one family with its parameters and seed set. Fit must not keep or change the data, must return soon after ctx
// ends, and must give the same bytes for the same data and seed whatever GOMAXPROCS is.
type Classifier interface {
	// Family names the kind of classifier: logit, gbdt, forest, bayes, rules.
	Family() string
	// Fit learns from d. It returns ErrEmpty or ErrOneClass (wrapped) where nothing can be learnt.
	Fit(ctx context.Context, d Data) (Predictor, error)
}

// Predictor is a fitted model, safe for concurrent use. A row holds one value a column in the order of the fitted matrix,
// missing as NaN. Rows of another width are a programmer's error and panic.
type Predictor interface {
	// Score is the uncalibrated log-odds of revisiting.
	Score(row []float32) float64
	// Contribute writes into dst what each column adds to the score, so that base + sum(dst) = Score(row) within 1e-9
	// relative, and returns the base: the score of the average user.
	Contribute(dst []float64, row []float32) (base float64)
	// Format names the encoding that MarshalBinary writes, for the artifact: see tree.Format and linear.Format.
	Format() string
	encoding.BinaryMarshaler
}

// BatchScorer is a Predictor that scores a whole matrix faster than row by row.
type BatchScorer interface {
	// ScoreAll writes one score a row into dst.
	ScoreAll(dst []float64, x *Matrix)
}

// Scores scores every row of x.
func Scores(p Predictor, x *Matrix) []float64 {
	dst := make([]float64, x.Rows())
	if b, ok := p.(BatchScorer); ok {
		b.ScoreAll(dst, x)
		return dst
	}
	row := make([]float32, len(x.Columns))
	for i := range dst {
		dst[i] = p.Score(x.Row(row, i))
	}
	return dst
}

// Sigmoid turns log-odds into a probability.
func Sigmoid(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

// Decoder reads what a Predictor's MarshalBinary wrote. The fields are those of the fitted matrix.
type Decoder func(payload []byte, fields []Field) (Predictor, error)
