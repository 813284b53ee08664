package bigquery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"

	bq "google.golang.org/api/bigquery/v2"
)

// gateway stands in front of the emulator and repairs what it does otherwise than BigQuery for every query job, so that neither the
// program nor a test has to write around it:
//   - jobs.insert drops the default dataset and keeps what a failed script has done; jobs.query does neither, so that one is asked;
//   - a job id that was used before is taken, which is an error 409;
//   - a statement of a script without parameters is given those of all; here a script's parameters are written into it;
//   - every fault has the reason jobInternalError instead of notFound or invalidQuery;
//   - CREATE OR REPLACE of a table that is there fails, so that the table is dropped first;
//   - a load of nested records swaps their fields at random, so that the rows are inserted instead;
//   - the type FLOAT of a column is taken for one of 32 bits, so that it is called FLOAT64;
//   - a dry run does the work, and says nothing about it; here it does nothing, and says as little.
type gateway struct {
	emulator http.Handler

	mu   sync.Mutex
	jobs map[string]*gatewayJob
}

// gatewayJob is a query job that was inserted: what jobs.get answers, the emulator's own id of it, or its failure.
type gatewayJob struct {
	job    *bq.Job
	inner  string
	failed *fault
}

type fault struct {
	code            int
	reason, message string
}

var (
	jobsPath    = regexp.MustCompile(`^(?:/bigquery/v2)?/projects/([^/]+)/jobs$`)
	jobPath     = regexp.MustCompile(`^(?:/bigquery/v2)?/projects/[^/]+/jobs/([^/]+?)(?:/cancel)?$`)
	resultsPath = regexp.MustCompile(`^(?:/bigquery/v2)?/projects/([^/]+)/queries/([^/]+)$`)
	replacing   = regexp.MustCompile("(?is)^\\s*CREATE\\s+OR\\s+REPLACE\\s+(TABLE|VIEW)\\s+(`[^`]+`|[^\\s(]+)")
)

// ServeHTTP implements http.Handler.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m := jobsPath.FindStringSubmatch(r.URL.Path); m != nil && r.Method == http.MethodPost {
		g.insert(w, r, m[1])
		return
	}
	if m := uploadPath.FindStringSubmatch(r.URL.Path); m != nil && r.Method == http.MethodPost {
		if err := g.load(w, r, m[1]); err != nil {
			refuse(w, fault{http.StatusBadRequest, "invalid", err.Error()})
		}
		return
	}
	if m := jobPath.FindStringSubmatch(r.URL.Path); m != nil {
		if j := g.find(m[1]); j != nil {
			if strings.HasSuffix(r.URL.Path, "/cancel") {
				answer(w, http.StatusOK, map[string]any{"job": j.job})
				return
			}
			answer(w, http.StatusOK, j.job)
			return
		}
	}
	if m := resultsPath.FindStringSubmatch(r.URL.Path); m != nil {
		if j := g.find(m[2]); j != nil && j.failed != nil {
			refuse(w, *j.failed)
			return
		} else if j != nil {
			r = r.Clone(r.Context())
			r.URL.Path = "/projects/" + m[1] + "/queries/" + j.inner
			r.RequestURI = r.URL.RequestURI()
		}
	}
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/tables") {
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			refuse(w, fault{http.StatusBadRequest, "invalid", err.Error()})
			return
		}
		wide := bytes.ReplaceAll(body.Bytes(), []byte(`"type":"FLOAT"`), []byte(`"type":"FLOAT64"`))
		r.Body, r.ContentLength = readCloser{bytes.NewBuffer(wide)}, int64(len(wide))
	}
	g.emulator.ServeHTTP(w, r)
}

func (g *gateway) find(id string) *gatewayJob {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.jobs[id]
}

