package server

import (
	"log/slog"
	"strings"
	"testing"
)

const vertexPredict = "/v1/endpoints/7/deployedModels/9:predict"

func vertexServer(t *testing.T) *Server {
	return started(t, func(o *Options) {
		o.Vertex = Vertex{Health: "/v1/endpoints/7/deployedModels/9", Predict: vertexPredict}
	})
}

// Each request of Vertex AI's contract has "predictions" alone for an answer, in order, with POST /predict's content.
func TestVertexGolden(t *testing.T) {
	s := vertexServer(t)
	const u1, u2 = `{"features":{"visit_days":4}}`, `{"id":"u-2","features":{"meetings":2}}`
	list := func(query string) string {
		whole := ask(s, "POST", "/predict"+query, `{"instances":[`+u1+`,`+u2+`]}`).Body.String()
		return `{` + whole[strings.Index(whole, `"predictions"`):]
	}
	for name, c := range map[string]struct{ body, query string }{
		"instances":        {`{"instances":[` + u1 + `,` + u2 + `]}`, ""},
		"no parameters":    {`{"instances":[` + u1 + `,` + u2 + `],"parameters":null}`, ""},
		"empty parameters": {`{"instances":[` + u1 + `,` + u2 + `],"parameters":{}}`, ""},
		"reasons after":    {`{"instances":[` + u1 + `,` + u2 + `],"parameters":{"reasons":2}}`, "?reasons=2"},
		"reasons before":   {`{"parameters":{"reasons":2,"sure":false},"instances":[` + u1 + `,` + u2 + `]}`, "?reasons=2"},
		"sure":             {`{"parameters":{"sure":true},"instances":[` + u1 + `,` + u2 + `]}`, "?sure=1"},
	} {
		if w := ask(s, "POST", s.opt.Vertex.Predict, c.body); w.Code != 200 || w.Body.String() != list(c.query) {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, list(c.query))
		}
	}
	for _, c := range []struct {
		body string
		code Code
	}{
		{``, EmptyBody},
		{`[1]`, NotAnObject},
		{`{"instances":[]}`, EmptyBatch},
		{`{"instances":[` + u1 + `],"parameters":{"reasons":99}}`, BadQuery},
		{`{"instances":[` + u1 + `],"parameters":{"reason":1}}`, BadQuery},
		{`{"instances":[` + u1 + `],"parameters":[]}`, BadQuery},
		{`{"instances":[` + u1 + `],"parameters":{"sure":1}}`, BadQuery},
		{`{"instances":[` + u1 + `]`, InvalidJSON},
		{`{"parameters": nul`, InvalidJSON},
		{`{"parameters":nope}`, InvalidJSON},
		{`{"parameters":{"reasons":`, InvalidJSON},
		{`{"instances":[` + u1 + `],"parameters":{},"parameters":{}}`, DuplicateKey},
		{`{"instances":[` + u1 + `],"parameters":{"reasons":3,"reasons":1}}`, DuplicateKey},
		{`{"instances":[{"features":{"nope":1}}]}`, UnknownFeature},
		{`{"inputs":{"visit_days":[1]}}`, UnknownField},
	} {
		w := ask(s, "POST", s.opt.Vertex.Predict, c.body)
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), c.code)
	}
	if w := ask(s, "GET", "/v1/endpoints/7/deployedModels/9", ""); w.Code != 200 {
		t.Errorf("health: %d", w.Code)
	}
	if w := ask(s, "POST", "/v1/endpoints/7/deployedModels/9:explain", `{"instances":[`+u1+`]}`); w.Code != 404 {
		t.Errorf("another verb: %d", w.Code)
	}
	s.draining.Store(true)
	if w := ask(s, "GET", "/v1/endpoints/7/deployedModels/9", ""); w.Code != 503 {
		t.Errorf("health while draining: %d", w.Code)
	}
}

func TestVertexRoutesAreChecked(t *testing.T) {
	for _, v := range []Vertex{{Predict: "/predict"}, {Health: "/readyz"}, {Health: "/x", Predict: "/x"}} {
		opt := Options{Models: t.TempDir(), Vertex: v}
		publish(t, opt.Models, artifact("v1", 0))
		if _, err := New(opt, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "the server's own") {
			t.Errorf("%+v: %v", v, err)
		}
	}
	for _, path := range []string{"predict", "/a b", "/:name", "/*all", "/"} {
		if _, err := New(Options{Models: t.TempDir(), Vertex: Vertex{Predict: path}}, slog.New(slog.DiscardHandler)); err == nil ||
			!strings.Contains(err.Error(), "Vertex AI") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
