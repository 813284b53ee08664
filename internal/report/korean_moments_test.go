package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// formats are the constant formats given to phrase.Of in a folder's sources.
func formats(t *testing.T, folder string) (list []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Of" {
				if x, ok := f.X.(*ast.Ident); ok && x.Name == "phrase" {
					list = append(list, wholeText(t, call.Args[0]))
				}
			}
			return true
		})
	}
	return list
}

// wholeText is a string constant, or several joined by +.
func wholeText(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		said, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return said
	case *ast.BinaryExpr:
		return wholeText(t, e.X) + wholeText(t, e.Y)
	}
	t.Fatalf("a format is no constant: %T", e)
	return ""
}

func TestMomentsAreSaidInKorean(t *testing.T) {
	for folder, catalog := range map[string]map[string]string{"../moments": koreanMoments, "../../model/causal": koreanCausal} {
		said := formats(t, folder)
		for _, format := range said {
			if ko := catalog[format]; !hangul(ko) || !slices.Equal(taken(ko), taken(format)) {
				t.Errorf("%s: the Korean of %q is %q", folder, format, ko)
			}
		}
		for format := range catalog {
			if !slices.Contains(said, format) {
				t.Errorf("%s does not say %q", folder, format)
			}
		}
	}
}
