package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/contract"
)

// apiDocument is the OpenAPI document with its references followed.
type apiDocument struct {
	root    map[string]any
	schemas *jsonschema.Compiler
}

const apiURL = "file:///openapi.json"

func readAPI(t *testing.T) *apiDocument {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(contract.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	d := &apiDocument{root: value.(map[string]any), schemas: jsonschema.NewCompiler()}
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource(apiURL, value); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows a path of names, and the references on its way. It gives the place that it ends at, as a JSON pointer, too.
func (d *apiDocument) at(path ...string) (map[string]any, string) {
	value, pointer := any(d.root), ""
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
		pointer += "/" + pointerEscape.Replace(name)
		if m, ok := value.(map[string]any); ok && m["$ref"] != nil {
			pointer = strings.TrimPrefix(m["$ref"].(string), "#")
			steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
			value, pointer = d.at(steps...)
		}
	}
	m, _ := value.(map[string]any)
	return m, pointer
}

// operation is a route of the document.
type operation struct {
	method, path string
	// public and admin say which listeners have it.
	public, admin bool
}

func (o operation) String() string { return o.method + " " + o.path }

func (d *apiDocument) operations() (list []operation) {
	paths, _ := d.at("paths")
	for path := range paths {
		item, _ := d.at("paths", path)
		servers, _ := item["servers"].([]any)
		o := operation{path: path, public: servers == nil}
		for _, s := range servers {
			admin := strings.Contains(s.(map[string]any)["url"].(string), "{admin}")
			o.admin, o.public = o.admin || admin, o.public || !admin
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if item[method] != nil {
				o.method = strings.ToUpper(method)
				list = append(list, o)
			}
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return list
}

func (o operation) place(more ...string) []string {
	return append([]string{"paths", o.path, strings.ToLower(o.method)}, more...)
}

func (d *apiDocument) statuses(o operation) (list []string) {
	replies, _ := d.at(o.place("responses")...)
	for status := range replies {
		list = append(list, status)
	}
	slices.Sort(list)
	return list
}

// check holds a reply to what the document says of it.
func (d *apiDocument) check(t *testing.T, o operation, r apiReply) {
	t.Helper()
	status := fmt.Sprint(r.status)
	headers, _ := d.at(o.place("responses", status, "headers")...)
	for name := range headers {
		if r.header.Get(name) == "" {
			t.Errorf("the reply has no header %s", name)
		}
	}
	media, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil {
		t.Errorf("Content-Type: %v", err)
	}
	content, _ := d.at(o.place("responses", status, "content")...)
	if content["*/*"] != nil {
		return
	}
	_, place := d.at(o.place("responses", status, "content", media)...)
	if content[media] == nil {
		t.Errorf("the document has no %s of type %s: %s", status, media, r.body)
		return
	}
	if !strings.HasSuffix(media, "json") {
		return
	}
	schema, err := d.schemas.Compile(apiURL + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(place) + "/schema")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, r.body)
	}
}

var assetOf = regexp.MustCompile(`(?:src|href)="/?(assets/[^"]+)"`)

// good is a request that the route answers with 200.
func (a *apiServer) good(t *testing.T, o operation) apiRequest {
	t.Helper()
	r, ok := apiWork[o.String()]
	if !ok {
		r.path = strings.NewReplacer("{model}", "revisit", "{version}", "v1").Replace(o.path)
	}
	if strings.HasPrefix(o.path, "/assets/") {
		page := httptest.NewRecorder()
		a.s.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
		if asset := assetOf.FindStringSubmatch(page.Body.String()); asset != nil {
			r.path = "/" + asset[1]
		}
	}
	r.media, r.key = "application/json", "full"
	return r
}

// TestEveryReplyIsDocumented gets every status of every route from a server on a real port, and holds each reply to the document. A
// status of the document that no case gets fails too.
func TestEveryReplyIsDocumented(t *testing.T) {
	d, seen := readAPI(t), map[string]bool{}
	for i, c := range apiCases {
		a := startAPI(t, c.change)
		if c.after != nil {
			c.after(a)
		}
		of := regexp.MustCompile(c.of)
		for _, o := range d.operations() {
			if !of.MatchString(o.String()) {
				continue
			}
			for base, has := range map[string]bool{a.public.URL: o.public, a.admin.URL: o.admin} {
				if !has {
					continue
				}
				t.Run(fmt.Sprintf("%d %d %s", i, c.status, o), func(t *testing.T) {
					r := a.good(t, o)
					if c.edit != nil {
						c.edit(&r)
					}
					reply := a.send(t, base, o, r)
					for range c.times - 1 {
						reply = a.send(t, base, o, r)
					}
					if reply.status != c.status {
						t.Fatalf("got %d %s", reply.status, reply.body)
					}
					d.check(t, o, reply)
					seen[o.String()+" "+fmt.Sprint(c.status)] = true
				})
			}
		}
	}
	for _, o := range d.operations() {
		for _, status := range d.statuses(o) {
			if !seen[o.String()+" "+status] {
				t.Errorf("no case gets %s of %s", status, o)
			}
		}
	}
}

// TestDocumentHasTheRoutes holds the document and the two engines to the same routes. A GET answers HEAD too.
func TestDocumentHasTheRoutes(t *testing.T) {
	a := startAPI(t, nil)
	parameter := regexp.MustCompile(`[:*](\w+)`)
	for listener, engine := range map[string]*gin.Engine{"public": a.s.engine, "admin": a.s.admin} {
		got, want := map[string]bool{}, map[string]bool{}
		for _, r := range engine.Routes() {
			got[r.Method+" "+parameter.ReplaceAllString(r.Path, "{}")] = true
		}
		for _, o := range readAPI(t).operations() {
			if listener == "public" && !o.public || listener == "admin" && !o.admin {
				continue
			}
			path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(o.path, "{}")
			want[o.method+" "+path] = true
			if o.method == http.MethodGet {
				want[http.MethodHead+" "+path] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s listener, document (-) and routes (+):\n%s", listener, diff)
		}
	}
}

// TestExamplesOfTheDocument sends every request that the document shows, and gets the replies that it shows.
func TestExamplesOfTheDocument(t *testing.T) {
	d, a, n := readAPI(t), startAPI(t, nil), 0
	for _, o := range d.operations() {
		requests, _ := d.at(o.place("requestBody", "content", "application/json", "examples")...)
		replies, _ := d.at(o.place("responses", "200", "content", "application/json", "examples")...)
		for name := range requests {
			if replies[name] == nil {
				continue
			}
			n++
			sent, _ := d.at(o.place("requestBody", "content", "application/json", "examples", name)...)
			shown, _ := d.at(o.place("responses", "200", "content", "application/json", "examples", name)...)
			body, err := json.Marshal(sent["value"])
			if err != nil {
				t.Fatal(err)
			}
			r := a.good(t, o)
			r.body = string(body)
			reply := a.send(t, a.public.URL, o, r)
			var got, want any
			shownText, err := json.Marshal(shown["value"])
			if err := errors.Join(err, json.Unmarshal(reply.body, &got), json.Unmarshal(shownText, &want)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); reply.status != 200 || diff != "" {
				t.Errorf("%s, example %s: %d\n%s", o, name, reply.status, diff)
			}
		}
	}
	if n < 7 {
		t.Errorf("only %d examples have a request and a reply", n)
	}
}

// TestAnswersOfTheDocumentation sends the commands of docs/API.md that a reply stands under, and gets that reply.
func TestAnswersOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "API.md"))
	if err != nil {
		t.Fatal(err)
	}
	a := startAPI(t, nil)
	shown := regexp.MustCompile("(?s)```sh\ncurl -s '?localhost:8080(/[^ ']*)'? -H '[^']*' -d '\n([^`]*)'\n```\n```json\n([^`]*)```").
		FindAllStringSubmatch(string(text), -1)
	if len(shown) < 4 {
		t.Errorf("only %d commands with a reply were found", len(shown))
	}
	for _, c := range shown {
		reply := a.send(t, a.public.URL, operation{method: http.MethodPost}, apiRequest{
			path: c[1], body: c[2], media: "application/json", key: "full",
		})
		var got, want any
		if err := errors.Join(json.Unmarshal(reply.body, &got), json.Unmarshal([]byte(c[3]), &want)); err != nil {
			t.Errorf("%s: %v", c[1], err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s: docs/API.md (-) and server (+):\n%s", c[1], diff)
		}
	}
}

