package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/sight"
)

// request is what belongs to one request besides Gin's context: the model it is answered with from its beginning to its end, and
// buffers that are used again.
type request struct {
	m     *loaded
	id    string
	route string
	key   *keys.Key
	// start is when the request came, begun when work on it began.
	start, begun time.Time
	// problem is the code of the problem that it was answered with, "" for none.
	problem string
	// in is the body as read, out the reply as written.
	in, out []byte
	// kept is how much of the budget of replies is reserved for out.
	kept int64
}

// requests keeps *request for the next one.
var requests = sync.Pool{New: func() any { return new(request) }}

// maxKept is the size up to which a buffer is kept for the next request.
const maxKept = 1 << 20

// handler answers one request.
type handler func(c *gin.Context, q *request)

// scope of a route that needs no key.
const open keys.Scope = "open"

// handle wraps a handler in what all requests have in common: id, model, key, log, metrics, and problems instead of panics.
func (s *Server) handle(route string, scope keys.Scope, h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		q := s.begin(c, route)
		if s.opt.OTLP != "" {
			sight.SpanRoute(c.Request.Context(), route)
		}
		defer s.end(c, q)
		defer s.recover(c, q)
		if err := s.admit(c, q, scope); err != nil {
			s.refuse(c, q, err)
			return
		}
		h(c, q)
	}
}

// begin fixes what holds for the whole request.
func (s *Server) begin(c *gin.Context, route string) *request {
	q := requests.Get().(*request)
	q.m, q.route, q.start, q.key, q.problem = s.current.Load(), route, s.opt.Now(), nil, ""
	q.begun = q.start
	if q.id = c.GetHeader("X-Request-Id"); !plain(q.id) {
		q.id = newID()
	}
	s.sight.InFlight(1)
	h := c.Writer.Header()
	h["X-Model-Version"] = q.m.versionHeader
	h["X-Request-Id"] = []string{q.id}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = noStore
	return q
}

// Values of headers that all replies share. Nobody may change them.
var (
	nosniff     = []string{"nosniff"}
	noStore     = []string{"no-store"}
	jsonType    = []string{"application/json"}
	problemType = []string{"application/problem+json"}
	htmlType    = []string{"text/html; charset=utf-8"}
)

// newID makes an id for a request that came without one.
func newID() string {
	var b [8]byte
	// crypto/rand.Read never fails: it ends the program rather.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// admit holds the request to the scope and the rate of its key.
func (s *Server) admit(c *gin.Context, q *request, scope keys.Scope) error {
	if scope == open || s.opt.Keys == nil {
		return nil
	}
	key, err := s.opt.Keys.Admit(c.GetHeader("Authorization"), scope)
	q.key = key
	if errors.Is(err, keys.ErrForbidden) {
		return problem(Forbidden, "this route wants a key with the scope %q; ask for one", scope)
	}
	return keyProblem(c, err)
}

// keyProblem turns what the keys say into a problem; nil stays nil.
func keyProblem(c *gin.Context, err error) error {
	var limit *keys.LimitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keys.ErrUnauthorized):
		c.Header("WWW-Authenticate", "Bearer")
		return problem(Unauthorized, "send a key that is known here as Authorization: Bearer KEY")
	case errors.As(err, &limit) && limit.Most > 0:
		return problem(TooManyInstances, "the key may have %d users a day scored, fewer than this request has; send fewer users", limit.Most)
	case errors.As(err, &limit):
		c.Header("Retry-After", retryAfter(limit.RetryAfter))
		if limit.Quota {
			return problem(QuotaExceeded, "it starts anew with the next day in UTC; ask for a larger users_per_day")
		}
		return problem(RateLimited, "send fewer requests, each with more users")
	}
	return err
}

// retryAfter words a wait in whole seconds, at least 1.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second)))
}

// end logs one line a request, with no address, no query, no body and no path that the client made up, and counts it.
func (s *Server) end(c *gin.Context, q *request) {
	took := s.opt.Now().Sub(q.start)
	status := c.Writer.Status()
	s.sight.InFlight(-1)
	s.sight.Request(q.route, status, q.problem, took)
	if s.opt.AccessLog || q.problem != "" {
		s.access(c, q, status, took)
	}
	if cap(q.in) > maxKept {
		q.in = nil
	}
	if cap(q.out) > maxKept {
		q.out = nil
	}
	q.m, q.key = nil, nil
	requests.Put(q)
}

func (s *Server) access(c *gin.Context, q *request, status int, took time.Duration) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	if !s.log.Enabled(c, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(
		attrs, slog.String("method", methodName(c.Request.Method)), slog.String("route", q.route), slog.Int("status", status),
		slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", took), slog.String("request_id", q.id),
		slog.String("version", q.m.version),
	)
	if trace, _, ok := sight.TraceParent(c.GetHeader("Traceparent")); ok {
		attrs = append(attrs, slog.String("trace_id", trace))
	}
	if q.key != nil {
		attrs = append(attrs, slog.String("key", q.key.Name()))
	}
	if q.problem != "" {
		attrs = append(attrs, slog.String("problem", q.problem))
	}
	s.log.LogAttrs(c, level, "request", attrs...)
}

// methodName keeps made-up methods out of the log.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recover turns a panic into a problem. The log gets the stack and, as a panic's value may hold a person's, only a runtime
// error's text.
func (s *Server) recover(c *gin.Context, q *request) {
	v := recover()
	if v == nil {
		return
	}
	err, isError := v.(error)
	if isError && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	what := fmt.Sprintf("%T", v)
	var fault runtime.Error
	if isError && errors.As(err, &fault) {
		what = fault.Error()
	}
	s.log.Error("panic", "request_id", q.id, "what", what, "stack", string(debug.Stack()))
	if c.Writer.Written() {
		panic(http.ErrAbortHandler)
	}
	s.refuse(c, q, problem(Internal, "the request could not be answered; give the request id when you report it"))
}

// going gives what ends a long piece of work early: that nobody waits for the answer any more, or that it took too long.
func (s *Server) going(c *gin.Context, q *request) func() error {
	// What it took to arrive, and to wait for its turn, is not scoring.
	deadline := q.begun.Add(s.opt.ScoreTimeout)
	return func() error {
		if err := c.Request.Context().Err(); err != nil {
			return err
		}
		if s.opt.Now().After(deadline) {
			return context.DeadlineExceeded
		}
		return nil
	}
}

// checkEvery is how many users are scored between two looks at whether to go on.
const checkEvery = 64

// reply sends q.out with status 200.
func (s *Server) reply(c *gin.Context, q *request) {
	// The client may read slowly: what it sent is not needed any more.
	if cap(q.in) > maxKept {
		q.in = nil
	}
	write(c, http.StatusOK, jsonType, q.out)
}

// keep reserves room for the reply, which is held until the client has read it. Every keep needs a drop.
func (s *Server) keep(q *request) error {
	s.drop(q)
	bytes := int64(len(q.out))
	if err := s.replies.hold(bytes); err != nil {
		return err
	}
	q.kept = bytes
	return nil
}

// drop gives the room for the reply back.
func (s *Server) drop(q *request) {
	s.replies.release(q.kept)
	q.kept = 0
}

// write sends a whole reply.
func write(c *gin.Context, status int, media []string, body []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = media
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Writer.WriteHeader(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	// A client that has gone is no error of the server, and nobody is left to be told.
	_, _ = c.Writer.Write(body)
}
