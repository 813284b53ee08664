// Package server answers over HTTP how likely new users are to revisit, from one published artifact: New loads it, Run serves
// it, Reload swaps it for the current one while requests go on.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Options say what is served and within which limits. The zero value of each field stands for its default.
type Options struct {
	// Addr is the address to listen on. Defaults to 127.0.0.1:8080, which only this machine can reach.
	Addr string
	// Models is the directory of the artifact store. Defaults to models.
	Models string
	// Name is the model's name in the store. Defaults to revisit.
	Name string
	// Version pins one version. Defaults to "", the version that is current at each load.
	Version string
	// MaxBody is the size of a request body in bytes, as sent and once inflated. Defaults to 4 MiB.
	MaxBody int64
	// MaxInstances is the number of users in one request. Defaults to 10,000.
	MaxInstances int
	// HeaderTimeout is the time a client has to send its request's header. Defaults to 2 s.
	HeaderTimeout time.Duration
	// ReadTimeout is the time a client has to send a whole request. Defaults to 10 s.
	ReadTimeout time.Duration
	// ScoreTimeout is the time one request may be worked on. Defaults to 5 s.
	ScoreTimeout time.Duration
	// WriteTimeout is the time from the end of the header to the end of the reply. Defaults to 15 s.
	WriteTimeout time.Duration
	// IdleTimeout is the time an unused connection stays open. Defaults to 60 s.
	IdleTimeout time.Duration
	// Drain is the time that requests in flight have to end after the server was told to stop. Defaults to 10 s.
	Drain time.Duration
}

func (o Options) withDefaults() Options {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:8080")
	o.Models = cmp.Or(o.Models, "models")
	o.Name = cmp.Or(o.Name, "revisit")
	o.MaxBody = cmp.Or(o.MaxBody, 4<<20)
	o.MaxInstances = cmp.Or(o.MaxInstances, 10_000)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 2*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 10*time.Second)
	o.ScoreTimeout = cmp.Or(o.ScoreTimeout, 5*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 15*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, time.Minute)
	o.Drain = cmp.Or(o.Drain, 10*time.Second)
	return o
}

// Validate reports the first limit or timeout that cannot be kept.
func (o Options) Validate() error {
	if o.MaxBody < 0 || o.MaxInstances < 0 {
		return fmt.Errorf("limits must be above 0: body %d bytes, %d instances", o.MaxBody, o.MaxInstances)
	}
	for name, d := range map[string]time.Duration{
		"header": o.HeaderTimeout, "read": o.ReadTimeout, "score": o.ScoreTimeout, "write": o.WriteTimeout, "idle": o.IdleTimeout,
		"drain": o.Drain,
	} {
		if d < 0 {
			return fmt.Errorf("the %s timeout must be above 0, is %s", name, d)
		}
	}
	return nil
}

// Server serves one model. It is safe for concurrent use.
type Server struct {
	opt      Options
	log      *slog.Logger
	engine   *gin.Engine
	current  atomic.Pointer[loaded]
	draining atomic.Bool
	// reloading lets one Reload run at a time, so that the newest read is also the last stored.
	reloading sync.Mutex
}

// ErrNothingPublished is wrapped by New and Reload when the store has no current version.
var ErrNothingPublished = errors.New("no model published")

// New loads the model and makes a server that is ready to handle requests. It fails when the model is not there or not whole.
func New(opt Options, logger *slog.Logger) (*Server, error) {
	s := &Server{opt: opt.withDefaults(), log: logger}
	if err := s.opt.Validate(); err != nil {
		return nil, err
	}
	m, err := s.load()
	if err != nil {
		return nil, err
	}
	s.current.Store(m)
	s.log.Info("model loaded", "name", m.name, "version", m.version, "simulated", m.simulated)
	s.engine = s.routes()
	return s, nil
}

// Reload loads the current version, or the pinned one again, and swaps it in. Requests under way end on the model they began
// with. When anything fails, the old model stays.
func (s *Server) Reload(ctx context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	old := s.current.Load()
	m, err := s.load()
	if err != nil {
		return fmt.Errorf("reload (version %s stays): %w", old.version, err)
	}
	s.current.Store(m)
	s.log.Info("model reloaded", "name", m.name, "version", m.version, "before", old.version, "simulated", m.simulated)
	return nil
}

// load reads the artifact from the store: checksums and golden rows are verified there, before anyone sees the model.
func (s *Server) load() (*loaded, error) {
	store := model.Store{Dir: s.opt.Models}
	version := s.opt.Version
	if version == "" {
		current, err := store.Current(s.opt.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w under %s; run: go run ./cmd/train -sample",
				ErrNothingPublished, filepath.Join(s.opt.Models, s.opt.Name))
		}
		if err != nil {
			return nil, fmt.Errorf("find the current model: %w", err)
		}
		version = current
	}
	art, err := store.Open(s.opt.Name, version, decoders())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("version %s of model %s is not whole or not there; see %s: %w",
			version, s.opt.Name, filepath.Join(s.opt.Models, s.opt.Name), err)
	}
	if err != nil {
		return nil, err
	}
	return newLoaded(art)
}

// Version is the version of the model that new requests are answered with.
func (s *Server) Version() string { return s.current.Load().version }
