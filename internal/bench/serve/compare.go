package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// scenario is one way of asking.
type scenario struct {
	name, path, body string
	users            int
	connections      int
	rate             float64
	// peers are asked too.
	peers bool
}

func scenarios() []scenario {
	one := `{"features":{` + user(1) + `}}`
	return []scenario{
		{"one user, 1 connection", "/predict", one, 1, 1, 0, true},
		{"one user, 16 connections", "/predict", one, 1, 16, 0, true},
		{"one user, 1,000/s", "/predict", one, 1, 32, 1000, true},
		{"one user, 3,000/s", "/predict", one, 1, 32, 3000, true},
		{"explain, 16 connections", "/explain", one, 1, 16, 0, false},
		{"100 users, 4 connections", "/predict", instances(100), 100, 4, 0, false},
		{"1,000 users as columns, 2 connections", "/predict", inputs(1000), 1000, 2, 0, false},
		{"10,000 users as columns, 2 connections", "/predict", inputs(10_000), 10_000, 2, 0, false},
	}
}

// run is one round of one case on one server.
type run struct {
	result
	// cpu is the server's processor time a request, 0 where it is not known.
	cpu time.Duration
}

// compare runs everything and prints it.
func compare(ctx context.Context, c *config, out *cli.Output) error {
	dir, err := os.MkdirTemp("", "calback-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintln(out.Err, "train and publish the model, build the server ...")
	if err := publish(ctx, filepath.Join(dir, "models"), c.Trees); err != nil {
		return err
	}
	binary, size, err := build(ctx, dir)
	if err != nil {
		return err
	}
	served := func(address string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, binary, "--models", filepath.Join(dir, "models"), "--addr", address, "--admin=",
			"--possible=event_01,event_02,event_03,event_04,event_05")
		return cmd
	}
	if err := cold(ctx, c, out.Out, served, size); err != nil {
		return err
	}
	ours, err := start(ctx, "calback", "/readyz", served)
	if err != nil {
		return err
	}
	defer ours.stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare, err := start(ctx, "echo", "/readyz", func(address string) *exec.Cmd { return exec.CommandContext(ctx, self, "--echo", address) })
	if err != nil {
		return err
	}
	defer bare.stop()
	return c.table(ctx, out, []*child{ours, bare})
}

// cold times the way from the start of the process to its first answer, and weighs it.
func cold(ctx context.Context, c *config, w io.Writer, served func(string) *exec.Cmd, size int64) error {
	var times []time.Duration
	var resident int
	for range c.Starts {
		begun := time.Now()
		ours, err := start(ctx, "calback", "/readyz", served)
		if err != nil {
			return err
		}
		times = append(times, time.Since(begun))
		if len(times) == c.Starts {
			time.Sleep(5 * time.Second)
			resident, err = ours.resident()
		}
		ours.stop()
		if err != nil {
			return err
		}
	}
	slices.Sort(times)
	_, err := fmt.Fprintf(w, "%d trees: %d MB binary, ready after %d ms (median of %d starts), %d MB resident at rest\n\n", c.Trees, size/1_000_000,
		times[len(times)/2].Milliseconds(), c.Starts, resident/1_000_000)
	return err
}

// table runs the cases on all servers, in turn, and prints the medians of the rounds.
func (c *config) table(ctx context.Context, out *cli.Output, servers []*child) error {
	t := tabwriter.NewWriter(out.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\tserver\trequests/s\tusers/s\tp50 ms\tp99 ms\tCPU us\tfailed\trequests/s of echo's\tp99 of echo's")
	for _, s := range scenarios() {
		if !strings.Contains(s.name, c.Cases) {
			continue
		}
		fmt.Fprintln(out.Err, s.name, "...")
		names, runs, err := c.rounds(ctx, s, servers)
		if err != nil {
			return err
		}
		for i, name := range names {
			printRow(t, s, name, runs[i], runs[1])
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// rounds sends a case's load to each server in turn.
func (c *config) rounds(ctx context.Context, s scenario, servers []*child) (names []string, runs [][]run, err error) {
	addresses := []string{}
	for _, one := range servers {
		names, addresses = append(names, one.name), append(addresses, one.address)
	}
	if s.peers {
		for name, url := range c.Peer {
			names, addresses = append(names, name), append(addresses, strings.TrimPrefix(url, "http://"))
		}
	}
	runs = make([][]run, len(names))
	for range c.Rounds {
		for i, address := range addresses {
			var of *child
			if i < len(servers) {
				of = servers[i]
			}
			one, err := once(ctx, load{address, request(s.path, s.body), s.connections, s.rate, c.Duration}, of)
			if err != nil {
				return nil, nil, err
			}
			runs[i] = append(runs[i], one)
		}
	}
	return names, runs, nil
}

// once sends a load and takes the server's processor time over it.
func once(ctx context.Context, l load, of *child) (out run, err error) {
	var before, after time.Duration
	if of != nil {
		if before, err = of.cpu(); err != nil {
			return out, err
		}
	}
	if out.result, err = l.send(ctx); err != nil {
		return out, err
	}
	if of != nil {
		if after, err = of.cpu(); err != nil {
			return out, err
		}
		out.cpu = (after - before) / time.Duration(max(1, out.requests))
	}
	return out, nil
}

func printRow(w io.Writer, s scenario, name string, runs, echo []run) {
	perSecond, p99 := make([]float64, len(runs)), make([]float64, len(runs))
	failed := 0
	for i, r := range runs {
		perSecond[i] = r.perSecond() / echo[i].perSecond()
		p99[i] = float64(r.quantile(0.99)) / float64(max(1, echo[i].quantile(0.99)))
		failed += r.failed
	}
	of := func(value func(run) float64) float64 {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = value(r)
		}
		return median(values)
	}
	rate := of(func(r run) float64 { return r.perSecond() })
	ms := func(q float64) float64 {
		return of(func(r run) float64 { return float64(r.quantile(q).Microseconds()) / 1000 })
	}
	fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.2f\t%.2f\t%.0f\t%d\t%.2f\t%.2f\n", s.name, name, rate, rate*float64(s.users), ms(0.5), ms(0.99),
		of(func(r run) float64 { return float64(r.cpu.Microseconds()) }), failed, median(perSecond), median(p99))
}

func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}
