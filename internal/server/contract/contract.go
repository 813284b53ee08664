// Package contract is the server's API as one OpenAPI 3.1 document: as it was written, as JSON, and as a page for people.
package contract

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed openapi.yaml
var source []byte

// YAML is the document as it was written.
func YAML() []byte { return slices.Clone(source) }

// JSON is the same document as JSON, its members in the order in which they were written: always the same bytes.
func JSON() []byte { return slices.Clone(asJSON()) }

// Docs is the document as an HTML page that needs no script and nothing of any other file or server. Serve it with DocsPolicy.
func Docs() []byte { return slices.Clone(docs().body) }

// DocsPolicy is the Content-Security-Policy of Docs: nothing may be loaded or run, and only the page's own style holds.
func DocsPolicy() string { return docs().policy }

// The document is read when it is first asked for, so that a server's start does not wait for it. As it is part of the program and a
// test reads it, it can be read.
var (
	document = sync.OnceValue(func() object { return must(parse(source)) })
	asJSON   = sync.OnceValue(func() []byte { return must(appendJSON(nil, document())) })
	docs     = sync.OnceValue(func() page { return must(render(document())) })
)

// must gives v, or ends the request: a document that is part of the program and is broken is a mistake of the program.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("the embedded API document: %v", err))
	}
	return v
}

// parse reads a document with its members in order.
func parse(text []byte) (object, error) {
	var root object
	if err := yaml.UnmarshalWithOptions(text, &root, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	return root, nil
}
