package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// canary stands for a personal value; no reply and no log line may hold it.
const canary = "kim.minji@example.com"

func event(fields string) string { return `{"events":[{` + fields + `}]}` }

const (
	one  = `{"features":{"visit_days":1}}`
	nt   = `"name":"first_open","time":"2026-03-01T09:00:00Z"`
	many = `{"instances":[` + one + `,` + one + `,` + one + `,` + one + `]}`
)

var refusals = []struct {
	name, body string
	code       Code
	path       string
}{
	{"empty", ``, EmptyBody, ""},
	{"blank", " \n", EmptyBody, ""},
	{"cut", `{"features":{"visit_days":`, InvalidJSON, ""},
	{"trailing comma", `{"features":{"visit_days":1,}}`, InvalidJSON, ""},
	{"two values", one + one, InvalidJSON, ""},
	{"NaN", `{"features":{"visit_days":NaN}}`, InvalidJSON, ""},
	{"not UTF-8", "{\"features\":{\"channel\":\"\xff\"}}", InvalidJSON, ""},
	{"a list", `[` + one + `]`, NotAnObject, ""},
	{"text", `"` + canary + `"`, NotAnObject, ""},
	{"key twice", `{"id":"a","id":"b",` + one[1:], DuplicateKey, ""},
	{"instances twice", `{"instances":[` + one + `],"instances":[` + one + `]}`, DuplicateKey, ""},
	{"feature twice", `{"features":{"visit_days":1,"visit_days":2}}`, DuplicateKey, "features.visit_days"},
	{"parameter twice", event(nt + `,"params":{"a":1,"a":2}`), DuplicateKey, "events[0].params.a"},
	{"top level", `{"feature":{}}`, UnknownField, "feature"},
	{"item", `{"instances":[{"evnts":[]}]}`, UnknownField, "instances[0].evnts"},
	{"event field", event(nt + `,"user":"` + canary + `"`), UnknownField, "events[0].user"},
	{"odd name", `{"` + canary + `":1}`, UnknownField, ""},
	{"as_of with features", `{"as_of":"2026-03-01T09:00:00Z",` + one[1:], UnknownField, "as_of"},
	{"no name", event(`"time":"2026-03-01T09:00:00Z"`), MissingField, "events[0].name"},
	{"no time", event(`"name":"first_open"`), MissingField, "events[0].time"},
	{"number for category", `{"features":{"channel":3}}`, WrongType, "features.channel"},
	{"bool for category", `{"features":{"channel":true}}`, WrongType, "features.channel"},
	{"text for number", `{"features":{"visit_days":"` + canary + `"}}`, WrongType, "features.visit_days"},
	{"list for number", `{"features":{"visit_days":[1]}}`, WrongType, "features.visit_days"},
	{"features a list", `{"features":[1]}`, WrongType, "features"},
	{"instances an object", `{"instances":{}}`, WrongType, "instances"},
	{"item a number", `{"instances":[` + one + `,7]}`, WrongType, "instances[1]"},
	{"id a number", `{"id":7,` + one[1:], WrongType, "id"},
	{"event null", `{"events":[null]}`, WrongType, "events[0]"},
	{"name null", event(`"name":null,"time":1772323200000000`), WrongType, "events[0].name"},
	{"param a list", event(nt + `,"params":{"a":[]}`), WrongType, "events[0].params.a"},
	{"time a bool", event(`"name":"x","time":true`), WrongType, "events[0].time"},
	{"NaN as text", `{"features":{"visit_days":"NaN"}}`, NumberAsText, "features.visit_days"},
	{"Inf as text", `{"instances":[` + one + `,{"features":{"visit_days":"-Infinity"}}]}`, NumberAsText, "instances[1].features.visit_days"},
	{"quoted number", `{"features":{"visit_days":"3"}}`, NumberAsText, "features.visit_days"},
	{"quoted parameter", event(nt + `,"params":{"a":"3"}`), NumberAsText, "events[0].params.a"},
	{"beyond float64", `{"features":{"visit_days":1e400}}`, NumberRange, "features.visit_days"},
	{"beyond float32", `{"features":{"visit_days":-1e39}}`, NumberRange, "features.visit_days"},
	{"engaged below 0", event(nt + `,"engaged_ms":-1`), NumberRange, "events[0].engaged_ms"},
	{"no time zone", event(`"name":"x","time":"2026-03-01 09:00"`), BadTime, "events[0].time"},
	{"seconds", event(`"name":"x","time":1772323200`), BadTime, "events[0].time"},
	{"fraction", event(`"name":"x","time":1772323200000000.5`), BadTime, "events[0].time"},
	{"as_of", `{"as_of":"soon",` + event(nt)[1:], BadTime, "as_of"},
	{"one and many", `{"id":"a","instances":[` + one + `]}`, MixedForms, ""},
	{"many and one", `{"instances":[` + one + `],` + one[1:], MixedForms, ""},
	{"both", `{"instances":[{"events":[{` + nt + `}],` + one[1:] + `]}`, BothForms, "instances[0]"},
	{"neither", `{"instances":[{"id":"a"}]}`, NeitherForm, "instances[0]"},
	{"empty object", `{}`, NeitherForm, ""},
	{"no instances", `{"instances":[]}`, EmptyBatch, "instances"},
	{"no features", `{"features":{}}`, EmptyFeatures, "features"},
	{"no events", `{"events":[]}`, EmptyEvents, "events"},
	{"misspelt feature", `{"features":{"visit_day":1}}`, UnknownFeature, "features.visit_day"},
	{"odd feature", `{"features":{"` + canary + `":1}}`, UnknownFeature, "features"},
	{"second week", `{"events":[{` + nt + `},{"name":"x","time":"2026-03-08T00:00:00+09:00"}]}`, LateEvent, "events[1].time"},
	{"background only", event(`"name":"app_remove","time":"2026-03-01T09:00:00Z"`), NoVisit, "events"},
	{"before as_of", `{"as_of":"2026-03-01T09:00:00Z",` + event(nt)[1:], NoVisit, "events"},
	{"long id", `{"id":"` + strings.Repeat("x", maxID+1) + `",` + one[1:], TextTooLong, "id"},
	{"long category", `{"features":{"channel":"` + strings.Repeat("x", maxText+1) + `"}}`, TextTooLong, "features.channel"},
	{"four instances", many, TooManyInstances, "instances"},
	{"large", `{"id":"` + strings.Repeat("x", 5000) + `"}`, BodyTooLarge, ""},
}