// TestCodesAreDocumented holds the program's codes to the document's list and enum, and to the rows of docs/API.md, in all directions.
func TestCodesAreDocumented(t *testing.T) {
	var program, listed, named []string
	for _, c := range descriptions {
		program = append(program, fmt.Sprintf("%s %d %s", c.name, c.status, c.title))
		named = append(named, c.name)
	}
	d := readAPI(t)
	components, _ := d.at("components")
	for _, p := range components["x-problems"].([]any) {
		p := p.(map[string]any)
		listed = append(listed, fmt.Sprintf("%v %v %v", p["code"], p["status"], p["title"]))
	}
	if diff := cmp.Diff(program, listed); diff != "" {
		t.Errorf("program (-) and x-problems (+):\n%s", diff)
	}
	schema, _ := d.at("components", "schemas", "Code")
	if diff := cmp.Diff(fmt.Sprint(named), fmt.Sprint(schema["enum"])); diff != "" {
		t.Errorf("program (-) and enum of Code (+):\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "API.md"))
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	rows := regexp.MustCompile("(?m)^\\| <a id=\"(\\w+)\"></a>`(\\w+)` \\| (\\d+) \\| (.*) \\|$")
	for _, row := range rows.FindAllStringSubmatch(string(text), -1) {
		if row[1] != row[2] {
			t.Errorf("docs/API.md: the anchor %s stands at %s", row[1], row[2])
		}
		written = append(written, row[2]+" "+row[3]+" "+row[4])
	}
	if diff := cmp.Diff(program, written); diff != "" {
		t.Errorf("program (-) and docs/API.md (+):\n%s", diff)
	}
}
