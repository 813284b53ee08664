package bqwh

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"
	bq "google.golang.org/api/bigquery/v2"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// api is BigQuery's REST API as far as the driver asks for it, in the documented format
// (cloud.google.com/bigquery/docs/reference/rest/v2). It keeps what it was asked, and runs nothing.
type api struct {
	t *testing.T
	// there says that dataset and tables exist already.
	there bool
	// answerInsert, if set, may answer jobs.insert in the place of success; it is told how often the job was sent.
	answerInsert func(w http.ResponseWriter, job *bq.Job, sent int) bool

	mu       sync.Mutex
	datasets []map[string]any
	tables   []map[string]any
	jobs     []*bq.Job
	dry      []*bq.Job
	loads    [][]byte
	deleted  []string
	canceled []string
	sent     map[string]int
	byID     map[string]*bq.Job
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/bigquery/v2")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	last := parts[len(parts)-1]
	switch {
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		a.upload(w, r)
	case r.Method == http.MethodPost && last == "datasets":
		a.datasets = append(a.datasets, a.body(r))
		reply(w, 200, a.datasets[len(a.datasets)-1])
	case r.Method == http.MethodPost && last == "tables":
		a.tables = append(a.tables, a.body(r))
		reply(w, 200, a.tables[len(a.tables)-1])
	case r.Method == http.MethodDelete:
		a.deleted = append(a.deleted, last)
		reply(w, 204, nil)
	case r.Method == http.MethodPost && last == "cancel":
		a.canceled = append(a.canceled, parts[3])
		reply(w, 200, map[string]any{"job": a.byID[parts[3]]})
	case r.Method == http.MethodPost && last == "jobs":
		var job bq.Job
		if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
			a.t.Errorf("jobs.insert: %v", err)
		}
		a.insert(w, &job)
	case r.Method == http.MethodGet && parts[2] == "jobs":
		reply(w, 200, a.byID[last])
	case r.Method == http.MethodGet && parts[2] == "queries":
		reply(w, 200, map[string]any{
			"jobComplete": true, "totalRows": "0", "jobReference": a.byID[last].JobReference,
			"schema": map[string]any{"fields": []map[string]any{{"name": "n", "type": "INTEGER"}}},
		})
	case r.Method == http.MethodGet && a.there && parts[2] == "datasets" && len(parts) == 4:
		reply(w, 200, map[string]any{"location": "asia-northeast3", "maxTimeTravelHours": "48"})
	default:
		fail(w, 404, "notFound", "Not found: "+path)
	}
}

func (a *api) body(r *http.Request) map[string]any {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		a.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return body
}

func (a *api) upload(w http.ResponseWriter, r *http.Request) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		a.t.Errorf("upload: %v", err)
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	var job bq.Job
	first, err := parts.NextPart()
	if err == nil {
		err = json.NewDecoder(first).Decode(&job)
	}
	second, next := parts.NextPart()
	if err = errors.Join(err, next); err != nil {
		a.t.Fatalf("upload: %v", err)
	}
	data, err := io.ReadAll(second)
	if err != nil {
		a.t.Errorf("upload: %v", err)
	}
	a.loads = append(a.loads, data)
	a.insert(w, &job)
}

func (a *api) insert(w http.ResponseWriter, job *bq.Job) {
	job.Status = &bq.JobStatus{State: "DONE"}
	job.Statistics = &bq.JobStatistics{
		TotalBytesProcessed: 123 << 20, CreationTime: 1, StartTime: 1, EndTime: 2,
		Query: &bq.JobStatistics2{TotalBytesProcessed: 123 << 20, StatementType: "SELECT", ReferencedTables: []*bq.TableReference{{TableId: "events"}}},
	}
	if job.Configuration.DryRun {
		a.dry = append(a.dry, job)
		job.JobReference = &bq.JobReference{ProjectId: "my-project", Location: "asia-northeast3"}
		reply(w, 200, job)
		return
	}
	id := job.JobReference.JobId
	a.sent[id]++
	if a.answerInsert != nil && a.answerInsert(w, job, a.sent[id]) {
		return
	}
	a.jobs, a.byID[id] = append(a.jobs, job), job
	reply(w, 200, job)
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

func fail(w http.ResponseWriter, code int, reason, message string) {
	reply(w, code, map[string]any{"error": map[string]any{
		"code": code, "message": message, "errors": []map[string]string{{"reason": reason, "message": message}},
	}})
}

func newAPI(t *testing.T) *api {
	return &api{t: t, sent: map[string]int{}, byID: map[string]*bq.Job{}}
}

// open opens the warehouse over the real client.
func (a *api) open(more string, opt warehouse.Options) *warehouse.Warehouse {
	a.t.Helper()
	server := httptest.NewServer(a)
	a.t.Cleanup(server.Close)
	opt.Holder = "etl run"
	w, err := warehouse.Open(a.t.Context(), "bigquery://my-project/calback?location=asia-northeast3&read=rest&endpoint="+server.URL+more, opt)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { w.Close() })
	return w
}

