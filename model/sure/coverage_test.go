package sure

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
)

// simulated draws users whose log-odds are a straight line, and their true probabilities.
func simulated(rng *rand.Rand, users int) (d model.Data, truth []float64) {
	d.X = &model.Matrix{}
	for _, f := range []model.Field{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "noise"}, {Name: "platform", Levels: []string{"ANDROID", "IOS"}}} {
		d.X.Columns = append(d.X.Columns, model.Column{Field: f})
	}
	for range users {
		row := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), float64(rng.IntN(2))}
		for j, v := range row {
			d.X.Columns[j].Values = append(d.X.Columns[j].Values, float32(v))
		}
		p := model.Sigmoid(-1 + 0.8*row[0] - 0.5*row[1] + 0.3*row[2] + 0.6*row[4])
		truth, d.Y = append(truth, p), append(d.Y, rng.Float64() < p)
	}
	return d, truth
}

// outOfBlock are the scores of all users by models that did not see their fifth.
func outOfBlock(t *testing.T, c model.Classifier, d model.Data) []float64 {
	t.Helper()
	const blocks = 5
	n := len(d.Y)
	scores := make([]float64, 0, n)
	for block := range blocks {
		from, to := n*block/blocks, n*(block+1)/blocks
		var others, held []int
		for i := range n {
			if i >= from && i < to {
				held = append(held, i)
			} else {
				others = append(others, i)
			}
		}
		p, err := c.Fit(t.Context(), d.Take(others))
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, model.Scores(p, d.X.Take(held))...)
	}
	return scores
}

// published fits what an artifact holds: the model, its calibration, its replicas.
func published(t *testing.T, c model.Classifier, d model.Data, seed uint64) (model.Predictor, calibrate.Map, *Replicas) {
	t.Helper()
	p, err := c.Fit(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	scores := outOfBlock(t, c, d)
	m, _ := calibrate.Choose(scores, d.Y, nil)
	r, err := Fit(t.Context(), func(ctx context.Context, rows []int, _ uint64) (model.Predictor, error) {
		return c.Fit(ctx, d.Take(rows))
	},
		len(d.Y), DefaultReplicas, seed)
	if err != nil {
		t.Fatal(err)
	}
	r.Doubt = calibrate.DoubtOf(m, scores, d.Y, nil)
	return p, m, r
}

// TestIntervalsCoverTheTruth trains on 1,000 users whose true probabilities are known, many times over, and counts how often the 90 %
// interval of another user holds that user's truth. The calibration is chosen on the same users, as in the trainer. Measured: 94 % for
// logit; 88 % for gbdt, which cannot draw a straight line, an error that its replicas share. The test allows 82 to 96 %.
func TestIntervalsCoverTheTruth(t *testing.T) {
	shallow := gbdt.Defaults()
	shallow.MaxDepth, shallow.MaxLeaves, shallow.Rounds, shallow.Rate, shallow.HoldOut = 2, 4, 150, 0.05, 0
	for name, c := range map[string]model.Classifier{"logit": logit.New(logit.Defaults()), "gbdt": gbdt.New(shallow)} {
		covered, all, width := 0, 0, 0.0
		for seed := range uint64(25) {
			rng := rand.New(rand.NewPCG(seed, 9))
			d, _ := simulated(rng, 1000)
			others, truth := simulated(rng, 200)
			p, m, r := published(t, c, d, seed)
			for i, row := range rowsOf(others.X) {
				score := p.Score(row)
				low, high := r.Interval(row, score, m)
				if q := m.Probability(score); !(low <= q && q <= high) {
					t.Fatalf("%s, seed %d: %v is not inside %v to %v", name, seed, q, low, high)
				}
				if low <= truth[i] && truth[i] <= high {
					covered++
				}
				all++
				width += high - low
			}
		}
		share := float64(covered) / float64(all)
		t.Logf("%s: %.1f %% of %d true probabilities inside, mean width %.3f", name, 100*share, all, width/float64(all))
		if share < 0.82 || share > 0.96 {
			t.Errorf("%s: %.3f of the true probabilities lie inside, want 0.82 to 0.96", name, share)
		}
	}
}

func rowsOf(x *model.Matrix) [][]float32 {
	rows := make([][]float32, x.Rows())
	for i := range rows {
		rows[i] = x.Row(nil, i)
	}
	return rows
}

// TestMoreUsersMakeSurer holds that four times the users halve the intervals, about.
func TestMoreUsersMakeSurer(t *testing.T) {
	width := func(users int) float64 {
		d, _ := simulated(rand.New(rand.NewPCG(1, 1)), users)
		p, m, r := published(t, logit.New(logit.Defaults()), d, 1)
		sum := 0.0
		others, _ := simulated(rand.New(rand.NewPCG(2, 2)), 200)
		for _, row := range rowsOf(others.X) {
			low, high := r.Interval(row, p.Score(row), m)
			sum += high - low
		}
		return sum / 200
	}
	if ratio := width(4000) / width(1000); math.Abs(ratio-0.5) > 0.15 {
		t.Errorf("the intervals of 4,000 users are %.2f times as wide as those of 1,000, want about 0.5", ratio)
	}
}
