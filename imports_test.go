package calback_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/Koalajuni/Calback-Data-ML"

// goPackage is what go list tells of a package.
type goPackage struct {
	ImportPath, Dir            string
	Standard                   bool
	GoFiles, CgoFiles, Imports []string
}

// room is the package's path inside the module: "" for the root.
func (p goPackage) room() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// list runs go list without a network, as it runs in a fresh clone whose modules are there.
func list(t *testing.T, args ...string) map[string]goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json", "-e"}, args...)...)
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		packages[p.ImportPath] = p
	}
}

// ours are the packages of this module.
func ours(packages map[string]goPackage) (own []goPackage) {
	for path, p := range packages {
		if path == module || strings.HasPrefix(path, module+"/") {
			own = append(own, p)
		}
	}
	slices.SortFunc(own, func(a, b goPackage) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return own
}

// rule says what one room may import besides the standard library. The first rule whose room is the package's own or above it holds.
type rule struct {
	room string
	// own are rooms of this module, with all below them; others are modules of others. "*" is anything.
	own, others []string
}

var rules = []rule{
	{room: "features/featuretest", own: []string{"features", "warehouse"}},
	{room: "features"},
	{room: "internal/phrase"},
	{
		room: "warehouse/bqwh", own: []string{"warehouse"},
		others: []string{
			"cloud.google.com/go", "github.com/apache/arrow-go/v18", "github.com/googleapis/gax-go/v2", "github.com/parquet-go/parquet-go", "google.golang.org/api",
			"google.golang.org/grpc", "google.golang.org/protobuf",
		},
	},
	{room: "warehouse/duckwh", own: []string{"warehouse"}, others: []string{"github.com/duckdb"}},
	{room: "warehouse/warehousetest", own: []string{"warehouse"}, others: []string{"github.com/google/go-cmp"}},
	{room: "warehouse"},
	{room: "model/golearn", own: []string{"features", "model"}, others: []string{"github.com/sjwhitworth/golearn"}},
	{room: "model/onnx", own: []string{"model"}, others: []string{"google.golang.org/protobuf"}},
	{room: "model", own: []string{"features", "model", "internal/phrase"}, others: []string{"gonum.org/v1/gonum", "golang.org/x/sync"}},
	{
		room: "etl/firestore", own: []string{"features", "warehouse", "etl"},
		others: []string{"cloud.google.com/go", "github.com/valyala/fastjson", "google.golang.org/api", "google.golang.org/grpc"},
	},
	{
		room: "etl", own: []string{"features", "warehouse", "etl"},
		others: []string{
			"github.com/goccy/go-yaml", "github.com/klauspost/compress", "github.com/parquet-go/parquet-go", "github.com/valyala/fastjson",
			"golang.org/x/sync",
		},
	},
	{room: "internal/cli", others: []string{"github.com/alecthomas", "github.com/schollz/progressbar", "golang.org/x/term", "gopkg.in/yaml.v3"}},
	{room: "internal/report", own: []string{"features", "model", "internal/report", "internal/phrase"}, others: []string{"gonum.org/v1"}},
	{room: "internal/server/keys", others: []string{"github.com/goccy/go-yaml", "golang.org/x/time"}},
	{room: "internal/server/cert"},
	{room: "internal/server/contract", others: []string{"github.com/goccy/go-yaml"}},
	{room: "internal/server/page"},
	{room: "internal/server/jsonpull"},
	{room: "internal/server/drift", own: []string{"model"}},
	{room: "internal/server/sight", others: []string{"github.com/prometheus/client_golang", "go.opentelemetry.io", "google.golang.org/protobuf"}},
	{
		room: "internal/server", own: []string{"features", "model", "internal/server"},
		others: []string{"github.com/gin-gonic/gin"},
	},
	{
		room: "internal/spend", own: []string{"etl", "features", "warehouse", "internal/phrase", "internal/spend"},
		others: []string{"github.com/jedib0t/go-pretty", "gonum.org/v1/gonum"},
	},
	{room: "internal/bench/serve", own: []string{"features", "model", "internal/cli"}, others: []string{"github.com/gin-gonic/gin"}},
	{
		room: "internal/bench/causes", own: []string{"etl", "features", "model", "internal/cli", "internal/phrase", "internal/moments", "internal/bench"},
		others: []string{"github.com/jedib0t/go-pretty"},
	},
	{room: "internal/bench", own: []string{"features", "model", "internal/cli", "internal/bench"}},
	{room: "internal/moments", own: []string{"features", "model", "warehouse", "internal/phrase"}, others: []string{"gonum.org/v1/gonum"}},
	{room: "internal/segments", own: []string{"features", "model", "internal/phrase"}, others: []string{"gonum.org/v1/gonum"}},
	{room: "internal/curves", own: []string{"features", "warehouse"}},
	{room: "internal/scorer/truth", own: []string{"model"}},
	{room: "internal/scorer", own: []string{"features", "model", "warehouse", "internal/scorer"}},
	{
		room: "internal/exporter", own: []string{"features", "model", "warehouse"},
		others: []string{"github.com/parquet-go/parquet-go", "google.golang.org/protobuf"},
	},
	{room: "internal/bqml", own: []string{"features", "model", "warehouse", "internal/bqml"}},
	{
		room: "internal/trainer",
		own: []string{
			"etl", "features", "model", "warehouse", "internal/bqml", "internal/curves", "internal/moments", "internal/phrase", "internal/report",
			"internal/scorer/truth", "internal/segments", "internal/spend", "internal/trainer",
		},
		others: []string{"github.com/jedib0t/go-pretty", "gonum.org/v1/gonum", "golang.org/x/sync"},
	},
	{room: "cmd", own: []string{"*"}, others: []string{"*"}},
	{room: ""},
}

func ruleOf(room string) rule {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.room == "" || below(room, r.room) })
	return rules[i]
}

