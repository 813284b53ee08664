package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// footprint is what a process holds while nobody asks it anything.
type footprint struct {
	heap, resident, goroutines, files int
}

// The growth that a soak allows: both limits hold.
const (
	growthShare = 0.05
	growthBytes = 20 << 20
)

// since says what has grown beyond what is allowed.
func (f footprint) since(before footprint) (grown []string) {
	for _, c := range []struct {
		what           string
		now, then, add int
	}{
		{"bytes of heap", f.heap, before.heap, allowed(before.heap)},
		{"bytes resident", f.resident, before.resident, allowed(before.resident)},
		{"goroutines", f.goroutines, before.goroutines, 0},
		{"open files", f.files, before.files, 0},
	} {
		if c.now > c.then+c.add {
			grown = append(grown, fmt.Sprintf("%d %s, %d after the warm-up", c.now, c.what, c.then))
		}
	}
	return grown
}

func allowed(bytes int) int { return min(int(growthShare*float64(bytes)), growthBytes) }

// measured is the footprint of this process. Two collections empty the pools, whose content is no leak.
func measured(t *testing.T) footprint {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	f := footprint{int(m.HeapAlloc), pages * os.Getpagesize(), runtime.NumGoroutine(), len(files)}
	if raced() {
		f.resident = 0
	}
	return f
}

// raced reports whether this is a build with the race detector, whose own memory grows with what it has seen.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// settled is the footprint once the connections that were closed are gone: when neither goroutines nor files become fewer any more.
func settled(t *testing.T) footprint {
	t.Helper()
	f := measured(t)
	for quiet := 0; quiet < 5; quiet++ {
		time.Sleep(20 * time.Millisecond)
		next := measured(t)
		if next.goroutines < f.goroutines || next.files < f.files {
			quiet = 0
		}
		f = next
	}
	return f
}

// soak is a mixed load on a running server.
type soak struct {
	*testing.T
	s                   *Server
	address, key        string
	rows, columns, gzip string
	client              *http.Client
	asked               []question
	sent, broken, swaps atomic.Int64
}

// newSoak serves a model beside its shadow, with keys and a log that nobody reads. Where wrap is given, its handler answers.
func newSoak(t *testing.T, wrap func(http.Handler) http.Handler) *soak {
	t.Helper()
	key, item := minted(t, 1, "soak", "", "predict", "explain")
	dir := t.TempDir()
	publish(t, dir, sureArtifact(t, "v2"))
	publish(t, dir, artifact("v1", 0))
	s, err := New(Options{
		Models: dir, Shadow: "v2", Keys: ring(t, item), AccessLog: true, Possible: []string{"all"}, Queue: 1000,
	}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	// The client gives unused connections up long before the server does: else it sends into one that is just being closed, sooner or later.
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: s.opt.IdleTimeout / 6}}
	k := &soak{
		T: t, s: s, key: key, asked: questions(t), client: client,
		rows: `{"instances":[` + strings.Repeat(one+",", 99) + one + `]}`,
		// 1,000 users as columns.
		columns: `{"inputs":{"visit_days":[` + strings.Repeat("1,", 999) + `2],"channel":[` + strings.Repeat(`"Direct",`, 999) + `null]}}`,
	}
	k.gzip = gzipped(t, k.rows)
	if wrap == nil {
		address, stop, ended := running(t, s)
		k.address = address
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		return k
	}
	ln := listener(t)
	srv := s.httpServer(wrap(s.Handler()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	k.address = ln.Addr().String()
	t.Cleanup(func() { _ = srv.Close(); <-ended })
	return k
}

// send sends one request and looks at nothing but the status.
func (k *soak) send(method, path, body string, want int, headers ...string) {
	ctx, cancel := context.WithTimeout(k.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+k.address+path, strings.NewReader(body))
	if err != nil {
		k.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+k.key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	reply, err := k.client.Do(r)
	if err != nil {
		k.Errorf("%s: %v", path, err)
		return
	}
	defer reply.Body.Close()
	got, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != want {
		k.Errorf("%s: %s %s %v, want status %d", path, reply.Status, got, err, want)
	}
	k.sent.Add(1)
}

// breakOff sends a part of a request, or none of one, and closes the connection.
func (k *soak) breakOff(text string) {
	conn, err := net.Dial("tcp", k.address)
	if err != nil {
		k.Error(err)
		return
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		k.Error(err)
	}
	k.broken.Add(1)
}

// next does one thing that clients do, seldom one that takes long.
func (k *soak) next(rng *rand.Rand) {
	made := strconv.FormatUint(rng.Uint64(), 36)
	switch n := rng.IntN(100); {
	case n < 70:
		q := k.asked[n%len(k.asked)]
		k.send("POST", q.path, q.body, 200, "X-Request-Id", made)
	case n < 74:
		k.send("POST", "/predict?sure=1", k.rows, 200)
	case n < 76:
		k.send("POST", "/predict", k.columns, 200)
	case n < 80:
		k.send("POST", "/predict", k.gzip, 200, "Content-Encoding", "gzip")
	case n < 84:
		k.send("POST", "/predict", one, 200, "Connection", "close")
	case n < 86:
		k.send("GET", []string{"/model", "/drift", "/readyz", "/docs", "/openapi.json"}[rng.IntN(5)], "", 200)
	case n < 88:
		k.send("GET", "/"+made, "", 404)
	case n < 90:
		k.send("POST", "/predict", `{"features":{"`+made+`":1}}`, 422)
	case n < 92:
		k.send("POST", "/predict", `{"features":{"channel":"`+made+`"}}`, 200)
	case n < 94:
		k.send("POST", "/predict", one[:10], 400)
	case n < 96:
		k.send("POST", "/explain", one, 401, "Authorization", "Bearer cb_"+made)
	case n < 97:
		k.breakOff("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{" + made)
	case n < 98:
		k.breakOff(made + "\r\n\r\n")
	case n < 99:
		k.breakOff("")
	default:
		askOf(k.s.admin, "GET", "/metrics", "")
	}
}

// load lets clients do their things for a while, and the model be swapped meanwhile.
func (k *soak) load(d time.Duration, seed uint64) {
	end := time.Now().Add(d)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for rng := rand.New(rand.NewPCG(seed, uint64(i))); !k.Failed() && time.Now().Before(end); {
				k.next(rng)
			}
		})
	}
	for version := 2; !k.Failed() && time.Now().Before(end); version = 3 - version {
		k.swap(fmt.Sprintf("v%d", version))
		time.Sleep(min(100*time.Millisecond, time.Until(end)))
	}
	all.Wait()
	// What is measured next is the footprint of a server with this model, and nobody connected.
	k.swap("v1")
	k.client.CloseIdleConnections()
}

