package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
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
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// madeDir is the folder that appDir has made.
var madeDir string

// export runs the command in process and gives its exit code and what it wrote.
func export(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var c config
	var out, errs bytes.Buffer
	code = cli.Run(ctx, "export", help, &c, args, &cli.Output{Out: &out, Err: &errs},
		func(ctx context.Context, command string, out *cli.Output) error {
			return c.run(ctx, command, out, func() time.Time { return now })
		})
	return code, out.String(), errs.String()
}

// appDir holds a small simulated app, app.duckdb, with models trained on it: revisit is a logit, grown a gbdt; and another app's
// warehouse, other.duckdb, whose days are of another zone. It is made once and removed by TestMain.
var appDir = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "calback-cmd-export")
	if err != nil {
		return "", err
	}
	madeDir = dir
	o := sample.Defaults()
	o.Users, o.Days = 1000, 120
	if _, err := sample.Write(context.Background(), filepath.Join(dir, "files"), o, func(int, int) {}); err != nil {
		return dir, err
	}
	if err := load(dir, "app.duckdb", o.Zone, trainOn(dir)); err != nil {
		return dir, err
	}
	return dir, load(dir, "other.duckdb", "Europe/Paris", func(*warehouse.Warehouse) error { return nil })
})

func load(dir, name, zone string, then func(*warehouse.Warehouse) error) (err error) {
	ctx, secret := context.Background(), []byte("a secret for the tests of exports")
	wh, err := warehouse.Open(ctx, "duckdb:"+filepath.Join(dir, name), warehouse.Options{Holder: "test"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(dir, "files", "events")}, Secret: secret})
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
		for name, family := range map[string]string{"revisit": "logit", "grown": "gbdt"} {
			o := trainer.Defaults()
			o.Name, o.Store, o.Reports, o.Families = name, model.Store{Dir: filepath.Join(dir, "models")}, filepath.Join(dir, "reports"), []string{family}
			o.Created, o.Now, o.Resamples, o.PublishAnyway = now, func() time.Time { return now }, 100, true
			if _, err := trainer.Run(context.Background(), wh, o); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if madeDir != "" {
		os.RemoveAll(madeDir)
	}
	os.Exit(code)
}

// app gives the folder of the simulated app.
func app(t *testing.T) string {
	t.Helper()
	dir, err := appDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestModel(t *testing.T) {
	models := filepath.Join(app(t), "models")
	for _, c := range []struct{ name, form, says string }{
		{"revisit", "onnx", "family logit"}, {"grown", "onnx", "family gbdt"}, {"grown", "lightgbm", "before calibration"},
	} {
		path := filepath.Join(t.TempDir(), "model")
		args := []string{"model", "-to", c.form, "-out", path, "-models", models, "-name", c.name}
		if code, stdout, stderr := export(t.Context(), args...); code != cli.Done || !strings.Contains(stdout, c.says) {
			t.Errorf("%s as %s: exit %d\n%s%s", c.name, c.form, code, stdout, stderr)
		}
		if info, err := os.Stat(path); err != nil || info.Size() < 1000 {
			t.Errorf("%s as %s: file %v, %v", c.name, c.form, info, err)
		}
		if code, _, stderr := export(t.Context(), args...); code != cli.Refused || !strings.Contains(stderr, "-force") {
			t.Errorf("over itself: exit %d\n%s", code, stderr)
		}
		if code, _, stderr := export(t.Context(), append(args, "-force")...); code != cli.Done {
			t.Errorf("with -force: exit %d\n%s", code, stderr)
		}
	}
}

// TestSnapshotServes exports the users with the model that serves, and asks the server for all of them.
func TestSnapshotServes(t *testing.T) {
	dir := app(t)
	path := filepath.Join(t.TempDir(), "users.jsonl.gz")
	code, stdout, stderr := export(t.Context(), "features", "-to", "jsonl", "-unlabelled", "-out", path,
		"-models", filepath.Join(dir, "models"), "-warehouse", "duckdb:"+filepath.Join(dir, "app.duckdb"))
	if code != cli.Done || !strings.Contains(stdout, path+", jsonl, ") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	s, err := server.New(server.Options{Models: filepath.Join(dir, "models")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/predict?reasons=0", strings.NewReader(`{"instances":[`+strings.Join(lines, ",")+`]}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	answers := strings.Count(w.Body.String(), `"probability":`)
	if w.Code != 200 || len(lines) < 100 || answers != len(lines) {
		t.Errorf("status %d, %d answers for %d lines: %.400s", w.Code, answers, len(lines), w.Body)
	}
}

func TestExitCodes(t *testing.T) {
	dir := app(t)
	path := filepath.Join(t.TempDir(), "out")
	shared := []string{"-models", filepath.Join(dir, "models"), "-out", path}
	features := append([]string{"features", "-to", "parquet", "-warehouse", "duckdb:" + filepath.Join(dir, "app.duckdb")}, shared...)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	join := func(a []string, more ...string) []string { return append(append([]string{}, a...), more...) }
	for _, tt := range []struct {
		name string
		ctx  context.Context
		args []string
		code int
		says string
	}{
		{"help", t.Context(), []string{"-h"}, cli.Done, "features"},
		{"no command", t.Context(), nil, cli.Usage, "model"},
		{"no form", t.Context(), join([]string{"model"}, shared...), cli.Usage, "--to"},
		{"unknown form", t.Context(), join([]string{"model", "-to", "pmml"}, shared...), cli.Usage, "onnx"},
		{"no file", t.Context(), []string{"model", "-to", "onnx"}, cli.Usage, "--out"},
		{"no such model", t.Context(), join([]string{"model", "-to", "onnx", "-name", "oracle"}, shared...), cli.Failed, "train one first"},
		{"no trees", t.Context(), join([]string{"model", "-to", "lightgbm"}, shared...), cli.Refused, "family logit"},
		{"as-of is no time", t.Context(), join(features, "-as-of", "yesterday"), cli.Usage, "RFC 3339"},
		{"burn-in is negative", t.Context(), join(features, "-burn-in=-1"), cli.Usage, "negative"},
		{"as-of after the data", t.Context(), join(features, "-as-of", "2040-01-01T00:00:00Z"), cli.Failed, "after the end of the data"},
		{"another zone", t.Context(), join(features, "-warehouse", "duckdb:"+filepath.Join(dir, "other.duckdb")), cli.Refused, "Europe/Paris"},
		{"stopped", stopped, features, cli.Failed, "stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := export(tt.ctx, tt.args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
				t.Errorf("exit %d, want %d saying %q:\n%s\n%s", code, tt.code, tt.says, stdout, stderr)
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
}
