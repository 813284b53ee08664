package scorer

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// people are users of one day with a probability that a coin of the given strength ties to their label: of ten, right many are on the
// side of their label.
func people(positives, negatives, right int, low, high float64) *outcomes {
	o := &outcomes{}
	for i := range positives + negatives {
		y := i < positives
		p := low
		if y == (i%10 < right) {
			p = high
		}
		o.day0, o.asOf, o.p, o.y = append(o.day0, "2026-05-01"), append(o.asOf, 1), append(o.p, p), append(o.y, y)
	}
	return o
}

func TestStatus(t *testing.T) {
	for name, tt := range map[string]struct {
		o    *outcomes
		want string
	}{
		"as in training": {people(100, 100, 7, 0.3, 0.7), truth.OK},
		"better":         {people(100, 100, 9, 0.3, 0.7), truth.OK},
		// Half of them right: an AUC of 0.5, at a log loss a little above the base rate's, and far below 0.65 at 2000 users.
		"guessing": {people(1000, 1000, 5, 0.45, 0.55), truth.Alarm},
		// An AUC of 0.6 (0.51 to 0.69).
		"worse, too few to tell": {people(60, 60, 6, 0.45, 0.55), truth.OK},
		"too sure of itself":     {people(100, 100, 7, 0.02, 0.98), truth.Alarm},
		"too low":                {people(100, 100, 7, 0.05, 0.1), truth.Alarm},
		"99 users":               {people(50, 49, 7, 0.3, 0.7), truth.Few},
		"100 users":              {people(50, 50, 7, 0.3, 0.7), truth.OK},
		"9 came back":            {people(9, 191, 7, 0.02, 0.1), truth.Few},
		"9 did not":              {people(191, 9, 7, 0.9, 0.98), truth.Few},
		"10 came back":           {people(10, 190, 8, 0.02, 0.2), truth.OK},
	} {
		v := judge(tt.o, truthManifest("v1", "2026-03-01"))
		if v.Status != tt.want {
			t.Errorf("%s: %s, want %s: AUC %s (%s to %s), log loss %s, base rate %s", name, v.Status, tt.want, digits(v.AUC), digits(v.AUCLow),
				digits(v.AUCHigh), digits(v.LogLoss), digits(v.BaseRate))
		}
	}
}

// A constant probability that is the base rate does no harm, and without training figures only harm alarms.
func TestStatusWithoutTraining(t *testing.T) {
	for name, m := range map[string]model.Manifest{
		"no metrics": {Version: "v1"},
		"no interval": {Version: "v1", Metrics: map[string]metrics.Summary{
			"model": {AUC: metrics.Interval{Value: 0.9, Low: math.NaN(), High: math.NaN()}},
		}},
	} {
		v := judge(people(300, 700, 10, 0.3, 0.3), m)
		if v.Status != truth.OK || v.TrainingAUCLow != nil || (v.TrainingAUC == nil) != (m.Metrics == nil) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Below 10 people a figure is withheld, and every figure that it could be computed from.
func TestSmallCells(t *testing.T) {
	for name, tt := range map[string]struct {
		o                      *outcomes
		days, predicted, truth bool
	}{
		"9 users":       {people(5, 4, 7, 0.3, 0.7), false, false, false},
		"10 users":      {people(5, 5, 7, 0.3, 0.7), true, true, false},
		"9 positives":   {people(9, 50, 7, 0.3, 0.7), true, true, false},
		"9 negatives":   {people(50, 9, 7, 0.3, 0.7), true, true, false},
		"all came back": {people(50, 0, 7, 0.3, 0.7), true, true, false},
		"10 and 10":     {people(10, 10, 7, 0.3, 0.7), true, true, true},
	} {
		v := judge(tt.o, truthManifest("v1", "2026-03-01"))
		if v.Users != len(tt.o.p) || v.Status != truth.Few || v.TrainingAUC == nil {
			t.Errorf("%s: %+v", name, v)
		}
		if got := v.From != "" && v.To != ""; got != tt.days || (v.PredictedRate != nil) != tt.predicted || (v.Positives != nil) != tt.truth {
			t.Errorf("%s: %+v", name, v)
		}
		for _, f := range []*float64{v.AUC, v.AUCLow, v.AUCHigh, v.LogLoss, v.ECE, v.BaseRate} {
			if (f != nil) != tt.truth {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
}

func TestPrintTruth(t *testing.T) {
	known := truth.Truth{Made: time.UnixMicro(instant(truthDay)).UTC(), Later: 1, Foreign: 20, Versions: []truth.Version{
		judge(people(100, 100, 7, 0.3, 0.7), truthManifest("2026-05-25-aaaaaabbbbbb", "2026-03-01")),
		judge(people(5, 4, 7, 0.3, 0.7), model.Manifest{Version: "v1"}),
	}}
	var out strings.Builder
	printTruth(&out, &known)
	for _, want := range []string{
		"known by 2026-07-01T00:00:00Z", "2026-05-25-aaaaaabbbbbb  2026-05-01 to 2026-05-01  200    50.0 %", "[0.650 to 0.750]", "[0.020]  ok\n",
		"v1                       -                         9      -", "- to - [- to -]", "few\n", "1 user left out: their version learnt",
		"20 users left out: the store",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
