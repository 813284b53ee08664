// Command export takes what Calback makes elsewhere: a trained model as ONNX or LightGBM text, and the users' features as Parquet,
// TFRecord or JSON lines.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	_ "time/tzdata"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/exporter"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const help = `Take a trained model, or the users' features, to other programs.

  export model -to onnx -out revisit.onnx
  export features -to parquet -out users.parquet -warehouse duckdb:data/calback.duckdb
  export features -to jsonl -unlabelled -out users.jsonl.gz`

// config is one run. Every flag may also come from the environment (CALBACK_...) and from a YAML file (-config).
type config struct {
	cli.ConfigFlag

	Model    modelFlags   `cmd:"" help:"Write the model that serves, calibration and threshold included where the form can hold them."`
	Features featureFlags `cmd:"" help:"Write one row a user: the keyed user, day 0, as-of, label, and the features of the model's set."`

	Models  string `default:"models" help:"The artifact store."`
	Name    string `default:"revisit" help:"Name of the model in the store."`
	Version string `help:"Version of the model. Default: the one that serves."`
	Force   bool   `help:"Replace the file where it is there already."`
}

type modelFlags struct {
	To  string `required:"" enum:"onnx,lightgbm" help:"onnx, or lightgbm: the text model of LightGBM, for trees and without calibration."`
	Out string `required:"" placeholder:"FILE" help:"The file to write."`
}

type featureFlags struct {
	To         string `required:"" enum:"parquet,tfrecord,jsonl" help:"parquet, tfrecord (tf.train.Example) or jsonl (instances of /predict)."`
	Out        string `required:"" placeholder:"FILE" help:"The file to write; jsonl is gzipped where the name ends in .gz."`
	Warehouse  string `default:"duckdb:data/calback.duckdb" help:"Warehouse whose users are written."`
	AsOf       string `help:"Use nothing at or after this instant (RFC 3339). Default: the end of the data."`
	BurnIn     int    `default:"30" help:"Days after the start of the data in which a user not known to be new is kept out, as in training."`
	Unlabelled bool   `help:"Also write users whose first week is over and whose label is not known yet."`
	Threads    int    `default:"0" help:"Threads of the embedded warehouse; 0 is one a processor."`
	MemoryMiB  int    `name:"memory-mib" default:"0" help:"Memory of the embedded warehouse in MiB; 0 is its own default."`
}

func main() {
	var c config
	cli.Main("export", help, &c, func(ctx context.Context, command string, out *cli.Output) error {
		return c.run(ctx, command, out, time.Now)
	})
}

func (c *config) run(ctx context.Context, command string, out *cli.Output, now func() time.Time) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	if command == "model" {
		err = c.model(a, out)
	} else {
		err = c.features(ctx, a, out, now)
	}
	var refusal *exporter.Refusal
	if errors.As(err, &refusal) {
		return cli.Refuse(err)
	}
	return err
}

func (c *config) model(a *model.Artifact, out *cli.Output) error {
	note, err := exporter.Model(a, c.Model.To, c.Model.Out, c.Force)
	if err != nil {
		return err
	}
	m := &a.Manifest
	fmt.Fprintf(out.Out, "model    %s %s, family %s, %d features\n", m.Name, m.Version, m.Family, len(m.Fields))
	printFile(out, c.Model.Out, c.Model.To)
	if note != "" {
		fmt.Fprintf(out.Out, "note     %s\n", note)
	}
	return nil
}

func (c *config) features(ctx context.Context, a *model.Artifact, out *cli.Output, now func() time.Time) (err error) {
	f := &c.Features
	o := exporter.Options{
		Manifest: &a.Manifest, Form: f.To, Path: f.Out, Force: c.Force, BurnIn: f.BurnIn, Unlabelled: f.Unlabelled,
	}
	if f.AsOf != "" {
		if o.AsOf, err = time.Parse(time.RFC3339, f.AsOf); err != nil {
			return cli.Misused(fmt.Errorf("-as-of %q is not an RFC 3339 time such as 2026-03-01T00:00:00+09:00", f.AsOf))
		}
	}
	if f.BurnIn < 0 {
		return cli.Misused(fmt.Errorf("-burn-in is %d days; it cannot be negative", f.BurnIn))
	}
	meter := cli.NewMeter(out.Err)
	wh, err := warehouse.Open(ctx, f.Warehouse, warehouse.Options{
		Threads: f.Threads, MemoryMiB: f.MemoryMiB, Holder: "export", Now: now,
		Cost: func(cost warehouse.Cost) error {
			meter.Add(cost.Job, cost.Bytes, cost.USD)
			return nil
		},
	})
	if err != nil {
		return err
	}
	progress := cli.NewProgress(out.Err, now)
	defer func() {
		progress.Finish()
		meter.Finish()
		err = errors.Join(err, wh.Close())
	}()
	o.Progress = progress.Step
	r, err := exporter.Features(ctx, wh, o)
	progress.Finish()
	if err != nil {
		return err
	}
	fmt.Fprintf(out.Out, "users    %d, %d features each, of the set %s, as of %s\n", r.Users, r.Features, a.Manifest.SetHash,
		r.AsOf.Format(time.RFC3339))
	printFile(out, f.Out, f.To)
	return nil
}

// printFile names the file written.
func printFile(out *cli.Output, path, form string) {
	var bytes int64
	if info, err := os.Stat(path); err == nil {
		bytes = info.Size()
	}
	fmt.Fprintf(out.Out, "file     %s, %s, %d bytes\n", path, form, bytes)
}

// open loads the model and proves it.
func (c *config) open() (*model.Artifact, error) {
	store, version := model.Store{Dir: c.Models}, c.Version
	if version == "" {
		var err error
		if version, err = store.Current(c.Name); err != nil {
			return nil, fmt.Errorf("%w; train one first, or name its store with -models", err)
		}
	}
	return store.Open(c.Name, version, blend.With(map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode}))
}
