package causal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// world is people of whom the truth is known.
type world struct {
	study Study
	t     Treatment
	// effect is the true average over the people.
	effect float64
}

// drawn makes people who differ by a number and a category. chance is who does it, outcome what becomes of them.
func drawn(seed uint64, n int, chance, outcome func(x float64, level int, done bool) float64) world {
	rng := rand.New(rand.NewPCG(seed, 7))
	w := world{study: Study{Y: make([]bool, n)}, t: Treatment{Done: make([]bool, n)}}
	number := model.Column{Field: model.Field{Name: "x"}, Values: make([]float32, n)}
	category := model.Column{Field: model.Field{Name: "level", Levels: []string{"a", "b", "c"}}, Values: make([]float32, n)}
	action, other := model.Column{Field: model.Field{Name: "it"}, Values: make([]float32, n)}, model.Column{Field: model.Field{Name: "other"}, Values: make([]float32, n)}
	for i := range n {
		x, level := math.Exp(rng.NormFloat64()), rng.IntN(3)
		done := rng.Float64() < chance(x, level, false)
		number.Values[i], category.Values[i] = float32(x), float32(level)
		if rng.IntN(20) == 0 {
			category.Values[i] = float32(math.NaN())
		}
		w.t.Done[i] = done
		action.Values[i], other.Values[i] = float32(unit(done))*float32(1+rng.IntN(2)), float32(rng.IntN(4))
		w.study.Y[i] = rng.Float64() < outcome(x, level, done)
		w.effect += (outcome(x, level, true) - outcome(x, level, false)) / float64(n)
	}
	w.study.X = &model.Matrix{Columns: []model.Column{number, category}}
	w.study.Actions = &model.Matrix{Columns: []model.Column{action, other}}
	return w
}

