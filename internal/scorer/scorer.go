// Package scorer scores every new user inside the warehouse, in the warehouse's own SQL: the model is compiled, the features of its frozen
// set are made for the whole cohort, and one transaction puts the day's probabilities into the scores table.
package scorer

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Options is one scoring run.
type Options struct {
	// Artifact is the model. Its manifest says the features, the zone, the calibration and the risk tolerance.
	Artifact *model.Artifact
	// AsOf is the instant at and after which nothing is visible; the scores belong to its local day. Zero takes the end of the data.
	AsOf time.Time
	// Since leaves out users whose day 0 is before this day, YYYY-MM-DD. Empty scores all.
	Since string
	// Early also scores users whose first week is not over, by what is known so far. Without it they are counted and left out.
	Early bool
	// BurnIn is how many days after the start of the data a user who is not known to be new is kept out, as in training.
	BurnIn int
	// Tolerance cuts the groups of the predictions view. Nil takes the manifest's, or an estimate from its score reference.
	Tolerance *model.Tolerance
	// Dataset qualifies the tables that the views read, such as project.dataset. BigQuery asks for it, DuckDB does without.
	Dataset string
	// Store has the manifests of the model's versions; after a run of the newest day, truth.File beside them says how earlier scores came
	// true. Without a Dir this is left out.
	Store model.Store
	// Now is the clock, for the ledger and the steps' durations. RunID names the run in the ledger.
	Now   func() time.Time
	RunID string
	// Progress is told how far a step is; total 0 means unknown. Nil is allowed.
	Progress func(step string, done, total int)
}

// Refusal is the error of a model that does not fit the warehouse. Nothing was written.
type Refusal struct {
	// Reason says why in words, and what could be done.
	Reason string
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{Reason: fmt.Sprintf(format, args...)} }

// Result is what a run did.
type Result struct {
	// Model and Version name the artifact.
	Model, Version string
	// Day is the partition of the scores table that was replaced, AsOf the instant the scores belong to.
	Day  string
	AsOf time.Time
	// Users were scored, Early of them before their first week was over. Young were left out because theirs is not over.
	Users, Early, Young int
	// KeptOut are users who are in no cohort: not known to be new, or no customers.
	KeptOut int
	// Mean is the mean probability, 0 without users; BaseRate is the share of the training users who revisited.
	Mean, BaseRate float64
	// Statements is how many statements the model takes, Bytes how long they are together.
	Statements, Bytes int
	// Views is true where the predictions views show this day: it is the newest one scored.
	Views bool
	// Truth is how earlier scores came true, nil where that was not asked or the views do not show this day.
	Truth *truth.Truth
	// Took is how long the run took.
	Took time.Duration
}

// Run scores the users and replaces the day's rows of the scores table, then points the predictions views at the newest day. The same
// run again gives the same rows. A *Refusal means that the model does not fit this warehouse.
func Run(ctx context.Context, wh *warehouse.Warehouse, o Options) (Result, error) {
	start := o.now()
	job, err := Prepare(ctx, wh, o)
	if err != nil {
		return Result{}, err
	}
	r, err := job.run(ctx)
	r.Took = o.now().Sub(start)
	return r, err
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Time{}
	}
	return o.Now()
}

// Job is a run that has been checked and compiled and has not begun.
type Job struct {
	Options
	wh        *warehouse.Warehouse
	d         features.Dialect
	plan      features.Plan
	queries   model.Queries
	tolerance *model.Tolerance
	simulated bool
	// newest is true where no later day has been scored.
	newest bool
}

// Prepare checks that the model fits the warehouse and compiles it. It only reads.
func Prepare(ctx context.Context, wh *warehouse.Warehouse, o Options) (*Job, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		return nil, err
	}
	if o.Since != "" {
		if err := warehouse.CheckDay(o.Since); err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
	}
	j := &Job{Options: o, wh: wh, d: d, tolerance: o.Tolerance}
	if j.tolerance == nil {
		j.tolerance = o.Artifact.Manifest.ToleranceOrEstimate()
	}
	if err := j.fit(ctx); err != nil {
		return nil, err
	}
	if j.queries, err = model.NewQueries(d, o.Artifact, prefix+"features", "user_key", model.MaxSQL); err != nil {
		return nil, err
	}
	return j, nil
}

// Day is the partition that the job replaces.
func (j *Job) Day() string { return j.plan.Day(j.plan.AsOf) }

// Print writes the Statements as SQL.
func (j *Job) Print(w io.Writer) error {
	for _, s := range j.Statements() {
		if _, err := fmt.Fprintf(w, "-- %s\n%s;\n\n", s.Table, s.SQL); err != nil {
			return err
		}
	}
	return nil
}

// Size is how many statements the compiled model takes and how many bytes they have together.
func (j *Job) Size() (statements, bytes int) {
	for _, part := range j.queries.Parts {
		bytes += len(part)
	}
	return len(j.queries.Parts), bytes
}
