package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// madeDir is the folder that appDir has made.
var madeDir string

// score runs the command in process and gives its exit code and what it wrote.
func score(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var c config
	var out, errs bytes.Buffer
	code = cli.Run(ctx, "score", help, &c, args, &cli.Output{Out: &out, Err: &errs},
		func(ctx context.Context, _ string, out *cli.Output) error {
			return c.run(ctx, out, func() time.Time { return now })
		})
	return code, out.String(), errs.String()
}

// appDir holds a small simulated app, app.duckdb, with a model trained on it in models, and another app's warehouse, other.duckdb, whose
// days are of another zone. It is made once and removed by TestMain.
var appDir = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "calback-cmd-score")
	if err != nil {
		return "", err
	}
	madeDir = dir
	o := sample.Defaults()
	o.Users, o.Days = 1500, 150
	if _, err := sample.Write(context.Background(), filepath.Join(dir, "export"), o, func(int, int) {}); err != nil {
		return dir, err
	}
	if err := load(dir, "app.duckdb", o.Zone, trainOn(dir)); err != nil {
		return dir, err
	}
	return dir, load(dir, "other.duckdb", "Europe/Paris", func(*warehouse.Warehouse) error { return nil })
})

func load(dir, name, zone string, then func(*warehouse.Warehouse) error) (err error) {
	ctx, secret := context.Background(), []byte("a secret for the tests of scoring")
	wh, err := warehouse.Open(ctx, "duckdb:"+filepath.Join(dir, name), warehouse.Options{Holder: "test"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(dir, "export", "events")}, Secret: secret})
	if err != nil {
		return err
	}
	if _, err := etl.Run(ctx, wh, etl.Options{Source: src, Zone: zone, Secret: secret, Simulated: true, Now: now}); err != nil {
		return err
	}
	return then(wh)
}

func trainOn(dir string) func(*warehouse.Warehouse) error {
	return func(wh *warehouse.Warehouse) error {
		o := trainer.Defaults()
		o.Store, o.Reports, o.Families = model.Store{Dir: filepath.Join(dir, "models")}, filepath.Join(dir, "reports"), []string{"logit"}
		o.Created, o.Now, o.Resamples, o.PublishAnyway = now, func() time.Time { return now }, 100, true
		_, err := trainer.Run(context.Background(), wh, o)
		return err
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if madeDir != "" {
		os.RemoveAll(madeDir)
	}
	os.Exit(code)
}

func appArgs(t *testing.T, more ...string) []string {
	t.Helper()
	dir, err := appDir()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"-warehouse", "duckdb:" + filepath.Join(dir, "app.duckdb"), "-models", filepath.Join(dir, "models")}, more...)
}

// scores counts the rows of the scores table.
func scores(t *testing.T, args []string) float64 {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), args[1], warehouse.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	columns, err := wh.ReadColumns(t.Context(), "SELECT COUNT(*) FROM scores")
	if err != nil {
		t.Fatal(err)
	}
	return columns[0].Numbers[0]
}

func TestDryRunWritesNothing(t *testing.T) {
	args := appArgs(t)
	before := scores(t, args)
	code, stdout, stderr := score(t.Context(), append(args, "-dry-run")...)
	if code != cli.Done || !strings.Contains(stdout, "would be replaced") || !strings.Contains(stdout, "fits") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	code, stdout, stderr = score(t.Context(), append(args, "-dry-run", "-print-sql")...)
	if code != cli.Done {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{"CREATE OR REPLACE TABLE", "score_features", "FROM (", "AS probability", "CREATE OR REPLACE VIEW"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the printed SQL has no %q", want)
		}
	}
	if after := scores(t, args); after != before {
		t.Errorf("a dry run changed the scores from %v to %v rows", before, after)
	}
}

