package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// The keys under which a request's own things hang on its context.
const (
	modelKey   = "model"
	idKey      = "request_id"
	problemKey = "problem"
)

// Handler answers all requests. It may be used without Run, under a server of the caller's own.
func (s *Server) Handler() http.Handler { return s.engine }

// routes builds the engine: every answer that is not a success is a Problem.
func (s *Server) routes() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.ForwardedByClientIP = false
	e.Use(s.begin, s.access, s.recover)
	e.NoRoute(func(c *gin.Context) {
		s.refuse(c, problem(NotFound, "see POST /predict, GET /model, GET /healthz and GET /readyz"))
	})
	e.NoMethod(func(c *gin.Context) {
		s.refuse(c, problem(MethodNotAllowed, "use %s", methodsOf(c.Writer.Header())))
	})
	e.POST("/predict", s.predict)
	e.POST("/bigquery", s.remote)
	for path, handler := range map[string]gin.HandlerFunc{"/healthz": s.live, "/readyz": s.ready, "/model": s.model} {
		e.GET(path, handler)
		e.HEAD(path, handler)
	}
	return e
}

// begin fixes what holds for the whole request: its id and its model.
func (s *Server) begin(c *gin.Context) {
	m := s.current.Load()
	id := c.GetHeader("X-Request-Id")
	if !plain(id) {
		id = newID()
	}
	c.Set(modelKey, m)
	c.Set(idKey, id)
	h := c.Writer.Header()
	h["X-Model-Version"] = []string{m.version}
	h["X-Request-Id"] = []string{id}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Cache-Control"] = []string{"no-store"}
}

// newID makes an id for a request that came without one.
func newID() string {
	var b [8]byte
	// crypto/rand.Read never fails: it ends the program rather.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func modelOf(c *gin.Context) *loaded { return c.MustGet(modelKey).(*loaded) }

func requestID(c *gin.Context) string { return c.GetString(idKey) }

// access logs one line a request: no address, no query, no body and no path that the client made up.
func (s *Server) access(c *gin.Context) {
	start := time.Now()
	c.Next()
	if !s.log.Enabled(c, slog.LevelInfo) {
		return
	}
	route := c.FullPath()
	if route == "" {
		route = "unknown"
	}
	attrs := []slog.Attr{
		slog.String("method", methodName(c.Request.Method)), slog.String("route", route), slog.Int("status", c.Writer.Status()),
		slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", time.Since(start)),
		slog.String("request_id", requestID(c)), slog.String("version", modelOf(c).version),
	}
	if code := c.GetString(problemKey); code != "" {
		attrs = append(attrs, slog.String("problem", code))
	}
	s.log.LogAttrs(c, slog.LevelInfo, "request", attrs...)
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
func (s *Server) recover(c *gin.Context) {
	defer func() {
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
		s.log.Error("panic", "request_id", requestID(c), "what", what, "stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		c.Abort()
		s.refuse(c, problem(Internal, "the request could not be answered; give the request id when you report it"))
	}()
	c.Next()
}

type statusReply struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// live answers as long as the process can.
func (s *Server) live(c *gin.Context) {
	s.send(c, http.StatusOK, "application/json", statusReply{"live", modelOf(c).version})
}

// ready answers while requests are welcome: New does not return before a model is loaded and its golden rows are scored.
func (s *Server) ready(c *gin.Context) {
	if s.draining.Load() {
		s.refuse(c, problem(Draining, "send requests to another server"))
		return
	}
	s.send(c, http.StatusOK, "application/json", statusReply{"ready", modelOf(c).version})
}
