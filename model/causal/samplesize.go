package causal

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// SampleSize is how many people each of two equal arms of an experiment needs, so that a two-sided test at level alpha finds with
// probability power that the share base has become base + effect. Without correction for continuity.
// Reference: Fleiss, Statistical Methods for Rates and Proportions, second edition (1981), section 3.2.
func SampleSize(base, effect, alpha, power float64) (int, error) {
	changed := base + effect
	switch {
	case !(base >= 0 && base <= 1 && changed >= 0 && changed <= 1):
		return 0, fmt.Errorf("sample size: shares are %v and %v; they must lie between 0 and 1", base, changed)
	case changed == base:
		return 0, fmt.Errorf("sample size: the effect %v does not change the share %v, which no number of people would find", effect, base)
	case !(alpha > 0 && alpha < 1 && power > alpha && power < 1):
		return 0, fmt.Errorf("sample size: level %v and power %v; it must be 0 < level < power < 1", alpha, power)
	}
	mean := (base + changed) / 2
	z := distuv.UnitNormal.Quantile(1-alpha/2)*math.Sqrt(2*mean*(1-mean)) +
		distuv.UnitNormal.Quantile(power)*math.Sqrt(base*(1-base)+changed*(1-changed))
	n := math.Ceil(z * z / (effect * effect))
	if !(n <= math.MaxInt32) {
		return 0, fmt.Errorf("sample size: the effect %v would need %.3g people in each arm", effect, n)
	}
	return int(n), nil
}
