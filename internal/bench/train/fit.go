package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Result is what one training reports, on one line as JSON; peers report the same.
type Result struct {
	System  string  `json:"sys"`
	Rows    int     `json:"rows"`
	Bin     float64 `json:"bin_s"`
	Init    float64 `json:"init_s"`
	Train   float64 `json:"train_s"`
	Peak    float64 `json:"peak_mb"`
	AUC     float64 `json:"auc"`
	LogLoss float64 `json:"logloss"`
}

// wall is what the ratio is made of: everything between numbers in memory and a model.
func (r Result) wall() float64 { return r.Bin + r.Init + r.Train }

// fit trains once on one table, scores the held-out one and writes the result.
func fit(ctx context.Context, c *config, out io.Writer) error {
	data, err := readTable(c.Table, c.Categories)
	if err != nil {
		return fmt.Errorf("read the table: %w", err)
	}
	params := gbdt.Params{
		Rounds: c.Trees, Rate: 0.1, MaxLeaves: c.Leaves, MinLeaf: 20, ColumnShare: 1, Patience: 1, Seed: 1,
	}
	r := Result{System: "calback", Rows: data.X.Rows(), Bin: timeBinning(data.X)}
	start := time.Now()
	p, err := gbdt.New(params).Fit(ctx, data)
	if err != nil {
		return err
	}
	r.Train, r.Peak = time.Since(start).Seconds()-r.Bin, peak()
	if c.Heldout != "" {
		if err := r.judge(p, c); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(r)
}

// judge scores the held-out rows.
func (r *Result) judge(p model.Predictor, c *config) error {
	held, err := readTable(c.Heldout, c.Categories)
	if err != nil {
		return fmt.Errorf("read the held-out table: %w", err)
	}
	scores := model.Scores(p, held.X)
	for i, s := range scores {
		scores[i] = model.Sigmoid(s)
	}
	r.AUC, r.LogLoss = metrics.AUC(scores, held.Y), metrics.LogLoss(scores, held.Y)
	return nil
}

// peak is the most memory held so far, in MiB.
func peak() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Maxrss) / 1024
}

// timeBinning bins the table once, in seconds, and leaves nothing behind.
func timeBinning(x *model.Matrix) float64 {
	start := time.Now()
	hist.Bin(x)
	seconds := time.Since(start).Seconds()
	runtime.GC()
	debug.FreeOSMemory()
	return seconds
}
