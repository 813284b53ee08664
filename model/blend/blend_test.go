package blend

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// mixture fits two families and mixes them half and half.
type mixture struct{ seed uint64 }

func (mixture) Family() string { return "blend" }

func (m mixture) Fit(ctx context.Context, d model.Data) (model.Predictor, error) {
	trees := gbdt.Defaults()
	trees.Rounds, trees.HoldOut, trees.Seed = 40, 0, m.seed
	var members []Member
	for _, c := range []model.Classifier{logit.New(logit.Defaults()), gbdt.New(trees)} {
		p, err := c.Fit(ctx, d)
		if err != nil {
			return nil, err
		}
		members = append(members, Member{Family: c.Family(), Weight: 0.5, Predictor: p})
	}
	return New(members, 0.01)
}

func decoder() model.Decoder {
	return Decode(map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode})
}

func TestSuite(t *testing.T) {
	modeltest.Classifier(t, func(seed uint64) model.Classifier { return mixture{seed} }, decoder())
}

func TestNewChecksItsMembers(t *testing.T) {
	fine := Member{Family: "logit", Weight: 1, Predictor: &linear.Model{}}
	for name, c := range map[string]struct {
		members   []Member
		intercept float64
	}{
		"no member":     {nil, 0},
		"no model":      {[]Member{{Family: "logit", Weight: 1}}, 0},
		"weight below":  {[]Member{{Family: "logit", Weight: -0.1, Predictor: fine.Predictor}}, 0},
		"weight NaN":    {[]Member{{Family: "logit", Weight: math.NaN(), Predictor: fine.Predictor}}, 0},
		"no intercept":  {[]Member{fine}, math.Inf(1)},
		"weight is inf": {[]Member{{Family: "logit", Weight: math.Inf(1), Predictor: fine.Predictor}}, 0},
	} {
		if _, err := New(c.members, c.intercept); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if b, err := New([]Member{fine}, 1); err != nil || len(b.Members()) != 1 || b.Intercept() != 1 {
		t.Errorf("a fine blend: %v", err)
	}
}

// Two members that see different halves of the truth must both count; one that sees nothing must not; the blend must be as sure as it
// should.
func TestStackFindsTheWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	scores := make([][]float64, 3)
	var y []bool
	for range 20_000 {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		scores[0], scores[1], scores[2] = append(scores[0], a), append(scores[1], b), append(scores[2], -a-b+3*rng.NormFloat64())
		y = append(y, rng.Float64() < model.Sigmoid(0.8*a+0.4*b-1))
	}
	w, c := Stack(scores, y, nil)
	for k, want := range []float64{0.8, 0.4, 0} {
		if math.Abs(w[k]-want) > 0.06 {
			t.Errorf("weight %d is %.3f, want %.1f", k, w[k], want)
		}
	}
	if math.Abs(c+1) > 0.06 {
		t.Errorf("the intercept is %.3f, want -1", c)
	}
}

// With hardly any rows the members count alike, and never below 0; heavy rows count like many.
func TestStackWithFewRows(t *testing.T) {
	w, _ := Stack([][]float64{{1, -1, 2, -2}, {1, -1, 2, -2}}, []bool{true, false, true, false}, nil)
	if math.Abs(w[0]-w[1]) > 1e-6 || w[0] < 0.4 || w[0] > 1 {
		t.Errorf("two members alike weigh %v", w)
	}
	w, _ = Stack([][]float64{{5, -5, 5, -5}}, []bool{false, true, false, true}, []float64{1e4, 1e4, 1e4, 1e4})
	if w[0] != 0 {
		t.Errorf("a member that is always wrong weighs %v", w[0])
	}
	if w, _ := Stack([][]float64{{0, 0}}, []bool{true, true}, nil); w[0] < 0 || math.IsNaN(w[0]) {
		t.Errorf("one class gives weight %v", w[0])
	}
}
