package trainer

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Trial is one candidate in the search for a family's parameters.
type Trial struct {
	Family string
	Params phrase.Phrase
	// Rung is how far it came: 1 was judged on the newest fold alone, 2 on every fold of every repetition.
	Rung int
	// LogLoss and AUC are means over the folds judged, by rows; Error is the standard error of the log loss's difference to the
	// family's best of the same rung.
	LogLoss, Error, AUC float64
	// AUCError is the standard error of AUC.
	AUCError float64
	// Kept marks the family's winner.
	Kept bool
	// Skipped says why it was not tried at all.
	Skipped phrase.Phrase
}

// judged is what a candidate scored on some folds.
type judged struct {
	rows   []int
	scores []float64
	y      []bool
	// losses are the log losses of the rows after a Platt map fitted on all of them: what is compared is the order and the shape, not
	// the level, which calibration mends later.
	losses []float64
	auc    float64
}

// search looks for a family's parameters by successive halving (Jamieson and Talwalkar 2016): all candidates on the newest fold, at most
// firstRows rows each, then the better half on every fold of every repetition.
type search struct {
	o      Options
	table  *Table
	folds  [][]model.Split
	budget *budget
	// tell is called before each fit.
	tell func()
}

// firstRows bounds what the first rung learns from.
const firstRows = 20_000

// budget is how many values may still be looked at: a measure of work that is the same on every machine.
type budget struct{ left float64 }

// nominalSpeed is how many values a second of the budget buys.
const nominalSpeed = 4e8

func newBudget(seconds float64) *budget { return &budget{left: seconds * nominalSpeed} }

// take tells whether the work is affordable, and if so spends it.
func (b *budget) take(work float64) bool {
	if work > b.left {
		return false
	}
	b.left -= work
	return true
}

// finalist is a candidate of the last rung with what it scored on the first repetition's folds.
type finalist struct {
	candidate
	judged
	logLoss float64
}

// family searches one family and returns its finalists, the best first. An error ends the run; failed is why the family cannot be fitted,
// where it cannot.
func (s *search) family(ctx context.Context, list []candidate) (finalists []finalist, trials []Trial, failed, err error) {
	trials = make([]Trial, len(list))
	first := make([]judged, len(list))
	for k, c := range list {
		trials[k] = Trial{Family: c.family, Params: c.params, LogLoss: math.Inf(1)}
		if k > 0 && !s.budget.take(c.work(min(len(s.newest().Train), firstRows), len(s.table.X.Columns))) {
			trials[k].Skipped = phrase.Of("the budget was spent")
			continue
		}
		if first[k], failed = s.judge(ctx, c, []model.Split{s.short(s.newest())}); failed != nil || ctx.Err() != nil {
			return nil, trials, failed, ctx.Err()
		}
		trials[k].Rung, trials[k].LogLoss, trials[k].AUC = 1, mean(first[k].losses), first[k].auc
		trials[k].AUCError = metrics.AUCError(first[k].scores, first[k].y)
	}
	setErrors(trials, first, 1)
	second, onceOnly := make([]judged, len(list)), false
	for i, k := range better(trials) {
		// The best of the first rung is judged whatever it costs.
		if i > 0 && s.budget.left < s.workOf(list[k], s.folds[0]) {
			continue
		}
		if second[k], failed = s.all(ctx, list[k], &trials[k]); failed != nil || ctx.Err() != nil {
			return nil, trials, failed, ctx.Err()
		}
		once := second[k].part(s.folds[0])
		finalists = append(finalists, finalist{list[k], once, trials[k].LogLoss})
		if len(second[k].rows) == len(once.rows) {
			onceOnly = true
		}
	}
	setErrors(trials, second, 2)
	for k := range finalists {
		if onceOnly {
			// Where the budget paid for one repetition only, that one is compared.
			finalists[k].logLoss = mean(finalists[k].losses)
		}
	}
	slices.SortStableFunc(finalists, func(a, b finalist) int { return cmp.Compare(a.logLoss, b.logLoss) })
	for k := range trials {
		trials[k].Kept = trials[k].Rung == 2 && trials[k].Params.Equal(finalists[0].params)
	}
	return finalists, trials, nil, nil
}

// workOf is what judging a candidate on the folds costs.
func (s *search) workOf(c candidate, folds []model.Split) float64 {
	work := 0.0
	for _, f := range folds {
		work += c.work(len(f.Train), len(s.table.X.Columns))
	}
	return work
}

