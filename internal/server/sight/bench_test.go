package sight

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func BenchmarkRequest(b *testing.B) {
	m := New()
	// The map is as full as the server's: routes x statuses x problems.
	for i := range 300 {
		m.Request(fmt.Sprintf("/route/%d", i%15), 200+i%20, fmt.Sprintf("problem_%d", i%40), time.Millisecond)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Request("/predict", 200, "", 150*time.Microsecond)
	}
}

func BenchmarkRequestParallel(b *testing.B) {
	m := New()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Request("/predict", 200, "", 150*time.Microsecond)
		}
	})
}

func BenchmarkScrape(b *testing.B) {
	m := touched()
	b.ReportAllocs()
	for b.Loop() {
		scrape(b, m)
	}
}

func BenchmarkTraceParent(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		TraceParent(exampleParent)
	}
}

// BenchmarkWrap is what tracing costs a request whose span is sent; "off" is the handler alone.
func BenchmarkWrap(b *testing.B) {
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer sink.Close()
	on, err := StartTracing(b.Context(), sink.URL, "v1")
	if err != nil {
		b.Fatal(err)
	}
	on.OnFailure(func(err error) { b.Errorf("export: %v", err) })
	for name, tracing := range map[string]*Tracing{"off": nil, "on": on} {
		b.Run(name, func(b *testing.B) {
			h := tracing.Wrap(answer("/predict", http.StatusOK))
			req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/predict", nil)
			req.Header.Set("Traceparent", exampleParent)
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), req)
			}
		})
	}
	if err := on.Stop(b.Context()); err != nil {
		b.Error(err)
	}
}
