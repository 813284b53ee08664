package report

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	modulePath = "github.com/Koalajuni/Calback-Data-ML"
	phrasePath = modulePath + "/internal/phrase"
	reportDir  = "internal/report"
)

// sources are all Go files of the module but its tests, by folder, and the constants of each folder by name.
type sources struct {
	set    *token.FileSet
	files  map[string][]*ast.File
	values map[string]map[string]ast.Expr
}

// module reads the module that the test stands in.
func module(t *testing.T) sources {
	t.Helper()
	root := filepath.Join("..", "..")
	s := sources{token.NewFileSet(), map[string][]*ast.File{}, map[string]map[string]ast.Expr{}}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(s.set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		in, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		s.add(filepath.ToSlash(in), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s sources) add(folder string, file *ast.File) {
	s.files[folder] = append(s.files[folder], file)
	if s.values[folder] == nil {
		s.values[folder] = map[string]ast.Expr{}
	}
	for _, d := range file.Decls {
		list, ok := d.(*ast.GenDecl)
		if !ok || list.Tok != token.CONST {
			continue
		}
		for _, spec := range list.Specs {
			value, ok := spec.(*ast.ValueSpec)
			for k := 0; ok && k < min(len(value.Names), len(value.Values)); k++ {
				s.values[folder][value.Names[k].Name] = value.Values[k]
			}
		}
	}
}

// imported is the folder of a package of this module by the name that the file calls it, "" for others.
func imported(file *ast.File, name string) string {
	for _, i := range file.Imports {
		full := strings.Trim(i.Path.Value, `"`)
		called := path.Base(full)
		if i.Name != nil {
			called = i.Name.Name
		}
		if folder, ok := strings.CutPrefix(full, modulePath+"/"); ok && called == name {
			return folder
		}
	}
	return ""
}

// constant is the text of a constant expression: a literal, the name of one, or several joined by +.
func (s sources) constant(folder string, file *ast.File, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return s.constant(folder, file, e.X)
	case *ast.BinaryExpr:
		left, ok := s.constant(folder, file, e.X)
		right, also := s.constant(folder, file, e.Y)
		return left + right, ok && also && e.Op == token.ADD
	case *ast.Ident:
		if value, ok := s.values[folder][e.Name]; ok {
			return s.constant(folder, file, value)
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			other := imported(file, x.Name)
			if value, ok := s.values[other][e.Sel.Name]; ok && other != "" {
				return s.constant(other, file, value)
			}
		}
	}
	return "", false
}

// speaks tells whether the call says its first argument: phrase.Of anywhere, a speaker's methods in this package.
func speaks(folder string, file *ast.File, call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	if f, ok := call.Fun.(*ast.Ident); ok {
		return f.Name == "Of" && modulePath+"/"+folder == phrasePath
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	if !ok {
		return false
	}
	if f.Sel.Name == "Of" {
		return modulePath+"/"+imported(file, x.Name) == phrasePath
	}
	return folder == reportDir && slices.Contains([]string{"say", "t", "sayFit"}, f.Sel.Name)
}

// passOn are the functions that pass on formats of others, by their folder: their callers are looked at instead.
var passOn = map[string][]string{reportDir: {"t", "name", "sayFit"}}

// said are the formats that the sources say, with where they stand.
func (s sources) said(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for folder, files := range s.files {
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				if f, ok := n.(*ast.FuncDecl); ok && slices.Contains(passOn[folder], f.Name.Name) {
					return false
				}
				call, ok := n.(*ast.CallExpr)
				if !ok || !speaks(folder, file, call) {
					return true
				}
				at := s.set.Position(call.Pos())
				format, ok := s.constant(folder, file, call.Args[0])
				if !ok {
					t.Errorf("%s:%d: a format is no constant, so that nobody can tell whether it is translated", at.Filename, at.Line)
				}
				found[format] = fmt.Sprintf("%s:%d", at.Filename, at.Line)
				return true
			})
		}
	}
	return found
}

var (
	// allVerbs are those of package fmt without %p, which is a percentage point here.
	allVerbs  = regexp.MustCompile(`%([+.\d]*)(?:\[(\d+)\])?([a-oq-z])`)
	likeWords = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// taken are the arguments of a format by their places, each with its verb.
func taken(format string) (list []string) {
	place := 0
	for _, m := range allVerbs.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		place++
		if m[2] != "" {
			place, _ = strconv.Atoi(m[2]) //nolint:errcheck // The expression holds digits only.
		}
		list = append(list, strconv.Itoa(place)+":"+m[1]+m[3])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// filled is a format with an argument for every place of it.
func filled(format string) string {
	var args []any
	for _, verb := range taken(format) {
		at, _, _ := strings.Cut(verb, ":")
		place, _ := strconv.Atoi(at) //nolint:errcheck // taken has put a number there.
		for len(args) < place {
			args = append(args, nil)
		}
		switch verb[len(verb)-1] {
		case 'd':
			args[place-1] = 7
		case 'f', 'v':
			args[place-1] = 0.5
		default:
			args[place-1] = "x"
		}
	}
	return fmt.Sprintf(format, args...)
}

// TestEveryPhraseIsSaidInKorean holds that whatever the program says in phrases has its translation, which takes the same arguments.
func TestEveryPhraseIsSaidInKorean(t *testing.T) {
	said := module(t).said(t)
	if len(said) < 300 {
		t.Fatalf("only %d formats are found: the sources are not all read", len(said))
	}
	for format, at := range said {
		ko, ok := korean[format]
		switch {
		case !ok:
			t.Errorf("%s: no Korean for %q", at, format)
		case !hangul(ko) && likeWords.MatchString(allVerbs.ReplaceAllString(ko, "")):
			t.Errorf("%s: the Korean of %q is %q", at, format, ko)
		}
	}
}

// TestTranslationsTakeTheSameVerbs holds that of the whole catalog, and that package fmt can fill in each.
func TestTranslationsTakeTheSameVerbs(t *testing.T) {
	for format, ko := range korean {
		if want, got := taken(format), taken(ko); !slices.Equal(want, got) {
			t.Errorf("%q takes %v, its Korean %q %v", format, want, ko, got)
		} else if len(want) > 0 && strings.Contains(filled(ko), "%!") {
			t.Errorf("the Korean of %q is filled in as %q", format, filled(ko))
		}
	}
}
