package trainer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Result is all that a run found. A run that a gate refused has everything up to that gate.
type Result struct {
	Source     Source
	Plan       features.Plan
	Users      int
	Exclusions []Exclusion
	Rule       RuleFit
	Found      features.Found
	Set        *features.Set
	Table      *Table
	Split      model.Split
	Findings   []model.Finding
	Baselines  Baselines
	Entrants   []Entrant
	// Trials are all candidates of the search for parameters.
	Trials []Trial
	// Chosen is the index of the entrant that won, Why says why; -1 before the competition.
	Chosen    int
	Why       phrase.Phrase
	Threshold float64
	// Sure are refits of the chosen model, nil where none were asked for.
	Sure *model.Replicas
	// Early is the model that scores on any day of the first week, nil where none was fitted.
	Early    *Early
	Possible *Possible
	Champion *Champion
	Gates    []Gate
	// Drift is how the chosen model holds up as users get newer.
	Drift   Drift
	Matters Matters
	// Spend is what advertising cost, nil where no ads are loaded.
	Spend *spend.Table
	// Advice is where the next budget should go.
	Advice spend.Advice
	// CameTrue is how scores of earlier versions came true, the newest version first.
	CameTrue []truth.Version
	// Version and Dir are where the artifact was published, empty where it was not.
	Version, Dir string
	// Aside is where a model that a gate refused was kept, empty where there is none.
	Aside string
	// ReportDir holds report.html and report.json.
	ReportDir string
	// Refused is the gate's word, nil for a published run.
	Refused error
	// Elapsed are the steps' durations, in order.
	Elapsed []Elapsed
}

// Elapsed is how long a step took.
type Elapsed struct {
	Step string
	Took time.Duration
}

// run is one run under way.
type run struct {
	Options
	wh *warehouse.Warehouse
	d  features.Dialect
	*Result
	// finalists are the candidates that the blend is made of.
	finalists []finalist
	// week is what the labelled users did in their first week, nil before it is asked for.
	week *moments.Input
}

// Run does the whole job. A *Refusal error comes with a Result and a written report; any other error means that the job failed and
// nothing was published.
func Run(ctx context.Context, wh *warehouse.Warehouse, o Options) (*Result, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, wh: wh, d: d, Result: &Result{Chosen: -1}}
	err = r.steps(ctx)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		r.Refused = refusal
	case err != nil:
		return nil, err
	}
	for _, s := range []stepOf{{"describe the users", r.describe}, {"publish and report", r.publish}} {
		if failed := r.step(s.name, func() error { return s.do(ctx) }); failed != nil {
			return nil, failed
		}
	}
	return r.Result, err
}

func (r *run) step(name string, do func() error) error {
	r.Progress(name, 0, 0)
	start := r.Now()
	err := do()
	r.Elapsed = append(r.Elapsed, Elapsed{Step: name, Took: r.Now().Sub(start)})
	return err
}

// stepOf is one step of a run.
type stepOf struct {
	name string
	do   func(context.Context) error
}

