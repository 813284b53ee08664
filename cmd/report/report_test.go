package main

import (
	"bytes"
	"context"
	"encoding/json"
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

// app is a small simulated app with two versions of a model, of the data's end and of a month before.
type app struct {
	dir         string
	first, last string
}

var made = sync.OnceValues(func() (a app, err error) {
	if a.dir, err = os.MkdirTemp("", "calback-cmd-report"); err != nil {
		return a, err
	}
	o := sample.Defaults()
	o.Users, o.Days = 4000, 170
	if _, err := sample.Write(context.Background(), filepath.Join(a.dir, "export"), o, func(int, int) {}); err != nil {
		return a, err
	}
	return a, a.train(o.Zone)
})

func (a *app) train(zone string) (err error) {
	ctx, secret := context.Background(), []byte("a secret for the tests of reports")
	wh, err := warehouse.Open(ctx, "duckdb:"+filepath.Join(a.dir, "app.duckdb"), warehouse.Options{Holder: "test"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(a.dir, "export", "events")}, Secret: secret})
	if err != nil {
		return err
	}
	if _, err := etl.Run(ctx, wh, etl.Options{Source: src, Zone: zone, Secret: secret, Simulated: true, Now: now}); err != nil {
		return err
	}
	for _, v := range []struct {
		into *string
		asOf time.Time
	}{{&a.first, time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)}, {&a.last, time.Time{}}} {
		t := trainer.Defaults()
		t.App, t.Store, t.Reports, t.Families = "달력", model.Store{Dir: filepath.Join(a.dir, "models")}, filepath.Join(a.dir, "reports"), []string{"logit"}
		t.Created, t.Now, t.Resamples, t.PublishAnyway = now, func() time.Time { return now }, 100, true
		t.Budget, t.Replicas, t.Early, t.AsOf, t.MomentSample = 0, 0, false, v.asOf, 500
		result, err := trainer.Run(ctx, wh, t)
		if err != nil {
			return err
		}
		*v.into = result.Version
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if a, _ := made(); a.dir != "" {
		os.RemoveAll(a.dir)
	}
	os.Exit(code)
}

// run runs the command in process, with reports in a folder of their own.
func run(t *testing.T, args ...string) (code int, stdout, stderr, reports string) {
	t.Helper()
	a, err := made()
	if err != nil {
		t.Fatal(err)
	}
	reports = t.TempDir()
	args = append([]string{
		"-warehouse", "duckdb:" + filepath.Join(a.dir, "app.duckdb"), "-models", filepath.Join(a.dir, "models"), "-reports", reports,
	}, args...)
	var c config
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), "report", help, &c, args, &cli.Output{Out: &out, Err: &errs},
		func(ctx context.Context, _ string, out *cli.Output) error {
			return c.run(ctx, out, func() time.Time { return now })
		})
	return code, out.String(), errs.String(), reports
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTheSameReport holds the page made again to the page of the training, byte by byte, from the warehouse and from the record alone.
func TestTheSameReport(t *testing.T) {
	for _, args := range [][]string{nil, {"-recorded", "-warehouse", "duckdb:/nowhere/at/all.duckdb"}} {
		code, stdout, stderr, reports := run(t, args...)
		if code != cli.Done {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		a, err := made()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"report.html", "report.json"} {
			if read(t, reports, name) != read(t, a.dir, "models", "revisit", a.last, name) {
				t.Errorf("%v: %s differs from the one of the training", args, name)
			}
		}
		if !strings.Contains(stdout, "달력") {
			t.Errorf("%v: the summary does not name the app:\n%s", args, stdout)
		}
	}
}