// TestDatasetAndTables compares what makes them with datasets.insert and tables.insert of the REST reference.
func TestDatasetAndTables(t *testing.T) {
	a := newAPI(t)
	a.open("", warehouse.Options{})
	if len(a.datasets) != 1 || a.datasets[0]["location"] != "asia-northeast3" || a.datasets[0]["maxTimeTravelHours"] != "48" {
		t.Errorf("datasets.insert: %v", a.datasets)
	}
	if len(a.tables) != len(warehouse.All) {
		t.Fatalf("%d tables were made, want %d", len(a.tables), len(warehouse.All))
	}
	events := a.tables[slices.IndexFunc(a.tables, func(m map[string]any) bool {
		return m["tableReference"].(map[string]any)["tableId"] == "events"
	})]
	text, _ := json.Marshal(events)
	for _, part := range []string{
		`"timePartitioning":{"field":"day","type":"DAY"}`, `"requirePartitionFilter":true`, `"clustering":{"fields":["user_key","name"]}`,
		`{"name":"day","type":"DATE"}`, `{"name":"ts","type":"INTEGER"}`, `"labels":{"app":"calback"}`,
		`{"fields":[{"name":"key","type":"STRING"},{"name":"value","type":"FLOAT64"}],"mode":"REPEATED","name":"params","type":"RECORD"}`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("tables.insert of events lacks %s:\n%s", part, text)
		}
	}
}

// TestQueryRequest holds a query to jobs.insert of the REST reference: asked for its price first, capped, labelled, with an id.
func TestQueryRequest(t *testing.T) {
	a := newAPI(t)
	a.there = true
	var costs []warehouse.Cost
	w := a.open("&max_gib=7", warehouse.Options{RunID: "r", Cost: func(c warehouse.Cost) error {
		costs = append(costs, c)
		return nil
	}})
	_, err := w.ReadColumns(t.Context(), "SELECT ts FROM events WHERE day = CAST(? AS DATE) AND ts > ? AND name = ? AND user_key = TO_HEX(?)",
		"2026-03-01", 5, "it's", []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.dry) != 1 || len(a.jobs) != 1 {
		t.Fatalf("%d dry runs and %d jobs, want one each", len(a.dry), len(a.jobs))
	}
	if len(costs) != 1 || costs[0].Bytes != 123<<20 || costs[0].USD < 0.00073 || costs[0].USD > 0.00074 || costs[0].Job != "select events" {
		t.Errorf("costs %+v", costs)
	}
	q, job := a.jobs[0].Configuration.Query, a.jobs[0]
	if !strings.HasPrefix(job.JobReference.JobId, "calback_") || job.JobReference.Location != "asia-northeast3" {
		t.Errorf("job reference %+v", job.JobReference)
	}
	if q.UseLegacySql == nil || *q.UseLegacySql || q.MaximumBytesBilled != 7<<30 || q.DefaultDataset.DatasetId != "calback" {
		t.Errorf("query: legacy %v, at most %d bytes, dataset %+v", q.UseLegacySql, q.MaximumBytesBilled, q.DefaultDataset)
	}
	if l := job.Configuration.Labels; l["app"] != "calback" || l["job"] != "select_events" || l["command"] != "etl_run" {
		t.Errorf("labels %v", l)
	}
	var types []string
	for _, p := range q.QueryParameters {
		types = append(types, p.Name+p.ParameterType.Type+"="+p.ParameterValue.Value)
	}
	if got := strings.Join(types, " "); got != "STRING=2026-03-01 INT64=5 STRING=it's BYTES=AQI=" {
		t.Errorf("parameters %s", got)
	}
}

