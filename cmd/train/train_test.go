package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// train runs the command in process and gives its exit code and what it wrote.
func train(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var c config
	var out, errs bytes.Buffer
	code = cli.Run(ctx, "train", help, &c, args, &cli.Output{Out: &out, Err: &errs},
		func(ctx context.Context, _ string, out *cli.Output) error { return c.run(ctx, out) })
	return code, out.String(), errs.String()
}

// small is the smallest simulated app of which a model can be published.
func small(dir string, more ...string) []string {
	return append([]string{
		"-sample", "-sample-users", "1500", "-sample-days", "150", "-sample-dir", filepath.Join(dir, "sample"),
		"-models", filepath.Join(dir, "models"), "-reports", filepath.Join(dir, "reports"), "-families", "logit,gbdt",
	}, more...)
}

func TestSampleRun(t *testing.T) {
	dir := t.TempDir()
	code, stdout, stderr := train(t.Context(), small(dir)...)
	if code != cli.Done {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{"SIMULATED DATA", "base rate", "visit days alone", "(chosen)", "best possible", "report.html", "seconds", "/predict"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the result does not say %q:\n%s", want, stdout)
		}
	}
	if !strings.Contains(stderr, "fit the families: took") {
		t.Errorf("no progress was told:\n%s", stderr)
	}
	searchForPersons(t, dir, stdout+stderr)
}

// searchForPersons looks for raw ids and the canaries of the simulated app in everything that a run leaves, the export itself
// excepted: the warehouse, its tables, the artifact, the reports, and what was printed.
func searchForPersons(t *testing.T, dir, printed string) {
	t.Helper()
	users, err := sample.ReadUsers(filepath.Join(dir, "sample", "export"))
	if err != nil {
		t.Fatal(err)
	}
	canaries := []string{"canary", "카나리아", "@example.com"}
	for _, u := range users[:200] {
		canaries = append(canaries, u.Pseudo)
	}
	places := map[string]string{"what was printed": printed}
	for name, text := range tables(t, filepath.Join(dir, "sample", "sample.duckdb")) {
		places["table "+name] = text
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "export" {
				return fs.SkipDir
			}
			return err
		}
		data, err := os.ReadFile(path)
		places[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(places) < 10 {
		t.Fatalf("only %d places to search", len(places))
	}
	for place, text := range places {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("%s holds %q", place, canary)
			}
		}
	}
}

// tables reads every text column of every table that the run keeps, since the file compresses them.
func tables(t *testing.T, path string) map[string]string {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb:"+path, warehouse.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	out := map[string]string{}
	for _, name := range []string{"events", "ledger", "quarantine", "settings", "users", "user_days", "first_week", "features", "labels"} {
		columns, err := wh.ReadColumns(t.Context(), "SELECT * FROM "+name)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		rows := 0
		for _, c := range columns {
			for _, text := range c.Text {
				b.WriteString(text)
				b.WriteByte('\n')
			}
			rows = max(rows, c.Len())
		}
		if rows == 0 && name != "quarantine" {
			t.Errorf("table %s is empty", name)
		}
		out[name] = b.String()
	}
	return out
}

