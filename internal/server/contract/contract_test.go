package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestJSONSaysWhatYAMLSays reads both forms apart from each other.
func TestJSONSaysWhatYAMLSays(t *testing.T) {
	plain, err := yaml.YAMLToJSON(YAML())
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(plain, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(JSON(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again, err := appendJSON(nil, must(parse(YAML())))
	if err != nil || !bytes.Equal(again, JSON()) {
		t.Errorf("read a second time, the document gives other bytes (%v)", err)
	}
	if order := bytes.Index(JSON(), []byte(`"/predict"`)); order > bytes.Index(JSON(), []byte(`"/explain"`)) {
		t.Error("the paths lost their order")
	}
}

func TestCallersGetCopies(t *testing.T) {
	for name, give := range map[string]func() []byte{"YAML": YAML, "JSON": JSON, "Docs": Docs} {
		first := give()
		clear(first)
		if second := give(); len(second) == 0 || second[0] == 0 {
			t.Errorf("%s: whoever changes what it gave changes the next one", name)
		}
	}
}

func TestAppendJSON(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"b: 1\na: [x, null, true]", `{"b":1,"a":["x",null,true]}`},
		{"p: 0.6899744811276125", `{"p":0.6899744811276125}`},
		{"n: -1", `{"n":-1}`},
		{`"200": "6"`, `{"200":"6"}`},
		{"a: &x {c: 1}\nb: *x", `{"a":{"c":1},"b":{"c":1}}`},
		{"a: {}\nb: []", `{"a":{},"b":[]}`},
	} {
		root, err := parse([]byte(c.yaml))
		if err != nil {
			t.Fatalf("%s: %v", c.yaml, err)
		}
		if got, err := appendJSON(nil, root); err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, want %s (%v)", c.yaml, got, c.want, err)
		}
	}
	root, err := parse([]byte("a:\n  - b: .nan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appendJSON(nil, root); err == nil || !strings.HasPrefix(err.Error(), "a: [0]: b: ") {
		t.Errorf("a number that JSON does not have: %v", err)
	}
	if _, err := parse([]byte("a: [")); err == nil {
		t.Error("broken YAML was read")
	}
}

// TestReferences holds that every reference leads somewhere, and that every component is referred to.
func TestReferences(t *testing.T) {
	root := document()
	used := map[string]bool{}
	for _, ref := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllSubmatch(JSON(), -1) {
		name := string(ref[1])
		used[name] = true
		if resolve(root, object{{Key: "$ref", Value: name}}) == nil {
			t.Errorf("%s leads nowhere", name)
		}
	}
	for _, kind := range members(root, "components") {
		if key(kind) == "x-problems" || key(kind) == "securitySchemes" {
			continue
		}
		for _, one := range members(kind.Value) {
			if name := "#/components/" + key(kind) + "/" + key(one); !used[name] {
				t.Errorf("nothing refers to %s", name)
			}
		}
	}
}

// compiled makes the schemas of the document ready; each is found under its place, for example /components/schemas/Problem.
func compiled(t *testing.T) func(schema any) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("file:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	return func(schema any) *jsonschema.Schema {
		t.Helper()
		n++
		text := string(must(appendJSON(nil, schema)))
		one, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(text, `"#/`, `"file:///openapi.json#/`)))
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("file:///%d.json", n)
		if err := c.AddResource(name, one); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile(name)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return s
	}
}

// TestExamplesFitTheirSchemas validates every example of a body.
func TestExamplesFitTheirSchemas(t *testing.T) {
	schemas, root, n := compiled(t), document(), 0
	check := func(where string, holder any) {
		for _, media := range members(resolve(root, holder), "content") {
			schema := schemas(get(media.Value, "schema"))
			for _, example := range members(media.Value, "examples") {
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader(must(appendJSON(nil, get(example.Value, "value")))))
				if err != nil {
					t.Fatal(err)
				}
				n++
				if err := schema.Validate(value); err != nil {
					t.Errorf("%s, example %s: %v", where, key(example), err)
				}
			}
		}
	}
	for _, path := range members(root, "paths") {
		for _, op := range members(path.Value) {
			check(key(path)+" body", get(op.Value, "requestBody"))
			for _, reply := range members(op.Value, "responses") {
				check(key(path)+" "+key(reply), reply.Value)
			}
		}
	}
	for _, reply := range members(root, "components", "responses") {
		check(key(reply), reply.Value)
	}
	if n < 30 {
		t.Errorf("only %d examples were found", n)
	}
}

// TestSchemasRefuse holds that the schemas are not so wide that everything fits.
func TestSchemasRefuse(t *testing.T) {
	schemas := compiled(t)
	for _, c := range []struct{ schema, value string }{
		{"Instance", `{"id":"a"}`},
		{"Instance", `{"features":{"a":1},"user":"b"}`},
		{"Instance", `{"features":{"a":1},"as_of":"2026-03-01T09:00:00Z"}`},
		{"Instance", `{"features":{}}`},
		{"Instance", `{"features":{"a":[1]}}`},
		{"Event", `{"name":"a","time":"yesterday"}`},
		{"Event", `{"name":"a","time":1772323300000000,"user":"b"}`},
		{"PredictRequest", `{"instances":[]}`},
		{"PredictRequest", `{"inputs":{"a":1}}`},
		{"Prediction", `{"probability":0.5,"revisit":true,"threshold":0.3,"missing":0,"absent":0,"surely":true}`},
		{"Prediction", `{"probability":1.5,"revisit":true,"threshold":0.3,"missing":0,"absent":0}`},
		{"Problem", `{"type":"a:b","title":"a","status":400,"detail":"a","code":"made_up","request_id":"a"}`},
		{"Problem", `{"type":"a:b","title":"a","status":400,"detail":"a","code":"bad_query","request_id":"a","error":"a"}`},
		{"InferProblem", `{"type":"a:b","title":"a","status":400,"detail":"a","code":"bad_query","request_id":"a"}`},
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(c.value))
		if err != nil {
			t.Fatal(err)
		}
		ref := object{{Key: "$ref", Value: "#/components/schemas/" + c.schema}}
		if schemas(ref).Validate(value) == nil {
			t.Errorf("%s accepts %s", c.schema, c.value)
		}
	}
}