// isProblem checks a reply and gives its problem.
func isProblem(t *testing.T, status int, h http.Header, body []byte, code Code) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if p.Code != code.String() || status != code.Status() || p.Status != status || h.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %s %s, want %s", status, h.Get("Content-Type"), body, code)
	}
	if p.Detail == "" || p.Title != code.Title() || p.Type != typeBase+code.String() || p.RequestID != h.Get("X-Request-Id") {
		t.Errorf("not a whole problem: %s", body)
	}
	return p
}

func TestRefusals(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxInstances, o.MaxBody = 3, 4096 })
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", "/predict", c.body)
			if p := isProblem(t, w.Code, w.Header(), w.Body.Bytes(), c.code); p.Path != c.path || (p.Instance == "") != (c.path == "") {
				t.Errorf("path %q, instance %q, want path %q", p.Path, p.Instance, c.path)
			}
			if strings.Contains(w.Body.String(), canary) {
				t.Errorf("the reply repeats a personal value: %s", w.Body)
			}
		})
	}
	if strings.Contains(logged.String(), canary) || !strings.Contains(logged.String(), "unknown_feature") {
		t.Errorf("log: %s", logged.String())
	}
}

func TestDetails(t *testing.T) {
	s := started(t, nil)
	for body, want := range map[string]string{
		`{"features":{"visit_day":1}}`:             `did you mean "visit_days"?`,
		`{"featurs":{}}`:                           `did you mean "features"?`,
		`{"features":{"visit_days":1,}}`:           "at byte 28",
		`{"instances":[{"features":{"nope":1}}]}`:  "GET /model lists them",
		`{"features":{"completely_different": 1}}`: `no feature called "completely_different"; GET`,
	} {
		var p Problem
		if err := json.Unmarshal(ask(s, "POST", "/predict", body).Body.Bytes(), &p); err != nil || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: detail %q, want %q (%v)", body, p.Detail, want, err)
		}
	}
	var p Problem
	w := ask(s, "POST", "/predict", `{"instances":[`+one+`,{"features":{"visit_days":[]}}]}`)
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Instance != "#/instances/1/features/visit_days" {
		t.Errorf("%s %v", w.Body, err)
	}
}

