package trainer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
)

// blendFamily is the entrant that mixes the others.
const blendFamily = "blend"

// mixed are the families whose winners may be part of the blend; the others are there to be compared with.
var mixed = map[string]bool{"logit": true, "gbdt": true, "forest": true}

// mix fits the blend of the families' winners. It is false where there are fewer than two that may be part of it, or where only one would
// count.
func (r *run) mix(ctx context.Context) (Entrant, bool, error) {
	e := Entrant{Family: blendFamily}
	start := r.Now()
	members := rivals(r.finalists)
	if len(members) < 2 {
		return e, false, nil
	}
	weights, intercept, j := weigh(members)
	var parts []blend.Member
	var words phrase.Phrase
	for k, w := range weights {
		if w < leastWeight {
			continue
		}
		p, err := members[k].classifier.Fit(ctx, r.Table.Data(r.Split.Train))
		if err != nil {
			return e, false, fmt.Errorf("fit %s: %w", members[k].family, err)
		}
		e.candidates = append(e.candidates, members[k].candidate)
		parts = append(parts, blend.Member{Family: members[k].family, Weight: w, Predictor: p})
		words = plus(words, phrase.Of("%.2f %s (%s)", w, members[k].family, members[k].params))
	}
	if len(parts) < 2 {
		return e, false, nil
	}
	mixture, err := blend.New(parts, intercept)
	if err != nil {
		return e, false, err
	}
	e.Predictor, e.Params = mixture, words
	e.take(r, j)
	e.judge(r)
	e.Seconds = r.Now().Sub(start).Seconds()
	return e, true, nil
}

// rivals are the finalists that are not surely worse than the best, by two standard errors of the difference: such a member costs the blend
// more than it adds.
func rivals(finalists []finalist) []finalist {
	if len(finalists) == 0 {
		return nil
	}
	best := slices.MinFunc(finalists, func(a, b finalist) int { return cmp.Compare(mean(a.losses), mean(b.losses)) })
	return slices.DeleteFunc(slices.Clone(finalists), func(f finalist) bool {
		difference, doubt := paired(f.losses, best.losses)
		return difference > 2*doubt
	})
}

// weigh gives the members equal weights, unless stacked ones are better by more than a standard error. With a few hundred users who revisit,
// weights learnt from them lose more by chance than they gain.
func weigh(members []finalist) (weights []float64, intercept float64, j judged) {
	scores := make([][]float64, len(members))
	for k, m := range members {
		scores[k] = m.scores
	}
	weights = slices.Repeat([]float64{1 / float64(len(members))}, len(members))
	j = evenly(scores, members[0].y, members[0].rows)
	stacked := stackedForward(scores, members[0].y, members[0].rows)
	if gain, doubt := paired(stacked.losses, j.losses); gain+doubt < 0 {
		weights, intercept = blend.Stack(scores, members[0].y, nil)
		j = stacked
	}
	return weights, intercept, j
}

// evenly are the scores of members that count alike.
func evenly(scores [][]float64, y []bool, rows []int) judged {
	j := judged{rows: rows, y: y, scores: make([]float64, len(y))}
	for i := range y {
		for k := range scores {
			j.scores[i] += scores[k][i] / float64(len(scores))
		}
	}
	j.losses = lossesOf(calibrate.Platt(j.scores, y), j.scores, y)
	return j
}

// leastWeight is the weight below which a member is left out: it would cost its time and say nothing.
const leastWeight = 0.02

// stackBlocks is into how many parts the out-of-time scores are divided, to judge weights on rows later than those they come from.
const stackBlocks = 6

// stackedForward are the blend's scores, each with weights learnt from earlier rows only; the first part is mixed evenly.
func stackedForward(scores [][]float64, y []bool, rows []int) judged {
	j := judged{rows: rows, y: y, scores: make([]float64, len(y))}
	for block := range stackBlocks {
		from, to := len(y)*block/stackBlocks, len(y)*(block+1)/stackBlocks
		before := make([][]float64, len(scores))
		for k := range scores {
			before[k] = scores[k][:from]
		}
		weights := slices.Repeat([]float64{1 / float64(len(scores))}, len(scores))
		if from > 0 {
			weights, _ = blend.Stack(before, y[:from], nil)
		}
		for i := from; i < to; i++ {
			for k := range scores {
				j.scores[i] += weights[k] * scores[k][i]
			}
		}
	}
	j.losses = lossesOf(calibrate.Platt(j.scores, y), j.scores, y)
	return j
}

// plus adds a part to a sum in words.
func plus(sum, part phrase.Phrase) phrase.Phrase {
	if sum.Empty() {
		return part
	}
	return phrase.Of("%s + %s", sum, part)
}
