package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// remoteBody is a request as BigQuery's documentation shows it, with one argument a call. An argument of nil is NULL.
func remoteBody(t testing.TB, context map[string]string, arguments ...any) string {
	t.Helper()
	calls := make([][]any, len(arguments))
	for i, a := range arguments {
		calls[i] = []any{a}
	}
	body, err := json.Marshal(map[string]any{
		"requestId":          "124ab1c",
		"caller":             "//bigquery.googleapis.com/projects/myproject/jobs/myproject:US.bquxjob_5b4c112c_17961fafeaf",
		"sessionUser":        canary,
		"userDefinedContext": context,
		"calls":              calls,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const (
	good    = `{"features":{"visit_days":4,"meetings":2,"channel":"Paid Social","guests":null}}`
	goodP   = `0.6899744811276125`
	oneP    = `0.18242552380635632`
	misspel = `{"features":{"visit_day":1}}`
)

// TestRemoteContract holds the replies byte by byte to what BigQuery's documentation promises its own side.
func TestRemoteContract(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxInstances = 4; o.MaxBody = 8192 })
	asJSON, strict := map[string]string{"output": "json"}, map[string]string{"bad_rows": "error"}
	for _, c := range []struct {
		name, body string
		status     int
		want       string
		refused    int
	}{
		{"one row", remoteBody(t, nil, good), 200, `{"replies":[` + goodP + `]}`, 0},
		{"order is kept", remoteBody(t, nil, one, good, one), 200, `{"replies":[` + oneP + `,` + goodP + `,` + oneP + `]}`, 0},
		{"events", remoteBody(t, nil, `{`+week+`}`), 200, `{"replies":[0.401312339887548]}`, 0},
		{"NULL argument", remoteBody(t, nil, nil, one), 200, `{"replies":[null,` + oneP + `]}`, 0},
		{"no rows", remoteBody(t, nil), 200, `{"replies":[]}`, 0},
		{"an id is allowed and not echoed", remoteBody(t, nil, `{"id":"u-1",`+one[1:]), 200, `{"replies":[` + oneP + `]}`, 0},
		{"probability named", remoteBody(t, map[string]string{"output": "probability", "bad_rows": "null"}, one), 200, `{"replies":[` + oneP + `]}`, 0},
		{
			"json", remoteBody(t, asJSON, good, nil), 200,
			`{"replies":["{\"probability\":` + goodP + `,\"revisit\":true,\"version\":\"v1\"}",null]}`, 0,
		},
		{"a bad row gives NULL", remoteBody(t, nil, misspel, one), 200, `{"replies":[null,` + oneP + `]}`, 1},
		{
			"a bad row of json says why", remoteBody(t, asJSON, misspel), 200,
			`{"replies":["{\"probability\":null,\"revisit\":null,\"version\":\"v1\",\"problem\":\"unknown_feature\",\"path\":\"features.visit_day\"}"]}`, 1,
		},
		{"a list of instances is no instance", remoteBody(t, nil, `{"instances":[`+one+`]}`), 200, `{"replies":[null]}`, 1},
		{"rows that are no JSON", remoteBody(t, nil, ``, `x`, canary, `null`), 200, `{"replies":[null,null,null,null]}`, 4},
		{
			"a bad row fails a strict function", remoteBody(t, strict, one, misspel), 400, `{"errorMessage":"bad_call: calls[1]: ` +
				`features.visit_day: model v1 has no feature called \"visit_day\"; did you mean \"visit_days\"?; GET /model lists them ` +
				`(unknown_feature) (request r1)"}`, -1,
		},
		{"fields may be missing", `{"calls":[["{\"features\":{\"visit_days\":1}}"]]}`, 200, `{"replies":[` + oneP + `]}`, 0},
		{"fields may be null", `{"calls":[[null]],"userDefinedContext":null,"requestId":null}`, 200, `{"replies":[null]}`, 0},
		{
			"fields may be new", `{"new":{"a":[1,{"b":null}],"c":1e999},"calls":[],"other":[true,"x"]}`, 200, `{"replies":[]}`, 0,
		},
		{
			"the context may come last", `{"calls":[[null],["{\"features\":{\"visit_days\":1}}"]],"userDefinedContext":{"output":"json"}}`, 200,
			`{"replies":[null,"{\"probability\":` + oneP + `,\"revisit\":false,\"version\":\"v1\"}"]}`, 0,
		},
		{"empty", ``, 400, `{"errorMessage":"empty_body: send {\"calls\": [[\"{...}\"], ...]} (request r1)"}`, -1},
		{"no object", `[]`, 400, `{"errorMessage":"not_an_object: the body is a list; BigQuery sends {\"calls\": [...]} (request r1)"}`, -1},
		{
			"no calls", `{"requestId":"a"}`, 400,
			`{"errorMessage":"missing_field: calls: the request has no calls; BigQuery sends {\"calls\": [[\"{...}\"], ...]} (request r1)"}`, -1,
		},
		{"cut", `{"calls":[["{}"`, 400, `{"errorMessage":"invalid_json: the text ends where ',' or ']' should be at byte 15 (request r1)"}`, -1},
		{
			"calls twice", `{"calls":[],"calls":[]}`, 400, `{"errorMessage":"duplicate_key: \"calls\" is given twice; give it once (request r1)"}`, -1,
		},
		{
			"two arguments", `{"calls":[["{}",1]]}`, 400,
			`{"errorMessage":"bad_call: calls[0]: the function takes one argument; create it as (instance STRING) (request r1)"}`, -1,
		},
		{
			"no arguments", `{"calls":[[]]}`, 400,
			`{"errorMessage":"bad_call: calls[0]: the function takes one argument; create it as (instance STRING) (request r1)"}`, -1,
		},
		{
			"a number", `{"calls":[[7]]}`, 400, `{"errorMessage":"bad_call: calls[0][0]: the argument is a number; create the function as ` +
				`(instance STRING) and pass TO_JSON_STRING(...) (request r1)"}`, -1,
		},
		{"a call that is no list", `{"calls":["{}"]}`, 400, `{"errorMessage":"wrong_type: calls[0]: expected a list, got text (request r1)"}`, -1},
		{
			"unknown key of the context", remoteBody(t, map[string]string{"outpt": "json"}, one), 400, `{"errorMessage":"bad_context: ` +
				`userDefinedContext.outpt: the context has no key \"outpt\"; \"output\" and \"bad_rows\" are (request r1)"}`, -1,
		},
		{
			"unknown value of the context", remoteBody(t, map[string]string{"output": canary}, one), 400, `{"errorMessage":"bad_context: ` +
				`userDefinedContext.output: output is \"probability\", a number, or \"json\", a text (request r1)"}`, -1,
		},
		{
			"too many rows", remoteBody(t, nil, one, one, one, one, one), 413, `{"errorMessage":"too_many_instances: calls: ` +
				`at most 4 calls are answered in one request; set max_batching_rows to that or less (request r1)"}`, -1,
		},
		{
			"too large", remoteBody(t, nil, strings.Repeat("x", 9000)), 413, `{"errorMessage":"body_too_large: ` +
				`a body has at most 8192 bytes, also once inflated; send several requests (request r1)"}`, -1,
		},
		{
			"too deep", `{"new":` + strings.Repeat("[", 5000) + `}`, 400, `{"errorMessage":"invalid_json: lists and objects lie too deep ` +
				`within each other at byte 39 (request r1)"}`, -1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", "/bigquery", c.body, "X-Request-Id", "r1")
			if got := strings.TrimSpace(w.Body.String()); w.Code != c.status || got != c.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, got, c.status, c.want)
			}
			refused := ""
			if c.refused >= 0 {
				refused = strconv.Itoa(c.refused)
			}
			if w.Header().Get("X-Rows-Refused") != refused || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("headers %v, want %q rows refused", w.Header(), refused)
			}
		})
	}
}

