package server

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/contract"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/page"
)

// The scopes of the routes: open to all, any key, or a key for predictions or explanations.
const (
	anyKey     keys.Scope = ""
	predicting keys.Scope = "predict"
	explaining keys.Scope = "explain"
	governing  keys.Scope = "admin"
)

// Handler answers all requests. It may be used without Run, under a server of the caller's own.
func (s *Server) Handler() http.Handler { return s.engine }

// route is one line of the table of routes. A GET answers HEAD too.
type route struct {
	method, path string
	scope        keys.Scope
	handler      handler
}

// pattern is the path as Gin takes it: a colon within a segment is only itself, not the beginning of a parameter.
func (r route) pattern() string { return inner.ReplaceAllString(r.path, `$1\:`) }

var inner = regexp.MustCompile(`([^/]):`)

// table are the routes for everybody.
func (s *Server) table() []route {
	list := []route{
		{http.MethodGet, "/healthz", open, s.live},
		{http.MethodGet, "/readyz", open, s.ready},
		{http.MethodGet, "/", open, s.page},
		{http.MethodGet, "/assets/:file", open, s.page},
		{http.MethodGet, "/docs", open, s.docs},
		{http.MethodGet, "/openapi.json", open, openAPI("application/json", contract.JSON)},
		{http.MethodGet, "/openapi.yaml", open, openAPI("application/yaml", contract.YAML)},
		{http.MethodGet, "/model", anyKey, s.model},
		{http.MethodGet, "/report", anyKey, s.report},
		{http.MethodGet, "/drift", anyKey, s.drift},
		{http.MethodPost, "/predict", predicting, s.predict},
		{http.MethodPost, "/explain", explaining, s.explain},
		{http.MethodPost, "/bigquery", predicting, s.remote},
		{http.MethodGet, "/v2", open, s.serverMetadata},
		{http.MethodGet, "/v2/health/live", open, s.protocolLive},
		{http.MethodGet, "/v2/health/ready", open, s.protocolReady},
		{http.MethodGet, "/v2/models/:model", open, s.modelMetadata},
		{http.MethodGet, "/v2/models/:model/versions/:version", open, s.modelMetadata},
		{http.MethodGet, "/v2/models/:model/ready", open, s.modelReady},
		{http.MethodGet, "/v2/models/:model/versions/:version/ready", open, s.modelReady},
		{http.MethodPost, "/v2/models/:model/infer", predicting, s.infer},
		{http.MethodPost, "/v2/models/:model/versions/:version/infer", predicting, s.infer},
	}
	if v := s.opt.Vertex; v.Predict != "" {
		list = append(list, route{http.MethodPost, v.Predict, predicting, s.vertex})
	}
	if v := s.opt.Vertex; v.Health != "" {
		list = append(list, route{http.MethodGet, v.Health, open, s.ready})
	}
	return list
}

// distinct reports a route that stands in the table twice, as one of Vertex AI's can.
func distinct(list []route) error {
	seen := map[string]bool{}
	for _, r := range list {
		if seen[r.path] {
			return fmt.Errorf("the route %s is the server's own; choose another one for Vertex AI, for example /vertex%s", r.path, r.path)
		}
		seen[r.path] = true
	}
	return nil
}

// newEngine builds an engine of the routes, where every answer that is not a success is a Problem.
func (s *Server) newEngine(list []route, see string) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.ForwardedByClientIP = false
	e.NoRoute(s.handle("unknown", open, func(c *gin.Context, q *request) {
		s.refuse(c, q, problem(NotFound, "see %s", see))
	}))
	e.NoMethod(s.handle("unknown", open, func(c *gin.Context, q *request) {
		s.refuse(c, q, problem(MethodNotAllowed, "use %s", methodsOf(c.Writer.Header())))
	}))
	for _, r := range list {
		e.Handle(r.method, r.pattern(), s.handle(r.path, r.scope, r.handler))
		if r.method == http.MethodGet {
			e.HEAD(r.pattern(), s.handle(r.path, r.scope, r.handler))
		}
	}
	return e
}

type statusReply struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// live answers as long as the process can.
func (s *Server) live(c *gin.Context, q *request) {
	s.send(c, q, http.StatusOK, jsonType, statusReply{"live", q.m.version})
}

// ready answers while requests are welcome: New does not return before a model is loaded and its golden rows are scored.
func (s *Server) ready(c *gin.Context, q *request) {
	if s.draining.Load() {
		s.refuse(c, q, problem(Draining, "send requests to another server"))
		return
	}
	s.send(c, q, http.StatusOK, jsonType, statusReply{"ready", q.m.version})
}

// page answers with the page for people and its files.
func (s *Server) page(c *gin.Context, q *request) {
	page.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		s.refuse(c, q, problem(NotFound, "the page has no file of this name"))
	})).ServeHTTP(c.Writer, c.Request)
}

// docs answers GET /docs with the contract as a page for people.
func (s *Server) docs(c *gin.Context, _ *request) {
	c.Writer.Header().Set("Content-Security-Policy", contract.DocsPolicy())
	write(c, http.StatusOK, htmlType, contract.Docs())
}

// openAPI answers with the contract in one of its two forms.
func openAPI(media string, document func() []byte) handler {
	return func(c *gin.Context, _ *request) { write(c, http.StatusOK, []string{media}, document()) }
}

// report answers GET /report with the page that was published beside the model.
func (s *Server) report(c *gin.Context, q *request) {
	if len(q.m.page) == 0 {
		s.refuse(c, q, problem(NoReport, "train again, or look where train wrote its reports"))
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups")
	write(c, http.StatusOK, htmlType, q.m.page)
}
