package metrics_test

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

func ExampleEvaluate() {
	p := []float64{0.9, 0.8, 0.3, 0.6, 0.2, 0.1}
	y := []bool{true, true, false, false, true, false}
	s := metrics.Evaluate(p, y, metrics.Options{Resamples: -1})
	fmt.Printf("AUC %.3f, log loss %.3f, base rate %.2f\n", s.AUC.Value, s.LogLoss.Value, s.BaseRate)
	// Output: AUC 0.778, log loss 0.553, base rate 0.50
}
