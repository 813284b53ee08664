package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/sight"
)

// Run listens on Options.Addr, and on Options.Admin where there is one, and serves until ctx ends, see Serve.
func (s *Server) Run(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.opt.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another one with -addr, for example 127.0.0.1:9090 or :9090): %w", s.opt.Addr, err)
	}
	if s.opt.Admin == "" {
		return s.Serve(ctx, ln)
	}
	admin, err := lc.Listen(ctx, "tcp", s.opt.Admin)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s for metrics and reloads (choose another one with -admin, or none by -admin=): %w", s.opt.Admin, err), ln.Close())
	}
	return s.ServeBoth(ctx, ln, admin)
}

// Serve serves on ln until ctx ends. Then it is no longer ready, takes requests for Options.Linger more, takes no new connections, and
// gives requests in flight Options.Drain to end; it returns nil when all of them did. A Server serves once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error { return s.ServeBoth(ctx, ln, nil) }

// ServeBoth is Serve with a second listener for metrics and reloads, which answers until the first one has ended.
func (s *Server) ServeBoth(ctx context.Context, ln, admin net.Listener) error {
	tracing, err := s.startTracing(ctx)
	if err != nil {
		return err
	}
	// The admin listener must answer while the other drains, so that it outlives ctx.
	outlive, stop := context.WithCancel(context.WithoutCancel(ctx))
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch()
	watched := make(chan struct{})
	go func() { defer close(watched); s.watch(watching) }()
	governed := make(chan error, 1)
	go func() { governed <- s.govern(outlive, admin) }()
	err = s.serve(ctx, ln, tracing)
	stop()
	unwatch()
	<-watched
	err = errors.Join(err, <-governed)
	s.stopTracing(ctx, tracing)
	s.log.Info("stopped", "clean", err == nil)
	return err
}

// serve serves the public listener, and drains it when ctx ends.
func (s *Server) serve(ctx context.Context, ln net.Listener, tracing *sight.Tracing) error {
	srv := s.httpServer(tracing.Wrap(s.Handler()))
	s.log.Info("serving", "address", ln.Addr().String(), "version", s.Version(), "tls", s.opt.TLS != nil, "keys", s.opt.Keys != nil)
	s.warnOpen(ln, "whoever reaches this address may ask; -keys admits only known keys")
	if s.opt.TLS != nil {
		ln = tls.NewListener(ln, s.opt.TLS.Config())
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("draining", "linger", s.opt.Linger, "for", s.opt.Drain)
	if s.opt.Linger > 0 {
		time.Sleep(s.opt.Linger)
	}
	// ctx has ended, the requests in flight have not: they keep their own contexts.
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opt.Drain)
	defer cancel()
	err := srv.Shutdown(wait)
	if err != nil {
		err = errors.Join(fmt.Errorf("drain: requests were still in flight after %s and are cut off: %w", s.opt.Drain, err), srv.Close())
	}
	if ended := <-done; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// warnOpen warns of a listener that other machines reach and that asks for no key.
func (s *Server) warnOpen(ln net.Listener, warning string) {
	if host, ok := ln.Addr().(*net.TCPAddr); ok && !host.IP.IsLoopback() && s.opt.Keys == nil {
		s.log.Warn(warning, "address", ln.Addr().String())
	}
}

// startTracing begins to send traces, where they are asked for.
func (s *Server) startTracing(ctx context.Context) (*sight.Tracing, error) {
	if s.opt.OTLP == "" {
		return nil, nil
	}
	tracing, err := sight.StartTracing(context.WithoutCancel(ctx), s.opt.OTLP, s.opt.Build)
	if err != nil {
		return nil, err
	}
	tracing.OnFailure(func(error) {
		// The error may repeat what the collector said, which is not ours to log.
		s.log.Warn("traces could not be sent; requests go on")
	})
	return tracing, nil
}

// stopTracing sends the traces that are left, for a few seconds at most.
func (s *Server) stopTracing(ctx context.Context, tracing *sight.Tracing) {
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := tracing.Stop(wait); err != nil {
		s.log.Warn("the last traces could not be sent")
	}
}

// govern serves the admin listener until ctx ends; a nil listener is none.
func (s *Server) govern(ctx context.Context, ln net.Listener) error {
	if ln == nil {
		return nil
	}
	srv := s.httpServer(s.admin)
	s.log.Info("serving metrics and reloads", "address", ln.Addr().String())
	s.warnOpen(ln, "whoever reaches this address may read the metrics and have the model reloaded; -keys admits only known keys to reloads")
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		// The public listener goes on: predictions matter more than metrics.
		s.log.Error("the admin listener ended", "error", err.Error())
		<-ctx.Done()
		return fmt.Errorf("serve metrics and reloads: %w", err)
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := srv.Shutdown(wait); err != nil {
		// A scrape that hangs is cut off.
		_ = srv.Close()
	}
	if ended := <-done; !errors.Is(ended, http.ErrServerClosed) {
		return ended
	}
	return nil
}

// httpServer is net/http's server with the timeouts of the options.
func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: s.opt.HeaderTimeout, ReadTimeout: s.opt.ReadTimeout, WriteTimeout: s.opt.WriteTimeout,
		IdleTimeout: s.opt.IdleTimeout, MaxHeaderBytes: 16 << 10, ErrorLog: log.New(scrubber{s.log}, "", 0),
	}
}

// scrubber passes net/http's own messages to the log without the clients' addresses, which are personal data.
type scrubber struct{ log *slog.Logger }

var address = regexp.MustCompile(`\[?[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]+(%\w+)?\]?(:\d+)?`)

// Write logs one message.
func (s scrubber) Write(message []byte) (int, error) {
	s.log.Warn("http server", "message", string(address.ReplaceAll(bytes.TrimSpace(message), []byte("(address)"))))
	return len(message), nil
}
