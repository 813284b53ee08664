package trainer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// EarlySuffix is put behind the model's name for the model that scores on any day of the first week.
const EarlySuffix = "-early"

// earlyFeatures is the table of what was known at the end of one day.
const earlyFeatures = "early_features"

// mostEarlyUsers bounds the users on either side of the early model: each of them is seven rows.
const mostEarlyUsers = 20_000

// fewestEarlyUsers is how many users must teach the early model: of fewer, the days of the week cannot be told apart.
const fewestEarlyUsers = 200

// Early is one model that scores a user at the end of any day of the first week. Each user is seven rows, one a day, and all rows of a
// user lie on one side of the split.
type Early struct {
	// Params are its parameters, in words.
	Params phrase.Phrase
	// Days tell by the day known how it does on the newest users.
	Days []EarlyDay
	// Refused says why it is not published, empty where it is.
	Refused phrase.Phrase
	// Version and Dir are where it was published, empty where it was not.
	Version, Dir string

	// result is a run's result of its own, by which the artifact is put together.
	result *Result
	set    *features.Set
}

// EarlyDay is how the early model does at the end of a day, 0 to 6.
type EarlyDay struct {
	Day int
	// Model is of the early model, VisitDays of the number of visit days so far alone, on the same users.
	Model, VisitDays metrics.Summary
}

// early fits the model that scores on any day of the first week, and measures it day by day.
func (r *run) early(ctx context.Context) error {
	if !r.Options.Early || r.Engine != "" {
		return nil
	}
	users := r.earlyUsers()
	if n := len(users.Train); n < fewestEarlyUsers {
		r.Result.Early = &Early{Refused: phrase.Plural(n, phrase.Of("1 user teaches it, and it needs %d", fewestEarlyUsers),
			phrase.Of("%d users teach it, and it needs %d", n, fewestEarlyUsers))}
		return nil
	}
	set := r.Set.WithDaysKnown()
	table, err := r.landmarks(ctx, set, slices.Concat(users.Train, users.Test))
	if err != nil {
		return err
	}
	train := places(0, len(users.Train))
	test := places(len(train), len(train)+len(users.Test))
	e, err := r.fitEarly(ctx, table, train)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		// The main model is fitted and has passed its gates: it is published without this one.
		r.Result.Early = &Early{Refused: phrase.Of("it could not be fitted: %s", failure(err))}
		return nil
	}
	split := model.Split{Train: landmarkRows(train), Test: landmarkRows(test), Purged: r.Split.Purged, Caveat: r.Split.Caveat}
	r.Result.Early = &Early{Params: e.Params, set: set, result: &Result{
		Source: r.Source, Table: table, Split: split, Entrants: []Entrant{e}, Threshold: r.Options.Threshold.At(e.foldProbabilities(), e.FoldY),
	}}
	r.judgeEarly(train, test)
	return nil
}

// earlyUsers is the run's own split, the newest of either side where there are many.
func (r *run) earlyUsers() model.Split {
	newest := func(rows []int) []int { return rows[max(0, len(rows)-mostEarlyUsers):] }
	return model.Split{Train: newest(r.Split.Train), Test: newest(r.Split.Test)}
}

// landmarks is the table of the given users, seven rows a user: what was known at the end of each day.
func (r *run) landmarks(ctx context.Context, set *features.Set, users []int) (*Table, error) {
	t := &Table{X: &model.Matrix{}}
	for _, i := range users {
		for range features.WeekDays {
			t.Keys, t.Day0 = append(t.Keys, r.Table.Keys[i]), append(t.Day0, r.Table.Day0[i])
			t.Y, t.Visits = append(t.Y, r.Table.Y[i]), append(t.Visits, r.Table.Visits[i])
		}
	}
	for day := range features.WeekDays {
		x, err := r.landmark(ctx, set, day)
		if err != nil {
			return nil, fmt.Errorf("day %d: %w", day, err)
		}
		t.X.Columns = slices.Grow(t.X.Columns, len(x.Columns))
		for j, c := range x.Columns {
			if day == 0 {
				t.X.Columns = append(t.X.Columns, model.Column{Field: c.Field, Values: make([]float32, len(t.Y))})
			}
			for k, i := range users {
				t.X.Columns[j].Values[k*features.WeekDays+day] = c.Values[i]
			}
		}
	}
	return t, nil
}

// landmark makes and reads the features as they were at the end of one day. The levels of categories are those of the whole week.
func (r *run) landmark(ctx context.Context, set *features.Set, day int) (*model.Matrix, error) {
	step := r.Plan.FeaturesKnown(r.d, set, day, earlyFeatures)
	r.Progress("fit the early model", day, features.WeekDays)
	if err := makeTables(ctx, r.wh, []features.Step{step}, nil); err != nil {
		return nil, err
	}
	x, err := r.Table.readFeatures(ctx, r.wh, r.d, r.Plan, earlyFeatures, set, func(j int, _ []string, _ []float32) []string {
		return r.Table.X.Columns[j].Levels
	})
	if err != nil {
		return nil, err
	}
	if err := r.wh.Exec(ctx, "DROP TABLE IF EXISTS "+r.d.Table(step.Table)); err != nil {
		return nil, fmt.Errorf("drop table %s: %w", step.Table, err)
	}
	return x, nil
}

