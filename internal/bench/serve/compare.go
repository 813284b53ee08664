package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// scenario is one way of asking.
type scenario struct {
	name, path string
	bodies     []string
	users      int
	// connections all send as fast as they can or, where there is a rate, as many requests a second together.
	connections int
	rate        float64
}

// scenarios are all cases. Users differ from request to request, as trees are faster on what they have just seen.
func scenarios() []scenario {
	var ones, hundreds []string
	for i := range 64 {
		ones = append(ones, `{"features":{`+user(i)+`}}`)
	}
	for i := range 4 {
		hundreds = append(hundreds, instances(100*i, 100))
	}
	thousand, tenThousand := []string{inputs(1000)}, []string{inputs(10_000)}
	var list []scenario
	for _, of := range []struct {
		what, path string
		bodies     []string
		users      int
		rates      []float64
	}{
		{"one user", "/predict", ones, 1, []float64{1000, 3000}},
		{"100 users", "/predict", hundreds, 100, []float64{1000}},
		{"1,000 users as columns", "/predict", thousand, 1000, nil},
		{"10,000 users as columns", "/predict", tenThousand, 10_000, nil},
		{"explain", "/explain", ones, 1, []float64{1000}},
	} {
		list = append(list, scenario{of.what + ", 1 connection", of.path, of.bodies, of.users, 1, 0},
			scenario{of.what + ", 16 connections", of.path, of.bodies, of.users, 16, 0})
		for _, rate := range of.rates {
			list = append(list, scenario{fmt.Sprintf("%s, %.0f/s", of.what, rate), of.path, of.bodies, of.users, 32, rate})
		}
	}
	return list
}

// run is one round of one case on one server.
type run struct {
	result
	// cpu is the server's processor time a request, 0 where it is not known; client is ours.
	cpu, client time.Duration
}

// bench is what the cases are run on.
type bench struct {
	*config
	out    *cli.Output
	dir    string
	binary string
	size   int64
	// servers are ours, the echo and the peers, in this order.
	servers []*child
}

// compare runs everything and prints it.
func compare(ctx context.Context, c *config, out *cli.Output) error {
	dir, err := os.MkdirTemp("", "calback-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{config: c, out: out, dir: dir}
	fmt.Fprintln(out.Err, "train and publish the models, build the server ...")
	for _, trees := range slices.Compact([]int{c.Trees, c.ColdTrees}) {
		if err := publish(ctx, b.models(trees), trees); err != nil {
			return err
		}
	}
	if b.binary, b.size, err = build(ctx, dir); err != nil {
		return err
	}
	if err := b.cold(ctx); err != nil {
		return err
	}
	defer b.stop()
	if err := b.start(ctx); err != nil {
		return err
	}
	return b.cases(ctx)
}

// models is the directory of the model of so many trees.
func (b *bench) models(trees int) string {
	return filepath.Join(b.dir, fmt.Sprintf("models-%d", trees))
}

// served is the command of our server as it is deployed. Explanations may suggest five actions, as many as a product can bring about.
func (b *bench) served(ctx context.Context, trees int) func(address string) *exec.Cmd {
	return func(address string) *exec.Cmd {
		return exec.CommandContext(ctx, b.binary, "--models", b.models(trees), "--addr", address, "--admin=",
			"--possible=event_01,event_02,event_03,event_04,event_05")
	}
}

// start starts all servers.
func (b *bench) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	add := func(c *child, err error) error {
		if err == nil {
			b.servers = append(b.servers, c)
		}
		return err
	}
	if err := add(start(ctx, "calback", b.served(ctx, b.Trees))); err != nil {
		return err
	}
	bare := func(address string) *exec.Cmd { return exec.CommandContext(ctx, self, "--echo", address) }
	if err := add(start(ctx, "echo", bare)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.Peer)) {
		if err := add(peer(ctx, name, b.Peer[name])); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) stop() {
	for _, c := range b.servers {
		c.stop()
	}
}

