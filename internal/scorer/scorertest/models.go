package scorertest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/forest"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/golearn"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Model is an artifact under a name that says what is particular about it.
type Model struct {
	Name     string
	Artifact *model.Artifact
}

// Models are of every form that a payload can have, with random content, and of every family fitted on the table's first rows, under
// calibration maps of every kind in turn.
func Models(ctx context.Context, t Table, seed uint64) ([]Model, error) {
	rng := rand.New(rand.NewPCG(seed, 0x6d6f64656c73))
	var list []Model
	for objective, name := range []string{
		tree.LogOdds: "random trees", tree.MeanProbability: "random forest", tree.MeanLogOdds: "random mean of log-odds",
	} {
		objective := tree.Objective(objective)
		e, err := randomEnsemble(rand.New(rand.NewPCG(seed, uint64(objective))), t, objective)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", name, err)
		}
		list = append(list, Model{Name: name, Artifact: newArtifact(t, "trees", e)})
	}
	list = append(list, Model{Name: "random linear", Artifact: newArtifact(t, "linear", randomLinear(rng, t))})
	fitted, err := fittedModels(ctx, t, seed)
	if err != nil {
		return nil, err
	}
	list = append(list, fitted...)
	for i := range list {
		list[i].Artifact.Manifest.Calibration = calibration(rng, i, list[i].Artifact, t)
		list[i].Name += ", calibration " + list[i].Artifact.Manifest.Calibration.Kind
	}
	return list, nil
}

func newArtifact(t Table, family string, p model.Predictor) *model.Artifact {
	return &model.Artifact{Predictor: p, Manifest: model.Manifest{Family: family, Fields: t.Fields}}
}

// fittedModels learn from labels that hang on a number, a category and what is missing.
func fittedModels(ctx context.Context, t Table, seed uint64) ([]Model, error) {
	learn := Table{Fields: t.Fields, Rows: t.Rows[:min(len(t.Rows), 2000)]}
	x := learn.Matrix()
	rng := rand.New(rand.NewPCG(seed, 0x6c61626c))
	y := make([]bool, len(learn.Rows))
	for i, row := range learn.Rows {
		score := -2 + 0.4*row[0].Number
		if row[1].Missing {
			score++
		}
		if row[len(row)-4].Text == "IOS" {
			score += 1.5
		}
		y[i] = rng.Float64() < model.Sigmoid(score)
	}
	boosted, grown := gbdt.Defaults(), forest.Defaults()
	boosted.Rounds, grown.Trees, grown.MinLeaf = 60, 20, 60
	var list []Model
	for _, c := range []model.Classifier{
		logit.New(logit.Defaults()), golearn.NewBayes(golearn.BayesDefaults()), golearn.NewRules(golearn.RulesDefaults()), gbdt.New(boosted),
		forest.New(grown),
	} {
		p, err := c.Fit(ctx, model.Data{X: x, Y: y})
		if err != nil {
			return nil, fmt.Errorf("fit %s: %w", c.Family(), err)
		}
		list = append(list, Model{Name: c.Family(), Artifact: newArtifact(t, c.Family(), p)})
	}
	mixed, err := mixture(list)
	if err != nil {
		return nil, err
	}
	return append(list, Model{Name: "blend", Artifact: newArtifact(t, "blend", mixed)}), nil
}

// mixture blends all the fitted models, so that members of every form add up.
func mixture(list []Model) (*blend.Blend, error) {
	var members []blend.Member
	for k, m := range list {
		members = append(members, blend.Member{Family: m.Name, Weight: 0.15 + 0.1*float64(k), Predictor: m.Artifact.Predictor})
	}
	return blend.New(members, -0.3)
}

