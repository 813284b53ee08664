package trainer

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/forest"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/golearn"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
)

// candidate is one family with one set of parameters.
type candidate struct {
	family     string
	params     phrase.Phrase
	classifier model.Classifier
	// passes is how often a fit looks at every value of its table, at most maxRows rows of it (0: all).
	passes  float64
	maxRows int
	// smaller fits replicas where the classifier's own models would be too large to keep many of; nil is the classifier itself.
	smaller model.Classifier
}

// replica is what replicas are fitted by.
func (c candidate) replica() model.Classifier {
	if c.smaller != nil {
		return c.smaller
	}
	return c.classifier
}

// work is how many values a fit looks at.
func (c candidate) work(rows, columns int) float64 {
	if c.maxRows > 0 {
		rows = min(rows, c.maxRows)
	}
	return float64(rows) * float64(columns) * c.passes
}

// largeTable is from how many learning users on large trees are tried: below it they learn chance by heart.
const largeTable = 20_000

// candidatesOf lists what is tried of a family, the simplest first. The values span what did best on real logs of 500 to 20,000 users:
// strong penalties, shallow trees at low rates, large leaves.
func candidatesOf(o Options, family string, rows int) ([]candidate, error) {
	switch family {
	case "logit":
		return logitCandidates(), nil
	case "gbdt":
		return gbdtCandidates(o, rows), nil
	case "forest":
		return forestCandidates(o), nil
	case "bayes":
		return []candidate{{family: family, params: phrase.Of("golearn's defaults"), classifier: golearn.NewBayes(golearn.BayesDefaults()), passes: 5, maxRows: 100_000}}, nil
	case "rules":
		p := golearn.RulesDefaults()
		return []candidate{{family: family, params: phrase.Of("golearn's defaults"), classifier: golearn.NewRules(p), passes: 500, maxRows: p.Rows}}, nil
	}
	return nil, fmt.Errorf("family %q is unknown; the families are %v", family, AllFamilies)
}

func logitCandidates() []candidate {
	var list []candidate
	for _, logs := range []bool{true, false} {
		for _, c := range []float64{0.001, 0.01, 0.1, 1} {
			p := logit.Defaults()
			p.C, p.LogCounts = c, logs
			words := phrase.Of("C %v, logarithms of counts", c)
			if !logs {
				words = phrase.Of("C %v", c)
			}
			list = append(list, candidate{family: "logit", params: words, classifier: logit.New(p), passes: 60})
		}
	}
	return list
}

func gbdtCandidates(o Options, rows int) []candidate {
	var list []candidate
	add := func(words phrase.Phrase, change func(*gbdt.Params)) {
		p := gbdt.Defaults()
		p.Seed, p.Monotone, p.Together = o.Seed, o.Monotone, o.Together
		change(&p)
		passes := float64(p.Rounds) * p.ColumnShare
		if p.HoldOut > 0 {
			passes *= 2
		}
		list = append(list, candidate{family: "gbdt", params: words, classifier: gbdt.New(p), passes: passes})
	}
	for _, c := range []struct {
		depth, rounds, leaf int
		rate, l2, share     float64
	}{
		{1, 150, 20, 0.06, 3, 0.5},
		{2, 100, 20, 0.05, 3, 0.5},
		{2, 200, 20, 0.05, 3, 0.5},
		{3, 60, 20, 0.05, 3, 0.5},
		{3, 120, 50, 0.03, 10, 0.3},
		{4, 100, 50, 0.03, 10, 0.3},
		{3, 250, 50, 0.03, 10, 0.3},
	} {
		add(phrase.Of("%d trees of depth %d, rate %v, leaves of %d or more", c.rounds, c.depth, c.rate, c.leaf), func(p *gbdt.Params) {
			p.MaxDepth, p.MaxLeaves, p.Rounds, p.MinLeaf = c.depth, 1<<c.depth, c.rounds, c.leaf
			p.Rate, p.L2, p.ColumnShare, p.HoldOut = c.rate, c.l2, c.share, 0
		})
	}
	add(phrase.Of("8 leaves, rate 0.06, trees until the newest fifth gains no more"), func(*gbdt.Params) {})
	if rows >= largeTable {
		add(phrase.Of("31 leaves, rate 0.1, trees until the newest fifth gains no more"), func(p *gbdt.Params) {
			p.MaxDepth, p.MaxLeaves, p.Rate, p.ColumnShare = 0, 31, 0.1, 0.8
		})
	}
	return list
}

// replicaTrees is how many trees of a forest a replica has. Fewer trees scatter more, so that the interval errs to the wide side.
const replicaTrees = 40

func forestCandidates(o Options) []candidate {
	var list []candidate
	for _, c := range []struct {
		leaf  int
		share float64
	}{{20, 0}, {50, 0}, {50, 1.0 / 3}, {10, 0}} {
		p := forest.Defaults()
		p.Seed, p.MinLeaf, p.ColumnShare = o.Seed, c.leaf, c.share
		words := phrase.Of("%d trees, leaves of %d or more", p.Trees, c.leaf)
		if c.share > 0 {
			words = phrase.Of("%s, a third of the columns a node", words)
		}
		small := p
		small.Trees = replicaTrees
		list = append(list, candidate{
			family: "forest", params: words, classifier: forest.New(p), passes: float64(p.Trees), smaller: forest.New(small),
		})
	}
	return list
}
