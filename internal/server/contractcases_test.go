package server

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// apiArtifact is the model that the document's examples are of: artifact, with features named as those of the simulated app.
func apiArtifact(version string) *model.Artifact {
	a := meetingArtifact(version)
	for j, named := range map[int][2]string{
		0: {"visit_days", "came on {v} days of the first week"},
		1: {"n_meeting_create", "meeting_create {v} times in the first week"},
		2: {"sessions", "{v} sessions in the first week"},
		3: {"channel", "the acquisition channel is {v}"},
	} {
		a.Manifest.Set.Features[j].Name, a.Manifest.Set.Features[j].Phrase = named[0], named[1]
		a.Manifest.Fields[j].Name, a.Manifest.Reference[j].Name = named[0], named[0]
	}
	a.SetGolden(5)
	return a
}

// Secrets of the keys that every server of these tests knows, by what they may do; "slow" may do everything, but only once.
var apiKeys = []struct {
	name   string
	scopes []keys.Scope
	limit  string
}{
	{"full", []keys.Scope{"predict", "explain", "admin"}, ""},
	{"predict", []keys.Scope{"predict"}, ""},
	{"explain", []keys.Scope{"explain"}, ""},
	{"slow", []keys.Scope{"predict", "explain", "admin"}, "    per_second: 0.001\n    burst: 1\n"},
}

// apiServer is a server with both listeners open on real ports.
type apiServer struct {
	s             *Server
	public, admin *httptest.Server
	secrets       map[string]string
}