func below(path, top string) bool { return path == top || strings.HasPrefix(path, top+"/") }

func (r rule) allows(path string) bool {
	allowed := r.others
	if below(path, module) {
		allowed, path = r.own, strings.TrimPrefix(path, module+"/")
	}
	return slices.ContainsFunc(allowed, func(top string) bool { return top == "*" || below(path, top) })
}

// standard is true for a path of the standard library: its first part is no domain name.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func TestImports(t *testing.T) {
	for _, p := range ours(list(t, "./...")) {
		r := ruleOf(p.room())
		for _, path := range p.Imports {
			if !standard(path) && !r.allows(path) {
				t.Errorf("%s imports %s, which the rule of %q does not allow", p.ImportPath, path, r.room)
			}
		}
	}
}

// TestServerLinksLittle looks at everything that the server is linked from, however far away.
func TestServerLinksLittle(t *testing.T) {
	packages := list(t, "-deps", "./cmd/serve")
	if len(packages) < 20 {
		t.Fatalf("cmd/serve has %d packages: the list is not whole", len(packages))
	}
	for path, p := range packages {
		for _, never := range []string{
			module + "/warehouse", module + "/etl", module + "/internal/trainer", module + "/model/golearn",
			"github.com/duckdb", "github.com/sjwhitworth/golearn", "cloud.google.com/go", "gonum.org/v1/plot",
		} {
			if below(path, never) {
				t.Errorf("cmd/serve links %s", path)
			}
		}
		if len(p.CgoFiles) > 0 && !p.Standard {
			t.Errorf("cmd/serve links %s, which needs a C compiler", path)
		}
	}
}

func TestPackageNamesAndDocs(t *testing.T) {
	for _, p := range ours(list(t, "./...")) {
		switch name := filepath.Base(p.Dir); name {
		case "util", "utils", "common", "helpers", "helper", "types", "misc", "base", "shared":
			t.Errorf("%s: the name %s says nothing of what is in it", p.ImportPath, name)
		}
		if len(p.GoFiles)+len(p.CgoFiles) == 0 {
			continue
		}
		var documented []string
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				documented = append(documented, name)
			}
		}
		if len(documented) != 1 {
			t.Errorf("%s has a package comment in %d files %v, want in one", p.ImportPath, len(documented), documented)
		}
	}
}

// longest is the most lines of a file. Tables of numbers and test data stand in files of their own.
const longest = 500

func TestFilesAreShort(t *testing.T) {
	for _, p := range ours(list(t, "./...")) {
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(data, []byte("\n")); n > longest {
				t.Errorf("%s/%s has %d lines, want at most %d: is it one thing?", p.ImportPath, name, n, longest)
			}
		}
	}
}
