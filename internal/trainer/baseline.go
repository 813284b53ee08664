package trainer

import (
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Baselines are what every model must be held against: the base rate, and the number of visit days in the first week alone.
type Baselines struct {
	// Rate is the learning users' base rate, said of everybody.
	Rate  metrics.Summary
	RateP []float64
	// Days is the learning users' rate by number of visit days.
	Days  metrics.Summary
	DaysP []float64
}

// baselines measures both on the newest users.
func baselines(o Options, t *Table, s model.Split) Baselines {
	learn, test := t.Data(s.Train), t.Data(s.Test)
	rate := baseRate(learn.Y)
	b := Baselines{RateP: slices.Repeat([]float64{rate}, len(test.Y))}
	b.DaysP = b.RateP
	if j := slices.IndexFunc(t.X.Columns, func(c model.Column) bool { return c.Name == visitDays }); j >= 0 {
		b.DaysP = rateByValue(learn.X.Columns[j].Values, learn.Y, test.X.Columns[j].Values, rate)
	}
	b.Rate = metrics.Evaluate(b.RateP, test.Y, o.bootstrap())
	b.Days = metrics.Evaluate(b.DaysP, test.Y, o.bootstrap())
	return b
}

const visitDays = "visit_days"

// priorUsers is how many users of the base rate are mixed into each value's rate, so that rare values say little.
const priorUsers = 10

func rateByValue(learn []float32, y []bool, test []float32, base float64) []float64 {
	users, positives := map[float32]float64{}, map[float32]float64{}
	for i, v := range learn {
		users[v]++
		if y[i] {
			positives[v]++
		}
	}
	p := make([]float64, len(test))
	for i, v := range test {
		p[i] = (positives[v] + priorUsers*base) / (users[v] + priorUsers)
	}
	return p
}

func baseRate(y []bool) float64 {
	n := 0
	for _, v := range y {
		if v {
			n++
		}
	}
	return float64(n) / float64(max(len(y), 1))
}

// Possible is the best that any model could reach on the simulated app's newest users: the figures of the true probabilities.
type Possible struct {
	Summary metrics.Summary
	// Users is how many of the newest users the answer key knows.
	Users int
}

// possible is nil without an answer key.
func possible(o Options, t *Table, s model.Split) *Possible {
	if o.Truth == nil {
		return nil
	}
	var p []float64
	var y []bool
	for _, i := range s.Test {
		if truth, ok := o.Truth[t.Keys[i]]; ok {
			p, y = append(p, truth), append(y, t.Y[i])
		}
	}
	return &Possible{Summary: metrics.Evaluate(p, y, o.bootstrap()), Users: len(p)}
}
