package bqml

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Params steer the families. They are BigQuery's own options; everything that is drawn at random there is switched off, since
// BigQuery takes no seed.
type Params struct {
	Logit LogitParams
	GBDT  GBDTParams
}

// LogitParams steer LOGISTIC_REG. BigQuery standardises numbers, puts the mean in the place of a missing one and makes a missing
// category a category.
type LogitParams struct {
	// L2 is l2_reg.
	L2 float64
	// Iterations is max_iterations. Fewer are made where the validating users' loss falls by less than Progress of itself.
	Iterations int
	// Progress is min_rel_progress.
	Progress float64
}

// GBDTParams steer BOOSTED_TREE_CLASSIFIER, which knows missing values as such.
type GBDTParams struct {
	// Rounds is max_iterations. Fewer are made where the validating users' loss falls by less than Progress of itself.
	Rounds int
	// Progress is min_rel_progress.
	Progress float64
	// Rate is learn_rate.
	Rate float64
	// Depth is max_tree_depth.
	Depth int
	// MinChild is min_tree_child_weight, the least sum of second derivatives in a leaf.
	MinChild int
	// L2 is l2_reg.
	L2 float64
}

// DefaultParams suit tables of a million users and more. The logistic regression has no penalty: BigQuery does not document on
// which scale it is, and with so many users early stopping does.
func DefaultParams() Params {
	return Params{
		Logit: LogitParams{L2: 0, Iterations: 50, Progress: 0.0005},
		GBDT:  GBDTParams{Rounds: 200, Progress: 0.0005, Rate: 0.1, Depth: 5, MinChild: 5, L2: 3},
	}
}

// Validate reports the first parameter out of bounds.
func (p Params) Validate() error {
	switch {
	case p.Logit.Iterations < 1 || p.GBDT.Rounds < 1:
		return fmt.Errorf("iterations are %d and %d; they must be at least 1", p.Logit.Iterations, p.GBDT.Rounds)
	case !(p.Logit.L2 >= 0 && p.GBDT.L2 >= 0):
		return errors.New("a penalty is negative")
	case !(p.Logit.Progress > 0 && p.GBDT.Progress > 0):
		return errors.New("the least relative progress must be above 0")
	case !(p.GBDT.Rate > 0 && p.GBDT.Rate <= 1):
		return fmt.Errorf("the learning rate is %v; it must be above 0 and at most 1", p.GBDT.Rate)
	case p.GBDT.Depth < 1 || p.GBDT.Depth > 20 || p.GBDT.MinChild < 0:
		return fmt.Errorf("trees of depth %d with a least weight of %d cannot be grown", p.GBDT.Depth, p.GBDT.MinChild)
	}
	return nil
}

// modelOptions are the OPTIONS of CREATE MODEL. What all families share comes last: users are never weighed by class, which would
// spoil the probabilities, the split is ours, and the attributions are made while training.
func (p Params) modelOptions(family string) string {
	own := []string{
		"model_type = 'LOGISTIC_REG'",
		"category_encoding_method = 'DUMMY_ENCODING'",
		"l1_reg = 0.0",
		"l2_reg = " + float(p.Logit.L2),
		"max_iterations = " + strconv.Itoa(p.Logit.Iterations),
		"min_rel_progress = " + float(p.Logit.Progress),
	}
	if family == GBDT {
		own = []string{
			"model_type = 'BOOSTED_TREE_CLASSIFIER'",
			"booster_type = 'GBTREE'",
			"tree_method = 'HIST'",
			"category_encoding_method = 'ONE_HOT_ENCODING'",
			"num_parallel_tree = 1",
			"max_tree_depth = " + strconv.Itoa(p.GBDT.Depth),
			"min_tree_child_weight = " + strconv.Itoa(p.GBDT.MinChild),
			"subsample = 1.0",
			"colsample_bytree = 1.0",
			"learn_rate = " + float(p.GBDT.Rate),
			"l1_reg = 0.0",
			"l2_reg = " + float(p.GBDT.L2),
			"max_iterations = " + strconv.Itoa(p.GBDT.Rounds),
			"min_rel_progress = " + float(p.GBDT.Progress),
		}
	}
	all := append(own, "early_stop = TRUE", "input_label_cols = ['"+labelColumn+"']", "data_split_method = 'CUSTOM'",
		"data_split_col = '"+validColumn+"'", "auto_class_weights = FALSE", "enable_global_explain = TRUE")
	return "OPTIONS (\n  " + strings.Join(all, ",\n  ") + "\n)"
}

// float is a FLOAT64 literal: it has a point or an exponent.
func float(v float64) string {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}
