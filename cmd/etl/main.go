// Command etl loads event exports and logs into the warehouse, and shows what is loaded.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

type command struct {
	Load   loadCmd   `cmd:"" default:"withargs" help:"Load events, day by day; running it twice is running it once."`
	Status statusCmd `cmd:"" help:"Show the loaded days."`

	Config    kong.ConfigFlag `help:"YAML file with the same settings." type:"existingfile"`
	Warehouse string          `default:"duckdb:data/calback.duckdb" help:"Where the tables live, as a URL."`
	Threads   int             `default:"0" help:"Threads of the embedded warehouse; 0 is one a processor."`
	MemoryMiB int             `name:"memory-mib" default:"0" help:"Memory of the embedded warehouse in MiB; 0 is its own default."`
}

type loadCmd struct {
	Source     string   `enum:"ga4,flat" default:"ga4" help:"Format: ga4 (the BigQuery export of GA4 or Firebase as JSON lines or Parquet) or flat (CSV or Parquet, one event a row)."`
	In         []string `help:"Files, folders or patterns, separated by commas."`
	Zone       string   `default:"Asia/Seoul" help:"Time zone of the calendar days."`
	Map        string   `help:"flat: which column is what: user=COLUMN,time=COLUMN,event=COLUMN,screen=COLUMN,param.NAME=COLUMN,..."`
	Mapping    string   `help:"flat: the same as a YAML file." type:"path"`
	TimeFormat string   `default:"rfc3339" help:"flat: unix_s, unix_ms, unix_us, rfc3339, or a layout such as '%Y-%m-%d %H:%M:%S'."`
	Repeats    bool     `help:"flat: rows of one file that are equal in every column are separate events, not copies of one."`
	Params     []string `help:"ga4: numeric event parameters to keep, separated by commas."`
	From       string   `help:"First day to load, YYYY-MM-DD."`
	To         string   `help:"Last day to load, YYYY-MM-DD."`
	MaxBad     float64  `default:"0.01" help:"Share of bad records above which nothing is loaded."`
	Replace    bool     `help:"Let days of another kind of source be replaced."`
	Simulated  bool     `help:"Mark the data as simulated."`
	KeyFile    string   `default:"data/calback.key" help:"Secret that user ids are hashed with; made when it is missing." type:"path"`
	Key        string   `env:"CALBACK_KEY" hidden:"" help:"The secret itself; only through the environment."`
}

type statusCmd struct{}

func main() {
	var cfg command
	cli.Main("etl", "Loads events into the warehouse.", &cfg, func(ctx context.Context, name string, out *cli.Output) error {
		return cfg.run(ctx, name, out, time.Now)
	})
}

func (c *command) run(ctx context.Context, name string, out *cli.Output, now func() time.Time) error {
	if strings.HasPrefix(name, "status") {
		return c.status(ctx, out)
	}
	return c.load(ctx, out, now)
}

func (c *command) load(ctx context.Context, out *cli.Output, now func() time.Time) (err error) {
	if len(c.Load.In) == 0 {
		return cli.Misused(errors.New("no input: name files with -in"))
	}
	secret, err := c.Load.secret(out)
	if err != nil {
		return err
	}
	src, err := c.Load.open(secret)
	if err != nil {
		return cli.Misused(err)
	}
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{Threads: c.Threads, MemoryMiB: c.MemoryMiB, Holder: "etl", Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	progress := cli.NewProgress(out.Err, now)
	result, err := etl.Run(ctx, wh, etl.Options{
		Source: src, Zone: c.Load.Zone, Secret: secret, From: c.Load.From, To: c.Load.To, MaxBad: c.Load.MaxBad,
		Replace: c.Load.Replace, Simulated: c.Load.Simulated, Now: now(), Progress: progress.Step,
		Warn: func(message string) { fmt.Fprintln(out.Err, "etl: warning:", message) },
	})
	progress.Finish()
	if errors.Is(err, etl.ErrRefused) {
		return cli.Refuse(err)
	}
	if err != nil {
		return err
	}
	summary(out.Out, result)
	return nil
}

func (l *loadCmd) secret(out *cli.Output) ([]byte, error) {
	if l.Key != "" {
		return []byte(l.Key), nil
	}
	secret, made, err := etl.Secret(l.KeyFile)
	if made {
		fmt.Fprintf(out.Err, "etl: made a new key in %s; keep it, and keep it secret\n", l.KeyFile)
	}
	return secret, err
}

func (l *loadCmd) open(secret []byte) (source.Source, error) {
	if l.Source == "ga4" {
		return source.NewGA4(source.GA4Options{Paths: l.In, Secret: secret, Params: l.Params})
	}
	mapping, err := l.mapping()
	if err != nil {
		return nil, err
	}
	return source.NewFlat(source.FlatOptions{
		Paths: l.In, Secret: secret, Mapping: mapping, TimeFormat: l.TimeFormat, Zone: l.Zone, KeepRepeats: l.Repeats,
	})
}

func (l *loadCmd) mapping() (source.Mapping, error) {
	if l.Mapping == "" {
		return source.ParseMapping(l.Map)
	}
	if l.Map != "" {
		return source.Mapping{}, errors.New("give -map or -mapping, not both")
	}
	text, err := os.ReadFile(l.Mapping)
	if err != nil {
		return source.Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	return source.ParseMappingYAML(text)
}
