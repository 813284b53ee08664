// Package bqml trains inside BigQuery, for tables of users that outgrow one machine: it renders CREATE MODEL, ML.EVALUATE,
// ML.GLOBAL_EXPLAIN and ML.PREDICT over the same features, label and split by day 0 as the trainer's, runs them, and reads back
// probabilities and labels, so that the same metrics are computed by the same code. It also renders the CREATE FUNCTION with which
// BigQuery asks our server.
//
// Only counts by day, the levels of categories and, of the users after the training, a probability and a label each leave BigQuery;
// no user key does.
package bqml

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The families that BigQuery can train here, under the names of the trainer's families that they stand for.
const (
	// Logit is LOGISTIC_REG.
	Logit = "logit"
	// GBDT is BOOSTED_TREE_CLASSIFIER, which is XGBoost.
	GBDT = "gbdt"
)

// AllFamilies are the families, the simplest first.
var AllFamilies = []string{Logit, GBDT}

// Options is one training inside BigQuery. Plan and Set are those of the tables labels and features, which must have been made.
type Options struct {
	// Plan made the tables; its Prefix stands before their names.
	Plan features.Plan
	// Set names the columns of the features table that are learnt from.
	Set *features.Set
	// Table is the features table without the prefix. Defaults to features.
	Table string
	// TestFrom is the day 0, as YYYY-MM-DD, of the first user who judges; LastTrain that of the last one who may be learnt from. Both
	// empty split as model.SplitByDay does with SplitOptions.
	TestFrom, LastTrain string
	// Split bounds the split where it is made here, and the least number of positives on each side always.
	Split model.SplitOptions
	// ValidShare is the share of the newest learning users who stop the training early and choose among the families, 0.25 by default.
	ValidShare float64
	// Families are trained, in the order of AllFamilies. Defaults to all.
	Families []string
	// Params steer the families. The zero value stands for DefaultParams.
	Params Params
	// Models begins the models' names, after the plan's prefix. Defaults to revisit, for revisit_logit and revisit_gbdt.
	Models string
	// Dataset qualifies the models' names, as DATASET or PROJECT.DATASET; "" leaves it to the connection's default dataset.
	Dataset string
	// Now is the clock by which fitting is timed.
	Now func() time.Time
	// Progress is told how far the families are. Nil is allowed.
	Progress func(done, total int)
}

