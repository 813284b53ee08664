// Command serve answers over HTTP from the published model. It links no warehouse and needs no C library.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/cert"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
)

const help = `Answers over HTTP how likely new users are to revisit, and why: POST /predict, POST /explain, a page at /, the API at /docs.

Every flag can also come from the environment (CALBACK_ADDR=:8080) or from a YAML file (--config). SIGHUP, POST /admin/reload and a moved
CURRENT load the model that is current by then; SIGINT and SIGTERM end requests in flight first.`

// config are the flags.
type config struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file." placeholder:"FILE"`

	Addr     string        `help:"Listen on this address. Use :8080 to be reached from other machines." default:"127.0.0.1:8080"`
	Admin    string        `help:"Listen here for metrics and reloads; empty for not at all." default:"127.0.0.1:8081"`
	Models   string        `help:"Directory of the published models." default:"models"`
	Name     string        `help:"Name of the model." default:"revisit"`
	Version  string        `help:"Serve this version instead of the current one." placeholder:"VERSION"`
	Poll     time.Duration `help:"How often to look for a newly published version; 0 for never." default:"5s"`
	Shadow   string        `help:"Score this version beside the served one and compare them in the metrics." placeholder:"VERSION"`
	Snapshot string        `help:"Users' features by key, from export features --to=jsonl, so that requests may name users." placeholder:"FILE"`
	Possible []string      `help:"Events that POST /explain may suggest as what would lift a user, or all." placeholder:"EVENT"`

	Keys    string   `help:"Admit only requests with a key of this file." placeholder:"FILE"`
	NewKey  string   `help:"Print a new key of this name and its lines for the file of --keys, and end." placeholder:"NAME"`
	Scopes  []string `help:"What the new key may do: predict, explain, admin." default:"predict,explain"`
	TLSCert string   `name:"tls-cert" help:"Serve TLS with this certificate." placeholder:"FILE" and:"tls"`
	TLSKey  string   `name:"tls-key" help:"The certificate's key." placeholder:"FILE" and:"tls"`

	MaxBody      int64         `help:"Largest request body in bytes, also once inflated." default:"4194304"`
	MaxInstances int           `help:"Most users in one request." default:"10000"`
	Slots        int           `help:"Requests worked on at a time; 0 for 4 a processor." default:"0"`
	Queue        int           `help:"Requests that may wait for a slot; 0 for 16 a slot." default:"0"`
	Linger       time.Duration `help:"Time to go on taking requests, not ready any more, once told to stop." default:"0s"`
	Drain        time.Duration `help:"Time for requests in flight when the server stops." default:"10s"`
	Log          string        `help:"Log format: ${enum}." enum:"text,json" default:"text"`
	AccessLog    string        `help:"Requests to log: ${enum}." enum:"all,problems" default:"problems"`
	OTLP         string        `name:"otlp" help:"Send traces to this OpenTelemetry collector over HTTP, for example http://localhost:4318." placeholder:"URL"`

	// Secret hashes the ids of users before they are looked up in the snapshot, as etl hashed them.
	Secret string `env:"CALBACK_KEY" hidden:"" help:"The secret of the users' keys; only through the environment."`
	// What Vertex AI sets in a custom container.
	Port         string `name:"aip-http-port" env:"AIP_HTTP_PORT" hidden:""`
	HealthRoute  string `name:"aip-health-route" env:"AIP_HEALTH_ROUTE" hidden:""`
	PredictRoute string `name:"aip-predict-route" env:"AIP_PREDICT_ROUTE" hidden:""`
	StorageURI   string `name:"aip-storage-uri" env:"AIP_STORAGE_URI" hidden:""`
}

func main() {
	var cfg config
	cli.Main("serve", help, &cfg, func(ctx context.Context, _ string, out *cli.Output) error {
		return serve(ctx, cfg, out)
	})
}

// gcPercent is how far the heap may grow over what is in use before garbage is collected.
const gcPercent = 400

// serve loads the model and serves it until ctx ends.
func serve(ctx context.Context, cfg config, out *cli.Output) error {
	if cfg.NewKey != "" {
		return newKey(cfg, out)
	}
	if os.Getenv("GOGC") == "" {
		// What the server keeps is small, so that it would collect garbage dozens of times a second under load. A few times a second cost
		// some ten megabytes and spare requests the pauses.
		debug.SetGCPercent(gcPercent)
	}
	logger := cfg.logger(out)
	opt, err := cfg.options()
	if err != nil {
		return err
	}
	if err := opt.Validate(); err != nil {
		return cli.Misused(err)
	}
	s, err := server.New(opt, logger)
	if errors.Is(err, server.ErrUnknownAction) {
		return cli.Misused(err)
	}
	if err != nil {
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	go reload(ctx, s, hangup, logger)
	return s.Run(ctx)
}

func (c config) logger(out *cli.Output) *slog.Logger {
	if c.Log == "json" {
		return slog.New(slog.NewJSONHandler(out.Err, nil))
	}
	return slog.New(slog.NewTextHandler(out.Err, nil))
}

// options are the server's, with the files that they name opened.
func (c config) options() (server.Options, error) {
	opt := server.Options{
		Addr: c.Addr, Admin: c.Admin, Models: c.Models, Name: c.Name, Version: c.Version, Poll: c.Poll, Shadow: c.Shadow,
		Snapshot: c.Snapshot, Secret: []byte(c.Secret), Possible: c.Possible, MaxBody: c.MaxBody, MaxInstances: c.MaxInstances,
		Slots: c.Slots, Queue: c.Queue, Linger: c.Linger, Drain: c.Drain, AccessLog: c.AccessLog == "all", OTLP: c.OTLP, Now: time.Now, Build: build(),
		Vertex: server.Vertex{Health: c.HealthRoute, Predict: c.PredictRoute},
	}
	if c.Port != "" {
		opt.Addr = ":" + c.Port
	}
	switch uri := c.StorageURI; {
	case strings.Contains(uri, "://"):
		return opt, cli.Misused(errors.New("AIP_STORAGE_URI names a bucket, which serve does not read: put the models into the image or " +
			"mount them, name their directory in CALBACK_MODELS, and create the Vertex model without an artifact URI"))
	case uri != "":
		opt.Models = uri
	}
	var err error
	if c.Keys != "" {
		if opt.Keys, err = keys.Open(c.Keys, time.Now); err != nil {
			return opt, err
		}
	}
	if c.TLSCert != "" {
		opt.TLS, err = cert.Open(c.TLSCert, c.TLSKey, time.Now)
	}
	return opt, err
}

// build is the version of this program, as Go stamped it.
func build() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// newKey prints a key, which is shown this once, and its lines for the file.
func newKey(c config, out *cli.Output) error {
	scopes := make([]keys.Scope, len(c.Scopes))
	for i, s := range c.Scopes {
		scopes[i] = keys.Scope(s)
	}
	secret, item, err := keys.Mint(rand.Reader, c.NewKey, scopes)
	if err != nil {
		return cli.Misused(err)
	}
	_, err = fmt.Fprintf(out.Out, "The key, shown this once; callers send it as Authorization: Bearer KEY\n\n  %s\n\n"+
		"Its lines for the file of --keys, under \"keys:\"\n\n%s", secret, item)
	return err
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
