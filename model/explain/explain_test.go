package explain

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

// planted is a model that leans on meetings and, against its direction, on pings; on nothing else but a little on the channel.
func planted() *linear.Model {
	return &linear.Model{Fields: modeltest.Table(1, 1).X.Fields(), Intercept: -0.5, Terms: []linear.Term{
		{Column: modeltest.Meetings, Kind: linear.Did, Mean: 0.4, Scale: 1, Weight: 1.6},
		{Column: modeltest.Pings, Kind: linear.Did, Mean: 0.4, Scale: 1, Weight: -1.2},
		{Column: modeltest.Channel, Kind: linear.Level, Level: 1, Mean: 0.3, Scale: 1, Weight: -0.8},
		{Column: modeltest.Noise, Kind: linear.Number, Mean: 0, Scale: 1, Weight: 0.02},
	}}
}

func byColumn(list []Importance) map[int]Importance {
	out := map[int]Importance{}
	for _, v := range list {
		out[v.Columns[0]] = v
	}
	return out
}

func TestPermutationFindsWhatTheModelLeansOn(t *testing.T) {
	d := modeltest.Table(2, 4000)
	got, err := Permutation(context.Background(), planted(), d, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Columns[0] != modeltest.Meetings || got[1].Columns[0] != modeltest.Pings || got[2].Columns[0] != modeltest.Channel {
		t.Errorf("the order is %v, want meetings, pings, channel first", got)
	}
	of := byColumn(got)
	for _, j := range []int{modeltest.Meetings, modeltest.Pings, modeltest.Channel} {
		v := of[j]
		if !v.Clear || v.LogLoss.Low <= 0 || v.AUC.Low > v.AUC.Value || v.AUC.High < v.AUC.Value {
			t.Errorf("%s: %+v, want it clear of the noise", v.Name, v)
		}
	}
	for _, j := range []int{modeltest.Noise, modeltest.Constant, modeltest.Shadow, modeltest.Days} {
		if v := of[j]; v.Clear || math.Abs(v.AUC.Value) > 0.005 {
			t.Errorf("%s: %+v, want nothing", v.Name, v)
		}
	}
	if v := of[modeltest.Shadow]; v.AUC != (metrics.Interval{}) || v.LogLoss.Value != 0 {
		t.Errorf("a column that the model does not use: %+v, want exactly 0", v)
	}
}

// The value must be the plain definition: AUC before less mean AUC after, from the same shuffles.
func TestPermutationByDefinition(t *testing.T) {
	d := modeltest.Table(3, 700)
	opt := Defaults()
	opt.Repeats, opt.Shuffles, opt.Resamples = 3, 5, 10
	s := &shuffler{p: planted(), d: d, opt: opt, orders: labelOrders(d.Y, opt)}
	s.opt.Probability = model.Sigmoid
	s.base = s.probabilities(d.X)
	s.ranks = midranks(s.base)
	got := s.importance([]int{modeltest.Pings})
	measure := func(y []bool) (auc, loss float64) {
		auc, loss = metrics.AUC(s.base, y), -metrics.LogLoss(s.base, y)
		for r := range 3 {
			p := s.probabilities(s.shuffle([]int{modeltest.Pings}, r))
			auc -= metrics.AUC(p, y) / 3
			loss += metrics.LogLoss(p, y) / 3
		}
		return auc, loss
	}
	auc, loss := measure(d.Y)
	near(t, "AUC", got.AUC.Value, auc)
	near(t, "log loss", got.LogLoss.Value, loss)
	auc, loss = 0, 0
	for _, y := range s.orders {
		a, l := measure(y)
		auc += a / 5
		loss += l / 5
	}
	near(t, "null AUC", got.NullAUC.Value, auc)
	near(t, "null log loss", got.NullLogLoss.Value, loss)
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// On random labels hardly anything may be called clear: 200 columns in all, 2.5 % of which would be 5.
func TestRandomLabelsAreSeldomClear(t *testing.T) {
	clear := 0
	opt := Defaults()
	opt.Repeats, opt.Resamples = 2, 100
	for seed := range uint64(50) {
		d := modeltest.Table(seed, 500)
		rng := rand.New(rand.NewPCG(seed, 3))
		for i := range d.Y {
			d.Y[i] = rng.IntN(3) == 0
		}
		got, err := Permutation(context.Background(), planted(), d, opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range got {
			if v.Clear {
				clear++
			}
		}
	}
	if clear > 10 {
		t.Errorf("%d of 200 columns in use are clear of noise on random labels, want at most 10", clear)
	}
}

func TestGroupsAreShuffledTogether(t *testing.T) {
	d := modeltest.Table(4, 3000)
	// Twins: half of the weight each, so that either alone hides what both together mean.
	d.X.Columns[modeltest.Noise].Values = slices.Clone(d.X.Columns[modeltest.Meetings].Values)
	m := planted()
	m.Terms[0].Weight = 0.8
	m.Terms[3] = linear.Term{Column: modeltest.Noise, Kind: linear.Did, Mean: 0.4, Scale: 1, Weight: 0.8}
	opt := Defaults()
	groups := Correlated(d.X, 0.8, 2000)
	want := [][]int{{modeltest.Days, modeltest.Shadow}, {modeltest.Meetings, modeltest.Noise}}
	if !reflect.DeepEqual(groups, want) {
		t.Fatalf("groups %v, want %v", groups, want)
	}
	alone, err := Permutation(context.Background(), m, d, opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.Groups = groups
	together, err := Permutation(context.Background(), m, d, opt)
	if err != nil {
		t.Fatal(err)
	}
	a, b := byColumn(alone)[modeltest.Meetings], byColumn(together)[modeltest.Meetings]
	if b.Name != "meetings + noise" || b.AUC.Value < 1.5*a.AUC.Value || len(together) != len(alone)-2 {
		t.Errorf("alone %+v, together %+v, want the group to weigh clearly more", a, b)
	}
}

func TestSameForAnyNumberOfProcessors(t *testing.T) {
	d := modeltest.Table(5, 1000)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var first []Importance
	var firstEffects []Effect
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		got, err := Permutation(context.Background(), planted(), d, Defaults())
		if err != nil {
			t.Fatal(err)
		}
		effects, err := Effects(context.Background(), planted(), d.X, Defaults())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, firstEffects = got, effects
		}
		if !reflect.DeepEqual(got, first) || !reflect.DeepEqual(effects, firstEffects) {
			t.Fatalf("GOMAXPROCS=%d gives another answer", n)
		}
	}
}

func TestEffects(t *testing.T) {
	d := modeltest.Table(6, 3000)
	got, err := Effects(context.Background(), planted(), d.X, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	of := map[int]Effect{}
	for _, e := range got {
		of[e.Column] = e
		if e.Size.Low > e.Size.Value || e.Size.High < e.Size.Value {
			t.Errorf("%s: interval %v does not hold its value", e.Name, e.Size)
		}
	}
	if got[0].Column != modeltest.Meetings || got[1].Column != modeltest.Pings {
		t.Errorf("the largest effects are %s and %s, want meetings and pings", got[0].Name, got[1].Name)
	}
	if of[modeltest.Meetings].Direction < 0.5 || of[modeltest.Pings].Direction > -0.5 || of[modeltest.Days].Direction != 0 {
		t.Errorf("directions %v, %v, %v, want up, down and none",
			of[modeltest.Meetings].Direction, of[modeltest.Pings].Direction, of[modeltest.Days].Direction)
	}
	c := of[modeltest.Channel]
	for l, want := range []float64{0.24, -0.56, 0.24} {
		if math.Abs(c.Levels[l]-want) > 1e-9 {
			t.Errorf("level %d adds %v, want %v", l, c.Levels[l], want)
		}
	}
	if math.Abs(c.Missing-0.24) > 1e-9 || of[modeltest.AllMissing].Size.Value != 0 {
		t.Errorf("missing channel adds %v, want 0.24; an unused column has size %v", c.Missing, of[modeltest.AllMissing].Size)
	}
}

func TestRefusals(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	d := modeltest.Table(1, 200)
	if _, err := Permutation(ctx, planted(), d, Defaults()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	if _, err := Effects(ctx, planted(), d.X, Defaults()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	if _, err := Effects(context.Background(), planted(), d.X.Take(nil), Defaults()); !errors.Is(err, model.ErrEmpty) {
		t.Errorf("no rows: error %v", err)
	}
	one := model.Data{X: d.X, Y: make([]bool, 200)}
	if _, err := Permutation(context.Background(), planted(), one, Defaults()); !errors.Is(err, model.ErrOneClass) {
		t.Errorf("one class: error %v", err)
	}
	for name, change := range map[string]func(*Options){
		"no rows":           func(o *Options) { o.Rows = 0 },
		"column outside":    func(o *Options) { o.Groups = [][]int{{99}} },
		"column in 2 group": func(o *Options) { o.Groups = [][]int{{1}, {1}} },
	} {
		opt := Defaults()
		change(&opt)
		if _, err := Permutation(context.Background(), planted(), d, opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
