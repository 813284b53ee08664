package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// The client must send what it says, count what fails, and keep to its rate.
func TestLoad(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/predict" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, err)
		}
		if served.Add(1)%10 == 0 {
			http.Error(w, "no", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	defer server.Close()
	requests := [][]byte{request("/predict", strings.Repeat("x", 3000)), request("/predict", "y")}
	for _, rate := range []float64{0, 500} {
		served.Store(0)
		l := load{strings.TrimPrefix(server.URL, "http://"), requests, 4, rate, 300 * time.Millisecond}
		r, err := l.send(t.Context())
		if err != nil || int64(r.requests) != served.Load() || r.failed != r.requests/10 || len(r.latencies) != r.requests ||
			r.quantile(0.5) <= 0 || r.quantile(0.99) < r.quantile(0.5) {
			t.Errorf("rate %v: %d requests, %d served, %d failed, %v", rate, r.requests, served.Load(), r.failed, err)
		}
		// 150 requests are due in the time.
		if rate > 0 && r.requests != 150 {
			t.Errorf("%d requests were sent at 500/s in 0.3 s, want 150", r.requests)
		}
	}
}

// A server that stalls must be charged with all the requests that were due meanwhile, not only with those it held.
func TestStallIsCounted(t *testing.T) {
	var first atomic.Bool
	const stall = 200 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if first.CompareAndSwap(false, true) {
			time.Sleep(stall)
		}
		w.Header().Set("Content-Length", "0")
	}))
	defer server.Close()
	l := load{strings.TrimPrefix(server.URL, "http://"), [][]byte{request("/", "{}")}, 1, 1000, 250 * time.Millisecond}
	r, err := l.send(t.Context())
	if err != nil || r.requests != 250 {
		t.Fatalf("%d requests, %v", r.requests, err)
	}
	// 200 requests fell due during the stall, the middle one of all 250 some 125 ms after its beginning.
	if r.quantile(0.5) < stall/4 {
		t.Errorf("half of the requests took at most %s, though one stall of %s held up most of them", r.quantile(0.5), stall)
	}
}

func TestNobodyListens(t *testing.T) {
	address, err := free(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (load{address: address, connections: 1, duration: time.Second}).send(t.Context()); err == nil {
		t.Error("connected to nobody")
	}
}

// A load on a server that never answers must end when it is told to.
func TestCancel(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	for _, rate := range []float64{0, 100} {
		time.AfterFunc(50*time.Millisecond, cancel)
		r, err := (load{ln.Addr().String(), [][]byte{request("/", "{}")}, 2, rate, time.Hour}).send(ctx)
		if !errors.Is(err, context.Canceled) || r.requests != 0 {
			t.Errorf("rate %v: %d requests, %v", rate, r.requests, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
}

func TestAnswer(t *testing.T) {
	for text, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc":             "",
		"HTTP/1.1 200 OK\r\ncontent-length:3\r\nserver: x\r\n\r\nabc": "",
		"HTTP/1.1 429 No\r\nContent-Length: 3\r\n\r\nabc":             errStatus.Error(),
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc":             "EOF",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc":             "read the answer's length",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nabc":    "no length",
		"HTTP/1.1 200 OK\r\nCont":                                     "EOF",
	} {
		r := bufio.NewReader(strings.NewReader(text))
		if err := answer(r); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		} else if _, left := r.ReadByte(); err == nil && !errors.Is(left, io.EOF) {
			t.Errorf("%q was not read to its end", text)
		}
	}
}

// The published model must be one that the server can load, and the bodies must name its features.
func TestModelAndBodies(t *testing.T) {
	if err := publish(t.Context(), t.TempDir(), 3); err != nil {
		t.Error(err)
	}
	for _, s := range scenarios() {
		for _, body := range s.bodies {
			if n := strings.Count(body, `"event_`); !json.Valid([]byte(body)) || n != columns && n != columns*s.users {
				t.Errorf("%s: %d features named", s.name, n)
			}
		}
		if n := len(s.bodies[0]); s.users == 1 && (n < 550 || n > 750) {
			t.Errorf("%s: %d bytes, want about 650", s.name, n)
		}
	}
}

// asEcho lets the test's own binary be the echo.
func asEcho(ctx context.Context) func(string) *exec.Cmd {
	return func(address string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), "BENCH_ECHO="+address)
		return cmd
	}
}

func TestMain(m *testing.M) {
	if address := os.Getenv("BENCH_ECHO"); address != "" {
		if err := echo(context.Background(), address); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestChildren runs a case on echoes as processes of their own, one of them as a peer at a URL.
func TestChildren(t *testing.T) {
	one, err := start(t.Context(), "calback", asEcho(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer one.stop()
	two, err := start(t.Context(), "echo", asEcho(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer two.stop()
	other, err := peer(t.Context(), "other", "http://"+two.address+"/")
	if err != nil {
		t.Fatal(err)
	}
	for _, asJSON := range []bool{false, true} {
		var said bytes.Buffer
		b := &bench{
			config:  &config{Rounds: 2, Duration: 100 * time.Millisecond, Cases: "one user, 16", JSON: asJSON},
			out:     &cli.Output{Out: &said, Err: io.Discard},
			servers: []*child{one, two, other},
		}
		if err := b.cases(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		if want := map[bool]int{false: 1 + 3, true: 2 * 3}[asJSON]; len(lines) != want {
			t.Errorf("%d lines, want %d:\n%s", len(lines), want, said.String())
		}
		if asJSON && (!json.Valid([]byte(lines[0])) || !strings.Contains(said.String(), `"server":"other"`)) {
			t.Errorf("%s", said.String())
		}
	}
	if used, err := one.cpu(); err != nil || used <= 0 {
		t.Errorf("processor time %s %v", used, err)
	}
	if bytes, err := one.resident(); err != nil || bytes < 1<<20 {
		t.Errorf("%d bytes resident, %v", bytes, err)
	}
}

// A peer's processes are measured and ended together, and one that fails tells why.
func TestPeerCommand(t *testing.T) {
	t.Setenv("BENCH_ECHO", "unused")
	script := filepath.Join(t.TempDir(), "peer.sh")
	const text = "#!/bin/sh\nBENCH_ECHO=127.0.0.1:$1 \"$2\" &\nwait\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	c, err := peer(t.Context(), "shell", "/bin/sh "+script+" {port} "+self)
	if err != nil {
		t.Fatal(err)
	}
	l := load{c.address, [][]byte{request("/predict", "{}")}, 4, 0, 200 * time.Millisecond}
	if r, err := once(t.Context(), l, c); err != nil || r.failed > 0 || r.cpu <= 0 {
		t.Errorf("%d failed, %s a request, %v", r.failed, r.cpu, err)
	}
	c.stop()
	if _, err := l.send(t.Context()); err == nil {
		t.Error("the peer's own child outlives it")
	}
	for command, want := range map[string]string{"/bin/sh -c nonsense_of_the_test": "nonsense_of_the_test", "": "start none"} {
		if _, err := peer(t.Context(), "none", command); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", command, err)
		}
	}
}
