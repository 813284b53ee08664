package sight

import (
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// recorderKey is the key of the request's recorder in its context.
type recorderKey struct{}

// recorder is a ResponseWriter that remembers the status for the span.
type recorder struct {
	http.ResponseWriter
	span   trace.Span
	method string
	// status is 0 until a reply begins.
	status int
	// returned is false while the handler runs, and after it has panicked.
	returned bool
}

// WriteHeader remembers the final status: those below 200 only announce it.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write begins the reply with status 200 where no other was set.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Flush sends what was written so far. Gin asks its writer for it without looking whether it is there.
func (r *recorder) Flush() {
	// A writer that cannot flush has nothing to be told.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController the writer underneath, for deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// end ends the span with how the request went: statuses from 500 on are errors, and so is a handler that did not return.
func (r *recorder) end() {
	switch {
	case !r.returned:
		r.fail("aborted")
	case r.status == 0:
		r.status = http.StatusOK
	case r.status >= http.StatusInternalServerError:
		r.fail(strconv.Itoa(r.status))
	}
	if r.status != 0 {
		r.span.SetAttributes(statusKey.Int(r.status))
	}
	r.span.End()
}

func (r *recorder) fail(kind string) {
	r.span.SetAttributes(errorKey.String(kind))
	r.span.SetStatus(codes.Error, "")
}
