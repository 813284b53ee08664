package hist

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Weights checks the table and returns the weight of every row and the weighted share of positives. A row of weight 0 is as
// good as absent: where only one class weighs anything, the error is ErrOneClass.
func Weights(d model.Data) (weights []float64, base float64, err error) {
	if err := d.Check(); err != nil {
		return nil, 0, err
	}
	weights = make([]float64, len(d.Y))
	var sums [2]float64
	for i, y := range d.Y {
		weights[i] = 1
		if d.W != nil {
			weights[i] = d.W[i]
		}
		if w := weights[i]; !(w >= 0) || math.IsInf(w, 0) {
			return nil, 0, fmt.Errorf("row %d: the weight is %v; it must be a number of at least 0", i, w)
		}
		if y {
			sums[1] += weights[i]
		} else {
			sums[0] += weights[i]
		}
	}
	if sums[0] == 0 || sums[1] == 0 {
		return nil, 0, model.ErrOneClass
	}
	return weights, sums[1] / (sums[0] + sums[1]), nil
}
