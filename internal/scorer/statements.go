package scorer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// prefix begins the names of the tables that a run makes for itself.
const prefix = "score_"

// part is the table of one part of the model.
func part(i int) string { return prefix + "part_" + strconv.Itoa(i) }

// tables are the steps that make the run's own tables: the cohort, its features, and the score of each part of the model.
func (j *Job) tables() []features.Step {
	steps := append(j.plan.Cohort(j.d), j.plan.Features(j.d, &j.Artifact.Manifest.Set))
	for i, query := range j.queries.Parts {
		steps = append(steps, features.Step{
			Table: part(i), SQL: j.d.Create(part(i), features.Layout{Cluster: []string{"user_key"}}, query),
		})
	}
	return steps
}

// Statements are all of the job, in order: those that make its own tables, the rows of the scores table, which take the values Args, the
// views, and the delayed truth.
func (j *Job) Statements() []features.Step {
	steps := append(j.tables(), features.Step{Table: warehouse.Scores.Name, SQL: j.scores().SQL})
	return slices.Concat(steps, j.views(), j.truthStatements())
}

// Args are the values that are bound to the ? of the rows of the scores table.
func (j *Job) Args() []any { return j.scores().Args }

// scores gives the rows of the scores table: each user's probability and what it was known from.
func (j *Job) scores() warehouse.Statement {
	m := &j.Artifact.Manifest
	parts := make([]string, len(j.queries.Parts))
	for i := range parts {
		parts[i] = part(i)
	}
	sql := fmt.Sprintf(`SELECT CAST(? AS DATE) AS day, l.user_key, CAST(? AS INT64) AS as_of, l.day0, %s AS days_known, p.probability,
  ? AS model, ? AS version
FROM %s AS l JOIN (
%s
) AS p ON p.user_key = l.user_key
WHERE %s`, j.daysKnown("l.day0"), j.d.Table(prefix+"labels"), j.queries.Whole(parts), j.scored("l"))
	return warehouse.Statement{SQL: sql, Args: []any{j.Day(), j.plan.AsOf, m.Name, m.Version}}
}

// daysKnown is how many days of the first week are over, 1 on day 0 itself.
func (j *Job) daysKnown(day0 string) string {
	return fmt.Sprintf("GREATEST(1, LEAST(%d, %s))", features.WeekDays, j.d.DayDiff(j.d.Day(j.Day()), day0))
}

// scored is the condition on the labels table that the user is to be scored.
func (j *Job) scored(alias string) string {
	where := j.plan.Bound(j.d, alias+".day0")
	if j.Since != "" {
		where += " AND " + alias + ".day0 >= " + j.d.Day(j.Since)
	}
	if !j.Early {
		where += " AND " + alias + ".week_over"
	}
	return where
}

// run makes the tables, replaces the day, moves the views, and tidies up.
func (j *Job) run(ctx context.Context) (r Result, err error) {
	m := &j.Artifact.Manifest
	r = Result{Model: m.Name, Version: m.Version, Day: j.Day(), AsOf: time.UnixMicro(j.plan.AsOf).UTC()}
	r.Statements, r.Bytes = j.Size()
	if m.Training.Rows > 0 {
		r.BaseRate = float64(m.Training.Positives) / float64(m.Training.Rows)
	}
	defer func() {
		// After a stop nothing more is asked of the warehouse: the next run replaces the tables.
		if ctx.Err() == nil {
			err = errors.Join(err, j.drop(ctx))
		}
	}()
	steps := j.tables()
	for i, step := range steps {
		j.Progress("score", i, len(steps))
		if err := j.wh.Exec(ctx, step.SQL); err != nil {
			return r, fmt.Errorf("make table %s: %w", step.Table, err)
		}
	}
	j.Progress("score", len(steps), len(steps))
	if err := j.wh.ReplaceDay(ctx, warehouse.Scores, r.Day, j.scores(), j.ledgerRow()); err != nil {
		return r, err
	}
	if err := j.count(ctx, &r); err != nil {
		return r, err
	}
	if j.newest {
		err = j.show(ctx, &r)
	}
	return r, err
}

// show points the views at the day, and tells how earlier scores came true where there is a store to tell it to.
func (j *Job) show(ctx context.Context, r *Result) (err error) {
	for _, view := range j.views() {
		if err := j.wh.Exec(ctx, view.SQL); err != nil {
			return fmt.Errorf("make view %s: %w", view.Table, err)
		}
	}
	r.Views = true
	if j.Store.Dir != "" {
		r.Truth, err = j.truth(ctx)
	}
	return err
}

// ledgerRow notes the load. Its fingerprint digests what the rows hang on besides the events.
func (j *Job) ledgerRow() warehouse.LedgerRow {
	m := &j.Artifact.Manifest
	h := sha256.New()
	fmt.Fprintln(h, m.Name, m.Version, m.PayloadSHA256, m.SetHash, j.plan.AsOf, j.Since, j.Early, j.BurnIn)
	return warehouse.LedgerRow{
		Source: "score", Fingerprint: hex.EncodeToString(h.Sum(nil)), DataStart: j.plan.DataStart, DataEnd: j.plan.AsOf, RunID: j.RunID,
		LoadedAt: j.now().UnixMicro(), Simulated: j.simulated,
	}
}

// count reads what the run came to.
func (j *Job) count(ctx context.Context, r *Result) error {
	since := ""
	if j.Since != "" {
		since = " AND day0 >= " + j.d.Day(j.Since)
	}
	for _, read := range []struct {
		query string
		into  []*int
	}{
		{fmt.Sprintf("SELECT COUNT(*), SUM(CASE WHEN days_known < %d THEN 1 ELSE 0 END) FROM scores WHERE day = %s", features.WeekDays,
			j.d.Day(r.Day)), []*int{&r.Users, &r.Early}},
		{
			"SELECT SUM(CASE WHEN week_over THEN 0 ELSE 1 END) FROM " + j.d.Table(prefix+"labels") + " WHERE " + j.plan.Bound(j.d, "day0") + since,
			[]*int{&r.Young},
		},
		{
			"SELECT COUNT(*) FROM " + j.d.Table(prefix+"users") + " WHERE excluded IS NOT NULL AND " + j.plan.Bound(j.d, "day0") + since,
			[]*int{&r.KeptOut},
		},
	} {
		values, err := j.numbers(ctx, read.query)
		if err != nil {
			return err
		}
		for i, into := range read.into {
			*into = int(values[i])
		}
	}
	r.Young -= r.Early
	mean, err := j.numbers(ctx, "SELECT AVG(probability) FROM scores WHERE day = "+j.d.Day(r.Day))
	r.Mean = mean[0]
	return err
}

// numbers reads one row of numbers, NULL as 0.
func (j *Job) numbers(ctx context.Context, query string) ([]float64, error) {
	columns, err := j.wh.ReadColumns(ctx, query)
	if err != nil {
		return []float64{0}, fmt.Errorf("count the scores: %w", err)
	}
	values := make([]float64, len(columns))
	for i, c := range columns {
		if !math.IsNaN(c.Numbers[0]) {
			values[i] = c.Numbers[0]
		}
	}
	return values, nil
}

// drop removes the run's own tables: they hold what users did, and nobody needs them any more.
func (j *Job) drop(ctx context.Context) error {
	var all error
	for _, step := range j.tables() {
		if err := j.wh.Exec(ctx, "DROP TABLE IF EXISTS "+j.d.Table(step.Table)); err != nil {
			all = errors.Join(all, fmt.Errorf("drop table %s: %w", step.Table, err))
		}
	}
	return all
}