// TestRemoteEqualsPredict asks both routes the same, refused instances included.
func TestRemoteEqualsPredict(t *testing.T) {
	s := started(t, nil)
	instances := []string{good, one, `{` + week + `}`, `{` + week + `,"as_of":"2026-03-02T00:00:00+09:00"}`}
	for days := range 40 {
		instances = append(instances, fmt.Sprintf(`{"features":{"visit_days":%d,"meetings":%d,"channel":"Direct"}}`, days, days%3))
	}
	arguments := []any{}
	for _, in := range instances {
		arguments = append(arguments, in)
	}
	for _, c := range refusals {
		if !strings.Contains(c.body, `"instances"`) && strings.ToValidUTF8(c.body, "") == c.body {
			arguments = append(arguments, c.body)
		}
	}
	w := ask(s, "POST", "/bigquery", remoteBody(t, nil, arguments...))
	var got struct{ Replies []*float64 }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Replies) != len(arguments) {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	scored := 0
	for i, a := range arguments {
		one := ask(s, "POST", "/predict?reasons=0", a.(string))
		if one.Code != 200 {
			if got.Replies[i] != nil {
				t.Errorf("%s: /predict answers %d, /bigquery %v", a, one.Code, *got.Replies[i])
			}
			continue
		}
		var want predictReply
		if err := json.Unmarshal(one.Body.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		scored++
		if got.Replies[i] == nil || *got.Replies[i] != want.Predictions[0].Probability {
			t.Errorf("%s: got %v, want %v", a, got.Replies[i], want.Predictions[0].Probability)
		}
	}
	if scored < len(instances) || scored == len(arguments) {
		t.Errorf("%d of %d were scored: both kinds must be there", scored, len(arguments))
	}
}

// TestRemoteTransport sends what BigQuery would not.
func TestRemoteTransport(t *testing.T) {
	s := started(t, nil)
	body := remoteBody(t, nil, one)
	for _, c := range []struct {
		name, path, body string
		status           int
		code             string
		headers          []string
	}{
		{"form", "/bigquery", body, 415, "unsupported_media_type", []string{"Content-Type", "text/plain"}},
		{"brotli", "/bigquery", body, 415, "unsupported_encoding", []string{"Content-Encoding", "br"}},
		{"no gzip", "/bigquery", body, 400, "bad_gzip", []string{"Content-Encoding", "gzip"}},
		{"query", "/bigquery?reasons=1", body, 400, "bad_query", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", c.path, c.body, c.headers...)
			var reply remoteError
			if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code != c.status || !strings.HasPrefix(reply.ErrorMessage, c.code+": ") {
				t.Errorf("%d %s %v, want %d %s", w.Code, w.Body, err, c.status, c.code)
			}
		})
	}
	if w := ask(s, "POST", "/bigquery", gzipped(t, body), "Content-Encoding", "gzip"); w.Code != 200 {
		t.Errorf("gzip: %d %s", w.Code, w.Body)
	}
	if w := ask(s, "GET", "/bigquery", ""); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
}

