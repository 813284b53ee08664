// Package cli is what every command shares: flags, environment and one YAML file into one struct, exit codes, Ctrl-C, and output
// for people.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes of every command.
const (
	// Done means that all was done.
	Done = 0
	// Failed means that something went wrong.
	Failed = 1
	// Usage means that the command was called wrongly.
	Usage = 2
	// Refused means that a gate or a check said no.
	Refused = 3
)

// usageError and refusal carry the exit code of an error.
type (
	usageError struct{ error }
	refusal    struct{ error }
)

func (e usageError) Unwrap() error { return e.error }
func (e refusal) Unwrap() error    { return e.error }

// Misused marks an error as a wrong call: exit code 2.
func Misused(err error) error { return usageError{err} }

// Refuse marks an error as a gate's or a check's no: exit code 3.
func Refuse(err error) error { return refusal{err} }

// Output is where a command writes: results for people and programs to Out, progress and messages to Err.
type Output struct {
	Out io.Writer
	Err io.Writer
}

// Main runs a command to its end and exits. cfg is a pointer to the command's documented struct with kong tags; run gets the
// name of the chosen subcommand, "" where there are none.
func Main(name, help string, cfg any, run func(ctx context.Context, command string, out *Output) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one kills, so that nobody waits for a job that does not end.
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, name, help, cfg, os.Args[1:], &Output{Out: os.Stdout, Err: os.Stderr}, run))
}

// Run parses args into cfg and runs the command. It returns the exit code.
func Run(ctx context.Context, name, help string, cfg any, args []string, out *Output,
	run func(ctx context.Context, command string, out *Output) error,
) (code int) {
	command, code, done := parse(name, help, cfg, args, out)
	if done {
		return code
	}
	err := run(ctx, command, out)
	code = exitCode(err)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintf(out.Err, "%s: stopped; nothing is half-written\n", name)
	default:
		fmt.Fprintf(out.Err, "%s: %v\n", name, err)
	}
	return code
}

// exit is thrown by kong's own exits (help), so that Run can return.
type exit struct{ code int }

func parse(name, help string, cfg any, args []string, out *Output) (command string, code int, done bool) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exit:
			command, code, done = "", e.code, true
		default:
			panic(e)
		}
	}()
	options := []kong.Option{
		kong.Name(name), kong.Description(help), kong.DefaultEnvars("CALBACK"), kong.Writers(out.Out, out.Err),
		kong.Exit(func(code int) { panic(exit{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 110}),
		kong.Configuration(loadFile),
	}
	parser, err := kong.New(cfg, options...)
	if err != nil {
		fmt.Fprintf(out.Err, "%s: %v\n", name, err)
		return "", Usage, true
	}
	parsed, err := parser.Parse(DoubleDash(args))
	if err != nil {
		fmt.Fprintf(out.Err, "%s: %v\nSee %s -h for all flags.\n", name, err, name)
		return "", Usage, true
	}
	return parsed.Command(), Done, false
}

var singleDash = regexp.MustCompile(`^-[a-z][a-z0-9-]+(=.*)?$`)

// DoubleDash lets long flags be written with one dash, as Go's own tools have them: -sample means --sample.
func DoubleDash(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		out[i] = arg
		if singleDash.MatchString(arg) {
			out[i] = "-" + arg
		}
	}
	return out
}

func exitCode(err error) int {
	var misused usageError
	var refused refusal
	switch {
	case err == nil:
		return Done
	case errors.As(err, &misused):
		return Usage
	case errors.As(err, &refused):
		return Refused
	}
	return Failed
}