func (o Options) withDefaults() Options {
	o.Table = cmp.Or(o.Table, "features")
	o.Models = cmp.Or(o.Models, "revisit")
	o.ValidShare = cmp.Or(o.ValidShare, 0.25)
	o.Params = cmp.Or(o.Params, DefaultParams())
	def := model.DefaultSplit()
	o.Split.TestShare = cmp.Or(o.Split.TestShare, def.TestShare)
	o.Split.MinPositives = cmp.Or(o.Split.MinPositives, def.MinPositives)
	o.Split.LastDay = o.Plan.Label.LastDay()
	if len(o.Families) == 0 {
		o.Families = AllFamilies
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// Validate reports the first option that cannot be used.
func (o Options) Validate() error {
	if err := errors.Join(o.Plan.Validate(), o.validateSet()); err != nil {
		return err
	}
	for _, name := range []string{o.Table, o.Models} {
		if err := warehouse.CheckName(name); name != "" && err != nil {
			return err
		}
	}
	if o.Dataset != "" && !datasetPath.MatchString(o.Dataset) {
		return fmt.Errorf("dataset %q: want DATASET or PROJECT.DATASET", o.Dataset)
	}
	for _, family := range o.Families {
		if !slices.Contains(AllFamilies, family) {
			return fmt.Errorf("BigQuery trains no family %q; it trains %v", family, AllFamilies)
		}
	}
	switch {
	case (o.TestFrom == "") != (o.LastTrain == ""):
		return errors.New("the split needs both the first test day and the last training day, or neither")
	case o.TestFrom != "" && o.LastTrain >= o.TestFrom:
		return fmt.Errorf("the last training day %s is not before the first test day %s", o.LastTrain, o.TestFrom)
	case o.ValidShare < 0 || o.ValidShare >= 1:
		return fmt.Errorf("the share of the validating users is %v; it must be between 0 and 1", o.ValidShare)
	case o.Now == nil:
		return errors.New("the training has no clock")
	}
	return o.Params.Validate()
}

// datasetPath is a dataset's name, with its project's before it or without.
var datasetPath = regexp.MustCompile(`^([a-z0-9.:-]+\.)?[A-Za-z0-9_]+$`)

// validateSet refuses a feature whose column would be taken for one of ours.
func (o Options) validateSet() error {
	if o.Set == nil || len(o.Set.Features) == 0 {
		return errors.New("there is no feature to learn from")
	}
	if err := o.Set.Validate(); err != nil {
		return err
	}
	for _, f := range o.Set.Features {
		if slices.Contains(reserved, f.Name) {
			return fmt.Errorf("feature %s has the name of a column that the training makes; rename it", f.Name)
		}
	}
	return nil
}

// Fitted is one family that BigQuery trained.
type Fitted struct {
	Family string
	// Model is the model's name in the dataset.
	Model string
	// Failed says why the family could not be trained, "" where it could. The rest is then empty.
	Failed string
	// Evaluate is ML.EVALUATE on the newest users: precision, recall, accuracy, f1_score, log_loss and roc_auc, by these names.
	Evaluate map[string]float64
	// Importance is ML.GLOBAL_EXPLAIN, the largest first.
	Importance []Attribution
	// P are BigQuery's probabilities of the newest users, Y who revisited; in rising order of P and then of Y, since the rows have no
	// order of their own and no key.
	P []float64
	Y []bool
	// ValidP and ValidY are the same of the validating users: older than the newest, yet not learnt from. Whatever is chosen or
	// calibrated is to be so by these.
	ValidP []float64
	ValidY []bool
	// Seconds is how long CREATE MODEL took.
	Seconds float64
}

// Attribution is how much a feature adds to the predictions on average, over the validating users: for gbdt the mean absolute
// SHAP value, for logit the mean absolute contribution, both in log-odds.
type Attribution struct {
	Feature string
	Size    float64
}

// Result is a training's families and the days that divided the users.
type Result struct {
	Split  Split
	Fitted []Fitted
	// Features are the columns learnt from: those of the set that some learning user has.
	Features []string
}

// run is one training under way.
type run struct {
	Options
	wh    *warehouse.Warehouse
	split Split
	// levels are those of each category, unknown the numbers that no fitted user has.
	levels  map[string][]string
	unknown []string
}

// Train trains the families inside the warehouse, which must be BigQuery, and reads back how well they do on the newest users. A
// family that cannot be trained is Failed; the error is nil as long as one could be.
func Train(ctx context.Context, wh *warehouse.Warehouse, o Options) (*Result, error) {
	if wh.Dialect() != dialect.Name() {
		return nil, fmt.Errorf("training inside BigQuery needs a warehouse in BigQuery, this one speaks %s; open "+
			"bigquery://PROJECT/DATASET, or train on this machine", wh.Dialect())
	}
	o = o.withDefaults()
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("train inside BigQuery: %w", err)
	}
	r := &run{Options: o, wh: wh}
	if err := r.prepare(ctx); err != nil {
		return nil, fmt.Errorf("train inside BigQuery: %w", err)
	}
	result := &Result{Split: r.split}
	for _, f := range r.used() {
		result.Features = append(result.Features, f.Name)
	}
	families := inOrder(o.Families)
	for i, family := range families {
		o.Progress(i, len(families))
		f, err := r.fit(ctx, family)
		if err != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("train %s inside BigQuery: %w", family, ctx.Err())
		}
		if err != nil {
			f = Fitted{Family: family, Model: r.model(family), Failed: err.Error()}
		}
		result.Fitted = append(result.Fitted, f)
	}
	o.Progress(len(families), len(families))
	if !slices.ContainsFunc(result.Fitted, func(f Fitted) bool { return f.Failed == "" }) {
		return nil, fmt.Errorf("train inside BigQuery: no family could be trained: %s", result.Fitted[0].Failed)
	}
	return result, nil
}

// inOrder is families in the order of AllFamilies, each once.
func inOrder(families []string) []string {
	var list []string
	for _, f := range AllFamilies {
		if slices.Contains(families, f) {
			list = append(list, f)
		}
	}
	return list
}

// prepare reads what the statements depend on: users by day, and the levels of categories.
func (r *run) prepare(ctx context.Context) error {
	days, err := readDays(ctx, r.wh, r.Plan)
	if err != nil {
		return err
	}
	if r.split, err = r.splitDays(days); err != nil {
		return err
	}
	if r.unknown, err = r.readUnknown(ctx); err != nil {
		return err
	}
	if r.levels, err = r.readLevels(ctx); err != nil {
		return err
	}
	if len(r.used()) == 0 {
		return errors.New("no feature is known of any learning user")
	}
	return nil
}
