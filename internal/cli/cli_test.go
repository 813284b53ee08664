package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

var update = flag.Bool("update", false, "write the golden files anew")

// config is a command with every kind of flag.
type config struct {
	cli.ConfigFlag

	Models string         `help:"Directory of the published models." default:"models"`
	Sample bool           `help:"Simulate an app."`
	Drain  time.Duration  `help:"Time for requests in flight." default:"10s"`
	Log    string         `help:"Log format: ${enum}." enum:"text,json" default:"text"`
	Weight map[string]int `help:"Weights by name."`
	MaxMiB int            `help:"Most memory." name:"max-mib" default:"64"`
}

// commands is a command with subcommands.
type commands struct {
	cli.ConfigFlag

	Warehouse string `help:"URL of the warehouse." default:"duckdb:data"`
	Run       struct {
		Days int `help:"Days to load." default:"3"`
	} `cmd:"" help:"Load days."`
	Status struct{} `cmd:"" help:"Show the ledger."`
}

type result struct {
	code     int
	out, err string
	command  string
	ran      bool
}

func run(t *testing.T, cfg any, fail error, args ...string) result {
	t.Helper()
	return runUnder(context.Background(), cfg, fail, args...)
}

func runUnder(ctx context.Context, cfg any, fail error, args ...string) (r result) {
	var stdout, stderr bytes.Buffer
	r.code = cli.Run(ctx, "calback", "Does a thing.", cfg, args, &cli.Output{Out: &stdout, Err: &stderr},
		func(_ context.Context, command string, out *cli.Output) error {
			r.ran, r.command = true, command
			fmt.Fprintln(out.Out, "ran")
			return fail
		})
	r.out, r.err = stdout.String(), stderr.String()
	return r
}

func yaml(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "calback.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDoubleDash(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"-sample", "--sample"},
		{"--sample", "--sample"},
		{"-label-visits=3", "--label-visits=3"},
		{"-p95 x", "--p95 x"},
		{"-h", "-h"},
		{"-5", "-5"},
		{"-0.5", "-0.5"},
		{"-", "-"},
		{"-Xms", "-Xms"},
		{"run -days 4", "run --days 4"},
		{"-a=b", "-a=b"},
		{"-one -- -two --three -four", "--one -- -two --three -four"},
		{"", ""},
	} {
		in := strings.Fields(c.in)
		if got := strings.Join(cli.DoubleDash(in), " "); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
		if strings.Join(in, " ") != c.in {
			t.Errorf("%q: the arguments given were changed", c.in)
		}
	}
}

