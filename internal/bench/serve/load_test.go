package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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
	body := strings.Repeat("x", 3000)
	for _, rate := range []float64{0, 500} {
		served.Store(0)
		l := load{strings.TrimPrefix(server.URL, "http://"), request("/predict", body), 4, rate, 300 * time.Millisecond}
		r, err := l.send(t.Context())
		if err != nil || int64(r.requests) != served.Load() || r.failed != r.requests/10 || len(r.latencies) != r.requests || r.quantile(0.5) <= 0 ||
			r.quantile(0.99) < r.quantile(0.5) {
			t.Errorf("rate %v: %d requests, %d served, %d failed, %v", rate, r.requests, served.Load(), r.failed, err)
		}
		// 150 requests are due in the time.
		if rate > 0 && r.requests != 150 {
			t.Errorf("%d requests were sent at 500/s in 0.3 s, want 150", r.requests)
		}
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

// The published model must be one that the server can load, and the bodies must name its features.
func TestModelAndBodies(t *testing.T) {
	if err := publish(t.Context(), t.TempDir(), 3); err != nil {
		t.Error(err)
	}
	if body := `{"features":{` + user(1) + `}}`; strings.Count(body, `"event_`) != columns || len(body) < 550 || len(body) > 750 {
		t.Errorf("%d bytes: %s", len(body), body)
	}
}