func gzipped(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTransportRefusals(t *testing.T) {
	s := started(t, nil)
	bomb := gzipped(t, `{"id":"`+strings.Repeat("x", 5<<20)+`"}`)
	for _, c := range []struct {
		name, method, path, body string
		code                     Code
		headers                  []string
	}{
		{"form", "POST", "/predict", one, UnsupportedMedia, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"no type", "POST", "/predict", one, UnsupportedMedia, []string{"Content-Type", ""}},
		{"latin", "POST", "/predict", one, UnsupportedMedia, []string{"Content-Type", "application/json; charset=latin1"}},
		{"brotli", "POST", "/predict", one, UnsupportedCoding, []string{"Content-Encoding", "br"}},
		{"no gzip", "POST", "/predict", one, BadGzip, []string{"Content-Encoding", "gzip"}},
		{"cut gzip", "POST", "/predict", gzipped(t, one)[:20], BadGzip, []string{"Content-Encoding", "gzip"}},
		{"1000 to 1", "POST", "/predict", bomb, BodyTooLarge, []string{"Content-Encoding", "gzip"}},
		{"query", "POST", "/predict?reason=1", one, BadQuery, nil},
		{"query that cannot be read", "POST", "/predict?reasons=%zz", one, BadQuery, nil},
		{"semicolons", "POST", "/predict?reasons=3;sure=1", one, BadQuery, nil},
		{"reasons", "POST", "/predict?reasons=-1", one, BadQuery, nil},
		{"reasons twice", "POST", "/predict?reasons=1&reasons=2", one, BadQuery, nil},
		{"sure", "POST", "/predict?sure=yes", one, BadQuery, nil},
		{"sure twice", "POST", "/predict?sure=1&sure=1", one, BadQuery, nil},
		{"path", "GET", "/nothing", "", NotFound, nil},
		{"slash", "POST", "/predict/", one, NotFound, nil},
		{"get", "GET", "/predict", "", MethodNotAllowed, nil},
		{"delete", "DELETE", "/model", "", MethodNotAllowed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, c.method, c.path, c.body, c.headers...)
			isProblem(t, w.Code, w.Header(), w.Body.Bytes(), c.code)
		})
	}
	if w := ask(s, "POST", "/predict", gzipped(t, one), "Content-Encoding", "gzip"); w.Code != 200 {
		t.Errorf("gzip: %d %s", w.Code, w.Body)
	}
	if w := ask(s, "GET", "/predict", ""); w.Header().Get("Allow") != "POST" {
		t.Errorf("Allow: %q", w.Header().Get("Allow"))
	}
}

// TestBodyLimitIsExact sends a body of the limit, and one byte more, with and without its length declared.
func TestBodyLimitIsExact(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxBody = 200 })
	for extra, want := range map[int]int{0: 200, 1: 413} {
		body := one + strings.Repeat(" ", 200-len(one)+extra)
		if w := ask(s, "POST", "/predict", body); w.Code != want {
			t.Errorf("%d bytes: %d, want %d", len(body), w.Code, want)
		}
		if w := ask(s, "POST", "/predict", gzipped(t, body), "Content-Encoding", "gzip"); w.Code != want {
			t.Errorf("%d bytes inflated: %d, want %d", len(body), w.Code, want)
		}
	}
}

func TestEveryCodeIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for c := range codes {
		d := descriptions[c]
		if d.name == "" || d.title == "" || d.status < 400 || names[d.name] {
			t.Errorf("code %d: %+v", c, d)
		}
		names[d.name] = true
	}
}

func TestPanicTellsNothing(t *testing.T) {
	s := started(t, nil)
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	s.engine.GET("/panic", s.handle("/panic", open, func(*gin.Context, *request) { panic(canary) }))
	w := ask(s, "GET", "/panic", "", "X-Request-Id", "abc-1")
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), Internal)
	if strings.Contains(w.Body.String()+logged.String(), canary) || !strings.Contains(logged.String(), "request_id=abc-1") {
		t.Errorf("reply %s\nlog %s", w.Body, logged.String())
	}
}