// all judges a candidate on every fold of every repetition that the budget allows; the first is always judged.
func (s *search) all(ctx context.Context, c candidate, t *Trial) (judged, error) {
	var whole judged
	for repetition, folds := range s.folds {
		if !s.budget.take(s.workOf(c, folds)) && repetition > 0 {
			break
		}
		j, err := s.judge(ctx, c, folds)
		if err != nil {
			return whole, err
		}
		whole = whole.and(j)
	}
	t.Rung, t.LogLoss, t.AUC = 2, mean(whole.losses), whole.auc
	once := whole.part(s.folds[0])
	t.AUCError = metrics.AUCError(once.scores, once.y)
	return whole, nil
}

// newest is the last fold of the first repetition.
func (s *search) newest() model.Split { return s.folds[0][len(s.folds[0])-1] }

// short keeps the newest of the fold's learning rows.
func (s *search) short(f model.Split) model.Split {
	f.Train = f.Train[max(0, len(f.Train)-firstRows):]
	return f
}

// judge fits a candidate on every fold and scores what the fold holds back.
func (s *search) judge(ctx context.Context, c candidate, folds []model.Split) (judged, error) {
	var j judged
	weight := 0.0
	for _, fold := range folds {
		s.tell()
		p, err := c.classifier.Fit(ctx, s.table.Data(fold.Train))
		if err != nil {
			return j, err
		}
		held := s.table.Data(fold.Test)
		scores := model.Scores(p, held.X)
		if auc := metrics.AUC(scores, held.Y); !math.IsNaN(auc) {
			j.auc += auc * float64(len(fold.Test))
			weight += float64(len(fold.Test))
		}
		j.rows, j.scores, j.y = append(j.rows, fold.Test...), append(j.scores, scores...), append(j.y, held.Y...)
	}
	j.auc /= max(weight, 1)
	j.losses = lossesOf(calibrate.Platt(j.scores, j.y), j.scores, j.y)
	return j, nil
}

func lossesOf(m calibrate.Map, scores []float64, y []bool) []float64 {
	losses := make([]float64, len(y))
	for i, s := range scores {
		losses[i] = metrics.LogLoss([]float64{m.Probability(s)}, y[i:i+1])
	}
	return losses
}

// and joins two repetitions.
func (j judged) and(k judged) judged {
	n, m := float64(len(j.rows)), float64(len(k.rows))
	return judged{
		rows: slices.Concat(j.rows, k.rows), scores: slices.Concat(j.scores, k.scores), y: slices.Concat(j.y, k.y),
		losses: slices.Concat(j.losses, k.losses), auc: (j.auc*n + k.auc*m) / (n + m),
	}
}

// part is the first repetition alone.
func (j judged) part(folds []model.Split) judged {
	n := 0
	for _, f := range folds {
		n += len(f.Test)
	}
	return judged{rows: j.rows[:n], scores: j.scores[:n], y: j.y[:n], losses: j.losses[:n], auc: j.auc}
}

// better are the trials that go on to the second rung, the best first: the better half, rounded up.
func better(trials []Trial) []int {
	var order []int
	for k := range trials {
		if trials[k].Rung == 1 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(trials[a].LogLoss, trials[b].LogLoss) })
	return order[:(len(order)+1)/2]
}

// setErrors sets the standard errors of the trials of one rung against the best of them.
func setErrors(trials []Trial, of []judged, rung int) {
	best := -1
	for k := range trials {
		if trials[k].Rung == rung && (best < 0 || trials[k].LogLoss < trials[best].LogLoss) {
			best = k
		}
	}
	for k := range trials {
		if trials[k].Rung == rung && len(of[k].losses) == len(of[best].losses) {
			_, trials[k].Error = paired(of[k].losses, of[best].losses)
		}
	}
}

// paired is the mean difference of two losses of the same rows and its standard error.
func paired(a, b []float64) (difference, standardError float64) {
	n := float64(len(a))
	if n < 2 {
		return 0, math.Inf(1)
	}
	var sum, squares float64
	for i := range a {
		d := a[i] - b[i]
		sum += d
		squares += d * d
	}
	return sum / n, math.Sqrt(max(squares/n-sum/n*sum/n, 0) / (n - 1))
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(len(v), 1))
}
