package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Reload loads the current version, or the pinned one again, and swaps it in, with the keys, the certificate, the shadow and the
// snapshot. All that can fail is done before anything is swapped: when something fails, everything stays as it was. Requests under way
// end on the model they began with.
func (s *Server) Reload(ctx context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	old := s.current.Load()
	err := s.reload(old)
	s.sight.Reload(err == nil)
	if err != nil {
		return fmt.Errorf("reload (version %s stays): %w", old.version, err)
	}
	return nil
}

func (s *Server) reload(old *loaded) error {
	m, beside, err := s.loadAll()
	if err != nil {
		return err
	}
	var applies []func()
	if s.opt.TLS != nil {
		apply, err := s.opt.TLS.Prepare()
		if err != nil {
			return err
		}
		applies = append(applies, apply)
	}
	if s.opt.Keys != nil {
		apply, err := s.opt.Keys.Prepare()
		if err != nil {
			return err
		}
		applies = append(applies, apply)
	}
	for _, apply := range applies {
		apply()
	}
	s.swap(m, beside)
	s.log.Info("model reloaded", "name", m.name, "version", m.version, "before", old.version, "simulated", m.simulated)
	return nil
}

// swap makes a model the one that new requests are answered with.
func (s *Server) swap(m *loaded, beside *loaded) {
	var next *shadow
	if beside != nil {
		next = &shadow{m: beside}
	}
	if old := s.current.Load(); old != nil && m.same(old) {
		// What the day has shown of this very model is not forgotten by reading it again.
		m.watch = old.watch
	}
	s.current.Store(m)
	s.shadow.Store(next)
	man := &m.art.Manifest
	created, err := time.Parse(time.RFC3339, man.Created)
	if err != nil {
		created = time.Time{}
	}
	s.sight.Model(m.name, m.version, man.Family, m.simulated, created)
	s.learn()
}

// loadAll loads the model to serve, and the one beside it where there is one.
func (s *Server) loadAll() (m, beside *loaded, err error) {
	version := s.opt.Version
	if version == "" {
		if version, err = s.published(); err != nil {
			return nil, nil, err
		}
	}
	if m, err = s.load(version); err != nil {
		return nil, nil, err
	}
	if m.possible, err = s.possible(m); err != nil {
		return nil, nil, err
	}
	if s.opt.Snapshot != "" {
		if m.snapshot, err = openSnapshot(s.opt.Snapshot, m, s.opt.Secret); err != nil {
			return nil, nil, err
		}
	}
	if s.opt.Shadow != "" {
		if beside, err = s.load(s.opt.Shadow); err != nil {
			return nil, nil, fmt.Errorf("the shadow: %w", err)
		}
		if s.opt.Snapshot != "" {
			if beside.snapshot, err = openSnapshot(s.opt.Snapshot, beside, s.opt.Secret); err != nil {
				return nil, nil, fmt.Errorf("the shadow: %w", err)
			}
		}
	}
	return m, beside, nil
}

// published is the version that is current in the store.
func (s *Server) published() (string, error) {
	version, err := model.Store{Dir: s.opt.Models}.Current(s.opt.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w under %s; run: go run ./cmd/train -sample", ErrNothingPublished, filepath.Join(s.opt.Models, s.opt.Name))
	}
	if err != nil {
		return "", fmt.Errorf("find the current model: %w", err)
	}
	return version, nil
}

// load reads one version from the store: checksums and golden rows are verified there, before anyone sees the model.
func (s *Server) load(version string) (*loaded, error) {
	store := model.Store{Dir: s.opt.Models}
	art, err := store.Open(s.opt.Name, version, decoders())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("version %s of model %s is not whole or not there; see %s: %w",
			version, s.opt.Name, filepath.Join(s.opt.Models, s.opt.Name), err)
	}
	if err != nil {
		return nil, err
	}
	m, err := newLoaded(art, s.opt.Now)
	if err != nil {
		return nil, err
	}
	// A model published without a report is served all the same.
	m.page, err = os.ReadFile(filepath.Join(s.opt.Models, s.opt.Name, version, "report.html"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the report of version %s: %w", version, err)
	}
	return m, nil
}

// watch looks at the store every Options.Poll: it reloads whenever CURRENT names another version than the one that is served, until ctx
// ends. A version that could not be loaded is tried again only when CURRENT changes, or a reload is asked for.
func (s *Server) watch(ctx context.Context) {
	if s.opt.Poll <= 0 {
		return
	}
	tick := time.NewTicker(s.opt.Poll)
	defer tick.Stop()
	failed := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.learn()
		failed = s.follow(ctx, failed)
	}
}

// follow reloads when CURRENT names a version that is neither served nor the one that failed last. It gives the one that failed.
func (s *Server) follow(ctx context.Context, failed string) string {
	if s.opt.Version != "" {
		return ""
	}
	version, err := s.published()
	switch {
	case err != nil || version == failed:
		return failed
	case version == s.Version():
		// CURRENT has moved back: the version that failed may be published whole by the time it moves on again.
		return ""
	}
	if err := s.Reload(ctx); err != nil {
		s.log.Error("reload failed", "error", err.Error())
		return version
	}
	return ""
}

// adminTable are the routes of the second listener.
func (s *Server) adminTable() []route {
	return []route{
		{http.MethodGet, "/healthz", open, s.live},
		{http.MethodGet, "/readyz", open, s.ready},
		{http.MethodGet, "/metrics", open, s.metrics},
		{http.MethodPost, "/admin/reload", governing, s.reloadNow},
	}
}

// metrics answers GET /metrics in Prometheus's format.
func (s *Server) metrics(c *gin.Context, _ *request) {
	s.sight.Handler().ServeHTTP(c.Writer, c.Request)
}

// reloadReply is POST /admin/reload: the version that is served now and the one before.
type reloadReply struct {
	Version string `json:"version"`
	Before  string `json:"before"`
}

// reloadNow answers POST /admin/reload.
func (s *Server) reloadNow(c *gin.Context, q *request) {
	before := q.m.version
	if err := s.Reload(c.Request.Context()); err != nil {
		s.log.Error("reload failed", "error", err.Error())
		s.refuse(c, q, problem(ReloadFailed, "version %s stays: %s", before, err))
		return
	}
	version := s.Version()
	c.Header("X-Model-Version", version)
	s.send(c, q, http.StatusOK, jsonType, reloadReply{Version: version, Before: before})
}