// calibration is a map of each kind in turn, laid over the scores that the model gives.
func calibration(rng *rand.Rand, turn int, a *model.Artifact, t Table) calibrate.Map {
	switch turn % 5 {
	case 0:
		return calibrate.Map{Kind: calibrate.None}
	case 1:
		return calibrate.Map{Kind: calibrate.PlattKind, A: 0.7, B: -0.3}
	case 2:
		return calibrate.Map{Kind: calibrate.IsotonicKind, A: 0.5, X: []float64{-0.25}, Y: []float64{0.4}}
	case 3:
		return calibrate.Map{Kind: calibrate.BetaKind, A: 0.6, B: 1.3, C: -0.2}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range t.Rows[:200] {
		score := a.Predictor.Score(a.Encode(nil, row))
		low, high = math.Min(low, score), math.Max(high, score)
	}
	m := calibrate.Map{Kind: calibrate.IsotonicKind, A: 1.1}
	const points = 40
	for k := range points {
		m.X = append(m.X, low+(high-low)*(float64(k)+0.9*rng.Float64())/points)
		m.Y = append(m.Y, (float64(k)+0.1+0.8*rng.Float64())/points)
	}
	return m
}

// randomLinear has terms of every kind on every column that they suit.
func randomLinear(rng *rand.Rand, t Table) *linear.Model {
	m := &linear.Model{Fields: t.Fields, Intercept: rng.NormFloat64()}
	add := func(term linear.Term) {
		term.Scale, term.Mean, term.Weight = 0.5+rng.Float64(), rng.NormFloat64(), rng.NormFloat64()/4
		if term.Kind == linear.Number {
			// As a fit does, so that the largest values do not drown all else.
			term.Scale = 1 + math.Abs(numbers[t.Fields[term.Column].Name](rng))
		}
		m.Terms = append(m.Terms, term)
	}
	for j, f := range t.Fields {
		add(linear.Term{Column: j, Kind: linear.Missing})
		if f.Category() {
			for l := range f.Levels {
				add(linear.Term{Column: j, Kind: linear.Level, Level: l})
			}
			continue
		}
		if f.Name == "unknown" {
			continue
		}
		for _, kind := range []linear.Kind{linear.Number, linear.Log, linear.Did} {
			add(linear.Term{Column: j, Kind: kind})
		}
	}
	return m
}

// The size of a random ensemble: a tree in five is one long branch, one is a leaf alone.
const (
	randomTrees  = 15
	randomSplits = 24
)

func randomEnsemble(rng *rand.Rand, t Table, objective tree.Objective) (*tree.Ensemble, error) {
	value := func() float64 { return rng.NormFloat64() / 4 }
	if objective == tree.MeanProbability {
		value = func() float64 { return rng.Float64() * rng.Float64() }
	}
	trees := make([]tree.Tree, randomTrees)
	for i := range trees {
		splits := 1 + rng.IntN(randomSplits)
		if i == 0 {
			splits = 0
		}
		trees[i] = randomTree(rng, t, splits, i%5 == 1, value)
	}
	return tree.New(t.Fields, objective, trees)
}

// randomTree hangs one split after another on a random leaf, or always on the one just made.
func randomTree(rng *rand.Rand, t Table, splits int, branch bool, value func() float64) tree.Tree {
	out := tree.Tree{Shrinkage: 1}
	type place struct {
		node int
		left bool
	}
	open := []place{{node: -1}}
	hang := func(p place, child int32) {
		switch {
		case p.node < 0:
		case p.left:
			out.Nodes[p.node].Left = child
		default:
			out.Nodes[p.node].Right = child
		}
	}
	for i := range splits {
		k := rng.IntN(len(open))
		if branch {
			k = len(open) - 1
		}
		hang(open[k], int32(i))
		out.Nodes = append(out.Nodes, randomNode(rng, t))
		open[k] = place{i, rng.IntN(2) == 0}
		open = append(open, place{i, !open[k].left})
	}
	for k, p := range open {
		hang(p, ^int32(k))
		out.Leaves = append(out.Leaves, tree.Leaf{Value: value(), Weight: 1, Count: 1})
	}
	return out
}

// randomNode asks a column at a value that it has, or near one, or at an end of what there is.
func randomNode(rng *rand.Rand, t Table) tree.Node {
	j := rng.IntN(len(t.Fields))
	n := tree.Node{Column: j, Missing: tree.Missing(rng.IntN(3)), DefaultLeft: rng.IntN(2) == 0}
	f := t.Fields[j]
	if f.Category() && rng.IntN(4) > 0 || f.Name == "weekday" && rng.IntN(2) == 0 {
		n.Categories = []uint32{rng.Uint32() & rng.Uint32(), rng.Uint32()}[:1+rng.IntN(2)]
		return n
	}
	v := t.Rows[rng.IntN(len(t.Rows))][j]
	n.Threshold = float64(f.Code(v))
	if v.Missing || n.Threshold != n.Threshold {
		n.Threshold = 0
	}
	switch rng.IntN(8) {
	case 0:
		n.Threshold += 0.5
	case 1:
		n.Threshold = v.Number
	case 2:
		n.Threshold = []float64{math.Inf(1), math.Inf(-1), math.MaxFloat32, -math.MaxFloat64}[rng.IntN(4)]
	}
	return n
}

// NewArtifact is a made-up model over the features of a set, whose categories have the given levels: enough to score an app with that is
// too small to learn from. A number is asked at small whole numbers, where counts differ.
func NewArtifact(set *features.Set, levels []string, seed uint64) (*model.Artifact, error) {
	rng := rand.New(rand.NewPCG(seed, 0x6d616465))
	var t Table
	for _, f := range set.Features {
		field := model.Field{Name: f.Name}
		if f.Kind == features.Category {
			field.Levels = levels
		}
		t.Fields = append(t.Fields, field)
	}
	for range 8 {
		row := make(features.Row, len(t.Fields))
		for j, f := range t.Fields {
			row[j] = features.Value{Number: float64(rng.IntN(4))}
			if f.Category() {
				row[j] = features.Value{Text: levels[rng.IntN(len(levels))]}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	e, err := randomEnsemble(rng, t, tree.LogOdds)
	if err != nil {
		return nil, err
	}
	return &model.Artifact{Predictor: e, Manifest: model.Manifest{
		Name: "made_up", Version: fmt.Sprint("v", seed), Simulated: true, Family: "gbdt", Set: *set, SetHash: set.Hash(), Fields: t.Fields,
		Calibration: calibrate.Map{Kind: calibrate.PlattKind, A: 0.8, B: -0.5}, Training: model.Training{Rows: 100, Positives: 30},
		ScoreReference: model.Histogram{Name: "probability", Edges: []float32{0.2, 0.4, 0.6}, Counts: []int{25, 25, 25, 25}},
	}}, nil
}
