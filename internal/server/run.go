package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
)

// Run listens on Options.Addr and serves until ctx ends, see Serve.
func (s *Server) Run(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.opt.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.opt.Addr, err)
	}
	return s.Serve(ctx, ln)
}

// Serve serves on ln until ctx ends. Then it is no longer ready, takes no new connections, and gives requests in flight
// Options.Drain to end; it returns nil when all of them did. A Server serves once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler: s.engine, ReadHeaderTimeout: s.opt.HeaderTimeout, ReadTimeout: s.opt.ReadTimeout, WriteTimeout: s.opt.WriteTimeout,
		IdleTimeout: s.opt.IdleTimeout, MaxHeaderBytes: 16 << 10, ErrorLog: log.New(scrubber{s.log}, "", 0),
	}
	s.log.Info("serving", "address", ln.Addr().String(), "version", s.Version())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("draining", "for", s.opt.Drain)
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
	s.log.Info("stopped", "clean", err == nil)
	return err
}

// scrubber passes net/http's own messages to the log without the clients' addresses, which are personal data.
type scrubber struct{ log *slog.Logger }

var address = regexp.MustCompile(`\[?[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]+(%\w+)?\]?(:\d+)?`)

// Write logs one message.
func (s scrubber) Write(message []byte) (int, error) {
	s.log.Warn("http server", "message", string(address.ReplaceAll(bytes.TrimSpace(message), []byte("(address)"))))
	return len(message), nil
}