func TestRun(t *testing.T) {
	args := appArgs(t)
	var rows float64
	for range 2 {
		code, stdout, stderr := score(t.Context(), args...)
		if code != cli.Done {
			t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
		}
		for _, want := range []string{"scored ", "% will come back; of the users it learnt from", "table    scores, day 20", "firebase_predictions", "seconds"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("the result does not say %q:\n%s", want, stdout)
			}
		}
		if !strings.Contains(stderr, "score: took") {
			t.Errorf("no progress was told:\n%s", stderr)
		}
		got := scores(t, args)
		if got == 0 || rows != 0 && got != rows {
			t.Errorf("%v scores, then %v", rows, got)
		}
		rows = got
	}
}

func TestExitCodes(t *testing.T) {
	args := appArgs(t)
	other := append([]string{"-warehouse", "duckdb:" + filepath.Join(filepath.Dir(args[3]), "other.duckdb")}, args[2:]...)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	with := func(more ...string) []string { return append(append([]string{}, args...), more...) }
	for _, tt := range []struct {
		name string
		ctx  context.Context
		args []string
		code int
		says string
	}{
		{"help", t.Context(), []string{"-h"}, cli.Done, "--early"},
		{"unknown flag", t.Context(), with("-colour"), cli.Usage, "unknown flag"},
		{"as-of is no time", t.Context(), with("-as-of", "yesterday"), cli.Usage, "RFC 3339"},
		{"since is no day", t.Context(), with("-since", "May"), cli.Usage, "2026-03-01"},
		{"burn-in is negative", t.Context(), with("-burn-in=-1"), cli.Usage, "negative"},
		{"print-sql alone", t.Context(), with("-print-sql"), cli.Usage, "-dry-run"},
		{"no such model", t.Context(), with("-name", "oracle"), cli.Failed, "train one first"},
		{"no such version", t.Context(), with("-version", "v0"), cli.Failed, "v0"},
		{"no such warehouse", t.Context(), with("-warehouse", "oracle:x"), cli.Failed, "no driver"},
		{"as-of after the data", t.Context(), with("-as-of", "2040-01-01T00:00:00Z"), cli.Failed, "after the end of the data"},
		{"another zone", t.Context(), other, cli.Refused, "Europe/Paris"},
		{"another zone, dry run", t.Context(), append(other, "-dry-run"), cli.Refused, "Europe/Paris"},
		{"stopped", stopped, args, cli.Failed, "stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := score(tt.ctx, tt.args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
				t.Errorf("exit %d, want %d saying %q:\n%s\n%s", code, tt.code, tt.says, stdout, stderr)
			}
		})
	}
}

func TestDataset(t *testing.T) {
	for url, want := range map[string]string{
		"bigquery://my-project/calback?location=asia-northeast3": "my-project.calback", "duckdb:data/calback.duckdb": "", "%": "",
	} {
		if got := dataset(url); got != want {
			t.Errorf("the dataset of %s is %q, want %q", url, got, want)
		}
	}
}

// The file beside the versions is made anew by each run, unless it is not wanted.
func TestTruth(t *testing.T) {
	args := appArgs(t)
	file := filepath.Join(args[3], "revisit", "TRUTH.json")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		flag string
		says bool
	}{{"-no-truth", false}, {"-truth", true}} {
		code, stdout, stderr := score(t.Context(), append(args, tt.flag)...)
		if code != cli.Done || strings.Contains(stdout, "truth    nothing to say yet") != tt.says {
			t.Errorf("%s: exit %d\n%s\n%s", tt.flag, code, stdout, stderr)
		}
		data, err := os.ReadFile(file)
		if tt.says != (err == nil) || tt.says && !strings.Contains(string(data), `"versions": []`) {
			t.Errorf("%s: the file is %q (%v)", tt.flag, data, err)
		}
	}
	// Where the store cannot be written, the scores are there all the same, and the message says so.
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o755)); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	if code, _, stderr := score(t.Context(), args...); code != cli.Failed || !strings.Contains(stderr, "the scores are in the warehouse") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
