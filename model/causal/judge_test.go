package causal

import (
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// TestUndecidedSaysWhy: an interval that holds zero, one that is clear alone but not after all that was tried, and a clear one of next to nothing.
func TestUndecidedSaysWhy(t *testing.T) {
	o := Defaults()

	raw := metrics.Interval{Value: 0.2, Low: -0.1, High: 0.5}
	for want, e := range map[string]Estimate{
		"leaves both open":  {Effect: metrics.Interval{Value: 0.02, Low: -0.01, High: 0.05}, Q: 0.3},
		"(q 0.049)":         {Effect: metrics.Interval{Value: 0.018, Low: 0.003, High: 0.033}, Q: 0.049},
		"too little":        {Effect: metrics.Interval{Value: 0.004, Low: 0.003, High: 0.005}, Q: 0.0001},
		"zero after all th": {Effect: metrics.Interval{Value: 0.1, Low: 0.08, High: 0.12}, Q: 0.0001},
	} {
		e.Overlap, e.EValue, e.EValueLow = 1, 3, 2
		verdict, why := Judge(e, raw, o)
		if said := phrase.List(why...).String(); !strings.Contains(said, want) {
			t.Errorf("%+v is %s: %s, want %q", e, verdict, said, want)
		}
	}
}