// TestTooExpensiveIsNotRun stops a query at its price.
func TestTooExpensiveIsNotRun(t *testing.T) {
	a := newAPI(t)
	a.there = true
	tooMuch := errors.New("too expensive")
	w := a.open("", warehouse.Options{Cost: func(warehouse.Cost) error { return tooMuch }})
	if err := w.Exec(t.Context(), "CREATE TABLE x AS SELECT 1 AS a"); !errors.Is(err, tooMuch) || len(a.jobs) != 0 {
		t.Errorf("error %v, %d jobs", err, len(a.jobs))
	}
}

// TestReplaceDaysRequests holds the replacing of a day to: load jobs of Parquet with WRITE_TRUNCATE into staging tables, then one script
// that is one transaction, then the staging tables' end. Nothing is streamed.
func TestReplaceDaysRequests(t *testing.T) {
	a := newAPI(t)
	a.there = true
	w := a.open("", warehouse.Options{})
	row := make([]any, len(warehouse.Events.Columns))
	row[0], row[1], row[2], row[3] = "2026-03-01", "key", int64(7), "open"
	row[len(row)-1] = map[string]float64{"b": 2, "a": 1.5}
	err := w.ReplaceDays(t.Context(), []warehouse.DayLoad{{
		Table: warehouse.Events, Day: "2026-03-01", Rows: slices.Values([][]any{row}), Ledger: warehouse.LedgerRow{Source: "test", Rows: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var script *bq.JobConfigurationQuery
	var staged []string
	for _, j := range a.jobs {
		if l := j.Configuration.Load; l != nil {
			if l.SourceFormat != "PARQUET" || l.WriteDisposition != "WRITE_TRUNCATE" || l.CreateDisposition != "CREATE_NEVER" {
				t.Errorf("load %+v", l)
			}
			staged = append(staged, l.DestinationTable.TableId)
		}
		if q := j.Configuration.Query; q != nil && strings.HasPrefix(q.Query, "BEGIN TRANSACTION;") {
			script = q
		}
	}
	if len(staged) != 2 || script == nil {
		t.Fatalf("loads into %v, script %v", staged, script)
	}
	want := []string{
		"BEGIN TRANSACTION;", "DELETE FROM `events` WHERE `day` IN (CAST(? AS DATE))", "DELETE FROM `quarantine` WHERE table_name = ?",
		"DELETE FROM `ledger` WHERE table_name = ?", "INSERT INTO `events` (", "INSERT INTO `ledger` (", "COMMIT TRANSACTION;",
	}
	at := 0
	for _, part := range want {
		i := strings.Index(script.Query[at:], part)
		if i < 0 {
			t.Fatalf("the script lacks %q in its place:\n%s", part, script.Query)
		}
		at += i
	}
	for _, name := range staged {
		if !slices.Contains(a.deleted, name) {
			t.Errorf("staging table %s stays; deleted %v", name, a.deleted)
		}
	}
	wantParquet(t, a.loads)
}

// wantParquet reads what was loaded back.
func wantParquet(t *testing.T, loads [][]byte) {
	t.Helper()
	for _, data := range loads {
		file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		columns := file.Schema().Columns()
		if !slices.ContainsFunc(columns, func(path []string) bool { return strings.Join(path, ".") == "params.key" }) {
			continue
		}
		rows := make([]parquet.Row, 1)
		reader := file.RowGroups()[0].Rows()
		defer reader.Close()
		if n, _ := reader.ReadRows(rows); n != 1 {
			t.Fatalf("%d rows", n)
		}
		var params []string
		for _, v := range rows[0] {
			if path := strings.Join(columns[v.Column()], "."); strings.HasPrefix(path, "params.") && !v.IsNull() {
				params = append(params, v.String())
			}
		}
		if got := fmt.Sprint(params); got != "[a b 1.5 2]" {
			t.Errorf("params %s, want the keys in order, then their values", got)
		}
		return
	}
	t.Error("no load has the events")
}

// TestSentTwiceIsOneJob loses the first answer: the request is sent again with the same id, and "already exists" is as good as yes.
func TestSentTwiceIsOneJob(t *testing.T) {
	a := newAPI(t)
	a.there = true
	a.answerInsert = func(w http.ResponseWriter, job *bq.Job, sent int) bool {
		switch {
		case sent == 1:
			a.byID[job.JobReference.JobId] = job
			fail(w, 503, "backendError", "try again")
			return true
		case sent > 1:
			fail(w, 409, "duplicate", "Already Exists: Job")
			return true
		}
		return false
	}
	w := a.open("", warehouse.Options{})
	if err := w.Exec(t.Context(), "DELETE FROM staff WHERE TRUE"); err != nil {
		t.Fatal(err)
	}
	if len(a.sent) != 1 {
		t.Errorf("ids sent: %v, want one", a.sent)
	}
}

// TestErrorsHaveKindsAndRemedies answers with the documented errors.
func TestErrorsHaveKindsAndRemedies(t *testing.T) {
	for _, c := range []struct {
		code    int
		reason  string
		kind    warehouse.Kind
		remedy  string
		message string
	}{
		{404, "notFound", warehouse.NotFound, "", "Not found: Table my-project:calback.x"},
		{400, "invalidQuery", warehouse.BadQuery, "", "Syntax error"},
		{403, "accessDenied", warehouse.Unavailable, "roles/bigquery", "Access Denied"},
		{400, "bytesBilledLimitExceeded", warehouse.Invalid, "max_gib", "Query exceeded limit for bytes billed"},
	} {
		a := newAPI(t)
		a.there = true
		a.answerInsert = func(w http.ResponseWriter, _ *bq.Job, _ int) bool {
			fail(w, c.code, c.reason, c.message)
			return true
		}
		err := a.open("", warehouse.Options{}).Exec(t.Context(), "DELETE FROM staff WHERE TRUE")
		if err == nil || warehouse.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.remedy) {
			t.Errorf("%s: %v of kind %v, want kind %v with %q", c.reason, err, warehouse.KindOf(err), c.kind, c.remedy)
		}
	}
}

func TestParse(t *testing.T) {
	project, dataset, set, err := parse("//my-project/calback?location=EU&max_gib=3&read=rest")
	if err != nil || project != "my-project" || dataset != "calback" || set.Location != "EU" || set.MaxGiB != 3 || !set.REST {
		t.Errorf("got %s, %s, %+v, %v", project, dataset, set, err)
	}
	for _, bad := range []string{
		"//my-project", "//MY PROJECT/calback", "//my-project/cal-back", "//my-project/calback?max_gib=0", "//my-project/calback?max_gib=x",
		"//my-project/calback?read=avro", "//my-project/calback?colour=red", "//my-project/calback?endpoint=http://example.com",
	} {
		if _, _, _, err := parse(bad); warehouse.KindOf(err) != warehouse.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestStatementText(t *testing.T) {
	for sql, want := range map[string]string{
		"CREATE OR REPLACE TABLE `features`\nAS SELECT 1": "create features", "-- a\nINSERT INTO p.d.events (a) SELECT 1": "insert events",
		"DELETE FROM `staff` WHERE a = '?'": "delete staff", "SELECT 1": "select", "SELECT a FROM `x.y.z` AS q": "select z",
		begin + "DELETE FROM scores WHERE day = ?": "transact delete scores",
	} {
		if got := purpose(sql); got != want {
			t.Errorf("purpose(%q) = %q, want %q", sql, got, want)
		}
	}
	if n := places("SELECT '?', \"?\", `?`, ? -- ?\n FROM t WHERE a = ? /* ? */"); n != 2 {
		t.Errorf("%d places, want 2", n)
	}
	if !ordered("SELECT a FROM t ORDER BY a") || ordered("SELECT ARRAY_AGG(a ORDER BY a) FROM t") {
		t.Error("ordered takes a bracket's ORDER BY for the result's")
	}
	if c := price("x", 1, 3); c.Bytes != 30<<20 {
		t.Errorf("the least price of three tables is %d bytes, want 30 MiB", c.Bytes)
	}
}
