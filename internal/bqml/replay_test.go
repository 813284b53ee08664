package bqml

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
)

// replay answers BigQuery's REST API (cloud.google.com/bigquery/docs/reference/rest/v2: datasets.get, tables.get and insert, jobs.insert, get
// and getQueryResults) from the files of testdata/recorded. They are in the documented format and were made by hand, since BigQuery ML
// runs nowhere but in BigQuery. It knows the statements by their text: any other is answered as BigQuery answers a wrong query.
type replay struct {
	t *testing.T
	// names are the statements by text, as Statements has them, with _ for the space.
	names map[string]string
	// fails are the error messages of the jobs that fail, by statement name; whole ones fail at their insertion with that status.
	fails  map[string]string
	status map[string]int
	// edits change recorded answers.
	edits map[string]func(body string) string

	mu       sync.Mutex
	priced   map[string]bool
	started  []string
	jobs     map[string]string
	labels   map[string]map[string]string
	polled   map[string]int
	canceled []string
}

// newReplay knows the statements that Train issues when the recorded answers are given to the first of them.
func newReplay(t *testing.T, o Options) *replay {
	t.Helper()
	r := &replay{
		t: t, names: map[string]string{}, fails: map[string]string{}, status: map[string]int{}, priced: map[string]bool{},
		jobs: map[string]string{}, labels: map[string]map[string]string{}, polled: map[string]int{}, edits: map[string]func(string) string{},
	}
	o = o.withDefaults()
	now := &run{Options: o, split: recordedSplit, unknown: []string{"meetings"}, levels: recordedLevels}
	statements, err := Statements(o, now.split, now.levels)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		r.names[s.SQL] = strings.ReplaceAll(s.Name, " ", "_")
	}
	for _, family := range AllFamilies {
		for kind, sql := range map[string]string{
			"create": now.create(family), "evaluate": now.evaluate(family), "predict": now.predict(family),
		} {
			r.names[sql] = kind + "_" + family
		}
	}
	return r
}

// open opens the warehouse over the real client and driver.
func (r *replay) open(cost func(warehouse.Cost) error) *warehouse.Warehouse {
	r.t.Helper()
	server := httptest.NewServer(r)
	r.t.Cleanup(server.Close)
	wh, err := warehouse.Open(r.t.Context(), "bigquery://my-project/calback?location=asia-northeast3&read=rest&endpoint="+server.URL,
		warehouse.Options{Holder: "train", RunID: "run-1", Cost: cost})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := wh.Close(); err != nil {
			r.t.Error(err)
		}
	})
	return wh
}

// ServeHTTP is the API.
func (r *replay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path := strings.TrimPrefix(q.URL.Path, "/bigquery/v2")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case q.Method == http.MethodGet && path == "/projects/my-project/datasets/calback":
		r.answer(w, 200, `{"kind":"bigquery#dataset","id":"my-project:calback","location":"asia-northeast3",`+
			`"maxTimeTravelHours":"48","datasetReference":{"projectId":"my-project","datasetId":"calback"}}`)
	case q.Method == http.MethodGet && len(parts) == 6 && parts[4] == "tables":
		r.refuse(w, 404, "notFound", "Not found: Table my-project:calback."+parts[5])
	case q.Method == http.MethodPost && path == "/projects/my-project/datasets/calback/tables":
		body, err := io.ReadAll(q.Body)
		if err != nil {
			r.t.Errorf("tables.insert: %v", err)
		}
		r.answer(w, 200, string(body))
	case q.Method == http.MethodPost && path == "/projects/my-project/jobs":
		r.insert(w, q)
	case q.Method == http.MethodGet && len(parts) == 4 && parts[2] == "queries":
		r.results(w, q, parts[3])
	case q.Method == http.MethodGet && len(parts) == 4 && parts[2] == "jobs":
		r.job(w, parts[3])
	case q.Method == http.MethodPost && len(parts) == 5 && parts[4] == "cancel":
		r.canceled = append(r.canceled, r.jobs[parts[3]])
		r.answer(w, 200, `{"kind":"bigquery#jobCancelResponse"}`)
	default:
		r.t.Errorf("request %s %s is none that BigQuery ML needs", q.Method, q.URL.Path)
		r.refuse(w, 404, "notFound", "Not found")
	}
}

func (r *replay) answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	if _, err := w.Write([]byte(body)); err != nil {
		r.t.Errorf("answer: %v", err)
	}
}

func (r *replay) refuse(w http.ResponseWriter, status int, reason, message string) {
	r.answer(w, status, fmt.Sprintf(`{"error":{"code":%d,"message":%q,"errors":[{"message":%[2]q,"domain":"global","reason":%q}]}}`,
		status, message, reason))
}

// insertion is what jobs.insert is asked for.
type insertion struct {
	JobReference  struct{ ProjectID, JobID, Location string }
	Configuration struct {
		DryRun bool
		Labels map[string]string
		Query  struct {
			Query, MaximumBytesBilled string
			UseLegacySQL              *bool
			DefaultDataset            struct{ ProjectID, DatasetID string }
			QueryParameters           []any
		}
	}
}

