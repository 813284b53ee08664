package onnx

import (
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// fields are three numbers and two categories, one of them of more levels than a word has bits.
func fields() []model.Field {
	levels := make([]string, 40)
	for i := range levels {
		levels[i] = string(rune('A' + i))
	}
	return []model.Field{
		{Name: "days"},
		{Name: "meetings made"},
		{Name: "channel", Levels: levels},
		{Name: "platform", Levels: []string{"iOS", "Android"}},
		{Name: "age"},
	}
}

// randomTree splits leaf after leaf at random.
func randomTree(rng *rand.Rand, splits int, value func() float64) tree.Tree {
	t := tree.Tree{Shrinkage: 0.1, Leaves: []tree.Leaf{{Value: value(), Count: 1}}}
	// parents[k] is the child link that ends in leaf k.
	parents := []func(int32){func(int32) {}}
	t.Nodes = make([]tree.Node, 0, splits)
	for i := range splits {
		k := rng.IntN(len(t.Leaves))
		t.Nodes = append(t.Nodes, randomNode(rng))
		n := &t.Nodes[i]
		parents[k](int32(i))
		n.Left, n.Right = ^int32(k), ^int32(len(t.Leaves))
		parents[k] = func(child int32) { n.Left = child }
		parents = append(parents, func(child int32) { n.Right = child })
		t.Leaves = append(t.Leaves, tree.Leaf{Value: value(), Count: 1})
	}
	return t
}

func randomNode(rng *rand.Rand) tree.Node {
	n := tree.Node{Column: rng.IntN(len(fields()))}
	if fields()[n.Column].Category() {
		n.Categories = []uint32{rng.Uint32(), rng.Uint32()}[:1+rng.IntN(2)]
		return n
	}
	n.Threshold, n.Missing, n.DefaultLeft = rng.NormFloat64(), tree.Missing(rng.IntN(3)), rng.IntN(2) == 0
	if rng.IntN(2) == 0 {
		n.Threshold = float64(rng.IntN(17)-8) / 4
	}
	return n
}

func ensemble(tb testing.TB, seed uint64, objective tree.Objective, trees, splits int) *tree.Ensemble {
	tb.Helper()
	rng := rand.New(rand.NewPCG(seed, 13))
	value := func() float64 { return 0.2 * rng.NormFloat64() }
	if objective == tree.MeanProbability {
		value = rng.Float64
	}
	list := make([]tree.Tree, trees)
	for i := range list {
		list[i] = randomTree(rng, splits, value)
	}
	// A constant is a tree too.
	list = append(list, randomTree(rng, 0, value))
	e, err := tree.New(fields(), objective, list)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func weights() *linear.Model {
	return &linear.Model{Fields: fields(), Intercept: -0.4, Terms: []linear.Term{
		{Column: 0, Kind: linear.Number, Mean: 0.3, Scale: 1.7, Weight: 0.9},
		{Column: 4, Kind: linear.Number, Mean: -0.1, Scale: 0.8, Weight: -0.5},
		{Column: 1, Kind: linear.Log, Mean: 0.5, Scale: 0.6, Weight: 0.7},
		{Column: 1, Kind: linear.Missing, Mean: 0.2, Scale: 0.4, Weight: -0.3},
		{Column: 4, Kind: linear.Did, Mean: 0.5, Scale: 0.5, Weight: 0.25},
		{Column: 2, Kind: linear.Level, Level: 7, Mean: 0.1, Scale: 0.3, Weight: 0.35},
		{Column: 2, Kind: linear.Level, Level: 39, Mean: 0.1, Scale: 0.3, Weight: -0.6},
		{Column: 3, Kind: linear.Missing, Mean: 0.2, Scale: 0.4, Weight: 0.15},
	}}
}

var (
	platt    = calibrate.Map{Kind: calibrate.PlattKind, A: 0.8, B: -0.35}
	isotonic = calibrate.Map{
		Kind: calibrate.IsotonicKind, A: 0.9, X: []float64{-1.5, -0.5, -0.1, 0.4, 1.3}, Y: []float64{0.08, 0.21, 0.4, 0.55, 0.9},
	}
	onePoint = calibrate.Map{Kind: calibrate.IsotonicKind, A: 0.9, X: []float64{0.25}, Y: []float64{0.4}}
)

// mixed is a mixture of predictors.
type mixed struct {
	model.Predictor
	members   []model.Predictor
	weights   []float64
	intercept float64
}

func (m mixed) Mixture() ([]model.Predictor, []float64, float64) {
	return m.members, m.weights, m.intercept
}

func (m mixed) Score(row []float32) float64 {
	sum := m.intercept
	for i, p := range m.members {
		sum += m.weights[i] * p.Score(row)
	}
	return sum
}

// cases are models of every kind with calibrations of every kind.
func cases(tb testing.TB) map[string]*model.Artifact {
	tb.Helper()
	made := func(family string, p model.Predictor, c calibrate.Map) *model.Artifact {
		return &model.Artifact{Predictor: p, Manifest: model.Manifest{
			Name: "revisit", Version: "made-up", Family: family, Created: "2026-03-01T00:00:00Z", Fields: fields(),
			Calibration: c, Threshold: 0.45,
		}}
	}
	blend := mixed{
		members: []model.Predictor{ensemble(tb, 4, tree.LogOdds, 5, 6), ensemble(tb, 5, tree.MeanProbability, 5, 6), weights()},
		weights: []float64{0.5, 0.25, 0.4}, intercept: -0.1,
	}
	return map[string]*model.Artifact{
		"blend-platt":        made("blend", blend, platt),
		"gbdt-platt":         made("gbdt", ensemble(tb, 1, tree.LogOdds, 20, 9), platt),
		"forest-isotonic":    made("forest", ensemble(tb, 2, tree.MeanProbability, 12, 12), isotonic),
		"lightgbm-rf-none":   made("lightgbm", ensemble(tb, 3, tree.MeanLogOdds, 12, 7), calibrate.Map{Kind: calibrate.None}),
		"logit-isotonic":     made("logit", weights(), isotonic),
		"logit-platt":        made("logit", weights(), platt),
		"intercept-onepoint": made("logit", &linear.Model{Fields: fields(), Intercept: 0.7}, onePoint),
	}
}

func weightsOf(a *model.Artifact) *linear.Model { return a.Predictor.(*linear.Model) }