func TestKoreanReport(t *testing.T) {
	code, stdout, stderr, reports := run(t, "-recorded", "-lang", "ko", "-summary", "slack")
	if code != cli.Done {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if page := read(t, reports, "report.html"); !strings.Contains(page, `lang="ko"`) || !strings.Contains(page, "재방문") {
		t.Error("the page is not in Korean")
	} else if !strings.Contains(page, "go run ./cmd/report -recorded") || !strings.Contains(page, "-lang ko") {
		t.Error("the page does not say how it is made again")
	}
	if !strings.Contains(stdout, "재방문") {
		t.Errorf("the summary is not in Korean:\n%s", stdout)
	}
}

func TestAgainst(t *testing.T) {
	a, err := made()
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr, reports := run(t, "-against", a.first, "-summary", "none")
	if code != cli.Done {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var figures struct {
		Comparison struct {
			Version, Against string
			Users            int
			Why              []string
		}
	}
	if err := json.Unmarshal([]byte(read(t, reports, "report.json")), &figures); err != nil {
		t.Fatal(err)
	}
	c := figures.Comparison
	if c.Version != a.last || c.Against != a.first || c.Users < 300 || len(c.Why) < 2 || !strings.Contains(c.Why[0], "newest people") {
		t.Errorf("the comparison is %+v", c)
	}
	if page := read(t, reports, "report.html"); !strings.Contains(page, a.first) {
		t.Error("the page does not name the version that it compares with")
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no model":              {[]string{"-name", "nope"}, cli.Failed, "train one first"},
		"no such version":       {[]string{"-version", "2020-01-01-abc"}, cli.Failed, "2020-01-01-abc"},
		"as-of that is no time": {[]string{"-as-of", "yesterday"}, cli.Usage, "RFC 3339"},
		"record and as-of":      {[]string{"-recorded", "-as-of", "latest"}, cli.Usage, "-recorded"},
		"no such language":      {[]string{"-lang", "fr"}, cli.Usage, "en"},
		"against nothing":       {[]string{"-against", "2020-01-01-abc"}, cli.Failed, "there is no version 2020-01-01-abc"},
		"no version of that":    {[]string{"-recorded", "-version", "2020-01-01-abc"}, cli.Failed, "there is no version 2020-01-01-abc"},
		"a way out":             {[]string{"-version", "../../etc"}, cli.Usage, "no version"},
		"no warehouse there":    {[]string{"-warehouse", "duckdb:" + filepath.Join(t.TempDir(), "deep", "none.duckdb")}, cli.Failed, "none.duckdb is not there"},
		"no browser":            {[]string{"-recorded", "-pdf", "x.pdf", "-browser", "no-such-browser"}, cli.Failed, "no-such-browser"},
		"as-of after the end":   {[]string{"-as-of", "2030-01-01T00:00:00Z"}, cli.Failed, "after the end of the data"},
	} {
		code, _, stderr, reports := run(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", name, code, stderr, c.code, c.want)
		}
		if left, _ := os.ReadDir(reports); len(left) > 0 {
			t.Errorf("%s: it left %v", name, left)
		}
	}
}

// TestPDF asks an installed browser for the sheet; a machine of a continuous integration must have one.
func TestPDF(t *testing.T) {
	if _, err := findBrowser(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, language := range []string{"en", "ko"} {
		path := filepath.Join(t.TempDir(), "made", "page.pdf")
		code, _, stderr, _ := run(t, "-recorded", "-lang", language, "-pdf", path, "-summary", "none")
		if code != cli.Done {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		pdf := read(t, path)
		if !strings.HasPrefix(pdf, "%PDF-") || strings.Count(pdf, "/Type /Page\n") != 1 {
			t.Errorf("%s: %d bytes with %d pages, want one page", language, len(pdf), strings.Count(pdf, "/Type /Page\n"))
		}
		left, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(left) != 1 {
			t.Errorf("%s: beside the page lies %v, %v", language, left, err)
		}
	}
}

// TestBrokenBrowserLeavesNoPage holds that a browser that fails is told, and nothing half-written is left.
func TestBrokenBrowserLeavesNoPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.pdf")
	code, _, stderr, _ := run(t, "-recorded", "-pdf", path, "-browser", "false")
	if code != cli.Failed || !strings.Contains(stderr, "print the page with false") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a page is left")
	}
}
