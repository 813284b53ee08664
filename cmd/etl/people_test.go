package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// TestForgetAndStaff keeps one user out and erases another, and refuses a key under which the ids name nobody.
func TestForgetAndStaff(t *testing.T) {
	p := newPlace(t, notes)
	if code, printed := p.load(t.Context()); code != cli.Done {
		t.Fatalf("exit %d\n%s", code, printed)
	}
	ids := filepath.Join(p.dir, "ids.txt")
	if err := os.WriteFile(ids, []byte("kim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, models := "duckdb:"+filepath.Join(p.dir, "w.duckdb"), filepath.Join(p.dir, "models")
	before := p.sum(t)
	for _, c := range []struct {
		name, key string
		code      int
		says      string
	}{
		{"forget", filepath.Join(p.dir, "no-key"), cli.Usage, "is not there"},
		{"staff", filepath.Join(p.dir, "other"), cli.Refused, "another key"},
		{"forget", filepath.Join(p.dir, "other"), cli.Refused, "another key"},
		{"staff", filepath.Join(p.dir, "key"), cli.Done, "1 users are on the staff list"},
		{"forget", filepath.Join(p.dir, "key"), cli.Done, "events"},
	} {
		if err := os.WriteFile(filepath.Join(p.dir, "other"), []byte("another key of enough bytes"), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"-warehouse", url, "-key-file", c.key, c.name, "-ids", ids}
		if c.name == "forget" {
			args = append(args, "-models", models)
		}
		code, printed := run(t.Context(), args...)
		if code != c.code || !strings.Contains(printed, c.says) {
			t.Errorf("%s with %s: exit %d, want %d saying %q:\n%s", c.name, filepath.Base(c.key), code, c.code, c.says, printed)
		}
		if c.code != cli.Done && p.sum(t) != before {
			t.Fatal("the events changed")
		}
	}
	if p.sum(t) == before {
		t.Error("the user's events are still there")
	}
	if code, printed := run(t.Context(), "-warehouse", url, "check"); code == cli.Usage || !strings.Contains(printed, "keys-unique") {
		t.Errorf("check: exit %d\n%s", code, printed)
	}
}
