// Command etl brings the app's data into the warehouse day by day: the events of the GA4 export or of a log, Firestore's documents, what
// advertising cost and the marketing links. It also checks the data, shows what is loaded, and forgets users.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const help = `Bring the app's data into the warehouse, day by day.

  etl -in exports/                                                 load event files
  etl run -export my-project.analytics_123456789 -warehouse 'bigquery://my-project/calback?location=asia-northeast3'
  etl backfill -in exports/ -from 2026-01-01 -to 2026-06-30
  etl check`

// command is one run. Every flag may also come from the environment (CALBACK_...) and from a YAML file (-config), in which the flags of
// all subcommands stand at the top.
type command struct {
	Load      struct{}    `cmd:"" default:"withargs" help:"Load event files, day by day; running it twice is running it once."`
	Run       runCmd      `cmd:"" help:"The daily job: links, the events of yesterday and of the days still open, documents, ads."`
	Backfill  struct{}    `cmd:"" help:"Load all days from -from to -to; stopped, it goes on where it was."`
	Links     struct{}    `cmd:"" help:"Put the marketing links of -links in the place of those known."`
	Ads       struct{}    `cmd:"" help:"Load what advertising cost from -ads."`
	Documents struct{}    `cmd:"" help:"Load Firestore's documents, by the flags -firestore, -documents or -changelog."`
	Check     checkCmd    `cmd:"" help:"Ask the twelve data checks; exit 3 when one fails."`
	Status    struct{}    `cmd:"" help:"Show the loaded days."`
	Staff     peopleFlags `cmd:"" help:"Keep the users of -ids out of every figure: staff and testers."`
	Forget    peopleFlags `cmd:"" help:"Erase the users of -ids everywhere."`

	Config    kong.ConfigFlag `help:"YAML file with the same settings." type:"existingfile"`
	Warehouse string          `default:"duckdb:data/calback.duckdb" help:"Where the tables live: duckdb:FILE or bigquery://PROJECT/DATASET?location=PLACE."`
	Threads   int             `default:"0" help:"Threads of the embedded warehouse; 0 is one a processor."`
	MemoryMiB int             `name:"memory-mib" default:"0" help:"Memory of the embedded warehouse in MiB; 0 is its own default."`
	RunID     string          `name:"run-id" help:"Name of the run in BigQuery's jobs: the same name sends the same jobs. Default: a new one."`

	eventFlags    `embed:""`
	moneyFlags    `embed:""`
	documentFlags `embed:""`
}

type runCmd struct {
	Day      string `help:"The day to load, YYYY-MM-DD. Default: yesterday in -zone."`
	OpenDays int    `default:"4" help:"How many days up to that one are read again, because the export still changes them."`
}

func main() {
	var cfg command
	cli.Main("etl", help, &cfg, func(ctx context.Context, name string, out *cli.Output) error {
		return cfg.run(ctx, name, out, time.Now)
	})
}

// session is what the subcommands share.
type session struct {
	*command
	out      *cli.Output
	now      func() time.Time
	wh       *warehouse.Warehouse
	secret   []byte
	lateDays int
	progress *cli.Progress
}

func (c *command) run(ctx context.Context, name string, out *cli.Output, now func() time.Time) (err error) {
	do := map[string]func(*session, context.Context) error{
		"load": (*session).load, "run": (*session).daily, "backfill": (*session).backfill, "links": (*session).links, "ads": (*session).ads,
		"documents": (*session).documents, "check": (*session).check, "status": (*session).status, "staff": (*session).staff,
		"forget": (*session).forget,
	}[name]
	if err := c.usable(name); err != nil {
		return cli.Misused(err)
	}
	s := &session{command: c, out: out, now: now, progress: cli.NewProgress(out.Err, now)}
	if slices.Contains([]string{"load", "run", "backfill", "documents", "staff", "forget"}, name) {
		if s.secret, err = c.readSecret(out, name != "staff" && name != "forget"); err != nil {
			return err
		}
	}
	if err := s.prepare(name); err != nil {
		return cli.Misused(err)
	}
	meter := cli.NewMeter(out.Err)
	s.wh, err = warehouse.Open(ctx, c.Warehouse, warehouse.Options{
		ReadOnly: name == "status" || c.DryRun, Threads: c.Threads, MemoryMiB: c.MemoryMiB, Holder: "etl " + name, Now: now, RunID: c.RunID,
		Cost: func(cost warehouse.Cost) error {
			meter.Add(cost.Job, cost.Bytes, cost.USD)
			return nil
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		s.progress.Finish()
		meter.Finish()
		err = errors.Join(err, s.wh.Close())
	}()
	for _, message := range s.wh.Warnings() {
		s.warn(message)
	}
	err = do(s, ctx)
	if errors.Is(err, etl.ErrRefused) {
		return cli.Refuse(err)
	}
	return err
}

// usable reports a call that lacks its input.
func (c *command) usable(name string) error {
	switch {
	case name == "load" && len(c.In) == 0:
		return errors.New("no input: name files with -in")
	case name == "backfill" && (c.From == "" || c.To == ""):
		return errors.New("backfill needs its first and last day: give -from and -to")
	case (name == "run" || name == "backfill") && len(c.In) == 0 && c.Export == "":
		return errors.New("no events: name the export's dataset with -export, or files with -in")
	case name == "links" && len(c.LinkFiles) == 0:
		return errors.New("no links: name a CSV file with -links")
	case name == "ads" && len(c.AdFiles) == 0:
		return errors.New("no ads: name files with -ads")
	case name == "documents" && !c.hasDocuments():
		return errors.New("no documents: give -firestore PROJECT, -documents FILES or -changelog TABLES")
	case c.DryRun && (c.Export == "" || name != "run" && name != "backfill"):
		return errors.New("-dry-run is for run and backfill with -export: files cost nothing to read")
	case len(c.In) > 0 && c.Export != "":
		return errors.New("give -in or -export, not both")
	}
	return nil
}

func (s *session) warn(message string) { fmt.Fprintln(s.out.Err, "etl: warning:", message) }

func (s *session) printf(format string, args ...any) { fmt.Fprintf(s.out.Out, format+"\n", args...) }

// yesterday is the day before now in the zone.
func (c *command) yesterday(now time.Time) (string, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return "", fmt.Errorf("-zone %q: want an IANA name such as Asia/Seoul", c.Zone)
	}
	return now.In(zone).AddDate(0, 0, -1).Format(time.DateOnly), nil
}

// readSecret makes a new key where there is none, if it may: users who are looked up were hashed with a key that must be there.
func (c *command) readSecret(out *cli.Output, make bool) ([]byte, error) {
	if c.Key != "" {
		return []byte(c.Key), nil
	}
	if _, err := os.Stat(c.KeyFile); !make && errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Misused(fmt.Errorf("key file %s is not there; give the one of the loads with -key-file, or the key in CALBACK_KEY", c.KeyFile))
	}
	secret, made, err := etl.Secret(c.KeyFile)
	if made {
		fmt.Fprintf(out.Err, "etl: made a new key in %s; keep it, and keep it secret\n", c.KeyFile)
	}
	return secret, err
}

// commas splits a list, and forgets empty parts.
func commas(text string) (parts []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
