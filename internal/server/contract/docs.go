package contract

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"strings"
)

//go:embed docs.html
var docsTemplate string

// page is a rendered page and the Content-Security-Policy that it needs.
type page struct {
	body   []byte
	policy string
}

// The parts of the page, in the order of the template.
type (
	docsView struct {
		Title, Version, Summary string
		About                   []paragraph
		Tags                    []tagView
		Schemas                 []schemaView
		Problems                []problemView
		Security                []paragraph
	}
	tagView struct {
		Name   string
		About  []paragraph
		Routes []routeView
	}
	routeView struct {
		ID, Method, Path, Summary string
		About                     []paragraph
		// Key says which key the route wants, "" for none.
		Key        string
		Listeners  []string
		Parameters []fieldView
		Body       []mediaView
		Replies    []replyView
	}
	replyView struct {
		Status string
		About  []paragraph
		Media  []mediaView
	}
	mediaView struct {
		Name     string
		Type     []word
		Examples []exampleView
	}
	exampleView struct{ Name, Code string }
	schemaView  struct {
		Name   string
		About  []paragraph
		Type   []word
		Fields []fieldView
	}
	fieldView struct {
		Name, In string
		Required bool
		Type     []word
		About    []paragraph
	}
	problemView struct {
		Code, Title string
		Status      string
	}
)

// render makes the page of a document.
func render(root object) (page, error) {
	view, err := viewOf(root)
	if err != nil {
		return page{}, err
	}
	t, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return page{}, fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, view); err != nil {
		return page{}, fmt.Errorf("write the page: %w", err)
	}
	style, ok := between(out.Bytes(), "<style>", "</style>")
	if !ok {
		return page{}, errors.New("the page has no style")
	}
	sum := sha256.Sum256(style)
	return page{
		body: out.Bytes(),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}, nil
}

// between is what lies between the first begin and the end after it.
func between(b []byte, begin, end string) ([]byte, bool) {
	_, rest, ok := bytes.Cut(b, []byte(begin))
	if !ok {
		return nil, false
	}
	inside, _, ok := bytes.Cut(rest, []byte(end))
	return inside, ok
}

func viewOf(root object) (docsView, error) {
	view := docsView{
		Title: text(root, "info", "title"), Version: text(root, "info", "version"), Summary: text(root, "info", "summary"),
		About: prose(text(root, "info", "description")),
	}
	for _, tag := range items(root, "tags") {
		one := tagView{Name: text(tag, "name"), About: prose(text(tag, "description"))}
		var err error
		if one.Routes, err = routesOf(root, one.Name); err != nil {
			return view, fmt.Errorf("tag %s: %w", one.Name, err)
		}
		view.Tags = append(view.Tags, one)
	}
	for _, scheme := range members(root, "components", "securitySchemes") {
		view.Security = prose(text(scheme.Value, "description"))
	}
	for _, schema := range members(root, "components", "schemas") {
		view.Schemas = append(view.Schemas, schemaOf(key(schema), schema.Value))
	}
	for _, p := range items(root, "components", "x-problems") {
		view.Problems = append(view.Problems, problemView{
			Code: text(p, "code"), Title: text(p, "title"), Status: fmt.Sprint(get(p, "status")),
		})
	}
	return view, nil
}

// routesOf are the routes of one tag.
func routesOf(root object, tag string) (routes []routeView, err error) {
	for _, path := range members(root, "paths") {
		for _, method := range members(path.Value) {
			tags := items(method.Value, "tags")
			if len(tags) == 0 || tags[0] != tag {
				continue
			}
			one, err := routeOf(root, path.Value, method.Value)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", key(method), key(path), err)
			}
			one.Method, one.Path = strings.ToUpper(key(method)), key(path)
			routes = append(routes, one)
		}
	}
	return routes, nil
}

func routeOf(root object, path, op any) (routeView, error) {
	out := routeView{
		ID: text(op, "operationId"), Summary: text(op, "summary"), About: prose(text(op, "description")), Key: keyOf(op),
	}
	for _, server := range items(path, "servers") {
		out.Listeners = append(out.Listeners, text(server, "description"))
	}
	for _, parameter := range append(append([]any{}, items(path, "parameters")...), items(op, "parameters")...) {
		p := resolve(root, parameter)
		required, _ := get(p, "required").(bool)
		out.Parameters = append(out.Parameters, fieldView{
			Name: text(p, "name"), In: text(p, "in"), Required: required, Type: typeOf(get(p, "schema")),
			About: append(prose(text(p, "description")), limits(get(p, "schema"))...),
		})
	}
	var err error
	if out.Body, err = mediaOf(resolve(root, get(op, "requestBody"))); err != nil {
		return out, fmt.Errorf("body: %w", err)
	}
	for _, reply := range members(op, "responses") {
		r := resolve(root, reply.Value)
		one := replyView{Status: key(reply), About: prose(text(r, "description"))}
		if one.Media, err = mediaOf(r); err != nil {
			return out, fmt.Errorf("reply %s: %w", one.Status, err)
		}
		out.Replies = append(out.Replies, one)
	}
	return out, nil
}

// keyOf words which key an operation wants.
func keyOf(op any) string {
	wants := items(op, "security")
	if len(wants) == 0 {
		return ""
	}
	scopes := items(wants[0], "key")
	if len(scopes) == 0 {
		return "any key"
	}
	return fmt.Sprintf("a key with the scope %v", scopes[0])
}

// mediaOf are the media types of a body or a reply.
func mediaOf(v any) (list []mediaView, err error) {
	for _, media := range members(v, "content") {
		one := mediaView{Name: key(media), Type: typeOf(get(media.Value, "schema"))}
		for _, example := range members(media.Value, "examples") {
			code, err := appendReadable(nil, get(example.Value, "value"), "")
			if err != nil {
				return nil, fmt.Errorf("example %s: %w", key(example), err)
			}
			one.Examples = append(one.Examples, exampleView{cmp.Or(text(example.Value, "summary"), key(example)), string(code)})
		}
		list = append(list, one)
	}
	return list, nil
}
