// Command serve measures the server under load beside a bare Gin echo of the same bodies: requests a second, latency, and processor time a
// request.
//
// It trains a model on generated rows, builds and starts cmd/serve and the echo as processes of their own, and sends to them in turn, so
// that a machine that is slow for a while is slow for both. The client shares the machine with them. In the closed loop each connection
// sends as soon as it has an answer; in the open loop requests are due at fixed times, and latency counts from then. Run it from the
// repository's root.
//
// A peer is another server that answers the same bodies: --peer NAME=URL for one that runs already, --peer NAME=COMMAND for one to start,
// where {port} stands for the port it must listen on. It must answer GET /readyz with 200 once it is ready.
package main

import (
	"context"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// config is how the benchmark is called.
type config struct {
	Rounds    int               `help:"How often each case is run on each server." default:"5"`
	Duration  time.Duration     `help:"How long one run takes." default:"2s"`
	Trees     int               `help:"Trees of the model under load, of 31 leaves each." default:"100"`
	ColdTrees int               `help:"Trees of the model of the cold starts." default:"300"`
	Starts    int               `help:"How many cold starts to time; 0 for none." default:"10"`
	Cases     string            `help:"Run only the cases whose name has this in it."`
	Peer      map[string]string `help:"NAME=URL or NAME=COMMAND of another server." mapsep:"none"`
	JSON      bool              `name:"json" help:"Print one line of JSON a run in place of the table of medians."`
	Echo      string            `help:"Be the echo, on this address." hidden:""`
}

func main() {
	var c config
	cli.Main("serve", "Measure the server under load, beside a bare echo.", &c, func(ctx context.Context, _ string, out *cli.Output) error {
		if c.Echo != "" {
			return echo(ctx, c.Echo)
		}
		return compare(ctx, &c, out)
	})
}
