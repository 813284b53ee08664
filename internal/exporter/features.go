package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Options is one export of features.
type Options struct {
	// Manifest is that of the model whose feature set, zone and revisit rule make the table.
	Manifest *model.Manifest
	// Form is Parquet, TFRecord or JSONL, Path the file, Force replaces it where it is there.
	Form, Path string
	Force      bool
	// AsOf is the instant at and after which nothing is visible. Zero takes the end of the data.
	AsOf time.Time
	// BurnIn is how many days after the start of the data a user who is not known to be new is kept out, as in training.
	BurnIn int
	// Unlabelled also writes users whose first week is over and whose label is not known yet.
	Unlabelled bool
	// Progress is told how far a step is; total 0 means unknown. Nil is allowed.
	Progress func(step string, done, total int)
}

// Result is what was written.
type Result struct {
	Users, Features int
	AsOf            time.Time
}

// The columns beside the features.
const (
	userKey = "user_key"
	day0    = "day0"
	asOf    = "as_of"
	revisit = "revisit"
)

// prefix begins the names of the tables that an export makes, and drops at its end.
const prefix = "export_"

// sink takes the rows of an export in batches: the user's key, day 0, the label and the features.
type sink interface {
	add(batch []warehouse.ColumnData) error
	close() error
}

// Features writes one row a new user, oldest day 0 first: the keyed user, day 0, the as-of instant, the label, and the features of the
// first week; JSONL has the keyed user and the features only. Nothing else of a person is in it. The same data gives the same bytes. A
// *Refusal means that nothing was written.
func Features(ctx context.Context, wh *warehouse.Warehouse, o Options) (r Result, err error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	set := &o.Manifest.Set
	for _, name := range []string{userKey, day0, asOf, revisit} {
		if slices.Contains(set.Names(), name) {
			return r, refuse("a feature is called %s as a column of every export is; pin another name for it and train again", name)
		}
	}
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		return r, err
	}
	plan, err := newPlan(ctx, wh, o)
	if err != nil {
		return r, err
	}
	r = Result{Features: len(set.Features), AsOf: time.UnixMicro(plan.AsOf).UTC()}
	// Rows of people are for their owner's eyes only.
	err = writeFile(o.Path, o.Force, 0o600, func(w io.Writer) error {
		out, err := newSink(w, o, plan)
		if err != nil {
			return err
		}
		if r.Users, err = read(ctx, wh, d, plan, o, out); err != nil {
			return err
		}
		return out.close()
	})
	return r, err
}

func newSink(w io.Writer, o Options, p features.Plan) (sink, error) {
	switch o.Form {
	case Parquet:
		return newParquet(w, o.Manifest, p), nil
	case TFRecord:
		return newRecords(w, &o.Manifest.Set, p.AsOf), nil
	case JSONL:
		return newSnapshot(w, &o.Manifest.Set, o.Path), nil
	}
	return nil, fmt.Errorf("form %q is unknown; features go as %s, %s or %s", o.Form, Parquet, TFRecord, JSONL)
}

// read makes the tables, hands their rows over and drops the tables, also after a failure.
func read(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, o Options, out sink) (users int, err error) {
	set := &o.Manifest.Set
	steps := append(p.Cohort(d), p.Features(d, set))
	defer func() { err = errors.Join(err, drop(context.WithoutCancel(ctx), wh, d, steps)) }()
	for i, step := range steps {
		o.Progress("make the features", i, len(steps))
		if err := wh.Exec(ctx, step.SQL); err != nil {
			return 0, fmt.Errorf("make table %s: %w", step.Table, err)
		}
	}
	o.Progress("write the users", 0, 0)
	err = wh.Stream(ctx, query(d, p, set, o.Unlabelled), nil, func(batch []warehouse.ColumnData) error {
		users += batch[0].Len()
		o.Progress("write the users", users, 0)
		return out.add(batch)
	})
	if err != nil {
		return users, fmt.Errorf("read the features: %w", err)
	}
	return users, nil
}

func drop(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, steps []features.Step) error {
	for _, step := range steps {
		if err := wh.Exec(ctx, "DROP TABLE IF EXISTS "+d.Table(step.Table)); err != nil {
			return fmt.Errorf("drop table %s: %w", step.Table, err)
		}
	}
	return nil
}

// query has the users in the order of the trainer's table.
func query(d features.Dialect, p features.Plan, set *features.Set, unlabelled bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT l.user_key, l.day0, CASE WHEN l.revisit IS NULL THEN NULL WHEN l.revisit THEN 1 ELSE 0 END AS revisit")
	for _, name := range set.Names() {
		b.WriteString(", f." + d.Ident(name))
	}
	which := "l.revisit IS NOT NULL"
	if unlabelled {
		which = "l.week_over"
	}
	fmt.Fprintf(&b, "\nFROM %s AS l JOIN %s AS f ON f.user_key = l.user_key\nWHERE %s AND %s\nORDER BY l.day0, l.user_key",
		d.Table(prefix+"labels"), d.Table(prefix+"features"), which, p.Bound(d, "l.day0"))
	return b.String()
}

// newPlan is the plan of the trainer for the model's set over the warehouse's data. It refuses a pair that does not go together.
func newPlan(ctx context.Context, wh *warehouse.Warehouse, o Options) (features.Plan, error) {
	set := &o.Manifest.Set
	p := features.Plan{
		Prefix: prefix, Zone: set.Zone, Background: set.Background, Label: set.Label, BurnIn: o.BurnIn,
		Documents: warehouse.Documents.Name, Staff: warehouse.Staff.Name,
	}
	settings, err := wh.Settings(ctx)
	if err != nil {
		return p, err
	}
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return p, err
	}
	loaded, simulated := false, false
	for _, r := range rows {
		if r.Table != warehouse.Events.Name || r.Rows == 0 {
			continue
		}
		if !loaded || r.DataStart < p.DataStart {
			p.DataStart = r.DataStart
		}
		p.AsOf, loaded, simulated = max(p.AsOf, r.DataEnd), true, simulated || r.Simulated
	}
	switch {
	case !loaded:
		return p, errors.New("the warehouse holds no events; load some with cmd/etl, or name another by -warehouse (the simulated app: duckdb:data/sample/sample.duckdb)")
	case settings["zone"] != set.Zone:
		return p, refuse("the warehouse's days are of the zone %s, the model's of %s; take a model that was trained on this warehouse",
			settings["zone"], set.Zone)
	case simulated != o.Manifest.Simulated:
		return p, refuse("one of model and warehouse is of the simulated app, the other is not; take a model that was trained on this warehouse")
	}
	end := p.AsOf
	if !o.AsOf.IsZero() {
		p.AsOf = o.AsOf.UnixMicro()
	}
	if p.AsOf > end {
		return p, fmt.Errorf("as-of is %s, after the end of the data, %s", o.AsOf.UTC().Format(time.RFC3339),
			time.UnixMicro(end).UTC().Format(time.RFC3339))
	}
	return p, p.Validate()
}
