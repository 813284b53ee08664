// Command report makes the product-focus report again from a published model and the warehouse, in either language, compares two versions,
// prints a summary for a daily message, and writes a page as PDF.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const help = `Make the report of a published model again, and print a summary of it for a daily message.

  report -lang ko                       the serving model's report, in Korean
  report -as-of latest                  the same model on all the data there is by now
  report -against 2026-03-01-1a2b3c4d5e6f   what changed since that version, and why
  report -recorded -pdf page.pdf        one page for a meeting, without a warehouse`

// latest is the as-of that takes all the data.
const latest = "latest"

// config is one run. Every flag may also come from the environment (CALBACK_...) and from a YAML file (-config).
type config struct {
	cli.ConfigFlag

	Warehouse string `default:"duckdb:data/calback.duckdb" help:"Warehouse to count in: duckdb:FILE or bigquery://PROJECT/DATASET?location=PLACE."`
	Recorded  bool   `help:"Ask no warehouse: the figures are those of the training run, as its record beside the model has them."`
	Models    string `default:"models" help:"The artifact store."`
	Name      string `default:"revisit" help:"Name of the model in the store."`
	Version   string `help:"Version of the model. Default: the one that serves."`
	Against   string `help:"Compare with this version: what changed, and why."`
	AsOf      string `help:"Use nothing at or after this instant (RFC 3339), or latest: the end of the data. Default: where the model's training data ended."`
	Language  string `name:"lang" default:"en" enum:"en,ko" help:"Language of the report and the summary: en or ko."`
	Reports   string `default:"reports" help:"Where report.html and report.json go."`
	Summary   string `default:"markdown" enum:"markdown,slack,none" help:"Form of the summary on standard output: markdown, slack, none."`
	PDF       string `name:"pdf" help:"Also write one page as PDF to this file; needs Chromium or Chrome."`
	Browser   string `help:"Program that makes the PDF. Default: the first of chromium, google-chrome and chrome that is installed."`
}

func main() {
	var c config
	cli.Main("report", help, &c, func(ctx context.Context, _ string, out *cli.Output) error {
		return c.run(ctx, out, time.Now)
	})
}

func (c *config) run(ctx context.Context, out *cli.Output, now func() time.Time) error {
	o, err := c.options(now)
	if err != nil {
		return cli.Misused(err)
	}
	browser := ""
	if c.PDF != "" {
		// A missing browser is told before the work, not after it.
		if browser, err = findBrowser(c.Browser); err != nil {
			return err
		}
	}
	data, err := c.data(ctx, out, o)
	if err != nil {
		return refused(err)
	}
	data.Language = c.Language
	if command := c.command(); command != "" {
		data.Meta.Command = command
	}
	if err := report.Write(c.Reports, data); err != nil {
		return err
	}
	if c.PDF != "" {
		if err := writePDF(ctx, browser, c.PDF, data); err != nil {
			return err
		}
	}
	if c.Summary == "none" {
		return nil
	}
	return report.WriteSummary(out.Out, data, c.Summary, filepath.Join(c.Reports, report.HTMLFile))
}

func (c *config) options(now func() time.Time) (trainer.Rebuilding, error) {
	o := trainer.Rebuilding{Store: model.Store{Dir: c.Models}, Against: c.Against, Latest: c.AsOf == latest, Now: now}
	if c.Recorded && (c.Against != "" || c.AsOf != "") {
		return o, errors.New("-recorded asks no warehouse, and -against and -as-of need one; leave one of them out")
	}
	if c.AsOf == "" || o.Latest {
		return o, nil
	}
	asOf, err := time.Parse(time.RFC3339, c.AsOf)
	if err != nil {
		return o, fmt.Errorf("-as-of %q is neither %q nor an RFC 3339 time such as 2026-03-01T00:00:00+09:00", c.AsOf, latest)
	}
	o.AsOf = asOf
	return o, nil
}

// command makes the page again, "" where the training's own command does: where nothing was asked for that the training did not make.
func (c *config) command() string {
	words := "go run ./cmd/report -warehouse " + c.Warehouse
	if c.Recorded {
		words = "go run ./cmd/report -recorded"
	}
	asked := false
	for _, f := range []struct{ flag, value, usual string }{
		{"-models", c.Models, "models"},
		{"-name", c.Name, "revisit"},
		{"-version", c.Version, ""},
		{"-against", c.Against, ""},
		{"-as-of", c.AsOf, ""},
		{"-lang", c.Language, report.English},
	} {
		if f.value != f.usual {
			words += " " + f.flag + " " + f.value
			asked = asked || f.flag != "-models" && f.flag != "-name"
		}
	}
	if !asked {
		return ""
	}
	return words
}

// data are the report's figures.
func (c *config) data(ctx context.Context, out *cli.Output, o trainer.Rebuilding) (data report.Data, err error) {
	version := c.Version
	if version == "" {
		if version, err = o.Store.Current(c.Name); err != nil {
			return data, fmt.Errorf("%w; train one first, or name its store with -models", err)
		}
	}
	if err := c.published(o.Store, version); err != nil {
		return data, err
	}
	record, err := trainer.ReadRecord(o.Store, c.Name, version)
	if errors.Is(err, fs.ErrNotExist) {
		return data, fmt.Errorf("%w; it was published before there were records: train again", err)
	}
	if err != nil || c.Recorded {
		return record.Report, err
	}
	artifact, err := o.Store.Open(c.Name, version, trainer.Decoders())
	if err != nil {
		return data, err
	}
	meter := cli.NewMeter(out.Err)
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{Holder: "report", Existing: true, Now: o.Now, Cost: func(cost warehouse.Cost) error {
		meter.Add(cost.Job, cost.Bytes, cost.USD)
		return nil
	}})
	if err != nil {
		return data, err
	}
	progress := cli.NewProgress(out.Err, o.Now)
	defer func() {
		progress.Finish()
		meter.Finish()
		err = errors.Join(err, wh.Close())
	}()
	o.Progress = progress.Step
	return trainer.Rebuild(ctx, wh, artifact, record, o)
}

// published refuses versions that are not in the store before any work is done for them.
func (c *config) published(store model.Store, version string) error {
	for _, v := range []struct{ flag, version string }{{"-version", version}, {"-against", c.Against}} {
		if v.version == "" {
			continue
		}
		if filepath.Base(v.version) != v.version || !filepath.IsLocal(v.version) {
			return cli.Misused(fmt.Errorf("%s %q is no version; versions are the names of the folders in %s", v.flag, v.version, filepath.Join(store.Dir, c.Name)))
		}
		if _, err := os.Stat(filepath.Join(store.Dir, c.Name, v.version)); err != nil {
			return fmt.Errorf("%s: there is no version %s of model %s in %s: %w", v.flag, v.version, c.Name, store.Dir, err)
		}
	}
	if c.Against == version {
		return cli.Misused(fmt.Errorf("-against %s is the version itself; name another one", version))
	}
	return nil
}

// refused gives a refusal its exit code.
func refused(err error) error {
	var refusal *trainer.Refusal
	if errors.As(err, &refusal) {
		return cli.Refuse(err)
	}
	return err
}
