// Command train fits the revisit classifier on the events in a warehouse, publishes it as an artifact, and writes the product-focus
// report. With -sample it first simulates an app, so that it runs on a fresh machine with nothing but Go and a C compiler.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"time"
	_ "time/tzdata"
	"unicode"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const help = `Train the revisit classifier: cohort, features and labels in the warehouse, families in competition, calibration, gates, artifact and report.

  train -sample                                  the whole way on a simulated app
  train -warehouse duckdb:data/calback.duckdb    on what cmd/etl has loaded`

// config is one run. Every flag may also come from the environment (CALBACK_...) and from a YAML file (-config).
type config struct {
	cli.ConfigFlag

	Sample        bool    `help:"Simulate an app, load it into a warehouse of its own, and train on it. The data is not real."`
	SampleDir     string  `default:"data/sample" help:"Where the simulated app's files and warehouse go."`
	SampleUsers   int     `default:"0" help:"People in the simulated app; 0 is the default size, about 1 million events."`
	SampleDays    int     `default:"0" help:"Days of the simulated app; 0 is the default."`
	SampleSeed    uint64  `default:"1" help:"Seed of the simulated app."`
	Warehouse     string  `default:"duckdb:data/calback.duckdb" help:"Warehouse to train from: duckdb:FILE or bigquery://PROJECT/DATASET?location=PLACE."`
	Engine        string  `default:"here" enum:"here,bigqueryml" help:"Where the families are fitted: here, or bigqueryml: inside BigQuery, for tables that outgrow this machine."`
	Zone          string  `help:"Time zone of the app's days, an IANA name. Default: the zone the events were loaded with."`
	AsOf          string  `help:"Use nothing at or after this instant (RFC 3339). Default: the end of the data."`
	BurnIn        int     `default:"30" help:"Days after the start of the data in which a user not known to be new is kept out."`
	LabelVisits   int     `default:"3" help:"Visits in the label window that make a revisiting user."`
	LabelHorizon  int     `default:"30" help:"Length of the label window in days; it begins on day 7."`
	LabelUnit     string  `default:"days" enum:"days,sessions" help:"What a visit is: days or sessions."`
	Background    string  `help:"Further events that fire without the user and make no visit, separated by commas."`
	Params        string  `help:"Numeric event parameters to add up as features, separated by commas; etl must have let them pass."`
	Families      string  `default:"logit,bayes,rules,gbdt,forest" help:"Families that compete, separated by commas."`
	TestShare     float64 `default:"0.3" help:"Share of the newest labelled users that judge."`
	Budget        float64 `default:"60" help:"Bounds the search for parameters, in seconds of a nominal machine: the same budget does the same work everywhere."`
	Monotone      string  `help:"Features in which gbdt's score may only rise or only fall, such as visit_days=+1,first_hour=-1."`
	Together      string  `help:"Sets of features that may act together in gbdt, all others alone: a+b,c+d+e."`
	Threshold     string  `default:"break-even" help:"Rule that turns a probability into yes or no: f1, cost:5 (a miss costs 5 false alarms), top:20%, break-even, or a probability."`
	Replicas      int     `default:"20" help:"Refits on users drawn again, by which a score tells how sure it is; 0 leaves it out."`
	Early         bool    `default:"true" negatable:"" help:"Fit one more model that scores on any day of the first week, published as NAME-early."`
	Seed          uint64  `default:"1" help:"Seed of everything random in training."`
	Name          string  `default:"revisit" help:"Name of the model in the store."`
	App           string  `default:"the app" help:"What the report calls the app."`
	Models        string  `default:"models" help:"The artifact store."`
	Reports       string  `default:"reports" help:"Where report.html and report.json go."`
	Language      string  `name:"lang" default:"en" enum:"en,ko" help:"Language of the report: en or ko."`
	Strict        bool    `help:"Refuse (exit 3) where the revisit rule does not fit the app, instead of saying so."`
	PublishAnyway bool    `help:"Publish a model that a quality gate refused. Leakage is never published."`
}

func main() {
	var c config
	cli.Main("train", help, &c, func(ctx context.Context, _ string, out *cli.Output) error {
		return c.run(ctx, out)
	})
}