func TestExitCodes(t *testing.T) {
	odd := errors.New("the ledger is locked")
	for _, c := range []struct {
		name string
		fail error
		args []string
		code int
		err  string
	}{
		{"done", nil, nil, cli.Done, ""},
		{"failed", odd, nil, cli.Failed, "calback: the ledger is locked\n"},
		{"misused", fmt.Errorf("read: %w", cli.Misused(odd)), nil, cli.Usage, "calback: read: the ledger is locked\n"},
		{"refused", fmt.Errorf("train: %w", cli.Refuse(odd)), nil, cli.Refused, "calback: train: the ledger is locked\n"},
		{"cancelled by something else", context.Canceled, nil, cli.Failed, "calback: context canceled\n"},
		{"an unknown flag", nil, []string{"-modles", "x"}, cli.Usage, "See calback -h for all flags.\n"},
		{"a word too many", nil, []string{"x"}, cli.Usage, "unexpected argument x"},
		{"a value that is none", nil, []string{"-drain", "soon"}, cli.Usage, "--drain"},
		{"a value not on the list", nil, []string{"-log=xml"}, cli.Usage, `must be one of "text","json"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, &config{}, c.fail, c.args...)
			if r.code != c.code || !strings.Contains(r.err, c.err) || (c.err == "" && r.err != "") {
				t.Errorf("exit code %d and %q, want %d and %q", r.code, r.err, c.code, c.err)
			}
			if usage := c.args != nil; r.ran == usage {
				t.Errorf("ran: %v", r.ran)
			}
		})
	}
	if !errors.Is(cli.Misused(odd), odd) || !errors.Is(cli.Refuse(odd), odd) {
		t.Error("a marked error hides what it marks")
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := runUnder(ctx, &config{}, fmt.Errorf("fit gbdt: %w", context.Canceled))
	if r.code != cli.Failed || r.err != "calback: stopped; nothing is half-written\n" {
		t.Errorf("exit code %d and %q", r.code, r.err)
	}
}

// TestPrecedence goes from the default up: file, environment, command line.
func TestPrecedence(t *testing.T) {
	path := yaml(t, "models: from-file\nmax-mib: 128\n")
	got := func(args ...string) string {
		t.Helper()
		cfg := &config{}
		if r := run(t, cfg, nil, args...); r.code != cli.Done {
			t.Fatalf("%v: exit code %d: %s", args, r.code, r.err)
		}
		return fmt.Sprint(cfg.Models, " ", cfg.MaxMiB)
	}
	check := func(want string, args ...string) {
		t.Helper()
		if have := got(args...); have != want {
			t.Errorf("%v: %s, want %s", args, have, want)
		}
	}
	check("models 64")
	check("from-file 128", "-config", path)
	check("from-flag 128", "-config", path, "-models=from-flag")
	t.Setenv("CALBACK_MODELS", "from-env")
	check("from-env 64")
	check("from-env 128", "-config", path)
	check("from-flag 128", "-models", "from-flag", "-config", path)
	t.Setenv("CALBACK_MAX_MIB", "256")
	check("from-env 256", "-config", path)
	t.Setenv("CALBACK_CONFIG", yaml(t, "drain: 3s\n"))
	cfg := &config{}
	if r := run(t, cfg, nil); r.code != cli.Done || cfg.Drain != 3*time.Second {
		t.Errorf("the file named in the environment was not read: drain %v, %s", cfg.Drain, r.err)
	}
}

func TestConfigFile(t *testing.T) {
	for _, c := range []struct{ name, file, err string }{
		{"every kind of value", "sample: true\ndrain: 1m\nlog: json\nweight:\n  kakao: 2\n", ""},
		{"empty", "", ""},
		{"a misspelt key", "modles: x\n", "keys that are no flags: modles"},
		{"two misspelt keys, nested too", "modles: x\nweights:\n  kakao: 2\n", "keys that are no flags: modles, weights-kakao"},
		{"no YAML", "models: [x\n", "read the configuration"},
		{"a list", "- models\n", "read the configuration"},
		{"a value not on the list", "log: xml\n", "must be one of"},
		{"a value that is none", "max-mib: much\n", "max-mib"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := &config{}
			r := run(t, cfg, nil, "-config", yaml(t, c.file))
			want := cli.Done
			if c.err != "" {
				want = cli.Usage
			}
			if r.code != want || !strings.Contains(r.err, c.err) || r.ran != (c.err == "") {
				t.Errorf("exit code %d, ran %v, %q; want %d and %q", r.code, r.ran, r.err, want, c.err)
			}
			if c.name == "every kind of value" {
				if diff := cmp.Diff([]any{true, time.Minute, "json", 2}, []any{cfg.Sample, cfg.Drain, cfg.Log, cfg.Weight["kakao"]}); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
			}
		})
	}
	if r := run(t, &config{}, nil, "-config", "not-there.yaml"); r.code != cli.Usage || !strings.Contains(r.err, "not-there.yaml") {
		t.Errorf("a file that is not there: exit code %d, %q", r.code, r.err)
	}
}

func TestSubcommands(t *testing.T) {
	cfg := &commands{}
	r := run(t, cfg, nil, "run", "-config", yaml(t, "warehouse: duckdb:other\nrun:\n  days: 9\n"))
	if r.code != cli.Done || r.command != "run" || cfg.Run.Days != 9 || cfg.Warehouse != "duckdb:other" {
		t.Errorf("exit code %d, command %q, days %d, warehouse %q: %s", r.code, r.command, cfg.Run.Days, cfg.Warehouse, r.err)
	}
	if r := run(t, &commands{}, nil, "status", "-config", yaml(t, "run:\n  dais: 9\n")); r.code != cli.Usage || !strings.Contains(r.err, "run-dais") {
		t.Errorf("a misspelt key of another command: exit code %d, %q", r.code, r.err)
	}
	want := "no flags: days (write it below run, or as run-days)"
	if r := run(t, &commands{}, nil, "run", "-config", yaml(t, "days: 9\n")); r.code != cli.Usage || !strings.Contains(r.err, want) {
		t.Errorf("a subcommand's key at the top: exit code %d, %q", r.code, r.err)
	}
	if r := run(t, &commands{}, nil); r.code != cli.Usage || !strings.Contains(r.err, "expected one of") {
		t.Errorf("no command: exit code %d, %q", r.code, r.err)
	}
}

func TestHelp(t *testing.T) {
	// The width would be that of the terminal that runs the tests.
	t.Setenv("COLUMNS", "80")
	for name, r := range map[string]result{
		"help.txt":     run(t, &config{}, nil, "-h"),
		"commands.txt": run(t, &commands{}, nil, "--help"),
	} {
		if r.code != cli.Done || r.ran || r.err != "" {
			t.Errorf("%s: exit code %d, ran %v, %q", name, r.code, r.ran, r.err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(r.out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), r.out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// unreadable is a struct that kong cannot make flags of: a programmer's error, which must not pass for success.
type unreadable struct {
	Odd chan int `help:"No flag."`
}

func TestBadCommandIsNotSuccess(t *testing.T) {
	if r := run(t, &unreadable{}, nil); r.code == cli.Done || r.ran {
		t.Errorf("exit code %d, ran %v", r.code, r.ran)
	}
}

// loud panics while it is parsed.
type loud struct{ Flag shout }

type shout string

func (shout) BeforeApply() error { panic("a bug") }

func TestPanicsAreNotSwallowed(t *testing.T) {
	defer func() {
		if recover() != "a bug" {
			t.Error("the panic was swallowed")
		}
	}()
	run(t, &loud{}, nil, "-flag", "x")
}
