package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/export"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// eventFlags say where the events come from and what of them passes.
type eventFlags struct {
	Source        string   `enum:"ga4,flat" default:"ga4" help:"Format of -in: ga4 (the BigQuery export of GA4 or Firebase as JSON lines or Parquet) or flat (CSV or Parquet, one event a row)."`
	In            []string `help:"Event files, folders or patterns, separated by commas."`
	Export        string   `help:"The GA4 export's dataset, PROJECT.analytics_NNN, read where it lies; the warehouse must be BigQuery."`
	Zone          string   `default:"Asia/Seoul" help:"Time zone of the calendar days."`
	Map           string   `help:"flat: which column is what: user=COLUMN,time=COLUMN,event=COLUMN,screen=COLUMN,account=COLUMN,param.NAME=COLUMN,..."`
	Mapping       string   `help:"flat: the same as a YAML file." type:"path"`
	TimeFormat    string   `default:"rfc3339" help:"flat: unix_s, unix_ms, unix_us, rfc3339, or a layout such as '%Y-%m-%d %H:%M:%S'."`
	Repeats       bool     `help:"flat: rows of one file that are equal in every column are separate events, not copies of one."`
	Params        []string `help:"ga4: numeric event parameters to keep, separated by commas."`
	StaffProperty string   `help:"ga4: the user property that marks staff."`
	From          string   `help:"First day to load, YYYY-MM-DD."`
	To            string   `help:"Last day to load, YYYY-MM-DD."`
	MaxBad        float64  `default:"0.01" help:"Share of bad records above which nothing is loaded."`
	Replace       bool     `help:"Let days of another kind of source be replaced."`
	AcceptColumns bool     `help:"Take it that columns of the export went away or changed their type."`
	Simulated     bool     `help:"Mark the data as simulated."`
	DryRun        bool     `help:"run, backfill with -export: show which days would be read and how much that is, and change nothing."`
	KeyFile       string   `default:"data/calback.key" help:"Secret that user ids are hashed with; made when it is missing." type:"path"`
	Key           string   `env:"CALBACK_KEY" hidden:"" help:"The secret itself; only through the environment."`
}

// prepare fixes the days of the daily job, and looks at the flags that need no warehouse.
func (s *session) prepare(name string) error {
	if name == "run" {
		if err := s.daysOfRun(); err != nil {
			return err
		}
	}
	if len(s.In) == 0 || name != "load" && name != "run" && name != "backfill" {
		return nil
	}
	_, err := s.files(features.Channels{})
	return err
}

// lateDays is how many days before the open ones the daily job looks at for events that came after their day was closed.
const lateDays = 1

// daysOfRun are the day asked for and the days before it that are still open.
func (s *session) daysOfRun() (err error) {
	day := s.Run.Day
	if day == "" {
		if day, err = s.yesterday(s.now()); err != nil {
			return err
		}
	}
	last, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return fmt.Errorf("-day %q: want a date as YYYY-MM-DD", day)
	}
	if s.Run.OpenDays < 1 {
		return fmt.Errorf("-open-days is %d; want 1 or more", s.Run.OpenDays)
	}
	s.lateDays = lateDays
	s.From, s.To = last.AddDate(0, 0, 1-s.Run.OpenDays).Format(time.DateOnly), day
	return nil
}

// files is the source of -in.
func (s *session) files(channels features.Channels) (source.Source, error) {
	if s.Source == "ga4" {
		return source.NewGA4(source.GA4Options{
			Paths: s.In, Secret: s.secret, Params: s.Params, StaffProperty: s.StaffProperty, Channels: channels,
		})
	}
	mapping, err := s.readMapping()
	if err != nil {
		return nil, err
	}
	return source.NewFlat(source.FlatOptions{
		Paths: s.In, Secret: s.secret, Mapping: mapping, TimeFormat: s.TimeFormat, Zone: s.Zone, KeepRepeats: s.Repeats, Channels: channels,
	})
}

func (e *eventFlags) readMapping() (source.Mapping, error) {
	if e.Mapping == "" {
		return source.ParseMapping(e.Map)
	}
	if e.Map != "" {
		return source.Mapping{}, errors.New("give -map or -mapping, not both")
	}
	text, err := os.ReadFile(e.Mapping)
	if err != nil {
		return source.Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	return source.ParseMappingYAML(text)
}

// channels are GA4's rules with the warehouse's links in front.
func (s *session) channels(ctx context.Context) (features.Channels, error) {
	known, err := links.Read(ctx, s.wh)
	if err != nil {
		return features.Channels{}, err
	}
	return features.NewChannels(known)
}

// load brings in the events of the flags' days.
func (s *session) load(ctx context.Context) error {
	channels, err := s.channels(ctx)
	if err != nil {
		return err
	}
	if s.Export != "" {
		return s.loadExport(ctx, channels)
	}
	src, err := s.files(channels)
	if err != nil {
		return cli.Misused(err)
	}
	result, err := etl.Run(ctx, s.wh, etl.Options{
		Source: src, Zone: s.Zone, Secret: s.secret, From: s.From, To: s.To, MaxBad: s.MaxBad, Replace: s.Replace, Simulated: s.Simulated,
		AcceptColumns: s.AcceptColumns, LateDays: s.lateDays, Now: s.now(), Progress: s.progress.Step, Warn: s.warn,
	})
	s.progress.Finish()
	if err != nil {
		return err
	}
	summary(s.out.Out, result)
	return nil
}

func (s *session) loadExport(ctx context.Context, channels features.Channels) error {
	result, err := export.Run(ctx, s.wh, export.Options{
		Dataset: s.Export, Zone: s.Zone, Secret: s.secret, From: s.From, To: s.To, Params: s.Params, Channels: channels,
		StaffProperty: s.StaffProperty, MaxBad: s.MaxBad, Replace: s.Replace, AcceptColumns: s.AcceptColumns, Simulated: s.Simulated,
		OpenDays: s.Run.OpenDays, Now: s.now(), DryRun: s.DryRun, Progress: s.progress.Step, Warn: s.warn,
	})
	s.progress.Finish()
	if err != nil {
		return err
	}
	exportSummary(s.out.Out, result, s.DryRun)
	return nil
}

// daily is the job of one day. What it has no flags for it leaves out.
func (s *session) daily(ctx context.Context) error {
	if s.DryRun {
		return s.load(ctx)
	}
	for _, step := range []struct {
		given bool
		do    func(context.Context) error
	}{
		{len(s.LinkFiles) > 0, s.links}, {true, s.load}, {s.hasDocuments(), s.documents}, {len(s.AdFiles) > 0, s.ads},
	} {
		if !step.given {
			continue
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// backfill loads every day asked for. A day that is loaded already and has not changed is skipped, so that it goes on where it was
// stopped.
func (s *session) backfill(ctx context.Context) error {
	for name, day := range map[string]string{"from": s.From, "to": s.To} {
		if err := warehouse.CheckDay(day); err != nil {
			return cli.Misused(fmt.Errorf("-%s: %w", name, err))
		}
	}
	if s.From > s.To {
		return cli.Misused(fmt.Errorf("-from %s is after -to %s", s.From, s.To))
	}
	return s.load(ctx)
}
