package causal

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// nuisance is what the two models say of a person, from models that did not see him.
type nuisance struct {
	// chance is to do it, mu1 and mu0 to have the outcome with and without.
	chance, mu1, mu0 []float64
}

// estimate is one treatment's.
func (d *design) estimate(y []bool, t Treatment, fold []int, o Options) Estimate {
	if err := enough(y, t.Done, o); err != nil {
		return none(t, err)
	}
	n := d.nuisances(y, t, fold, o)
	e := Estimate{Users: len(y), Inside: make([]bool, len(y))}
	for _, done := range t.Done {
		e.Treated += int(unit(done))
	}
	reach := float64(e.Treated) / float64(len(y))
	var one, zero []float64
	for i, p := range n.chance {
		if p < o.Band*reach || 1-p < o.Band*(1-reach) {
			continue
		}
		e.Inside[i] = true
		a, b := n.mu1[i], n.mu0[i]
		if t.Done[i] {
			a += (unit(y[i]) - a) / p
		} else {
			b += (unit(y[i]) - b) / (1 - p)
		}
		one, zero = append(one, a), append(zero, b)
	}
	e.Overlap = float64(len(one)) / float64(len(y))
	if len(one) < 2*o.MinUsers {
		return none(t, fmt.Errorf("%w: %d could as well have done it as not", ErrTooFew, len(one)))
	}
	e.Balance = balance(t, e.Inside, n.chance, n.mu0)
	e.measure(one, zero)
	return e
}

func unit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// nuisances fits both models once a fold on the other folds.
func (d *design) nuisances(y []bool, t Treatment, fold []int, o Options) nuisance {
	n := nuisance{make([]float64, len(y)), make([]float64, len(y)), make([]float64, len(y))}
	without := make([]bool, d.width)
	for _, j := range d.own[t.Action] {
		without[j] = true
	}
	ridge := make([]float64, d.width+1)
	for j := range d.width {
		ridge[j] = o.Ridge * max(d.sd[j]*d.sd[j], 1e-3)
	}
	ridge[0] = 1e-6
	ridge[d.width] = 1e-6
	for k := range o.Folds {
		var rows []int32
		for i, f := range fold {
			if f != k {
				rows = append(rows, int32(i))
			}
		}
		chance := (&logistic{d: d, rows: rows, target: t.Done, without: without, ridge: ridge}).fit()
		outcome := (&logistic{d: d, rows: rows, target: y, without: without, with: t.Done, ridge: ridge}).fit()
		for i, f := range fold {
			if f != k {
				continue
			}
			n.chance[i] = sigmoid(d.dot(chance, i))
			z := d.dot(outcome, i)
			n.mu0[i], n.mu1[i] = sigmoid(z), sigmoid(z+outcome[d.width])
		}
	}
	return n
}

// measure reads effect, interval, P and E-values out of the people's parts of either mean.
func (e *Estimate) measure(one, zero []float64) {
	n := float64(len(one))
	for i := range one {
		e.Mu1 += one[i] / n
		e.Mu0 += zero[i] / n
	}
	var v11, v00, v10 float64
	for i := range one {
		a, b := one[i]-e.Mu1, zero[i]-e.Mu0
		v11 += a * a / (n * n)
		v00 += b * b / (n * n)
		v10 += a * b / (n * n)
	}
	const z = 1.959963984540054
	effect, se := e.Mu1-e.Mu0, math.Sqrt(max(v11+v00-2*v10, 0))
	e.Effect = metrics.Interval{Value: effect, Low: effect - z*se, High: effect + z*se}
	e.P = math.Erfc(math.Abs(effect) / se / math.Sqrt2)
	e.EValue, e.EValueLow = 1, 1
	if !(e.Mu1 > 0 && e.Mu0 > 0) {
		return
	}
	// The delta method for the logarithm of the risk ratio.
	log := math.Log(e.Mu1 / e.Mu0)
	half := z * math.Sqrt(max(v11/(e.Mu1*e.Mu1)+v00/(e.Mu0*e.Mu0)-2*v10/(e.Mu1*e.Mu0), 0))
	e.EValue = EValue(math.Exp(log))
	if math.Abs(log) > half {
		e.EValueLow = EValue(math.Exp(math.Abs(log) - half))
	}
}

// EValue is how strong a hidden cause would have to be, as a risk ratio with both sides, to explain a risk ratio away.
func EValue(ratio float64) float64 {
	if ratio < 1 {
		ratio = 1 / ratio
	}
	return ratio + math.Sqrt(ratio*(ratio-1))
}

// balance is how far apart the two sides still are in what the other columns foretell of the outcome, each side weighted to stand for
// everybody, in standard deviations. Imbalance in a column that foretells nothing does no harm, and of many rare columns one differs by chance.
// Reference: Stuart, Lee and Leacy, Journal of Clinical Epidemiology 66 (2013).
func balance(t Treatment, inside []bool, chance, foretold []float64) float64 {
	var sum, weight [2]float64
	var mean, square, n float64
	for i, p := range chance {
		if !inside[i] {
			continue
		}
		n++
		side, w := 0, 1/(1-p)
		if t.Done[i] {
			side, w = 1, 1/p
		}
		sum[side] += w * foretold[i]
		weight[side] += w
		mean += foretold[i]
		square += foretold[i] * foretold[i]
	}
	mean /= n
	sd := math.Sqrt(square/n - mean*mean)
	if !(sd > 1e-9) {
		return 0
	}
	return math.Abs(sum[1]/weight[1]-sum[0]/weight[0]) / sd
}
