// Command train measures how long gradient boosting takes on a generated table, beside other trainers where these are installed.
//
// A run is a process of its own, so that its peak memory is its own. Peers are commands that print one line of JSON with sys, bin_s,
// init_s, train_s, peak_mb, auc and logloss; {table} and {heldout} stand for the tables' paths. Runs alternate, and the ratio is the
// median over pairs of neighbouring runs: a machine that is slow for a while is slow for both.
package main

import (
	"context"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// config is how the benchmark is called.
type config struct {
	Table      string            `help:"The table: PATH.f32 and PATH.lab." required:""`
	Heldout    string            `help:"The held-out table, to judge the models by."`
	Categories int               `help:"How many of the first columns are categories."`
	Trees      int               `help:"Trees of a model." default:"100"`
	Leaves     int               `help:"Leaves of a tree." default:"31"`
	Pairs      int               `help:"How often everything is run." default:"3"`
	Peer       map[string]string `help:"NAME=COMMAND of another trainer."`
	Once       bool              `help:"Train once in this process and print the result as JSON."`
}

func main() {
	var c config
	cli.Main("train", "Measure training, beside peers.", &c, func(ctx context.Context, _ string, out *cli.Output) error {
		if c.Once {
			return fit(ctx, &c, out.Out)
		}
		return compare(ctx, &c, out.Out)
	})
}
