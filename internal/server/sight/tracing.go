package sight

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// The attributes of OpenTelemetry's conventions for HTTP servers that a span gets. There are no others: no address, no path, no query,
// no header, no body.
const (
	methodKey  = attribute.Key("http.request.method")
	routeKey   = attribute.Key("http.route")
	statusKey  = attribute.Key("http.response.status_code")
	errorKey   = attribute.Key("error.type")
	serviceKey = attribute.Key("service.name")
	versionKey = attribute.Key("service.version")
)

const (
	serviceName = "calback-serve"
	scope       = "github.com/Koalajuni/Calback-Data-ML/internal/server/sight"
	tracesPath  = "/v1/traces"
)

// Tracing sends one span per request to a collector. A nil *Tracing is one that is off.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	exporter *exporter
}

// StartTracing begins to send spans to the collector at an endpoint such as http://collector:4318, as protobuf over HTTP; the path
// /v1/traces is added. Spans are sent in the background, in batches; where the collector does not keep up they are dropped, and
// requests never wait. The collector need not be there yet. version is the server's own.
//
// OpenTelemetry's own environment variables hold for what is not said here, for example OTEL_RESOURCE_ATTRIBUTES for the deployment's name.
// A collector that wants a key is reached through one beside the server that has it.
func StartTracing(ctx context.Context, endpoint, version string) (*Tracing, error) {
	address, err := tracesURL(endpoint)
	if err != nil {
		return nil, err
	}
	sender, err := otlptrace.New(ctx, newUploader(address))
	if err != nil {
		return nil, fmt.Errorf("start the exporter of traces: %w", err)
	}
	e := &exporter{SpanExporter: sender}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(e),
		// A caller that does not record its trace has no use for our part of it.
		sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample())),
		sdk.WithResource(resource.NewSchemaless(serviceKey.String(serviceName), versionKey.String(version))),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer(scope, trace.WithInstrumentationVersion(version)), exporter: e}, nil
}

// tracesURL is the address that spans are posted to. Its errors do not repeat the endpoint, which may hold a password.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("the tracing endpoint is not the URL of a collector; give one like http://collector:4318")
	}
	if u.User != nil || u.RawQuery != "" {
		return "", errors.New("the tracing endpoint has a user or a query, which would not be sent; put a collector beside the server that knows the key")
	}
	if !strings.HasSuffix(u.Path, tracesPath) {
		u = u.JoinPath(tracesPath)
	}
	return u.String(), nil
}

// exporter tells of failed exports to whom it may concern.
type exporter struct {
	sdk.SpanExporter
	failed atomic.Pointer[func(error)]
}

// ExportSpans sends spans. When they cannot be sent they are lost, and the function that OnFailure named is told.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if failed := e.failed.Load(); err != nil && failed != nil {
		(*failed)(err)
		return nil
	}
	return err
}

// OnFailure names the function that is told when spans could not be sent. Without one, OpenTelemetry writes to standard error.
func (t *Tracing) OnFailure(failed func(error)) {
	if t != nil {
		t.exporter.failed.Store(&failed)
	}
}

// Stop sends the spans that are left and ends tracing. It gives up when ctx ends.
func (t *Tracing) Stop(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// Wrap makes a span of every request that next answers, as a child of the caller's span where the request has a valid traceparent. The
// caller's tracestate is not kept, because it is free text. The span is in the request's context, for SpanRoute.
func (t *Tracing) Wrap(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := methodName(r.Method)
		ctx, span := t.tracer.Start(caller(r), method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(methodKey.String(method)))
		rec := &recorder{ResponseWriter: w, span: span, method: method}
		// The span must not be ended by a deferred call of its own: it would then record the value of a panic, which may be a person's.
		defer rec.end()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(ctx, recorderKey{}, rec)))
		rec.returned = true
	})
}

// SpanRoute names the span of the request with this context by the route that it matched: the pattern as it is registered, never its
// path. "" is a request that matched none. Without a span it does nothing.
//
// In Gin the context is that of c.Request and the route is c.FullPath(), which is known from the first middleware on.
func SpanRoute(ctx context.Context, route string) {
	rec, ok := ctx.Value(recorderKey{}).(*recorder)
	if !ok || route == "" {
		return
	}
	rec.span.SetName(rec.method + " " + route)
	rec.span.SetAttributes(routeKey.String(route))
}

// caller is the context of the request with the span that its traceparent names, if there is exactly one.
func caller(r *http.Request) context.Context {
	headers := r.Header["Traceparent"]
	if len(headers) != 1 {
		return r.Context()
	}
	traceID, spanID, ok := TraceParent(headers[0])
	if !ok {
		return r.Context()
	}
	parent := trace.SpanContextConfig{Remote: true}
	var flags [1]byte
	// They are hexadecimal and of the right length: TraceParent has looked.
	_, _ = hex.Decode(parent.TraceID[:], []byte(traceID))
	_, _ = hex.Decode(parent.SpanID[:], []byte(spanID))
	_, _ = hex.Decode(flags[:], []byte(headers[0][flagsAt:flagsEnd]))
	parent.TraceFlags = trace.TraceFlags(flags[0]) & trace.FlagsSampled
	return trace.ContextWithRemoteSpanContext(r.Context(), trace.NewSpanContext(parent))
}

// methodName is the method as the conventions have it: one that a client made up is _OTHER.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodConnect, http.MethodTrace:
		return method
	}
	return "_OTHER"
}