// TestPageAsksForNothing holds the page to its policy: one style, whose hash the policy has, no script, nothing loaded.
func TestPageAsksForNothing(t *testing.T) {
	docs := string(Docs())
	for _, bad := range []string{"<script", "<img", "<link", "<iframe", "style=", "onclick", "@import", "url(", "ZgotmplZ", "<nil>", "map["} {
		if strings.Contains(docs, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if strings.Count(docs, "<style>") != 1 {
		t.Error("the page must have one style")
	}
	style, _ := between(Docs(), "<style>", "</style>")
	sum := sha256.Sum256(style)
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(DocsPolicy(), "style-src "+want+";") {
		t.Errorf("the policy %s has not the style's hash %s", DocsPolicy(), want)
	}
	if !strings.HasPrefix(DocsPolicy(), "default-src 'none'; ") || strings.Contains(DocsPolicy(), "unsafe") {
		t.Errorf("policy: %s", DocsPolicy())
	}
}

// TestPageHasAll looks for every route, parameter, schema, member and problem on the page, and follows its links.
func TestPageHasAll(t *testing.T) {
	docs, root := string(Docs()), document()
	routes := 0
	for _, path := range members(root, "paths") {
		for _, op := range members(path.Value) {
			if id := text(op.Value, "operationId"); id != "" {
				routes++
				if !strings.Contains(docs, `<h3 id="`+id+`">`) {
					t.Errorf("the page has no %s %s", key(op), key(path))
				}
			}
		}
	}
	if got := strings.Count(docs, "<h4>Replies</h4>"); got != routes || routes < 20 {
		t.Errorf("the page has %d routes, the document %d", got, routes)
	}
	for _, schema := range members(root, "components", "schemas") {
		if !strings.Contains(docs, `id="schema-`+key(schema)+`"`) {
			t.Errorf("the page has no schema %s", key(schema))
		}
		for _, p := range members(schema.Value, "properties") {
			if !strings.Contains(docs, "<code>"+key(p)+"</code>") {
				t.Errorf("the page has no %s.%s", key(schema), key(p))
			}
		}
	}
	for _, code := range items(root, "components", "schemas", "Code", "enum") {
		if !strings.Contains(docs, fmt.Sprintf(`id="problem-%v"`, code)) {
			t.Errorf("the page has no problem %v", code)
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(docs, -1) {
		if !strings.Contains(docs, `id="`+link[1]+`"`) {
			t.Errorf("the link #%s leads nowhere", link[1])
		}
	}
}

func TestTypesInWords(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"type: string", "text"},
		{"{type: string, format: date-time}", "text (date-time)"},
		{`type: [number, "null"]`, "number or null"},
		{"{type: array, items: {type: array, items: {type: integer}}}", "list of list of whole number"},
		{"{type: object, additionalProperties: {type: boolean}}", "object of true or false"},
		{"{type: object, properties: {low: {}, high: {}}}", "object with low and high"},
		{"type: object", "object"},
		{"enum: [a, b, c]", "a, b or c"},
		{"const: Bearer", "Bearer"},
		{`oneOf: [{$ref: "#/components/schemas/Value"}, {type: number}]`, "Value or number"},
		{`allOf: [{$ref: "#/components/schemas/Answer"}]`, "Answer"},
	} {
		schema, err := parse([]byte(c.yaml))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, w := range typeOf(schema) {
			got.WriteString(w.Text)
		}
		if got.String() != c.want {
			t.Errorf("%s: got %q, want %q", c.yaml, got.String(), c.want)
		}
	}
}

func TestAppendReadable(t *testing.T) {
	long := strings.Repeat("x", 60)
	root, err := parse([]byte("a: [" + long + ", {b: " + long + ", c: []}]\nd: {}"))
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"a\": [\n    \"" + long + "\",\n    {\"b\":\"" + long + "\",\"c\":[]}\n  ],\n  \"d\": {}\n}"
	if got, err := appendReadable(nil, root, ""); err != nil || string(got) != want {
		t.Errorf("got %s, want %s (%v)", got, want, err)
	}
}

func TestProse(t *testing.T) {
	got := prose("One `a b`\nline.\n\nTwo <b>.")
	want := []paragraph{{{"One ", false}, {"a b", true}, {" line.", false}}, {{"Two <b>.", false}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if prose("") != nil {
		t.Error("an empty text has a paragraph")
	}
}

func TestBrokenDocumentsAreTold(t *testing.T) {
	for name, doc := range map[string]string{
		"example": "tags: [{name: a}]\npaths: {/x: {get: {tags: [a], requestBody: {content: {j: {examples: {e: {value: .nan}}}}}}}}",
		"reply":   "tags: [{name: a}]\npaths: {/x: {get: {tags: [a], responses: {\"200\": {content: {j: {examples: {e: {value: .nan}}}}}}}}}",
	} {
		root, err := parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := render(root); err == nil || !strings.Contains(err.Error(), "get /x") {
			t.Errorf("%s: %v", name, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a broken document went unnoticed")
		}
	}()
	must(parse([]byte("a: [")))
}
