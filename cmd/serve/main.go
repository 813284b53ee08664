// Command serve answers POST /predict over HTTP from the published model. It links no warehouse and needs no C library.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
)

const help = `Answers over HTTP how likely new users are to revisit: POST /predict, GET /model, /healthz, /readyz.

Every flag can also come from the environment (CALBACK_ADDR=:8080) or from a YAML file (--config). SIGHUP loads the model that is current by
then; SIGINT and SIGTERM end requests in flight first.`

// config are the flags.
type config struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file." placeholder:"FILE"`

	Addr    string `help:"Listen on this address. Use :8080 to be reached from other machines." default:"127.0.0.1:8080"`
	Models  string `help:"Directory of the published models." default:"models"`
	Name    string `help:"Name of the model." default:"revisit"`
	Version string `help:"Serve this version instead of the current one." placeholder:"VERSION"`

	MaxBody      int64         `help:"Largest request body in bytes, also once inflated." default:"4194304"`
	MaxInstances int           `help:"Most users in one request." default:"10000"`
	Drain        time.Duration `help:"Time for requests in flight when the server stops." default:"10s"`
	Log          string        `help:"Log format: ${enum}." enum:"text,json" default:"text"`
}

func main() {
	var cfg config
	cli.Main("serve", help, &cfg, func(ctx context.Context, _ string, out *cli.Output) error {
		return serve(ctx, cfg, out)
	})
}

// serve loads the model and serves it until ctx ends.
func serve(ctx context.Context, cfg config, out *cli.Output) error {
	var handler slog.Handler = slog.NewTextHandler(out.Err, nil)
	if cfg.Log == "json" {
		handler = slog.NewJSONHandler(out.Err, nil)
	}
	logger := slog.New(handler)
	opt := server.Options{
		Addr: cfg.Addr, Models: cfg.Models, Name: cfg.Name, Version: cfg.Version,
		MaxBody: cfg.MaxBody, MaxInstances: cfg.MaxInstances, Drain: cfg.Drain,
	}
	if err := opt.Validate(); err != nil {
		return cli.Misused(err)
	}
	s, err := server.New(opt, logger)
	if err != nil {
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	go reload(ctx, s, hangup, logger)
	return s.Run(ctx)
}

// reload swaps the model at every signal until ctx ends.
func reload(ctx context.Context, s *server.Server, hangup <-chan os.Signal, logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := s.Reload(ctx); err != nil {
				logger.Error("reload failed", "error", err.Error())
			}
		}
	}
}