func (c *config) run(ctx context.Context, out *cli.Output) (err error) {
	start := time.Now()
	progress := cli.NewProgress(out.Err, time.Now)
	defer progress.Finish()
	options, err := c.options(start, progress)
	if err != nil {
		return cli.Misused(err)
	}
	if c.Sample {
		if err := c.simulate(ctx, &options, progress, start); err != nil {
			return err
		}
	}
	meter := cli.NewMeter(out.Err)
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{Holder: "train", Existing: true, Now: time.Now, Cost: func(cost warehouse.Cost) error {
		meter.Add(cost.Job, cost.Bytes, cost.USD)
		return nil
	}})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; or run train -sample for a simulated app", err)
	}
	if err != nil {
		return err
	}
	defer func() {
		meter.Finish()
		err = errors.Join(err, wh.Close())
	}()
	result, err := trainer.Run(ctx, wh, options)
	progress.Finish()
	if result != nil {
		result.Print(out.Out)
		c.printEnd(out, start, result.Dir != "")
	}
	var refusal *trainer.Refusal
	if errors.As(err, &refusal) {
		return cli.Refuse(err)
	}
	return err
}

func (c *config) options(start time.Time, progress *cli.Progress) (trainer.Options, error) {
	o := trainer.Defaults()
	o.Name, o.App, o.Store, o.Reports = c.Name, c.App, model.Store{Dir: c.Models}, c.Reports
	o.Language = c.Language
	o.Zone, o.BurnIn, o.Seed, o.TestShare = c.Zone, c.BurnIn, c.Seed, c.TestShare
	o.Label = features.Label{Visits: c.LabelVisits, Gap: features.WeekDays, Horizon: c.LabelHorizon, Unit: features.Unit(c.LabelUnit)}
	o.Background, o.Choice.Params, o.Families = list(c.Background), list(c.Params), list(c.Families)
	o.Strict, o.PublishAnyway = c.Strict, c.PublishAnyway
	o.Budget, o.Replicas, o.Early = c.Budget, c.Replicas, c.Early
	if err := c.constrain(&o); err != nil {
		return o, err
	}
	if c.Engine != "here" {
		o.Engine = c.Engine
	}
	o.Created, o.Now, o.Progress, o.Command = start, time.Now, progress.Step, c.command()
	if c.AsOf != "" {
		asOf, err := time.Parse(time.RFC3339, c.AsOf)
		if err != nil {
			return o, fmt.Errorf("-as-of %q is not an RFC 3339 time such as 2026-03-01T00:00:00+09:00", c.AsOf)
		}
		o.AsOf = asOf
	}
	return o, o.Validate()
}

// command is what makes the same report again: every flag that is not at its default.
func (c *config) command() string {
	words := []string{"go run ./cmd/train"}
	fields := reflect.TypeFor[config]()
	for i := range fields.NumField() {
		f := fields.Field(i)
		if f.Anonymous {
			continue
		}
		value, flag := fmt.Sprint(reflect.ValueOf(*c).Field(i)), flagName(f.Name)
		if name := f.Tag.Get("name"); name != "" {
			flag = "-" + name
		}
		switch {
		case value == f.Tag.Get("default"):
		case value == "true":
			words = append(words, flag)
		case value == "false" && f.Tag.Get("default") == "true":
			words = append(words, "-no"+flag)
		case value != "false":
			words = append(words, flag+" "+quote(value))
		}
	}
	return strings.Join(words, " ")
}

// flagName is the flag of a field: LabelVisits is -label-visits.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && (i == 0 || !unicode.IsUpper(rune(field[i-1]))) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// quote puts a value into single quotes where a shell would read it otherwise.
func quote(value string) string {
	if value != "" && !strings.ContainsAny(value, " '\"$&|;<>()*?[]{}\\`!#~") {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

func (c *config) sampleOptions() sample.Options {
	s := sample.Defaults()
	s.Seed = c.SampleSeed
	if c.SampleUsers > 0 {
		s.Users = c.SampleUsers
	}
	if c.SampleDays > 0 {
		s.Days = c.SampleDays
	}
	return s
}

func (c *config) printEnd(out *cli.Output, start time.Time, published bool) {
	fmt.Fprintf(out.Out, "data     %s\n", c.Warehouse)
	fmt.Fprintf(out.Out, "%.1f seconds%s\n", time.Since(start).Seconds(), cli.PeakMemory())
	if !published {
		return
	}
	fmt.Fprintf(out.Out, "\nScore a user:  go run ./cmd/serve   and POST to http://127.0.0.1:8080/predict\n")
}

func list(commas string) []string {
	var out []string
	for part := range strings.SplitSeq(commas, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