func (k *soak) swap(version string) {
	err := os.WriteFile(filepath.Join(k.s.opt.Models, "revisit", "CURRENT"), []byte(version+"\n"), 0o600)
	if err == nil {
		err = k.s.Reload(k.Context())
	}
	if err != nil {
		k.Error(err)
	}
	k.swaps.Add(1)
}

// grown loads the server for a while after a warm-up, and says what it holds more than before. What has grown is given the same load once
// more: a leak grows on, what only came late to its size does not.
func (k *soak) grown(warmUp, d time.Duration) (grown []string) {
	k.Helper()
	k.load(warmUp, 1)
	before := settled(k.T)
	for seed := range uint64(2) {
		k.load(d, 2+seed)
		after := settled(k.T)
		k.Logf("%s: %d requests, %d broken off, %d swaps by then; before %+v, after %+v", d, k.sent.Load(), k.broken.Load(), k.swaps.Load(),
			before, after)
		if grown = after.since(before); grown == nil {
			break
		}
		before = after
	}
	return grown
}

// TestSoak is promise S12: under a mixed load the server comes to hold no more. It takes CALBACK_SOAK, or 5 s.
func TestSoak(t *testing.T) {
	d := 5 * time.Second
	if given := os.Getenv("CALBACK_SOAK"); given != "" {
		var err error
		if d, err = time.ParseDuration(given); err != nil {
			t.Fatalf("CALBACK_SOAK: %v", err)
		}
	}
	if grown := newSoak(t, nil).grown(max(d/5, 2*time.Second), d); grown != nil {
		t.Errorf("it has grown: %s", strings.Join(grown, "; "))
	}
}

// TestSoakFindsLeaks soaks servers that leak: the same measurement must find each out.
func TestSoakFindsLeaks(t *testing.T) {
	for name, c := range map[string]struct {
		want string
		leak func(t *testing.T) func(r *http.Request)
	}{
		"it keeps every body":   {"bytes of heap", keepBodies},
		"it leaves goroutines":  {"goroutines", leaveGoroutines},
		"it leaves a file open": {"open files", leaveFiles},
	} {
		t.Run(name, func(t *testing.T) {
			leak := c.leak(t)
			k := newSoak(t, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					leak(r)
					h.ServeHTTP(w, r)
				})
			})
			if grown := strings.Join(k.grown(500*time.Millisecond, time.Second), "; "); !strings.Contains(grown, c.want) {
				t.Errorf("the leak was not found: %q", grown)
			}
		})
	}
}

func keepBodies(t *testing.T) func(*http.Request) {
	var lock sync.Mutex
	var bodies [][]byte
	t.Cleanup(func() { runtime.KeepAlive(bodies) })
	return func(r *http.Request) {
		// A body that is broken off is kept as far as it came.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		lock.Lock()
		defer lock.Unlock()
		bodies = append(bodies, body)
	}
}

// leaveGoroutines leaves one for a request in ten.
func leaveGoroutines(t *testing.T) func(*http.Request) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	var n atomic.Int64
	return func(*http.Request) {
		if n.Add(1)%10 == 0 {
			go func() { <-release }()
		}
	}
}

// leaveFiles leaves one open for a request in a hundred: there is a limit to them.
func leaveFiles(t *testing.T) func(*http.Request) {
	var n atomic.Int64
	return func(*http.Request) {
		if n.Add(1)%100 != 0 {
			return
		}
		file, err := os.Open(os.DevNull)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = file.Close() })
	}
}