// fitEarly takes the candidate that is best on the newer of the learning users, scored by what the older ones teach, calibrates on them,
// and then fits on all.
func (r *run) fitEarly(ctx context.Context, t *Table, train []int) (Entrant, error) {
	e := Entrant{Family: "gbdt", LogLoss: math.Inf(1)}
	start := r.Now()
	day0 := make([]int, len(train))
	for i := range train {
		day0[i] = t.Day0[i*features.WeekDays]
	}
	folds := model.Folds(day0, train, 1, r.Label.LastDay())
	if len(folds) == 0 {
		return e, errOneDay
	}
	learn, held := t.landmarkData(folds[0].Train), t.landmarkData(folds[0].Test)
	e.FoldRows, e.FoldY = landmarkRows(folds[0].Test), held.Y
	var best candidate
	for _, c := range earlyCandidates(r.Options) {
		p, err := c.classifier.Fit(ctx, learn)
		if err != nil {
			return e, err
		}
		scores := model.Scores(p, held.X)
		if loss := mean(lossesOf(calibrate.Platt(scores, held.Y), scores, held.Y)); loss < e.LogLoss {
			best, e.LogLoss, e.FoldScores, e.Params = c, loss, scores, c.params
		}
	}
	e.Calibration, e.Calibrations = calibrate.Choose(e.FoldScores, e.FoldY, held.W)
	var err error
	e.Predictor, err = best.classifier.Fit(ctx, t.landmarkData(train))
	e.Seconds = r.Now().Sub(start).Seconds()
	return e, err
}

// earlyCandidates have leaves of as many users as elsewhere. Trees of depth 4 tell the days apart best where there are many users; of few
// they learn chance by heart.
func earlyCandidates(o Options) []candidate {
	var list []candidate
	for _, c := range []struct{ depth, rounds int }{{3, 120}, {4, 200}} {
		p := gbdt.Defaults()
		p.Seed, p.Monotone, p.Together = o.Seed, o.Monotone, withDaysKnown(o.Together)
		p.MaxDepth, p.MaxLeaves, p.Rounds, p.Rate, p.HoldOut = c.depth, 1<<c.depth, c.rounds, 0.05, 0
		p.MinLeaf *= features.WeekDays
		list = append(list, candidate{
			family: "gbdt", params: phrase.Of("%d trees of depth %d, rate %v", c.rounds, c.depth, p.Rate), classifier: gbdt.New(p),
		})
	}
	return list
}

// withDaysKnown lets the days known act together with each set of features: what a feature says depends on them. Nil stays free.
func withDaysKnown(together [][]string) [][]string {
	var sets [][]string
	for _, names := range together {
		sets = append(sets, append(slices.Clone(names), features.DaysKnown))
	}
	return sets
}

// judgeEarly measures the model and the visit days so far on the newest users, day by day.
func (r *run) judgeEarly(train, test []int) {
	e := r.Result.Early
	res := e.result
	entrant := &res.Entrants[0]
	entrant.TestP = entrant.probabilities(model.Scores(entrant.Predictor, res.Table.X.Take(res.Split.Test)))
	visits := slices.IndexFunc(res.Table.X.Columns, func(c model.Column) bool { return c.Name == visitDays })
	for day := range features.WeekDays {
		learn, judge := res.Table.Data(rowsOfDay(train, day)), res.Table.Data(rowsOfDay(test, day))
		rate := baseRate(learn.Y)
		days, p := slices.Repeat([]float64{rate}, len(test)), make([]float64, len(test))
		if visits >= 0 {
			days = rateByValue(learn.X.Columns[visits].Values, learn.Y, judge.X.Columns[visits].Values, rate)
		}
		for k := range p {
			p[k] = entrant.TestP[k*features.WeekDays+day]
		}
		e.Days = append(e.Days, EarlyDay{
			Day: day, Model: metrics.Evaluate(p, judge.Y, r.bootstrap()), VisitDays: metrics.Evaluate(days, judge.Y, r.bootstrap()),
		})
	}
	last := e.Days[features.WeekDays-1]
	entrant.Test, res.Baselines = last.Model, Baselines{Rate: r.Baselines.Rate, Days: last.VisitDays}
	if !(last.Model.AUC.Low > 0.5) {
		e.Refused = phrase.Of("at the end of the first week its AUC is %s, which may be chance", span(last.Model.AUC, 3))
	}
}

// artifact is nil for an early model that is not published. Its figures of training count users, not their rows.
func (e *Early) artifact(o Options, plan features.Plan) (*model.Artifact, error) {
	if e == nil || !e.Refused.Empty() {
		return nil, nil
	}
	o.Name += EarlySuffix
	a, err := e.result.artifact(o, plan, e.set)
	if err != nil {
		return nil, fmt.Errorf("early model: %w", err)
	}
	t := &a.Manifest.Training
	t.Rows, t.Positives, t.TestRows = t.Rows/features.WeekDays, t.Positives/features.WeekDays, t.TestRows/features.WeekDays
	e.Version = a.Manifest.Version
	return a, nil
}

// landmarkData is all rows of the users at the given places, weighed so that each user counts as one.
func (t *Table) landmarkData(users []int) model.Data {
	d := t.Data(landmarkRows(users))
	d.W = slices.Repeat([]float64{1.0 / features.WeekDays}, len(d.Y))
	return d
}

// landmarkRows are the seven rows of each of the users.
func landmarkRows(users []int) []int {
	rows := make([]int, 0, len(users)*features.WeekDays)
	for _, u := range users {
		for day := range features.WeekDays {
			rows = append(rows, u*features.WeekDays+day)
		}
	}
	return rows
}

// rowsOfDay is one row of each of the users.
func rowsOfDay(users []int, day int) []int {
	rows := make([]int, len(users))
	for k, u := range users {
		rows[k] = u*features.WeekDays + day
	}
	return rows
}

// places are the whole numbers from one up to another.
func places(from, to int) []int {
	list := make([]int, to-from)
	for i := range list {
		list[i] = from + i
	}
	return list
}
