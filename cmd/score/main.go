// Command score scores every new user inside the warehouse, in the warehouse's own SQL, with the model that serves: one row a user and day
// in the table scores, and the views firebase_predictions and firebase_predictions_groups of the newest day.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const help = `Score every new user inside the warehouse and write the day's probabilities into its table scores.

  score -warehouse duckdb:data/calback.duckdb
  score -warehouse 'bigquery://my-project/calback?location=asia-northeast3' -dry-run -print-sql`

// config is one run. Every flag may also come from the environment (CALBACK_...) and from a YAML file (-config).
type config struct {
	cli.ConfigFlag

	Warehouse string `default:"duckdb:data/calback.duckdb" help:"Warehouse whose users are scored."`
	Models    string `default:"models" help:"The artifact store."`
	Name      string `default:"revisit" help:"Name of the model in the store."`
	Version   string `help:"Version of the model. Default: the one that serves."`
	AsOf      string `help:"Use nothing at or after this instant (RFC 3339). Default: the end of the data."`
	Since     string `help:"Score only users whose day 0 is on or after this day, YYYY-MM-DD."`
	BurnIn    int    `default:"30" help:"Days after the start of the data in which a user not known to be new is kept out, as in training."`
	Early     bool   `help:"Also score users whose first week is not over, by what is known so far."`
	DryRun    bool   `help:"Check that the model fits the warehouse and compile it, and write nothing."`
	PrintSQL  bool   `name:"print-sql" help:"With -dry-run: print the statements."`
	Truth     bool   `default:"true" negatable:"" help:"Also say how earlier scores came true: table truth, TRUTH.json in the store."`
	Threads   int    `default:"0" help:"Threads of the embedded warehouse; 0 is one a processor."`
	MemoryMiB int    `name:"memory-mib" default:"0" help:"Memory of the embedded warehouse in MiB; 0 is its own default."`
}

func main() {
	var c config
	cli.Main("score", help, &c, func(ctx context.Context, _ string, out *cli.Output) error {
		return c.run(ctx, out, time.Now)
	})
}

func (c *config) run(ctx context.Context, out *cli.Output, now func() time.Time) (err error) {
	options, err := c.options(now)
	if err != nil {
		return cli.Misused(err)
	}
	store := model.Store{Dir: c.Models}
	if options.Artifact, err = c.open(store); err != nil {
		return err
	}
	if c.Truth {
		options.Store = store
	}
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{
		Existing: true,
		ReadOnly: c.DryRun, Threads: c.Threads, MemoryMiB: c.MemoryMiB, Holder: "score", Now: now, RunID: options.RunID,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	if c.DryRun {
		return refused(c.dryRun(ctx, wh, options, out))
	}
	progress := cli.NewProgress(out.Err, now)
	options.Progress = progress.Step
	result, err := scorer.Run(ctx, wh, options)
	progress.Finish()
	if err != nil {
		return refused(err)
	}
	result.Print(out.Out)
	return nil
}

// dryRun says what a run would do.
func (c *config) dryRun(ctx context.Context, wh *warehouse.Warehouse, o scorer.Options, out *cli.Output) error {
	job, err := scorer.Prepare(ctx, wh, o)
	if err != nil {
		return err
	}
	if c.PrintSQL {
		return job.Print(out.Out)
	}
	statements, bytes := job.Size()
	fmt.Fprintf(out.Out, "model    %s %s fits %s\n", o.Artifact.Manifest.Name, o.Artifact.Manifest.Version, c.Warehouse)
	fmt.Fprintf(out.Out, "SQL      %d bytes in %d statements (-print-sql shows them)\n", bytes, statements)
	fmt.Fprintf(out.Out, "table    scores, day %s, would be replaced\n", job.Day())
	return nil
}

// refused gives a refusal its exit code.
func refused(err error) error {
	var refusal *scorer.Refusal
	if errors.As(err, &refusal) || errors.Is(err, model.ErrTooLong) {
		return cli.Refuse(err)
	}
	return err
}

func (c *config) options(now func() time.Time) (scorer.Options, error) {
	o := scorer.Options{Since: c.Since, Early: c.Early, BurnIn: c.BurnIn, Now: now, Dataset: dataset(c.Warehouse)}
	o.RunID = "score-" + now().UTC().Format("20060102T150405")
	if c.PrintSQL && !c.DryRun {
		return o, errors.New("-print-sql goes with -dry-run")
	}
	if c.BurnIn < 0 {
		return o, fmt.Errorf("-burn-in is %d days; it cannot be negative", c.BurnIn)
	}
	if c.Since != "" && warehouse.CheckDay(c.Since) != nil {
		return o, fmt.Errorf("-since %q is not a day such as 2026-03-01", c.Since)
	}
	if c.AsOf != "" {
		asOf, err := time.Parse(time.RFC3339, c.AsOf)
		if err != nil {
			return o, fmt.Errorf("-as-of %q is not an RFC 3339 time such as 2026-03-01T00:00:00+09:00", c.AsOf)
		}
		o.AsOf = asOf
	}
	return o, nil
}

// dataset is PROJECT.DATASET of a BigQuery URL, by which a view must name its tables; other warehouses need none.
func dataset(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "bigquery" {
		return ""
	}
	return strings.Trim(u.Host+"."+strings.Trim(u.Path, "/"), ".")
}

// open loads the model and proves it.
func (c *config) open(store model.Store) (*model.Artifact, error) {
	version := c.Version
	if version == "" {
		var err error
		if version, err = store.Current(c.Name); err != nil {
			return nil, fmt.Errorf("%w; train one first, or name its store with -models", err)
		}
	}
	return store.Open(c.Name, version, blend.With(map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode}))
}
