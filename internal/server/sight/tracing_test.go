package sight

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"go.opentelemetry.io/otel/trace"
)

// receiver is a collector: it decodes what is sent to it by OTLP's own protocol definition.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	raw      bytes.Buffer
	spans    []*spans.Span
	resource map[string]string
	problems []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{resource: map[string]string{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if kind := req.Header.Get("Content-Type"); err != nil || req.URL.Path != "/v1/traces" || kind != "application/x-protobuf" {
		r.problems = append(r.problems, req.URL.Path+" "+kind)
	}
	r.raw.Write(body)
	for _, rs := range sent.GetResourceSpans() {
		for _, a := range rs.GetResource().GetAttributes() {
			r.resource[a.GetKey()] = a.GetValue().GetStringValue()
		}
		for _, s := range rs.GetScopeSpans() {
			r.spans = append(r.spans, s.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// trace serves one request by the handler inside Wrap, over a real connection, and gives the spans that the receiver got of it, the
// innermost first.
func (r *receiver) trace(t *testing.T, h http.HandlerFunc, ask func(*http.Request)) []*spans.Span {
	t.Helper()
	tracing, err := StartTracing(t.Context(), r.URL, "v9.9")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(tracing.Wrap(h))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/users/kim@example.com?token=canary-query",
		strings.NewReader(`{"user":"canary-body"}`))
	if err != nil {
		t.Fatal(err)
	}
	if ask != nil {
		ask(req)
	}
	// The connection of a handler that panics is cut; all others answer.
	if res, err := server.Client().Do(req); err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	server.Close()
	if err := tracing.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.problems != nil {
		t.Errorf("the receiver cannot read: %v", r.problems)
	}
	return r.spans
}

// attributes are those of a span as "key=value", sorted.
func attributes(s *spans.Span) (list []string) {
	for _, a := range s.GetAttributes() {
		value := a.GetValue().GetStringValue()
		if _, whole := a.GetValue().GetValue().(*common.AnyValue_IntValue); whole {
			value = http.StatusText(int(a.GetValue().GetIntValue()))
		}
		list = append(list, a.GetKey()+"="+value)
	}
	slices.Sort(list)
	return list
}

// answer is a handler that names its route and replies.
func answer(route string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		SpanRoute(r.Context(), route)
		w.WriteHeader(status)
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		name, span string
		handler    http.HandlerFunc
		ask        func(*http.Request)
		attributes []string
		failed     bool
	}{
		{
			name: "success", span: "POST /predict", handler: answer("/predict", 200),
			attributes: []string{"http.request.method=POST", "http.response.status_code=OK", "http.route=/predict"},
		},
		{
			name: "no reply is 200", span: "POST /predict",
			handler:    func(_ http.ResponseWriter, r *http.Request) { SpanRoute(r.Context(), "/predict") },
			attributes: []string{"http.request.method=POST", "http.response.status_code=OK", "http.route=/predict"},
		},
		{
			name: "pattern", span: "POST /v2/models/:model/infer", handler: answer("/v2/models/:model/infer", 422),
			attributes: []string{
				"http.request.method=POST", "http.response.status_code=Unprocessable Entity", "http.route=/v2/models/:model/infer",
			},
		},
		{
			name: "server error", span: "POST /predict", handler: answer("/predict", 503), failed: true,
			attributes: []string{
				"error.type=503", "http.request.method=POST", "http.response.status_code=Service Unavailable", "http.route=/predict",
			},
		},
		{
			name: "no route", span: "POST", handler: answer("", 404),
			attributes: []string{"http.request.method=POST", "http.response.status_code=Not Found"},
		},
		{
			name: "made-up method", span: "_OTHER /predict", handler: answer("/predict", 405),
			ask:        func(r *http.Request) { r.Method = "CANARY" },
			attributes: []string{"http.request.method=_OTHER", "http.response.status_code=Method Not Allowed", "http.route=/predict"},
		},
		{
			name: "panic", span: "POST /predict", failed: true,
			handler: func(_ http.ResponseWriter, r *http.Request) {
				SpanRoute(r.Context(), "/predict")
				panic("canary-panic")
			},
			attributes: []string{"error.type=aborted", "http.request.method=POST", "http.route=/predict"},
		},
		{
			name: "written", span: "POST /predict",
			handler: func(w http.ResponseWriter, r *http.Request) {
				SpanRoute(r.Context(), "/predict")
				w.WriteHeader(http.StatusEarlyHints)
				_, _ = io.WriteString(w, "canary-reply")
				w.(http.Flusher).Flush()
				w.WriteHeader(http.StatusInternalServerError)
			},
			attributes: []string{"http.request.method=POST", "http.response.status_code=OK", "http.route=/predict"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newReceiver(t).trace(t, c.handler, c.ask)
			if len(got) != 1 {
				t.Fatalf("%d spans, want 1", len(got))
			}
			s := got[0]
			if s.GetName() != c.span || s.GetKind() != spans.Span_SPAN_KIND_SERVER || len(s.GetParentSpanId()) != 0 {
				t.Errorf("span %q of kind %s under parent %x", s.GetName(), s.GetKind(), s.GetParentSpanId())
			}
			if have := attributes(s); !slices.Equal(have, c.attributes) {
				t.Errorf("attributes\n got %q\nwant %q", have, c.attributes)
			}
			if failed := s.GetStatus().GetCode() == spans.Status_STATUS_CODE_ERROR; failed != c.failed || s.GetStatus().GetMessage() != "" {
				t.Errorf("status %v, want error: %t, and no message", s.GetStatus(), c.failed)
			}
			if len(s.GetEvents()) != 0 {
				t.Errorf("events: %v", s.GetEvents())
			}
			if s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
				t.Error("the span ends before it starts")
			}
		})
	}
}

// TestParents follows the ids from the caller through the server's span to a span that the handler makes.
func TestParents(t *testing.T) {
	inner := func(w http.ResponseWriter, r *http.Request) {
		SpanRoute(r.Context(), "/predict")
		span := trace.SpanFromContext(r.Context())
		_, child := span.TracerProvider().Tracer("test").Start(r.Context(), "score")
		child.End()
		w.WriteHeader(http.StatusOK)
	}
	for _, c := range []struct {
		name    string
		headers []string
		parent  bool
		spans   int
	}{
		{"sampled", []string{exampleParent}, true, 2},
		{"not sampled", []string{exampleParent[:54] + "0"}, true, 0},
		{"none", nil, false, 2},
		{"broken", []string{exampleParent + "x"}, false, 2},
		{"two", []string{exampleParent, exampleParent}, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newReceiver(t).trace(t, inner, func(r *http.Request) { r.Header["Traceparent"] = c.headers })
			if len(got) != c.spans {
				t.Fatalf("%d spans, want %d", len(got), c.spans)
			}
			if c.spans == 0 {
				return
			}
			child, server := got[0], got[1]
			if child.GetName() != "score" || server.GetName() != "POST /predict" {
				t.Fatalf("spans %q and %q", child.GetName(), server.GetName())
			}
			if !bytes.Equal(child.GetParentSpanId(), server.GetSpanId()) || !bytes.Equal(child.GetTraceId(), server.GetTraceId()) {
				t.Errorf("the inner span is no child of the server's:\n%v\n%v", child, server)
			}
			traceID, parentID := hex.EncodeToString(server.GetTraceId()), hex.EncodeToString(server.GetParentSpanId())
			if c.parent && (traceID != exampleTrace || parentID != exampleSpan) {
				t.Errorf("the server's span is %s under %s, want %s under %s", traceID, parentID, exampleTrace, exampleSpan)
			}
			if !c.parent && (traceID == exampleTrace || parentID != "") {
				t.Errorf("the server's span is %s under %q, want a trace of its own", traceID, parentID)
			}
		})
	}
}

// TestSpansArePrivate searches all bytes that the collector gets for what a request holds of a person.
func TestSpansArePrivate(t *testing.T) {
	r := newReceiver(t)
	handler := func(w http.ResponseWriter, req *http.Request) {
		SpanRoute(req.Context(), "/predict")
		body, _ := io.ReadAll(req.Body)
		_, _ = w.Write(body)
		panic(errors.New("canary-panic " + req.RemoteAddr))
	}
	got := r.trace(t, handler, func(req *http.Request) {
		req.Header.Set("Traceparent", exampleParent)
		req.Header.Set("Tracestate", "vendor=canary-state")
		req.Header.Set("Baggage", "user=canary-baggage")
		req.Header.Set("Authorization", "Bearer canary-key")
		req.Header.Set("User-Agent", "canary-agent")
		req.Header.Set("X-Forwarded-For", "203.0.113.7")
		req.Header.Set("X-Request-Id", "canary-id")
	})
	if len(got) != 1 || got[0].GetTraceState() != "" {
		t.Fatalf("spans: %v", got)
	}
	for _, canary := range []string{"canary", "kim@", "example.com", "203.0.113.7", "127.0.0.1", "localhost", "/users", "token"} {
		if bytes.Contains(r.raw.Bytes(), []byte(canary)) {
			t.Errorf("the collector was sent %q:\n%q", canary, r.raw.Bytes())
		}
	}
	// The resource says which program, not whose machine.
	for key, value := range r.resource {
		switch {
		case key == "service.name" && value == "calback-serve", key == "service.version" && value == "v9.9":
		default:
			t.Errorf("resource attribute %s = %q", key, value)
		}
	}
	if len(r.resource) != 2 {
		t.Errorf("resource: %v", r.resource)
	}
}

func TestTracesURL(t *testing.T) {
	for _, c := range []struct{ endpoint, want, says string }{
		{"http://collector:4318", "http://collector:4318/v1/traces", ""},
		{"http://collector:4318/", "http://collector:4318/v1/traces", ""},
		{"https://otlp.example.com/base", "https://otlp.example.com/base/v1/traces", ""},
		{"https://otlp.example.com/v1/traces", "https://otlp.example.com/v1/traces", ""},
		{"collector:4318", "", "give one like http://collector:4318"},
		{"", "", "give one like http://collector:4318"},
		{"http://", "", "give one like http://collector:4318"},
		{"grpc://collector:4317", "", "give one like http://collector:4318"},
		{"http://canary:secret@%zz", "", "give one like http://collector:4318"},
		{"http://canary:secret@collector:4318", "", "a collector beside the server"},
		{"http://collector:4318?key=canary", "", "a collector beside the server"},
	} {
		t.Run(c.endpoint, func(t *testing.T) {
			got, err := tracesURL(c.endpoint)
			if c.says == "" {
				if err != nil || got != c.want {
					t.Errorf("%q, %v; want %q", got, err, c.want)
				}
				return
			}
			if _, start := StartTracing(t.Context(), c.endpoint, "v1"); start == nil || err == nil || start.Error() != err.Error() {
				t.Fatalf("errors %v and %v", err, start)
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %q, want one with %q and without the secret", err, c.says)
			}
		})
	}
}

// TestCollectorAway holds that a collector that is not there harms no request, and that the operator hears of it.
func TestCollectorAway(t *testing.T) {
	away := httptest.NewServer(http.NotFoundHandler())
	defer away.Close()
	tracing, err := StartTracing(t.Context(), away.URL, "v1")
	if err != nil {
		t.Fatal(err)
	}
	var told []error
	tracing.OnFailure(func(err error) { told = append(told, err) })
	w := httptest.NewRecorder()
	tracing.Wrap(answer("/predict", 200)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
	if err := tracing.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if len(told) != 1 || !strings.Contains(told[0].Error(), "404") {
		t.Errorf("told of %v, want the collector's 404 once", told)
	}
}

// TestStopGivesUp holds that a collector that does not answer keeps the server from stopping only as long as it is told.
func TestStopGivesUp(t *testing.T) {
	release := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer stuck.Close()
	defer close(release)
	tracing, err := StartTracing(t.Context(), stuck.URL, "v1")
	if err != nil {
		t.Fatal(err)
	}
	tracing.OnFailure(func(error) {})
	tracing.Wrap(answer("/predict", 200)).ServeHTTP(httptest.NewRecorder(),
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := tracing.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "send the last traces") {
		t.Errorf("stop: %v, want a deadline exceeded", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopped after %s", took)
	}
}

// TestOff holds that tracing that is off costs nothing and breaks nothing.
func TestOff(t *testing.T) {
	var off *Tracing
	off.OnFailure(func(error) {})
	w := httptest.NewRecorder()
	off.Wrap(answer("/predict", 418)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != 418 || off.Stop(t.Context()) != nil {
		t.Errorf("status %d", w.Code)
	}
}

// TestUnwrap holds that deadlines still reach the connection through the recorder.
func TestUnwrap(t *testing.T) {
	var failed error
	newReceiver(t).trace(t, func(w http.ResponseWriter, _ *http.Request) {
		failed = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute))
	}, nil)
	if failed != nil {
		t.Errorf("set a read deadline: %v", failed)
	}
}