// insert checks a job before it is taken on: it must be priced first, bounded, labelled, named, and in standard SQL.
func (r *replay) insert(w http.ResponseWriter, q *http.Request) {
	var in insertion
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		r.t.Errorf("jobs.insert: %v", err)
	}
	c := in.Configuration
	name, known := r.names[c.Query.Query]
	if !known {
		r.t.Errorf("a statement that is none of Statements:\n%s", c.Query.Query)
		r.refuse(w, 400, "invalidQuery", "Syntax error")
		return
	}
	if status := r.status[name]; status != 0 {
		r.refuse(w, status, "accessDenied", r.fails[name])
		return
	}
	r.check(name, in)
	if c.DryRun {
		r.priced[name] = true
		r.answer(w, 200, `{"kind":"bigquery#job","jobReference":{"projectId":"my-project","location":"asia-northeast3"},`+
			`"configuration":{"dryRun":true,"query":{}},"status":{"state":"DONE"},`+
			`"statistics":{"totalBytesProcessed":"52428800","query":{"totalBytesProcessed":"52428800","statementType":"SELECT"}}}`)
		return
	}
	if !r.priced[name] {
		r.t.Errorf("%s was not priced first", name)
	}
	r.started = append(r.started, name)
	r.jobs[in.JobReference.JobID], r.labels[in.JobReference.JobID] = name, c.Labels
	r.job(w, in.JobReference.JobID)
}

func (r *replay) check(name string, in insertion) {
	c := in.Configuration
	for what, ok := range map[string]bool{
		"is standard SQL":             c.Query.UseLegacySQL != nil && !*c.Query.UseLegacySQL,
		"has the limit of bytes":      c.Query.MaximumBytesBilled == "107374182400",
		"is labelled as ours":         c.Labels["app"] == "calback" && c.Labels["command"] == "train" && c.Labels["job"] != "",
		"names models without a path": c.Query.DefaultDataset.ProjectID == "my-project" && c.Query.DefaultDataset.DatasetID == "calback",
		"binds no values":             len(c.Query.QueryParameters) == 0,
		"runs where the data lies":    in.JobReference.Location == "asia-northeast3",
		"has an id":                   c.DryRun || in.JobReference.JobID != "",
	} {
		if !ok {
			r.t.Errorf("%s: that the job %s is not so: %+v", name, what, in)
		}
	}
	if label, ok := strings.CutPrefix(name, "create_"); ok && c.Labels["job"] != "create_revisit_"+label {
		r.t.Errorf("%s is labelled %v", name, c.Labels)
	}
}

// job is the job resource: pending when it was just taken on, then done, or failed with the documented error.
func (r *replay) job(w http.ResponseWriter, id string) {
	name, ok := r.jobs[id]
	if !ok {
		r.refuse(w, 404, "notFound", "Not found: Job")
		return
	}
	status := `{"state":"PENDING"}`
	if r.polled[id] > 0 {
		status = `{"state":"DONE"}`
		if message := r.fails[name]; message != "" {
			status = fmt.Sprintf(`{"state":"DONE","errorResult":{"reason":"invalidQuery","location":"query","message":%q},`+
				`"errors":[{"reason":"invalidQuery","location":"query","message":%[1]q}]}`, message)
		}
	}
	labels, err := json.Marshal(r.labels[id])
	if err != nil {
		r.t.Error(err)
	}
	r.answer(w, 200, fmt.Sprintf(`{"kind":"bigquery#job","id":"my-project:asia-northeast3.%s","jobReference":%s,"configuration":{"jobType":"QUERY",`+
		`"labels":%s,"query":{"query":"","destinationTable":{"projectId":"my-project","datasetId":"_anon","tableId":"anon1"}}},"status":%s,`+
		`"statistics":{"creationTime":"1772323200000","query":{"statementType":"SELECT","totalBytesBilled":"52428800"}}}`, id, r.reference(id), labels, status))
}

func (r *replay) reference(id string) string {
	return fmt.Sprintf(`{"projectId":"my-project","jobId":%q,"location":"asia-northeast3"}`, id)
}

// results is jobs.getQueryResults: first not complete, as a query that takes long answers, then the recorded rows, by pages.
func (r *replay) results(w http.ResponseWriter, q *http.Request, id string) {
	name := r.jobs[id]
	r.polled[id]++
	if r.polled[id] == 1 {
		r.answer(w, 200, `{"kind":"bigquery#getQueryResultsResponse","jobReference":`+r.reference(id)+`,"jobComplete":false}`)
		return
	}
	if message := r.fails[name]; message != "" {
		r.refuse(w, 400, "invalidQuery", message)
		return
	}
	if strings.HasPrefix(name, "create_") {
		r.answer(w, 200, `{"kind":"bigquery#getQueryResultsResponse","jobReference":`+r.reference(id)+
			`,"schema":{},"totalRows":"0","totalBytesProcessed":"52428800","jobComplete":true,"cacheHit":false}`)
		return
	}
	if q.URL.Query().Get("pageToken") == "NEXT" {
		name += "_2"
	}
	body, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
	if err != nil {
		r.t.Error(err)
	}
	text := strings.ReplaceAll(string(body), "JOB_ID", id)
	if edit := r.edits[name]; edit != nil {
		text = edit(text)
	}
	r.answer(w, 200, text)
}