// TestRemoteIsRetriedWhenSlow: BigQuery sends a request again on 503, and must get one.
func TestRemoteIsRetriedWhenSlow(t *testing.T) {
	s := started(t, func(o *Options) { o.ScoreTimeout = time.Nanosecond })
	w := ask(s, "POST", "/bigquery", remoteBody(t, nil, one))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "too_slow: scoring took longer than 1ns; lower max_batching_rows") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestRemoteIsPure sends the same rows again, as BigQuery may: the same bytes must come back.
func TestRemoteIsPure(t *testing.T) {
	s := started(t, nil)
	body := remoteBody(t, map[string]string{"output": "json"}, one, misspel, nil, `{`+week+`}`)
	first := ask(s, "POST", "/bigquery", body).Body.String()
	for range 3 {
		if diff := cmp.Diff(first, ask(s, "POST", "/bigquery", body).Body.String()); diff != "" {
			t.Error(diff)
		}
	}
}

// TestRemoteLogsNoPerson looks for the session user, and for what a row held, in the log and in the reply.
func TestRemoteLogsNoPerson(t *testing.T) {
	s := started(t, nil)
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	for _, body := range []string{
		remoteBody(t, nil, one, `{"id":"`+canary+`"}`, `{"features":{"`+canary+`":1}}`, nil),
		remoteBody(t, map[string]string{canary: canary}, one),
		remoteBody(t, map[string]string{"bad_rows": "error"}, `{"features":{"channel":"`+canary+`","`+canary+`":1}}`),
		`{"requestId":"` + canary + `","calls":[]}`,
	} {
		if w := ask(s, "POST", "/bigquery", body); strings.Contains(w.Body.String(), canary) {
			t.Errorf("the reply repeats a personal value: %s", w.Body)
		}
	}
	if strings.Contains(logged.String(), canary) {
		t.Errorf("the log has a personal value: %s", logged.String())
	}
	const want = `rows=4 nulls=1 refused=2 bigquery_request_id=124ab1c first_problem=neither_form`
	if !strings.Contains(logged.String(), want) {
		t.Errorf("the log lacks %q: %s", want, logged.String())
	}
}

