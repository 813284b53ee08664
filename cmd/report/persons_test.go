package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestNobodyIsInAReport looks for raw ids, the keys that stand for them, and the personal fields that the simulated app invents, in all that
// the command writes and prints, whatever it is asked for.
func TestNobodyIsInAReport(t *testing.T) {
	a, err := made()
	if err != nil {
		t.Fatal(err)
	}
	canaries := persons(t, a)
	for _, args := range [][]string{
		{"-against", a.first, "-summary", "markdown"}, {"-lang", "ko", "-as-of", "latest", "-summary", "slack"}, {"-recorded"}, {"-version", "no-such"},
	} {
		_, stdout, stderr, reports := run(t, args...)
		places := map[string]string{"standard output": stdout, "standard error": stderr}
		for _, dir := range []string{reports, filepath.Join(a.dir, "models", "revisit", a.last)} {
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				places[f.Name()] = read(t, dir, f.Name())
			}
		}
		for place, text := range places {
			for _, canary := range canaries {
				if strings.Contains(text, canary) {
					t.Fatalf("%v: %s holds %q", args, place, canary)
				}
			}
		}
	}
}

// persons are what must not be found.
func persons(t *testing.T, a app) []string {
	t.Helper()
	users, err := sample.ReadUsers(filepath.Join(a.dir, "export"))
	if err != nil {
		t.Fatal(err)
	}
	canaries := []string{"canary", "카나리아", "@example.com"}
	for _, u := range users[:200] {
		canaries = append(canaries, u.Pseudo)
	}
	wh, err := warehouse.Open(t.Context(), "duckdb:"+filepath.Join(a.dir, "app.duckdb"), warehouse.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	keys, err := wh.ReadColumns(t.Context(), "SELECT user_key FROM users")
	if err != nil {
		t.Fatal(err)
	}
	if len(keys[0].Text) < 1000 {
		t.Fatalf("only %d keys of users to search for", len(keys[0].Text))
	}
	return append(canaries, keys[0].Text[:200]...)
}
