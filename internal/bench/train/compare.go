package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// trainer is one system to run.
type trainer struct {
	name    string
	command []string
	results []Result
}

// compare runs all trainers in turn and prints a table of medians.
func compare(ctx context.Context, c *config, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	own := []string{
		self, "--once", "--table", c.Table, "--heldout", c.Heldout, "--categories", strconv.Itoa(c.Categories),
		"--trees", strconv.Itoa(c.Trees), "--leaves", strconv.Itoa(c.Leaves),
	}
	trainers := []*trainer{{name: "calback", command: own}}
	for _, name := range slices.Sorted(maps.Keys(c.Peer)) {
		line := strings.NewReplacer("{table}", c.Table, "{heldout}", c.Heldout).Replace(c.Peer[name])
		trainers = append(trainers, &trainer{name: name, command: strings.Fields(line)})
	}
	for range c.Pairs {
		for _, t := range trainers {
			if err := t.run(ctx); err != nil {
				return err
			}
		}
	}
	return print(out, trainers)
}

// run trains once and keeps the result.
func (t *trainer) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, t.command[0], t.command[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run %s: %w\n%s", t.name, err, stderr.String())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var r Result
	if err := json.Unmarshal(lines[len(lines)-1], &r); err != nil {
		return fmt.Errorf("%s: the last line it printed is no result: %w", t.name, err)
	}
	t.results = append(t.results, r)
	return nil
}

// print writes one line a trainer; the ratio is ours to theirs.
func print(out io.Writer, trainers []*trainer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "system\tbin s\ttrain s\tboth s\tours/theirs\tpeak MB\tAUC\tlog loss")
	for _, t := range trainers {
		of := func(get func(Result) float64) float64 {
			values := make([]float64, len(t.results))
			for k, r := range t.results {
				values[k] = get(r)
			}
			return median(values)
		}
		ratios := make([]float64, len(t.results))
		for k, r := range t.results {
			ratios[k] = trainers[0].results[k].wall() / r.wall()
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.2f\t%.0f\t%.5f\t%.5f\n", t.name, of(func(r Result) float64 { return r.Bin }),
			of(func(r Result) float64 { return r.Init + r.Train }), of(Result.wall), median(ratios),
			of(func(r Result) float64 { return r.Peak }), of(func(r Result) float64 { return r.AUC }),
			of(func(r Result) float64 { return r.LogLoss }))
	}
	return w.Flush()
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