// A key of the context that is given twice is refused, whichever it is and whether or not the values are the same.
func TestRemoteContextTwice(t *testing.T) {
	s := started(t, nil)
	for key, context := range map[string]string{
		"output": `{"output":"json","bad_rows":"null","output":"probability"}`, "bad_rows": `{"bad_rows":"error","bad_rows":"error"}`,
	} {
		for _, body := range []string{`{"userDefinedContext":` + context + `,"calls":[]}`, `{"calls":[],"userDefinedContext":` + context + `}`} {
			w := ask(s, "POST", "/bigquery", body)
			if want := `"duplicate_key: userDefinedContext.` + key; w.Code != 400 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
	}
}

// FuzzRemote sends any body: each must get a reply for every call, or one errorMessage of the caller's.
func FuzzRemote(f *testing.F) {
	for _, argument := range []any{one, misspel, nil, `{` + week + `}`, "", "null", good} {
		f.Add([]byte(remoteBody(f, nil, argument)))
		f.Add([]byte(remoteBody(f, map[string]string{"output": "json", "bad_rows": "error"}, argument, one)))
	}
	f.Add([]byte(`{"calls":[["{}",1]],"x":[{"y":[1e999,null,true]}]}`))
	s := started(f, func(o *Options) { o.MaxInstances = 3 })
	f.Fuzz(func(t *testing.T, body []byte) {
		w := ask(s, "POST", "/bigquery", string(body))
		var reply struct {
			Replies      []any
			ErrorMessage string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
			t.Fatalf("%q: the reply is no JSON: %v", body, err)
		}
		if w.Code != 200 {
			if w.Code >= 500 || reply.ErrorMessage == "" || reply.Replies != nil {
				t.Fatalf("%q: %d %s", body, w.Code, w.Body)
			}
			return
		}
		// A map, because a struct would also take "Calls" for calls.
		var request map[string]json.RawMessage
		var calls [][]any
		if err := errors.Join(json.Unmarshal(body, &request), json.Unmarshal(request["calls"], &calls)); err != nil || len(reply.Replies) != len(calls) {
			t.Fatalf("%q: %d calls got %d replies (%v)", body, len(calls), len(reply.Replies), err)
		}
		for i, r := range reply.Replies {
			if p, ok := r.(float64); ok && !(p >= 0 && p <= 1) || calls[i][0] == nil && r != nil {
				t.Fatalf("%q: reply %d is %v", body, i, r)
			}
		}
	})
}