func logOdds(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func estimateOf(t *testing.T, w world) Estimate {
	t.Helper()
	list, err := Estimates(t.Context(), w.study, []Treatment{w.t}, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func naive(w world) float64 {
	var n, k [2]float64
	for i, d := range w.t.Done {
		side := int(unit(d))
		n[side]++
		k[side] += unit(w.study.Y[i])
	}
	return k[1]/n[1] - k[0]/n[0]
}

// TestEffectsCoverTheTruth draws worlds in which those who do it would do better anyway: the raw difference is far off, the interval of
// the adjusted one covers the truth in 19 of 20. Of 60 draws at 95 % fewer than 51 has a chance of 0.1 % (binomial).
func TestEffectsCoverTheTruth(t *testing.T) {
	chance := func(x float64, level int, _ bool) float64 {
		return logOdds(-1.2 + 0.9*math.Log(x) + 0.5*float64(level))
	}
	for name, effect := range map[string]float64{"an effect": 0.8, "none": 0} {
		outcome := func(x float64, level int, done bool) float64 {
			return logOdds(-1 + 1.1*math.Log(x) + 0.4*float64(level) + effect*unit(done))
		}
		covered, far := 0, 0
		for seed := range uint64(60) {
			w := drawn(seed, 2000, chance, outcome)
			e := estimateOf(t, w)
			if e.Effect.Low <= w.effect && w.effect <= e.Effect.High {
				covered++
			}
			if naive(w)-w.effect > 0.1 {
				far++
			}
		}
		if covered < 51 || far < 55 {
			t.Errorf("%s: %d of 60 intervals cover the truth, %d raw differences are more than 10 points off", name, covered, far)
		}
	}
}

// TestEitherModelMayBeWrong gives the outcome, and then the treatment, a shape that no additive model has; the other is additive.
func TestEitherModelMayBeWrong(t *testing.T) {
	additive := func(x float64, level int, _ bool) float64 {
		return logOdds(-0.5 + 0.8*math.Log(x) + 0.4*float64(level))
	}
	twisted := func(x float64, level int) float64 { return 1.3 * math.Sin(2*math.Log(x)) * float64(level-1) }
	for name, w := range map[string]world{
		"the outcome": drawn(3, 20000, additive, func(x float64, level int, done bool) float64 {
			return logOdds(-1 + math.Log(x) + twisted(x, level) + 0.7*unit(done))
		}),
		"the treatment": drawn(4, 20000, func(x float64, level int, _ bool) float64 { return logOdds(-0.5 + 0.5*math.Log(x) + twisted(x, level)) },
			func(x float64, level int, done bool) float64 {
				return logOdds(-1 + math.Log(x) + 0.3*float64(level) + 0.7*unit(done))
			}),
	} {
		e := estimateOf(t, w)
		if math.Abs(e.Effect.Value-w.effect) > 0.02 || math.Abs(naive(w)-w.effect) < 0.05 {
			t.Errorf("%s is twisted: the effect is %.3f, estimated %v, raw %.3f", name, w.effect, e.Effect, naive(w))
		}
	}
}

func TestWhatCannotBeEstimated(t *testing.T) {
	half := func(float64, int, bool) float64 { return 0.5 }
	o := Defaults()
	for name, w := range map[string]world{
		"few did it":        drawn(1, 400, func(float64, int, bool) float64 { return 0.02 }, half),
		"few did not":       drawn(1, 400, func(float64, int, bool) float64 { return 0.98 }, half),
		"all have it":       drawn(1, 400, half, func(float64, int, bool) float64 { return 0.999 }),
		"nobody is like it": drawn(1, 4000, func(x float64, _ int, _ bool) float64 { return unit(x > 1) }, half),
	} {
		e := estimateOf(t, w)
		verdict, why := Judge(e, metrics.Interval{Value: 0.3, Low: 0.2, High: 0.4}, o)
		if verdict != Unclear || len(why) == 0 {
			t.Errorf("%s: verdict %s of %+v", name, verdict, e)
		}
		if e.Err != nil && (!errors.Is(e.Err, ErrTooFew) || !math.IsNaN(e.Effect.Value) || e.Treated == 0) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestSameBytesWhateverTheProcessors(t *testing.T) {
	w := drawn(5, 1500, func(x float64, _ int, _ bool) float64 { return logOdds(math.Log(x)) },
		func(x float64, _ int, done bool) float64 { return logOdds(math.Log(x) + unit(done)) })
	other := Treatment{Action: 1, Done: make([]bool, len(w.t.Done))}
	for i, v := range w.study.Actions.Columns[1].Values {
		other.Done[i] = v > 1
	}
	var first []Estimate
	for _, procs := range []int{1, 2, 8} {
		before := runtime.GOMAXPROCS(procs)
		got, err := Estimates(t.Context(), w.study, []Treatment{w.t, other}, Defaults())
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if fmt.Sprintf("%+v", first) != fmt.Sprintf("%+v", got) {
			t.Errorf("%d processors give %+v, 1 gave %+v", procs, got, first)
		}
	}
}

func TestEstimatesRefuse(t *testing.T) {
	w := drawn(6, 200, func(float64, int, bool) float64 { return 0.5 }, func(float64, int, bool) float64 { return 0.5 })
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Estimates(stopped, w.study, []Treatment{w.t}, Defaults()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped context gives %v", err)
	}
	for name, change := range map[string]func(*Study, *Treatment, *Options){
		"one fold":          func(_ *Study, _ *Treatment, o *Options) { o.Folds = 1 },
		"no ridge":          func(_ *Study, _ *Treatment, o *Options) { o.Ridge = 0 },
		"no band":           func(_ *Study, _ *Treatment, o *Options) { o.Band = 0 },
		"folds of nobody":   func(_ *Study, _ *Treatment, o *Options) { o.MinUsers = 3 },
		"no table":          func(s *Study, _ *Treatment, _ *Options) { s.X = nil },
		"another length":    func(s *Study, _ *Treatment, _ *Options) { s.Y = s.Y[:100] },
		"no such action":    func(_ *Study, t *Treatment, _ *Options) { t.Action = 2 },
		"an infinite value": func(s *Study, _ *Treatment, _ *Options) { s.X.Columns[0].Values[0] = float32(math.Inf(1)) },
	} {
		s, treatment, o := w.study, w.t, Defaults()
		s.X = s.X.Take(rowsOf(200))
		change(&s, &treatment, &o)
		if _, err := Estimates(t.Context(), s, []Treatment{treatment}, o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func rowsOf(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// TestEValue is the example of VanderWeele and Ding (2017): a risk ratio of 3.9 has an E-value of 7.26, its lower end of 1.8 one of 3.0.
func TestEValue(t *testing.T) {
	for ratio, want := range map[float64]float64{3.9: 7.26, 1.8: 3.0, 1 / 3.9: 7.26, 1: 1} {
		if got := EValue(ratio); math.Abs(got-want) > 0.005 {
			t.Errorf("risk ratio %.2f has the E-value %.3f, want %.2f", ratio, got, want)
		}
	}
}

// TestBenjaminiHochberg is by hand: of .04, .01, .005 and .03 the q are .04, .02, .02 and .04; one that was not estimated does not count.
func TestBenjaminiHochberg(t *testing.T) {
	list := []Estimate{{P: .04}, {P: .01}, {P: math.NaN(), Q: math.NaN(), Err: ErrTooFew}, {P: .005}, {P: .03}}
	benjaminiHochberg(list)
	for k, want := range []float64{.04, .02, math.NaN(), .02, .04} {
		if got := list[k].Q; math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("q of %v is %v, want %v", list[k].P, got, want)
		}
	}
}

func TestJudge(t *testing.T) {
	clear := metrics.Interval{Value: .2, Low: .15, High: .25}
	good := Estimate{Effect: metrics.Interval{Value: .1, Low: .07, High: .13}, Q: .001, Overlap: .9, Balance: .02, EValue: 2.2, EValueLow: 1.8}
	for name, c := range map[string]struct {
		change func(*Estimate)
		raw    metrics.Interval
		want   string
	}{
		"all is well":                  {func(*Estimate) {}, clear, Cause},
		"an effect that lowers":        {func(e *Estimate) { e.Effect = metrics.Interval{Value: -.1, Low: -.13, High: -.07} }, clear, Cause},
		"many were tried":              {func(e *Estimate) { e.Q = .2 }, clear, Unclear},
		"nobody to compare":            {func(e *Estimate) { e.Overlap = .2 }, clear, Unclear},
		"sides that differ":            {func(e *Estimate) { e.Balance = .4 }, clear, Unclear},
		"a weak hidden cause would do": {func(e *Estimate) { e.EValueLow = 1.05 }, clear, Unclear},
		"no effect among people alike": {func(e *Estimate) { e.Effect, e.Q = metrics.Interval{Value: .01, Low: -.02, High: .04}, .6 }, clear, Sign},
		"no difference to begin with": {
			func(e *Estimate) { e.Effect, e.Q = metrics.Interval{Value: .01, Low: -.02, High: .04}, .6 },
			metrics.Interval{Value: .01, Low: -.01, High: .03},
			Unclear,
		},
		"an effect too small to matter": {func(e *Estimate) { e.Effect = metrics.Interval{Value: .004, Low: .002, High: .006} }, clear, Unclear},
	} {
		e := good
		c.change(&e)
		verdict, why := Judge(e, c.raw, Defaults())
		if verdict != c.want || len(why) == 0 {
			t.Errorf("%s: %s, want %s (%v)", name, verdict, c.want, why)
		}
		for _, w := range why {
			if w.Empty() || w.String() == "" {
				t.Errorf("%s: an empty reason", name)
			}
		}
	}
}

// TestLogisticIsMaximumLikelihood fits one yes/no column, whose weights are the log-odds of its two groups.
func TestLogisticIsMaximumLikelihood(t *testing.T) {
	n := 4000
	s := Study{Y: make([]bool, n), X: &model.Matrix{}, Actions: &model.Matrix{Columns: []model.Column{{Field: model.Field{Name: "it"}, Values: make([]float32, n)}}}}
	rows := make([]int32, n)
	var yes, users [2]float64
	for i := range n {
		rows[i] = int32(i)
		side := i % 2
		s.Actions.Columns[0].Values[i] = float32(side)
		s.Y[i] = i%(3+4*side) == 0
		users[side]++
		yes[side] += unit(s.Y[i])
	}
	d := newDesign(s)
	ridge := make([]float64, d.width+1)
	for j := range ridge {
		ridge[j] = 1e-9
	}
	w := (&logistic{d: d, rows: rows, target: s.Y, without: make([]bool, d.width), ridge: ridge}).fit()
	zero, one := math.Log(yes[0]/(users[0]-yes[0])), math.Log(yes[1]/(users[1]-yes[1]))
	if math.Abs(w[0]-zero) > 1e-3 || math.Abs(w[0]+w[1]-one) > 1e-3 {
		t.Errorf("weights %v, want %v and %v", w, zero, one-zero)
	}
}

func BenchmarkEstimates(b *testing.B) {
	w := drawn(1, 20000, func(x float64, _ int, _ bool) float64 { return logOdds(math.Log(x)) },
		func(x float64, _ int, done bool) float64 { return logOdds(math.Log(x) + unit(done)) })
	for b.Loop() {
		if _, err := Estimates(b.Context(), w.study, []Treatment{w.t}, Defaults()); err != nil {
			b.Fatal(err)
		}
	}
}