// A second run of the same data publishes the same version: nothing in it depends on when it ran.
func TestSecondRunOfTheSameData(t *testing.T) {
	dir := t.TempDir()
	current := func() string {
		data, err := os.ReadFile(filepath.Join(dir, "models", "revisit", "CURRENT"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if code, stdout, stderr := train(t.Context(), small(dir)...); code != cli.Done {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	first := current()
	args := []string{
		"-warehouse", "duckdb:" + filepath.Join(dir, "sample", "sample.duckdb"), "-models", filepath.Join(dir, "models"),
		"-reports", filepath.Join(dir, "reports"), "-families", "logit,gbdt",
	}
	if code, stdout, stderr := train(t.Context(), args...); code != cli.Done {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	if again := current(); again != first {
		t.Errorf("version %s became %s", first, again)
	}
}

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	yaml := filepath.Join(dir, "train.yaml")
	if err := os.WriteFile(yaml, []byte("label-visits: 99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		args []string
		code int
		says string
	}{
		{"help", t.Context(), []string{"-h"}, cli.Done, "--label-visits"},
		{"unknown flag", t.Context(), []string{"-colour"}, cli.Usage, "unknown flag"},
		{"as-of is no time", t.Context(), []string{"-as-of", "yesterday"}, cli.Usage, "RFC 3339"},
		{"a rule nobody can reach, from the file", t.Context(), []string{"-config", yaml}, cli.Usage, "nobody can reach"},
		{"unknown family", t.Context(), []string{"-families", "oracle"}, cli.Usage, "oracle"},
		{"no events", t.Context(), []string{"-warehouse", "duckdb:" + filepath.Join(dir, "empty.duckdb")}, cli.Failed, "train -sample"},
		{"unknown warehouse", t.Context(), []string{"-warehouse", "oracle:x"}, cli.Failed, "duckdb"},
		{"the rule does not fit and -strict", t.Context(), small(dir, "-strict", "-label-visits", "20"), cli.Refused, "the rule fits the app"},
		{"stopped", stopped, small(dir), cli.Failed, "stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := train(tt.ctx, tt.args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
				t.Errorf("exit %d, want %d saying %q:\n%s\n%s", code, tt.code, tt.says, stdout, stderr)
			}
		})
	}
}

func TestFlagsComeFromTheEnvironment(t *testing.T) {
	t.Setenv("CALBACK_AS_OF", "noon")
	if code, _, stderr := train(t.Context()); code != cli.Usage || !strings.Contains(stderr, "noon") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestCommandReproducesTheRun(t *testing.T) {
	var c config
	args := []string{"-warehouse", "duckdb:a b.duckdb", "-label-visits", "2", "-strict", "-seed", "7", "-no-early"}
	code := cli.Run(t.Context(), "train", help, &c, args, &cli.Output{Out: new(bytes.Buffer), Err: new(bytes.Buffer)},
		func(context.Context, string, *cli.Output) error { return nil })
	const want = "go run ./cmd/train -warehouse 'duckdb:a b.duckdb' -label-visits 2 -no-early -seed 7 -strict"
	if got := c.command(); code != cli.Done || got != want {
		t.Errorf("exit %d, got\n%s, want\n%s", code, got, want)
	}
}

// What the README shows of the result must be what the command prints, figures aside.
func TestReadmeShowsTheRealOutput(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, stdout, _ := train(t.Context(), small(t.TempDir(), "-families", "logit,bayes,rules,gbdt,forest")...)
	words := regexp.MustCompile(`[^a-zA-Z]+`)
	for line := range strings.Lines(stdout) {
		// Whether families are worth mixing depends on the data.
		if strings.Contains(line, "│ blend") || strings.Contains(line, "NOTE") || strings.Contains(line, "chosen") || strings.Contains(line, "seconds") {
			continue
		}
		// Which actions are told apart depends on the data too.
		for _, verdict := range []string{"a sign, not a cause:", "cannot tell:"} {
			if before, _, found := strings.Cut(line, verdict); found {
				line = before + verdict
			}
		}
		text := strings.TrimSpace(words.ReplaceAllString(line, " "))
		text, _, _ = strings.Cut(text, " data sample")
		if strings.HasPrefix(text, "model ") || strings.HasPrefix(text, "early ") || strings.HasPrefix(text, "report ") || strings.HasPrefix(text, "data ") ||
			strings.Contains(text, "report json") || strings.HasPrefix(text, "Score a user") {
			continue
		}
		if !strings.Contains(words.ReplaceAllString(string(readme), " "), text) {
			t.Errorf("the README does not show the line %q", strings.TrimSpace(line))
		}
	}
}
