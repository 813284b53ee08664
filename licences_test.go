package calback_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// licences are the kinds that a module may have, told by a sentence of their text that the others lack. All of them let the programs be
// used and passed on, whatever for.
var licences = []struct{ kind, sentence string }{
	{"Apache-2.0", "apache license"},
	{"MPL-2.0", "mozilla public license"},
	{"BSD-3-Clause", "neither the name of"},
	{"BSD-3-Clause", "the names of its contributors may"},
	{"BSD-2-Clause", "redistributions in binary form must reproduce"},
	{"MIT", "permission is hereby granted, free of charge"},
	{"ISC", "permission to use, copy, modify, and/or distribute"},
	{"ISC", "permission to use, copy, modify, and distribute"},
	{"Unlicense", "this is free and unencumbered software"},
	{"CC0-1.0", "cc0 1.0 universal"},
	// The FreeType licence, one of two to choose from, is a BSD licence that asks to be named.
	{"FTL", "the freetype license"},
	{"CC-BY-4.0", "creative commons attribution 4.0"},
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)`)

// spaces are what differs between two copies of the same text.
var spaces = regexp.MustCompile(`\s+`)

// licenceOf tells a module's licence by the text beside it.
func licenceOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !licenceFile.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		plain := spaces.ReplaceAllString(strings.ToLower(string(text)), " ")
		for _, l := range licences {
			if strings.Contains(plain, l.sentence) {
				return l.kind, nil
			}
		}
	}
	return "", errors.New("no licence that is known here")
}

// TestLicences holds the modules that the programs are built of to docs/LICENCES.md: what comes in is looked at first.
func TestLicences(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "./cmd/...")
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	rows := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Module *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main || rows[p.Module.Path] != "" {
			continue
		}
		kind, err := licenceOf(p.Module.Dir)
		if err != nil {
			t.Errorf("%s: %v", p.Module.Path, err)
		}
		rows[p.Module.Path] = kind
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		// Some modules are for one system alone; the page is that of the images.
		return
	}
	want := table(rows)
	page, err := os.ReadFile("docs/LICENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(page), want) {
		t.Errorf("docs/LICENCES.md should end with\n%s", want)
	}
}

func table(rows map[string]string) string {
	paths := make([]string, 0, len(rows))
	for path := range rows {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(a, b) })
	var b strings.Builder
	b.WriteString("| module | licence |\n|---|---|\n")
	for _, path := range paths {
		fmt.Fprintf(&b, "| %s | %s |\n", path, rows[path])
	}
	return b.String()
}
