package hist

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Weights checks the table and returns the weights of the rows, nil where all weigh 1, and the weighted share of positives. A row
// of weight 0 is as good as absent: where only one class weighs anything, the error is ErrOneClass.
func Weights(d model.Data) (weights []float64, base float64, err error) {
	if err := d.Check(); err != nil {
		return nil, 0, err
	}
	for i, w := range d.W {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, 0, fmt.Errorf("row %d: the weight is %v; it must be a number of at least 0", i, w)
		}
	}
	base, err = BaseRate(d.Y, d.W)
	return d.W, base, err
}

// BaseRate is the weighted share of positives; the error is ErrOneClass where there is but one class. Weights may be nil.
func BaseRate(y []bool, weights []float64) (float64, error) {
	var sums [2]float64
	for i, positive := range y {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if positive {
			sums[1] += w
		} else {
			sums[0] += w
		}
	}
	if sums[0] == 0 || sums[1] == 0 {
		return 0, model.ErrOneClass
	}
	return sums[1] / (sums[0] + sums[1]), nil
}
