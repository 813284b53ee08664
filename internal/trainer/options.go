// Package trainer is the batch job as a library: it makes the cohort inside the warehouse, reads it, fits the families, chooses,
// calibrates, measures on the newest users, applies the gates, and publishes an artifact with its report.
package trainer

import (
	"fmt"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/sure"
	"github.com/Koalajuni/Calback-Data-ML/model/threshold"
)

// Options is one training run. The zero value is not valid: start from Defaults.
type Options struct {
	// Name is the model's name in the store. Defaults to revisit.
	Name string
	// App is what the report calls the app.
	App string
	// Store is where the artifact is published.
	Store model.Store
	// Language is that of the report, report.English or report.Korean. Defaults to English.
	Language string
	// Reports is the directory for report.html and report.json, written whether or not the model is published.
	Reports string

	// Zone is the app's time zone, an IANA name. Empty takes the zone that the events were loaded with.
	Zone string
	// AsOf is the instant at and after which nothing is visible. Zero takes the end of the data.
	AsOf time.Time
	// BurnIn is how many days after the start of the data a user who is not known to be new is kept out. Defaults to 30.
	BurnIn int
	// Label is the revisit rule. Defaults to 3 visit days in days 7 to 36.
	Label features.Label
	// Background names further events that make no visit.
	Background []string
	// Choice bounds the default feature set.
	Choice features.Choice

	// Engine is where the families are fitted: "" is this machine, BigQueryML is BigQuery, where the warehouse is.
	Engine string
	// Families compete. Defaults to logit, gbdt, forest, bayes and rules.
	Families []string
	// Folds is the number of time-ordered folds on which the families compete. Defaults to 3.
	Folds int
	// Budget bounds the search for parameters, in seconds of a nominal machine: the same budget does the same work everywhere.
	// Defaults to 60. 0 fits the first candidate of each family.
	Budget float64
	// Monotone names features in which gbdt's score may only rise (1) or only fall (-1); Together lists sets of features that may act
	// together in gbdt, all others alone.
	Monotone map[string]int
	Together [][]string
	// TestShare is the share of the newest labelled users that judge. Defaults to 0.3.
	TestShare float64
	// Resamples is the number of bootstrap resamples behind each interval. Defaults to 1000.
	Resamples int
	// MomentSample is on how many people at most the adjusted effects of the moments are estimated. Defaults to 20,000.
	MomentSample int
	// Seed makes the run reproducible. Defaults to 1.
	Seed uint64
	// Threshold is the rule by which probabilities become yes or no. Defaults to break-even: as many users are said to revisit as do.
	Threshold threshold.Rule
	// Replicas is how many times the chosen model is fitted anew on users drawn again, to tell how sure a score is. Defaults to 20; 0
	// leaves it out.
	Replicas int
	// Early fits one more model, which scores on any day of the first week, and publishes it under Name + EarlySuffix. Defaults to true;
	// BigQueryML fits none.
	Early bool

	// Strict refuses to train where the revisit rule does not fit the app, instead of saying so and going on.
	Strict bool
	// PublishAnyway publishes a model that a quality gate refused. Leakage is never published.
	PublishAnyway bool

	// Created is the time of the run, for the manifest and the report.
	Created time.Time
	// Command is the command that makes this report again.
	Command string
	// Truth gives each user's true probability by user key, for simulated data only: the best possible figures come from it.
	Truth map[string]float64
	// Now is the clock by which steps are timed.
	Now func() time.Time
	// Progress is told how far a step is; total 0 means unknown. Nil is allowed.
	Progress func(step string, done, total int)
}

// BigQueryML is the engine that trains inside BigQuery, with its own logit and gbdt.
const BigQueryML = "bigqueryml"

// AllFamilies are the kinds of classifier that can compete, the simplest first.
var AllFamilies = []string{"logit", "bayes", "rules", "gbdt", "forest"}

// Defaults is the documented defaults.
func Defaults() Options {
	return Options{
		Name: "revisit", App: "the app", Store: model.Store{Dir: "models"}, Language: report.English, Reports: "reports", BurnIn: 30, Label: features.DefaultLabel(),
		Choice: features.DefaultChoice(), Families: AllFamilies, Folds: 3, Budget: 60, TestShare: 0.3, Resamples: 1000, MomentSample: moments.Defaults().Sample, Seed: 1,
		Threshold: threshold.Rule{Kind: threshold.BreakEven}, Replicas: sure.DefaultReplicas, Early: true,
		Progress: func(string, int, int) {},
	}
}

// Validate reports the first option out of bounds.
func (o Options) Validate() error {
	switch {
	case o.BurnIn < 0:
		return fmt.Errorf("burn-in is %d days; it cannot be negative", o.BurnIn)
	case o.Folds < 2 || o.Folds > 20:
		return fmt.Errorf("folds is %d; it must be 2 to 20", o.Folds)
	case !(o.Budget >= 0 && o.Budget <= 1e6):
		return fmt.Errorf("budget is %v seconds; it must be 0 to a million", o.Budget)
	case o.TestShare < 0.05 || o.TestShare > 0.8:
		return fmt.Errorf("test share is %v; it must be 0.05 to 0.8", o.TestShare)
	case o.Threshold.Kind == "":
		return fmt.Errorf("no threshold rule is given; the default is %s", threshold.BreakEven)
	case o.Replicas != 0 && (o.Replicas < leastReplicas || o.Replicas > 200):
		return fmt.Errorf("replicas is %d; it must be %d to 200, or 0 for none", o.Replicas, leastReplicas)
	case o.MomentSample < 1:
		return fmt.Errorf("the sample for the moments is %d; it must be at least 1", o.MomentSample)
	case o.Resamples < 100:
		return fmt.Errorf("resamples is %d; it must be at least 100", o.Resamples)
	case len(o.Families) == 0:
		return fmt.Errorf("no family is named; the families are %v", AllFamilies)
	case o.Language != report.English && o.Language != report.Korean:
		return fmt.Errorf("the report's language is %q; it can be %s or %s", o.Language, report.English, report.Korean)
	case o.Engine != "" && o.Engine != BigQueryML:
		return fmt.Errorf("engine %q is unknown; it is here, or %s", o.Engine, BigQueryML)
	case o.Now == nil || o.Created.IsZero():
		return fmt.Errorf("the run has no clock or no time of creation")
	}
	for _, f := range o.Families {
		if !slices.Contains(AllFamilies, f) {
			return fmt.Errorf("family %q is unknown; the families are %v", f, AllFamilies)
		}
	}
	return o.Label.Validate()
}

func (o Options) background() []string {
	all := slices.Concat(features.Background, o.Background)
	slices.Sort(all)
	return slices.Compact(all)
}