func (g *gateway) insert(w http.ResponseWriter, r *http.Request, project string) {
	var body bytes.Buffer
	var job bq.Job
	var raw struct {
		Configuration struct {
			Query map[string]json.RawMessage `json:"query"`
		} `json:"configuration"`
	}
	if _, err := body.ReadFrom(r.Body); err != nil {
		refuse(w, fault{http.StatusBadRequest, "invalid", err.Error()})
		return
	}
	if json.Unmarshal(body.Bytes(), &job) != nil || json.Unmarshal(body.Bytes(), &raw) != nil || raw.Configuration.Query == nil {
		r.Body = readCloser{&body}
		g.emulator.ServeHTTP(w, r)
		return
	}
	job.Status = &bq.JobStatus{State: "DONE"}
	job.Statistics = &bq.JobStatistics{CreationTime: 1, StartTime: 1, EndTime: 1, Query: &bq.JobStatistics2{}}
	if job.Configuration.DryRun {
		answer(w, http.StatusOK, job)
		return
	}
	entry := &gatewayJob{job: &job}
	g.mu.Lock()
	_, taken := g.jobs[job.JobReference.JobId]
	if !taken {
		g.jobs[job.JobReference.JobId] = entry
	}
	g.mu.Unlock()
	if taken {
		refuse(w, fault{http.StatusConflict, "duplicate", "Already Exists: Job " + job.JobReference.JobId})
		return
	}
	if m := replacing.FindStringSubmatch(job.Configuration.Query.Query); m != nil {
		g.query(r, project, with(raw.Configuration.Query, fmt.Sprintf("DROP %s IF EXISTS %s", m[1], m[2])))
	}
	if strings.HasPrefix(job.Configuration.Query.Query, "BEGIN") {
		sql, err := inline(job.Configuration.Query.Query, job.Configuration.Query.QueryParameters)
		if err != nil {
			refuse(w, fault{http.StatusBadRequest, "invalid", err.Error()})
			return
		}
		raw.Configuration.Query = with(raw.Configuration.Query, sql)
	}
	entry.inner, entry.failed = g.query(r, project, raw.Configuration.Query)
	if entry.failed != nil {
		job.Status.ErrorResult = &bq.ErrorProto{Reason: entry.failed.reason, Message: entry.failed.message}
	}
	answer(w, http.StatusOK, job)
}

// with is the query with another text and no parameters.
func with(query map[string]json.RawMessage, sql string) map[string]json.RawMessage {
	other := maps.Clone(query)
	other["query"], _ = json.Marshal(sql)
	delete(other, "queryParameters")
	return other
}

// tokens are what may hold a question mark that is no parameter, and the question mark.
var tokens = regexp.MustCompile("(?s)'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|--[^\n]*|/\\*.*?\\*/|\\?")

// inline writes the positional parameters into the script as literals.
func inline(script string, parameters []*bq.QueryParameter) (string, error) {
	n := 0
	out := tokens.ReplaceAllStringFunc(script, func(token string) string {
		if token != "?" {
			return token
		}
		if n++; n > len(parameters) {
			return token
		}
		return parameterLiteral(parameters[n-1].ParameterType, parameters[n-1].ParameterValue)
	})
	if n != len(parameters) {
		return "", fmt.Errorf("the script has %d places for %d parameters", n, len(parameters))
	}
	return out, nil
}

func parameterLiteral(t *bq.QueryParameterType, v *bq.QueryParameterValue) string {
	switch t.Type {
	case "STRING":
		b, _ := json.Marshal(v.Value)
		return string(b)
	case "ARRAY":
		values := make([]string, len(v.ArrayValues))
		for i, item := range v.ArrayValues {
			values[i] = parameterLiteral(t.ArrayType, item)
		}
		return "[" + strings.Join(values, ", ") + "]"
	case "BYTES":
		return "FROM_BASE64('" + v.Value + "')"
	case "INT64", "BOOL":
		return v.Value
	}
	return "CAST('" + v.Value + "' AS " + t.Type + ")"
}

// query asks the emulator by jobs.query, and gives its id of the job or its failure.
func (g *gateway) query(r *http.Request, project string, query map[string]json.RawMessage) (string, *fault) {
	request := map[string]any{"useLegacySql": false}
	for _, name := range []string{"query", "queryParameters", "parameterMode", "defaultDataset"} {
		if v, ok := query[name]; ok {
			request[name] = v
		}
	}
	body, err := json.Marshal(request)
	if err != nil {
		return "", &fault{http.StatusBadRequest, "invalid", err.Error()}
	}
	inner := httptest.NewRequestWithContext(r.Context(), http.MethodPost, "/projects/"+project+"/queries", bytes.NewReader(body))
	out := httptest.NewRecorder()
	g.emulator.ServeHTTP(out, inner)
	if out.Code == http.StatusOK {
		var response struct{ JobReference bq.JobReference }
		if err := json.Unmarshal(out.Body.Bytes(), &response); err != nil {
			return "", &fault{http.StatusInternalServerError, "internalError", err.Error()}
		}
		return response.JobReference.JobId, nil
	}
	var response struct{ Error struct{ Message string } }
	if err := json.Unmarshal(out.Body.Bytes(), &response); err != nil {
		return "", &fault{http.StatusInternalServerError, "internalError", out.Body.String()}
	}
	f := &fault{http.StatusBadRequest, "invalidQuery", response.Error.Message}
	if missing.MatchString(f.message) {
		f.code, f.reason = http.StatusNotFound, "notFound"
	}
	return "", f
}

// missing are the emulator's words for a table or a dataset that is not there.
var missing = regexp.MustCompile(`(?i)table not found|dataset not found|no such table`)

type readCloser struct{ *bytes.Buffer }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, f fault) {
	answer(w, f.code, map[string]any{"error": map[string]any{
		"code": f.code, "message": f.message, "errors": []map[string]string{{"reason": f.reason, "message": f.message}},
	}})
}