func startAPI(t *testing.T, change func(*Options)) *apiServer {
	t.Helper()
	out := &apiServer{secrets: map[string]string{}}
	dir := t.TempDir()
	file := "keys:\n"
	for _, k := range apiKeys {
		secret, item, err := keys.Mint(rand.Reader, k.name, k.scopes)
		if err != nil {
			t.Fatal(err)
		}
		out.secrets[k.name] = secret
		file += item + k.limit
	}
	path := filepath.Join(dir, "keys.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Models: dir, Keys: ring, Possible: []string{"meeting_create"}, Vertex: Vertex{Health: "/AIP_HEALTH_ROUTE", Predict: "/AIP_PREDICT_ROUTE"},
	}
	publish(t, dir, apiArtifact("v1"))
	if change != nil {
		change(&opt)
	}
	if out.s, err = New(opt, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	out.public, out.admin = httptest.NewUnstartedServer(out.s.Handler()), httptest.NewServer(out.s.admin)
	out.public.Config.ReadTimeout = out.s.opt.ReadTimeout
	out.public.Start()
	t.Cleanup(out.public.Close)
	t.Cleanup(out.admin.Close)
	return out
}

// apiRequest is one request as a case edits it.
type apiRequest struct {
	path, body, media, key string
	// stalls sends a body that never comes.
	stalls bool
}

// apiReply is a reply as read to its end.
type apiReply struct {
	status int
	header http.Header
	body   []byte
}

func (a *apiServer) send(t *testing.T, base string, o operation, r apiRequest) apiReply {
	t.Helper()
	body := io.Reader(strings.NewReader(r.body))
	if r.stalls {
		reader, writer := io.Pipe()
		defer writer.Close()
		body = reader
	}
	request, err := http.NewRequestWithContext(t.Context(), o.method, base+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", r.media)
	if r.key != "" {
		request.Header.Set("Authorization", "Bearer "+a.secrets[r.key])
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return apiReply{reply.StatusCode, reply.Header, text}
}

// apiUsers makes the body of a request for n users by n copies of an item.
func apiUsers(begin, item, end string, n int) string {
	return begin + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + end
}

const apiUser = `{"features":{"visit_days":4,"channel":"Paid Social"}}`

// apiInfer is an inference request for 100 users.
var apiInfer = `{"inputs":[{"name":"visit_days","shape":[100],"datatype":"FP32","data":` + apiUsers("[", "4", "]", 100) + `}]}`

// apiWork are the routes that score, each with a request for 100 users, so that the server looks at the time in between.
var apiWork = map[string]apiRequest{
	"POST /predict":                 {path: "/predict", body: apiUsers(`{"instances":[`, apiUser, "]}", 100)},
	"POST /explain":                 {path: "/explain", body: apiUsers(`{"instances":[`, apiUser, "]}", 100)},
	"POST /bigquery":                {path: "/bigquery", body: apiUsers(`{"calls":[`, fmt.Sprintf("[%q]", apiUser), "]}", 100)},
	"POST /AIP_PREDICT_ROUTE":       {path: "/AIP_PREDICT_ROUTE", body: apiUsers(`{"instances":[`, apiUser, "]}", 100)},
	"POST /v2/models/{model}/infer": {path: "/v2/models/revisit/infer", body: apiInfer},
	"POST /v2/models/{model}/versions/{version}/infer": {path: "/v2/models/revisit/versions/v1/infer", body: apiInfer},
}

// apiCase is one way to get one status of many routes.
type apiCase struct {
	status int
	// of are the routes by a pattern of "METHOD path".
	of     string
	change func(*Options)
	after  func(*apiServer)
	edit   func(*apiRequest)
	times  int
}

const (
	apiScoring   = `^POST /(predict|explain|bigquery|AIP|v2)`
	apiKeyed     = apiScoring + `|^GET /(model|drift|report)$|^POST /admin`
	apiReadiness = `^GET /(readyz|AIP_HEALTH_ROUTE|v2/health/ready|v2/.*/ready)$`
)

var apiCases = []apiCase{
	{status: 200, of: `.`, change: func(o *Options) {
		page := filepath.Join(o.Models, "revisit", "v1", "report.html")
		truth := `{"versions":[{"version":"v1","from":"2026-01-01","to":"2026-01-31","users":500,"positives":100,"auc":0.7,"status":"ok"}]}`
		for path, text := range map[string]string{page: "<!doctype html><title>r</title>", filepath.Join(o.Models, "revisit", truthFile): truth} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				panic(err)
			}
		}
	}},
	{status: 200, of: `^GET /drift$`, after: func(a *apiServer) {
		r := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader(apiUser))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+a.secrets["full"])
		a.s.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}},
	{status: 200, of: `^GET /model$`, change: func(o *Options) { o.Shadow = "v1" }},
	{status: 200, of: `^POST /predict`, edit: func(r *apiRequest) { r.path += "?reasons=20&sure=1" }},
	{status: 200, of: `^POST /predict`, edit: func(r *apiRequest) { r.path, r.body = r.path+"?sure=1", `{"inputs":{"visit_days":[1,null]}}` }},
	{status: 200, of: `^POST /bigquery`, edit: func(r *apiRequest) {
		r.body = `{"userDefinedContext":{"output":"json"},"calls":[["{}"],[null]]}`
	}},
	{status: 400, of: apiScoring, edit: func(r *apiRequest) { r.body = "{" }},
	{status: 400, of: `^POST /(predict|explain|bigquery)$`, edit: func(r *apiRequest) { r.path += "?lifts=1" }},
	{status: 400, of: `/infer$`, edit: func(r *apiRequest) { r.body = strings.Replace(r.body, "[100]", "[99]", 1) }},
	{status: 401, of: apiKeyed, edit: func(r *apiRequest) { r.key = "" }},
	{status: 403, of: `^POST /(predict|bigquery|AIP|v2|admin)`, edit: func(r *apiRequest) { r.key = "explain" }},
	{status: 403, of: `^POST /explain`, edit: func(r *apiRequest) { r.key = "predict" }},
	{status: 404, of: `^GET /report`},
	{status: 404, of: `/v2/models`, edit: func(r *apiRequest) { r.path = strings.Replace(r.path, "revisit", "nobody", 1) }},
	{status: 404, of: `/assets`, edit: func(r *apiRequest) { r.path = "/assets/nothing.js" }},
	{
		status: 408, of: apiScoring,
		change: func(o *Options) { o.ReadTimeout = 50 * time.Millisecond },
		edit:   func(r *apiRequest) { r.stalls = true },
	},
	{status: 413, of: apiScoring, change: func(o *Options) { o.MaxBody = 16 }},
	{status: 413, of: apiScoring, change: func(o *Options) { o.MaxInstances = 99 }},
	{status: 415, of: apiScoring, edit: func(r *apiRequest) { r.media = "text/plain" }},
	{status: 422, of: `^POST /(predict|explain|AIP)`, edit: func(r *apiRequest) { r.body = `{"instances":[{}]}` }},
	{status: 422, of: `/infer$`, edit: func(r *apiRequest) { r.body = `{"inputs":[]}` }},
	{status: 429, of: apiKeyed, times: 2, edit: func(r *apiRequest) { r.key = "slow" }},
	{status: 429, of: apiScoring, after: func(a *apiServer) { a.s.queue.held.Add(a.s.queue.most) }},
	{status: 500, of: apiScoring, after: func(a *apiServer) {
		art := a.s.current.Load().art
		art.Predictor = &linear.Model{Fields: art.Manifest.Fields, Intercept: math.NaN()}
	}},
	{status: 500, of: `^GET /(model|drift)$`, after: func(a *apiServer) { m := a.s.current.Load(); m.art, m.watch = nil, nil }},
	{status: 500, of: `^POST /admin`, after: func(a *apiServer) { _ = os.RemoveAll(filepath.Join(a.s.opt.Models, "revisit")) }},
	{status: 503, of: apiScoring, change: func(o *Options) { o.ScoreTimeout = 1 }},
	{status: 503, of: apiReadiness, after: func(a *apiServer) { a.s.draining.Store(true) }},
}