// cold times the way from the start of the process to its first ready answer, and weighs it.
func (b *bench) cold(ctx context.Context) error {
	if b.Starts == 0 {
		return nil
	}
	var times []float64
	var resident int
	for range b.Starts {
		begun := time.Now()
		ours, err := start(ctx, "calback", b.served(ctx, b.ColdTrees))
		if err != nil {
			return err
		}
		times = append(times, milliseconds(time.Since(begun)))
		if len(times) == b.Starts {
			time.Sleep(5 * time.Second)
			resident, err = ours.resident()
		}
		ours.stop()
		if err != nil {
			return err
		}
	}
	if b.JSON {
		return json.NewEncoder(b.out.Out).Encode(map[string]any{
			"trees": b.ColdTrees, "binary_bytes": b.size, "ready_ms": times, "resident_bytes": resident,
		})
	}
	_, err := fmt.Fprintf(b.out.Out, "%d trees: %.1f MB binary, ready after %.0f ms (median of %d starts, at most %.0f), %.0f MB resident "+
		"at rest\n\n", b.ColdTrees, float64(b.size)/1e6, median(times), b.Starts, slices.Max(times), float64(resident)/1e6)
	return err
}

// cases runs the cases on all servers, in turn, and prints the medians of the rounds: of all cases that were done, when it is told to stop.
func (b *bench) cases(ctx context.Context) (err error) {
	t := tabwriter.NewWriter(b.out.Out, 0, 0, 2, ' ', 0)
	defer func() { err = errors.Join(err, t.Flush()) }()
	if !b.JSON {
		fmt.Fprintln(t, "case\tserver\trequests/s\tusers/s\tp50 ms\tp99 ms\tCPU us\tclient us\tfailed\trequests/s of echo's\tp99 of echo's")
	}
	for _, s := range scenarios() {
		if !strings.Contains(s.name, b.Cases) {
			continue
		}
		fmt.Fprintln(b.out.Err, s.name, "...")
		runs, err := b.rounds(ctx, s)
		if err != nil {
			return err
		}
		for i, c := range b.servers {
			if !b.JSON {
				printRow(t, s, c.name, runs[i], runs[1])
			}
		}
	}
	return nil
}

// rounds sends a case's load to each server in turn.
func (b *bench) rounds(ctx context.Context, s scenario) ([][]run, error) {
	l := load{connections: s.connections, rate: s.rate, duration: b.Duration}
	for _, body := range s.bodies {
		l.requests = append(l.requests, request(s.path, body))
	}
	runs := make([][]run, len(b.servers))
	for round := range b.Rounds {
		for i, c := range b.servers {
			l.address = c.address
			one, err := once(ctx, l, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			runs[i] = append(runs[i], one)
			if b.JSON {
				if err := printRun(b.out.Out, s, c.name, round, one); err != nil {
					return nil, err
				}
			}
		}
	}
	return runs, nil
}

// once sends a load and takes the server's processor time over it.
func once(ctx context.Context, l load, c *child) (out run, err error) {
	before, err := c.cpu()
	if err != nil {
		return out, err
	}
	own := ownCPU()
	if out.result, err = l.send(ctx); err != nil {
		return out, err
	}
	after, err := c.cpu()
	n := time.Duration(max(1, out.requests))
	out.cpu, out.client = (after-before)/n, (ownCPU()-own)/n
	return out, err
}

// ownCPU is the processor time of this process so far.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// printRun writes one run as JSON.
func printRun(w io.Writer, s scenario, server string, round int, r run) error {
	return json.NewEncoder(w).Encode(map[string]any{
		"case": s.name, "server": server, "round": round, "requests_per_s": r.perSecond(), "users_per_s": r.perSecond() * float64(s.users),
		"p50_ms": milliseconds(r.quantile(0.5)), "p99_ms": milliseconds(r.quantile(0.99)), "cpu_us": microseconds(r.cpu),
		"client_us": microseconds(r.client), "requests": r.requests, "failed": r.failed,
	})
}

func printRow(w io.Writer, s scenario, name string, runs, echo []run) {
	of := func(value func(i int, r run) float64) float64 {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = value(i, r)
		}
		return median(values)
	}
	failed := 0
	for _, r := range runs {
		failed += r.failed
	}
	rate := of(func(_ int, r run) float64 { return r.perSecond() })
	fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.3f\t%.3f\t%.0f\t%.0f\t%d\t%.2f\t%.2f\n", s.name, name, rate, rate*float64(s.users),
		of(func(_ int, r run) float64 { return milliseconds(r.quantile(0.5)) }),
		of(func(_ int, r run) float64 { return milliseconds(r.quantile(0.99)) }),
		of(func(_ int, r run) float64 { return microseconds(r.cpu) }),
		of(func(_ int, r run) float64 { return microseconds(r.client) }), failed,
		of(func(i int, r run) float64 { return r.perSecond() / max(1e-9, echo[i].perSecond()) }),
		of(func(i int, r run) float64 { return float64(r.quantile(0.99)) / float64(max(1, echo[i].quantile(0.99))) }))
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