func (r *run) steps(ctx context.Context) error {
	steps := []stepOf{
		{"make the cohort", r.cohort},
		{"make the features", r.features},
		{"look for leakage", r.leakage},
		{"fit the families", r.families},
		{"see what matters", r.matters},
		{"pass the gates", r.gates},
		{"fit replicas", r.replicate},
		{"fit the early model", r.early},
	}
	if r.Engine == BigQueryML {
		steps = r.inBigQuery()
	}
	for _, s := range steps {
		if err := r.step(s.name, func() error { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// cohort selects the new users and labels them, and looks whether the rule fits the app.
func (r *run) cohort(ctx context.Context) (err error) {
	var ledger []warehouse.LedgerRow
	if r.Source, ledger, err = readSource(ctx, r.wh); err != nil {
		return err
	}
	if r.Zone == "" {
		settings, err := r.wh.Settings(ctx)
		if err != nil {
			return err
		}
		r.Zone = settings["zone"]
	}
	if r.Plan, err = newPlan(r.Options, r.Source); err != nil {
		return err
	}
	r.Source = sumUp(ledger, r.Plan.AsOf)
	steps := r.Plan.Cohort(r.d)
	if err := makeTables(ctx, r.wh, steps, func(done int) { r.Progress("make the cohort", done, len(steps)) }); err != nil {
		return err
	}
	users, err := counts(ctx, r.wh, usersQuery(r.d, r.Plan))
	if err != nil {
		return fmt.Errorf("count the users: %w", err)
	}
	r.Users = users[0].Users
	if r.Exclusions, err = exclusions(ctx, r.wh, r.d, r.Plan); err != nil {
		return err
	}
	if r.Table, err = readLabels(ctx, r.wh, r.d, r.Plan); err != nil {
		return err
	}
	if r.Rule, err = ruleFit(ctx, r.wh, r.d, r.Plan, r.Table); err != nil {
		return err
	}
	if r.Strict && len(r.Rule.Warnings) > 0 {
		return &Refusal{Gate: fitName, Reason: phrase.Of("%s Without -strict the job goes on", r.Rule.Warnings[0])}
	}
	split := model.DefaultSplit()
	split.TestShare, split.LastDay = r.TestShare, r.Label.LastDay()
	if r.Split, err = model.SplitByDay(r.Table.Day0, r.Table.Y, split); err != nil {
		return &Refusal{Gate: learnName, Reason: phrase.Of("%s. Load more days, or ask for another rule with -label-visits", failure(err))}
	}
	return nil
}

// makeFeatures discovers the columns on the older users and makes them for all.
func (r *run) makeFeatures(ctx context.Context) (set *features.Set, err error) {
	before := dayName(r.Table.Day0[r.Split.Test[0]])
	if r.Found, err = discover(ctx, r.wh, r.Plan.Discover(r.d, before)); err != nil {
		return nil, err
	}
	set = features.DefaultSet(r.Zone, r.Label, r.background(), r.Found, r.Choice)
	if err := set.Validate(); err != nil {
		return nil, err
	}
	return set, makeTables(ctx, r.wh, []features.Step{r.Plan.Features(r.d, set)}, nil)
}

// features makes the columns, reads them, and drops those that say nothing.
func (r *run) features(ctx context.Context) error {
	set, err := r.makeFeatures(ctx)
	if err != nil {
		return err
	}
	x, err := r.Table.readFeatures(ctx, r.wh, r.d, r.Plan, "features", set, func(_ int, texts []string, codes []float32) []string {
		return levels(texts, codes, r.Split.Train)
	})
	if err != nil {
		return err
	}
	names := informative(x, r.Split.Train)
	r.Set, r.Table.X = set.Keep(names), keep(x, names)
	return nil
}

// leakage applies the named rules. A failed one ends the run, whatever the flags.
func (r *run) leakage(ctx context.Context) error {
	moved, err := movedBySelection(ctx, r.wh, r.d, r.Plan)
	if err != nil {
		return err
	}
	excluded, err := r.excludedLabels(ctx)
	if err != nil {
		return err
	}
	r.Findings = model.Leakage(model.Evidence{
		Set: r.Set, X: r.Table.X, Y: r.Table.Y, Label: r.Label, AsOf: r.Plan.DayNumber(r.Plan.AsOf), Day0: r.Table.Day0,
		Excluded: excluded, Moved: moved,
	})
	if leaks := model.Leaks(r.Findings); !leaks.Empty() {
		return &Refusal{Gate: leakageName, Reason: leaks}
	}
	return nil
}

// excludedLabels labels the users whom each selection rule kept out, as far as their labels are known. Those who are no customers are
// not looked at: robots never come back, and should not be in the table all the same.
func (r *run) excludedLabels(ctx context.Context) (map[string][]bool, error) {
	columns, err := r.wh.ReadColumns(ctx, r.Plan.ExcludedLabels(r.d))
	if err != nil {
		return nil, fmt.Errorf("label the users kept out: %w", err)
	}
	labels := map[string][]bool{}
	for i, reason := range columns[0].Text {
		if features.NotCustomer(reason) {
			continue
		}
		labels[reason] = append(labels[reason], columns[1].Numbers[i] == 1)
	}
	return labels, nil
}

// families compete on time-ordered folds of the older users.
func (r *run) families(ctx context.Context) error {
	r.Baselines = baselines(r.Options, r.Table, r.Split)
	r.Possible = possible(r.Options, r.Table, r.Split)
	s, err := r.newSearch()
	if err != nil {
		return err
	}
	for _, family := range inOrder(r.Families) {
		e, err := r.compete(ctx, s, family)
		if err != nil {
			return fmt.Errorf("fit %s: %w", family, err)
		}
		r.Entrants = append(r.Entrants, e)
	}
	if e, ok, err := r.mix(ctx); err != nil {
		return fmt.Errorf("mix the families: %w", err)
	} else if ok {
		r.Entrants = append(r.Entrants, e)
	}
	chosen, why, err := choose(r.Entrants)
	if err != nil {
		return err
	}
	r.Chosen, r.Why = chosen, why
	e := &r.Entrants[chosen]
	r.Result.Threshold = r.Options.Threshold.At(e.foldProbabilities(), e.FoldY)
	return nil
}

// newSearch divides the learning users into folds twice, at different days, where there are enough of them.
func (r *run) newSearch() (*search, error) {
	s := &search{o: r.Options, table: r.Table, budget: newBudget(0)}
	for _, count := range []int{r.Folds, r.Folds + 2} {
		if folds := model.Folds(r.Table.Day0, r.Split.Train, count, r.Label.LastDay()); len(folds) > 0 {
			s.folds = append(s.folds, folds)
		}
	}
	if len(s.folds) == 0 {
		return nil, &Refusal{Gate: learnName, Reason: phrase.Of("all learning users came on one day, so that " +
			"nobody older can be learnt from. Load more days")}
	}
	done := 0
	s.tell = func() {
		r.Progress("fit the families", done, 0)
		done++
	}
	return s, nil
}

// inOrder keeps the order of simplicity that choose relies on.
func inOrder(families []string) []string {
	var list []string
	for _, f := range AllFamilies {
		for _, g := range families {
			if f == g {
				list = append(list, f)
			}
		}
	}
	return list
}
