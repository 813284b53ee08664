package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func TestNothingPublished(t *testing.T) {
	dir := t.TempDir()
	_, err := New(Options{Models: dir}, slog.New(slog.DiscardHandler))
	want := "no model published under " + filepath.Join(dir, "revisit") + "; run: go run ./cmd/train -sample"
	if !errors.Is(err, ErrNothingPublished) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	publish(t, dir, artifact("v1", 0))
	if _, err := New(Options{Models: dir, Version: "v9"}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "v9") {
		t.Errorf("pinned to a version that is not there: %v", err)
	}
	if _, err := New(Options{Models: dir, Drain: -1}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a negative drain was accepted")
	}
}

// TestDamagedReloadKeepsOld flips a bit in each of many places of the next version; none may be served.
func TestDamagedReloadKeepsOld(t *testing.T) {
	s := started(t, nil)
	payload := filepath.Join(s.opt.Models, "revisit", "v2", "model.payload")
	publish(t, s.opt.Models, artifact("v2", 1))
	whole, err := os.ReadFile(payload)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 1 + len(whole)/60 {
		for _, damaged := range [][]byte{flip(whole, at), whole[:at]} {
			if err := os.WriteFile(payload, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.Reload(t.Context()); err == nil || s.Version() != "v1" {
				t.Fatalf("damage at %d: %v, serving %s", at, err, s.Version())
			}
		}
	}
	if w := ask(s, "GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("not ready after failed reloads: %d", w.Code)
	}
	if err := os.WriteFile(payload, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context()); err != nil || s.Version() != "v2" {
		t.Errorf("mended: %v, serving %s", err, s.Version())
	}
}

func flip(data []byte, at int) []byte {
	out := append([]byte(nil), data...)
	out[at] ^= 1
	return out
}

// TestDrain ends the context with requests in flight: all of them must be answered, later connections refused.
func TestDrain(t *testing.T) {
	s := started(t, nil)
	const flying = 16
	var inside sync.WaitGroup
	inside.Add(flying)
	release := make(chan struct{})
	s.engine.POST("/slow", s.handle("/slow", predicting, func(c *gin.Context, q *request) {
		inside.Done()
		<-release
		s.predict(c, q)
	}))
	address, stop, ended := running(t, s)
	codes := make(chan int, flying)
	for range flying {
		go func() {
			r, err := http.Post("http://"+address+"/slow", "application/json", strings.NewReader(one))
			if err != nil {
				codes <- 0
				return
			}
			defer r.Body.Close()
			if body, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(body), `"probability"`) {
				codes <- -1
				return
			}
			codes <- r.StatusCode
		}()
	}
	inside.Wait()
	stop()
	for refused := false; !refused; {
		conn, err := net.Dial("tcp", address)
		if refused = err != nil; !refused {
			_ = conn.Close()
		}
	}
	if w := ask(s, "GET", "/readyz", ""); w.Code != 503 {
		t.Errorf("ready while draining: %d", w.Code)
	}
	close(release)
	for range flying {
		if code := <-codes; code != 200 {
			t.Errorf("a request in flight got %d", code)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("drain: %v", err)
	}
}

// running serves s on a free port.
func running(t *testing.T, s *Server) (address string, stop func(), ended chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	return ln.Addr().String(), cancel, ended
}

// TestDrainGivesUp cuts off a request that does not end.
func TestDrainGivesUp(t *testing.T) {
	s := started(t, func(o *Options) { o.Drain = 20 * time.Millisecond })
	inside, release := make(chan struct{}), make(chan struct{})
	s.engine.GET("/stuck", func(*gin.Context) { close(inside); <-release })
	address, stop, ended := running(t, s)
	go func() {
		if r, err := http.Get("http://" + address + "/stuck"); err == nil {
			_ = r.Body.Close()
		}
	}()
	<-inside
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "in flight") {
		t.Errorf("got %v", err)
	}
	close(release)
}

// TestSlowClients opens connections that send too slowly; each must be ended by the server.
func TestSlowClients(t *testing.T) {
	s := started(t, func(o *Options) { o.HeaderTimeout, o.ReadTimeout = 50*time.Millisecond, 150*time.Millisecond })
	address, stop, ended := running(t, s)
	const head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
	for sent, want := range map[string]string{head: "", head + "\r\n{": "HTTP/1.1 408"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		reply, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(reply), want) {
			t.Errorf("%q: got %q %v", sent, reply, err)
		}
		_ = conn.Close()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestScrubber(t *testing.T) {
	var b strings.Builder
	_, err := scrubber{slog.New(slog.NewTextHandler(&b, nil))}.Write([]byte("http: TLS handshake error from 203.0.113.7:4411: EOF, [2001:db8::1]:80\n"))
	if err != nil || strings.Contains(b.String(), "203.0") || strings.Contains(b.String(), "db8") || !strings.Contains(b.String(), "handshake") {
		t.Errorf("%s %v", b.String(), err)
	}
}
