package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden holds the files of both languages; those in Korean are named report.ko.html and report.ko.json.
func TestGolden(t *testing.T) {
	for _, language := range []string{English, Korean} {
		dir, d := t.TempDir(), fixture()
		d.Language = language
		if err := Write(dir, d); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{HTMLFile, JSONFile} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if language != English {
				name = strings.Replace(name, ".", "."+language+".", 1)
			}
			golden(t, name, got)
		}
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) != 2 {
			t.Errorf("folder holds %d files, want the 2 of the report", len(left))
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
	}
}

func TestWriteReplacesWholeFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for _, title := range []string{"first", "second"} {
		if err := Write(dir, Data{Meta: Meta{Title: title}}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, HTMLFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "<h1>second</h1>") {
		t.Error("the second page did not replace the first")
	}
	blocked := filepath.Join(dir, HTMLFile, "below a file")
	if err := Write(blocked, Data{}); err == nil {
		t.Error("a folder that cannot be made gave no error")
	}
}

func render(t *testing.T, d Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSameDataSameBytes(t *testing.T) {
	first := render(t, fixture())
	for range 3 {
		if render(t, fixture()) != first {
			t.Fatal("two pages of the same data differ")
		}
	}
}

func TestRenderingLeavesDataAlone(t *testing.T) {
	d := fixture()
	render(t, d)
	var b bytes.Buffer
	if err := JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	if d.Retention.Channels[0].Rate != (Interval{}) || d.Retention.Weeks[3].Users != 6 || len(d.Summary.Exclusions) != 4 {
		t.Error("the caller's data was changed")
	}
}

func TestPageIsSelfContained(t *testing.T) {
	page := render(t, fixture())
	if len(page) > 1_500_000 {
		t.Errorf("page has %d bytes", len(page))
	}
	rest := strings.ReplaceAll(page, "http://www.w3.org/2000/svg", "")
	for _, bad := range []string{"http://", "https://", "<script", "javascript:", "url(", "@import", "src=", "<link"} {
		if strings.Contains(rest, bad) {
			t.Errorf("page contains %q", bad)
		}
	}
	for _, want := range []string{"SIMULATED DATA", "@page", "모임 Calendar &lt;beta&gt;", "에브리타임</text>", "not cause"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	d := fixture()
	d.Meta.Simulated = false
	if strings.Contains(strings.ToLower(render(t, d)), "simulated data") {
		t.Error("a page of real data calls it simulated")
	}
}

// TestWellFormed checks what a parser would silently mend: tags left open or crossed, headless tables, pictures without words.
func TestWellFormed(t *testing.T) {
	for name, d := range map[string]Data{"full": fixture(), "empty": {}} {
		page := render(t, d)
		checkNesting(t, name, page)
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		pictures := 0
		for n := range root.Descendants() {
			switch {
			case n.Type != html.ElementNode:
				continue
			case n.Data == "svg":
				pictures++
				if attribute(n, "aria-label") == "" || attribute(n, "role") != "img" {
					t.Errorf("%s: a picture has no words", name)
				}
			case n.Data == "th" && attribute(n, "scope") == "":
				t.Errorf("%s: a table heading has no scope", name)
			}
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q stands twice", name, id)
				}
				ids[id] = true
			}
		}
		if full := name == "full"; full && pictures < 8 || !full && pictures > 0 {
			t.Errorf("%s: %d pictures", name, pictures)
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func checkNesting(t *testing.T, name, page string) {
	t.Helper()
	void := map[string]bool{"meta": true, "br": true, "hr": true, "input": true}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		tag, _ := z.TagName()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: left open: %v", name, open)
			}
			return
		case html.StartTagToken:
			if !void[string(tag)] {
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Fatalf("%s: </%s> closes %v", name, tag, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestJSONIsPlain(t *testing.T) {
	for name, d := range map[string]Data{"full": fixture(), "empty": {}} {
		var b bytes.Buffer
		if err := JSON(&b, d); err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(b.Bytes(), &tree); err != nil {
			t.Fatal(err)
		}
		checkKeys(t, name, tree)
	}
	var b bytes.Buffer
	if err := JSON(&b, Data{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"weeks": []`) || !strings.Contains(b.String(), `"low": null`) {
		t.Errorf("empty lists or unknown figures are not written as [] and null:\n%s", b.String())
	}
}

func checkKeys(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if key != strings.ToLower(key) || strings.ContainsAny(key, " -") {
				t.Errorf("%s: key %q is not snake_case", path, key)
			}
			checkKeys(t, path+"."+key, inner)
		}
	case []any:
		for _, inner := range v {
			checkKeys(t, path+"[]", inner)
		}
	}
}
